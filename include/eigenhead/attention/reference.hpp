#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/ops/softmax.hpp"

#include <limits>

// The readable reference of scaled dot-product attention: plain loops, one query at a time. It is
// the specification of every faster path.

namespace eigenhead::detail {

/// The score of a key that a query may not see.
template <class Scalar>
constexpr Scalar kHidden = -std::numeric_limits<Scalar>::infinity();

/// scale * q k^T of one query [D] with every key [S, D].
template <class Scalar>
Tensor<Scalar, 1> score_row(const TensorView<const Scalar, 1>& query,
                            const TensorView<const Scalar, 2>& key, Scalar scale) {
  Tensor<Scalar, 1> scores(key.extent(0));
  for (Index s = 0; s < key.extent(0); ++s) {
    Scalar dot = 0;
    for (Index d = 0; d < query.extent(0); ++d) dot += query(d) * key(s, d);
    scores(s) = scale * dot;
  }
  return scores;
}

/// Turns the scores [S] of query t into what the softmax takes: adds the bias and hides keys.
/// Hidden scores become -infinity by selection, not by adding, so that a NaN behind a mask cannot
/// leak. A query that may see no key gets zeros, so equal weights, where the policy is uniform.
/// Returns how many keys the query may see.
template <class Scalar>
Index bias_and_mask_row(const AttentionProblem<Scalar>& problem, Index b, Index h, Index t,
                        const TensorView<Scalar, 1>& scores) {
  Index num_visible = 0;
  for (Index s = 0; s < scores.extent(0); ++s) {
    const Scalar bias = problem.attention_bias.data() ? problem.attention_bias(b, h, t, s) : 0;
    const bool is_visible = s <= t + problem.causal_offset && bias != kHidden<Scalar> &&
                            (!problem.is_visible.data() || problem.is_visible(b, h, t, s));
    scores(s) = is_visible ? scores(s) + bias : kHidden<Scalar>;
    num_visible += is_visible ? 1 : 0;
  }
  const bool is_uniform = num_visible == 0 && problem.empty_rows == EmptyRows::uniform;
  if (is_uniform) scores.fill(0);
  return num_visible;
}

/// weights [S] * value [S, D_v] into output [D_v]. A hidden key is skipped: 0 * NaN would be NaN.
template <class Scalar>
void weighted_sum(const TensorView<const Scalar, 1>& scores,
                  const TensorView<const Scalar, 1>& weights,
                  const TensorView<const Scalar, 2>& value, const TensorView<Scalar, 1>& output) {
  output.fill(0);
  for (Index s = 0; s < value.extent(0); ++s)
    if (scores(s) != kHidden<Scalar>)
      for (Index d = 0; d < value.extent(1); ++d) output(d) += weights(s) * value(s, d);
}

/// One query of one head: the whole contract, top to bottom.
template <class Scalar>
void attend_row(const AttentionProblem<Scalar>& problem, Index b, Index h, Index t,
                const AttentionOutputViews<Scalar>& outputs) {
  const Index key_head = h / problem.heads_per_key_value_head();
  const TensorView<const Scalar, 2> value = problem.value[b][key_head];  // [S, D_v]
  Tensor<Scalar, 1> scores =                                             // [S]
      score_row(problem.query[b][h][t], problem.key[b][key_head], problem.scale);
  if (outputs.scores.data()) copy<Scalar, 1>(scores, outputs.scores[b][h][t]);

  const Index num_visible = bias_and_mask_row(problem, b, h, t, scores.view());
  const Tensor<Scalar, 1> weights = softmax(scores);  // [S]

  if (outputs.weights.data()) copy<Scalar, 1>(weights, outputs.weights[b][h][t]);
  if (outputs.log_sum_exp.data())
    outputs.log_sum_exp(b, h, t) = num_visible == 0 ? kHidden<Scalar> : log_sum_exp(scores);
  if (outputs.output.data()) weighted_sum<Scalar>(scores, weights, value, outputs.output[b][h][t]);
}

/// Every query of every head of every batch item.
template <class Scalar>
void attend_by_reference(const AttentionProblem<Scalar>& problem,
                         const AttentionOutputViews<Scalar>& outputs) {
  const Shape<4> shape = problem.score_shape();
  for (Index b = 0; b < shape[0]; ++b)
    for (Index h = 0; h < shape[1]; ++h)
      for (Index t = 0; t < shape[2]; ++t) attend_row(problem, b, h, t, outputs);
}

}  // namespace eigenhead::detail
