#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/token_batch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace eigenhead {

/// Padded outputs; rows (and attention columns) of masked positions are zero. What was not asked
/// for is empty: the vector, or the tensor of a layer that was not chosen.
template <class Scalar>
struct EncoderOutput {
  Tensor<Scalar, 3> last_hidden_state;           ///< [B, T, C]
  std::vector<Tensor<Scalar, 3>> hidden_states;  ///< L + 1 of [B, T, C]; 0 = embeddings, L = last
  /// L of [B, H, T, T]: weights after the softmax, of the heads that were asked for
  std::vector<Tensor<Scalar, 4>> attentions;
  std::vector<Tensor<Scalar, 3>> queries;  ///< L of [B, T, C]: heads side by side, D columns each
  std::vector<Tensor<Scalar, 3>> keys;     ///< as queries
  std::vector<Tensor<Scalar, 3>> values;   ///< as queries
  /// [B, C]: tanh(pooler(first row whose mask is 1)), zero where there is none; empty: no pooler.
  Tensor<Scalar, 2> pooler_output;
};

/// The same without padding: the N tokens that take part, sequence after sequence.
template <class Scalar>
struct RaggedEncoderOutput {
  std::vector<Index> offsets;           ///< B + 1: b owns rows offsets[b] to offsets[b + 1]
  Tensor<Scalar, 2> last_hidden_state;  ///< [N, C]
  std::vector<Tensor<Scalar, 2>> hidden_states;            ///< L + 1 of [N, C]
  std::vector<std::vector<Tensor<Scalar, 3>>> attentions;  ///< L of B of [H, n, n]
  std::vector<Tensor<Scalar, 2>> queries;                  ///< L of [N, C]
  std::vector<Tensor<Scalar, 2>> keys;                     ///< L of [N, C]
  std::vector<Tensor<Scalar, 2>> values;                   ///< L of [N, C]
  Tensor<Scalar, 2> pooler_output;                         ///< [B, C], as above
};

/// Each head of queries, keys or values by itself: a view of the same memory.
///
///     heads_of(output.queries[layer][text], model.config().num_heads)
///
/// softmax(queries keys^T / sqrt(D)) are the attentions; attention_viewer() shows all three.
///
/// @param rows  [T, C], heads side by side
/// @return      [H, T, D]
/// @throws ShapeError unless num_heads >= 1 divides C
template <class Scalar>
TensorView<const Scalar, 3> heads_of(TensorView<const Scalar, 2> rows, Index num_heads) {
  check<ShapeError>(num_heads >= 1 && rows.extent(1) % num_heads == 0,
                    "heads_of: num_heads must be >= 1 and divide the columns of rows", "rows",
                    rows.shape(), "num_heads", num_heads);
  const Index head_dim = rows.extent(1) / num_heads;
  return {rows.data(), Shape<3>{num_heads, rows.extent(0), head_dim},
          Shape<3>{head_dim * rows.stride(1), rows.stride(0), rows.stride(1)}};
}

namespace detail {

/// Gives a tensor this shape; its memory stays when it has it already. Elements mean nothing.
template <class Scalar, int Rank>
void set_shape(Tensor<Scalar, Rank>& tensor, const Shape<Rank>& shape) {
  if (tensor.shape() != shape) tensor = Tensor<Scalar, Rank>::uninitialized(shape);
}

/// `count` tensors of this shape, those that is_wanted(i) denies without elements.
template <class Scalar, int Rank, class IsWanted>
void set_shapes(std::vector<Tensor<Scalar, Rank>>& tensors, int count, const Shape<Rank>& shape,
                const IsWanted& is_wanted) {
  tensors.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    set_shape(tensors[static_cast<std::size_t>(i)], is_wanted(i) ? shape : Shape<Rank>());
}

/// Moves rows 0 to columns.size() - 1 of rows [T, ..] to the places that columns say, in increasing
/// order, and sets the others to zero. `move(from, to)` and `clear(row)` do it.
template <class Move, class Clear>
void spread(const std::vector<std::int32_t>& columns, Index size, const Move& move,
            const Clear& clear) {
  // From the last to the first: a row moves up only, so nothing is overwritten before it is read.
  Index from = static_cast<Index>(columns.size()) - 1;
  for (Index to = size - 1; to >= 0; --to) {
    if (from < 0 || columns[static_cast<std::size_t>(from)] != to) {
      clear(to);
    } else {
      if (from != to) move(from, to);
      --from;
    }
  }
}

template <class Scalar>
void spread_rows(const std::vector<std::int32_t>& columns, TensorView<Scalar, 2> rows) {
  spread(
      columns, rows.extent(0), [&](Index from, Index to) { rows.vector(to) = rows.vector(from); },
      [&](Index row) { rows.vector(row).setZero(); });
}

template <class Scalar>
void spread_attention(const std::vector<std::int32_t>& columns, TensorView<Scalar, 3> heads) {
  for (Index h = 0; h < heads.extent(0); ++h) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const TensorView<Scalar, 1> row = heads[h][static_cast<Index>(i)];
      spread(
          columns, row.extent(0), [&](Index from, Index to) { row(to) = row(from); },
          [&](Index column) { row(column) = 0; });
    }
    spread_rows<Scalar>(columns, heads[h]);
  }
}

/// Where an encoder writes one of the two forms of output: the places of a sequence's tokens.
template <class Scalar>
class PaddedPlaces {
 public:
  using Output = EncoderOutput<Scalar>;

  PaddedPlaces(const TokenBatch& batch, Output& output) : batch_(batch), output_(output) {}

  Shape<3> rows_shape(Index width) const {
    return {batch_.batch_size(), batch_.padded_length(), width};
  }

  template <class IsWanted>
  void prepare_attentions(int num_layers, Index num_heads, const IsWanted& is_wanted) const {
    const Index length = batch_.padded_length();
    set_shapes(output_.attentions, num_layers, {batch_.batch_size(), num_heads, length, length},
               is_wanted);
  }

  /// The first rows [n, C] of sequence b in [B, T, C]
  TensorView<Scalar, 2> rows(Tensor<Scalar, 3>& padded, Index b) const {
    return padded[b].slice(0, 0, batch_[b].length());
  }

  /// The corner [H, n, n] of sequence b in [B, H, T, T]
  TensorView<Scalar, 3> attention(int layer, Index b) const {
    const Index length = batch_[b].length();
    return output_.attentions[static_cast<std::size_t>(layer)][b]
        .slice(1, 0, length)
        .slice(2, 0, length);
  }

  /// Moves what was written for sequence b to its columns and writes the zeros between.
  void finish(Index b) const {
    const std::vector<std::int32_t>& columns = batch_[b].position_ids;
    spread_rows<Scalar>(columns, output_.last_hidden_state[b]);
    for (auto* tensors : {&output_.hidden_states, &output_.queries, &output_.keys, &output_.values})
      for (Tensor<Scalar, 3>& tensor : *tensors)
        if (!tensor.is_empty()) spread_rows<Scalar>(columns, tensor[b]);
    for (Tensor<Scalar, 4>& tensor : output_.attentions)
      if (!tensor.is_empty()) spread_attention<Scalar>(columns, tensor[b]);
  }

 private:
  const TokenBatch& batch_;
  Output& output_;
};

template <class Scalar>
class RaggedPlaces {
 public:
  using Output = RaggedEncoderOutput<Scalar>;

  RaggedPlaces(const TokenBatch& batch, Output& output) : batch_(batch), output_(output) {
    output.offsets.assign(1, 0);
    for (Index b = 0; b < batch.batch_size(); ++b)
      output.offsets.push_back(output.offsets.back() + batch[b].length());
  }

  Shape<2> rows_shape(Index width) const { return {output_.offsets.back(), width}; }

  template <class IsWanted>
  void prepare_attentions(int num_layers, Index num_heads, const IsWanted& is_wanted) const {
    output_.attentions.resize(static_cast<std::size_t>(num_layers));
    for (int i = 0; i < num_layers; ++i) {
      std::vector<Tensor<Scalar, 3>>& sequences = output_.attentions[static_cast<std::size_t>(i)];
      sequences.resize(is_wanted(i) ? static_cast<std::size_t>(batch_.batch_size()) : 0);
      for (std::size_t b = 0; b < sequences.size(); ++b) {
        const Index length = batch_[static_cast<Index>(b)].length();
        set_shape(sequences[b], Shape<3>{num_heads, length, length});
      }
    }
  }

  /// The rows [n, C] of sequence b in [N, C]
  TensorView<Scalar, 2> rows(Tensor<Scalar, 2>& ragged, Index b) const {
    const Index* offset = &output_.offsets[static_cast<std::size_t>(b)];
    return ragged.slice(0, offset[0], offset[1]);
  }

  /// [H, n, n]
  TensorView<Scalar, 3> attention(int layer, Index b) const {
    return output_.attentions[static_cast<std::size_t>(layer)][static_cast<std::size_t>(b)];
  }

  void finish(Index) const {}

 private:
  const TokenBatch& batch_;
  Output& output_;
};

}  // namespace detail

}  // namespace eigenhead
