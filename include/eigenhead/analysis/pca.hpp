#pragma once

#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/analysis/detail/covariance_eigh_solver.hpp"
#include "eigenhead/analysis/detail/full_solver.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/times_transposed.hpp"
#include "eigenhead/analysis/pca_options.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {

/// What Pca::fit finds: everything that transform needs, to be stored and restored.
template <class Scalar>
struct PcaModel {
  Tensor<Scalar, 1> mean;                      ///< [p]
  Tensor<Scalar, 2> components;                ///< [k, p], orthonormal rows
  Tensor<Scalar, 1> singular_values;           ///< [k]
  Tensor<Scalar, 1> explained_variance;        ///< [k]
  Tensor<Scalar, 1> explained_variance_ratio;  ///< [k]
  Tensor<Scalar, 1> whitening;                 ///< [k], 1 / sqrt(explained variance); 0 for noise
  Scalar noise_variance = 0;
  Index num_samples = 0;  ///< 0: not fitted
};

/// Principal component analysis: the orthogonal directions of largest variance of centred samples.
///
///     Pca<float> pca(2);                                     // keep two components
///     Tensor<float, 2> points = pca.fit_transform(states);   // [n_samples, 2], ready to plot
///
/// Samples are rows and are centred, never scaled. Results follow sklearn.decomposition.PCA >= 1.5
/// with svd_solver full or covariance_eigh (its randomized solver is replaced by the exact one),
/// sign rule included. Letters: n = num_samples, p = num_features, k = n_components().
///
/// Numerics: fit centres first, so that a large offset does not cancel, and works in double for
/// float samples too; results are rounded to Scalar, and transform and inverse_transform work in
/// Scalar. Where the variance is zero, directions are any orthonormal completion. When all samples
/// are equal, every variance and ratio is 0 (scikit-learn: NaN ratios) and the components are unit
/// vectors.
template <class Scalar>
class Pca {
  static_assert(std::is_floating_point_v<Scalar>, "eigenhead: Pca takes float or double samples");

 public:
  explicit Pca(const PcaOptions& options = {}) : options_(options) {}
  explicit Pca(NumComponents n_components) { options_.n_components = n_components; }

  /// A fitted Pca from a stored model; of the options only whiten matters then. Throws ShapeError
  /// when the tensors do not fit each other, ValueError unless num_samples >= 2.
  Pca(PcaModel<Scalar> model, const PcaOptions& options);

  /// Finds the components of `x` [n, p] and returns *this.
  ///
  /// Throws ShapeError unless n >= 2 and p >= 1; ValueError when x has NaN or an infinity (naming
  /// the first place), when its squares overflow Scalar, or when more than min(n, p) components are
  /// wanted. A failed fit changes nothing. Cost: full n p min(n, p) + about 30 min(n, p)^3
  /// operations, covariance_eigh n p^2 + about 9 p^3.
  Pca& fit(TensorView<const Scalar, 2> x);

  /// fit(x).transform(x): the scores U S (whitened: U sqrt(n - 1)), [n, k].
  Tensor<Scalar, 2> fit_transform(TensorView<const Scalar, 2> x) { return fit(x).transform(x); }

  /// The scores (x - mean) components^T of `x` [any number, p], [rows of x, k].
  ///
  /// With whiten each score is divided by the square root of its explained variance; where that is
  /// rounding noise the score becomes 0 instead. Throws ValueError before fit or when x is not
  /// finite, ShapeError when x has another number of features than the samples of fit.
  Tensor<Scalar, 2> transform(TensorView<const Scalar, 2> x) const;

  /// The samples whose scores are `scores` [any number, k]: scores components + mean, [rows, p];
  /// with whiten the scores are multiplied by the square root of the explained variance first.
  /// Exact when all components are kept. Throws as transform does.
  Tensor<Scalar, 2> inverse_transform(TensorView<const Scalar, 2> scores) const;

  /// Whether fit has succeeded; all accessors below throw ValueError before.
  bool is_fitted() const { return model_.num_samples > 0; }

  /// [k, p], orthonormal rows, largest variance first
  const Tensor<Scalar, 2>& components() const { return fitted("components").model_.components; }
  /// [p]
  const Tensor<Scalar, 1>& mean() const { return fitted("mean").model_.mean; }
  /// [k], singular_values^2 / (n - 1)
  const Tensor<Scalar, 1>& explained_variance() const {
    return fitted("explained_variance").model_.explained_variance;
  }
  /// [k], shares of the variance of all components, kept or not
  const Tensor<Scalar, 1>& explained_variance_ratio() const {
    return fitted("explained_variance_ratio").model_.explained_variance_ratio;
  }
  /// [k], lengths of the columns of the unwhitened scores
  const Tensor<Scalar, 1>& singular_values() const {
    return fitted("singular_values").model_.singular_values;
  }
  /// Mean of the min(n, p) - k explained variances that are not kept; 0 when all are.
  Scalar noise_variance() const { return fitted("noise_variance").model_.noise_variance; }
  Index n_components() const { return fitted("n_components").model_.components.extent(0); }
  Index num_features() const { return fitted("num_features").model_.mean.extent(0); }
  Index num_samples() const { return fitted("num_samples").model_.num_samples; }
  const PcaOptions& options() const { return options_; }
  /// All of the above at once.
  const PcaModel<Scalar>& model() const { return fitted("model").model_; }

 private:
  const Pca& fitted(std::string_view function) const;
  void keep(const detail::PrincipalAxes<double>& axes);
  void fix_signs(TensorView<const Scalar, 2> x);

  // Rounding of samples [n, p] moves singular values by at most epsilon / 2 * sqrt(min(n, p)) of
  // the largest; 32 times that is surely above it.
  static constexpr double kRoundingNoise = 16.0 * std::numeric_limits<Scalar>::epsilon();

  PcaOptions options_;
  PcaModel<Scalar> model_;
};

namespace detail {

/// Sum of squares [p, p] of (x - means) / scale, x [n, p], without a copy of x.
template <class Scalar>
Tensor<double, 2> standardized_gram(TensorView<const Scalar, 2> x, const Tensor<double, 1>& means,
                                    double scale) {
  constexpr Index kRows = 1024;
  Tensor<double, 2> gram({x.extent(1), x.extent(1)});
  for (Index begin = 0; begin < x.extent(0); begin += kRows) {
    const Index end = std::min(begin + kRows, x.extent(0));
    const Tensor<double, 2> rows = standardized(x.slice(0, begin, end), means, scale);
    const Tensor<double, 2> columns(rows.transpose(0, 1));
    gram.matrix() += times_transposed<double>(columns, columns).matrix();
  }
  return gram;
}

/// Principal axes of x [n, p] by the solver that `wanted` means for this shape; `largest_deviation`
/// is max |x - means|.
template <class Scalar>
PrincipalAxes<double> principal_axes(TensorView<const Scalar, 2> x, const Tensor<double, 1>& means,
                                     double largest_deviation, PcaSolver wanted) {
  const Index n = x.extent(0);
  const Index p = x.extent(1);
  if (largest_deviation == 0)
    return {ColumnVector<double>::Zero(std::min(n, p)),
            ColumnMatrix<double>::Identity(p, std::min(n, p))};
  const bool is_long = wanted == PcaSolver::covariance_eigh ? n >= p : p <= 1000 && n >= 10 * p;
  PrincipalAxes<double> result =
      wanted != PcaSolver::full && is_long
          ? covariance_eigh_solver(standardized_gram(x, means, largest_deviation))
          : full_solver(standardized(x, means, largest_deviation));
  result.singular_values *= largest_deviation;
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

}  // namespace detail

template <class Scalar>
Pca<Scalar>::Pca(PcaModel<Scalar> model, const PcaOptions& options)
    : options_(options), model_(std::move(model)) {
  const Shape<1> kept{model_.components.extent(0)};
  check<ValueError>(model_.num_samples >= 2, "Pca: num_samples must be >= 2", "num_samples",
                    model_.num_samples);
  check<ShapeError>(
      model_.mean.extent(0) == model_.components.extent(1) &&
          model_.singular_values.shape() == kept && model_.explained_variance.shape() == kept &&
          model_.explained_variance_ratio.shape() == kept && model_.whitening.shape() == kept,
      "Pca: the tensors of a model must fit its components [k, p]", "components",
      model_.components.shape(), "mean", model_.mean.shape(), "singular_values",
      model_.singular_values.shape(), "explained_variance", model_.explained_variance.shape(),
      "explained_variance_ratio", model_.explained_variance_ratio.shape(), "whitening",
      model_.whitening.shape());
}

template <class Scalar>
Pca<Scalar>& Pca<Scalar>::fit(TensorView<const Scalar, 2> x) {
  check<ShapeError>(x.extent(0) >= 2 && x.extent(1) >= 1,
                    "Pca::fit: x must have at least 2 samples (rows) and 1 feature (column)", "x",
                    x.shape());
  check<ValueError>(options_.n_components.fits(std::min(x.extent(0), x.extent(1))),
                    "Pca::fit: n_components must be <= min(n_samples, n_features)", "n_components",
                    options_.n_components.resolve({}), "x", x.shape());
  detail::check_finite(x, "Pca::fit: x");
  const Tensor<double, 1> means = detail::column_means(x);
  const detail::Deviation deviation = detail::deviation(x, means);
  const auto sum_of_squares = static_cast<Scalar>(deviation.sum_of_squares);
  check<ValueError>(std::isfinite(sum_of_squares),
                    "Pca::fit: x must have squares whose sum its type can hold", "sum of squares",
                    sum_of_squares, "divide x by a constant first");

  Pca result(options_);
  result.model_.num_samples = x.extent(0);
  result.model_.mean = cast<Scalar>(means);
  result.keep(detail::principal_axes(x, means, deviation.largest, options_.solver));
  result.fix_signs(x);
  return *this = std::move(result);
}

template <class Scalar>
void Pca<Scalar>::keep(const detail::PrincipalAxes<double>& axes) {
  const detail::ColumnVector<double>& values = axes.singular_values;
  // Divided by the largest before squaring: ratios survive where variances underflow.
  std::vector<double> ratios(values.begin(), values.end());
  double sum = 0;
  if (values[0] > 0) {
    for (double& ratio : ratios) sum += (ratio = std::pow(ratio / values[0], 2));
    for (double& ratio : ratios) ratio /= sum;
  }

  const Index kept = options_.n_components.resolve(ratios);
  const auto divisor = static_cast<double>(model_.num_samples - 1);
  const double noise =
      std::max(axes.noise_level, kRoundingNoise * std::sqrt(double(values.size())));
  model_.components = axes.axes.leftCols(kept).transpose().template cast<Scalar>();
  for (Tensor<Scalar, 1>* vector : {&model_.singular_values, &model_.explained_variance,
                                    &model_.explained_variance_ratio, &model_.whitening})
    *vector = Tensor<Scalar, 1>(kept);
  for (Index i = 0; i < kept; ++i) {
    model_.singular_values(i) = static_cast<Scalar>(values[i]);
    model_.explained_variance(i) = static_cast<Scalar>(values[i] * values[i] / divisor);
    model_.explained_variance_ratio(i) = static_cast<Scalar>(ratios[static_cast<std::size_t>(i)]);
    if (values[i] > noise * values[0])
      model_.whitening(i) = static_cast<Scalar>(std::sqrt(divisor) / values[i]);
  }
  if (kept < values.size())
    model_.noise_variance =
        static_cast<Scalar>(values.tail(values.size() - kept).cwiseAbs2().mean() / divisor);
}

template <class Scalar>
void Pca<Scalar>::fix_signs(TensorView<const Scalar, 2> x) {
  if (options_.sign == PcaSign::none) return;
  const bool is_v_based = options_.sign == PcaSign::v_based;
  const Tensor<Scalar, 2> scores = is_v_based ? Tensor<Scalar, 2>() : transform(x);
  for (Index i = 0; i < model_.components.extent(0); ++i) {
    const Tensor<Scalar, 1> decisive(is_v_based ? model_.components.select(0, i)
                                                : scores.select(1, i));
    model_.components.vector(i) *= detail::sign_of_largest<Scalar>(decisive);
  }
}

template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::transform(TensorView<const Scalar, 2> x) const {
  fitted("transform");
  check<ShapeError>(x.extent(1) == model_.mean.extent(0),
                    "Pca::transform: x must have the number of features (columns) of fit", "x",
                    x.shape(), "features of fit", model_.mean.extent(0));
  detail::check_finite(x, "Pca::transform: x");
  Tensor<Scalar, 2> centered(x);
  centered.matrix().rowwise() -= model_.mean.vector();
  auto scores = detail::times_transposed<Scalar>(centered, model_.components);
  if (options_.whiten) scores.matrix() *= model_.whitening.vector().asDiagonal();
  return scores;
}

template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::inverse_transform(TensorView<const Scalar, 2> scores) const {
  fitted("inverse_transform");
  check<ShapeError>(scores.extent(1) == model_.components.extent(0),
                    "Pca::inverse_transform: scores must have a column for each component",
                    "scores", scores.shape(), "components", model_.components.extent(0));
  detail::check_finite(scores, "Pca::inverse_transform: scores");
  Tensor<Scalar, 2> unwhitened(scores);
  if (options_.whiten)
    unwhitened.matrix() *= model_.explained_variance.vector().cwiseSqrt().asDiagonal();
  const Tensor<Scalar, 2> axes(model_.components.transpose(0, 1));  // [p, k]
  auto samples = detail::times_transposed<Scalar>(unwhitened, axes);
  samples.matrix().rowwise() += model_.mean.vector();
  return samples;
}

template <class Scalar>
const Pca<Scalar>& Pca<Scalar>::fitted(std::string_view function) const {
  if (!is_fitted())
    fail<ValueError>("Pca::", function, ": fit must be called first; got a model without data");
  return *this;
}

}  // namespace eigenhead
