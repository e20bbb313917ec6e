#pragma once

#include "eigenhead/analysis/detail/full_solver.hpp"
#include "eigenhead/analysis/detail/orthonormal_rows.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/symmetric_eigensolver.hpp"
#include "eigenhead/analysis/detail/times.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/kernels/gram_matrix.hpp"

#include <algorithm>
#include <cstddef>

namespace eigenhead::detail {

/// All singular values and at least the first `count` right singular vectors of `rows` [n, p], as
/// they are.
///
/// By inner products of the shorter side where they are exact enough, ten digits, for the wanted
/// vectors, else by full_solver.
template <class Scalar>
PrincipalAxes<Scalar> leading_axes(Tensor<Scalar, 2> rows, Index count, Executor* executor) {
  constexpr Index kSmall = 64;
  constexpr Scalar kAccurate = Scalar(1e-6);  // of squares
  const Index smaller = std::min(rows.extent(0), rows.extent(1));
  const Scalar scale = rows.matrix().cwiseAbs().maxCoeff();
  PrincipalAxes<Scalar> result;
  if (scale == 0) {
    result.singular_values.assign(static_cast<std::size_t>(smaller), Scalar(0));
    result.components = Tensor<Scalar, 2>({smaller, rows.extent(1)});
    result.components.matrix().setIdentity();
    return result;
  }
  rows.matrix() /= scale;
  const bool is_tall = smaller == rows.extent(1);
  bool is_done = false;
  if (smaller > kSmall && count > 0) {
    Tensor<Scalar, 2> gram({smaller, smaller});
    gram_matrix<Scalar>(is_tall ? TensorView<const Scalar, 2>(rows) : rows.transpose(0, 1), gram,
                        executor);
    SymmetricEigen<Scalar> eigen = symmetric_eigen<Scalar>(std::move(gram), count, executor);
    is_done = eigen.values[static_cast<std::size_t>(count) - 1] >= kAccurate * eigen.values[0];
    result.singular_values = singular_values_of(eigen.values);
    result.components =
        is_tall ? std::move(eigen.vectors) : times<Scalar>(eigen.vectors, rows, executor);
    if (!is_tall) {
      for (Index i = 0; i < count; ++i) result.components.vector(i).normalize();
      is_done = is_done && make_orthonormal(result.components, executor);
    }
  }
  if (!is_done) result = full_solver(rows);
  for (Scalar& value : result.singular_values) value *= scale;
  return result;
}

}  // namespace eigenhead::detail
