#pragma once

#include "eigenhead/detail/unicode_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

/// Questions about single code points, answered from the generated tables.
namespace eigenhead::detail {

/// The entry of a sorted table that holds `code_point`, or nullptr.
template <class Range, std::size_t Size>
const Range* find_range(const Range (&table)[Size], char32_t code_point) {
  const Range* found =
      std::lower_bound(std::begin(table), std::end(table), code_point,
                       [](const Range& range, char32_t value) { return range.last < value; });
  return found != std::end(table) && found->first <= code_point ? found : nullptr;
}

template <class Entry, std::size_t Size>
const Entry* find_entry(const Entry (&table)[Size], char32_t code_point) {
  const Entry* found =
      std::lower_bound(std::begin(table), std::end(table), code_point,
                       [](const Entry& entry, char32_t value) { return entry.code_point < value; });
  return found != std::end(table) && found->code_point == code_point ? found : nullptr;
}

inline bool is_dropped_by_cleaning(char32_t c) { return find_range(kDroppedByCleaning, c); }
inline bool is_space_of_cleaning(char32_t c) { return find_range(kSpacesOfCleaning, c); }
inline bool is_chinese(char32_t c) { return find_range(kChinese, c); }
inline bool is_white_space(char32_t c) { return find_range(kWhiteSpace, c); }
inline bool is_punctuation(char32_t c) { return find_range(kPunctuation, c); }
inline bool is_nonspacing_mark(char32_t c) { return find_range(kNonspacingMarks, c); }
inline bool is_word_character(char32_t c) { return find_range(kWordCharacters, c); }

inline unsigned char combining_class(char32_t code_point) {
  const CombiningClass* found = find_range(kCombiningClasses, code_point);
  return found ? found->value : 0;
}

/// The first code point of the lower case; only U+0130 has a second one, U+0307.
inline char32_t lower_case(char32_t code_point) {
  const LowerCase* found = find_entry(kLowerCase, code_point);
  return found ? found->lower : code_point;
}

/// Calls function(part) for each code point of the full canonical decomposition.
template <class Function>
void for_each_decomposed(char32_t code_point, Function&& function) {
  if (code_point >= 0xAC00 && code_point < 0xAC00 + 11172) {  // Hangul: L * 588 + V * 28 + T
    const char32_t syllable = code_point - 0xAC00;
    function(0x1100 + syllable / 588);
    function(0x1161 + syllable % 588 / 28);
    if (syllable % 28 != 0) function(0x11A7 + syllable % 28);
  } else if (const Decomposition* found = find_entry(kDecompositions, code_point)) {
    for (const char32_t part : found->parts)
      if (part != 0) function(part);
  } else {
    function(code_point);
  }
}

}  // namespace eigenhead::detail
