#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/fast/fast_tables.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eigenhead::detail {

/// A word as normalization spells it, and where in the text each of its characters comes from.
/// Meant for the stack: its arrays are not initialised. Of a word that is too long to be spelled
/// only its ends and the number of its characters are kept.
class NormalizedWord {
 public:
  void clear() {
    num_bytes_ = 0;
    num_characters_ = 0;
  }

  Index num_characters() const { return num_characters_; }
  const char* bytes() const { return bytes_.data(); }
  std::size_t num_bytes() const { return num_bytes_; }
  /// The bytes of the text from the first to the last character.
  TextRange range() const { return {begins_[0], end_}; }

  /// Appends one character in UTF-8 that comes from `range` of the text.
  void append(const char* character, std::size_t num_bytes, TextRange range) {
    end_ = range.end;
    const auto place = static_cast<std::size_t>(num_characters_++);
    if (place >= kMaxCharacters) return;
    for (std::size_t i = 0; i < num_bytes; ++i) bytes_[num_bytes_ + i] = character[i];
    num_bytes_ += num_bytes;
    begins_[place] = range.begin;
    ends_[place] = range.end;
    end_bytes_[place] = static_cast<std::uint16_t>(num_bytes_);
  }

  /// Appends all characters of `characters`, which come from one `range`.
  void append_all(std::string_view characters, TextRange range) {
    while (!characters.empty()) {
      std::size_t length = 1;
      while (length < characters.size() && (characters[length] & 0xC0) == 0x80) ++length;
      append(characters.data(), length, range);
      characters.remove_prefix(length);
    }
  }

  /// The range of a piece from character `first` to the one that ends at byte `end_byte`; makes
  /// `first` the character after it.
  TextRange range_of_piece(std::size_t& first, std::size_t end_byte) const {
    const Index begin = begins_[first];
    while (end_bytes_[first] < end_byte) ++first;
    return {begin, ends_[first++]};
  }

 private:
  static constexpr auto kMaxCharacters = static_cast<std::size_t>(FastTables::kMaxWordCharacters);

  std::array<char, 4 * kMaxCharacters + ShortWord::kReadBytes> bytes_;
  // Not of TextRange, which would be filled with zeros for every text.
  std::array<Index, kMaxCharacters> begins_, ends_;
  std::array<std::uint16_t, kMaxCharacters> end_bytes_;
  std::size_t num_bytes_ = 0;
  Index num_characters_ = 0;
  Index end_ = 0;
};

}  // namespace eigenhead::detail
