#pragma once

#include "eigenhead/analysis/detail/orthonormal_rows.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/symmetric_eigensolver.hpp"
#include "eigenhead/analysis/detail/times.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace eigenhead::detail {

/// Rotates rows i and j: (row_i, row_j) = (cosine row_i - sine row_j, sine row_i + cosine row_j).
template <class Scalar>
void rotate_rows(Tensor<Scalar, 2>& rows, Index i, Index j, Scalar cosine, Scalar sine) {
  const Tensor<Scalar, 1> before(rows[i]);
  rows.vector(i) = cosine * before.vector() - sine * rows.vector(j);
  rows.vector(j) = sine * before.vector() + cosine * rows.vector(j);
}

/// Rotates pairs of rows of w [m, length] until all are orthogonal, and those of `turns` [m, m]
/// with them unless it is empty (one-sided Jacobi, Hestenes 1958). Rows of w up to `shortest` long
/// are left as they are.
template <class Scalar>
void orthogonalize_rows(Tensor<Scalar, 2>& w, Tensor<Scalar, 2>& turns, Scalar shortest) {
  // Convergence is quadratic and takes 6 to 10 sweeps; the bound is for the last digit going round.
  constexpr int kMostSweeps = 40;
  const Scalar tolerance =
      4 * std::numeric_limits<Scalar>::epsilon() * std::sqrt(static_cast<Scalar>(w.extent(0)));
  bool is_orthogonal = false;
  for (int sweep = 0; sweep < kMostSweeps && !is_orthogonal; ++sweep) {
    is_orthogonal = true;
    const Tensor<Scalar, 2> gram = times<Scalar>(w, w.transpose(0, 1), nullptr);
    Tensor<Scalar, 1> lengths = w.matrix().rowwise().norm();
    for (Index i = 0; i < w.extent(0); ++i) {
      for (Index j = i + 1; j < w.extent(0); ++j) {
        const auto are_orthogonal = [&](Scalar product) {
          return std::min(lengths(i), lengths(j)) <= shortest ||
                 std::abs(product) <= tolerance * lengths(i) * lengths(j);
        };
        // Rotations of this sweep change products, too, but those wait for the next sweep.
        if (are_orthogonal(gram(i, j))) continue;
        const Scalar product = w.vector(i).dot(w.vector(j));
        if (are_orthogonal(product)) continue;
        const Scalar slope =
            (lengths(j) - lengths(i)) * ((lengths(j) + lengths(i)) / (2 * product));
        const Scalar root = std::hypot(slope, Scalar(1));
        const Scalar tangent = 1 / (slope + (slope < 0 ? -root : root));
        const Scalar cosine = 1 / std::hypot(tangent, Scalar(1));
        rotate_rows(w, i, j, cosine, cosine * tangent);
        if (!turns.is_empty()) rotate_rows(turns, i, j, cosine, cosine * tangent);
        lengths(i) = w.vector(i).norm();
        lengths(j) = w.vector(j).norm();
        is_orthogonal = false;
      }
    }
  }
}

/// All min(n, p) singular values and right singular vectors of `samples` [n, p], not zero and with
/// entries of at most 1.
///
/// One-sided Jacobi: no condition number is squared. Larger matrices are first turned by the
/// eigenvectors of their inner products, so that only what squaring lost is left to do.
template <class Scalar>
PrincipalAxes<Scalar> full_solver(const Tensor<Scalar, 2>& samples) {
  constexpr Index kFewNumbers = 4096;  // up to here, rotations alone are as fast
  const bool is_tall = samples.extent(0) > samples.extent(1);
  Tensor<Scalar, 2> w(is_tall ? samples.transpose(0, 1) : TensorView<const Scalar, 2>(samples));
  const Index size = w.extent(0);
  // Of tall samples the right singular vectors are what turns the rows of w; of wide ones, the rows
  // of w when they are turned.
  Tensor<Scalar, 2> turns;
  if (is_tall) {
    turns = Tensor<Scalar, 2>({size, size});
    turns.matrix().setIdentity();
  }
  if (w.size() > kFewNumbers) {
    SymmetricEigen<Scalar> eigen =
        symmetric_eigen<Scalar>(times<Scalar>(w, w.transpose(0, 1), nullptr), size, nullptr);
    w = times<Scalar>(eigen.vectors, w, nullptr);
    if (is_tall) turns = std::move(eigen.vectors);
  }
  // Shorter rows are rounding; and squares of entries around 1 must not underflow.
  const Scalar shortest = std::max(
      std::sqrt(std::numeric_limits<Scalar>::min()),
      std::numeric_limits<Scalar>::epsilon() / 16 * w.matrix().rowwise().norm().maxCoeff());
  orthogonalize_rows(w, turns, shortest);

  const Tensor<Scalar, 1> lengths = w.matrix().rowwise().norm();
  PrincipalAxes<Scalar> result;
  result.components = Tensor<Scalar, 2>({size, samples.extent(1)});
  Index rank = 0;
  for (const Index from : falling_order(lengths)) {
    const auto place = static_cast<Index>(result.singular_values.size());
    const bool is_long = lengths(from) > shortest;
    rank += is_long;
    result.singular_values.push_back(is_long ? lengths(from) : Scalar(0));
    result.sum_of_squares += result.singular_values.back() * result.singular_values.back();
    if (is_tall)
      result.components.vector(place) = turns.vector(from);
    else if (is_long)
      result.components.vector(place) = w.vector(from) / lengths(from);
  }
  if (!is_tall) orthonormalize_rows(result.components, rank);
  return result;
}

}  // namespace eigenhead::detail
