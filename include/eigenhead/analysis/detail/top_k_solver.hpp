#pragma once

#include "eigenhead/analysis/detail/block_krylov.hpp"
#include "eigenhead/analysis/detail/block_moments.hpp"
#include "eigenhead/analysis/detail/covariance_eigh_solver.hpp"
#include "eigenhead/analysis/detail/orthonormal_rows.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/symmetric_eigensolver.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/score_kernels.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace eigenhead::detail {

/// components [k, p] = vectors [k, n] * centered [n, p], the rows of `centered` without gaps.
template <class Scalar>
void add_component_columns(const Tensor<double, 2>& vectors, TensorView<const Scalar, 2> centered,
                           TensorView<double, 2> components) {
  const Tensor<Scalar, 2> weights = cast<Scalar, double, 2>(vectors);
  Tensor<Scalar, 2> sums(components.shape());
  few_row_kernels<Scalar>(active_kernels())
      .add_weighted_rows({weights.data(), weights.extent(1), weights.extent(0), centered.data(),
                          centered.stride(0), centered.extent(0), centered.extent(1), sums.data(),
                          sums.extent(1)});
  components.matrix() = sums.matrix().template cast<double>();
}

/// From the left singular vectors, rows of `left` [k, n], and the centred samples X of `shape`
/// [n, p], n < p: the scores and the components X^T u / |X^T u|.
///
/// @param columns  columns(begin, end, buffer [n, kDepthBlock]) returns these columns of X
template <class Scalar, class Columns>
PrincipalAxes<double> axes_from_left_vectors(const SymmetricEigen<double>& left,
                                             const Shape<2>& shape, const Columns& columns,
                                             Executor* executor) {
  const Index num_samples = shape[0];
  const Index num_features = shape[1];
  const Index count = left.vectors.extent(0);
  PrincipalAxes<double> result;
  result.singular_values = singular_values_of(left.values);
  // An error of the inner products moves u by that over the singular value: smaller ones had better
  // be multiplied again.
  constexpr double kAccurate = 0.01;
  const auto smallest = static_cast<std::size_t>(std::max(count, Index{1}) - 1);
  if (result.singular_values[smallest] >= kAccurate * result.singular_values[0]) {
    result.scores = Tensor<double, 2>(left.vectors.transpose(0, 1));
    for (Index i = 0; i < count; ++i)
      result.scores.matrix().col(i) *= result.singular_values[static_cast<std::size_t>(i)];
  }
  result.components = Tensor<double, 2>({count, num_features});
  parallel_for(executor, num_features, kDepthBlock, [&](Index first, Index last) {
    auto buffer = Tensor<Scalar, 2>::uninitialized({num_samples, kDepthBlock});
    for (Index begin = first; begin < last; begin += kDepthBlock) {
      const Index end = std::min(last, begin + kDepthBlock);
      add_component_columns<Scalar>(left.vectors, columns(begin, end, buffer),
                                    result.components.view().slice(1, begin, end));
    }
  });
  for (Index i = 0; i < count; ++i) {
    const double length = result.components.vector(i).norm();
    if (length > 0) result.components.vector(i) /= length;
  }
  restore_orthonormality(result.components, executor);
  return result;
}

/// The first `count` eigenvalues and eigenvectors of M^T M, M [rows, c], by block Krylov; false
/// when it would not converge in the time that the products of all columns take.
template <class Scalar>
bool krylov_eigen(TensorView<const Scalar, 2> m, Index count, Executor* executor,
                  SymmetricEigen<double>& result) {
  const int steps = BlockKrylov<Scalar>::affordable_steps(m.extent(0), m.extent(1), count);
  SymmetricEigen<Scalar> found;
  if (steps == 0 || !BlockKrylov<Scalar>(m, count, executor).run(found, steps)) return false;
  result.values.assign(found.values.begin(), found.values.end());
  result.vectors = cast<double, Scalar, 2>(found.vectors);
  restore_orthonormality(result.vectors, executor);
  return true;
}

/// The first `count` axes of centred samples by block Krylov; false when it did not converge.
template <class Scalar>
bool krylov_solver(const Tensor<Scalar, 2>& centered, Index count, Executor* executor,
                   PrincipalAxes<double>& result) {
  const bool is_tall = centered.extent(0) >= centered.extent(1);
  const TensorView<const Scalar, 2> view = centered;
  SymmetricEigen<double> found;
  if (!krylov_eigen<Scalar>(is_tall ? view : view.transpose(0, 1), count, executor, found))
    return false;
  if (!is_tall) {
    const auto columns = [&](Index begin, Index end, Tensor<Scalar, 2>&) {
      return view.slice(1, begin, end);
    };
    result = axes_from_left_vectors<Scalar>(found, view.shape(), columns, executor);
    return true;
  }
  result.singular_values = singular_values_of(found.values);
  result.components = std::move(found.vectors);
  return true;
}

}  // namespace eigenhead::detail
