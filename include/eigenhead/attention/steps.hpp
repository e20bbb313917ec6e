#pragma once

#include "eigenhead/attention/check_attention.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/reference.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

namespace eigenhead {

/// Everything that one head of attention computes on its way, in the order of computation. S counts
/// past keys, too.
template <class Scalar>
struct AttentionSteps {
  Tensor<Scalar, 2> products;     ///< [T, S]: Q K^T
  Tensor<Scalar, 2> scores;       ///< [T, S]: scale * Q K^T
  Tensor<Scalar, 2> soft_capped;  ///< [T, S]: scores, squashed by the soft cap if there is one
  Tensor<Scalar, 2> masked;       ///< [T, S]: soft_capped + bias, -infinity where a key is hidden
  Tensor<Scalar, 2> weights;      ///< [T, S]: softmax of each row of masked
  Tensor<Scalar, 2> output;       ///< [T, D_v]: weights * V
};

/// One head of scaled dot-product attention, step by step, for looking at every intermediate
/// result.
///
/// @param query    [T, D]
/// @param key      [S, D]
/// @param value    [S, D_v]
/// @param options  as for scaled_dot_product_attention; every step is always returned
/// @throws as scaled_dot_product_attention, in whose name the message speaks
///
/// The contract of scaled_dot_product_attention with the matrices written out; its output and
/// weights. Source: Vaswani et al. 2017, eq. 1. Example: examples/05_studying_attention_layers.cpp
template <class Scalar>
AttentionSteps<Scalar> attention_step_by_step(
    TensorView<const Scalar, 2> query, TensorView<const Scalar, 2> key,
    TensorView<const Scalar, 2> value,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options = {}) {
  const detail::AttentionProblem<Scalar> problem = detail::check_attention(
      detail::as_rank_4(query), detail::as_rank_4(key), detail::as_rank_4(value), options);
  const Index num_queries = query.extent(0);
  const Shape<2> shape{num_queries, problem.score_shape()[3]};
  AttentionSteps<Scalar> steps;
  steps.products = Tensor<Scalar, 2>(shape);
  steps.scores = Tensor<Scalar, 2>(shape);
  for (Index t = 0; t < num_queries; ++t) {
    copy<Scalar, 1>(detail::score_row(problem, 0, 0, t, Scalar(1)), steps.products[t]);
    copy<Scalar, 1>(detail::score_row(problem, 0, 0, t, problem.scale), steps.scores[t]);
  }
  steps.soft_capped = steps.scores;
  for (Index t = 0; t < num_queries; ++t)
    detail::soft_cap_row(problem.soft_cap, steps.soft_capped[t]);
  steps.masked = steps.soft_capped;
  steps.weights = steps.masked;
  steps.output = Tensor<Scalar, 2>(Shape<2>{num_queries, value.extent(1)});
  for (Index t = 0; t < num_queries; ++t) {
    const Index num_visible = detail::bias_and_mask_row(problem, 0, 0, t, steps.masked[t]);
    copy<Scalar, 1>(steps.masked[t], steps.weights[t]);
    detail::weights_row(problem, 0, num_visible, steps.weights[t]);
    detail::weighted_sum<Scalar>(problem, 0, 0, steps.weights[t], steps.output[t]);
  }
  return steps;
}

}  // namespace eigenhead
