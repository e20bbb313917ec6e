#pragma once

#include "eigenhead/core/shape.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace eigenhead::detail {

/// Twice the part of the evidence for `rank` components that depends on how far variances lie
/// apart: the sum over i < rank, j > i of ln((v_i - v_j) (1 / w_j - 1 / w_i)) + ln n, where w are
/// the variances v with those from `rank` on replaced by `noise`.
inline double log_distances(const std::vector<double>& variances, std::size_t rank, double noise,
                            double num_samples) {
  const double log_samples = std::log(num_samples);
  double sum = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    for (std::size_t j = i + 1; j < variances.size(); ++j) {
      const double other = j < rank ? variances[j] : noise;
      sum += std::log((variances[i] - variances[j]) * (1 / other - 1 / variances[i])) + log_samples;
    }
  }
  return sum;
}

/// The number of components, 1 to p - 1, that Bayesian model selection prefers.
///
/// @param variances    all p explained variances, largest first, p >= 2
/// @param num_samples  n >= p
///
/// Minka 2000, "Automatic choice of dimensionality for PCA", as scikit-learn evaluates it.
inline Index minka_dimension(const std::vector<double>& variances, Index num_samples) {
  constexpr double kSmallest = 1e-15;
  const double log_pi = std::log(std::acos(-1.0));
  const auto p = static_cast<double>(variances.size());
  const auto n = static_cast<double>(num_samples);
  double log_gammas = 0;
  double log_variances = 0;
  double best = -std::numeric_limits<double>::infinity();
  Index best_dimension = 1;
  for (std::size_t rank = 1; rank < variances.size(); ++rank) {
    if (variances[rank - 1] < kSmallest) break;  // and all after it
    const auto k = static_cast<double>(rank);
    const double half = (p - k + 1) / 2;
    log_gammas += std::lgamma(half) - half * log_pi;
    log_variances += std::log(variances[rank - 1]);
    double tail = 0;
    for (std::size_t i = rank; i < variances.size(); ++i) tail += variances[i];
    const double noise = std::max(kSmallest, tail / (p - k));
    const double free = p * k - k * (k + 1) / 2;
    const double evidence = -k * std::log(2.0) + log_gammas - n / 2 * log_variances -
                            n * (p - k) / 2 * std::log(noise) +
                            (free + k) / 2 * (std::log(2.0) + log_pi) -
                            log_distances(variances, rank, noise, n) / 2 - k / 2 * std::log(n);
    if (evidence > best) {
      best = evidence;
      best_dimension = static_cast<Index>(rank);
    }
  }
  return best_dimension;
}

}  // namespace eigenhead::detail
