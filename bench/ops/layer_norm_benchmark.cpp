// Question: how many elements a second does layer normalisation take, for the widths of BERT
// models?

#include "eigenhead/ops/layer_norm.hpp"

#include "support/verified.hpp"

namespace {

using namespace eigenhead;

void layer_norm_rows(benchmark::State& state) {
  const auto input = bench_input<float, 2>(Shape<2>{512, state.range(0)});
  const auto gain = bench_input<float, 1>(Shape<1>{state.range(0)}, 2);
  const auto bias = bench_input<float, 1>(Shape<1>{state.range(0)}, 3);
  Tensor<float, 2> output(input.shape());
  layer_norm<float>(input, gain, bias, 1e-12f, output);
  const Eigen::RowVectorXd row = input.vector(7).cast<double>();
  const double deviation = std::sqrt((row.array() - row.mean()).square().mean());
  require_near(output(7, 5), gain(5) * (row(5) - row.mean()) / deviation + bias(5), 2e-6, "value");
  for (auto _ : state) {
    layer_norm<float>(input, gain, bias, 1e-12f, output);
    benchmark::DoNotOptimize(output.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * input.size());
}
BENCHMARK(layer_norm_rows)->Arg(384)->Arg(768)->Arg(1024);

}  // namespace
