#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace eigenhead::detail {

/// Whether T(i, i + 1) may be taken for zero; entries of T are around 1, so that the second bound
/// is below the rounding of the whole matrix.
template <class Scalar>
bool is_negligible(const Scalar* diagonal, const Scalar* off_diagonal, Index i) {
  constexpr Scalar kEpsilon = std::numeric_limits<Scalar>::epsilon();
  const Scalar size = std::abs(off_diagonal[i]);
  return size <= kEpsilon / 2 ||
         size <= kEpsilon * std::sqrt(std::abs(diagonal[i])) * std::sqrt(std::abs(diagonal[i + 1]));
}

/// One implicit QL step with Wilkinson's shift on rows `first` to `last` of a tridiagonal matrix,
/// which are not decoupled; `rows` as in diagonalize_tridiagonal.
///
/// Golub and Van Loan, Matrix Computations, 8.3.
template <class Scalar>
void ql_step(Scalar* diagonal, Scalar* off_diagonal, Index first, Index last,
             Tensor<Scalar, 2>* rows) {
  const Scalar slope = (diagonal[first + 1] - diagonal[first]) / (2 * off_diagonal[first]);
  const Scalar root = std::hypot(slope, Scalar(1));
  Scalar bulge =
      diagonal[last] - diagonal[first] + off_diagonal[first] / (slope + (slope < 0 ? -root : root));
  Scalar sine = 1;
  Scalar cosine = 1;
  Scalar shift = 0;
  for (Index i = last - 1; i >= first; --i) {
    const Scalar f = sine * off_diagonal[i];
    const Scalar b = cosine * off_diagonal[i];
    const Scalar length = std::sqrt(f * f + bulge * bulge);
    off_diagonal[i + 1] = length;
    if (length == 0) {  // the matrix falls apart here
      diagonal[i + 1] -= shift;
      off_diagonal[last] = 0;
      return;
    }
    sine = f / length;
    cosine = bulge / length;
    const Scalar g = diagonal[i + 1] - shift;
    const Scalar r = (diagonal[i] - g) * sine + 2 * cosine * b;
    shift = sine * r;
    diagonal[i + 1] = g + shift;
    bulge = cosine * r - b;
    if (rows == nullptr) continue;
    Scalar* upper = rows->data() + i * rows->extent(1);
    Scalar* lower = upper + rows->extent(1);
    for (Index k = 0; k < rows->extent(1); ++k) {
      const Scalar x = lower[k];
      lower[k] = sine * upper[k] + cosine * x;
      upper[k] = cosine * upper[k] - sine * x;
    }
  }
  diagonal[first] -= shift;
  off_diagonal[first] = bulge;
  off_diagonal[last] = 0;
}

/// Diagonalizes a symmetric tridiagonal matrix by QL steps.
///
/// @param diagonal      [n] the matrix; then its eigenvalues, in no order
/// @param off_diagonal  [n] the matrix, entries around 1, the last one 0; then negligible
/// @param rows          [n, any] rotated along: of an identity it makes the eigenvectors, as rows;
///                      null: only the eigenvalues, which costs n^2 instead of n^3
/// @return false when an eigenvalue took too many steps, which has never been seen
template <class Scalar>
bool diagonalize_tridiagonal(Scalar* diagonal, Scalar* off_diagonal, Index n,
                             Tensor<Scalar, 2>* rows) {
  constexpr int kMostSteps = 60;
  for (Index first = 0; first < n; ++first) {
    for (int step = 0;; ++step) {
      Index last = first;
      while (last + 1 < n && !is_negligible(diagonal, off_diagonal, last)) ++last;
      if (last == first) break;
      if (step == kMostSteps) return false;
      ql_step(diagonal, off_diagonal, first, last, rows);
    }
  }
  return true;
}

}  // namespace eigenhead::detail
