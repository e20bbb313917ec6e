#pragma once

#include "eigenhead/attention/attention_kernels.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/score_kernels.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

#include <algorithm>

namespace eigenhead::detail {

/// What happens to scores between the product and the softmax, on part of a row at a time.
template <class Problem>
class ScoreRows {
  using Scalar = typename Problem::ScalarType;

 public:
  ScoreRows(const Problem& problem, const AttentionKernels<Scalar>& kernels)
      : problem_(problem), scores_(kernels.scores), tanh_(kernels.vectors.tanh) {}

  /// As soft_cap_row of the reference.
  void soft_cap(Index count, Scalar* x) const {
    if (problem_.soft_cap == 0) return;
    scores_.scale(x, count, 1 / problem_.soft_cap, x);
    tanh_(x, count, x);
    scores_.scale(x, count, problem_.soft_cap, x);
  }

  /// As bias_and_mask_row of the reference, for the scores x of some `keys`, all of them in the
  /// key_range of the query.
  void bias_and_mask(Index b, Index h, Index t, const KeyRange& keys, Scalar* x) const {
    const Index begin = keys.begin;
    const Index count = keys.size();
    if (count == 0) return;
    if constexpr (Problem::kHasModifier)
      for (Index i = 0; i < count; ++i) x[i] = problem_.modified(x[i], b, h, t, begin + i);
    if (problem_.attention_bias.data())
      add_bias(row_of(problem_.attention_bias, b, h, t), begin, count, x);
    if (problem_.alibi_slopes.data()) {
      const Scalar slope = problem_.alibi_slopes(h);
      scores_.add_distance(problem_.is_alibi_symmetric ? -slope : slope,
                           static_cast<Scalar>(begin - problem_.position(b, t)),
                           problem_.is_alibi_symmetric, count, x);
    }
    if (problem_.is_visible.data()) hide(row_of(problem_.is_visible, b, h, t), begin, count, x);
    if (problem_.key_is_valid.data()) hide(valid_row(b), begin, count, x);
  }

 private:
  StridedRow<const bool> valid_row(Index b) const {
    const TensorView<const bool, 2>& view = problem_.key_is_valid;
    return {view.data() + b * view.stride(0), view.stride(1)};
  }

  void add_bias(const StridedRow<const Scalar>& bias, Index begin, Index count, Scalar* x) const {
    if (bias.stride == 1) return scores_.add_bias(bias.data + begin, count, x);
    for (Index i = 0; i < count; ++i)
      scores_.add_bias(bias.data + (begin + i) * bias.stride, 1, x + i);
  }

  void hide(const StridedRow<const bool>& is_visible, Index begin, Index count, Scalar* x) const {
    if (is_visible.stride == 1) return scores_.hide(is_visible.data + begin, count, x);
    for (Index i = 0; i < count; ++i)
      if (!is_visible.data[(begin + i) * is_visible.stride]) x[i] = kHidden<Scalar>;
  }

  const Problem& problem_;
  const ScoreKernels<Scalar>& scores_;
  typename VectorKernels<Scalar>::Map tanh_;
};

}  // namespace eigenhead::detail
