#pragma once

#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/unicode.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

struct CharacterPlace {
  char32_t code_point;
  std::size_t begin;
};

/// The character that ends at `place` > 0, where another begins. Ill-formed ones count as one byte.
inline CharacterPlace character_before(std::string_view text, std::size_t place) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(place, 4); ++length) {
    std::string_view rest = text.substr(place - length, length);
    const char32_t code_point = take_code_point(rest);
    if (rest.empty() && code_point != kReplacementCharacter) return {code_point, place - length};
  }
  return {kReplacementCharacter, place - 1};
}

/// Finds added tokens in the bytes of a text: what AddedTokenFinder finds in its characters,
/// without decoding them. Whether they are tokens of normalized text does not matter here.
class AddedTokenScanner {
 public:
  /// Bytes [begin, end) of the text, with the white space that the token takes along.
  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
    const AddedToken* token = nullptr;  // nullptr: no more, begin and end are the end of the text
    std::size_t resume = 0;             // where to go on: white space may be a token once more
  };

  AddedTokenScanner() = default;

  explicit AddedTokenScanner(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
    const auto is_empty = [](const AddedToken& token) { return token.content.empty(); };
    tokens_.erase(std::remove_if(tokens_.begin(), tokens_.end(), is_empty), tokens_.end());
    std::stable_sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) {
      if (first_byte_of(a) != first_byte_of(b)) return first_byte_of(a) < first_byte_of(b);
      if (a.content.size() != b.content.size()) return a.content.size() > b.content.size();
      return a.is_special && !b.is_special;
    });
    for (const AddedToken& token : tokens_) {
      first_byte_ = first_byte_of(token);
      num_first_bytes_ += starts_[first_byte_ + 1u]++ == 0 ? 1 : 0;
    }
    for (std::size_t byte = 0; byte < 256; ++byte) starts_[byte + 1] += starts_[byte];
  }

  /// Whether bytes tell as much as characters: not for a token with U+FFFD, which is found where
  /// the text is ill-formed.
  static bool can_serve(const std::vector<AddedToken>& tokens) {
    return std::none_of(tokens.begin(), tokens.end(), [](const AddedToken& token) {
      bool is_found = false;
      for (std::string_view rest = token.content; !rest.empty();)
        is_found = take_code_point(rest) == kReplacementCharacter || is_found;
      return is_found;
    });
  }

  bool is_empty() const { return tokens_.empty(); }

  /// The first token in the text after those found `before`, the white space of which is taken.
  Match next(std::string_view text, const Match& before, bool ignores_special_tokens) const {
    for (std::size_t place = find_first_byte(text, before.resume); place < text.size();) {
      const AddedToken* token = token_at(text.substr(place));
      if (token == nullptr) {
        place = find_first_byte(text, place + 1);
        continue;
      }
      const std::size_t end = place + token->content.size();
      // The reference goes on after a refused match, not inside it.
      const bool is_refused = (ignores_special_tokens && token->is_special) ||
                              (token->is_single_word && touches_word(text, place, end));
      if (!is_refused)
        return {token->strips_left ? skip_space_left(text, place, before.end) : place,
                token->strips_right ? skip_space_right(text, end) : end, token, end};
      place = find_first_byte(text, end);
    }
    return {text.size(), text.size(), nullptr, text.size()};
  }

  /// The first token in the text.
  Match first(std::string_view text, bool ignores_special_tokens) const {
    return next(text, Match(), ignores_special_tokens);
  }

 private:
  static unsigned char first_byte_of(const AddedToken& token) {
    return static_cast<unsigned char>(token.content.front());
  }

  /// The first place from `place` on where a token may begin.
  std::size_t find_first_byte(std::string_view text, std::size_t place) const {
    if (num_first_bytes_ == 0 || place >= text.size()) return text.size();
    if (num_first_bytes_ == 1) {
      const void* found = std::memchr(text.data() + place, first_byte_, text.size() - place);
      if (found == nullptr) return text.size();
      return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    }
    for (; place < text.size(); ++place) {
      const auto byte = static_cast<unsigned char>(text[place]);
      if (starts_[byte] != starts_[byte + 1u]) break;
    }
    return place;
  }

  /// The longest token that `text` begins with.
  const AddedToken* token_at(std::string_view text) const {
    const auto byte = static_cast<unsigned char>(text.front());
    for (std::size_t i = starts_[byte]; i < starts_[byte + 1u]; ++i)
      if (text.substr(0, tokens_[i].content.size()) == tokens_[i].content) return &tokens_[i];
    return nullptr;
  }

  static bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
    std::string_view rest = text.substr(end);
    return (begin > 0 && is_word_character(character_before(text, begin).code_point)) ||
           (!rest.empty() && is_word_character(take_code_point(rest)));
  }

  static std::size_t skip_space_left(std::string_view text, std::size_t begin, std::size_t limit) {
    while (begin > limit) {
      const CharacterPlace before = character_before(text, begin);
      if (!is_white_space(before.code_point)) break;
      begin = before.begin;
    }
    return begin;
  }

  static std::size_t skip_space_right(std::string_view text, std::size_t end) {
    for (std::string_view rest = text.substr(end); !rest.empty();) {
      if (!is_white_space(take_code_point(rest))) break;
      end = text.size() - rest.size();
    }
    return end;
  }

  std::vector<AddedToken> tokens_;            // by first byte, the longest first
  std::array<std::size_t, 257> starts_ = {};  // of the tokens that begin with a byte
  int num_first_bytes_ = 0;
  unsigned char first_byte_ = 0;  // one of them
};

}  // namespace eigenhead::detail
