#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
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

/// One layer: h = norm(x + attention_output(attention(x))), y = norm(h +
/// output(activation(intermediate(h)))).
template <class Scalar>
struct EncoderLayer {
  LinearWeights<Scalar> query;             ///< [C, C]; head h owns rows h * D to h * D + D
  LinearWeights<Scalar> key;               ///< as query
  LinearWeights<Scalar> value;             ///< as query
  LinearWeights<Scalar> attention_output;  ///< [C, C], on the heads side by side
  LayerNormWeights<Scalar> attention_norm;
  LinearWeights<Scalar> intermediate;  ///< [F, C]
  LinearWeights<Scalar> output;        ///< [C, F]
  LayerNormWeights<Scalar> output_norm;
};

/// All parameters of an encoder as a checkpoint has them.
template <class Scalar>
struct EncoderWeights {
  Tensor<Scalar, 2> word_embeddings;        ///< [V, E]
  Tensor<Scalar, 2> position_embeddings;    ///< [max_position_embeddings, E]
  Tensor<Scalar, 2> token_type_embeddings;  ///< [type_vocab_size, E]; empty: the model has no types
  LayerNormWeights<Scalar> embedding_norm;  ///< of width E
  std::vector<EncoderLayer<Scalar>> layers;
  std::optional<LinearWeights<Scalar>> pooler = {};  ///< [C, C]
  /// [C, E], from embeddings to the first layer; needed where E is not C (ELECTRA)
  std::optional<LinearWeights<Scalar>> embedding_projection = {};
  /// [H, 2 * max_length - 1], added to the scores of every layer: column max_length - 1 + d for a
  /// key that stands d columns behind its query (MPNet's relative positions); empty: none
  Tensor<Scalar, 2> bias_by_distance = {};
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
  check_weight(layer.query, square, prefix + "query");
  check_weight(layer.key, square, prefix + "key");
  check_weight(layer.value, square, prefix + "value");
  check_weight(layer.attention_output, square, prefix + "attention_output");
  check_weight(layer.attention_norm, row, prefix + "attention_norm");
  check_weight(layer.intermediate, Shape<2>{config.intermediate_size, config.hidden_size},
               prefix + "intermediate");
  check_weight(layer.output, Shape<2>{config.hidden_size, config.intermediate_size},
               prefix + "output");
  check_weight(layer.output_norm, row, prefix + "output_norm");
}

/// The tables and what stands between them and the first layer.
template <class Scalar>
void check_embeddings(const EncoderWeights<Scalar>& weights, const EncoderConfig& config) {
  const Index width = config.table_width();
  check_weight(weights.word_embeddings, Shape<2>{config.vocab_size, width},
               "Encoder: word_embeddings");
  check_weight(weights.position_embeddings, Shape<2>{config.max_position_embeddings, width},
               "Encoder: position_embeddings");
  check_weight(weights.token_type_embeddings,
               config.type_vocab_size == 0 ? Shape<2>() : Shape<2>{config.type_vocab_size, width},
               "Encoder: token_type_embeddings");
  check_weight(weights.embedding_norm, Shape<1>{width}, "Encoder: embedding_norm");
  if (weights.embedding_projection)
    check_weight(*weights.embedding_projection, Shape<2>{config.hidden_size, width},
                 "Encoder: embedding_projection");
  check<ShapeError>(weights.embedding_projection || width == config.hidden_size,
                    "Encoder: weights must have an embedding_projection where embedding_size is "
                    "not hidden_size",
                    "embedding_size", width, "hidden_size", config.hidden_size);
}

/// Throws ShapeError unless everything but the layers has the sizes of the configuration.
template <class Scalar>
void check_weights(const EncoderWeights<Scalar>& weights, const EncoderConfig& config) {
  const Index hidden_size = config.hidden_size;
  check_embeddings(weights, config);
  if (!weights.bias_by_distance.is_empty())
    check_weight(weights.bias_by_distance, Shape<2>{config.num_heads, 2 * config.max_length() - 1},
                 "Encoder: bias_by_distance");
  if (weights.pooler)
    check_weight(*weights.pooler, Shape<2>{hidden_size, hidden_size}, "Encoder: pooler");
}

}  // namespace detail

}  // namespace eigenhead
