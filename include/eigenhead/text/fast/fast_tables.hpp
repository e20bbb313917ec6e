#pragma once

#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/fast/character_table.hpp"
#include "eigenhead/text/fast/piece_trie.hpp"
#include "eigenhead/text/fast/word_table.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/unicode.hpp"
#include "eigenhead/text/vocabulary.hpp"
#include "eigenhead/text/word_piece.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

/// What FastEncoder looks things up in: made once from a vocabulary, never changed.
class FastTables {
 public:
  /// Longer words can be unknown only, see can_serve.
  static constexpr Index kMaxWordCharacters = 256;

  /// Lists of the trie.
  static constexpr std::size_t kFirst = 0, kContinuing = 1;

  /// Whether FastEncoder keeps to these options; else only the reference does.
  static bool can_serve(const WordPieceOptions& options) {
    return options.max_input_chars_per_word <= kMaxWordCharacters;
  }

  FastTables(const Vocabulary& vocabulary, const BertNormalizer& normalizer,
             const WordPieceOptions& options)
      : normalizer_(normalizer),
        options_(options),
        unknown_id_(vocabulary.token_to_id(options.unknown_token)),
        characters_(normalizer) {
    const std::string_view prefix = options.continuing_subword_prefix;
    std::vector<std::vector<PieceTrie::Entry>> lists(2);
    std::vector<WordTable::Entry> words;
    vocabulary.for_each([&](std::string_view token, std::int32_t id) {
      if (token.empty() || !is_well_formed(token)) return;  // no text ever holds it
      const bool can_begin = token.size() == 1 || !is_ascii_punctuation(token.front());
      if (can_begin && token.size() <= kMaxTokenBytes) lists[kFirst].emplace_back(token, id);
      if (token.size() > prefix.size() && token.size() - prefix.size() <= kMaxTokenBytes &&
          token.substr(0, prefix.size()) == prefix)
        lists[kContinuing].emplace_back(token.substr(prefix.size()), id);
      if (is_word_as_it_stands(token)) words.emplace_back(token, id);
    });
    trie_ = PieceTrie(lists);
    words_ = WordTable(words);
  }

  const BertNormalizer& normalizer() const { return normalizer_; }
  const WordPieceOptions& options() const { return options_; }
  /// Of the unknown token, if the vocabulary has it.
  std::optional<std::int32_t> unknown_id() const { return unknown_id_; }
  const CharacterTable& characters() const { return characters_; }
  const PieceTrie& trie() const { return trie_; }
  /// Tokens that are a whole word as they stand in a text.
  const WordTable& words() const { return words_; }

  std::size_t num_bytes() const {
    return characters_.num_bytes() + trie_.num_bytes() + words_.num_bytes();
  }

 private:
  // Longer tokens are in no word that is spelled.
  static constexpr auto kMaxTokenBytes = 4 * static_cast<std::size_t>(kMaxWordCharacters);

  /// Punctuation is a word of its own: no longer word begins with it, such as "##ing" does.
  static bool is_ascii_punctuation(char byte) {
    return (byte & 0x80) == 0 && is_punctuation(static_cast<unsigned char>(byte));
  }

  static bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char byte) { return (byte & 0x80) == 0; });
  }

  static bool is_well_formed(std::string_view token) {
    if (is_ascii(token)) return true;
    std::string again;
    for (std::string_view rest = token; !rest.empty();) append_utf8(take_code_point(rest), again);
    return again == token;
  }

  /// Whether normalization leaves the token alone and does not split it.
  bool is_word_as_it_stands(std::string_view token) const {
    Index num_characters = 0;
    bool is_alone = false;
    for (std::string_view rest = token; !rest.empty(); ++num_characters) {
      const CharacterAction& action = characters_[take_code_point(rest)];
      is_alone = is_alone || action.kind == CharacterAction::Kind::alone;
      if (action.num_bytes() != 0) return false;
      if (!is_alone && action.kind != CharacterAction::Kind::word) return false;
    }
    return num_characters <= options_.max_input_chars_per_word &&
           (!is_alone || num_characters == 1);
  }

  BertNormalizer normalizer_;
  WordPieceOptions options_;
  std::optional<std::int32_t> unknown_id_;
  CharacterTable characters_;
  PieceTrie trie_;
  WordTable words_;
};

}  // namespace eigenhead::detail
