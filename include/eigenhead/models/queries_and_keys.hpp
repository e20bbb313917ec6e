#pragma once

#include "eigenhead/attention/multi_head_attention.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/ops/linear.hpp"

#include <cstddef>
#include <vector>

namespace eigenhead {

/// What the heads of every layer compare: queries look for keys.
template <class Scalar>
struct QueriesAndKeys {
  std::vector<Tensor<Scalar, 3>> queries;  ///< L of [H, T, D]
  std::vector<Tensor<Scalar, 3>> keys;     ///< L of [H, T, D]
};

namespace detail {

/// hidden [T, C] * weight^T + bias, cut into heads: [H, T, D]
template <class Scalar>
Tensor<Scalar, 3> project_heads(TensorView<const Scalar, 2> hidden, const Tensor<Scalar, 2>& weight,
                                const Tensor<Scalar, 1>& bias, Index num_heads) {
  const Tensor<Scalar, 2> flat = linear<Scalar>(hidden, weight, bias);  // [T, H * D]
  const Index head_dim = flat.extent(1) / num_heads;
  Tensor<Scalar, 3> heads(Shape<3>{num_heads, flat.extent(0), head_dim});
  for (Index h = 0; h < num_heads; ++h)
    heads.matrix(h) = flat.matrix().middleCols(h * head_dim, head_dim);
  return heads;
}

}  // namespace detail

/// Queries W_q x + b_q and keys W_k x + b_k of every layer for one sequence of a batch, computed
/// again from the hidden states x that entered the layers. For such pictures as attention_viewer()
/// draws: softmax(queries keys^T / sqrt(D)) are the attentions.
///
/// @param encoder   the encoder that computed `output`
/// @param output    with hidden_states
/// @param sequence  its row in the batch
/// @throws ValueError when output has no hidden states or sequence is not in the batch
///
/// Rows of masked positions are the biases: their hidden states are zero.
template <class Scalar>
QueriesAndKeys<Scalar> queries_and_keys(const Encoder<Scalar>& encoder,
                                        const EncoderOutput<Scalar>& output, Index sequence = 0) {
  const std::vector<EncoderLayer<Scalar>>& layers = encoder.weights().layers;
  check<ValueError>(output.hidden_states.size() == layers.size() + 1,
                    "queries_and_keys: output must have the hidden states of every layer",
                    "hidden_states", output.hidden_states.size(), "layers", layers.size(),
                    "ask for them by EncoderOptions::with_hidden_states");
  const Index batch_size = output.last_hidden_state.extent(0);
  check<ValueError>(sequence >= 0 && sequence < batch_size,
                    "queries_and_keys: sequence must be in the batch", "sequence", sequence,
                    "batch_size", batch_size);
  QueriesAndKeys<Scalar> result;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const MultiHeadAttentionWeights<Scalar>& weights = layers[i].attention.weights();
    const TensorView<const Scalar, 2> hidden = output.hidden_states[i][sequence];
    const Index num_heads = layers[i].attention.num_heads();
    result.queries.push_back(
        detail::project_heads(hidden, weights.query_weight, weights.query_bias, num_heads));
    result.keys.push_back(
        detail::project_heads(hidden, weights.key_weight, weights.key_bias, num_heads));
  }
  return result;
}

}  // namespace eigenhead
