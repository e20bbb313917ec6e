#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// The tokens of one text that take part: those whose attention mask is 1.
struct TokenSequence {
  std::vector<std::int32_t> token_ids;
  std::vector<std::int32_t> token_type_ids;
  /// The column of each token in the padded input, strictly increasing. It is the token's position
  /// id and its row in padded outputs; masked columns in between are skipped.
  std::vector<std::int32_t> position_ids;

  Index length() const { return static_cast<Index>(token_ids.size()); }
};

/// The input of an encoder: ragged sequences, with the padded length that outputs get. There may be
/// no sequence, and a sequence may have no token.
///
/// Masked positions never enter a computation: they are dropped here, and their rows in padded
/// outputs are zero. Positions count columns of the given mask, also across holes and left padding.
class TokenBatch {
 public:
  /// One text; throws as the next constructor.
  TokenBatch(const Encoding& encoding) : TokenBatch(&encoding, &encoding + 1) {}

  /// Several texts, padded or not. A text without token_type_ids has type 0 throughout.
  ///
  /// @throws ValueError when a mask holds anything but 0 and 1, ShapeError when a text has not one
  ///         mask value and token type for each token id
  TokenBatch(const std::vector<Encoding>& encodings)
      : TokenBatch(encodings.data(), encodings.data() + encodings.size()) {}

  /// The same for some of them, begin <= encoding < end.
  TokenBatch(const Encoding* begin, const Encoding* end) {
    for (const Encoding* text = begin; text != end; ++text) {
      const Encoding& encoding = *text;
      const std::vector<std::int32_t>& mask = encoding.attention_mask;
      const std::vector<std::int32_t>& types = encoding.token_type_ids;
      check<ShapeError>(mask.size() == encoding.token_ids.size(),
                        "TokenBatch: attention_mask must have one value for each token id",
                        "token_ids", encoding.token_ids.size(), "attention_mask", mask.size(),
                        "in sequence", batch_size());
      check<ShapeError>(types.empty() || types.size() == encoding.token_ids.size(),
                        "TokenBatch: token_type_ids must be empty or one for each token id",
                        "token_ids", encoding.token_ids.size(), "token_type_ids", types.size(),
                        "in sequence", batch_size());
      add(encoding.token_ids.size(), [&](std::size_t t) {
        return Token{encoding.token_ids[t], types.empty() ? 0 : types[t], mask[t]};
      });
    }
  }

  /// Hugging Face's padded form.
  ///
  /// @param token_ids       [B, T]
  /// @param attention_mask  [B, T]; 1 = a token, 0 = padding
  /// @param token_type_ids  [B, T]; an empty view: type 0 throughout
  /// @throws ShapeError when the shapes differ, ValueError when the mask holds anything but 0 and 1
  TokenBatch(TensorView<const std::int32_t, 2> token_ids,
             TensorView<const std::int32_t, 2> attention_mask,
             TensorView<const std::int32_t, 2> token_type_ids = {}) {
    const bool has_types = token_type_ids.data() != nullptr;
    check<ShapeError>(token_ids.shape() == attention_mask.shape(),
                      "TokenBatch: attention_mask must have the shape of token_ids", "token_ids",
                      token_ids.shape(), "attention_mask", attention_mask.shape());
    check<ShapeError>(!has_types || token_ids.shape() == token_type_ids.shape(),
                      "TokenBatch: token_type_ids must have the shape of token_ids", "token_ids",
                      token_ids.shape(), "token_type_ids", token_type_ids.shape());
    for (Index b = 0; b < token_ids.extent(0); ++b)
      add(static_cast<std::size_t>(token_ids.extent(1)), [&](std::size_t t) {
        return Token{token_ids(b, t), has_types ? token_type_ids(b, t) : 0, attention_mask(b, t)};
      });
  }

  Index batch_size() const { return static_cast<Index>(sequences_.size()); }

  /// T: the number of columns of padded outputs.
  Index padded_length() const { return padded_length_; }

  const TokenSequence& operator[](Index b) const { return sequences_[static_cast<std::size_t>(b)]; }

 private:
  struct Token {
    std::int32_t id;
    std::int32_t type_id;
    std::int32_t mask;
  };

  /// `token_at(column)` is the Token there.
  template <class TokenAt>
  void add(std::size_t num_columns, const TokenAt& token_at) {
    TokenSequence sequence;
    for (std::size_t column = 0; column < num_columns; ++column) {
      const Token token = token_at(column);
      if (token.mask != 0 && token.mask != 1)
        fail<ValueError>("TokenBatch: attention_mask must be 0 or 1; got value ", token.mask,
                         ", at ", Shape<2>{batch_size(), column});
      if (token.mask == 0) continue;
      sequence.token_ids.push_back(token.id);
      sequence.token_type_ids.push_back(token.type_id);
      sequence.position_ids.push_back(static_cast<std::int32_t>(column));
    }
    sequences_.push_back(std::move(sequence));
    padded_length_ = std::max(padded_length_, static_cast<Index>(num_columns));
  }

  std::vector<TokenSequence> sequences_;
  Index padded_length_ = 0;
};

namespace detail {

/// Throws ShapeError unless rows [B, T, C] are an output for the batch; `function` starts the
/// message.
template <class Scalar>
void check_rows(TensorView<const Scalar, 3> rows, const TokenBatch& batch,
                const std::string& function) {
  check<ShapeError>(
      rows.extent(0) == batch.batch_size() && rows.extent(1) == batch.padded_length(),
      function + ": last_hidden_state must have the batch_size and padded length of the batch",
      "last_hidden_state", rows.shape(), "batch",
      Shape<2>{batch.batch_size(), batch.padded_length()});
}

/// map(rows [n, C]), [n, out_features], of each text's tokens: [B, T, out_features]; rows of masked
/// positions are zero. A text's rows are mapped by themselves, without those of masked positions:
/// its bits depend neither on its neighbours nor on its padding.
template <class Scalar, class Map>
Tensor<Scalar, 3> map_tokens(const TokenBatch& batch, TensorView<const Scalar, 3> hidden,
                             Index out_features, const Map& map) {
  Tensor<Scalar, 3> result(Shape<3>{batch.batch_size(), batch.padded_length(), out_features});
  for (Index b = 0; b < batch.batch_size(); ++b) {
    const std::vector<std::int32_t>& columns = batch[b].position_ids;
    Tensor<Scalar, 2> rows(Shape<2>{columns.size(), hidden.extent(2)});
    for (std::size_t i = 0; i < columns.size(); ++i) rows.vector(i) = hidden.vector(b, columns[i]);
    const Tensor<Scalar, 2> mapped = map(rows);
    for (std::size_t i = 0; i < columns.size(); ++i)
      result.vector(b, columns[i]) = mapped.vector(i);
  }
  return result;
}

}  // namespace detail

}  // namespace eigenhead
