#pragma once

#include "eigenhead/analysis/detail/orthonormal_rows.hpp"
#include "eigenhead/analysis/detail/tridiagonal_eigenvalues.hpp"
#include "eigenhead/analysis/detail/tridiagonal_form.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// A diagonal block of a tridiagonal matrix whose off-diagonal entries are not negligible.
struct TridiagonalBlock {
  Index begin;
  Index end;
};

template <class Scalar>
struct TridiagonalEigenvalue {
  Scalar value;
  TridiagonalBlock block;
};

/// All eigenvalues of T, largest first; empty when they were not found.
template <class Scalar>
std::vector<TridiagonalEigenvalue<Scalar>> tridiagonal_eigenvalues(
    const TridiagonalForm<Scalar>& form) {
  const Index size = form.diagonal.size();
  Tensor<Scalar, 1> values = form.diagonal;
  Tensor<Scalar, 1> rest = form.off_diagonal;
  std::vector<TridiagonalEigenvalue<Scalar>> result;
  for (Index begin = 0, end = 0; begin < size; begin = end) {
    for (end = begin + 1;
         end < size && !is_negligible(form.diagonal.data(), form.off_diagonal.data(), end - 1);)
      ++end;
    rest(end - 1) = 0;
    if (!diagonalize_tridiagonal<Scalar>(values.data() + begin, rest.data() + begin, end - begin,
                                         nullptr))
      return {};
    for (Index i = begin; i < end; ++i) result.push_back({values(i), {begin, end}});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a.value > b.value; });
  return result;
}

/// Solves (T - shift) x = y by Gaussian elimination with row exchanges, for a block of T.
template <class Scalar>
class ShiftedTridiagonal {
 public:
  /// A pivot below `smallest_pivot` is replaced by it: T - shift is all but singular.
  ShiftedTridiagonal(const TridiagonalForm<Scalar>& form, const TridiagonalBlock& block,
                     Scalar shift, Scalar smallest_pivot)
      : size_(block.end - block.begin), steps_(static_cast<std::size_t>(size_)) {
    const Scalar* diagonal = form.diagonal.data() + block.begin;
    const Scalar* off_diagonal = form.off_diagonal.data() + block.begin;
    Scalar pivot = diagonal[0] - shift;
    Scalar right = size_ > 1 ? off_diagonal[0] : Scalar(0);
    for (Index i = 0; i < size_; ++i) {
      Step& step = steps_[static_cast<std::size_t>(i)];
      const Scalar below = i + 1 < size_ ? off_diagonal[i] : Scalar(0);
      const Scalar below_diagonal = i + 1 < size_ ? diagonal[i + 1] - shift : Scalar(0);
      const Scalar below_right = i + 2 < size_ ? off_diagonal[i + 1] : Scalar(0);
      step.is_exchanged = std::abs(below) > std::abs(pivot);
      if (!step.is_exchanged && std::abs(pivot) < smallest_pivot)
        pivot = pivot < 0 ? -smallest_pivot : smallest_pivot;
      step.pivot = step.is_exchanged ? below : pivot;
      step.factor = (step.is_exchanged ? pivot : below) / step.pivot;
      step.right = step.is_exchanged ? below_diagonal : right;
      step.right_of_right = step.is_exchanged ? below_right : Scalar(0);
      pivot = (step.is_exchanged ? right : below_diagonal) - step.factor * step.right;
      right = (step.is_exchanged ? Scalar(0) : below_right) - step.factor * step.right_of_right;
    }
  }

  void solve(Scalar* x) const {
    for (Index i = 0; i + 1 < size_; ++i) {
      const Step& step = steps_[static_cast<std::size_t>(i)];
      if (step.is_exchanged) std::swap(x[i], x[i + 1]);
      x[i + 1] -= step.factor * x[i];
    }
    Scalar right = 0;
    Scalar right_of_right = 0;
    for (Index i = size_ - 1; i >= 0; --i) {
      const Step& step = steps_[static_cast<std::size_t>(i)];
      x[i] = (x[i] - step.right * right - step.right_of_right * right_of_right) / step.pivot;
      right_of_right = right;
      right = x[i];
    }
  }

 private:
  struct Step {
    Scalar pivot;
    Scalar factor;
    Scalar right;
    Scalar right_of_right;
    bool is_exchanged;
  };

  Index size_;
  std::vector<Step> steps_;
};

/// The same numbers around 0 on every machine: where inverse iteration starts.
class StartNumbers {
 public:
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) / 9007199254740992.0 - 0.5;
  }

 private:
  std::uint64_t state_ = 1;
};

/// Inverse iteration for the eigenvectors of T, one after the other, largest eigenvalue first.
///
/// Costs p for each vector. Of eigenvalues that are equal up to rounding, each vector is kept
/// orthogonal to those before it; what else overlaps is made orthogonal at the end: an overlap is
/// as small as rounding divided by the distance of the eigenvalues, so that removing it moves no
/// vector off its eigenvalue (LAPACK's stein instead orthogonalizes everything within a thousandth,
/// which costs p k for each vector).
template <class Scalar>
class InverseIteration {
 public:
  InverseIteration(const TridiagonalForm<Scalar>& form,
                   const std::vector<TridiagonalEigenvalue<Scalar>>& values)
      : form_(form),
        values_(values),
        rounding_(std::numeric_limits<Scalar>::epsilon() *
                  (form.diagonal.vector().cwiseAbs().maxCoeff() +
                   2 * form.off_diagonal.vector().cwiseAbs().maxCoeff())) {}

  /// Finds vector number shifts_.size(), a row of `vectors`, which are zero from there on; false
  /// when it does not converge.
  bool find_next(Tensor<Scalar, 2>& vectors) {
    constexpr int kMostSteps = 8;
    const auto place = static_cast<Index>(shifts_.size());
    const TridiagonalEigenvalue<Scalar>& wanted = values_[shifts_.size()];
    const std::vector<Index> neighbors = choose_shift(wanted);
    const Scalar shift = shifts_.back();
    const Index begin = wanted.block.begin;
    const Index size = wanted.block.end - begin;
    const auto part = [&](Index i) {
      return VectorMap<Scalar>(vectors.data() + i * vectors.extent(1) + begin, size);
    };
    VectorMap<Scalar> x = part(place);
    for (Index k = 0; k < size; ++k) x(k) = static_cast<Scalar>(numbers_.next());
    x.normalize();
    const ShiftedTridiagonal<Scalar> solver(form_, wanted.block, shift, rounding_);
    // The residual of x / |x| is the inverse of |x|. One more step after it is small.
    const Scalar wanted_length =
        1 / ((16 * rounding_ + wanted.value - shift) * std::sqrt(static_cast<Scalar>(size)));
    for (int step = 0, num_converged = 0; step < kMostSteps; ++step) {
      solver.solve(x.data());
      for (int again = 0; again < 2; ++again)
        for (const Index j : neighbors) x -= x.dot(part(j)) * part(j);
      const Scalar length = x.norm();
      if (!(length > 0) || !std::isfinite(length)) return false;
      x /= length;
      num_converged += length >= wanted_length;
      if (num_converged == 2) return true;
    }
    return false;
  }

 private:
  /// Appends the next shift to shifts_: the eigenvalue, or less where a vector before has been
  /// found with that, which would come out again. Returns the vectors of the same block with almost
  /// the same eigenvalue, the last one first.
  std::vector<Index> choose_shift(const TridiagonalEigenvalue<Scalar>& wanted) {
    constexpr Scalar kClose = Scalar(1e5);
    std::vector<Index> neighbors;
    Scalar shift = wanted.value;
    for (std::size_t j = shifts_.size(); j-- > 0;) {
      if (values_[j].value - wanted.value > kClose * rounding_) break;
      if (values_[j].block.begin != wanted.block.begin) continue;
      if (neighbors.empty()) shift = std::min(shift, shifts_[j] - 2 * rounding_);
      neighbors.push_back(static_cast<Index>(j));
    }
    shifts_.push_back(shift);
    return neighbors;
  }

  const TridiagonalForm<Scalar>& form_;
  const std::vector<TridiagonalEigenvalue<Scalar>>& values_;
  Scalar rounding_;  // of T
  StartNumbers numbers_;
  std::vector<Scalar> shifts_;  // of the vectors that are found
};

/// The eigenvectors of T for the first of `values`, as the rows of `vectors` [k, p]; false when one
/// did not converge or they are not orthogonal.
template <class Scalar>
bool inverse_iteration(const TridiagonalForm<Scalar>& form,
                       const std::vector<TridiagonalEigenvalue<Scalar>>& values,
                       Tensor<Scalar, 2>& vectors, Executor* executor) {
  InverseIteration<Scalar> iteration(form, values);
  vectors.fill(0);
  for (Index i = 0; i < vectors.extent(0); ++i)
    if (!iteration.find_next(vectors)) return false;
  return make_orthonormal(vectors, executor);
}

}  // namespace eigenhead::detail
