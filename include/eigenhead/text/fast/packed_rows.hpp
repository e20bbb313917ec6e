#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/text/bert_tokenizer_options.hpp"
#include "eigenhead/text/fast/fast_encoder.hpp"
#include "eigenhead/text/sequence_encoder.hpp"
#include "eigenhead/text/sequence_template.hpp"
#include "eigenhead/text/token_id_batch.hpp"
#include "eigenhead/text/vocabulary.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

/// Takes the tokens of several texts that stand in one, a line each, and closes a row of the batch
/// where a line ends.
class RowSink {
 public:
  /// `ends` are the places where lines end; `prefix` and `suffix` stand around every row.
  RowSink(TokenIdBatch& batch, const std::vector<Index>& ends,
          const std::vector<std::int32_t>& prefix, const std::vector<std::int32_t>& suffix)
      : batch_(batch), ids_(batch.token_ids), ends_(ends), prefix_(prefix), suffix_(suffix) {
    open();
  }

  void append_words(const std::int32_t* ids, std::size_t count, Index origin,
                    const std::uint16_t* begins, const std::uint16_t* /*ends*/) {
    std::size_t done = 0;
    while (count > done && origin + begins[count - 1] >= end_) {
      std::size_t next = done;
      while (origin + begins[next] < end_) ++next;
      ids_.insert(ids_.end(), ids + done, ids + next);
      done = next;
      close();
      open();
    }
    ids_.insert(ids_.end(), ids + done, ids + count);
  }

  void append(std::int32_t id, Index begin, Index /*end*/) {
    while (begin >= end_) {
      close();
      open();
    }
    ids_.push_back(id);
  }

  void end_word() {}

  /// Closes the rows of all lines.
  void finish() {
    for (;;) {
      close();
      if (row_ == ends_.size()) return;
      open();
    }
  }

 private:
  void open() {
    end_ = ends_[row_++];
    ids_.insert(ids_.end(), prefix_.begin(), prefix_.end());
  }

  void close() {
    ids_.insert(ids_.end(), suffix_.begin(), suffix_.end());
    batch_.starts.push_back(static_cast<Index>(ids_.size()));
  }

  TokenIdBatch& batch_;
  std::vector<std::int32_t>& ids_;
  const std::vector<Index>& ends_;
  const std::vector<std::int32_t>& prefix_;
  const std::vector<std::int32_t>& suffix_;
  std::size_t row_ = 0;  // the next
  Index end_ = 0;        // of the line of this row
};

/// Encodes many texts to rows of ids. Short texts are joined to one with a line for each: the
/// stages of FastEncoder then start once for all instead of once a text.
class PackedRows {
 public:
  PackedRows(const SequenceEncoder& encoder, const Vocabulary& vocabulary,
             const std::vector<TemplatePiece>& pieces, const EncodeOptions& options,
             TokenIdBatch& batch)
      : encoder_(encoder), vocabulary_(vocabulary), options_(options), batch_(batch) {
    bool is_before = true;
    for (const TemplatePiece& piece : pieces) {
      if (piece.kind != TemplatePiece::Kind::special_token)
        is_before = false;
      else if (options.add_special_tokens)
        (is_before ? prefix_ : suffix_).push_back(piece.id);
    }
  }

  void append(std::string_view text) {
    if (text.size() <= kMaxTextBytes &&
        encoder_.has_only_words(text, options_.split_special_tokens)) {
      packed_ += text;
      ends_.push_back(static_cast<Index>(packed_.size()));
      packed_ += '\n';
      if (packed_.size() >= kMaxPackedBytes) finish();
      return;
    }
    finish();
    std::vector<std::int32_t>& ids = batch_.token_ids;
    ids.insert(ids.end(), prefix_.begin(), prefix_.end());
    encoder_.append_ids(ids, text, vocabulary_, options_);
    ids.insert(ids.end(), suffix_.begin(), suffix_.end());
    batch_.starts.push_back(static_cast<Index>(ids.size()));
  }

  /// Closes the rows of all texts so far.
  void finish() {
    if (ends_.empty()) return;
    RowSink sink(batch_, ends_, prefix_, suffix_);
    FastEncoder<RowSink>(*encoder_.tables(), vocabulary_, packed_, sink).encode(0, packed_.size());
    sink.finish();
    packed_.clear();
    ends_.clear();
  }

 private:
  static constexpr std::size_t kMaxTextBytes = 8192, kMaxPackedBytes = 32768;

  const SequenceEncoder& encoder_;
  const Vocabulary& vocabulary_;
  const EncodeOptions& options_;
  TokenIdBatch& batch_;
  std::vector<std::int32_t> prefix_, suffix_;
  std::string packed_;
  std::vector<Index> ends_;  // of the lines of packed_
};

}  // namespace eigenhead::detail
