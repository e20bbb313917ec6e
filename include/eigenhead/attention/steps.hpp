#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/reference.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/ops/softmax.hpp"

namespace eigenhead {

/// Everything that one head of attention computes on its way, in the order of computation.
template <class Scalar>
struct AttentionSteps {
  Tensor<Scalar, 2> products;  ///< [T, S]: Q K^T
  Tensor<Scalar, 2> scores;    ///< [T, S]: scale * Q K^T
  Tensor<Scalar, 2> masked;    ///< [T, S]: scores + bias, -infinity where a key is hidden
  Tensor<Scalar, 2> weights;   ///< [T, S]: softmax of each row of masked
  Tensor<Scalar, 2> output;    ///< [T, D_v]: weights * V
};

/// One head of scaled dot-product attention, step by step, for looking at every intermediate
/// result.
///
/// @param query    [T, D]
/// @param key      [S, D]
/// @param value    [S, D_v]
/// @param options  as for scaled_dot_product_attention; every step is always returned
/// @throws ShapeError when shapes do not fit each other or a mask does not broadcast
///
/// The same contract as scaled_dot_product_attention with the matrices written out, but for two
/// things: a query that sees no key gets zeros (not options.empty_rows), and a NaN in the value of
/// a hidden key does leak, as 0 * NaN. Source: Vaswani et al. 2017, eq. 1. Example:
/// examples/05_studying_attention_layers.cpp
template <class Scalar>
AttentionSteps<Scalar> attention_step_by_step(
    TensorView<const Scalar, 2> query, TensorView<const Scalar, 2> key,
    TensorView<const Scalar, 2> value,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options = {}) {
  const detail::AttentionProblem<Scalar> problem = detail::check_attention(
      detail::as_rank_4(query), detail::as_rank_4(key), detail::as_rank_4(value), options);
  AttentionSteps<Scalar> steps;
  steps.products = query.matrix() * key.matrix().transpose();
  steps.scores = problem.scale * steps.products.matrix();
  steps.masked = steps.scores;
  for (Index t = 0; t < steps.masked.extent(0); ++t)
    detail::bias_and_mask_row(problem, 0, 0, t, steps.masked[t]);
  steps.weights = softmax(steps.masked);
  steps.output = steps.weights.matrix() * value.matrix();
  return steps;
}

}  // namespace eigenhead
