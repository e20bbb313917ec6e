#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/utf8.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

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

/// The characters of UTF-8 text. Each longest run of bytes that begins a character but does not end
/// it, and each byte that can begin none, becomes one U+FFFD, as in the WHATWG Encoding Standard
/// and Python's bytes.decode("utf-8", "replace"); begin and end count the original bytes.
inline std::vector<SourceCharacter> decode_utf8(std::string_view text) {
  std::vector<SourceCharacter> characters;
  characters.reserve(text.size());
  const std::size_t size = text.size();
  while (!text.empty()) {
    const auto begin = static_cast<Index>(size - text.size());
    const char32_t code_point = detail::take_code_point(text);
    characters.push_back({code_point, begin, static_cast<Index>(size - text.size())});
  }
  return characters;
}

/// The characters as UTF-8.
inline std::string encode_utf8(CharacterView characters) {
  std::string text;
  for (const SourceCharacter& character : characters) append_utf8(character.code_point, text);
  return text;
}

}  // namespace eigenhead
