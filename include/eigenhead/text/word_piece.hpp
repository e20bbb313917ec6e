#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/text/utf8.hpp"
#include "eigenhead/text/vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

struct WordPieceOptions {
  /// Stands for a word that no tokens of the vocabulary can spell.
  std::string unknown_token = "[UNK]";
  /// Marks the tokens that go on inside a word.
  std::string continuing_subword_prefix = "##";
  /// A word of more characters is unknown.
  Index max_input_chars_per_word = 100;
};

/// A token and the characters [begin, end) of the word that it covers.
struct WordPiece {
  std::int32_t id = 0;
  Index begin = 0;
  Index end = 0;
};

namespace detail {

/// The longest token that begins at character `begin`, where `starts[i]` is the first byte of
/// character i in `word` and one more entry ends the last.
inline std::optional<WordPiece> longest_piece(std::string_view word,
                                              const std::vector<std::size_t>& starts,
                                              std::size_t begin, const Vocabulary& vocabulary,
                                              const WordPieceOptions& options) {
  std::string rest = begin > 0 ? options.continuing_subword_prefix : "";
  const std::size_t prefix_length = rest.size();
  rest += word.substr(starts[begin]);
  for (std::size_t end = starts.size() - 1; end > begin; --end) {
    const std::size_t length = prefix_length + starts[end] - starts[begin];
    if (const auto id = vocabulary.token_to_id(std::string_view(rest).substr(0, length)))
      return WordPiece{*id, static_cast<Index>(begin), static_cast<Index>(end)};
  }
  return std::nullopt;
}

}  // namespace detail

/// Spells a word with tokens: from the left always the longest one that fits, those after the first
/// with the prefix "##". When at any place none fits, or the word is too long, the whole word is
/// one unknown token.
///
/// @param word  a word of normalized text, not empty; see pre_tokenize
/// @throws ValueError when the unknown token is needed and not in the vocabulary
/// Cost: O(n^2) look-ups for a word of n characters in the worst case.
inline std::vector<WordPiece> word_piece(CharacterView word, const Vocabulary& vocabulary,
                                         const WordPieceOptions& options = {}) {
  std::string text;
  std::vector<std::size_t> starts;
  for (const SourceCharacter& character : word) {
    starts.push_back(text.size());
    append_utf8(character.code_point, text);
  }
  starts.push_back(text.size());

  std::vector<WordPiece> pieces;
  Index done = word.size() > options.max_input_chars_per_word ? -1 : 0;
  while (done >= 0 && done < word.size()) {
    const auto piece =
        detail::longest_piece(text, starts, static_cast<std::size_t>(done), vocabulary, options);
    if (piece) pieces.push_back(*piece);
    done = piece ? piece->end : -1;
  }
  if (done >= 0) return pieces;
  const auto unknown_id = vocabulary.token_to_id(options.unknown_token);
  if (!unknown_id)
    fail<ValueError>("word_piece: vocabulary must hold the unknown token ",
                     quote(options.unknown_token), " or spell every word; got word ", quote(text));
  return {{*unknown_id, 0, word.size()}};
}

}  // namespace eigenhead
