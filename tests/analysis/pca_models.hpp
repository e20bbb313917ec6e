#pragma once

#include "eigenhead/analysis/incremental_pca.hpp"
#include "eigenhead/analysis/pca.hpp"
#include "eigenhead/analysis/truncated_svd.hpp"

#include <random>

namespace eigenhead {

// The solvers take long to compile: pca_test.cpp does it for all files of this folder.
extern template class Pca<float>;
extern template class Pca<double>;
extern template class IncrementalPca<float>;
extern template class IncrementalPca<double>;
extern template class TruncatedSvd<float>;
extern template class TruncatedSvd<double>;

/// All give the same up to rounding.
inline constexpr PcaSolver kSolvers[] = {PcaSolver::full, PcaSolver::covariance_eigh,
                                         PcaSolver::top_k};

inline PcaOptions with_solver(PcaSolver solver) {
  PcaOptions options;
  options.solver = solver;
  return options;
}

/// Correlated samples [n, p] with means of about 1 and variances that fall from feature to feature;
/// the same on every platform.
inline Tensor<double, 2> correlated_samples(Index n, Index p, unsigned seed = 1) {
  std::mt19937 engine(seed);
  Tensor<double, 2> x({n, p});
  for (Index row = 0; row < n; ++row) {
    double previous = 0;
    for (Index column = 0; column < p; ++column) {
      const double uniform = static_cast<double>(engine()) / 4294967296.0 - 0.5;
      previous = 0.5 * previous + uniform / (1 + 0.1 * static_cast<double>(column));
      x(row, column) = previous + 1;
    }
  }
  return x;
}

}  // namespace eigenhead
