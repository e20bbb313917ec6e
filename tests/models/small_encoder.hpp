#pragma once

#include "eigenhead/models/encoder.hpp"

#include <utility>

namespace eigenhead {

/// Three words, one layer of one head, hidden size 2.
inline EncoderConfig small_config() {
  EncoderConfig config;
  config.model_type = "test";
  config.vocab_size = 3;
  config.hidden_size = 2;
  config.intermediate_size = 4;
  config.num_layers = 1;
  config.num_heads = 1;
  config.max_position_embeddings = 5;
  return config;
}

inline LayerNormWeights<double> identity_norm() {
  return {Tensor<double, 1>({2}, {1, 1}), Tensor<double, 1>(2)};
}

/// All projections are zero: attention and feed-forward add nothing.
inline EncoderWeights<double> small_weights() {
  const Shape<2> square{2, 2};
  EncoderWeights<double> weights;
  weights.word_embeddings = Tensor<double, 2>({3, 2}, {1, 0, 0, 1, 5, 3});
  weights.position_embeddings = Tensor<double, 2>(Shape<2>{5, 2});
  weights.embedding_norm = identity_norm();
  MultiHeadAttentionWeights<double> attention;
  attention.query_weight = attention.key_weight = attention.value_weight = attention.output_weight =
      Tensor<double, 2>(square);
  weights.layers.push_back({MultiHeadAttention<double>(1, std::move(attention)),
                            identity_norm(),
                            {Tensor<double, 2>(Shape<2>{4, 2}), Tensor<double, 1>(4)},
                            {Tensor<double, 2>(Shape<2>{2, 4}), Tensor<double, 1>(2)},
                            identity_norm()});
  return weights;
}

}  // namespace eigenhead
