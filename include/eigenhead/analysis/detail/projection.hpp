#pragma once

#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace eigenhead::detail {

/// What (x - mean) components^T needs beside x.
template <class Scalar>
struct Projection {
  TensorView<const Scalar, 1> mean;        // [p]; empty: zero
  TensorView<const Scalar, 2> components;  // [k, p]
  bool has_small_mean = false;             // at most some times larger than x - mean
  Executor* executor = nullptr;
};

/// scores = (x - mean) components^T, x [n, p], scores [n, k].
///
/// A small mean is taken off after the product, where it costs next to nothing; a large one before,
/// block by block, since it would cancel.
template <class Scalar>
void project(TensorView<const Scalar, 2> x, const Projection<Scalar>& projection,
             TensorView<Scalar, 2> scores) {
  constexpr Index kRows = 128;
  const PackedMatrix<Scalar> components(projection.components);
  MultiplyOptions<Scalar> options;
  options.executor = projection.executor;
  if (projection.mean.data() == nullptr) return multiply<Scalar>(x, components, scores, options);
  if (projection.has_small_mean) {
    Tensor<Scalar, 1> bias(components.out_features());
    for (Index i = 0; i < bias.size(); ++i)
      bias(i) = static_cast<Scalar>(-projection.components.vector(i).template cast<double>().dot(
          projection.mean.vector().template cast<double>()));
    options.bias = bias;
    return multiply<Scalar>(x, components, scores, options);
  }
  const auto project_rows = [&](Index first, Index last) {
    auto centered = Tensor<Scalar, 2>::uninitialized({kRows, x.extent(1)});
    for (Index begin = first; begin < last; begin += kRows) {
      const Index end = std::min(last, begin + kRows);
      const TensorView<Scalar, 2> rows = centered.slice(0, 0, end - begin);
      copy<Scalar, 2>(x.slice(0, begin, end), rows);
      rows.matrix().rowwise() -= projection.mean.vector();
      multiply<Scalar>(rows, components, scores.slice(0, begin, end));
    }
  };
  parallel_for(projection.executor, x.extent(0), kRows, project_rows);
}

/// Throws ValueError as check_finite does, but looks at x only where `scores` of it are not finite:
/// a number that is not makes its row of scores so, too.
template <class Scalar>
void check_finite_scores(TensorView<const Scalar, 2> x, const Tensor<Scalar, 2>& scores,
                         std::string_view argument) {
  if (scores.size() > 0 && scores.matrix().allFinite()) return;
  check_finite(x, argument);
}

}  // namespace eigenhead::detail
