#pragma once

#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/analysis/detail/fit_axes.hpp"
#include "eigenhead/analysis/detail/minka.hpp"
#include "eigenhead/analysis/detail/pca_density.hpp"
#include "eigenhead/analysis/detail/projection.hpp"
#include "eigenhead/analysis/moment_accumulator.hpp"
#include "eigenhead/analysis/pca_model.hpp"
#include "eigenhead/analysis/pca_options.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {

/// Principal component analysis: the orthogonal directions of largest variance of centred samples.
///
///     Pca<float> pca(2);                                     // keep two components
///     Tensor<float, 2> points = pca.fit_transform(states);   // [n_samples, 2], ready to plot
///
/// Samples are rows and are centred, never scaled. Results follow sklearn.decomposition.PCA >= 1.5,
/// sign rule included; where it would approximate by default, top_k is exact. Letters: n =
/// num_samples, p = num_features, k = n_components().
///
/// Numerics: fit centres first, so that a large offset does not cancel. Products of float samples
/// are computed in float, except by PcaSolver::full; eigenvectors always in double. Where the
/// variance is zero, directions are any orthonormal completion. When all samples are equal, every
/// variance and ratio is 0 (scikit-learn: NaN ratios) and the components are unit vectors.
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
  /// the first place), when its squares overflow Scalar, when more than min(n, p) components are
  /// wanted, or when the solver cannot find n_components. A failed fit changes nothing. Cost, with
  /// m = min(n, p): covariance_eigh n p m + some 4 m^3 multiply-adds, full about twice that and
  /// slower ones, top_k some 10 to 20 products of x with k or more vectors.
  Pca& fit(TensorView<const Scalar, 2> x);

  /// Finds the components of samples that were added up, of one or many shards, by covariance_eigh;
  /// returns *this. Throws ShapeError unless there were 2 samples and scatter is [p, p], ValueError
  /// as fit does (mean and scatter must be finite), and when the sign rule is u_based, which needs
  /// samples.
  Pca& fit(const Moments& moments);

  /// fit(x).transform(x), up to rounding: the scores U S (whitened: U sqrt(n - 1)), [n, k].
  Tensor<Scalar, 2> fit_transform(TensorView<const Scalar, 2> x);

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

  /// The logarithm of the density of each row of `x` [any number, p] under the fitted model, a
  /// normal distribution with covariance(), [rows of x]; scikit-learn's score_samples, whose mean
  /// is its score. Throws as transform does, and ValueError when the covariance has no inverse.
  Tensor<Scalar, 1> score_samples(TensorView<const Scalar, 2> x) const;

  /// components^T diag(max(explained_variance - noise_variance, 0)) components + noise_variance I,
  /// [p, p]: equal to the sample covariance when all components are kept. With whiten, components
  /// are multiplied with the square root of explained_variance first, as in scikit-learn.
  Tensor<Scalar, 2> covariance() const;

  /// The inverse of covariance(), [p, p]. Throws ValueError when there is none: fewer than p
  /// components, and nothing left for noise.
  Tensor<Scalar, 2> precision() const;

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
  void check_samples(const Shape<2>& shape) const;
  void keep(const detail::FitAxes<Scalar>& fit, const Shape<2>& shape);
  Tensor<Scalar, 1> signs(TensorView<const Scalar, 2> x) const;
  Tensor<Scalar, 2> scores_of(TensorView<const Scalar, 2> x) const;
  void check_features(TensorView<const Scalar, 2> x, std::string_view function) const;
  Tensor<Scalar, 2> fit_and_score(TensorView<const Scalar, 2> x, bool wants_scores);

  // Rounding of samples [n, p] moves singular values by at most epsilon / 2 * sqrt(min(n, p)) of
  // the largest; 32 times that is surely above it.
  static constexpr double kRoundingNoise = 16.0 * std::numeric_limits<Scalar>::epsilon();

  PcaOptions options_;
  PcaModel<Scalar> model_;
};

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
void Pca<Scalar>::check_samples(const Shape<2>& shape) const {
  const NumComponents& wanted = options_.n_components;
  check<ShapeError>(shape[0] >= 2 && shape[1] >= 1,
                    "Pca::fit: x must have at least 2 samples (rows) and 1 feature (column)", "x",
                    shape);
  check<ValueError>(wanted.fits(std::min(shape[0], shape[1])),
                    "Pca::fit: n_components must be <= min(n_samples, n_features)", "n_components",
                    wanted.resolve({}), "x", shape);
  check<ValueError>(!wanted.is_mle() || (shape[0] >= shape[1] && shape[1] >= 2),
                    "Pca::fit: x must have as many samples as features, and 2, for mle", "x",
                    shape);
  check<ValueError>(
      options_.solver != PcaSolver::randomized || (wanted.is_exact() && wanted.resolve({}) >= 1),
      "Pca::fit: n_components must be a number >= 1 for the randomized solver", "is a number",
      wanted.is_exact());
}

template <class Scalar>
Pca<Scalar>& Pca<Scalar>::fit(const Moments& moments) {
  const Index num_features = moments.mean.size();
  check_samples({moments.num_samples, num_features});
  check<ShapeError>(moments.scatter.shape() == Shape<2>{num_features, num_features},
                    "Pca::fit: scatter must be [p, p] for a mean [p]", "scatter",
                    moments.scatter.shape(), "mean", moments.mean.shape());
  check<ValueError>(options_.sign != PcaSign::u_based,
                    "Pca::fit: the sign rule must be v_based or none for moments", "is u_based",
                    true);
  for (Index i = 0; i < num_features; ++i)
    if (!std::isfinite(moments.mean(i)))
      fail<ValueError>("Pca::fit: mean must be finite; got ", moments.mean(i), " at ", i);
  detail::check_finite(moments.scatter, "Pca::fit: scatter");
  const detail::FitAxes<Scalar> fit(moments, options_);
  Pca result(options_);
  result.keep(fit, {moments.num_samples, num_features});
  const Tensor<Scalar, 1> signs = result.signs({});
  for (Index i = 0; i < signs.size(); ++i) result.model_.components.vector(i) *= signs(i);
  return *this = std::move(result);
}

template <class Scalar>
Pca<Scalar>& Pca<Scalar>::fit(TensorView<const Scalar, 2> x) {
  fit_and_score(x, false);
  return *this;
}

template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::fit_transform(TensorView<const Scalar, 2> x) {
  return fit_and_score(x, true);
}

template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::fit_and_score(TensorView<const Scalar, 2> x, bool wants_scores) {
  check_samples(x.shape());
  const detail::FitAxes<Scalar> fit(x, options_);
  Pca result(options_);
  result.keep(fit, x.shape());
  const Tensor<Scalar, 1> signs = result.signs(x);
  const Index kept = signs.size();
  for (Index i = 0; i < kept; ++i) result.model_.components.vector(i) *= signs(i);
  *this = std::move(result);
  if (!wants_scores) return {};
  if (fit.axes.scores.is_empty()) return transform(x);
  Tensor<Scalar, 2> scores = cast<Scalar, double, 2>(fit.axes.scores.slice(1, 0, kept));
  scores.matrix() *= signs.vector().asDiagonal();
  if (options_.whiten) scores.matrix() *= model_.whitening.vector().asDiagonal();
  return scores;
}

/// Rounds what was found and keeps as much of it as is wanted.
template <class Scalar>
void Pca<Scalar>::keep(const detail::FitAxes<Scalar>& fit, const Shape<2>& shape) {
  const std::vector<double>& values = fit.axes.singular_values;
  const Index smaller = std::min(shape[0], shape[1]);
  const auto divisor = static_cast<double>(shape[0] - 1);
  // Divided by the largest before squaring: ratios survive where variances underflow.
  std::vector<double> ratios(values.size());
  std::vector<double> variances(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    variances[i] = values[i] * values[i] / divisor;
    if (values[0] > 0) ratios[i] = std::pow(values[i] / values[0], 2) / fit.relative_total;
  }
  const Index kept = options_.n_components.is_mle() ? detail::minka_dimension(variances, shape[0])
                                                    : options_.n_components.resolve(ratios);
  const double noise =
      std::max(fit.axes.noise_level, kRoundingNoise * std::sqrt(static_cast<double>(smaller)));
  model_.num_samples = shape[0];
  model_.mean = cast<Scalar, double, 1>(fit.means);
  model_.components = cast<Scalar, double, 2>(fit.axes.components.slice(0, 0, kept));
  for (Tensor<Scalar, 1>* vector : {&model_.singular_values, &model_.explained_variance,
                                    &model_.explained_variance_ratio, &model_.whitening})
    *vector = Tensor<Scalar, 1>(kept);
  double left = 1;  // of the ratios
  for (Index i = 0; i < kept; ++i) {
    const auto place = static_cast<std::size_t>(i);
    model_.singular_values(i) = static_cast<Scalar>(values[place]);
    model_.explained_variance(i) = static_cast<Scalar>(variances[place]);
    model_.explained_variance_ratio(i) = static_cast<Scalar>(ratios[place]);
    if (values[place] > noise * values[0])
      model_.whitening(i) = static_cast<Scalar>(std::sqrt(divisor) / values[place]);
    left -= ratios[place];
  }
  // What is left, or better, where they are known, the variances themselves.
  double discarded = std::max(0.0, left) * fit.relative_total * variances[0];
  if (static_cast<Index>(values.size()) == smaller)
    discarded = std::accumulate(variances.begin() + kept, variances.end(), 0.0);
  if (kept < smaller)
    model_.noise_variance = static_cast<Scalar>(discarded / static_cast<double>(smaller - kept));
}

/// What each component is to be multiplied with.
template <class Scalar>
Tensor<Scalar, 1> Pca<Scalar>::signs(TensorView<const Scalar, 2> x) const {
  Tensor<Scalar, 1> result(model_.components.extent(0));
  result.fill(1);
  if (options_.sign == PcaSign::none) return result;
  const bool is_v_based = options_.sign == PcaSign::v_based;
  const Tensor<Scalar, 2> scores = is_v_based ? Tensor<Scalar, 2>() : scores_of(x);
  for (Index i = 0; i < result.size(); ++i) {
    const Tensor<Scalar, 1> decisive(is_v_based ? model_.components.select(0, i)
                                                : scores.select(1, i));
    result(i) = detail::sign_of_largest<Scalar>(decisive);
  }
  return result;
}

template <class Scalar>
void Pca<Scalar>::check_features(TensorView<const Scalar, 2> x, std::string_view function) const {
  fitted(function);
  if (x.extent(1) != model_.mean.extent(0))
    fail<ShapeError>("Pca::", function,
                     ": x must have the number of features (columns) of fit; got x ", x.shape(),
                     ", features of fit ", model_.mean.extent(0));
}

/// The scores without whitening.
template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::scores_of(TensorView<const Scalar, 2> x) const {
  constexpr double kSmallMean = 8;  // costs up to three bits of the scores
  Tensor<Scalar, 2> scores({x.extent(0), model_.components.extent(0)});
  detail::Projection<Scalar> projection;
  projection.mean = model_.mean;
  projection.components = model_.components;
  projection.executor = options_.executor;
  if (scores.extent(1) > 0)
    projection.has_small_mean =
        model_.mean.vector().template cast<double>().squaredNorm() <=
        kSmallMean * kSmallMean * static_cast<double>(model_.explained_variance(0));
  detail::project<Scalar>(x, projection, scores);
  return scores;
}

template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::transform(TensorView<const Scalar, 2> x) const {
  check_features(x, "transform");
  Tensor<Scalar, 2> scores = scores_of(x);
  detail::check_finite_scores<Scalar>(x, scores, "Pca::transform: x");
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
  Tensor<Scalar, 2> samples({scores.extent(0), model_.mean.extent(0)});
  MultiplyOptions<Scalar> options;
  options.bias = model_.mean;
  options.executor = options_.executor;
  multiply<Scalar>(unwhitened, PackedMatrix<Scalar>(model_.components.transpose(0, 1)), samples,
                   options);
  return samples;
}

template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::covariance() const {
  const detail::Density<double> density(fitted("covariance").model_, options_.whiten);
  return cast<Scalar, double, 2>(density.covariance(options_.executor));
}

template <class Scalar>
Tensor<Scalar, 2> Pca<Scalar>::precision() const {
  const detail::Density<double> density(fitted("precision").model_, options_.whiten);
  density.check_inverse("Pca::precision");
  return cast<Scalar, double, 2>(density.precision(options_.executor));
}

template <class Scalar>
Tensor<Scalar, 1> Pca<Scalar>::score_samples(TensorView<const Scalar, 2> x) const {
  check_features(x, "score_samples");
  const detail::Density<double> density(model_, options_.whiten);
  density.check_inverse("Pca::score_samples");
  detail::check_finite(x, "Pca::score_samples: x");
  return cast<Scalar, double, 1>(density.logarithms(
      detail::standardized(x, cast<double, Scalar, 1>(model_.mean), 1.0), options_.executor));
}

template <class Scalar>
const Pca<Scalar>& Pca<Scalar>::fitted(std::string_view function) const {
  if (!is_fitted())
    fail<ValueError>("Pca::", function, ": fit must be called first; got a model without data");
  return *this;
}

}  // namespace eigenhead
