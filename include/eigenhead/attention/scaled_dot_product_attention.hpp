#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/reference.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <type_traits>

namespace eigenhead {

/// Scaled dot-product attention: softmax(scale * Q K^T + bias, masked) * V, per batch and head.
///
/// @param query    [B, H, T, D]
/// @param key      [B, H_kv, S, D]; H must be a multiple of H_kv, query head h reads key/value head
///                 h / (H / H_kv) (grouped heads)
/// @param value    [B, H_kv, S, D_v]; D_v is free
/// @param options  masks, bias, scale; the with_... flags are not looked at
/// @param outputs  where to write; only views that are given are written; must not overlap the
/// inputs
/// @throws ShapeError when shapes do not fit each other or a mask does not broadcast
///
/// All strides are free; B, T and S may be 0. A hidden key takes no part at all: NaN or infinity in
/// it never leaks, its weight is exactly 0; neither does a key whose score is
/// -infinity for another reason. A query that sees no key gets options.empty_rows, and
/// log_sum_exp -infinity. Arithmetic is that of Scalar. Cost: 2 * B * H * T * S * (D + D_v)
/// operations and S numbers. Source: Vaswani et al. 2017, eq. 1; the ONNX Attention operator.
/// Example: examples/02_scaled_dot_product_attention.cpp
template <class Scalar>
void scaled_dot_product_attention(TensorView<const Scalar, 4> query,
                                  TensorView<const Scalar, 4> key,
                                  TensorView<const Scalar, 4> value,
                                  const AttentionOptions<Scalar>& options,
                                  const AttentionOutputViews<Scalar>& outputs) {
  const detail::AttentionProblem<Scalar> problem =
      detail::check_attention(query, key, value, options);
  const Shape<4> scores = problem.score_shape();
  detail::check_attention_output(
      outputs.output, Shape<4>{scores[0], scores[1], scores[2], value.extent(3)}, "output");
  detail::check_attention_output(outputs.scores, scores, "scores");
  detail::check_attention_output(outputs.weights, scores, "weights");
  detail::check_attention_output(outputs.log_sum_exp, Shape<3>{scores[0], scores[1], scores[2]},
                                 "log_sum_exp");
  detail::attend_by_reference(problem, outputs);
}

/// Scaled dot-product attention into new tensors. Rank 4 is [B, H, T, D]; rank 3 is [H, T, D] and
/// rank 2 is [T, D], with key and value alike. Everything else as above.
template <class Scalar, int Rank>
AttentionOutput<Scalar, Rank> scaled_dot_product_attention(
    TensorView<const Scalar, Rank> query, TensorView<const Scalar, Rank> key,
    TensorView<const Scalar, Rank> value,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options = {}) {
  const TensorView<const Scalar, 4> q = detail::as_rank_4(query);
  const TensorView<const Scalar, 4> k = detail::as_rank_4(key);
  const TensorView<const Scalar, 4> v = detail::as_rank_4(value);
  const Shape<4> shape{q.extent(0), q.extent(1), q.extent(2), k.extent(2)};  // [B, H, T, S]
  // Rank 4 views with the leading 1s of a lower rank, on tensors of that rank.
  const auto make = [](Shape<4> wanted, bool is_wanted, auto& tensor) {
    constexpr int kRank = std::decay_t<decltype(tensor)>::rank;
    Shape<kRank> own;
    for (int axis = 0; axis < kRank; ++axis) own[axis] = wanted[4 - kRank + axis];
    if (!is_wanted) return TensorView<Scalar, 4>();
    tensor = std::decay_t<decltype(tensor)>(own);
    return TensorView<Scalar, 4>(tensor.data(), wanted);
  };
  AttentionOutput<Scalar, Rank> result;
  AttentionOutputViews<Scalar> outputs;
  outputs.output = make(Shape<4>{shape[0], shape[1], shape[2], v.extent(3)}, true, result.output);
  outputs.scores = make(shape, options.with_scores, result.scores);
  outputs.weights = make(shape, options.with_weights, result.weights);
  if (options.with_log_sum_exp) {
    const TensorView<Scalar, 4> rows =
        make(Shape<4>{1, shape[0], shape[1], shape[2]}, true, result.log_sum_exp);
    outputs.log_sum_exp = rows[0];
  }
  scaled_dot_product_attention<Scalar>(q, k, v, options, outputs);
  return result;
}

}  // namespace eigenhead
