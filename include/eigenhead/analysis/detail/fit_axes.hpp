#pragma once

#include "eigenhead/analysis/detail/block_moments.hpp"
#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/analysis/detail/covariance_eigh_solver.hpp"
#include "eigenhead/analysis/detail/full_solver.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/randomized_solver.hpp"
#include "eigenhead/analysis/detail/top_k_solver.hpp"
#include "eigenhead/analysis/moment_accumulator.hpp"
#include "eigenhead/analysis/pca_options.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace eigenhead::detail {

/// Means and principal axes of samples x [n, p].
template <class Scalar>
class FitAxes {
 public:
  Tensor<double, 1> means;
  PrincipalAxes<double> axes;
  double relative_total = 0;  // the sum of squares of all singular values, by that of the largest

  /// Throws ValueError as Pca::fit does.
  FitAxes(TensorView<const Scalar, 2> x, const PcaOptions& options)
      : x_(x),
        options_(options),
        smaller_(std::min(x.extent(0), x.extent(1))),
        solver_(suitable_solver(options, x.shape())),
        count_(options.n_components.is_exact() ? options.n_components.resolve({}) : smaller_) {
    if (solver_ != PcaSolver::full && solve(1))
      rescale(1);
    else
      fit_with_care();
  }

  /// Of samples that were added up, whose squares are in range.
  FitAxes(const Moments& moments, const PcaOptions& options)
      : means(moments.mean),
        options_(options),
        smaller_(std::min(moments.num_samples, moments.mean.size())),
        solver_(PcaSolver::covariance_eigh),
        count_(options.n_components.is_exact() ? options.n_components.resolve({}) : smaller_) {
    axes = covariance_eigh_solver<double>(moments.scatter, count_, options.executor);
    axes.singular_values.resize(static_cast<std::size_t>(smaller_));
    axes.noise_level = noise_of_products<Scalar>();
    rescale(1);
  }

  /// What PcaSolver::automatic means for these samples.
  static PcaSolver suitable_solver(const PcaOptions& options, const Shape<2>& shape) {
    const Index larger = std::max(shape[0], shape[1]);
    const Index smaller = std::min(shape[0], shape[1]);
    if (options.solver != PcaSolver::automatic) return options.solver;
    if (shape[1] <= 1000 && shape[0] >= 10 * shape[1]) return PcaSolver::covariance_eigh;
    if (larger <= 500 || !options.n_components.is_exact()) return PcaSolver::full;
    const Index count = options.n_components.resolve({});
    // With less to spare than randomized_svd oversamples, all components cost as much.
    return count >= 1 && 5 * count < 4 * smaller && count + 10 < smaller ? PcaSolver::top_k
                                                                         : PcaSolver::full;
  }

 private:
  /// For samples that are not finite, all equal, or too large or small to be squared; and for full.
  void fit_with_care() {
    check_finite(x_, "Pca::fit: x");
    means = column_means(x_);
    const Deviation from_means = deviation(x_, means);
    const auto sum_of_squares = static_cast<Scalar>(from_means.sum_of_squares);
    check<ValueError>(std::isfinite(sum_of_squares),
                      "Pca::fit: x must have squares whose sum its type can hold", "sum of squares",
                      sum_of_squares, "divide x by a constant first");
    if (from_means.largest == 0) {
      axes.singular_values.assign(static_cast<std::size_t>(smaller_), 0.0);
      axes.components = Tensor<double, 2>({smaller_, x_.extent(1)});
      axes.components.matrix().setIdentity();
    } else if (solver_ == PcaSolver::full) {
      axes = full_solver<double>(standardized(x_, means, from_means.largest));
      rescale(from_means.largest);
    } else {
      // A power of two: exact. Its inverse must not overflow either.
      const int exponent =
          std::max(std::ilogb(from_means.largest), std::numeric_limits<Scalar>::min_exponent + 4);
      solve(std::ldexp(Scalar(1), -exponent));
      rescale(std::ldexp(1.0, exponent));
    }
  }

  /// Finds means and axes of (x - means) * factor; false when the squares leave the range in which
  /// Scalar is exact.
  bool solve(Scalar factor) {
    const bool is_krylov = solver_ == PcaSolver::top_k && count_ >= 1 &&
                           BlockKrylov<Scalar>::affordable_steps(
                               std::max(x_.extent(0), x_.extent(1)), smaller_, count_) > 0;
    if (is_krylov || solver_ == PcaSolver::randomized) {
      const Tensor<Scalar, 2> centered = center(factor);
      const double sum = axes.sum_of_squares;
      if (!is_normal(sum)) return false;
      bool is_done = true;
      if (is_krylov)
        is_done = krylov_solver<Scalar>(centered, count_, options_.executor, axes);
      else
        randomized(centered);
      axes.sum_of_squares = sum;
      axes.noise_level = noise_of_products<Scalar>();
      if (is_done) return true;
    }
    const bool is_solved = x_.extent(0) < x_.extent(1) ? solve_rows(factor) : solve_columns(factor);
    axes.noise_level = noise_of_products<Scalar>();
    return is_solved;
  }

  /// (x - means) * factor, and its sum of squares.
  Tensor<Scalar, 2> center(Scalar factor) {
    CenteredCopy<Scalar> copy(x_, factor, options_.executor);
    means = std::move(copy.means);
    axes.sum_of_squares = copy.sum_of_squares;
    return std::move(copy.rows);
  }

  /// By the inner products of samples.
  bool solve_rows(Scalar factor) {
    RowProducts<Scalar> inner(x_, factor, options_.executor);
    const double sum = inner.products.matrix().trace();
    if (!is_normal(sum)) return false;
    means = std::move(inner.means);
    const SymmetricEigen<double> left =
        symmetric_eigen<double>(std::move(inner.products), count_, options_.executor);
    const auto columns = [&](Index begin, Index end, Tensor<Scalar, 2>& buffer) {
      Tensor<double, 1> ignored(end - begin);
      return center_block<Scalar>(x_.slice(1, begin, end), factor, ignored, buffer);
    };
    axes = axes_from_left_vectors<Scalar>(left, x_.shape(), columns, options_.executor);
    axes.sum_of_squares = sum;
    return true;
  }

  /// By the inner products of features.
  bool solve_columns(Scalar factor) {
    BlockMoments<Scalar> moments(x_, factor, options_.executor);
    if (!is_normal(moments.scatter.matrix().trace())) return false;
    means = std::move(moments.means);
    axes = covariance_eigh_solver<double>(std::move(moments.scatter), count_, options_.executor);
    return true;
  }

  void randomized(const Tensor<Scalar, 2>& centered) {
    RandomizedOptions options;
    options.count = count_;
    options.num_iterations = 10 * count_ < smaller_ ? 7 : 4;
    options.seed = options_.seed;
    options.executor = options_.executor;
    RandomizedSvd<Scalar> svd(centered, options);
    axes.singular_values = std::move(svd.values);
    axes.components = std::move(svd.right);
    axes.scores = Tensor<double, 2>(svd.left.transpose(0, 1));
    for (Index i = 0; i < count_; ++i)
      axes.scores.matrix().col(i) *= axes.singular_values[static_cast<std::size_t>(i)];
  }

  static bool is_normal(double sum_of_squares) {
    constexpr double kRangeMargin = 1e-6 * std::numeric_limits<Scalar>::epsilon();
    return sum_of_squares >
               static_cast<double>(std::numeric_limits<Scalar>::min()) / kRangeMargin &&
           sum_of_squares < static_cast<double>(std::numeric_limits<Scalar>::max()) * kRangeMargin;
  }

  void rescale(double factor) {
    const double largest = axes.singular_values[0];
    if (largest > 0) relative_total = axes.sum_of_squares / largest / largest;
    for (double& value : axes.singular_values) value *= factor;
    for (double& score : axes.scores) score *= factor;
  }

  TensorView<const Scalar, 2> x_;
  PcaOptions options_;
  Index smaller_;
  PcaSolver solver_;
  Index count_;
};

}  // namespace eigenhead::detail
