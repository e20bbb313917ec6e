#pragma once

#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/core/tensor.hpp"

#include <Eigen/Eigenvalues>

#include <cmath>
#include <limits>

namespace eigenhead::detail {

/// All p singular values and right singular vectors of X [n, p], n >= p, from the eigenvectors of
/// `gram` = X^T X [p, p].
///
/// X^T X squares the condition number: singular values below about sqrt(p * epsilon) of the largest
/// are noise.
template <class Scalar>
PrincipalAxes<Scalar> covariance_eigh_solver(const Tensor<Scalar, 2>& gram) {
  const Eigen::SelfAdjointEigenSolver<ColumnMatrix<Scalar>> solver(gram.matrix());
  PrincipalAxes<Scalar> result;
  result.singular_values = solver.eigenvalues().reverse().cwiseMax(0).cwiseSqrt();
  result.axes = solver.eigenvectors().rowwise().reverse();
  result.noise_level =
      std::sqrt(static_cast<Scalar>(gram.extent(0)) * std::numeric_limits<Scalar>::epsilon());
  return result;
}

}  // namespace eigenhead::detail
