#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"

#include <cstdint>
#include <type_traits>
#include <vector>

namespace eigenhead {

/// How many principal components are kept.
///
/// An integer converts, `Pca<float>(2)`; every other meaning has a name. A floating-point number
/// does not convert, so that `0.95` and `1` can never be taken for each other's kind.
class NumComponents {
 public:
  /// As many as there are: min(n_samples, n_features).
  static NumComponents all() { return {Kind::all, 0, 0}; }

  /// `count` components, 0 <= count <= min(n_samples, n_features). Throws ValueError when negative;
  /// Pca::fit refuses a count that is too large.
  static NumComponents exactly(Index count) {
    check<ValueError>(count >= 0, "NumComponents::exactly: count must be >= 0", "count", count);
    return {Kind::exactly, count, 0};
  }

  /// The first k whose explained variance ratios sum to strictly more than `fraction`; all when
  /// rounding leaves no such k. Throws ValueError unless 0 < fraction < 1.
  static NumComponents explaining(double fraction) {
    check<ValueError>(fraction > 0 && fraction < 1,
                      "NumComponents::explaining: fraction must be inside (0, 1)", "fraction",
                      fraction);
    return {Kind::explaining, 0, fraction};
  }

  /// As many as Minka's Bayesian model selection finds (2000), at least one: scikit-learn's "mle".
  /// Needs n_samples >= n_features >= 2.
  static NumComponents mle() { return {Kind::mle, 0, 0}; }

  /// NumComponents::exactly(count)
  template <class Integer,
            class = std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>>>
  NumComponents(Integer count) : NumComponents(exactly(static_cast<Index>(count))) {}
  NumComponents(bool) = delete;
  NumComponents(double) = delete;

  /// False only for exactly(count) with count > limit.
  bool fits(Index limit) const { return kind_ != Kind::exactly || count_ <= limit; }

  bool is_exact() const { return kind_ == Kind::exactly; }
  bool is_all() const { return kind_ == Kind::all; }
  bool is_mle() const { return kind_ == Kind::mle; }

  /// The number that is kept, unless is_mle(), of components with these explained variance ratios,
  /// largest first.
  Index resolve(const std::vector<double>& ratios) const {
    const auto limit = static_cast<Index>(ratios.size());
    if (kind_ == Kind::exactly) return count_;
    if (kind_ != Kind::explaining) return limit;
    double explained = 0;
    for (Index kept = 0; kept < limit; ++kept) {
      explained += ratios[static_cast<std::size_t>(kept)];
      if (explained > fraction_) return kept + 1;
    }
    return limit;
  }

 private:
  enum class Kind { all, exactly, explaining, mle };

  NumComponents(Kind kind, Index count, double fraction)
      : kind_(kind), count_(count), fraction_(fraction) {}

  Kind kind_;
  Index count_;
  double fraction_;
};

/// How the components are computed; all but `randomized` are exact up to rounding.
enum class PcaSolver {
  /// What suits the shape: covariance_eigh when n_features <= 1000 and n_samples >= 10 *
  /// n_features;
  /// else top_k for an exact number of components below 0.8 min(n_samples, n_features) when one
  /// extent exceeds 500; else full. As scikit-learn >= 1.5, whose randomized solver top_k replaces.
  automatic,
  /// SVD of the centred samples, always in double: small components are as exact as large ones.
  full,
  /// Eigenvectors of the covariance, or of the inner products of samples when those are fewer than
  /// features. Singular values below 6e-8 (float samples: 1e-3) of the largest are rounding.
  covariance_eigh,
  /// Only the wanted components, by block Lanczos until their residuals are rounding, or as
  /// covariance_eigh where that is cheaper; with its limit. For an exact number of components.
  top_k,
  /// Halko, Martinsson and Tropp's approximation with the generator, the iterations and so the
  /// numbers of scikit-learn. Small components of slowly falling spectra are inexact. For an exact
  /// number of components, at least one.
  randomized,
};

/// Which entry of largest magnitude is made positive; the first one on ties.
enum class PcaSign {
  v_based,  ///< that of each component: scikit-learn >= 1.5
  u_based,  ///< that of each component's scores, so a sample decides: scikit-learn <= 1.4
  none,     ///< signs stay as the solver leaves them
};

struct PcaOptions {
  NumComponents n_components = NumComponents::all();
  PcaSolver solver = PcaSolver::automatic;
  bool whiten = false;  ///< true: transform gives scores of unit variance
  PcaSign sign = PcaSign::v_based;
  std::int64_t seed = 0;         ///< of PcaSolver::randomized: random_state of scikit-learn
  Executor* executor = nullptr;  ///< where the work runs; null: on the calling thread. Must live as
                                 ///< long as the Pca is used
};

}  // namespace eigenhead
