#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

#include <limits>

namespace eigenhead::detail {

/// Makes rows that are orthonormal up to a small error orthonormal up to rounding: the nearest such
/// rows, by Newton and Schulz. False when the error is not small.
template <class Scalar>
bool make_orthonormal(Tensor<Scalar, 2>& rows, Executor* executor) {
  constexpr int kMostSteps = 6;
  if (rows.is_empty()) return true;
  MultiplyOptions<Scalar> options;
  options.executor = executor;
  Tensor<Scalar, 2> gram({rows.extent(0), rows.extent(0)});
  for (int step = 0; step < kMostSteps; ++step) {
    multiply<Scalar>(rows, PackedMatrix<Scalar>(rows), gram, options);
    gram.matrix().diagonal().array() -= 1;
    const Scalar error = gram.matrix().cwiseAbs().maxCoeff();
    if (error <= 32 * std::numeric_limits<Scalar>::epsilon()) return true;
    if (!(error < Scalar(0.01))) return false;
    gram.matrix() *= Scalar(-0.5);  // rows -= (gram - 1) / 2 rows
    const Tensor<Scalar, 2> before = rows;
    options.residual = before;
    multiply<Scalar>(gram, PackedMatrix<Scalar>(before.transpose(0, 1)), rows, options);
    options.residual = {};
  }
  return true;
}

/// Replaces each of at most p rows [k, p] from `begin` on by its part that is orthogonal to the
/// rows before, scaled to length 1. A row without such a part becomes any vector that has one.
template <class Scalar>
void orthonormalize_rows(Tensor<Scalar, 2>& rows, Index begin = 0) {
  const Scalar smallest = Scalar(1e-3);  // below, what is left is mostly rounding
  Index next_axis = 0;
  for (Index i = begin; i < rows.extent(0); ++i) {
    VectorMap<Scalar> row = rows.vector(i);
    const Scalar length = row.norm();
    if (length > 0) row /= length;
    const auto remove_rows_before = [&] {
      for (int again = 0; again < 2; ++again)
        for (Index j = 0; j < i; ++j) row -= row.dot(rows.vector(j)) * rows.vector(j);
      return row.norm();
    };
    Scalar left = remove_rows_before();
    while (!(left > smallest) && next_axis < rows.extent(1)) {
      row.setZero();
      row(next_axis++) = 1;
      left = remove_rows_before();
    }
    row /= left;
    remove_rows_before();
    row.normalize();
  }
}

/// Makes rows that are nearly orthonormal so up to rounding, however large their error.
template <class Scalar>
void restore_orthonormality(Tensor<Scalar, 2>& rows, Executor* executor) {
  if (!make_orthonormal(rows, executor)) orthonormalize_rows(rows);
}

}  // namespace eigenhead::detail
