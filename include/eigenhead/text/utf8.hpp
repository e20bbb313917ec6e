#pragma once

#include "eigenhead/core/shape.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

/// What stands for bytes that are not UTF-8.
inline constexpr char32_t kReplacementCharacter = 0xFFFD;

/// A character and the bytes [begin, end) of the original text that it comes from. It keeps them
/// through normalization, so that every token knows its place in what the user wrote.
struct SourceCharacter {
  char32_t code_point = 0;
  Index begin = 0;
  Index end = 0;
};

/// Characters [0, size()) that somebody else keeps (std::span is C++20).
class CharacterView {
 public:
  CharacterView(const SourceCharacter* begin, const SourceCharacter* end)
      : begin_(begin), end_(end) {}
  CharacterView(const std::vector<SourceCharacter>& text)
      : CharacterView(text.data(), text.data() + text.size()) {}

  const SourceCharacter* begin() const { return begin_; }
  const SourceCharacter* end() const { return end_; }
  Index size() const { return end_ - begin_; }
  bool is_empty() const { return begin_ == end_; }
  const SourceCharacter& operator[](Index i) const { return begin_[i]; }

  /// Characters [begin, end).
  CharacterView slice(Index begin, Index end) const { return {begin_ + begin, begin_ + end}; }

 private:
  const SourceCharacter* begin_;
  const SourceCharacter* end_;
};

namespace detail {

/// The first character of `text`, which must not be empty, and its number of bytes.
inline SourceCharacter decode_first(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 0, 1};
  if (lead < 0xC2 || lead > 0xF4) return {kReplacementCharacter, 0, 1};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte alone shuts out overlong forms, surrogates and what lies over U+10FFFF.
  unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t code_point = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte(i) < lowest || byte(i) > highest)
      return {kReplacementCharacter, 0, static_cast<Index>(i)};
    code_point = code_point << 6 | (byte(i) & 0x3Fu);
    lowest = 0x80;
    highest = 0xBF;
  }
  return {code_point, 0, static_cast<Index>(length)};
}

}  // namespace detail

/// The characters of UTF-8 text. Each longest run of bytes that begins a character but does not end
/// it, and each byte that can begin none, becomes one U+FFFD, as in the WHATWG Encoding Standard
/// and Python's bytes.decode("utf-8", "replace"); begin and end count the original bytes.
inline std::vector<SourceCharacter> decode_utf8(std::string_view text) {
  std::vector<SourceCharacter> characters;
  characters.reserve(text.size());
  for (std::size_t position = 0; position < text.size();) {
    SourceCharacter character = detail::decode_first(text.substr(position));
    const auto length = static_cast<std::size_t>(character.end);
    character.begin = static_cast<Index>(position);
    character.end = static_cast<Index>(position + length);
    characters.push_back(character);
    position += length;
  }
  return characters;
}

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

/// The characters as UTF-8.
inline std::string encode_utf8(CharacterView characters) {
  std::string text;
  for (const SourceCharacter& character : characters) append_utf8(character.code_point, text);
  return text;
}

}  // namespace eigenhead
