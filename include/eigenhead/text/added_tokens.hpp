#pragma once

#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/unicode.hpp"
#include "eigenhead/text/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eigenhead {

/// A token that is found in the text as it stands, before words are split: [MASK] and the like.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  /// Decoding can skip it; EncodeOptions::split_special_tokens stops looking for it.
  bool is_special = false;
  /// Is normalized itself and found in normalized text: "[NAME]" then also matches "[name]".
  bool is_normalized = false;
  /// Does not match where a letter, mark, digit or connector touches it.
  bool is_single_word = false;
  /// Takes the white space before it along ("lstrip" in files).
  bool strips_left = false;
  /// Takes the white space after it along ("rstrip" in files).
  bool strips_right = false;
};

namespace detail {

/// Finds added tokens in characters: at each place the longest, from left to right.
class AddedTokenFinder {
 public:
  /// A part of the text: an added token, or what lies between two (token is nullptr).
  struct Part {
    CharacterView text;
    const AddedToken* token;
  };

  AddedTokenFinder() = default;

  /// `contents[i]` is what the text must hold for `tokens[i]`, one for each; empty ones are never
  /// found. Of equal contents the first special token counts, else the first token.
  AddedTokenFinder(std::vector<AddedToken> tokens, const std::vector<std::u32string>& contents)
      : tokens_(std::move(tokens)) {
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (!contents[i].empty()) patterns_[contents[i].front()].push_back({contents[i], i});
    for (auto& [first, patterns] : patterns_) {
      std::stable_sort(patterns.begin(), patterns.end(), [&](const Pattern& a, const Pattern& b) {
        if (a.content.size() != b.content.size()) return a.content.size() > b.content.size();
        return tokens_[a.token].is_special && !tokens_[b.token].is_special;
      });
    }
  }

  /// Cuts `text` into parts without gaps; no part is empty. The views look into `text`, the tokens
  /// belong to this finder.
  std::vector<Part> split(CharacterView text, bool ignores_special_tokens) const {
    std::vector<Part> parts;
    Index done = 0;  // everything before is in a part
    for (Index place = 0; place < text.size();) {
      const Pattern* pattern = find_at(text, place);
      const Index begin = place;
      place += pattern ? static_cast<Index>(pattern->content.size()) : 1;
      if (!pattern) continue;
      const AddedToken& token = tokens_[pattern->token];
      // The reference goes on after a refused match, not inside it.
      if (ignores_special_tokens && token.is_special) continue;
      if (token.is_single_word && touches_word(text, begin, place)) continue;
      const Index wide_begin = token.strips_left ? skip_space_left(text, begin, done) : begin;
      const Index wide_end = token.strips_right ? skip_space_right(text, place) : place;
      if (done < wide_begin) parts.push_back({text.slice(done, wide_begin), nullptr});
      parts.push_back({text.slice(wide_begin, wide_end), &token});
      done = wide_end;
    }
    if (done < text.size()) parts.push_back({text.slice(done, text.size()), nullptr});
    return parts;
  }

 private:
  struct Pattern {
    std::u32string content;
    std::size_t token;
  };

  const Pattern* find_at(CharacterView text, Index place) const {
    const auto found = patterns_.find(text[place].code_point);
    if (found == patterns_.end()) return nullptr;
    for (const Pattern& pattern : found->second) {
      const auto length = static_cast<Index>(pattern.content.size());
      if (length > text.size() - place) continue;
      const CharacterView candidate = text.slice(place, place + length);
      const auto is_same = [](char32_t a, const SourceCharacter& b) { return a == b.code_point; };
      if (std::equal(pattern.content.begin(), pattern.content.end(), candidate.begin(), is_same))
        return &pattern;
    }
    return nullptr;
  }

  static bool touches_word(CharacterView text, Index begin, Index end) {
    return (begin > 0 && is_word_character(text[begin - 1].code_point)) ||
           (end < text.size() && is_word_character(text[end].code_point));
  }

  static Index skip_space_left(CharacterView text, Index begin, Index limit) {
    while (begin > limit && is_white_space(text[begin - 1].code_point)) --begin;
    return begin;
  }

  static Index skip_space_right(CharacterView text, Index end) {
    while (end < text.size() && is_white_space(text[end].code_point)) ++end;
    return end;
  }

  std::vector<AddedToken> tokens_;
  // By first character, longest first.
  std::unordered_map<char32_t, std::vector<Pattern>> patterns_;
};

/// The finder of the tokens with the given is_normalized.
inline AddedTokenFinder make_added_token_finder(const std::vector<AddedToken>& tokens,
                                                bool is_normalized,
                                                const BertNormalizer& normalizer) {
  std::vector<AddedToken> chosen;
  std::vector<std::u32string> contents;
  for (const AddedToken& token : tokens) {
    if (token.is_normalized != is_normalized) continue;
    std::vector<SourceCharacter> characters = decode_utf8(token.content);
    if (is_normalized) characters = normalize(characters, normalizer);
    chosen.push_back(token);
    contents.emplace_back();
    for (const SourceCharacter& character : characters) contents.back() += character.code_point;
  }
  return AddedTokenFinder(std::move(chosen), contents);
}

}  // namespace detail

}  // namespace eigenhead
