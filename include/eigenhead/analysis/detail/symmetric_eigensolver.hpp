#pragma once

#include "eigenhead/analysis/detail/inverse_iteration.hpp"
#include "eigenhead/analysis/detail/tridiagonal_eigenvalues.hpp"
#include "eigenhead/analysis/detail/tridiagonal_form.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace eigenhead::detail {

template <class Scalar>
struct SymmetricEigen {
  std::vector<Scalar> values;  // all p, largest first
  Tensor<Scalar, 2> vectors;   // [k, p], orthonormal rows, those of the first values
};

/// The places of the values from the largest on.
template <class Scalar>
std::vector<Index> falling_order(const Tensor<Scalar, 1>& values) {
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return values(a) > values(b); });
  return order;
}

/// Eigenvectors of T by rotations: slower, but without any condition on the eigenvalues.
template <class Scalar>
SymmetricEigen<Scalar> tridiagonal_eigen_by_rotations(const TridiagonalForm<Scalar>& form,
                                                      Index count) {
  const Index size = form.diagonal.size();
  Tensor<Scalar, 1> values = form.diagonal;
  Tensor<Scalar, 1> rest = form.off_diagonal;
  Tensor<Scalar, 2> rows({size, size});
  rows.matrix().setIdentity();
  if (!diagonalize_tridiagonal(values.data(), rest.data(), size, &rows))
    fail<Error>("symmetric_eigen: the eigenvalues must converge; got none for a matrix of size ",
                size);
  SymmetricEigen<Scalar> result;
  result.vectors = Tensor<Scalar, 2>({count, size});
  for (const Index i : falling_order(values)) {
    const auto place = static_cast<Index>(result.values.size());
    if (place < count) result.vectors.vector(place) = rows.vector(i);
    result.values.push_back(values(i));
  }
  return result;
}

/// All eigenvalues and the first `count` eigenvectors of a symmetric matrix [p, p].
///
/// Reduction to tridiagonal form (4/3 p^3 operations, half of them a matrix product), QL for the
/// eigenvalues, inverse iteration for the vectors. Small matrices, and those where inverse
/// iteration fails, are finished by rotations instead. All parts run on the kernels of this
/// library: Eigen's solver would be compiled without the processor's instructions, and takes long
/// to compile.
template <class Scalar>
SymmetricEigen<Scalar> symmetric_eigen(Tensor<Scalar, 2> matrix, Index count, Executor* executor) {
  constexpr Index kSmall = 24;
  const Index size = matrix.extent(0);
  const Scalar scale = size == 0 ? Scalar(0) : matrix.matrix().cwiseAbs().maxCoeff();
  if (scale > 0) matrix.matrix() /= scale;
  const TridiagonalForm<Scalar> form =
      TridiagonalReduction<Scalar>::run(std::move(matrix), executor);
  SymmetricEigen<Scalar> result;
  result.vectors = Tensor<Scalar, 2>({count, size});
  const std::vector<TridiagonalEigenvalue<Scalar>> values = tridiagonal_eigenvalues(form);
  for (const TridiagonalEigenvalue<Scalar>& value : values) result.values.push_back(value.value);
  if (size <= kSmall || values.empty() ||
      !inverse_iteration(form, values, result.vectors, executor))
    result = tridiagonal_eigen_by_rotations(form, count);
  apply_reflectors<Scalar>(form, result.vectors, executor);
  for (Scalar& value : result.values) value *= scale;
  return result;
}

}  // namespace eigenhead::detail
