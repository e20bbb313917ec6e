#pragma once

#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

#include <Eigen/Jacobi>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// Squares of entries around 1 must not underflow: columns shorter than this count as zero.
template <class Scalar>
Scalar shortest_column() {
  return std::sqrt(std::numeric_limits<Scalar>::min());
}

/// Rotates pairs of columns of w [m, m], entries at most 1, until all are orthogonal: then w holds
/// its left singular vectors times its singular values (one-sided Jacobi, Hestenes 1958).
template <class Scalar>
void orthogonalize_columns(ColumnMatrix<Scalar>& w) {
  // Convergence is quadratic and takes 6 to 10 sweeps; the bound is for the last digit going round.
  constexpr int kMostSweeps = 40;
  const Scalar tolerance =
      4 * std::numeric_limits<Scalar>::epsilon() * std::sqrt(static_cast<Scalar>(w.rows()));
  bool is_orthogonal = false;
  for (int sweep = 0; sweep < kMostSweeps && !is_orthogonal; ++sweep) {
    is_orthogonal = true;
    ColumnVector<Scalar> lengths = w.colwise().norm();
    for (Index i = 0; i < w.cols(); ++i) {
      for (Index j = i + 1; j < w.cols(); ++j) {
        const Scalar product = w.col(i).dot(w.col(j));
        if (std::min(lengths[i], lengths[j]) <= shortest_column<Scalar>() ||
            std::abs(product) <= tolerance * lengths[i] * lengths[j])
          continue;
        Eigen::JacobiRotation<Scalar> rotation;
        rotation.makeJacobi(lengths[i] * lengths[i], product, lengths[j] * lengths[j]);
        w.applyOnTheRight(i, j, rotation);
        lengths[i] = w.col(i).norm();
        lengths[j] = w.col(j).norm();
        is_orthogonal = false;
      }
    }
  }
}

/// Replaces the columns of square q from `rank` >= 1 on by any that make all of them orthonormal.
template <class Scalar>
void complete_orthonormal(ColumnMatrix<Scalar>& q, Index rank) {
  const Eigen::HouseholderQR<ColumnMatrix<Scalar>> qr(q.leftCols(rank));
  ColumnMatrix<Scalar> basis = ColumnMatrix<Scalar>::Identity(q.rows(), q.cols());
  basis.applyOnTheLeft(qr.householderQ());
  q.rightCols(q.cols() - rank) = basis.rightCols(q.cols() - rank);
}

/// Left singular vectors of w [m, m], w not zero and its entries at most 1, largest first.
template <class Scalar>
PrincipalAxes<Scalar> left_singular_vectors(ColumnMatrix<Scalar> w) {
  orthogonalize_columns(w);
  const ColumnVector<Scalar> lengths = w.colwise().norm();
  std::vector<Index> order(static_cast<std::size_t>(w.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return lengths[a] > lengths[b]; });
  PrincipalAxes<Scalar> result{ColumnVector<Scalar>::Zero(w.cols()),
                               ColumnMatrix<Scalar>(w.rows(), w.cols())};
  Index rank = 0;
  for (; rank < w.cols(); ++rank) {
    const Index from = order[static_cast<std::size_t>(rank)];
    if (lengths[from] <= shortest_column<Scalar>()) break;
    result.singular_values[rank] = lengths[from];
    result.axes.col(rank) = w.col(from) / lengths[from];
  }
  if (rank < w.cols()) complete_orthonormal(result.axes, rank);
  return result;
}

/// All min(n, p) singular values and right singular vectors of `samples` [n, p], not zero and with
/// entries of at most 1.
///
/// Householder QR reduces the longer side, one-sided Jacobi finishes the square factor R: the right
/// singular vectors are the left ones of R^T (n >= p), or Q times the left ones of R. No condition
/// number is squared. Jacobi is three times slower than Eigen's divide and conquer at 768 columns,
/// but compiles in a fraction of its time and memory, and has none of its known wrong results.
template <class Scalar>
PrincipalAxes<Scalar> full_solver(const Tensor<Scalar, 2>& samples) {
  const Index length = std::max(samples.extent(0), samples.extent(1));
  const Index width = std::min(samples.extent(0), samples.extent(1));
  const bool is_tall = samples.extent(0) == length;
  ColumnMatrix<Scalar> reduced(length, width);
  if (is_tall)
    reduced = samples.matrix();
  else
    reduced = samples.matrix().transpose();
  const Eigen::HouseholderQR<ColumnMatrix<Scalar>> qr(reduced);
  ColumnMatrix<Scalar> factor =
      qr.matrixQR().topRows(width).template triangularView<Eigen::Upper>();
  if (is_tall) factor.transposeInPlace();
  PrincipalAxes<Scalar> result = left_singular_vectors<Scalar>(std::move(factor));
  if (is_tall) return result;
  reduced.setZero();
  reduced.topRows(width) = result.axes;
  reduced.applyOnTheLeft(qr.householderQ());
  result.axes = std::move(reduced);
  return result;
}

}  // namespace eigenhead::detail
