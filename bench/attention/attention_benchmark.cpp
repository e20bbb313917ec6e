// Question: how many floating-point operations a second does scaled dot-product attention do, with
// and without weights, for 12 heads of 64 as in BERT-base?

#include "eigenhead/attention/scaled_dot_product_attention.hpp"

#include "eigenhead/ops/softmax.hpp"
#include "support/verified.hpp"

namespace {

using namespace eigenhead;

void attention(benchmark::State& state) {
  const Shape<4> shape{1, 12, state.range(0), 64};  // [B, H, T, D]
  const auto query = bench_input<float, 4>(shape, 1);
  const auto key = bench_input<float, 4>(shape, 2);
  const auto value = bench_input<float, 4>(shape, 3);
  AttentionOptions<float> options;
  options.with_weights = state.range(1) == 1;
  const AttentionOutput<float, 4> first = scaled_dot_product_attention(query, key, value, options);
  const Tensor<double, 2> scores =
      query.matrix(0, 5).cast<double>() * key.matrix(0, 5).cast<double>().transpose() / 8.0;
  const Tensor<double, 2> expected = softmax(scores).matrix() * value.matrix(0, 5).cast<double>();
  require_near(first.output(0, 5, shape[2] - 1, 3), expected(shape[2] - 1, 3), 1e-5, "output");
  for (auto _ : state)
    benchmark::DoNotOptimize(scaled_dot_product_attention(query, key, value, options));
  const auto length = static_cast<double>(shape[2]);
  state.counters["flops"] = benchmark::Counter(4.0 * 12 * length * length * 64,
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(attention)
    ->ArgNames({"length", "weights"})
    ->Args({16, 0})
    ->Args({128, 0})
    ->Args({128, 1})
    ->Args({512, 0})
    ->Unit(benchmark::kMillisecond);

}  // namespace
