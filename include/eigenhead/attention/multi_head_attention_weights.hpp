#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

namespace eigenhead {

/// The parameters of multi-head attention, in PyTorch's layout: y = x * weight^T + bias. Head h
/// owns rows h * head_dim <= row < (h + 1) * head_dim of the query and key weights, and likewise of
/// value.
template <class Scalar>
struct MultiHeadAttentionWeights {
  Tensor<Scalar, 2> query_weight = {};  ///< [H * D, C]
  Tensor<Scalar, 1> query_bias = {};    ///< [H * D], or empty
  Tensor<Scalar, 2> key_weight = {};    ///< [H * D, C_k]
  Tensor<Scalar, 1> key_bias = {};      ///< [H * D], or empty
  Tensor<Scalar, 2> value_weight = {};  ///< [H * D_v, C_v]
  Tensor<Scalar, 1> value_bias = {};    ///< [H * D_v], or empty
  /// [C_out, H * D_v]; empty: the heads side by side are the output
  Tensor<Scalar, 2> output_weight = {};
  Tensor<Scalar, 1> output_bias = {};  ///< [C_out], or empty

  /// [H * D] and [H * D_v], or both empty: one more key and value behind those of every sequence,
  /// learnt and not projected; no mask covers it. torch's bias_k and bias_v (add_bias_kv).
  Tensor<Scalar, 1> appended_key = {};
  Tensor<Scalar, 1> appended_value = {};
  /// One more key and value of zeros behind all others; no mask covers it. torch's add_zero_attn.
  bool has_zero_key = false;
};

/// Query, key and value parameters from torch.nn.MultiheadAttention's packed ones.
///
/// @param in_proj_weight  [3 * E, E]: rows of query, then key, then value; empty where the module
///                        has q_proj_weight, k_proj_weight and v_proj_weight instead
/// @param in_proj_bias    [3 * E] in the same order, or empty
/// @return                the six query, key and value members; the others are empty
/// @throws ShapeError when the first axis of one is no multiple of 3
template <class Scalar>
MultiHeadAttentionWeights<Scalar> unpack_in_proj(TensorView<const Scalar, 2> in_proj_weight,
                                                 TensorView<const Scalar, 1> in_proj_bias) {
  check<ShapeError>(in_proj_weight.extent(0) % 3 == 0,
                    "unpack_in_proj: in_proj_weight must be empty or have 3 * E rows",
                    "in_proj_weight", in_proj_weight.shape());
  check<ShapeError>(in_proj_bias.extent(0) % 3 == 0,
                    "unpack_in_proj: in_proj_bias must be empty or have 3 * E values",
                    "in_proj_bias", in_proj_bias.shape());
  const auto third = [](const auto& packed, Index i) {
    const Index rows = packed.extent(0) / 3;
    return packed.slice(0, i * rows, (i + 1) * rows);
  };
  MultiHeadAttentionWeights<Scalar> weights;
  weights.query_weight = Tensor<Scalar, 2>(third(in_proj_weight, 0));
  weights.key_weight = Tensor<Scalar, 2>(third(in_proj_weight, 1));
  weights.value_weight = Tensor<Scalar, 2>(third(in_proj_weight, 2));
  weights.query_bias = Tensor<Scalar, 1>(third(in_proj_bias, 0));
  weights.key_bias = Tensor<Scalar, 1>(third(in_proj_bias, 1));
  weights.value_bias = Tensor<Scalar, 1>(third(in_proj_bias, 2));
  return weights;
}

}  // namespace eigenhead
