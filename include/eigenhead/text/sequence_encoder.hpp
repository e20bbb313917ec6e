#pragma once

#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/bert_tokenizer_options.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/fast/added_token_scanner.hpp"
#include "eigenhead/text/fast/fast_encoder.hpp"
#include "eigenhead/text/fast/fast_tables.hpp"
#include "eigenhead/text/fast/token_sink.hpp"
#include "eigenhead/text/offset_unit.hpp"
#include "eigenhead/text/reference_encoder.hpp"
#include "eigenhead/text/vocabulary.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// A text to its tokens, before truncation, template and padding: fast where the tables serve the
/// tokenizer's options, as nearly always, else by ReferenceEncoder.
class SequenceEncoder {
 public:
  SequenceEncoder() = default;

  SequenceEncoder(const Vocabulary& vocabulary, const std::vector<AddedToken>& added_tokens,
                  const BertNormalizer& normalizer, const WordPieceOptions& word_piece)
      : reference_(added_tokens, normalizer, word_piece) {
    if (!FastTables::can_serve(word_piece) || !AddedTokenScanner::can_serve(added_tokens)) return;
    tables_.emplace(vocabulary, normalizer, word_piece);
    if (!tables_->trie().is_complete()) tables_.reset();
    scanner_ = AddedTokenScanner(added_tokens);
  }

  /// Whether encoding takes the fast way unless told otherwise.
  bool is_fast() const { return tables_.has_value(); }
  const FastTables* tables() const { return tables_ ? &*tables_ : nullptr; }
  const AddedTokenScanner& scanner() const { return scanner_; }

  /// Appends the tokens of `text` to token_ids and those of tokens, offsets and word_ids that are
  /// wanted. Words have numbers from `first_word` on; returns that of the next.
  int append(Encoding& encoding, std::string_view text, const Vocabulary& vocabulary,
             const EncodeOptions& options, int first_word) const {
    const std::size_t num_before = encoding.offsets.size();
    const int next_word = is_fast() && !options.uses_reference
                              ? append_fast(encoding, text, vocabulary, options, first_word)
                              : append_reference(encoding, text, vocabulary, options, first_word);
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
    FastEncoder<IdSink> encoder(*tables_, vocabulary, text, sink);
    for (std::size_t done = 0; done < text.size();) {
      const auto match = scanner_.next(text, done, options.split_special_tokens);
      encoder.encode(done, match.begin);
      if (match.token) ids.push_back(match.token->id);
      done = match.end;
    }
  }

 private:
  int append_fast(Encoding& encoding, std::string_view text, const Vocabulary& vocabulary,
                  const EncodeOptions& options, int first_word) const {
    EncodingSink sink(encoding, options.columns, vocabulary, first_word);
    FastEncoder<EncodingSink> encoder(*tables_, vocabulary, text, sink);
    for (std::size_t done = 0; done < text.size();) {
      const auto match = scanner_.next(text, done, options.split_special_tokens);
      encoder.encode(done, match.begin);
      if (match.token)
        sink.append_added(match.token->id,
                          {static_cast<Index>(match.begin), static_cast<Index>(match.end)},
                          well_formed(text.substr(match.begin, match.end - match.begin)));
      done = match.end;
    }
    return sink.word();
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

  static std::string well_formed(std::string_view text) {
    std::string result;
    while (!text.empty()) append_utf8(take_code_point(text), result);
    return result;
  }

  ReferenceEncoder reference_;
  std::optional<FastTables> tables_;
  AddedTokenScanner scanner_;
};

}  // namespace eigenhead::detail
