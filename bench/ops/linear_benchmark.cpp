// Question: how many floating-point operations a second does a linear layer do, for the shapes of
// DistilBERT-base (768 -> 768, 768 -> 3072, 3072 -> 768) and 1 to 512 tokens?

#include "eigenhead/ops/linear.hpp"

#include "support/verified.hpp"

namespace {

using namespace eigenhead;

void linear_layer(benchmark::State& state) {
  const auto input = bench_input<float, 2>(Shape<2>{state.range(0), state.range(1)});
  const auto weight = bench_input<float, 2>(Shape<2>{state.range(2), state.range(1)}, 2);
  const auto bias = bench_input<float, 1>(Shape<1>{state.range(2)}, 3);
  Tensor<float, 2> output(Shape<2>{input.extent(0), weight.extent(0)});
  linear<float>(input, weight, bias, output);
  const Index row = input.extent(0) - 1;
  const double exact =
      input.vector(row).cast<double>().dot(weight.vector(1).cast<double>()) + bias(1);
  require_near(output(row, 1), exact, 1e-4, "output");
  for (auto _ : state) {
    linear<float>(input, weight, bias, output);
    benchmark::DoNotOptimize(output.data());
    benchmark::ClobberMemory();
  }
  const auto operations = 2.0 * static_cast<double>(input.extent(0) * weight.size());
  state.counters["flops"] =
      benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(linear_layer)
    ->ArgNames({"rows", "in", "out"})
    ->Args({1, 768, 768})
    ->Args({128, 768, 768})
    ->Args({128, 768, 3072})
    ->Args({128, 3072, 768})
    ->Args({512, 768, 768});

}  // namespace
