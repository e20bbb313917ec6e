#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/bert_tokenizer_options.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/padding.hpp"
#include "eigenhead/text/pre_tokenizer.hpp"
#include "eigenhead/text/sequence_template.hpp"
#include "eigenhead/text/truncation.hpp"
#include "eigenhead/text/utf8.hpp"
#include "eigenhead/text/vocabulary.hpp"
#include "eigenhead/text/word_piece.hpp"
#include "eigenhead/text/word_piece_decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eigenhead {

/// Ids of the special tokens, as far as the tokenizer knows them.
struct SpecialTokenIds {
  std::optional<std::int32_t> cls, sep, pad, unk, mask;
};

/// The special tokens that the vocabulary holds, as added tokens.
inline std::vector<AddedToken> special_tokens_in(const Vocabulary& vocabulary,
                                                 const SpecialTokens& names) {
  std::vector<AddedToken> tokens;
  for (const std::string* name : {&names.pad, &names.unk, &names.cls, &names.sep, &names.mask}) {
    const auto id = vocabulary.token_to_id(*name);
    if (!id) continue;
    tokens.emplace_back();
    tokens.back().content = *name;
    tokens.back().id = *id;
    tokens.back().is_special = true;
  }
  return tokens;
}

/// BERT's tokenizer: text to WordPiece tokens, exactly as Hugging Face tokenizers 0.22.2 does it
/// for BertTokenizerFast and DistilBertTokenizerFast.
///
/// text -> added tokens -> normalize -> pre_tokenize -> word_piece -> truncate -> template -> pad.
/// Nothing changes after construction: all calls are const, so threads may share a tokenizer.
/// load_tokenizer makes one from files. Example: examples/01_tokens_and_embeddings.cpp
class BertTokenizer {
 public:
  /// Throws ValueError if the default template needs a token that the vocabulary does not hold, the
  /// template for one text holds a second, or an added token has the id of another token.
  explicit BertTokenizer(Vocabulary vocabulary, BertTokenizerOptions options = {})
      : vocabulary_(std::move(vocabulary)), options_(std::move(options)) {
    if (!options_.added_tokens)
      options_.added_tokens = special_tokens_in(vocabulary_, options_.special_tokens);
    for (AddedToken& token : *options_.added_tokens) register_added_token(token);
    raw_finder_ =
        detail::make_added_token_finder(*options_.added_tokens, false, options_.normalizer);
    normalized_finder_ =
        detail::make_added_token_finder(*options_.added_tokens, true, options_.normalizer);
    const SpecialTokens& names = options_.special_tokens;
    special_ids_ = {token_to_id(names.cls), token_to_id(names.sep), token_to_id(names.pad),
                    token_to_id(names.unk), token_to_id(names.mask)};
    if (!options_.sequence_template) {
      check<ValueError>(
          special_ids_.cls && special_ids_.sep,
          "BertTokenizer: vocabulary must hold " + quote(names.cls) + " and " + quote(names.sep),
          "tokens", vocabulary_.size(), "or set options.sequence_template");
      options_.sequence_template =
          bert_template(names.cls, *special_ids_.cls, names.sep, *special_ids_.sep);
    }
    const Index num_second =
        detail::count_pieces(options_.sequence_template->single, TemplatePiece::Kind::second_text);
    check<ValueError>(num_second == 0,
                      "BertTokenizer: the template for one text must hold no second text",
                      "second texts", num_second);
  }

  /// The tokens of `text`, UTF-8 of any quality; see decode_utf8 for bytes that are not UTF-8.
  /// Throws ValueError for the reasons of truncate, padded_length and word_piece, if padding is
  /// wanted without a padding token in the vocabulary, and if the template does not hold the text.
  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const {
    return padded(encode_unpadded(text, nullptr, options), options, "BertTokenizer::encode");
  }

  /// The tokens of two texts, which BERT tells apart by type ids 0 and 1. An empty second text is
  /// still a pair. Throws as encode does; the template for two texts must hold both.
  Encoding encode_pair(std::string_view text, std::string_view pair,
                       const EncodeOptions& options = {}) const {
    return padded(encode_unpadded(text, &pair, options), options, "BertTokenizer::encode_pair");
  }

  /// encode for each text; PaddingStrategy::longest pads to the longest of all.
  std::vector<Encoding> encode_batch(const std::vector<std::string>& texts,
                                     const EncodeOptions& options = {}) const {
    std::vector<Encoding> encodings;
    encodings.reserve(texts.size());
    for (const std::string& text : texts)
      encodings.push_back(encode_unpadded(text, nullptr, options));
    pad_all(encodings, options.padding, "BertTokenizer::encode_batch");
    return encodings;
  }

  /// encode_pair for each pair; PaddingStrategy::longest pads to the longest of all.
  std::vector<Encoding> encode_pair_batch(
      const std::vector<std::pair<std::string, std::string>>& pairs,
      const EncodeOptions& options = {}) const {
    std::vector<Encoding> encodings;
    encodings.reserve(pairs.size());
    for (const auto& [text, pair] : pairs) {
      const std::string_view second = pair;
      encodings.push_back(encode_unpadded(text, &second, options));
    }
    pad_all(encodings, options.padding, "BertTokenizer::encode_pair_batch");
    return encodings;
  }

  /// Pads encodings made without padding, together: PaddingStrategy::longest means the longest of
  /// these. Throws as encode does for padding.
  void pad_batch(std::vector<Encoding>& encodings, const Padding& padding) const {
    pad_all(encodings, padding, "BertTokenizer::pad_batch");
  }

  /// The text that the tokens spell, at best up to case, accents and white space. Ids without a
  /// token are skipped, as the reference does.
  std::string decode(const std::vector<std::int32_t>& token_ids,
                     const DecodeOptions& options = {}) const {
    std::vector<std::string> tokens;
    for (const std::int32_t id : token_ids) {
      std::optional<std::string> token = id_to_token(id);
      if (token && !(options.skip_special_tokens && is_special(*token)))
        tokens.push_back(std::move(*token));
    }
    DecodeOptions filled = options;
    filled.clean_up_tokens = options.clean_up_tokens.value_or(options_.clean_up_tokens);
    return decode_word_pieces(tokens, options_.word_piece.continuing_subword_prefix, filled);
  }

  std::optional<std::int32_t> token_to_id(std::string_view token) const {
    const auto found = added_by_content_.find(token);
    return found != added_by_content_.end() ? found->second.id : vocabulary_.token_to_id(token);
  }

  std::optional<std::string> id_to_token(std::int32_t id) const {
    const auto found = added_contents_.find(id);
    if (found != added_contents_.end()) return found->second;
    const auto token = vocabulary_.id_to_token(id);
    return token ? std::optional<std::string>(*token) : std::nullopt;
  }

  /// The number of different tokens, added ones included.
  std::int32_t vocab_size() const {
    return vocabulary_.size() +
           static_cast<std::int32_t>(std::count_if(
               added_by_content_.begin(), added_by_content_.end(),
               [&](const auto& added) { return !vocabulary_.token_to_id(added.first); }));
  }

  const SpecialTokenIds& special_ids() const { return special_ids_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// The options in force, defaults filled in.
  const BertTokenizerOptions& options() const { return options_; }

 private:
  /// A token that is in the vocabulary keeps the id that it has there.
  void register_added_token(AddedToken& token) {
    if (const auto id = vocabulary_.token_to_id(token.content)) token.id = *id;
    const auto other = id_to_token(token.id);
    check<ValueError>(!other || *other == token.content,
                      "BertTokenizer: the id of an added token must not belong to another token",
                      "id", token.id, "added token", quote(token.content), "other token",
                      quote(other.value_or("")));
    const bool was_special = is_special(token.content);
    added_by_content_[token.content] = {token.id, was_special || token.is_special};
    added_contents_[token.id] = token.content;
  }

  bool is_special(const std::string& token) const {
    const auto found = added_by_content_.find(token);
    return found != added_by_content_.end() && found->second.is_special;
  }

  Encoding encode_unpadded(std::string_view text, const std::string_view* pair,
                           const EncodeOptions& options) const {
    const std::vector<TemplatePiece>& pieces =
        pair ? options_.sequence_template->pair : options_.sequence_template->single;
    const Index num_first = detail::count_pieces(pieces, TemplatePiece::Kind::first_text);
    const Index num_second = detail::count_pieces(pieces, TemplatePiece::Kind::second_text);
    check<ValueError>(pair || num_first > 0,
                      "BertTokenizer::encode: the template for one text must hold it",
                      "first texts", num_first);
    check<ValueError>(!pair || (num_first > 0 && num_second > 0),
                      "BertTokenizer::encode_pair: the template for two texts must hold both",
                      "first texts", num_first, "second texts", num_second);
    Encoding first = encode_sequence(text, 0, options);
    Encoding second;
    if (pair) second = encode_sequence(*pair, 1, options);
    truncate(first, pair ? &second : nullptr, options.truncation,
             options.add_special_tokens
                 ? detail::count_pieces(pieces, TemplatePiece::Kind::special_token)
                 : 0);
    return detail::apply_template(pieces, first, pair ? &second : nullptr,
                                  options.add_special_tokens);
  }

  /// The tokens of one text, without special tokens.
  Encoding encode_sequence(std::string_view text, int sequence_id,
                           const EncodeOptions& options) const {
    const bool ignores_special = options.split_special_tokens;
    const std::vector<SourceCharacter> characters = decode_utf8(text);
    Encoding encoding;
    int word = 0;
    for (const auto& raw : raw_finder_.split(characters, ignores_special)) {
      if (raw.token) {
        append_token(encoding, raw.token->id, encode_utf8(raw.text), raw.text, word++);
        continue;
      }
      const std::vector<SourceCharacter> normalized = normalize(raw.text, options_.normalizer);
      for (const auto& part : normalized_finder_.split(normalized, ignores_special)) {
        if (part.token)
          append_token(encoding, part.token->id, encode_utf8(part.text), part.text, word++);
        else
          append_words(encoding, part.text, word);
      }
    }
    const auto size = static_cast<std::size_t>(encoding.size());
    encoding.token_type_ids.assign(size, 0);
    encoding.attention_mask.assign(size, 1);
    encoding.special_tokens_mask.assign(size, 0);
    encoding.sequence_ids.assign(size, sequence_id);
    convert_offsets(encoding.offsets, characters, options.offset_unit);
    return encoding;
  }

  /// Appends the tokens of normalized text; `word` is the number of its first word, then of the
  /// next.
  void append_words(Encoding& encoding, CharacterView text, int& word) const {
    for (const CharacterView pre_token : pre_tokenize(text)) {
      for (const WordPiece& piece : word_piece(pre_token, vocabulary_, options_.word_piece))
        append_token(encoding, piece.id, std::string(*vocabulary_.id_to_token(piece.id)),
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

  static void convert_offsets(std::vector<TextRange>& offsets, CharacterView text,
                              OffsetUnit unit) {
    if (unit == OffsetUnit::byte || text.is_empty()) return;
    std::vector<Index> units_before(static_cast<std::size_t>(text[text.size() - 1].end) + 1);
    Index units = 0;
    for (const SourceCharacter& character : text) {
      units += unit == OffsetUnit::utf16 && character.code_point > 0xFFFF ? 2 : 1;
      units_before[static_cast<std::size_t>(character.end)] = units;
    }
    for (TextRange& range : offsets)
      range = {units_before[static_cast<std::size_t>(range.begin)],
               units_before[static_cast<std::size_t>(range.end)]};
  }

  Encoding padded(Encoding encoding, const EncodeOptions& options,
                  std::string_view function) const {
    const Index length = padded_length(options.padding, encoding.size());
    pad_one(encoding, length, options.padding, function);
    return encoding;
  }

  void pad_all(std::vector<Encoding>& encodings, const Padding& padding,
               std::string_view function) const {
    Index longest = 0;
    for (const Encoding& encoding : encodings) longest = std::max(longest, encoding.size());
    const Index length = padded_length(padding, longest);
    for (Encoding& encoding : encodings) pad_one(encoding, length, padding, function);
  }

  void pad_one(Encoding& encoding, Index length, const Padding& padding,
               std::string_view function) const {
    if (padding.strategy == PaddingStrategy::none) return;
    const std::string& token = options_.special_tokens.pad;
    if (!special_ids_.pad)
      fail<ValueError>(function, ": vocabulary must hold the padding token ", quote(token),
                       "; got ", vocabulary_.size(), " other tokens");
    pad(encoding, length, padding.side, *special_ids_.pad, token);
  }

  struct AddedId {
    std::int32_t id;
    bool is_special;
  };

  Vocabulary vocabulary_;
  BertTokenizerOptions options_;
  detail::AddedTokenFinder raw_finder_;         // in the text as it is written
  detail::AddedTokenFinder normalized_finder_;  // in normalized text
  std::map<std::string, AddedId, std::less<>> added_by_content_;
  std::unordered_map<std::int32_t, std::string> added_contents_;
  SpecialTokenIds special_ids_;
};

}  // namespace eigenhead
