#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eigenhead {

/// What stands for bytes that are not UTF-8.
inline constexpr char32_t kReplacementCharacter = 0xFFFD;

namespace detail {

/// Takes the first character off `text`, which must not be empty. The longest run of bytes that
/// begins a character but does not end it, or one byte that can begin none, gives U+FFFD, as in the
/// WHATWG Encoding Standard and Python's bytes.decode("utf-8", "replace").
inline char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const bool is_lead = lead < 0x80 || (lead >= 0xC2 && lead <= 0xF4);
  const std::size_t length = !is_lead || lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte alone shuts out overlong forms, surrogates and what lies over U+10FFFF.
  unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t code_point = length == 1 ? lead : lead & (0x7Fu >> length);
  std::size_t taken = 1;
  while (taken < length && taken < text.size() && byte(taken) >= lowest && byte(taken) <= highest) {
    code_point = code_point << 6 | (byte(taken++) & 0x3Fu);
    lowest = 0x80;
    highest = 0xBF;
  }
  text.remove_prefix(taken);
  return is_lead && taken == length ? code_point : kReplacementCharacter;
}

}  // namespace detail

/// Appends `code_point` to `text` in UTF-8. Surrogates and what lies over U+10FFFF become U+FFFD.
inline void append_utf8(char32_t code_point, std::string& text) {
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (is_surrogate || code_point > 0x10FFFF) code_point = kReplacementCharacter;
  const auto append = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) return append(code_point);
  if (code_point < 0x800) {
    append(0xC0 | code_point >> 6);
  } else {
    if (code_point < 0x10000) {
      append(0xE0 | code_point >> 12);
    } else {
      append(0xF0 | code_point >> 18);
      append(0x80 | (code_point >> 12 & 0x3F));
    }
    append(0x80 | (code_point >> 6 & 0x3F));
  }
  append(0x80 | (code_point & 0x3F));
}

}  // namespace eigenhead
