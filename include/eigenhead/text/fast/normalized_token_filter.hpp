#pragma once

#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/fast/added_token_scanner.hpp"
#include "eigenhead/text/fast/character_table.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/unicode.hpp"
#include "eigenhead/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

/// Tells which parts of a text can hold added tokens of normalized text. Those few are for the
/// reference; all between them is as if there were no such tokens.
///
/// Parts are cut at ASCII white space, over which no character changes another. A word between is
/// suspicious if its normal form holds the begin of an added token, up to the first white space of
/// that.
class NormalizedTokenFilter {
 public:
  /// A part [begin, end) of the text; empty at its end: there are no more.
  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;

    bool is_empty() const { return begin == end; }
  };

  NormalizedTokenFilter() = default;

  /// Of `tokens` only those that are searched in normalized text count. The table is that of the
  /// normalizer.
  NormalizedTokenFilter(const std::vector<AddedToken>& tokens, const BertNormalizer& normalizer,
                        const CharacterTable& characters) {
    std::vector<AddedToken> begins;
    for (const AddedToken& token : tokens) {
      if (!token.is_normalized) continue;
      const auto content = normalize(decode_utf8(token.content), normalizer);
      if (content.empty()) continue;  // never found
      const auto is_space = [](const SourceCharacter& character) {
        return is_white_space(character.code_point);
      };
      const auto begin = std::find_if_not(content.begin(), content.end(), is_space);
      const auto end = std::find_if(begin, content.end(), is_space);
      begins.emplace_back();
      for (auto character = begin; character != end; ++character)
        append_utf8(character->code_point, begins.back().content);
      begins.back().content.resize(std::min(begins.back().content.size(), kMaxBegin));
      const bool has_outer_space = is_space(content.front()) || is_space(content.back());
      can_serve_ = can_serve_ && begin != end && !(has_outer_space && token.is_single_word);
      const auto num_spaces = std::count_if(content.begin(), content.end(), is_space);
      max_words_after_ = std::max(max_words_after_, static_cast<std::size_t>(num_spaces));
      takes_space_ = takes_space_ || token.strips_left || token.strips_right || has_outer_space;
    }
    scanner_ = AddedTokenScanner(begins);
    std::fill(is_candidate_.begin() + 128, is_candidate_.end(), true);
    for (unsigned char byte = 0; byte < 128; ++byte) {
      const CharacterAction& action = characters[byte];
      const char normal = action.num_bytes() > 0 ? action.bytes[0] : static_cast<char>(byte);
      for (const AddedToken& begin : begins)
        if (!begin.content.empty() && begin.content[0] == normal) is_candidate_[byte] = true;
    }
  }

  /// False if an added token is nothing but white space, and so in no word, or if what touches one
  /// is further away than the next word.
  bool can_serve() const { return can_serve_; }

  /// The first part of text[done, ...) that can hold added tokens. What is before `done` does not
  /// count as a neighbour.
  Part next(const CharacterTable& characters, std::string_view text, std::size_t done) const {
    Part part{text.size(), text.size()};
    if (scanner_.is_empty()) return part;
    bool is_found = false;
    for (std::size_t place = done; place < text.size();) {
      const std::size_t begin = skip_space(text, place);
      place = skip_word(text, begin);
      if (is_suspicious(characters, text.substr(begin, place - begin))) {
        if (!is_found) part = {begin_of_part(characters, text, begin, done), begin};
        is_found = true;
        part.end = std::max(part.end, end_of_part(characters, text, place, part.end));
      } else if (is_found && begin >= part.end) {
        return part;
      }
    }
    return part;
  }

 private:
  using Kind = CharacterAction::Kind;
  static constexpr std::size_t kMaxBegin = 64;  // bytes of an added token that are looked for

  static bool is_break(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
  }

  static std::size_t skip_space(std::string_view text, std::size_t place) {
    while (place < text.size() && is_break(text[place])) ++place;
    return place;
  }

  static std::size_t skip_word(std::string_view text, std::size_t place) {
    while (place < text.size() && !is_break(text[place])) ++place;
    return place;
  }

  /// Whether a character is white space, sets it around itself or is nothing: a token may take that
  /// along.
  static bool can_be_taken_along(const CharacterTable& characters, char32_t code_point) {
    const Kind kind = characters[code_point].kind;
    return kind == Kind::space || kind == Kind::drop || kind == Kind::by_reference ||
           is_chinese(code_point);
  }

  static bool can_begin_be_taken_along(const CharacterTable& characters, std::string_view word) {
    return !word.empty() && can_be_taken_along(characters, take_code_point(word));
  }

  /// Where the part of a suspicious word begins: with the white space before it, and where that can
  /// go on in the word before, with that word.
  std::size_t begin_of_part(const CharacterTable& characters, std::string_view text,
                            std::size_t place, std::size_t limit) const {
    for (;;) {
      while (place > limit && is_break(text[place - 1])) --place;
      if (!takes_space_ || place == limit ||
          !can_be_taken_along(characters, character_before(text, place).code_point))
        return place;
      while (place > limit && !is_break(text[place - 1])) --place;
      if (!can_begin_be_taken_along(characters, text.substr(place))) return place;
    }
  }

  /// Where the part of a suspicious word that ends at `place` ends: with the words that a token of
  /// several can reach and the white space after them. `part_end` is where it ended before.
  std::size_t end_of_part(const CharacterTable& characters, std::string_view text,
                          std::size_t place, std::size_t part_end) const {
    place = skip_space(text, place);
    for (std::size_t i = 0; i < max_words_after_; ++i)
      place = skip_space(text, skip_word(text, place));
    if (!takes_space_ || place <= part_end) return place;
    while (can_begin_be_taken_along(characters, text.substr(place)))
      place = skip_space(text, skip_word(text, place));
    return place;
  }

  bool is_suspicious(const CharacterTable& characters, std::string_view word) const {
    if (std::none_of(word.begin(), word.end(),
                     [&](char byte) { return is_candidate_[static_cast<unsigned char>(byte)]; }))
      return false;
    std::array<char, 1024> normal;  // the normal form, or its last part
    std::size_t size = 0;
    const auto has_begin = [&] {
      return scanner_.first({normal.data(), size}, false).token != nullptr;
    };
    const auto append = [&](std::string_view bytes) {
      std::memcpy(normal.data() + size, bytes.data(), bytes.size());
      size += bytes.size();
    };
    while (!word.empty()) {
      const std::string_view before = word;
      const char32_t code_point = take_code_point(word);
      const CharacterAction& action = characters[code_point];
      if (action.kind == Kind::by_reference) return true;
      if (action.kind == Kind::space)
        append(" ");
      else if (action.kind == Kind::hangul)
        for_each_decomposed(code_point, [&](char32_t part) {
          std::string letter;
          append_utf8(part, letter);
          append(letter);
        });
      else if (action.num_bytes() > 0)
        append({action.bytes, action.num_bytes()});
      else if (action.kind != Kind::drop)
        append(before.substr(0, before.size() - word.size()));
      if (size < normal.size() - kMaxBegin) continue;
      if (has_begin()) return true;
      std::memmove(normal.data(), normal.data() + size - kMaxBegin, kMaxBegin);
      size = kMaxBegin;
    }
    return has_begin();
  }

  AddedTokenScanner scanner_;                // of what tokens begin with
  std::array<bool, 256> is_candidate_ = {};  // whether a token may begin with a byte of text
  std::size_t max_words_after_ = 0;
  bool takes_space_ = false;  // whether any can begin or end with white space
  bool can_serve_ = true;
};

}  // namespace eigenhead::detail
