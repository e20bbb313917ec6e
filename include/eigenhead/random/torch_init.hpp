#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/random/torch_generator.hpp"

#include <cmath>

namespace eigenhead {

/// Parameters of torch.nn.Linear.
template <class Scalar = float>
struct TorchLinear {
  Tensor<Scalar, 2> weight = {};  ///< [out_features, in_features]
  Tensor<Scalar, 1> bias = {};    ///< [out_features]; empty without bias
};

/// Parameters of torch.nn.MultiheadAttention over C features.
template <class Scalar = float>
struct TorchMultiheadAttention {
  Tensor<Scalar, 2> in_proj_weight = {};  ///< [3 * C, C]: query, key, value
  Tensor<Scalar, 1> in_proj_bias = {};    ///< [3 * C], zeros; empty without bias
  TorchLinear<Scalar> out_proj = {};      ///< [C, C] and zeros
};

/// The parameters that torch.nn.Linear(in_features, out_features, bias=has_bias) starts with:
/// uniform on +- 1 / sqrt(in_features), the weight drawn before the bias.
///
/// @param out_features  0 or more
/// @throws ValueError unless in_features > 0, ShapeError if out_features is negative
/// Source: torch.nn.Linear.reset_parameters, PyTorch 1.13.
template <class Scalar = float>
TorchLinear<Scalar> torch_linear(TorchGenerator& generator, Index in_features, Index out_features,
                                 bool has_bias = true) {
  check<ValueError>(in_features > 0, "torch_linear: in_features must be > 0", "in_features",
                    in_features);
  const double root = std::sqrt(static_cast<double>(in_features));
  // kaiming_uniform_(a = sqrt 5): 1 / root up to the last bit, which decides the stream.
  const double slope = std::sqrt(5.0);
  const double bound = std::sqrt(3.0) * (std::sqrt(2 / (1 + slope * slope)) / root);
  TorchLinear<Scalar> layer;
  layer.weight = generator.uniform<Scalar>(-bound, bound, out_features, in_features);
  if (has_bias) layer.bias = generator.uniform<Scalar>(-1 / root, 1 / root, out_features);
  return layer;
}

/// The table that torch.nn.Embedding(num_embeddings, embedding_dim) starts with: standard normal
/// numbers [num_embeddings, embedding_dim]. Throws ShapeError if one is negative.
template <class Scalar = float>
Tensor<Scalar, 2> torch_embedding(TorchGenerator& generator, Index num_embeddings,
                                  Index embedding_dim) {
  return generator.randn<Scalar>(num_embeddings, embedding_dim);
}

/// The parameters that torch.nn.MultiheadAttention(C, num_heads, bias=has_bias) starts with; the
/// number of heads plays no part. Drawn are out_proj as a Linear(C, C), whose bias becomes zero,
/// and then in_proj_weight uniform on +- sqrt(6 / (4 * C)) (xavier_uniform_).
///
/// @param hidden_size  C
/// @throws ValueError unless hidden_size > 0
/// Source: torch.nn.MultiheadAttention, PyTorch 1.13.
template <class Scalar = float>
TorchMultiheadAttention<Scalar> torch_multihead_attention(TorchGenerator& generator,
                                                          Index hidden_size, bool has_bias = true) {
  TorchMultiheadAttention<Scalar> layer;
  layer.out_proj = torch_linear<Scalar>(generator, hidden_size, hidden_size, has_bias);
  const double bound = std::sqrt(3.0) * std::sqrt(2 / static_cast<double>(4 * hidden_size));
  layer.in_proj_weight = generator.uniform<Scalar>(-bound, bound, 3 * hidden_size, hidden_size);
  if (has_bias) {
    layer.out_proj.bias.fill(0);
    layer.in_proj_bias = Tensor<Scalar, 1>(3 * hidden_size);
  }
  return layer;
}

}  // namespace eigenhead
