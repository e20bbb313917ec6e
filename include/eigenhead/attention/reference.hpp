#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>

// The readable reference of scaled dot-product attention: plain loops, one query at a time. It is
// the specification of every faster path.

namespace eigenhead::detail {

/// factor * q k^T of one query with every key: [S].
template <class Scalar>
Tensor<Scalar, 1> score_row(const AttentionProblem<Scalar>& problem, Index b, Index h, Index t,
                            Scalar factor) {
  const TensorView<const Scalar, 1> query = problem.query[b][h][t];  // [D]
  Tensor<Scalar, 1> scores(problem.score_shape()[3]);
  for (Index s = 0; s < scores.extent(0); ++s) {
    const TensorView<const Scalar, 1> key = problem.key_row(b, h, s);  // [D]
    Scalar dot = 0;
    for (Index d = 0; d < query.extent(0); ++d) dot += query(d) * key(d);
    scores(s) = factor * dot;
  }
  return scores;
}

/// Squashes scores into -soft_cap .. soft_cap, if there is one.
template <class Scalar>
void soft_cap_row(Scalar soft_cap, const TensorView<Scalar, 1>& scores) {
  if (soft_cap == 0) return;
  for (Index s = 0; s < scores.extent(0); ++s)
    scores(s) = soft_cap * std::tanh(scores(s) / soft_cap);
}

/// Modifies the scores [S] of query t, adds the bias and hides keys. Hidden scores become -infinity
/// by selection, not by adding, so that a NaN behind a mask cannot leak. Returns how many keys the
/// query may see.
template <class Problem, class Scalar>
Index bias_and_mask_row(const Problem& problem, Index b, Index h, Index t,
                        const TensorView<Scalar, 1>& scores) {
  Index num_visible = 0;
  for (Index s = 0; s < scores.extent(0); ++s) {
    const bool is_visible = problem.may_see(b, h, t, s);
    scores(s) = is_visible ? problem.modified(scores(s), b, h, t, s) + problem.bias(b, h, t, s)
                           : kHidden<Scalar>;
    num_visible += is_visible ? 1 : 0;
  }
  return num_visible;
}

/// Replaces scores [S] by exp(score) / (sum of exp(score), and of exp(sink)) and returns the
/// logarithm of that sum. `sink` is -infinity where there is none. Nothing but -infinity becomes
/// zeros.
template <class Scalar>
Scalar softmax_row(Scalar sink, const TensorView<Scalar, 1>& scores) {
  Scalar maximum = sink;
  for (Index s = 0; s < scores.extent(0); ++s)
    if (scores(s) > maximum || std::isnan(scores(s))) maximum = scores(s);
  if (maximum == kHidden<Scalar>) {
    scores.fill(0);
    return kHidden<Scalar>;
  }
  Scalar sum = std::exp(sink - maximum);
  for (Index s = 0; s < scores.extent(0); ++s) sum += scores(s) = std::exp(scores(s) - maximum);
  for (Index s = 0; s < scores.extent(0); ++s) scores(s) /= sum;
  return maximum + std::log(sum);
}

/// From biased scores [S] of a query that may see num_visible keys to weights [S], in place;
/// returns log_sum_exp. A query without keys has none, or the same weight for every key.
template <class Scalar>
Scalar weights_row(const AttentionProblem<Scalar>& problem, Index h, Index num_visible,
                   const TensorView<Scalar, 1>& scores) {
  if (num_visible > 0) return softmax_row(problem.sink(h), scores);
  const bool is_uniform = problem.empty_rows == EmptyRows::uniform && scores.extent(0) > 0;
  scores.fill(is_uniform ? Scalar(1) / static_cast<Scalar>(scores.extent(0)) : Scalar(0));
  return kHidden<Scalar>;
}

/// sum of weight * value over the keys: output [D_v]. A key of weight 0 is skipped, as all hidden
/// ones are: 0 * NaN would be NaN.
template <class Scalar>
void weighted_sum(const AttentionProblem<Scalar>& problem, Index b, Index h,
                  const TensorView<const Scalar, 1>& weights, const TensorView<Scalar, 1>& output) {
  output.fill(0);
  for (Index s = 0; s < weights.extent(0); ++s) {
    if (weights(s) == 0) continue;
    const TensorView<const Scalar, 1> value = problem.value_row(b, h, s);  // [D_v]
    for (Index d = 0; d < value.extent(0); ++d) output(d) += weights(s) * value(d);
  }
}

/// One query of one head: the whole contract, top to bottom.
template <class Problem, class Scalar>
void attend_row(const Problem& problem, Index b, Index h, Index t,
                const AttentionOutputViews<Scalar>& outputs) {
  Tensor<Scalar, 1> row = score_row(problem, b, h, t, problem.scale);  // [S]
  const auto show = [&](ScoreStage stage) {
    if (outputs.scores.data() && problem.score_stage == stage)
      copy<Scalar, 1>(row, outputs.scores[b][h][t]);
  };
  show(ScoreStage::scaled);
  soft_cap_row(problem.soft_cap, row.view());
  show(ScoreStage::soft_capped);
  const Index num_visible = bias_and_mask_row(problem, b, h, t, row.view());
  show(ScoreStage::biased);
  const Scalar log_sum_exp = weights_row(problem, h, num_visible, row.view());

  if (outputs.weights.data()) copy<Scalar, 1>(row, outputs.weights[b][h][t]);
  if (outputs.averaged_weights.data())
    for (Index s = 0; s < row.extent(0); ++s) outputs.averaged_weights(b, t, s) += row(s);
  if (outputs.log_sum_exp.data()) outputs.log_sum_exp(b, h, t) = log_sum_exp;
  if (outputs.output.data()) weighted_sum<Scalar>(problem, b, h, row, outputs.output[b][h][t]);
}

template <class Scalar>
void divide(const TensorView<Scalar, 3>& x, Scalar divisor) {
  for (Index i = 0; i < x.extent(0); ++i)
    for (Index j = 0; j < x.extent(1); ++j)
      for (Index k = 0; k < x.extent(2); ++k) x(i, j, k) /= divisor;
}

/// Every query of every head of every batch item.
template <class Problem, class Scalar>
void attend_by_reference(const Problem& problem, const AttentionOutputViews<Scalar>& outputs) {
  const Shape<4> shape = problem.score_shape();
  const TensorView<Scalar, 3>& averaged = outputs.averaged_weights;
  if (averaged.data()) averaged.fill(0);
  for (Index b = 0; b < shape[0]; ++b)
    for (Index h = 0; h < shape[1]; ++h)
      for (Index t = 0; t < shape[2]; ++t) attend_row(problem, b, h, t, outputs);
  if (averaged.data()) divide(averaged, static_cast<Scalar>(shape[1]));
}

}  // namespace eigenhead::detail
