#pragma once

#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/unicode.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eigenhead::detail {

/// What the normalizer and the split into words make of one code point, wherever it stands.
struct CharacterAction {
  enum class Kind : unsigned char {
    word,         ///< a part of a word
    drop,         ///< vanishes, the word goes on
    space,        ///< ends a word
    alone,        ///< is a word: punctuation, or Chinese where that is set apart
    hangul,       ///< a syllable that decomposes into two or three letters of a word
    by_reference  ///< depends on its neighbours or does not fit here: normalize() must say
  };
  static constexpr std::size_t kMaxBytes = 6;

  Kind kind = Kind::word;
  unsigned char sizes = 1 << 4;  // characters * 16 + bytes
  /// The UTF-8 that stands for the code point; none where it stays as it is.
  char bytes[kMaxBytes] = {};

  std::size_t num_bytes() const { return sizes & 15u; }
  std::size_t num_characters() const { return sizes >> 4u; }
};

/// The actions of all code points for one setting of the normalizer: pages of 128, of which those
/// with nothing to do are one and the same. About 200 KB, built in less than a millisecond.
class CharacterTable {
 public:
  explicit CharacterTable(const BertNormalizer& normalizer)
      : normalizer_(normalizer),
        strips_(normalizer.strip_accents.value_or(normalizer.lowercase)),
        pages_(0x110000 / kPageSize, 0),
        is_shared_(1, true),
        actions_(kPageSize) {
    // What comes first in the pipeline is set last.
    if (normalizer.handle_chinese_chars)
      for (const CodePointRange& range : kChinese) fill(range, CharacterAction::Kind::alone);
    if (strips_) fill({0xAC00, 0xAC00 + 11171}, CharacterAction::Kind::hangul);
    resolve_ranges(kWhiteSpace);
    resolve_ranges(kPunctuation);
    if (strips_) {
      resolve_ranges(kNonspacingMarks);
      resolve_ranges(kCombiningClasses);
      for (const Decomposition& entry : kDecompositions) resolve(entry.code_point);
    }
    if (normalizer.lowercase)
      for (const LowerCase& entry : kLowerCase) resolve(entry.code_point);
    resolve(kReplacementCharacter);  // ill-formed bytes become it: they do not stay as they are
    if (!normalizer.clean_text) return;
    for (const CodePointRange& range : kSpacesOfCleaning) fill(range, CharacterAction::Kind::space);
    for (const CodePointRange& range : kDroppedByCleaning) fill(range, CharacterAction::Kind::drop);
  }

  const CharacterAction& operator[](char32_t code_point) const {
    return actions_[pages_[code_point / kPageSize] * kPageSize + code_point % kPageSize];
  }

  std::size_t num_bytes() const {
    return pages_.size() * sizeof pages_[0] + actions_.size() * sizeof actions_[0];
  }

 private:
  using Kind = CharacterAction::Kind;
  static constexpr std::size_t kPageSize = 128;

  std::uint16_t add_page(const std::vector<CharacterAction>& page, bool is_shared) {
    actions_.insert(actions_.end(), page.begin(), page.end());
    is_shared_.push_back(is_shared);
    return static_cast<std::uint16_t>(is_shared_.size() - 1);
  }

  /// The place of an action, on a page of its own.
  CharacterAction& at(char32_t code_point) {
    std::uint16_t& page = pages_[code_point / kPageSize];
    if (is_shared_[page]) {
      const auto begin = actions_.begin() + static_cast<std::ptrdiff_t>(page * kPageSize);
      page = add_page({begin, begin + kPageSize}, false);
    }
    return actions_[page * kPageSize + code_point % kPageSize];
  }

  /// The same for all of a range; pages inside it become one.
  void fill(const CodePointRange& range, Kind kind) {
    CharacterAction action;
    action.kind = kind;
    std::uint16_t whole_page = 0;
    for (char32_t c = range.first; c <= range.last;) {
      if (c % kPageSize != 0 || range.last - c < kPageSize - 1) {
        at(c++) = action;
        continue;
      }
      if (whole_page == 0)
        whole_page = add_page(std::vector<CharacterAction>(kPageSize, action), true);
      pages_[c / kPageSize] = whole_page;
      c += kPageSize;
    }
  }

  template <class Range, std::size_t Size>
  void resolve_ranges(const Range (&table)[Size]) {
    for (const Range& range : table)
      for (char32_t c = range.first; c <= range.last; ++c) resolve(c);
  }

  void resolve(char32_t code_point) { at(code_point) = action_of(code_point); }

  /// What becomes of a code point that cleaning leaves alone.
  CharacterAction action_of(char32_t code_point) const {
    CharacterAction action;
    std::u32string parts;
    const auto append = [&](char32_t part) {
      if (strips_ && is_nonspacing_mark(part)) return;
      // Marks that stay may change places with their neighbours.
      if (strips_ && combining_class(part) != 0) action.kind = Kind::by_reference;
      parts += normalizer_.lowercase ? lower_case(part) : part;
      if (normalizer_.lowercase && part == 0x130) parts += char32_t{0x307};
    };
    if (strips_)
      for_each_decomposed(code_point, append);
    else
      append(code_point);
    if (action.kind == Kind::by_reference) return action;
    std::string bytes;
    for (const char32_t part : parts) append_utf8(part, bytes);
    action.kind = kind_of(parts, normalizer_.handle_chinese_chars && is_chinese(code_point));
    if (bytes.size() > CharacterAction::kMaxBytes) action.kind = Kind::by_reference;
    const bool stays = parts.size() == 1 && parts[0] == code_point;
    if (action.kind == Kind::by_reference || (stays && code_point != kReplacementCharacter))
      return action;
    action.sizes = static_cast<unsigned char>(parts.size() * 16 + bytes.size());
    std::copy(bytes.begin(), bytes.end(), action.bytes);
    return action;
  }

  static Kind kind_of(const std::u32string& parts, bool is_set_apart) {
    if (parts.empty()) return Kind::drop;
    const bool is_one = parts.size() == 1;
    if (is_one && is_white_space(parts[0])) return Kind::space;
    if (is_one && is_punctuation(parts[0])) return Kind::alone;
    const bool is_word = std::none_of(parts.begin(), parts.end(), [](char32_t part) {
      return is_white_space(part) || is_punctuation(part);
    });
    if (!is_word) return Kind::by_reference;
    return is_set_apart ? Kind::alone : Kind::word;
  }

  BertNormalizer normalizer_;
  bool strips_;
  std::vector<std::uint16_t> pages_;  // of 0x110000 / kPageSize
  std::vector<bool> is_shared_;       // by page
  std::vector<CharacterAction> actions_;
};

}  // namespace eigenhead::detail
