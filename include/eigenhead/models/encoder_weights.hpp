#pragma once

#include "eigenhead/attention/multi_head_attention.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/models/encoder_config.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eigenhead {

/// weight [out_features, in_features] and bias [out_features] of an affine map.
template <class Scalar>
struct LinearWeights {
  Tensor<Scalar, 2> weight;
  Tensor<Scalar, 1> bias;
};

/// gain [C] and bias [C] of a layer normalisation.
template <class Scalar>
struct LayerNormWeights {
  Tensor<Scalar, 1> gain;
  Tensor<Scalar, 1> bias;
};

/// One layer: h = norm(x + attention(x)), y = norm(h + output(activation(intermediate(h)))).
template <class Scalar>
struct EncoderLayer {
  MultiHeadAttention<Scalar> attention;
  LayerNormWeights<Scalar> attention_norm;
  LinearWeights<Scalar> intermediate;  ///< [F, C]
  LinearWeights<Scalar> output;        ///< [C, F]
  LayerNormWeights<Scalar> output_norm;
};

/// All parameters of an encoder.
template <class Scalar>
struct EncoderWeights {
  Tensor<Scalar, 2> word_embeddings;        ///< [V, C]
  Tensor<Scalar, 2> position_embeddings;    ///< [max_position_embeddings, C]
  Tensor<Scalar, 2> token_type_embeddings;  ///< [type_vocab_size, C]; empty: the model has no types
  LayerNormWeights<Scalar> embedding_norm;
  std::vector<EncoderLayer<Scalar>> layers;
  std::optional<LinearWeights<Scalar>> pooler = {};  ///< [C, C]
};

namespace detail {

/// Throws ShapeError unless the shape is the expected one; `name` starts the message.
template <class Scalar, int Rank>
void check_weight(const Tensor<Scalar, Rank>& weight, const Shape<Rank>& expected,
                  const std::string& name) {
  if (weight.shape() != expected)
    fail<ShapeError>(name, " must have the sizes of the configuration; got ", weight.shape(),
                     ", configuration ", expected);
}

template <class Scalar>
void check_weight(const LinearWeights<Scalar>& linear, const Shape<2>& expected,
                  const std::string& name) {
  check_weight(linear.weight, expected, name + " weight");
  check_weight(linear.bias, Shape<1>{expected[0]}, name + " bias");
}

template <class Scalar>
void check_weight(const LayerNormWeights<Scalar>& norm, const Shape<1>& expected,
                  const std::string& name) {
  check_weight(norm.gain, expected, name + " gain");
  check_weight(norm.bias, expected, name + " bias");
}

template <class Scalar>
void check_layer(const EncoderLayer<Scalar>& layer, const EncoderConfig& config,
                 const std::string& prefix) {
  const Shape<1> row{config.hidden_size};
  const Shape<2> square{config.hidden_size, config.hidden_size};
  const MultiHeadAttentionWeights<Scalar>& attention = layer.attention.weights();
  if (layer.attention.num_heads() != config.num_heads)
    fail<ValueError>(prefix, "must have num_heads heads; got ", layer.attention.num_heads(),
                     ", num_heads ", config.num_heads);
  check_weight(attention.query_weight, square, prefix + "query_weight");
  check_weight(attention.key_weight, square, prefix + "key_weight");
  check_weight(attention.value_weight, square, prefix + "value_weight");
  check_weight(attention.output_weight, square, prefix + "output_weight");
  check_weight(layer.attention_norm, row, prefix + "attention_norm");
  check_weight(layer.intermediate, Shape<2>{config.intermediate_size, config.hidden_size},
               prefix + "intermediate");
  check_weight(layer.output, Shape<2>{config.hidden_size, config.intermediate_size},
               prefix + "output");
  check_weight(layer.output_norm, row, prefix + "output_norm");
}

/// Throws ValueError or ShapeError unless the weights have the sizes of the configuration.
template <class Scalar>
void check_weights(const EncoderWeights<Scalar>& weights, const EncoderConfig& config) {
  const Index hidden_size = config.hidden_size;
  check_weight(weights.word_embeddings, Shape<2>{config.vocab_size, hidden_size},
               "Encoder: word_embeddings");
  check_weight(weights.position_embeddings, Shape<2>{config.max_position_embeddings, hidden_size},
               "Encoder: position_embeddings");
  check_weight(
      weights.token_type_embeddings,
      config.type_vocab_size == 0 ? Shape<2>() : Shape<2>{config.type_vocab_size, hidden_size},
      "Encoder: token_type_embeddings");
  check_weight(weights.embedding_norm, Shape<1>{hidden_size}, "Encoder: embedding_norm");
  check<ValueError>(static_cast<int>(weights.layers.size()) == config.num_layers,
                    "Encoder: weights must have num_layers layers", "layers", weights.layers.size(),
                    "num_layers", config.num_layers);
  for (std::size_t i = 0; i < weights.layers.size(); ++i)
    check_layer(weights.layers[i], config, "Encoder: layer " + std::to_string(i) + " ");
  if (weights.pooler)
    check_weight(*weights.pooler, Shape<2>{hidden_size, hidden_size}, "Encoder: pooler");
}

}  // namespace detail

}  // namespace eigenhead
