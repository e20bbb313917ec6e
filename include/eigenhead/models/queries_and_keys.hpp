#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_config.hpp"

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

/// Columns first <= c < first + C of projected [T, 3C], cut into heads: [H, T, D]
template <class Scalar>
Tensor<Scalar, 3> heads_of(const Tensor<Scalar, 2>& projected, Index first, Index num_heads) {
  const Index head_dim = projected.extent(1) / 3 / num_heads;
  Tensor<Scalar, 3> heads(Shape<3>{num_heads, projected.extent(0), head_dim});
  for (Index h = 0; h < num_heads; ++h)
    heads.matrix(h) = projected.matrix().middleCols(first + h * head_dim, head_dim);
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
  const EncoderConfig& config = encoder.config();
  check<ValueError>(static_cast<int>(output.hidden_states.size()) == config.num_layers + 1,
                    "queries_and_keys: output must have the hidden states of every layer",
                    "hidden_states", output.hidden_states.size(), "layers", config.num_layers,
                    "ask for them by EncoderOptions::with_hidden_states");
  const Index batch_size = output.last_hidden_state.extent(0);
  check<ValueError>(sequence >= 0 && sequence < batch_size,
                    "queries_and_keys: sequence must be in the batch", "sequence", sequence,
                    "batch_size", batch_size);
  QueriesAndKeys<Scalar> result;
  for (int i = 0; i < config.num_layers; ++i) {
    const Tensor<Scalar, 2> projected =
        encoder.query_key_value(i, output.hidden_states[static_cast<std::size_t>(i)][sequence]);
    result.queries.push_back(detail::heads_of(projected, 0, config.num_heads));
    result.keys.push_back(detail::heads_of(projected, config.hidden_size, config.num_heads));
  }
  return result;
}

}  // namespace eigenhead
