// Question: how many elements a second do the vector functions take, inside the cache (`n` about
// 4096) and beyond (64 MB in, 64 MB out), and how many times faster are they than the reference set
// (`vs_reference`: the standard library in plain loops) and than memcpy of as many bytes
// (`of_copy`; 1 is as fast as copying)? All competitors take turns; figures are of medians.

#include "eigenhead/kernels/vector_rows.hpp"

#include "support/interleaved.hpp"
#include "support/verified.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace eigenhead;

constexpr Index kInside = 4096;
constexpr Index kBeyond = 16 << 20;
constexpr Index kRow = 768;

/// Times `call` of the set that runs, of the reference set and copying `bytes` / 2 bytes. The
/// reference is so slow that it takes its turn inside the cache only.
void report(benchmark::State& state, const std::function<void(KernelSet)>& call, Index elements,
            Index bytes) {
  const KernelSet set = active_kernels();
  const auto size = static_cast<std::size_t>(bytes / 2);  // a copy reads and writes
  std::vector<char> from(size, 1);
  std::vector<char> to(size, 2);
  std::vector<std::function<void()>> calls = {[&] {
                                                call(set);
                                                benchmark::ClobberMemory();
                                              },
                                              [&] {
                                                std::memcpy(to.data(), from.data(), size);
                                                benchmark::DoNotOptimize(to.data());
                                                benchmark::ClobberMemory();
                                              }};
  const bool is_inside = elements <= 1 << 20;
  if (is_inside) calls.push_back([&] { call(KernelSet::reference); });
  std::vector<Timing> timings;
  for (auto _ : state) {
    timings = interleaved_timings(calls, is_inside ? 51 : 7);
    state.SetIterationTime(timings[0].median);
  }
  const double seconds = timings[0].median;
  state.counters["G_elements"] = static_cast<double>(elements) / seconds * 1e-9;
  state.counters["of_copy"] = timings[1].median / seconds;
  if (is_inside) state.counters["vs_reference"] = timings[2].median / seconds;
  state.SetLabel(to_string(set));
}

/// One round inside the cache and one beyond.
void inside_and_beyond(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("n")->Arg(kInside)->Arg(kBeyond)->Iterations(1)->UseManualTime();
}

// ---- functions of one number ------------------------------------------------------------------

using Map = VectorKernels<float>::Map VectorKernels<float>::*;

void elementwise(benchmark::State& state, Map function, double (*expected)(double)) {
  auto x = bench_input<float, 1>(Shape<1>{state.range(0)});
  for (float& value : x) value *= 6;
  Tensor<float, 1> y(x.shape());
  const auto call = [&](KernelSet set) {
    (vector_kernels<float>(set).*function)(x.data(), x.size(), y.data());
  };
  call(active_kernels());
  for (Index i = 0; i < x.size(); i += 499) {
    const double value = expected(static_cast<double>(x(i)));
    require_near(static_cast<double>(y(i)), value, 5e-7 * std::max(1.0, std::abs(value)), "value");
  }
  report(state, call, x.size(), 8 * x.size());
}

double gelu_erf_of(double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }
double gelu_tanh_of(double x) {
  return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}
double silu_of(double x) { return x / (1 + std::exp(-x)); }

BENCHMARK_CAPTURE(elementwise, exp, &VectorKernels<float>::exp, [](double x) {
  return std::exp(x);
})->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(elementwise, tanh, &VectorKernels<float>::tanh, [](double x) {
  return std::tanh(x);
})->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(elementwise, erf, &VectorKernels<float>::erf, [](double x) {
  return std::erf(x);
})->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(elementwise, gelu_erf, &VectorKernels<float>::gelu_erf, gelu_erf_of)
    ->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(elementwise, gelu_tanh, &VectorKernels<float>::gelu_tanh, gelu_tanh_of)
    ->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(elementwise, silu, &VectorKernels<float>::silu, silu_of)
    ->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(elementwise, relu, &VectorKernels<float>::relu, [](double x) {
  return x < 0 ? 0.0 : x;
})->Apply(inside_and_beyond);

/// The kernels of AVX2 on whatever processor.
void avx2_elementwise(benchmark::State& state, Map function, double (*expected)(double)) {
  if (!is_supported(KernelSet::avx2)) return state.SkipWithError("no AVX2 here");
  const ForcedKernels forced(KernelSet::avx2);
  elementwise(state, function, expected);
}
BENCHMARK_CAPTURE(avx2_elementwise, exp, &VectorKernels<float>::exp,
                  [](double x) { return std::exp(x); })
    ->ArgName("n")
    ->Arg(kInside)
    ->Iterations(1)
    ->UseManualTime();
BENCHMARK_CAPTURE(avx2_elementwise, gelu_erf, &VectorKernels<float>::gelu_erf, gelu_erf_of)
    ->ArgName("n")
    ->Arg(kInside)
    ->Iterations(1)
    ->UseManualTime();

// ---- functions of rows ------------------------------------------------------------------------

void softmax_rows(benchmark::State& state) {
  const Index length = state.range(1);
  auto x = bench_input<float, 2>(Shape<2>{state.range(0) / length, length});
  Tensor<float, 2> y(x.shape());
  const auto call = [&](KernelSet set) {
    const auto softmax = vector_kernels<float>(set).softmax;
    for (Index row = 0; row < x.extent(0); ++row)
      softmax(x.data() + row * length, length, y.data() + row * length);
  };
  call(active_kernels());
  const Eigen::RowVectorXd row = x.vector(1).cast<double>().array().exp();
  require_near(static_cast<double>(y(1, 5)), row(5) / row.sum(), 1e-7, "weight");
  report(state, call, x.size(), 8 * x.size());
}
BENCHMARK(softmax_rows)
    ->ArgNames({"n", "length"})
    ->Args({kInside, 128})
    ->Args({kInside, 512})
    ->Args({kBeyond, 512})
    ->Iterations(1)
    ->UseManualTime();

enum class NormKind { layer, layer_of_sum, rms };

void norm_rows(benchmark::State& state, NormKind kind) {
  const auto x = bench_input<float, 2>(Shape<2>{state.range(0) / kRow, kRow});
  const auto residual = bench_input<float, 2>(x.shape(), 4);
  const auto gain = bench_input<float, 1>(Shape<1>{kRow}, 2);
  const auto bias = bench_input<float, 1>(Shape<1>{kRow}, 3);
  const NormWeights<float> weights{gain.data(), bias.data(), 1e-12f};
  Tensor<float, 2> y(x.shape());
  const auto call = [&](KernelSet set) {
    const VectorKernels<float>& kernels = vector_kernels<float>(set);
    const auto norm = kind == NormKind::rms ? kernels.rms_norm : kernels.layer_norm;
    for (Index at = 0; at < x.size(); at += kRow)
      norm(x.data() + at, kind == NormKind::layer_of_sum ? residual.data() + at : nullptr, weights,
           kRow, y.data() + at);
  };
  call(active_kernels());
  Eigen::RowVectorXd row = x.vector(1).cast<double>();
  if (kind == NormKind::layer_of_sum) row += residual.vector(1).cast<double>();
  if (kind != NormKind::rms) row = (row.array() - row.mean()).matrix();
  const double expected = gain(5) * row(5) / std::sqrt(row.squaredNorm() / kRow);
  require_near(static_cast<double>(y(1, 5)),
               expected + (kind == NormKind::rms ? 0.0 : static_cast<double>(bias(5))), 2e-6,
               "value");
  report(state, call, x.size(), (kind == NormKind::layer_of_sum ? 12 : 8) * x.size());
}
void rows_inside_and_beyond(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("n")->Arg(5 * kRow)->Arg(kBeyond)->Iterations(1)->UseManualTime();
}
BENCHMARK_CAPTURE(norm_rows, layer, NormKind::layer)->Apply(rows_inside_and_beyond);
BENCHMARK_CAPTURE(norm_rows, layer_of_sum, NormKind::layer_of_sum)->Apply(rows_inside_and_beyond);
BENCHMARK_CAPTURE(norm_rows, rms, NormKind::rms)->Apply(rows_inside_and_beyond);

void mean_of_all_rows(benchmark::State& state) {
  const auto x = bench_input<float, 2>(Shape<2>{state.range(0) / kRow, kRow});
  Tensor<float, 1> mean(Shape<1>{kRow});
  const auto call = [&](KernelSet set) {
    const ForcedKernels forced(set);
    mean_of_rows<float>(x, mean);
  };
  call(active_kernels());
  require_near(static_cast<double>(mean(5)), x.matrix().col(5).cast<double>().mean(), 1e-6, "mean");
  report(state, call, x.size(), 4 * x.size());
}
BENCHMARK(mean_of_all_rows)->Apply(rows_inside_and_beyond);

/// Words, positions and types of BERT-base: random rows of a table of 94 MB.
void gather_embeddings(benchmark::State& state) {
  const Index length = state.range(0);
  const auto words = bench_input<float, 2>(Shape<2>{30522, kRow});
  const auto positions = bench_input<float, 2>(Shape<2>{512, kRow});
  const auto types = bench_input<float, 2>(Shape<2>{2, kRow});
  Tensor<std::int32_t, 1> ids(length);
  Tensor<std::int32_t, 1> places(length);
  const Tensor<std::int32_t, 1> zeros(length);
  std::mt19937 engine(3);
  for (Index i = 0; i < length; ++i) {
    ids(i) = static_cast<std::int32_t>(engine() % 30522);
    places(i) = static_cast<std::int32_t>(i % 512);
  }
  Tensor<float, 2> output(Shape<2>{length, kRow});
  const auto call = [&](KernelSet set) {
    const ForcedKernels forced(set);
    gather_rows<float>({{words, ids}, {positions, places}, {types, zeros}}, output);
  };
  call(active_kernels());
  require_near(static_cast<double>(output(7, 3)),
               static_cast<double>(words(ids(7), 3) + positions(7, 3) + types(0, 3)), 1e-6, "sum");
  report(state, call, output.size(), 8 * output.size());
}
BENCHMARK(gather_embeddings)->Arg(8)->Arg(20000)->Iterations(1)->UseManualTime();

// ---- 16 bits ----------------------------------------------------------------------------------

void widen(benchmark::State& state, decltype(&HalfKernels::float_from_half) function) {
  Tensor<std::uint16_t, 1> x(Shape<1>{state.range(0)});
  for (Index i = 0; i < x.size(); ++i) x(i) = static_cast<std::uint16_t>(0x3c00 + i % 512);
  Tensor<float, 1> y(x.shape());
  const auto call = [&](KernelSet set) {
    (half_kernels(set).*function)(x.data(), x.size(), y.data());
  };
  call(active_kernels());
  require_near(static_cast<double>(y(512)), function == &HalfKernels::float_from_half ? 1 : 0x1p-7,
               0, "number");
  report(state, call, x.size(), 6 * x.size());
}
BENCHMARK_CAPTURE(widen, half, &HalfKernels::float_from_half)->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(widen, bfloat16, &HalfKernels::float_from_bfloat16)->Apply(inside_and_beyond);

void narrow(benchmark::State& state, decltype(&HalfKernels::half_from_float) function) {
  const auto x = bench_input<float, 1>(Shape<1>{state.range(0)});
  Tensor<std::uint16_t, 1> y(x.shape());
  const auto call = [&](KernelSet set) {
    (half_kernels(set).*function)(x.data(), x.size(), y.data());
  };
  call(active_kernels());
  const double expected = function == &HalfKernels::half_from_float
                              ? static_cast<double>(Eigen::half(x(9)).x)
                              : static_cast<double>(Eigen::bfloat16(x(9)).value);
  require_near(static_cast<double>(y(9)), expected, 0, "pattern");
  report(state, call, x.size(), 6 * x.size());
}
BENCHMARK_CAPTURE(narrow, half, &HalfKernels::half_from_float)->Apply(inside_and_beyond);
BENCHMARK_CAPTURE(narrow, bfloat16, &HalfKernels::bfloat16_from_float)->Apply(inside_and_beyond);

}  // namespace
