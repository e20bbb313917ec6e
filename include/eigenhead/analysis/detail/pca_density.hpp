#pragma once

#include "eigenhead/analysis/detail/times.hpp"
#include "eigenhead/analysis/pca_model.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace eigenhead::detail {

/// A PCA model as a normal distribution: the variance is its own along each component, and the
/// noise variance in all other directions (Tipping and Bishop 1999). A template, so that it is
/// compiled only where it is used; Pca takes double.
template <class Scalar>
class Density {
 public:
  /// With whiten, what exceeds the noise is multiplied with explained_variance, as scikit-learn
  /// does.
  template <class Sample>
  Density(const PcaModel<Sample>& model, bool whiten)
      : components_(cast<Scalar, Sample, 2>(model.components)),
        variances_(cast<Scalar, Sample, 1>(model.explained_variance)),
        noise_(static_cast<Scalar>(model.noise_variance)) {
    for (Scalar& variance : variances_)
      variance = noise_ + std::max(variance - noise_, Scalar(0)) * (whiten ? variance : Scalar(1));
  }

  /// Throws ValueError, naming `function`, unless the covariance has an inverse.
  void check_inverse(std::string_view function) const {
    if ((num_rest() == 0 || noise_ > 0) && (variances_.vector().array() > 0).all()) return;
    fail<ValueError>(function, ": the variance must be > 0 in every direction; got noise_variance ",
                     noise_, ", components ", components_.shape());
  }

  /// [p, p]
  Tensor<Scalar, 2> covariance(Executor* executor) const {
    return matrix(Tensor<Scalar, 1>((variances_.vector().array() - noise_).matrix()), noise_,
                  executor);
  }

  /// Its inverse, [p, p].
  Tensor<Scalar, 2> precision(Executor* executor) const {
    const Scalar rest = noise_ > 0 ? 1 / noise_ : 0;
    return matrix(Tensor<Scalar, 1>((variances_.vector().array().inverse() - rest).matrix()), rest,
                  executor);
  }

  /// The logarithm of the density of each row of `centered` [n, p], [n].
  Tensor<Scalar, 1> logarithms(Tensor<Scalar, 2> centered, Executor* executor) const {
    const auto rest = static_cast<Scalar>(num_rest());
    Scalar log_determinant = variances_.vector().array().log().sum();
    if (rest > 0) log_determinant += rest * std::log(noise_);
    const Scalar constant =
        static_cast<Scalar>(centered.extent(1)) * std::log(2 * std::acos(Scalar(-1))) +
        log_determinant;
    const Tensor<Scalar, 2> scores = times<Scalar>(centered, components_.transpose(0, 1), executor);
    centered.matrix() -= times<Scalar>(scores, components_, executor).matrix();
    Tensor<Scalar, 1> result(centered.extent(0));
    for (Index row = 0; row < result.size(); ++row) {
      Scalar distance = (scores.vector(row).array().square() / variances_.vector().array()).sum();
      if (rest > 0) distance += centered.vector(row).squaredNorm() / noise_;
      result(row) = -(constant + distance) / 2;
    }
    return result;
  }

 private:
  Index num_rest() const { return components_.extent(1) - components_.extent(0); }

  /// components^T diag(excess) components + rest I
  Tensor<Scalar, 2> matrix(const Tensor<Scalar, 1>& excess, Scalar rest, Executor* executor) const {
    const Tensor<Scalar, 2> scaled(excess.vector().asDiagonal() * components_.matrix());
    Tensor<Scalar, 2> result = times<Scalar>(components_.transpose(0, 1), scaled, executor);
    result.matrix().diagonal().array() += rest;
    return result;
  }

  Tensor<Scalar, 2> components_;  // [k, p]
  Tensor<Scalar, 1> variances_;   // [k]
  Scalar noise_;
};

}  // namespace eigenhead::detail
