#pragma once

#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/analysis/detail/leading_axes.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/pca.hpp"
#include "eigenhead/analysis/pca_model.hpp"
#include "eigenhead/analysis/pca_options.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace eigenhead {

struct IncrementalPcaOptions {
  /// A number, or all: as many as the first batch has rows, at most p.
  NumComponents n_components = NumComponents::all();
  bool whiten = false;  ///< true: transform gives scores of unit variance
  /// Rows that fit() takes at a time; 0: 5 p
  Index batch_size = 0;
  Executor* executor = nullptr;  ///< as in PcaOptions
};

/// Principal components of samples that come in batches, in memory that does not grow with them.
///
///     IncrementalPca<float> incremental(IncrementalPcaOptions{});
///     while (more()) incremental.partial_fit(next_rows());
///     const Tensor<float, 2> scores = incremental.pca().transform(x);
///
/// Follows sklearn.decomposition.IncrementalPCA (Ross, Lim, Lin and Yang 2008): each batch is
/// joined with the components so far, and what those have dropped is lost. The result is
/// approximate and depends on the order, while MomentAccumulator gives the exact one; but that
/// takes p^2 numbers, this 2 k p. Signs are v_based. Computed in double, also for float samples.
template <class Scalar>
class IncrementalPca {
 public:
  /// Throws ValueError when n_components is a share of the variance or mle, or batch_size < 0.
  explicit IncrementalPca(const IncrementalPcaOptions& options) : options_(options) {
    check<ValueError>(options.n_components.is_exact() || options.n_components.is_all(),
                      "IncrementalPca: n_components must be a number or all", "is mle",
                      options.n_components.is_mle());
    check<ValueError>(options.batch_size >= 0, "IncrementalPca: batch_size must be >= 0",
                      "batch_size", options.batch_size);
  }

  /// Forgets what was, and takes x [n, p] in batches; a last one of fewer rows than components goes
  /// with the one before. Throws as partial_fit does.
  IncrementalPca& fit(TensorView<const Scalar, 2> x) {
    IncrementalPca result(options_);
    const Index batch = options_.batch_size > 0 ? options_.batch_size : 5 * x.extent(1);
    const Index fewest = options_.n_components.is_exact() ? options_.n_components.resolve({}) : 0;
    for (Index begin = 0, end; begin < x.extent(0); begin = end) {
      end = std::min(begin + batch, x.extent(0));
      if (x.extent(0) - end < fewest) end = x.extent(0);
      result.partial_fit(x.slice(0, begin, end));
    }
    check<ShapeError>(result.model_.num_samples > 0,
                      "IncrementalPca::fit: x must have samples (rows)", "x", x.shape());
    *this = std::move(result);
    return *this;
  }

  /// Adds one batch x [n, p].
  ///
  /// Throws ShapeError unless p is that of the batches before, and n and p are at least 1 and at
  /// least n_components where that is a number; ValueError when x has NaN or an infinity. Then
  /// nothing changes.
  IncrementalPca& partial_fit(TensorView<const Scalar, 2> x);

  /// The fitted components: transform, inverse_transform and all attributes. Throws ValueError
  /// before the second sample.
  Pca<Scalar> pca() const {
    PcaOptions options;
    options.whiten = options_.whiten;
    options.executor = options_.executor;
    check<ValueError>(model_.num_samples >= 2,
                      "IncrementalPca::pca: at least 2 samples must be fitted first", "samples",
                      model_.num_samples);
    return Pca<Scalar>(model_, options);
  }

  Index num_samples() const { return model_.num_samples; }
  /// Of each feature over all samples, divided by their number, [p].
  const Tensor<double, 1>& variance() const { return variance_; }

 private:
  void check_batch(TensorView<const Scalar, 2> x, Index count) const;
  Tensor<double, 2> joined(const Tensor<double, 2>& centered,
                           const Tensor<double, 1>& batch_means) const;
  void keep(const detail::PrincipalAxes<double>& axes, Index count, Index batch_size);

  IncrementalPcaOptions options_;
  // In double from batch to batch; rounded for model_.
  Tensor<double, 2> components_;
  Tensor<double, 1> singular_values_;
  Tensor<double, 1> mean_;
  Tensor<double, 1> variance_;
  PcaModel<Scalar> model_;
};

template <class Scalar>
void IncrementalPca<Scalar>::check_batch(TensorView<const Scalar, 2> x, Index count) const {
  check<ShapeError>(x.extent(0) >= 1 && x.extent(1) >= 1,
                    "IncrementalPca::partial_fit: x must have samples (rows) and features "
                    "(columns)",
                    "x", x.shape());
  check<ShapeError>(model_.num_samples == 0 || x.extent(1) == mean_.size(),
                    "IncrementalPca::partial_fit: x must have the number of features (columns) of "
                    "the batches before",
                    "x", x.shape(), "features", mean_.size());
  check<ShapeError>(
      options_.n_components.is_all() || (count <= x.extent(0) && count <= x.extent(1)),
      "IncrementalPca::partial_fit: x must have at least n_components rows and columns", "x",
      x.shape(), "n_components", count);
  detail::check_finite(x, "IncrementalPca::partial_fit: x");
}

/// The batch, centred, below the components so far and above the step between the means.
template <class Scalar>
Tensor<double, 2> IncrementalPca<Scalar>::joined(const Tensor<double, 2>& centered,
                                                 const Tensor<double, 1>& batch_means) const {
  if (model_.num_samples == 0) return centered;
  const Index kept = components_.extent(0);
  const auto before = static_cast<double>(model_.num_samples);
  const auto now = static_cast<double>(centered.extent(0));
  Tensor<double, 2> rows({kept + centered.extent(0) + 1, centered.extent(1)});
  for (Index i = 0; i < kept; ++i) rows.vector(i) = singular_values_(i) * components_.vector(i);
  rows.matrix().middleRows(kept, centered.extent(0)) = centered.matrix();
  rows.vector(rows.extent(0) - 1) =
      std::sqrt(before / (before + now) * now) * (mean_.vector() - batch_means.vector());
  return rows;
}

template <class Scalar>
IncrementalPca<Scalar>& IncrementalPca<Scalar>::partial_fit(TensorView<const Scalar, 2> x) {
  const bool is_first = model_.num_samples == 0;
  const Index count = !is_first                        ? components_.extent(0)
                      : options_.n_components.is_all() ? std::min(x.extent(0), x.extent(1))
                                                       : options_.n_components.resolve({});
  check_batch(x, count);
  const Tensor<double, 1> batch_means = detail::column_means(x);
  const Tensor<double, 2> centered = detail::standardized(x, batch_means, 1.0);
  const detail::PrincipalAxes<double> axes =
      detail::leading_axes<double>(joined(centered, batch_means), count, options_.executor);

  const auto before = static_cast<double>(model_.num_samples);
  const auto now = static_cast<double>(x.extent(0));
  const double total = before + now;
  Tensor<double, 1> sums(x.extent(1));  // of squared deviations from the mean of all
  for (Index row = 0; row < x.extent(0); ++row)
    sums.vector().array() += centered.vector(row).array().square();
  if (is_first) {
    mean_ = batch_means;
  } else {
    const Tensor<double, 1> step(batch_means.vector() - mean_.vector());
    sums.vector().array() += variance_.vector().array() * before +
                             step.vector().array().square() * (before * now / total);
    mean_.vector() += step.vector() * (now / total);
  }
  variance_ = Tensor<double, 1>(sums.vector() / total);
  model_.num_samples += x.extent(0);
  keep(axes, count, x.extent(0));
  return *this;
}

template <class Scalar>
void IncrementalPca<Scalar>::keep(const detail::PrincipalAxes<double>& axes, Index count,
                                  Index batch_size) {
  components_ = Tensor<double, 2>(axes.components.slice(0, 0, count));
  singular_values_ = Tensor<double, 1>(count);
  for (Tensor<Scalar, 1>* vector : {&model_.singular_values, &model_.explained_variance,
                                    &model_.explained_variance_ratio, &model_.whitening})
    *vector = Tensor<Scalar, 1>(count);
  const auto samples = static_cast<double>(model_.num_samples);
  const double divisor = std::max(1.0, samples - 1);
  const double total = variance_.vector().sum() * samples;
  const double noise = 16 * static_cast<double>(std::numeric_limits<Scalar>::epsilon()) *
                       std::sqrt(static_cast<double>(mean_.size()));
  for (Index i = 0; i < count; ++i) {
    components_.vector(i) *= detail::sign_of_largest<double>(components_[i]);
    const double value = singular_values_(i) = axes.singular_values[static_cast<std::size_t>(i)];
    model_.singular_values(i) = static_cast<Scalar>(value);
    model_.explained_variance(i) = static_cast<Scalar>(value * value / divisor);
    if (total > 0) model_.explained_variance_ratio(i) = static_cast<Scalar>(value * value / total);
    if (value > noise * axes.singular_values[0])
      model_.whitening(i) = static_cast<Scalar>(std::sqrt(divisor) / value);
  }
  model_.mean = cast<Scalar, double, 1>(mean_);
  model_.components = cast<Scalar, double, 2>(components_);
  model_.noise_variance = 0;
  const auto num_values = static_cast<Index>(axes.singular_values.size());
  if (count == batch_size || count == mean_.size() || count == num_values) return;
  double discarded = 0;
  for (Index i = count; i < num_values; ++i)
    discarded += std::pow(axes.singular_values[static_cast<std::size_t>(i)], 2) / divisor;
  model_.noise_variance = static_cast<Scalar>(discarded / static_cast<double>(num_values - count));
}

}  // namespace eigenhead
