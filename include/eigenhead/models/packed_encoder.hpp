#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/ops/activation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

// The weights of an encoder in the layout of the matrix kernels.

namespace eigenhead::detail {

/// What multiply() can apply itself; nothing where a pass of its own must follow.
inline std::optional<EpilogueActivation> epilogue_of(Activation activation) {
  switch (activation) {
    case Activation::gelu_erf: return EpilogueActivation::gelu_erf;
    case Activation::gelu_tanh: return EpilogueActivation::gelu_tanh;
    case Activation::relu: return EpilogueActivation::relu;
    case Activation::silu: return EpilogueActivation::silu;
    case Activation::identity: return EpilogueActivation::none;
    default: return std::nullopt;
  }
}

/// An affine map ready for products.
template <class Scalar>
struct PackedLinear {
  PackedMatrix<Scalar> weight;  // [out_features, in_features]
  Tensor<Scalar, 1> bias;

  /// output [n, out_features] = activation(input [n, in_features] * weight^T + bias)
  void apply(TensorView<const Scalar, 2> input, const TensorView<Scalar, 2>& output,
             Executor* executor, Activation activation = Activation::identity) const {
    const std::optional<EpilogueActivation> epilogue = epilogue_of(activation);
    MultiplyOptions<Scalar> options;
    options.bias = bias;
    options.activation = epilogue.value_or(EpilogueActivation::none);
    options.executor = executor;
    multiply<Scalar>(input, weight, output, options);
    if (!epilogue) activate<Scalar, 2>(activation, output, output);
  }

  /// hidden [n, out_features] += input [n, in_features] * weight^T + bias
  void add_to(const TensorView<Scalar, 2>& hidden, TensorView<const Scalar, 2> input,
              Executor* executor) const {
    MultiplyOptions<Scalar> options;
    options.bias = bias;
    options.residual = hidden;
    options.executor = executor;
    multiply<Scalar>(input, weight, hidden, options);
  }
};

/// Consumes the plain weights.
template <class Scalar>
PackedLinear<Scalar> pack(LinearWeights<Scalar>&& linear, MatmulPrecision precision) {
  const Tensor<Scalar, 2> weight = std::move(linear.weight);
  return {PackedMatrix<Scalar>(weight, precision), std::move(linear.bias)};
}

template <class Scalar>
struct PackedEncoderLayer {
  PackedLinear<Scalar> query_key_value;  // [3C, C]: one product for the three
  PackedLinear<Scalar> attention_output;
  LayerNormWeights<Scalar> attention_norm;
  PackedLinear<Scalar> intermediate;
  PackedLinear<Scalar> output;
  LayerNormWeights<Scalar> output_norm;
};

template <class Scalar>
Tensor<Scalar, 1> join(const std::array<TensorView<const Scalar, 1>, 3>& vectors) {
  const Index size = vectors[0].extent(0);
  auto all = Tensor<Scalar, 1>::uninitialized(Shape<1>{3 * size});
  for (Index i = 0; i < 3; ++i)
    copy<Scalar, 1>(vectors[static_cast<std::size_t>(i)], all.slice(0, i * size, (i + 1) * size));
  return all;
}

template <class Scalar>
PackedEncoderLayer<Scalar> pack(EncoderLayer<Scalar>&& layer, MatmulPrecision precision) {
  return {
      {PackedMatrix<Scalar>({layer.query.weight, layer.key.weight, layer.value.weight}, precision),
       join<Scalar>({layer.query.bias, layer.key.bias, layer.value.bias})},
      pack(std::move(layer.attention_output), precision),
      std::move(layer.attention_norm),
      pack(std::move(layer.intermediate), precision),
      pack(std::move(layer.output), precision),
      std::move(layer.output_norm)};
}

/// As EncoderWeights; products are packed, tables are not.
template <class Scalar>
struct PackedEncoder {
  Tensor<Scalar, 2> word_embeddings;
  Tensor<Scalar, 2> position_embeddings;
  Tensor<Scalar, 2> token_type_embeddings;
  LayerNormWeights<Scalar> embedding_norm;
  std::vector<PackedEncoderLayer<Scalar>> layers;
  std::optional<PackedLinear<Scalar>> pooler = {};
  std::optional<PackedLinear<Scalar>> embedding_projection = {};
  Tensor<Scalar, 2> bias_by_distance = {};
  MatmulPrecision precision = MatmulPrecision::highest;  // of attention
};

/// Consumes the plain weights, of which the layers come from `pack_layer(i)`, on the threads of the
/// executor.
template <class Scalar, class PackLayer>
PackedEncoder<Scalar> pack(const EncoderConfig& config, EncoderWeights<Scalar>&& weights,
                           const PackLayer& pack_layer, const PackingOptions& options) {
  PackedEncoder<Scalar> packed;
  packed.word_embeddings = std::move(weights.word_embeddings);
  packed.position_embeddings = std::move(weights.position_embeddings);
  packed.token_type_embeddings = std::move(weights.token_type_embeddings);
  packed.embedding_norm = std::move(weights.embedding_norm);
  packed.bias_by_distance = std::move(weights.bias_by_distance);
  packed.precision = options.precision;
  if (weights.pooler) packed.pooler = pack(std::move(*weights.pooler), options.precision);
  if (weights.embedding_projection)
    packed.embedding_projection = pack(std::move(*weights.embedding_projection), options.precision);
  packed.layers.resize(static_cast<std::size_t>(config.num_layers));
  const auto pack_layers = [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      packed.layers[static_cast<std::size_t>(i)] = pack_layer(static_cast<int>(i));
  };
  if (options.executor)
    parallel_for(*options.executor, config.num_layers, 1, pack_layers);
  else
    pack_layers(0, config.num_layers);
  return packed;
}

}  // namespace eigenhead::detail
