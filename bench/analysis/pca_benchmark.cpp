// How long does Pca::fit_transform take on typical shapes: token states of one sentence, sentence
// embeddings, long tables? What does full cost against covariance_eigh, and the randomized
// approximation against top_k, where both apply? And how long do eigenvectors take by themselves?
// Before timing: the first explained variance must be the one that power iteration finds, and the
// eigenvalues must sum to the trace. Beside scikit-learn: scripts/compare_pca.

#include "eigenhead/analysis.hpp"

#include "support/verified.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace {

using namespace eigenhead;

/// Columns of falling variance around 1.
Tensor<double, 2> samples(Index n, Index p) {
  auto x = bench_input<double, 2>(Shape<2>{n, p});
  for (Index column = 0; column < p; ++column)
    x.matrix().col(column).array() *= std::pow(0.9, static_cast<double>(column));
  x.matrix().array() += 1;
  return x;
}

/// The largest variance of the rows along any direction: power iteration on the centred samples.
double largest_variance(const Tensor<double, 2>& x) {
  const Eigen::MatrixXd centered = x.matrix().rowwise() - x.matrix().colwise().mean();
  Eigen::VectorXd direction = Eigen::VectorXd::Ones(x.extent(1)).normalized();
  double length = 0;
  for (int i = 0; i < 300; ++i) {
    direction = centered.transpose() * (centered * direction);
    length = direction.norm();
    direction /= length;
  }
  return length / static_cast<double>(x.extent(0) - 1);
}

template <class Scalar>
void fit_transform(benchmark::State& state, PcaSolver solver) {
  const Tensor<double, 2> exact = samples(state.range(0), state.range(1));
  PcaOptions options;
  options.n_components = 2;
  options.solver = solver;
  const Tensor<Scalar, 2> x = cast<Scalar, double, 2>(exact);
  Pca<Scalar> pca(options);
  const double expected = largest_variance(exact);
  pca.fit(x);
  require_near(static_cast<double>(pca.explained_variance()(0)), expected, 1e-4 * expected,
               "first explained variance");
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

void top_k(benchmark::State& state) { fit_transform<double>(state, PcaSolver::top_k); }
void randomized(benchmark::State& state) { fit_transform<double>(state, PcaSolver::randomized); }

void large_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({1000, 768})->Args({500, 5000})->Unit(benchmark::kMillisecond)->MinTime(0.1);
}

/// All eigenvalues and range(1) eigenvectors of a symmetric matrix.
void eigenvectors(benchmark::State& state) {
  const Tensor<double, 2> x = samples(state.range(0) + 50, state.range(0));
  const Tensor<double, 2> matrix(x.matrix().transpose() * x.matrix());
  const auto solve = [&] {
    return detail::symmetric_eigen<double>(matrix, state.range(1), nullptr);
  };
  double sum = 0;
  for (const double value : solve().values) sum += value;
  require_near(sum, matrix.matrix().trace(), 1e-12 * sum, "sum of the eigenvalues");
  for (auto _ : state) benchmark::DoNotOptimize(solve().vectors.data());
}

BENCHMARK(full)->Apply(full_shapes);
BENCHMARK(covariance_eigh)->Apply(covariance_shapes);
BENCHMARK(automatic_float)->Apply(full_shapes);
BENCHMARK(top_k)->Apply(large_shapes);
BENCHMARK(randomized)->Apply(large_shapes);
BENCHMARK(eigenvectors)
    ->Args({768, 5})
    ->Args({768, 768})
    ->Unit(benchmark::kMillisecond)
    ->MinTime(0.1);

}  // namespace
