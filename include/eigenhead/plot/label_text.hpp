#pragma once

#include "eigenhead/core/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// Reading, measuring and shortening labels: any bytes come in, well-formed UTF-8 goes out.

namespace eigenhead::detail {

template <std::size_t Size>
bool is_in(const std::array<std::pair<char32_t, char32_t>, Size>& ranges, char32_t code_point) {
  return std::any_of(ranges.begin(), ranges.end(), [code_point](const auto& range) {
    return range.first <= code_point && code_point <= range.second;
  });
}

/// C0 and C1 controls and DEL: nothing that a figure or a terminal should receive from a label.
inline bool is_control(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

inline bool is_blank(char32_t code_point) {
  return code_point == ' ' || code_point == '\t' || code_point == '\n' || code_point == 0xa0 ||
         code_point == 0x3000;
}

/// Combining marks, joiners, variation selectors and direction marks of the common scripts.
inline bool is_zero_width(char32_t code_point) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 33> kRanges = {{
      {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x05bf, 0x05bf}, {0x05c1, 0x05c7},
      {0x0610, 0x061a}, {0x064b, 0x065f},   {0x0670, 0x0670},   {0x06d6, 0x06dc}, {0x06df, 0x06e4},
      {0x0900, 0x0902}, {0x093c, 0x093c},   {0x0941, 0x0948},   {0x094d, 0x094d}, {0x0981, 0x0981},
      {0x09bc, 0x09bc}, {0x09c1, 0x09cd},   {0x0bcd, 0x0bcd},   {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
      {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},   {0x200b, 0x200f}, {0x202a, 0x202e},
      {0x2060, 0x206f}, {0x20d0, 0x20ff},   {0x302a, 0x302d},   {0x3099, 0x309a}, {0xfe00, 0xfe0f},
      {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
  }};
  return code_point == 0xfeff || (code_point >= 0x300 && is_in(kRanges, code_point));
}

/// East Asian wide characters and emoji: a square of one em, two columns of a terminal.
inline bool is_wide(char32_t code_point) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 21> kRanges = {{
      {0x1100, 0x115f},   {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x2614, 0x2615}, {0x26a1, 0x26a1},
      {0x2705, 0x2705},   {0x2728, 0x2728}, {0x274c, 0x274c}, {0x2753, 0x2757}, {0x2b50, 0x2b55},
      {0x2e80, 0x303e},   {0x3041, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0xa4cf}, {0xa960, 0xa97f},
      {0xac00, 0xd7a3},   {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0x1f1e6, 0x1faff},
      {0x20000, 0x3fffd},
  }};
  return code_point >= 0x1100 && is_in(kRanges, code_point);
}

/// Letters and marks that turn the writing direction.
inline bool is_right_to_left(char32_t code_point) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 8> kRanges = {{
      {0x0590, 0x08ff},
      {0x200f, 0x200f},
      {0x202a, 0x202e},
      {0x2066, 0x2069},
      {0xfb1d, 0xfdff},
      {0xfe70, 0xfefc},
      {0x10800, 0x10fff},
      {0x1e800, 0x1efff},
  }};
  return is_in(kRanges, code_point);
}

/// Estimated advance in em of a sans-serif face, on the wide side so that text fits its space.
inline double advance(char32_t code_point) {
  if (is_zero_width(code_point)) return 0;
  if (is_wide(code_point)) return 1;
  if (code_point >= 0x80) return code_point == 0x2026 ? 1 : 0.62;
  const std::string_view kNarrow = "ijl.,:;|'! ";
  const std::string_view kBroad = "mwMW@%";
  const char c = static_cast<char>(code_point);
  if (kNarrow.find(c) != std::string_view::npos) return 0.34;
  if (kBroad.find(c) != std::string_view::npos) return 0.93;
  return c >= 'A' && c <= 'Z' ? 0.7 : 0.6;
}

/// Columns of a terminal: 2 for wide characters, 0 for marks.
inline double terminal_columns(char32_t code_point) {
  return is_zero_width(code_point) ? 0 : is_wide(code_point) ? 2 : 1;
}

/// The sum of `measure` over the code points of `text`.
template <class Measure>
double measure_text(std::string_view text, Measure&& measure) {
  double width = 0;
  while (!text.empty()) width += measure(take_code_point(text));
  return width;
}

/// Estimated width in pixels at `font_size`.
inline double text_width(std::string_view text, double font_size) {
  return font_size * measure_text(text, advance);
}

/// `text` if it fits `limit`, else its longest start that fits with an ellipsis after it.
template <class Measure>
std::string shorten(std::string_view text, double limit, Measure&& measure) {
  constexpr char32_t kEllipsis = 0x2026;
  if (measure_text(text, measure) <= limit) return std::string(text);
  double width = measure(kEllipsis);
  std::string result;
  while (!text.empty()) {
    const char32_t code_point = take_code_point(text);
    width += measure(code_point);
    if (width > limit) break;
    append_utf8(code_point, result);
  }
  append_utf8(kEllipsis, result);
  return result;
}

/// The text that a figure draws for `label`: line breaks and tabs become blanks, other controls
/// vanish, and a label of blanks alone shows as open boxes, one for each.
inline std::string visible_label(std::string_view label) {
  constexpr char32_t kOpenBox = 0x2423;
  std::string result;
  std::string boxes;
  bool is_all_blank = true;
  while (!label.empty()) {
    const char32_t code_point = take_code_point(label);
    if (is_control(code_point) && !is_blank(code_point)) continue;
    append_utf8(is_control(code_point) ? U' ' : code_point, result);
    append_utf8(kOpenBox, boxes);
    is_all_blank = is_all_blank && is_blank(code_point);
  }
  return is_all_blank ? boxes : result;
}

/// visible_label() without marks that turn the writing direction and without non-characters: text
/// that cannot change how anything around it is shown.
inline std::string inert_label(std::string_view label) {
  const std::string visible = visible_label(label);
  std::string_view rest = visible;
  std::string kept;
  while (!rest.empty()) {
    const char32_t c = take_code_point(rest);
    const bool turns = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                       (c >= 0x2066 && c <= 0x2069);
    if (!turns && c != 0xfffe && c != 0xffff) append_utf8(c, kept);
  }
  return kept;
}

/// `label` inside a sentence: shortened when very long, and isolated when its writing direction
/// would turn the words around it.
inline std::string quoted_label(std::string_view label) {
  std::string text = shorten(visible_label(label), 120, terminal_columns);
  const bool turns =
      measure_text(text, [](char32_t c) { return is_right_to_left(c) ? 1.0 : 0.0; }) > 0;
  return turns ? "\u2068" + text + "\u2069" : text;
}

}  // namespace eigenhead::detail
