#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace eigenhead {

/// The tokens of one text that take part: those whose attention mask is 1.
struct TokenSequence {
  std::vector<std::int32_t> token_ids;
  /// The column of each token in the padded input, strictly increasing. It is the token's position
  /// id and its row in padded outputs; masked columns in between are skipped.
  std::vector<std::int32_t> position_ids;

  Index length() const { return static_cast<Index>(token_ids.size()); }
};

/// The input of an encoder: ragged sequences, with the padded length that outputs get.
///
/// Masked positions never enter a computation: they are dropped here, and their rows in padded
/// outputs are zero. Positions count columns of the given mask, also across holes and left padding.
class TokenBatch {
 public:
  /// One text; throws as the next constructor.
  TokenBatch(const Encoding& encoding) : TokenBatch(std::vector<Encoding>{encoding}) {}

  /// Several texts, padded or not.
  ///
  /// @throws ValueError when there is no text or no token, or a mask holds anything but 0 and 1,
  ///         ShapeError when a text has not one mask value for each token id
  TokenBatch(const std::vector<Encoding>& encodings) {
    for (const Encoding& encoding : encodings) {
      const std::vector<std::int32_t>& mask = encoding.attention_mask;
      check<ShapeError>(mask.size() == encoding.token_ids.size(),
                        "TokenBatch: attention_mask must have one value for each token id",
                        "token_ids", encoding.token_ids.size(), "attention_mask", mask.size(),
                        "in sequence", batch_size());
      add(encoding.token_ids.size(),
          [&](std::size_t t) { return std::pair(encoding.token_ids[t], mask[t]); });
    }
    check_size();
  }

  /// Hugging Face's padded form.
  ///
  /// @param token_ids       [B, T]
  /// @param attention_mask  [B, T]; 1 = a token, 0 = padding
  /// @throws ShapeError when the shapes differ, ValueError when B or T is 0 or the mask holds
  /// anything
  ///         but 0 and 1
  TokenBatch(TensorView<const std::int32_t, 2> token_ids,
             TensorView<const std::int32_t, 2> attention_mask) {
    check<ShapeError>(token_ids.shape() == attention_mask.shape(),
                      "TokenBatch: attention_mask must have the shape of token_ids", "token_ids",
                      token_ids.shape(), "attention_mask", attention_mask.shape());
    for (Index b = 0; b < token_ids.extent(0); ++b)
      add(static_cast<std::size_t>(token_ids.extent(1)),
          [&](std::size_t t) { return std::pair(token_ids(b, t), attention_mask(b, t)); });
    check_size();
  }

  Index batch_size() const { return static_cast<Index>(sequences_.size()); }

  /// T: the number of columns of padded outputs.
  Index padded_length() const { return padded_length_; }

  const TokenSequence& operator[](Index b) const { return sequences_[static_cast<std::size_t>(b)]; }

 private:
  /// `token_at(column)` is the id and the mask value there.
  template <class TokenAt>
  void add(std::size_t num_columns, const TokenAt& token_at) {
    TokenSequence sequence;
    for (std::size_t column = 0; column < num_columns; ++column) {
      const auto [token_id, mask] = token_at(column);
      check<ValueError>(mask == 0 || mask == 1, "TokenBatch: attention_mask must be 0 or 1",
                        "value", mask, "at", Shape<2>{batch_size(), column});
      if (mask == 0) continue;
      sequence.token_ids.push_back(token_id);
      sequence.position_ids.push_back(static_cast<std::int32_t>(column));
    }
    sequences_.push_back(std::move(sequence));
    padded_length_ = std::max(padded_length_, static_cast<Index>(num_columns));
  }

  void check_size() const {
    check<ValueError>(batch_size() > 0, "TokenBatch: there must be at least one sequence",
                      "sequences", batch_size());
    check<ValueError>(padded_length_ > 0, "TokenBatch: the longest sequence must have a token",
                      "padded length", padded_length_);
  }

  std::vector<TokenSequence> sequences_;
  Index padded_length_ = 0;
};

}  // namespace eigenhead
