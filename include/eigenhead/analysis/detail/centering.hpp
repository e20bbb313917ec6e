#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace eigenhead::detail {

/// Throws ValueError, naming the first place, when x has NaN or an infinity. `argument` is the
/// function and the argument: "Pca::fit: x".
template <class Scalar>
void check_finite(TensorView<const Scalar, 2> x, std::string_view argument) {
  for (Index row = 0; row < x.extent(0); ++row)
    for (Index column = 0; column < x.extent(1); ++column)
      if (!std::isfinite(x(row, column)))
        fail<ValueError>(argument, " must be finite; got ", x(row, column), " at ",
                         Shape<2>{row, column});
}

/// The mean of each column of x [n, p], n >= 1.
///
/// Summed as differences to the first row: the mean of a constant column is exactly its value, and
/// a large common offset costs no digits.
template <class Scalar>
Tensor<double, 1> column_means(TensorView<const Scalar, 2> x) {
  Tensor<double, 1> means(x.extent(1));
  for (Index row = 1; row < x.extent(0); ++row)
    for (Index column = 0; column < x.extent(1); ++column)
      means(column) += static_cast<double>(x(row, column)) - static_cast<double>(x(0, column));
  for (Index column = 0; column < x.extent(1); ++column)
    means(column) =
        means(column) / static_cast<double>(x.extent(0)) + static_cast<double>(x(0, column));
  return means;
}

/// How far samples are from their mean.
struct Deviation {
  double largest = 0;
  double sum_of_squares = 0;
};

template <class Scalar>
Deviation deviation(TensorView<const Scalar, 2> x, const Tensor<double, 1>& means) {
  Deviation result;
  for (Index row = 0; row < x.extent(0); ++row) {
    for (Index column = 0; column < x.extent(1); ++column) {
      const double difference = static_cast<double>(x(row, column)) - means(column);
      result.largest = std::max(result.largest, std::abs(difference));
      result.sum_of_squares += difference * difference;
    }
  }
  return result;
}

/// (x - means) / scale for x [n, p] in double: solvers see entries of at most 1.
template <class Scalar>
Tensor<double, 2> standardized(TensorView<const Scalar, 2> x, const Tensor<double, 1>& means,
                               double scale) {
  auto result = Tensor<double, 2>::uninitialized(x.shape());
  for (Index row = 0; row < x.extent(0); ++row)
    for (Index column = 0; column < x.extent(1); ++column)
      result(row, column) = (static_cast<double>(x(row, column)) - means(column)) / scale;
  return result;
}

}  // namespace eigenhead::detail
