#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace eigenhead::detail {

/// What a solver finds in centred samples [n, p]. Always in double: solvers whose samples are float
/// round where the time goes, not here.
///
/// A template all the same, so that its users are compiled only where a Pca is used.
template <class Scalar>
struct PrincipalAxes {
  std::vector<Scalar> singular_values;  // all min(n, p), or the first k; largest first
  Tensor<Scalar, 2> components;         // [k or more, p], orthonormal rows of any sign
  Tensor<Scalar, 2> scores;             // [n, k or more]; empty where they cost as much as later
  Scalar sum_of_squares = 0;            // of all singular values
  Scalar noise_level = 0;               // as a share of the largest singular value
};

/// The square roots of `eigenvalues`; what rounding has put below zero becomes zero.
template <class Scalar>
std::vector<Scalar> singular_values_of(const std::vector<Scalar>& eigenvalues) {
  std::vector<Scalar> result;
  for (const Scalar value : eigenvalues) result.push_back(std::sqrt(std::max(Scalar(0), value)));
  return result;
}

/// -1 when the first entry of largest magnitude is negative, else 1.
template <class Scalar>
Scalar sign_of_largest(TensorView<const Scalar, 1> vector) {
  Scalar largest = 0;
  for (Index i = 0; i < vector.extent(0); ++i)
    if (std::abs(vector(i)) > std::abs(largest)) largest = vector(i);
  return largest < 0 ? Scalar(-1) : Scalar(1);
}

}  // namespace eigenhead::detail
