#pragma once

#include "eigenhead/analysis/detail/block_krylov.hpp"
#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/analysis/detail/leading_axes.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/projection.hpp"
#include "eigenhead/analysis/detail/randomized_solver.hpp"
#include "eigenhead/analysis/detail/symmetric_eigensolver.hpp"
#include "eigenhead/analysis/detail/times.hpp"
#include "eigenhead/analysis/detail/top_k_solver.hpp"
#include "eigenhead/analysis/pca.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace eigenhead {

struct TruncatedSvdOptions {
  Index n_components = 2;
  /// true: scikit-learn's default algorithm and its numbers; false: exact, its algorithm "arpack"
  bool is_randomized = false;
  int num_iterations = 5;        ///< of the randomized algorithm
  std::int64_t seed = 0;         ///< of the randomized algorithm: random_state of scikit-learn
  Executor* executor = nullptr;  ///< as in PcaOptions
};

/// The first singular vectors of samples that are not centred (latent semantic analysis).
///
/// Follows sklearn.decomposition.TruncatedSVD >= 1.5: transform is x components^T;
/// explained_variance is the variance of its columns, divided by n, and the ratio is that over the
/// variance of all features. Signs are v_based. Letters: n samples, p features, k components.
template <class Scalar>
class TruncatedSvd {
 public:
  /// Throws ValueError unless n_components >= 1.
  explicit TruncatedSvd(const TruncatedSvdOptions& options = {}) : options_(options) {
    check<ValueError>(options.n_components >= 1, "TruncatedSvd: n_components must be >= 1",
                      "n_components", options.n_components);
  }

  /// Finds the components of `x` [n, p] and returns *this. Throws ValueError when x has NaN or an
  /// infinity or when k > min(n, p); a failed fit changes nothing.
  TruncatedSvd& fit(TensorView<const Scalar, 2> x) {
    fit_transform(x);
    return *this;
  }

  /// The scores x components^T, [n, k].
  Tensor<Scalar, 2> fit_transform(TensorView<const Scalar, 2> x);

  /// The scores of `x` [any number, p], [rows of x, k]. Throws ValueError before fit or when x is
  /// not finite, ShapeError when x has another number of features than the samples of fit.
  Tensor<Scalar, 2> transform(TensorView<const Scalar, 2> x) const;

  /// scores components, [rows of scores, p]. Throws as transform does.
  Tensor<Scalar, 2> inverse_transform(TensorView<const Scalar, 2> scores) const;

  const Tensor<Scalar, 2>& components() const { return components_; }            ///< [k, p]
  const Tensor<Scalar, 1>& singular_values() const { return singular_values_; }  ///< [k]
  const Tensor<Scalar, 1>& explained_variance() const { return variance_; }      ///< [k]
  const Tensor<Scalar, 1>& explained_variance_ratio() const { return ratio_; }   ///< [k]

 private:
  detail::PrincipalAxes<double> solve(TensorView<const Scalar, 2> x) const;
  void check_fitted(std::string_view function) const;

  TruncatedSvdOptions options_;
  Tensor<Scalar, 2> components_;
  Tensor<Scalar, 1> singular_values_, variance_, ratio_;
};

template <class Scalar>
detail::PrincipalAxes<double> TruncatedSvd<Scalar>::solve(TensorView<const Scalar, 2> x) const {
  const Index count = options_.n_components;
  detail::PrincipalAxes<double> axes;
  if (options_.is_randomized) {
    detail::RandomizedOptions randomized;
    randomized.count = count;
    randomized.num_iterations = options_.num_iterations;
    randomized.seed = options_.seed;
    randomized.executor = options_.executor;
    detail::RandomizedSvd<Scalar> svd(x, randomized);
    axes.singular_values = std::move(svd.values);
    axes.components = std::move(svd.right);
    return axes;
  }
  detail::SymmetricEigen<double> found;
  if (x.extent(0) >= x.extent(1) &&
      detail::krylov_eigen<Scalar>(x, count, options_.executor, found)) {
    axes.singular_values = detail::singular_values_of(found.values);
    axes.components = std::move(found.vectors);
    return axes;
  }
  return detail::leading_axes<double>(cast<double, Scalar, 2>(x), count, options_.executor);
}

template <class Scalar>
Tensor<Scalar, 2> TruncatedSvd<Scalar>::fit_transform(TensorView<const Scalar, 2> x) {
  const Index count = options_.n_components;
  check<ValueError>(count <= std::min(x.extent(0), x.extent(1)),
                    "TruncatedSvd::fit: n_components must be <= min(n_samples, n_features)",
                    "n_components", count, "x", x.shape());
  detail::check_finite(x, "TruncatedSvd::fit: x");
  const detail::PrincipalAxes<double> axes = solve(x);
  TruncatedSvd result(options_);
  result.components_ = cast<Scalar, double, 2>(axes.components.slice(0, 0, count));
  result.singular_values_ = result.variance_ = result.ratio_ = Tensor<Scalar, 1>(count);
  for (Index i = 0; i < count; ++i) {
    result.singular_values_(i) =
        static_cast<Scalar>(axes.singular_values[static_cast<std::size_t>(i)]);
    result.components_.vector(i) *= detail::sign_of_largest<Scalar>(result.components_[i]);
  }
  Tensor<Scalar, 2> scores = result.transform(x);
  const double samples = static_cast<double>(x.extent(0));
  const double total = detail::deviation(x, detail::column_means(x)).sum_of_squares / samples;
  for (Index i = 0; i < count; ++i) {
    const TensorView<const Scalar, 2> column = std::as_const(scores).slice(1, i, i + 1);
    const double variance =
        detail::deviation(column, detail::column_means(column)).sum_of_squares / samples;
    result.variance_(i) = static_cast<Scalar>(variance);
    if (total > 0) result.ratio_(i) = static_cast<Scalar>(variance / total);
  }
  *this = std::move(result);
  return scores;
}

template <class Scalar>
void TruncatedSvd<Scalar>::check_fitted(std::string_view function) const {
  if (components_.extent(0) == 0)
    fail<ValueError>("TruncatedSvd::", function, ": fit must be called first; got components 0");
}

template <class Scalar>
Tensor<Scalar, 2> TruncatedSvd<Scalar>::transform(TensorView<const Scalar, 2> x) const {
  check_fitted("transform");
  if (x.extent(1) != components_.extent(1))
    fail<ShapeError>("TruncatedSvd::transform: x must have the number of features (columns) of fit",
                     "; got ", x.shape(), ", components ", components_.shape());
  Tensor<Scalar, 2> scores({x.extent(0), components_.extent(0)});
  detail::Projection<Scalar> projection;
  projection.components = components_;
  projection.executor = options_.executor;
  detail::project<Scalar>(x, projection, scores);
  detail::check_finite_scores<Scalar>(x, scores, "TruncatedSvd::transform: x");
  return scores;
}

template <class Scalar>
Tensor<Scalar, 2> TruncatedSvd<Scalar>::inverse_transform(
    TensorView<const Scalar, 2> scores) const {
  check_fitted("inverse_transform");
  if (scores.extent(1) != components_.extent(0))
    fail<ShapeError>(
        "TruncatedSvd::inverse_transform: scores must have a column for each component", "; got ",
        scores.shape(), ", components ", components_.shape());
  detail::check_finite(scores, "TruncatedSvd::inverse_transform: scores");
  return detail::times<Scalar>(scores, components_, options_.executor);
}

}  // namespace eigenhead
