#pragma once

#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/symmetric_eigensolver.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace eigenhead::detail {

/// Singular values below this share of the largest drown in the rounding of inner products of
/// Scalars.
template <class Scalar>
double noise_of_products() {
  return 4 * std::sqrt(static_cast<double>(std::numeric_limits<Scalar>::epsilon()));
}

/// Principal axes from X^T X [p, p], all p singular values and `count` components.
/// Squares the condition number: see noise_of_products.
template <class Scalar>
PrincipalAxes<Scalar> covariance_eigh_solver(Tensor<Scalar, 2> scatter, Index count,
                                             Executor* executor) {
  PrincipalAxes<Scalar> result;
  result.sum_of_squares = scatter.matrix().trace();
  SymmetricEigen<Scalar> eigen = symmetric_eigen<Scalar>(std::move(scatter), count, executor);
  result.singular_values = singular_values_of(eigen.values);
  result.components = std::move(eigen.vectors);
  return result;
}

}  // namespace eigenhead::detail
