#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/bert_tokenizer_options.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/fast/packed_rows.hpp"
#include "eigenhead/text/padding.hpp"
#include "eigenhead/text/sequence_encoder.hpp"
#include "eigenhead/text/sequence_template.hpp"
#include "eigenhead/text/token_id_batch.hpp"
#include "eigenhead/text/token_names.hpp"
#include "eigenhead/text/truncation.hpp"
#include "eigenhead/text/vocabulary.hpp"
#include "eigenhead/text/word_piece_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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

/// A text, or the words that somebody has split it into: each is encoded by itself, offsets count
/// from the begin of the word, and the number of a word is its place in the list. Keeps no copy.
class TextInput {
 public:
  TextInput(std::string_view text) : text_(text) {}
  TextInput(const std::string& text) : text_(text) {}
  TextInput(const char* text) : text_(text) {}
  TextInput(const std::vector<std::string>& words) : words_(&words) {}

  std::string_view text() const { return text_; }
  /// nullptr for a text.
  const std::vector<std::string>* words() const { return words_; }

 private:
  std::string_view text_;
  const std::vector<std::string>* words_ = nullptr;
};

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
      : options_(std::move(options)) {
    if (!options_.added_tokens)
      options_.added_tokens = special_tokens_in(vocabulary, options_.special_tokens);
    names_ = detail::TokenNames(std::move(vocabulary), *options_.added_tokens);
    const SpecialTokens& names = options_.special_tokens;
    special_ids_ = {token_to_id(names.cls), token_to_id(names.sep), token_to_id(names.pad),
                    token_to_id(names.unk), token_to_id(names.mask)};
    if (!options_.sequence_template) {
      check<ValueError>(
          special_ids_.cls && special_ids_.sep,
          "BertTokenizer: vocabulary must hold " + quote(names.cls) + " and " + quote(names.sep),
          "tokens", this->vocabulary().size(), "or set options.sequence_template");
      options_.sequence_template =
          bert_template(names.cls, *special_ids_.cls, names.sep, *special_ids_.sep);
    }
    single_ = CountedTemplate(options_.sequence_template->single);
    pair_ = CountedTemplate(options_.sequence_template->pair);
    check<ValueError>(single_.num_second == 0,
                      "BertTokenizer: the template for one text must hold no second text",
                      "second texts", single_.num_second);
    encoder_ = detail::SequenceEncoder(this->vocabulary(), *options_.added_tokens,
                                       options_.normalizer, options_.word_piece);
  }

  /// The tokens of `text`, UTF-8 of any quality; see decode_utf8 for bytes that are not UTF-8.
  /// Throws ValueError for the reasons of truncate, padded_length and word_piece, if padding is
  /// wanted without a padding token in the vocabulary, and if the template does not hold the text.
  Encoding encode(const TextInput& text, const EncodeOptions& options = {}) const {
    Encoding encoding;
    encode_into(encoding, text, options);
    return encoding;
  }

  /// As encode, but reuses the memory of `encoding`, whose content is replaced.
  void encode_into(Encoding& encoding, const TextInput& text,
                   const EncodeOptions& options = {}) const {
    encode_unpadded(encoding, text, nullptr, options);
    pad_to(encoding, padded_length(options.padding, encoding.size()), options,
           "BertTokenizer::encode");
  }

  /// The tokens of two texts, which BERT tells apart by type ids 0 and 1. An empty second text is
  /// still a pair. Throws as encode does; the template for two texts must hold both.
  Encoding encode_pair(const TextInput& text, const TextInput& pair,
                       const EncodeOptions& options = {}) const {
    Encoding encoding;
    encode_unpadded(encoding, text, &pair, options);
    pad_to(encoding, padded_length(options.padding, encoding.size()), options,
           "BertTokenizer::encode_pair");
    return encoding;
  }

  /// encode for each text, spread over the threads of `executor`; PaddingStrategy::longest pads to
  /// the longest of all.
  std::vector<Encoding> encode_batch(const std::vector<std::string>& texts,
                                     const EncodeOptions& options, Executor& executor) const {
    std::vector<Encoding> encodings(texts.size());
    for_each_of(executor, texts.size(),
                [&](std::size_t i) { encode_unpadded(encodings[i], texts[i], nullptr, options); });
    pad_all(encodings, options, "BertTokenizer::encode_batch");
    return encodings;
  }

  /// The same on the calling thread.
  std::vector<Encoding> encode_batch(const std::vector<std::string>& texts,
                                     const EncodeOptions& options = {}) const {
    SerialExecutor executor;
    return encode_batch(texts, options, executor);
  }

  /// encode_pair for each pair; PaddingStrategy::longest pads to the longest of all.
  std::vector<Encoding> encode_pair_batch(
      const std::vector<std::pair<std::string, std::string>>& pairs, const EncodeOptions& options,
      Executor& executor) const {
    std::vector<Encoding> encodings(pairs.size());
    for_each_of(executor, pairs.size(), [&](std::size_t i) {
      const TextInput second = pairs[i].second;
      encode_unpadded(encodings[i], pairs[i].first, &second, options);
    });
    pad_all(encodings, options, "BertTokenizer::encode_pair_batch");
    return encodings;
  }

  /// The same on the calling thread.
  std::vector<Encoding> encode_pair_batch(
      const std::vector<std::pair<std::string, std::string>>& pairs,
      const EncodeOptions& options = {}) const {
    SerialExecutor executor;
    return encode_pair_batch(pairs, options, executor);
  }

  /// Pads encodings made without padding, together: PaddingStrategy::longest means the longest of
  /// these. Throws as encode does for padding.
  void pad_batch(std::vector<Encoding>& encodings, const Padding& padding) const {
    EncodeOptions options;
    options.padding = padding;
    pad_all(encodings, options, "BertTokenizer::pad_batch");
  }

  /// The token_ids of encode, in half the time and without the other columns.
  std::vector<std::int32_t> encode_ids(std::string_view text,
                                       const EncodeOptions& options = {}) const {
    std::vector<std::int32_t> ids;
    encode_ids_into(ids, text, options);
    return ids;
  }

  /// As encode_ids, but reuses the memory of `ids`, whose content is replaced.
  void encode_ids_into(std::vector<std::int32_t>& ids, std::string_view text,
                       const EncodeOptions& options = {}) const {
    const bool may_truncate = options.truncation.strategy != TruncationStrategy::none;
    if (!may_truncate && options.padding.strategy == PaddingStrategy::none) {
      ids.clear();
      return append_ids(ids, text, options);
    }
    EncodeOptions only_ids = options;
    only_ids.columns = {false, false, false};
    Encoding encoding;
    encoding.token_ids.swap(ids);
    encode_into(encoding, text, only_ids);
    encoding.token_ids.swap(ids);
  }

  /// encode_ids for each text, spread over the threads of `executor`. Texts are rows of their own
  /// length: options.padding does not count. Short texts take as long as one long text would.
  template <class Text>
  TokenIdBatch encode_ids_batch(const std::vector<Text>& texts, const EncodeOptions& options,
                                Executor& executor) const {
    constexpr std::size_t kTextsOfPart = 512;
    const auto concurrency = static_cast<std::size_t>(executor.concurrency());
    const Text* begin = texts.data();
    const Text* end = begin + texts.size();
    if (concurrency == 1 || texts.size() < 2) return encode_rows(begin, end, options);
    // Texts may be long: several parts a thread also of a few texts.
    const std::size_t step =
        std::clamp<std::size_t>(texts.size() / (4 * concurrency), 1, kTextsOfPart);
    const std::size_t num_parts = (texts.size() + step - 1) / step;
    detail::BatchJoiner joiner(num_parts, max_ids(begin, end), texts.size());
    executor.run(static_cast<Index>(num_parts), [&](Index i) {
      const auto part = static_cast<std::size_t>(i);
      joiner.add(part, encode_rows(begin + part * step,
                                   begin + std::min(texts.size(), (part + 1) * step), options));
    });
    return joiner.take();
  }

  /// The same on the calling thread.
  template <class Text>
  TokenIdBatch encode_ids_batch(const std::vector<Text>& texts,
                                const EncodeOptions& options = {}) const {
    SerialExecutor executor;
    return encode_ids_batch(texts, options, executor);
  }

  /// The text that the tokens spell, at best up to case, accents and white space. Ids without a
  /// token are skipped, as the reference does.
  std::string decode(const std::vector<std::int32_t>& token_ids,
                     const DecodeOptions& options = {}) const {
    std::vector<std::string> tokens;
    for (const std::int32_t id : token_ids) {
      const std::optional<std::string_view> token = names_.id_to_token(id);
      if (token && !(options.skip_special_tokens && names_.is_special(*token)))
        tokens.emplace_back(*token);
    }
    DecodeOptions filled = options;
    filled.clean_up_tokens = options.clean_up_tokens.value_or(options_.clean_up_tokens);
    return decode_word_pieces(tokens, options_.word_piece.continuing_subword_prefix, filled);
  }

  /// decode for each list of ids.
  std::vector<std::string> decode_batch(const std::vector<std::vector<std::int32_t>>& token_ids,
                                        const DecodeOptions& options = {}) const {
    std::vector<std::string> texts;
    texts.reserve(token_ids.size());
    for (const std::vector<std::int32_t>& ids : token_ids) texts.push_back(decode(ids, options));
    return texts;
  }

  std::optional<std::int32_t> token_to_id(std::string_view token) const {
    return names_.token_to_id(token);
  }

  std::optional<std::string> id_to_token(std::int32_t id) const {
    const auto token = names_.id_to_token(id);
    return token ? std::optional<std::string>(*token) : std::nullopt;
  }

  /// Whether decoding can skip the token; see AddedToken::is_special.
  bool is_special(std::string_view token) const { return names_.is_special(token); }

  /// The number of different tokens, added ones included; vocabulary().size() counts without them.
  std::int32_t vocab_size() const { return names_.size(); }

  /// Every token and its id, added ones included.
  std::map<std::string, std::int32_t> all_tokens() const { return names_.all(); }

  const SpecialTokenIds& special_ids() const { return special_ids_; }
  /// Without added tokens.
  const Vocabulary& vocabulary() const { return names_.vocabulary(); }
  /// The options in force, defaults filled in.
  const BertTokenizerOptions& options() const { return options_; }

  /// The bytes of the tables that make encoding fast; 0 where the options let only the reference do
  /// it: with words of more than 256 characters, or an added token that is white space alone, that
  /// holds U+FFFD, or that is searched as a single word in normalized text and has white space at
  /// an end. Nothing else is kept from call to call.
  std::size_t num_table_bytes() const {
    return encoder_.is_fast() ? encoder_.tables()->num_bytes() : 0;
  }

 private:
  using Kind = TemplatePiece::Kind;

  template <class Function>
  static void for_each_of(Executor& executor, std::size_t count, Function&& function) {
    constexpr Index kGrain = 16;
    parallel_for(executor, static_cast<Index>(count), kGrain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) function(static_cast<std::size_t>(i));
    });
  }

  /// How often a template holds each kind of piece.
  struct CountedTemplate {
    Index num_special = 0, num_first = 0, num_second = 0;

    CountedTemplate() = default;
    explicit CountedTemplate(const std::vector<TemplatePiece>& pieces)
        : num_special(detail::count_pieces(pieces, Kind::special_token)),
          num_first(detail::count_pieces(pieces, Kind::first_text)),
          num_second(detail::count_pieces(pieces, Kind::second_text)) {}
  };

  void check_single_template() const {
    if (single_.num_first == 0)
      fail<ValueError>(
          "BertTokenizer::encode: the template for one text must hold it; got first texts 0");
  }

  void check_pair_template() const {
    if (pair_.num_first == 0 || pair_.num_second == 0)
      fail<ValueError>(
          "BertTokenizer::encode_pair: the template for two texts must hold both; got first texts ",
          pair_.num_first, ", second texts ", pair_.num_second);
  }

  void encode_unpadded(Encoding& encoding, const TextInput& text, const TextInput* pair,
                       const EncodeOptions& options) const {
    pair ? check_pair_template() : check_single_template();
    const std::vector<TemplatePiece>& pieces =
        pair ? options_.sequence_template->pair : options_.sequence_template->single;
    const Index num_special = options.add_special_tokens ? (pair ? pair_ : single_).num_special : 0;
    detail::check_truncation(options.truncation, num_special);
    detail::clear_columns(encoding);
    TextRange places[2];  // of the tokens of both texts
    for (const TemplatePiece& piece : pieces) {
      if (piece.kind == Kind::special_token) {
        if (options.add_special_tokens) append_special(encoding, piece, options.columns);
        continue;
      }
      const bool is_second = piece.kind == Kind::second_text;
      places[is_second].begin = encoding.size();
      append_text(encoding, is_second ? *pair : text, piece, options);
      places[is_second].end = encoding.size();
    }
    if (options.truncation.strategy == TruncationStrategy::none ||
        encoding.size() <= options.truncation.max_length)
      return;
    Encoding first = detail::slice_tokens(encoding, places[0].begin, places[0].end);
    Encoding second = detail::slice_tokens(encoding, places[1].begin, places[1].end);
    truncate(first, pair ? &second : nullptr, options.truncation, num_special);
    encoding = detail::apply_template(pieces, first, &second, options.add_special_tokens);
    detail::drop_columns(encoding, options.columns);
  }

  static void append_special(Encoding& encoding, const TemplatePiece& piece,
                             const EncodingColumns& columns) {
    encoding.token_ids.push_back(piece.id);
    encoding.token_type_ids.push_back(piece.type_id);
    encoding.attention_mask.push_back(1);
    encoding.special_tokens_mask.push_back(1);
    if (columns.has_tokens) encoding.tokens.push_back(piece.token);
    if (columns.has_offsets) encoding.offsets.emplace_back();
    if (!columns.has_words) return;
    encoding.word_ids.emplace_back();
    encoding.sequence_ids.emplace_back();
  }

  void append_text(Encoding& encoding, const TextInput& input, const TemplatePiece& piece,
                   const EncodeOptions& options) const {
    if (input.words() == nullptr) {
      encoder_.append(encoding, input.text(), vocabulary(), options, 0);
    } else {
      int number = 0;
      for (const std::string& word : *input.words()) {
        const std::size_t size = encoding.word_ids.size();
        encoder_.append(encoding, word, vocabulary(), options, 0);
        for (std::size_t i = size; i < encoding.word_ids.size(); ++i) encoding.word_ids[i] = number;
        ++number;
      }
    }
    const std::size_t size = encoding.token_ids.size();
    encoding.token_type_ids.resize(size, piece.type_id);
    encoding.attention_mask.resize(size, 1);
    encoding.special_tokens_mask.resize(size, 0);
    if (options.columns.has_words)
      encoding.sequence_ids.resize(size, piece.kind == Kind::second_text ? 1 : 0);
  }

  /// Appends what encode_ids gives without truncation and padding.
  void append_ids(std::vector<std::int32_t>& ids, std::string_view text,
                  const EncodeOptions& options) const {
    check_single_template();
    for (const TemplatePiece& piece : options_.sequence_template->single) {
      if (piece.kind == Kind::first_text)
        encoder_.append_ids(ids, text, vocabulary(), options);
      else if (options.add_special_tokens)
        ids.push_back(piece.id);
    }
  }

  /// As many ids as texts [begin, end) have, unless they are unusual: English has a token for
  /// every four or five bytes, other languages have more.
  template <class Text>
  static std::size_t max_ids(const Text* begin, const Text* end) {
    std::size_t num_bytes = 0;
    for (const Text* text = begin; text != end; ++text) num_bytes += text->size();
    return num_bytes / 3 + 2 * static_cast<std::size_t>(end - begin);
  }

  /// The ids of texts [begin, end), a row each.
  template <class Text>
  TokenIdBatch encode_rows(const Text* begin, const Text* end, const EncodeOptions& options) const {
    TokenIdBatch batch;
    if (encoder_.is_fast() && !options.uses_reference &&
        options.truncation.strategy == TruncationStrategy::none && single_.num_first == 1) {
      batch.token_ids.reserve(max_ids(begin, end));
      batch.starts.reserve(static_cast<std::size_t>(end - begin) + 1);
      detail::PackedRows rows(encoder_, vocabulary(), options_.sequence_template->single, options,
                              batch);
      for (const Text* text = begin; text != end; ++text) rows.append(*text);
      rows.finish();
      return batch;
    }
    EncodeOptions unpadded = options;
    unpadded.padding = {};
    for (const Text* text = begin; text != end; ++text) {
      const std::vector<std::int32_t> ids = encode_ids(*text, unpadded);
      batch.token_ids.insert(batch.token_ids.end(), ids.begin(), ids.end());
      batch.starts.push_back(static_cast<Index>(batch.token_ids.size()));
    }
    return batch;
  }

  void pad_all(std::vector<Encoding>& encodings, const EncodeOptions& options,
               std::string_view function) const {
    Index longest = 0;
    for (const Encoding& encoding : encodings) longest = std::max(longest, encoding.size());
    const Index length = padded_length(options.padding, longest);
    for (Encoding& encoding : encodings) pad_to(encoding, length, options, function);
  }

  void pad_to(Encoding& encoding, Index length, const EncodeOptions& options,
              std::string_view function) const {
    if (options.padding.strategy == PaddingStrategy::none) return;
    const std::string& token = options_.special_tokens.pad;
    if (!special_ids_.pad)
      fail<ValueError>(function, ": vocabulary must hold the padding token ", quote(token),
                       "; got ", vocabulary().size(), " other tokens");
    pad(encoding, length, options.padding.side, *special_ids_.pad, token);
    detail::drop_columns(encoding, options.columns);
  }

  BertTokenizerOptions options_;
  detail::TokenNames names_;
  detail::SequenceEncoder encoder_;
  CountedTemplate single_, pair_;
  SpecialTokenIds special_ids_;
};

}  // namespace eigenhead
