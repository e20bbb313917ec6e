// How long does Pca::fit_transform take on typical shapes: token states of one sentence, sentence
// embeddings, long tables? And what does full cost against covariance_eigh where both apply?
// Before timing: two components in two precisions must agree, and the scores must have the
// variances that the model tells.
#include "eigenhead/analysis.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>
#include <utility>

namespace {

using namespace eigenhead;

Tensor<double, 2> samples(Index n, Index p) {
  std::mt19937 engine(1);
  std::normal_distribution<double> normal;
  Tensor<double, 2> x({n, p});
  for (Index row = 0; row < n; ++row)
    for (Index column = 0; column < p; ++column)
      x(row, column) = normal(engine) * std::pow(0.9, static_cast<double>(column)) + 1;
  return x;
}

/// The largest relative difference between the variance of a column of scores and what Pca says,
/// and between the scores in the two precisions.
double largest_error(const Tensor<double, 2>& x, const PcaOptions& options) {
  Pca<double> pca(options);
  Pca<float> in_float(options);
  const Tensor<double, 2> scores = pca.fit_transform(x);
  const Tensor<float, 2> float_scores = in_float.fit_transform(cast<float, double, 2>(x));
  double error = 0;
  for (Index i = 0; i < 2; ++i) {
    double sum = 0;
    double difference = 0;
    for (Index row = 0; row < x.extent(0); ++row) {
      sum += scores(row, i) * scores(row, i);
      difference += std::pow(scores(row, i) - static_cast<double>(float_scores(row, i)), 2);
    }
    const double variance = sum / static_cast<double>(x.extent(0) - 1);
    error = std::max(
        {error, std::abs(variance / pca.explained_variance()(i) - 1), std::sqrt(difference / sum)});
  }
  return error;
}

template <class Scalar>
void fit_transform(benchmark::State& state, PcaSolver solver) {
  const Tensor<double, 2> exact = samples(state.range(0), state.range(1));
  PcaOptions options;
  options.n_components = 2;
  options.solver = solver;
  const double error = largest_error(exact, options);
  if (!(error < 1e-4)) {
    std::cerr << "pca_benchmark: scores differ by " << error << " (relative)\n";
    state.SkipWithError("wrong result");
    std::exit(EXIT_FAILURE);
  }
  const Tensor<Scalar, 2> x = cast<Scalar, double, 2>(exact);
  Pca<Scalar> pca(options);
  for (auto _ : state) benchmark::DoNotOptimize(pca.fit_transform(x).data());
}

void covariance_shapes(benchmark::internal::Benchmark* benchmark) {
  for (const auto& [n, p] :
       {std::pair(500, 64), std::pair(2000, 128), std::pair(1000, 256), std::pair(20000, 64)})
    benchmark->Args({n, p});
  benchmark->Unit(benchmark::kMillisecond)->MinTime(0.1);
}

void full_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({9, 768})->Args({200, 768});
  covariance_shapes(benchmark);
}

void full(benchmark::State& state) { fit_transform<double>(state, PcaSolver::full); }
void covariance_eigh(benchmark::State& state) {
  fit_transform<double>(state, PcaSolver::covariance_eigh);
}
void automatic_float(benchmark::State& state) { fit_transform<float>(state, PcaSolver::automatic); }

BENCHMARK(full)->Apply(full_shapes);
BENCHMARK(covariance_eigh)->Apply(covariance_shapes);
BENCHMARK(automatic_float)->Apply(full_shapes);

}  // namespace
