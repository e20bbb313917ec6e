// Question: how near do matrix products come to what the multiply-add units can do (`of_peak`,
// measured by a loop on registers in the same run), and how do they compare with oneDNN with packed
// weights and with Eigen (`vs_...`: times faster)? One thread; shapes of BERT-base and MiniLM.
// All competitors take turns; ratios are of medians, but `best_of_peak` is of the best rounds,
// which tells the kernel from the neighbours of a shared machine.

#include "eigenhead/kernels/gram_matrix.hpp"
#include "eigenhead/kernels/matmul.hpp"

#include "kernels/fma_peak.hpp"
#include "kernels/onednn_linear.hpp"
#include "support/interleaved.hpp"
#include "support/verified.hpp"

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace eigenhead;

using Calls = std::vector<std::function<void()>>;

/// Input, weight and output of one product, and a check of the output.
template <class Scalar>
struct Problem {
  explicit Problem(const benchmark::State& state,
                   MatmulPrecision precision = MatmulPrecision::highest)
      : input(bench_input<Scalar, 2>(Shape<2>{state.range(0), state.range(2)})),
        weight(bench_input<Scalar, 2>(Shape<2>{state.range(1), state.range(2)}, 2)),
        output(Shape<2>{state.range(0), state.range(1)}),
        packed(weight, precision) {}

  double operations() const {
    return 2.0 * static_cast<double>(input.extent(0)) * static_cast<double>(weight.size());
  }

  void verify(const char* who, double tolerance = 1e-4) {
    for (const Index row : {Index{0}, input.extent(0) / 2, input.extent(0) - 1}) {
      for (const Index column : {Index{0}, output.extent(1) / 2, output.extent(1) - 1}) {
        const double exact = input.vector(row).template cast<double>().dot(
            weight.vector(column).template cast<double>());
        require_near(static_cast<double>(output(row, column)), exact, tolerance, who);
      }
    }
    output.fill(Scalar(-1));
  }

  Tensor<Scalar, 2> input;
  Tensor<Scalar, 2> weight;
  Tensor<Scalar, 2> output;
  PackedMatrix<Scalar> packed;
};

/// Times the first call; `operations` are those of one such call, peak_operations those of the
/// last.
std::vector<Timing> report(benchmark::State& state, const Calls& calls, double operations,
                           double peak_operations) {
  std::vector<Timing> timings;
  for (auto _ : state) {
    timings = interleaved_timings(calls, 9);
    state.SetIterationTime(timings[0].median);
  }
  state.counters["GFLOPS"] = operations / timings[0].median * 1e-9;
  if (peak_operations > 0) {
    const double share = operations / peak_operations;
    state.counters["of_peak"] = share * timings.back().median / timings[0].median;
    state.counters["best_of_peak"] = share * timings.back().best / timings[0].best;
  }
  return timings;
}

template <class Scalar>
void product(benchmark::State& state) {
  Problem<Scalar> problem(state);
  const KernelSet set = problem.packed.kernel_set();
  Calls calls = {[&] { multiply<Scalar>(problem.input, problem.packed, problem.output); },
                 [&] {
                   problem.output.matrix().noalias() =
                       problem.input.matrix() * problem.weight.matrix().transpose();
                 }};
  std::vector<const char*> names = {"multiply", "vs_Eigen"};
#ifdef EIGENHEAD_HAS_ONEDNN
  std::unique_ptr<OneDnnLinear> onednn;
  if constexpr (sizeof(Scalar) == sizeof(float)) {
    onednn = std::make_unique<OneDnnLinear>(problem.input, problem.weight, problem.output);
    calls.push_back([&] { onednn->run(); });
    names.push_back("vs_oneDNN");
  }
#endif
  for (std::size_t i = 0; i < calls.size(); ++i) {
    calls[i]();
    problem.verify(names[i]);
  }
  calls.push_back([set] { fma_loop<Scalar>(set); });
  const auto timings = report(state, calls, problem.operations(), fma_loop<Scalar>(set));
  for (std::size_t i = 1; i < names.size(); ++i)
    state.counters[names[i]] = timings[i].median / timings[0].median;
#ifdef EIGENHEAD_HAS_ONEDNN
  state.SetLabel(to_string(set));
#else
  state.SetLabel(to_string(set) + ", built without oneDNN");
#endif
}

void bert_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"M", "N", "K"});
  for (const int rows : {1, 16, 128, 512})
    for (const auto& [out, in] : {std::pair{768, 768},
                                  {2304, 768},
                                  {3072, 768},
                                  {768, 3072},
                                  {384, 384},
                                  {1536, 384},
                                  {384, 1536}})
      benchmark->Args({rows, out, in});
}
BENCHMARK(product<float>)->Apply(bert_shapes)->Iterations(1)->UseManualTime();
BENCHMARK(product<double>)
    ->ArgNames({"M", "N", "K"})
    ->Args({1, 768, 768})
    ->Args({128, 768, 768})
    ->Args({128, 3072, 768})
    ->Iterations(1)
    ->UseManualTime();

/// Products of bfloat16 pieces beside multiply-adds of float: `vs_highest` is times faster.
/// `of_peak` compares with the peak of the multiply-adds. Where no unit makes `medium` faster (0
/// products), it is the same arithmetic as `highest`.
void bfloat16_product(benchmark::State& state) {
  Problem<float> exact(state);
  Problem<float> problem(state, MatmulPrecision::medium);
  const Index products = problem.packed.num_bfloat16_products();
  const auto depth = static_cast<double>(state.range(2));
  multiply<float>(problem.input, problem.packed, problem.output);
  problem.verify("multiply", depth * (products == 1 ? 4e-4 : 1e-6));
  const KernelSet set = problem.packed.kernel_set();
  const auto timings =
      report(state,
             {[&] { multiply<float>(problem.input, problem.packed, problem.output); },
              [&] { multiply<float>(exact.input, exact.packed, exact.output); },
              [set] { fma_loop<float>(set); }},
             problem.operations(), fma_loop<float>(set));
  state.counters["vs_highest"] = timings[1].median / timings[0].median;
  state.SetLabel(to_string(set) + ", " + std::to_string(products) + " products");
}
BENCHMARK(bfloat16_product)
    ->ArgNames({"M", "N", "K"})
    ->ArgsProduct({{1, 16, 128, 512}, {768, 3072}, {768}})
    ->ArgsProduct({{1, 16, 128, 512}, {768}, {3072}})
    ->ArgsProduct({{1, 16, 128, 512}, {384}, {384}})
    ->Iterations(1)
    ->UseManualTime();

/// The kernels of AVX2 on whatever processor, beside the peak of AVX2.
void avx2_product(benchmark::State& state) {
  if (!is_supported(KernelSet::avx2)) return state.SkipWithError("no AVX2 here");
  const ForcedKernels forced(KernelSet::avx2);
  product<float>(state);
}
BENCHMARK(avx2_product)
    ->ArgNames({"M", "N", "K"})
    ->Args({128, 768, 768})
    ->Args({128, 3072, 768})
    ->Args({128, 768, 3072})
    ->Args({128, 384, 384})
    ->Iterations(1)
    ->UseManualTime();

/// What the fused epilogues cost on top of the product: `vs_plain` is the time of the product alone
/// divided by that of the fused one.
void epilogue(benchmark::State& state) {
  Problem<float> problem(state);
  const auto bias = bench_input<float, 1>(Shape<1>{state.range(1)}, 3);
  const auto residual = bench_input<float, 2>(problem.output.shape(), 4);
  MultiplyOptions<float> options;
  options.bias = bias;
  options.activation = static_cast<EpilogueActivation>(state.range(3));
  if (options.activation == EpilogueActivation::none) options.residual = residual;
  const KernelSet set = problem.packed.kernel_set();
  const auto timings =
      report(state,
             {[&] { multiply<float>(problem.input, problem.packed, problem.output, options); },
              [&] { multiply<float>(problem.input, problem.packed, problem.output); },
              [set] { fma_loop<float>(set); }},
             problem.operations(), fma_loop<float>(set));
  state.counters["vs_plain"] = timings[1].median / timings[0].median;
  constexpr const char* kNames[] = {"bias, residual", "bias, relu", "bias, silu", "bias, gelu_erf",
                                    "bias, gelu_tanh"};
  state.SetLabel(kNames[state.range(3)]);
}
BENCHMARK(epilogue)
    ->ArgNames({"M", "N", "K", "kind"})
    ->Args({128, 768, 768, 0})
    ->Args({128, 3072, 768, 1})
    ->Args({128, 3072, 768, 2})
    ->Args({128, 3072, 768, 3})
    ->Args({128, 3072, 768, 4})
    ->Iterations(1)
    ->UseManualTime();

void two_threads(benchmark::State& state) {
  Problem<float> problem(state);
  ThreadPool pool(2);
  MultiplyOptions<float> options;
  options.executor = &pool;
  const auto timings =
      report(state,
             {[&] { multiply<float>(problem.input, problem.packed, problem.output, options); },
              [&] { multiply<float>(problem.input, problem.packed, problem.output); }},
             problem.operations(), 0);
  state.counters["vs_one_thread"] = timings[1].median / timings[0].median;
}
BENCHMARK(two_threads)
    ->ArgNames({"M", "N", "K"})
    ->Args({256, 384, 384})
    ->Args({256, 768, 768})
    ->Args({256, 3072, 768})
    ->Iterations(1)
    ->UseManualTime();

/// Only half of the operations of samples^T samples are counted: the result is symmetric.
template <class Scalar>
void gram(benchmark::State& state) {
  const auto samples = bench_input<Scalar, 2>(Shape<2>{state.range(0), state.range(1)});
  Tensor<Scalar, 2> result(Shape<2>{samples.extent(1), samples.extent(1)});
  const KernelSet set = active_kernels();
  gram_matrix<Scalar>(samples, result);
  require_near(static_cast<double>(result(1, 0)),
               samples.matrix().col(0).template cast<double>().dot(
                   samples.matrix().col(1).template cast<double>()),
               1e-2, "gram_matrix");
  const auto timings =
      report(state,
             {[&] { gram_matrix<Scalar>(samples, result); },
              [&] { result.matrix().noalias() = samples.matrix().transpose() * samples.matrix(); },
              [set] { fma_loop<Scalar>(set); }},
             static_cast<double>(samples.size()) * static_cast<double>(samples.extent(1)),
             fma_loop<Scalar>(set));
  state.counters["vs_Eigen"] = timings[1].median / timings[0].median;
  state.SetLabel(to_string(set));
}
BENCHMARK(gram<float>)
    ->ArgNames({"n", "D"})
    ->Args({1000, 256})
    ->Args({20000, 64})
    ->Args({2000, 768})
    ->Iterations(1)
    ->UseManualTime();
BENCHMARK(gram<double>)
    ->ArgNames({"n", "D"})
    ->Args({1000, 256})
    ->Args({20000, 64})
    ->Args({2000, 768})
    ->Iterations(1)
    ->UseManualTime();

}  // namespace
