#pragma once

#include "eigenhead/analysis/detail/block_moments.hpp"
#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <cmath>
#include <utility>

namespace eigenhead {

/// How many samples there were, their mean, and how they scatter around it: all that their
/// principal components depend on. p (p + 1) + 1 numbers to store, or to send to another machine.
struct Moments {
  Index num_samples = 0;
  Tensor<double, 1> mean;     ///< [p]
  Tensor<double, 2> scatter;  ///< [p, p], the sum of (sample - mean) (sample - mean)^T

  /// As if the samples of `other` had been here, too: exact up to rounding, in any order. Moments
  /// of no samples change nothing. Throws ShapeError when the numbers of features differ.
  void merge(const Moments& other) {
    if (other.num_samples == 0) return;
    if (num_samples == 0) {
      *this = other;
      return;
    }
    check<ShapeError>(
        other.mean.shape() == mean.shape() && other.scatter.shape() == scatter.shape(),
        "Moments::merge: other must have the same number of features", "features", mean.size(),
        "other features", other.mean.size());
    const auto here = static_cast<double>(num_samples);
    const auto there = static_cast<double>(other.num_samples);
    const double weight = here * there / (here + there);
    // Loops, not Eigen: this is no template, and each program that includes it would compile them.
    const Index size = mean.size();
    for (Index i = 0; i < size; ++i) {
      const double distance = other.mean(i) - mean(i);
      for (Index j = 0; j < size; ++j)
        scatter(i, j) += other.scatter(i, j) + weight * distance * (other.mean(j) - mean(j));
    }
    for (Index i = 0; i < size; ++i)
      mean(i) += (other.mean(i) - mean(i)) * (there / (here + there));
    num_samples += other.num_samples;
  }
};

/// Adds up the moments of samples that come in parts: from a stream, from a file larger than
/// memory, or, merged at the end, on many machines.
///
///     MomentAccumulator shard;
///     while (more()) shard.add(next_rows());      // [any number, p], float or double
///     total.merge(shard.moments());               // the same as adding all rows to one
///     pca.fit(total);                             // Pca<double>, covariance_eigh
///
/// Parts are centred by themselves before they are added, so that no offset cancels. Products of
/// float samples are added up in float, a few thousand samples at a time, and then in double.
class MomentAccumulator {
 public:
  /// @param executor  where the work runs; null: on the calling thread. Must outlive this object.
  explicit MomentAccumulator(Executor* executor = nullptr) : executor_(executor) {}

  /// Adds samples x [n, p]; n = 0 adds nothing. Throws ShapeError when p is another than before,
  /// ValueError when x has NaN or an infinity (naming the first place) or when its squares overflow
  /// Scalar; then nothing is added. Cost: n p^2 / 2 multiply-adds, one pass over x.
  template <class Scalar>
  void add(TensorView<const Scalar, 2> x) {
    check<ShapeError>(moments_.num_samples == 0 || x.extent(1) == moments_.mean.size(),
                      "MomentAccumulator::add: x must have the number of features (columns) of the "
                      "samples before",
                      "x", x.shape(), "features", moments_.mean.size());
    if (x.extent(0) == 0) return;
    detail::BlockMoments<Scalar> part(x, Scalar(1), executor_);
    if (!std::isfinite(part.scatter.matrix().trace())) {
      detail::check_finite(x, "MomentAccumulator::add: x");
      fail<ValueError>("MomentAccumulator::add: x must have squares whose sum its type can hold; ",
                       "got sum of squares ", part.scatter.matrix().trace(),
                       "; divide x by a constant first");
    }
    moments_.merge({x.extent(0), std::move(part.means), std::move(part.scatter)});
  }

  /// Of all samples so far.
  const Moments& moments() const { return moments_; }

 private:
  Executor* executor_;
  Moments moments_;
};

}  // namespace eigenhead
