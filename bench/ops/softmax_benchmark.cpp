// Question: how many elements a second does softmax take, for the row lengths of attention?

#include "eigenhead/ops/softmax.hpp"

#include "support/verified.hpp"

namespace {

using namespace eigenhead;

void softmax_rows(benchmark::State& state) {
  const auto input = bench_input<float, 2>(Shape<2>{1024, state.range(0)});
  Tensor<float, 2> output(input.shape());
  softmax<float, 2>(input, output);
  for (Index row = 0; row < input.extent(0); row += 111) {
    double sum = 0;
    for (Index i = 0; i < input.extent(1); ++i) sum += std::exp(static_cast<double>(input(row, i)));
    require_near(output(row, 0), std::exp(static_cast<double>(input(row, 0))) / sum, 1e-6,
                 "weight");
  }
  for (auto _ : state) {
    softmax<float, 2>(input, output);
    benchmark::DoNotOptimize(output.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * input.size());
}
BENCHMARK(softmax_rows)->Arg(16)->Arg(128)->Arg(512);

}  // namespace
