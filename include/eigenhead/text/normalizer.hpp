#pragma once

#include "eigenhead/text/unicode.hpp"
#include "eigenhead/text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace eigenhead {

/// The four switches of BERT's normalizer, applied in this order.
struct BertNormalizer {
  /// Drops control, format and private-use characters and turns white space into U+0020.
  bool clean_text = true;
  /// Puts a space on both sides of every Chinese character, so that each becomes a word.
  bool handle_chinese_chars = true;
  /// Decomposes (NFD) and drops nonspacing marks; unset means the same as `lowercase`.
  std::optional<bool> strip_accents;
  /// Lower case, one code point at a time: the final sigma is not special.
  bool lowercase = true;
};

namespace detail {

inline std::vector<SourceCharacter> clean(CharacterView text) {
  std::vector<SourceCharacter> result;
  for (SourceCharacter character : text) {
    if (is_dropped_by_cleaning(character.code_point)) continue;
    if (is_space_of_cleaning(character.code_point)) character.code_point = U' ';
    result.push_back(character);
  }
  return result;
}

inline std::vector<SourceCharacter> set_apart_chinese(CharacterView text) {
  std::vector<SourceCharacter> result;
  for (const SourceCharacter& character : text) {
    const SourceCharacter space{U' ', character.begin, character.end};
    const bool is_apart = is_chinese(character.code_point);
    if (is_apart) result.push_back(space);
    result.push_back(character);
    if (is_apart) result.push_back(space);
  }
  return result;
}

inline std::vector<SourceCharacter> decompose(CharacterView text) {
  struct Part {
    char32_t code_point;
    unsigned char combining_class;
    bool begins_source;
  };
  std::vector<Part> parts;
  for (const SourceCharacter& character : text) {
    bool begins_source = true;
    for_each_decomposed(character.code_point, [&](char32_t part) {
      parts.push_back({part, combining_class(part), begins_source});
      begins_source = false;
    });
  }
  const auto is_starter = [](const Part& part) { return part.combining_class == 0; };
  for (auto begin = parts.begin(); begin != parts.end();) {
    begin = std::find_if_not(begin, parts.end(), is_starter);
    const auto end = std::find_if(begin, parts.end(), is_starter);
    std::stable_sort(begin, end, [](const Part& a, const Part& b) {
      return a.combining_class < b.combining_class;
    });
    begin = end;
  }
  // Where marks changed places the reference still hands out the sources from left to right.
  std::vector<SourceCharacter> result;
  Index source = -1;
  for (const Part& part : parts) {
    if (part.begins_source) ++source;
    result.push_back({part.code_point, text[source].begin, text[source].end});
  }
  return result;
}

inline void drop_nonspacing_marks(std::vector<SourceCharacter>& text) {
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](const SourceCharacter& character) {
                              return is_nonspacing_mark(character.code_point);
                            }),
             text.end());
}

inline std::vector<SourceCharacter> lower_case(CharacterView text) {
  std::vector<SourceCharacter> result;
  for (SourceCharacter character : text) {
    const bool has_dot_above = character.code_point == 0x130;
    character.code_point = lower_case(character.code_point);
    result.push_back(character);
    if (has_dot_above) result.push_back({0x307, character.begin, character.end});
  }
  return result;
}

}  // namespace detail

/// The text as BERT's vocabulary spells it; every character keeps the bytes that it comes from.
///
/// @param text  characters in any range of the original text; see decode_utf8
/// Follows Hugging Face tokenizers 0.22.2 for every code point, the mix of Unicode versions and the
/// missing Chinese range U+2B820-2B91F included (see detail/unicode_tables.hpp).
inline std::vector<SourceCharacter> normalize(CharacterView text,
                                              const BertNormalizer& normalizer = {}) {
  std::vector<SourceCharacter> result(text.begin(), text.end());
  if (normalizer.clean_text) result = detail::clean(result);
  if (normalizer.handle_chinese_chars) result = detail::set_apart_chinese(result);
  if (normalizer.strip_accents.value_or(normalizer.lowercase)) {
    result = detail::decompose(result);
    detail::drop_nonspacing_marks(result);
  }
  if (normalizer.lowercase) result = detail::lower_case(result);
  return result;
}

}  // namespace eigenhead
