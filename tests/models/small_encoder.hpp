#pragma once

#include "eigenhead/models/encoder.hpp"

#include <cmath>
#include <cstdint>
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
  const LinearWeights<double> nothing{Tensor<double, 2>(square), Tensor<double, 1>(2)};
  weights.layers.push_back({nothing,
                            nothing,
                            nothing,
                            nothing,
                            identity_norm(),
                            {Tensor<double, 2>(Shape<2>{4, 2}), Tensor<double, 1>(4)},
                            {Tensor<double, 2>(Shape<2>{2, 4}), Tensor<double, 1>(2)},
                            identity_norm()});
  return weights;
}

/// Any sizes; the numbers are between -scale and scale, the same on every machine.
template <class Scalar>
class RandomEncoderWeights {
 public:
  explicit RandomEncoderWeights(const EncoderConfig& config) : config_(config) {}

  EncoderWeights<Scalar> operator()() {
    const Index hidden_size = config_.hidden_size;
    EncoderWeights<Scalar> weights;
    weights.word_embeddings = random(Shape<2>{config_.vocab_size, config_.table_width()});
    weights.position_embeddings =
        random(Shape<2>{config_.max_position_embeddings, config_.table_width()});
    if (config_.type_vocab_size > 0)
      weights.token_type_embeddings =
          random(Shape<2>{config_.type_vocab_size, config_.table_width()});
    weights.embedding_norm = norm(config_.table_width());
    if (config_.table_width() != hidden_size)
      weights.embedding_projection = linear(hidden_size, config_.table_width());
    for (int i = 0; i < config_.num_layers; ++i)
      weights.layers.push_back({linear(hidden_size, hidden_size), linear(hidden_size, hidden_size),
                                linear(hidden_size, hidden_size), linear(hidden_size, hidden_size),
                                norm(hidden_size), linear(config_.intermediate_size, hidden_size),
                                linear(hidden_size, config_.intermediate_size), norm(hidden_size)});
    weights.pooler = linear(hidden_size, hidden_size);
    return weights;
  }

  template <int Rank>
  Tensor<Scalar, Rank> random(const Shape<Rank>& shape, double scale = 1) {
    Tensor<Scalar, Rank> tensor(shape);
    for (Scalar& x : tensor) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      x = static_cast<Scalar>(scale * (static_cast<double>(state_ >> 40) / 8388608.0 - 1));
    }
    return tensor;
  }

 private:
  LinearWeights<Scalar> linear(Index out_features, Index in_features) {
    Tensor<Scalar, 2> weight = random(Shape<2>{out_features, in_features},
                                      2 / std::sqrt(static_cast<double>(in_features)));
    return {std::move(weight), random(Shape<1>{out_features}, 0.2)};
  }

  LayerNormWeights<Scalar> norm(Index size) {
    Tensor<Scalar, 1> gain = random(Shape<1>{size}, 0.5);
    for (Scalar& x : gain) x += 1;
    return {std::move(gain), random(Shape<1>{size}, 0.2)};
  }

  const EncoderConfig& config_;
  std::uint64_t state_ = 1;
};

}  // namespace eigenhead
