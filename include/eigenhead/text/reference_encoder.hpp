#pragma once

#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/pre_tokenizer.hpp"
#include "eigenhead/text/utf8.hpp"
#include "eigenhead/text/vocabulary.hpp"
#include "eigenhead/text/word_piece.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// The readable way from a text to its tokens, which says what the fast way must give:
/// added tokens -> normalize -> pre_tokenize -> word_piece.
class ReferenceEncoder {
 public:
  ReferenceEncoder() = default;

  ReferenceEncoder(const std::vector<AddedToken>& added_tokens, BertNormalizer normalizer,
                   WordPieceOptions word_piece)
      : normalizer_(normalizer),
        word_piece_(std::move(word_piece)),
        raw_finder_(make_added_token_finder(added_tokens, false, normalizer)),
        normalized_finder_(make_added_token_finder(added_tokens, true, normalizer)) {}

  /// The tokens of `text`: token_ids, tokens, offsets in bytes and word_ids.
  Encoding encode(std::string_view text, const Vocabulary& vocabulary,
                  bool ignores_special_tokens) const {
    const std::vector<SourceCharacter> characters = decode_utf8(text);
    Encoding encoding;
    int word = 0;
    for (const auto& raw : raw_finder_.split(characters, ignores_special_tokens)) {
      if (raw.token)
        append_token(encoding, raw.token->id, encode_utf8(raw.text), raw.text, word++);
      else
        append_part(encoding, raw.text, vocabulary, ignores_special_tokens, word);
    }
    return encoding;
  }

  /// The same for text in which no added tokens are searched before it is normalized.
  Encoding encode_part(std::string_view text, const Vocabulary& vocabulary,
                       bool ignores_special_tokens) const {
    Encoding encoding;
    int word = 0;
    append_part(encoding, decode_utf8(text), vocabulary, ignores_special_tokens, word);
    return encoding;
  }

 private:
  /// Appends the tokens of text between two added tokens; `word` is the number of its first word,
  /// then of the next.
  void append_part(Encoding& encoding, CharacterView text, const Vocabulary& vocabulary,
                   bool ignores_special_tokens, int& word) const {
    const std::vector<SourceCharacter> normalized = normalize(text, normalizer_);
    for (const auto& part : normalized_finder_.split(normalized, ignores_special_tokens)) {
      if (part.token)
        append_token(encoding, part.token->id, encode_utf8(part.text), part.text, word++);
      else
        append_words(encoding, part.text, vocabulary, word);
    }
  }

  /// Appends the tokens of normalized text.
  void append_words(Encoding& encoding, CharacterView text, const Vocabulary& vocabulary,
                    int& word) const {
    for (const CharacterView pre_token : pre_tokenize(text)) {
      for (const WordPiece& piece : word_piece(pre_token, vocabulary, word_piece_))
        append_token(encoding, piece.id, std::string(*vocabulary.id_to_token(piece.id)),
                     pre_token.slice(piece.begin, piece.end), word);
      ++word;
    }
  }

  static void append_token(Encoding& encoding, std::int32_t id, std::string token,
                           CharacterView place, int word) {
    encoding.token_ids.push_back(id);
    encoding.tokens.push_back(std::move(token));
    encoding.offsets.push_back({place[0].begin, place[place.size() - 1].end});
    encoding.word_ids.emplace_back(word);
  }

  BertNormalizer normalizer_;
  WordPieceOptions word_piece_;
  AddedTokenFinder raw_finder_;         // in the text as it is written
  AddedTokenFinder normalized_finder_;  // in normalized text
};

}  // namespace eigenhead::detail
