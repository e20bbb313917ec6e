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
/// @throws ShapeError as scaled_dot_product_attention, in whose name the message speaks
///
/// The contract of scaled_dot_product_attention with the matrices written out; its output and
/// weights. Source: Vaswani et al. 2017, eq. 1. Example: examples/05_studying_attention_layers.cpp
template <class Scalar>
AttentionSteps<Scalar> attention_step_by_step(
    TensorView<const Scalar, 2> query, TensorView<const Scalar, 2> key,
    TensorView<const Scalar, 2> value,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options = {}) {
  const Tensor<Scalar, 2> q(query);  // copies, so that Eigen may look at any strides
  const Tensor<Scalar, 2> k(key);
  const Tensor<Scalar, 2> v(value);
  const detail::AttentionProblem<Scalar> problem = detail::check_attention(
      detail::as_rank_4(q), detail::as_rank_4(k), detail::as_rank_4(v), options);
  AttentionSteps<Scalar> steps;
  steps.products = q.matrix() * k.matrix().transpose();
  steps.scores = problem.scale * steps.products.matrix();
  steps.masked = steps.scores;
  for (Index t = 0; t < q.extent(0); ++t)
    detail::bias_and_mask_row(problem, 0, 0, t, steps.masked[t]);
  steps.weights = softmax(steps.masked);
  steps.output = Tensor<Scalar, 2>(Shape<2>{q.extent(0), v.extent(1)});
  for (Index t = 0; t < q.extent(0); ++t)
    detail::weighted_sum<Scalar>(steps.masked[t], steps.weights[t], v, steps.output[t]);
  return steps;
}

}  // namespace eigenhead
