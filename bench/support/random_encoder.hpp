#pragma once

#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_weights.hpp"

#include "support/bench_input.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace eigenhead {

/// The sizes of a published model: "distilbert", "minilm" (MiniLM-L6) or "bert-base".
inline EncoderConfig config_of_model(const std::string& name) {
  const bool is_small = name == "minilm";
  EncoderConfig config;
  config.model_type = name == "distilbert" ? "distilbert" : "bert";
  config.vocab_size = 30522;
  config.hidden_size = is_small ? 384 : 768;
  config.intermediate_size = 4 * config.hidden_size;
  config.num_layers = name == "bert-base" ? 12 : 6;
  config.num_heads = 12;
  config.max_position_embeddings = 512;
  config.type_vocab_size = name == "distilbert" ? 0 : 2;
  return config;
}

/// Random weights whose activations have the size of a trained model's; the same for every Scalar.
template <class Scalar>
class RandomWeights {
 public:
  explicit RandomWeights(const EncoderConfig& config) : config_(config) {}

  EncoderWeights<Scalar> operator()() {
    const Index hidden_size = config_.hidden_size;
    const double scale = 1 / std::sqrt(static_cast<double>(hidden_size));
    EncoderWeights<Scalar> weights;
    weights.word_embeddings = matrix(config_.vocab_size, hidden_size, 0.06);
    weights.position_embeddings = matrix(config_.max_position_embeddings, hidden_size, 0.06);
    if (config_.type_vocab_size > 0)
      weights.token_type_embeddings = matrix(config_.type_vocab_size, hidden_size, 0.06);
    weights.embedding_norm = norm();
    for (int i = 0; i < config_.num_layers; ++i)
      weights.layers.push_back(
          {linear(hidden_size, hidden_size, 1.5 * scale),  // attention far from uniform
           linear(hidden_size, hidden_size, 1.5 * scale), linear(hidden_size, hidden_size, scale),
           linear(hidden_size, hidden_size, scale), norm(),
           linear(config_.intermediate_size, hidden_size, scale),
           linear(hidden_size, config_.intermediate_size, scale / 2), norm()});
    return weights;
  }

 private:
  /// Uniform numbers of this standard deviation, rounded to float.
  Tensor<Scalar, 2> matrix(Index rows, Index columns, double deviation) {
    const auto factor = static_cast<float>(deviation * std::sqrt(3.0));
    const Tensor<float, 2> x = bench_input<float, 2>(Shape<2>{rows, columns}, ++seed_);
    auto scaled = Tensor<Scalar, 2>::uninitialized(x.shape());
    for (Index i = 0; i < x.size(); ++i)
      scaled.data()[i] = static_cast<Scalar>(factor * x.data()[i]);
    return scaled;
  }

  Tensor<Scalar, 1> vector(Index size, double mean, double deviation) {
    const Tensor<Scalar, 2> x = matrix(1, size, deviation);
    Tensor<Scalar, 1> result(size);
    for (Index i = 0; i < size; ++i)
      result(i) = static_cast<Scalar>(static_cast<float>(mean)) + x(0, i);
    return result;
  }

  LinearWeights<Scalar> linear(Index out_features, Index in_features, double deviation) {
    Tensor<Scalar, 2> weight = matrix(out_features, in_features, deviation);
    return {std::move(weight), vector(out_features, 0, 0.05)};
  }

  LayerNormWeights<Scalar> norm() {
    Tensor<Scalar, 1> gain = vector(config_.hidden_size, 0.9, 0.15);
    return {std::move(gain), vector(config_.hidden_size, 0, 0.1)};
  }

  const EncoderConfig& config_;
  unsigned seed_ = 0;
};

}  // namespace eigenhead
