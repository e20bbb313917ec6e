#pragma once

#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/bert_tokenizer_options.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/fast/added_token_scanner.hpp"
#include "eigenhead/text/fast/fast_encoder.hpp"
#include "eigenhead/text/fast/fast_tables.hpp"
#include "eigenhead/text/fast/normalized_token_filter.hpp"
#include "eigenhead/text/fast/token_sink.hpp"
#include "eigenhead/text/offset_unit.hpp"
#include "eigenhead/text/reference_encoder.hpp"
#include "eigenhead/text/vocabulary.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// A text to its tokens, before truncation, template and padding: fast where the tables serve the
/// tokenizer's options, as nearly always, else by ReferenceEncoder, which also encodes the parts of
/// a text that may hold added tokens in their normal form.
class SequenceEncoder {
 public:
  SequenceEncoder() = default;

  SequenceEncoder(const Vocabulary& vocabulary, const std::vector<AddedToken>& added_tokens,
                  const BertNormalizer& normalizer, const WordPieceOptions& word_piece)
      : reference_(added_tokens, normalizer, word_piece) {
    if (!FastTables::can_serve(word_piece) || !AddedTokenScanner::can_serve(added_tokens)) return;
    tables_.emplace(vocabulary, normalizer, word_piece);
    filter_ = NormalizedTokenFilter(added_tokens, normalizer, tables_->characters());
    if (!tables_->trie().is_complete() || !filter_.can_serve()) tables_.reset();
    std::vector<AddedToken> raw_tokens;
    std::copy_if(added_tokens.begin(), added_tokens.end(), std::back_inserter(raw_tokens),
                 [](const AddedToken& token) { return !token.is_normalized; });
    scanner_ = AddedTokenScanner(std::move(raw_tokens));
  }

  /// Whether encoding takes the fast way unless told otherwise.
  bool is_fast() const { return tables_.has_value(); }
  const FastTables* tables() const { return tables_ ? &*tables_ : nullptr; }

  /// Whether the fast way finds no added token in a text.
  bool has_only_words(std::string_view text, bool ignores_special_tokens) const {
    return scanner_.first(text, ignores_special_tokens).token == nullptr &&
           filter_.next(tables_->characters(), text, 0).is_empty();
  }

  /// Appends the tokens of `text` to token_ids and those of tokens, offsets and word_ids that are
  /// wanted. Words have numbers from `first_word` on; returns that of the next.
  int append(Encoding& encoding, std::string_view text, const Vocabulary& vocabulary,
             const EncodeOptions& options, int first_word) const {
    const std::size_t num_before = encoding.offsets.size();
    int next_word = first_word;
    if (is_fast() && !options.uses_reference) {
      EncodingSink sink(encoding, options.columns, vocabulary, first_word);
      append_fast(sink, text, vocabulary, options.split_special_tokens);
      next_word = sink.word();
    } else {
      next_word = append_reference(encoding, text, vocabulary, options, first_word);
    }
    convert_offsets(encoding.offsets.data() + num_before,
                    encoding.offsets.data() + encoding.offsets.size(), text, options.offset_unit);
    return next_word;
  }

  /// Appends the ids of the tokens of `text`.
  void append_ids(std::vector<std::int32_t>& ids, std::string_view text,
                  const Vocabulary& vocabulary, const EncodeOptions& options) const {
    if (!is_fast() || options.uses_reference) {
      const Encoding encoding = reference_.encode(text, vocabulary, options.split_special_tokens);
      ids.insert(ids.end(), encoding.token_ids.begin(), encoding.token_ids.end());
      return;
    }
    IdSink sink(ids);
    append_fast(sink, text, vocabulary, options.split_special_tokens);
  }

 private:
  template <class Sink>
  void append_fast(Sink& sink, std::string_view text, const Vocabulary& vocabulary,
                   bool ignores_special_tokens) const {
    FastEncoder<Sink> encoder(*tables_, vocabulary, text, sink);
    AddedTokenScanner::Match match;
    do {
      std::size_t done = match.end;
      match = scanner_.next(text, match, ignores_special_tokens);
      while (done < match.begin) {
        const auto part = filter_.next(tables_->characters(), text.substr(0, match.begin), done);
        encoder.encode(done, part.begin);
        if (!part.is_empty()) append_part(sink, text, part, vocabulary, ignores_special_tokens);
        done = part.end;
      }
      if (match.token) {
        sink.append_named(match.token->id,
                          {static_cast<Index>(match.begin), static_cast<Index>(match.end)},
                          text.substr(match.begin, match.end - match.begin));
        sink.end_word();
      }
    } while (match.token);
  }

  /// Appends what the reference finds in a part of the text.
  template <class Sink>
  void append_part(Sink& sink, std::string_view text, const NormalizedTokenFilter::Part& part,
                   const Vocabulary& vocabulary, bool ignores_special_tokens) const {
    const Encoding found = reference_.encode_part(text.substr(part.begin, part.end - part.begin),
                                                  vocabulary, ignores_special_tokens);
    const auto origin = static_cast<Index>(part.begin);
    for (std::size_t i = 0; i < found.token_ids.size(); ++i) {
      if (i > 0 && found.word_ids[i] != found.word_ids[i - 1]) sink.end_word();
      sink.append_named(found.token_ids[i],
                        {origin + found.offsets[i].begin, origin + found.offsets[i].end},
                        found.tokens[i]);
    }
    if (found.size() > 0) sink.end_word();
  }

  int append_reference(Encoding& encoding, std::string_view text, const Vocabulary& vocabulary,
                       const EncodeOptions& options, int first_word) const {
    Encoding found = reference_.encode(text, vocabulary, options.split_special_tokens);
    int next_word = first_word;
    for (std::optional<int>& word : found.word_ids) {
      *word += first_word;
      next_word = *word + 1;
    }
    drop_columns(found, options.columns);
    for_each_column(encoding, found, [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    });
    return next_word;
  }

  ReferenceEncoder reference_;
  std::optional<FastTables> tables_;
  AddedTokenScanner scanner_;     // of raw text
  NormalizedTokenFilter filter_;  // of normalized text
};

}  // namespace eigenhead::detail
