// Question: how many floating-point operations a second does attention do for 12 heads of 64 as in
// BERT-base, what share of the multiply-add units' peak is that (`of_peak`, measured by a loop on
// registers in the same run), and how much time do masks and more outputs take, of the time without
// them (`vs_full`)? How near does decoding come to reading its keys and values once (`of_reading`)?
// One thread unless said. All competitors take turns; ratios are of medians, but `best_...` is of
// the best rounds, which tells the kernel from the neighbours of a shared machine. How many times
// as fast is MatmulPrecision::medium (`medium_times_faster`, and `best_...`)? Peers:
// scripts/compare_attention.

#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/kernels/score_kernels.hpp"

#include "kernels/fma_peak.hpp"
#include "support/bench_input.hpp"
#include "support/interleaved.hpp"
#include "support/verified.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace eigenhead;

using Calls = std::vector<std::function<void()>>;

constexpr Index kHeads = 12;
constexpr Index kHeadDim = 64;

/// One call, and what is needed to say how fast it was.
struct Problem {
  explicit Problem(Index num_keys)
      : length(num_keys),
        query(bench_input<float, 4>(Shape<4>{1, kHeads, length, kHeadDim}, 1)),
        key(bench_input<float, 4>(query.shape(), 2)),
        value(bench_input<float, 4>(query.shape(), 3)),
        output(query.shape()),
        log_sum_exp(Shape<3>{1, kHeads, length}) {}

  double operations() const {
    return 4.0 * kHeads * kHeadDim * static_cast<double>(length) * static_cast<double>(length);
  }

  /// Computes once and compares the last queries with the reference; returns the call.
  std::function<void()> verified(AttentionOptions<float> options) {
    return verified(options, views(false));
  }
  std::function<void()> verified(const AttentionOptions<float>& options,
                                 const AttentionOutputViews<float>& outputs) {
    const auto call = [this, options, outputs] {
      scaled_dot_product_attention<float>(query, key, value, options, outputs);
    };
    call();
    AttentionOptions<float> reference = options;
    reference.kernel = AttentionKernel::reference;
    reference.query_offset = length - 2;
    const auto expected = scaled_dot_product_attention(query.slice(2, length - 2, length),
                                                       key.view(), value.view(), reference);
    for (Index h = 0; h < kHeads; h += 5)
      for (Index d = 0; d < kHeadDim; ++d)
        require_near(output(0, h, length - 2, d), expected.output(0, h, 0, d),
                     options.precision == MatmulPrecision::medium ? 1e-2 : 1e-5, "output");
    output.fill(-1);
    return call;
  }

  AttentionOutputViews<float> views(bool with_log_sum_exp) {
    AttentionOutputViews<float> outputs;
    outputs.output = output;
    if (with_log_sum_exp) outputs.log_sum_exp = log_sum_exp;
    return outputs;
  }

  Index length;
  Tensor<float, 4> query, key, value, output;
  Tensor<float, 3> log_sum_exp;
};

std::vector<Timing> time(benchmark::State& state, const Calls& calls, int rounds) {
  std::vector<Timing> timings;
  for (auto _ : state) {
    timings = interleaved_timings(calls, rounds);
    state.SetIterationTime(timings[0].median);
  }
  state.SetLabel(to_string(active_kernels()));
  return timings;
}

/// Full attention, and what padding to three quarters and to half of the keys, causality and
/// log_sum_exp make of its time. `padding_GFLOPS` counts the operations on valid keys only.
void attention(benchmark::State& state) {
  Problem problem(state.range(0));
  const Tensor<Index, 1> three_quarters({1}, {problem.length * 3 / 4});
  const Tensor<Index, 1> half({1}, {problem.length / 2});
  AttentionOptions<float> padded, half_padded, causal;
  padded.valid_lengths = three_quarters;
  half_padded.valid_lengths = half;
  causal.causal = CausalAlignment::top_left;
  const KernelSet set = active_kernels();
  const auto timings =
      time(state,
           {problem.verified({}), problem.verified(padded), problem.verified(half_padded),
            problem.verified(causal), problem.verified({}, problem.views(true)),
            [set] { fma_loop<float>(set); }},
           problem.length <= 512    ? 31
           : problem.length <= 1024 ? 9
                                    : 3);
  state.counters["GFLOPS"] = problem.operations() / timings[0].median * 1e-9;
  state.counters["padding_GFLOPS"] = 0.75 * problem.operations() / timings[1].median * 1e-9;
  state.counters["half_vs_full"] = timings[2].median / timings[0].median;
  state.counters["causal_vs_full"] = timings[3].median / timings[0].median;
  state.counters["log_sum_exp_vs_full"] = timings[4].median / timings[0].median;
  const double share = problem.operations() / fma_loop<float>(set);
  state.counters["of_peak"] = share * timings[5].median / timings[0].median;
  state.counters["best_of_peak"] = share * timings[5].best / timings[0].best;
}
BENCHMARK(attention)
    ->ArgName("length")
    ->Arg(16)
    ->Arg(128)
    ->Arg(512)
    ->Arg(1024)
    ->Arg(2048)
    ->Iterations(1)
    ->UseManualTime();

/// With weights, and with their mean over the heads, written to memory that has been used before.
void with_weights(benchmark::State& state) {
  Problem problem(state.range(0));
  Tensor<float, 4> weights(Shape<4>{1, kHeads, problem.length, problem.length});
  Tensor<float, 3> averaged(Shape<3>{1, problem.length, problem.length});
  AttentionOutputViews<float> views = problem.views(false);
  views.weights = weights;
  AttentionOutputViews<float> averaged_views = problem.views(false);
  averaged_views.averaged_weights = averaged;
  const auto timings = time(
      state,
      {problem.verified({}), problem.verified({}, views), problem.verified({}, averaged_views)},
      problem.length <= 512 ? 31 : 5);
  state.counters["vs_full"] = timings[1].median / timings[0].median;
  state.counters["averaged_vs_full"] = timings[2].median / timings[0].median;
}
BENCHMARK(with_weights)
    ->ArgName("length")
    ->Arg(128)
    ->Arg(512)
    ->Arg(1024)
    ->Arg(2048)
    ->Iterations(1)
    ->UseManualTime();

/// Full, padded to three quarters of the keys, and causal attention.
void medium(benchmark::State& state) {
  Problem problem(state.range(0));
  const Tensor<Index, 1> three_quarters({1}, {problem.length * 3 / 4});
  AttentionOptions<float> full, padded, causal;
  padded.valid_lengths = three_quarters;
  causal.causal = CausalAlignment::top_left;
  Calls calls;
  for (AttentionOptions<float>* options : {&full, &padded, &causal})
    for (const MatmulPrecision precision : {MatmulPrecision::highest, MatmulPrecision::medium}) {
      options->precision = precision;
      calls.push_back(problem.verified(*options));
    }
  const auto timings = time(state, calls, problem.length <= 1024 ? 15 : 3);
  const auto show = [&](const std::string& name, std::size_t i) {
    state.counters[name + "medium_times_faster"] = timings[i].median / timings[i + 1].median;
    state.counters[name + "best_medium_times_faster"] = timings[i].best / timings[i + 1].best;
  };
  show("", 0);
  show("padding_", 2);
  show("causal_", 4);
  state.counters["GFLOPS"] = problem.operations() / timings[1].median * 1e-9;
}
BENCHMARK(medium)
    ->ArgName("length")
    ->Arg(128)
    ->Arg(512)
    ->Arg(1024)
    ->Arg(2048)
    ->Arg(4096)
    ->Iterations(1)
    ->UseManualTime();

void longest(benchmark::State& state) {
  Problem problem(4096);
  AttentionOptions<float> causal;
  causal.causal = CausalAlignment::top_left;
  const auto timings = time(state, {problem.verified({}), problem.verified(causal)}, 2);
  state.counters["GFLOPS"] = problem.operations() / timings[0].median * 1e-9;
  state.counters["causal_vs_full"] = timings[1].median / timings[0].median;
}
BENCHMARK(longest)->Iterations(1)->UseManualTime();

void two_threads(benchmark::State& state) {
  Problem problem(state.range(0));
  ThreadPool pool(2);
  AttentionOptions<float> parallel;
  parallel.executor = &pool;
  const auto timings = time(state, {problem.verified({}), problem.verified(parallel)},
                            problem.length <= 512 ? 31 : 7);
  state.counters["times_faster"] = timings[0].median / timings[1].median;
}
BENCHMARK(two_threads)
    ->ArgName("length")
    ->Arg(128)
    ->Arg(512)
    ->Arg(1024)
    ->Iterations(1)
    ->UseManualTime();

/// Reads every number once, as fast as it can: asks early for what comes next.
bool read(const Tensor<float, 4>& x) {
  const auto is_finite = detail::score_kernels<float>(active_kernels()).is_finite;
  constexpr Index kChunk = 1024;
  bool is_all_finite = true;
  for (Index i = 0; i + kChunk <= x.size(); i += kChunk) {
    for (Index line = 0; line < kChunk; line += 16)
      __builtin_prefetch(x.data() + i + 8192 + line, 0, 2);
    is_all_finite = is_finite(x.data() + i, kChunk) && is_all_finite;
  }
  return is_all_finite;
}

/// One query against many keys: 32 query heads and 8 key heads of 128, with two threads, too.
void decode(benchmark::State& state) {
  const Index length = state.range(0);
  const auto query = bench_input<float, 4>(Shape<4>{1, 32, 1, 128}, 1);
  const auto key = bench_input<float, 4>(Shape<4>{1, 8, length, 128}, 2);
  const auto value = bench_input<float, 4>(Shape<4>{1, 8, length, 128}, 3);
  Tensor<float, 4> output(query.shape());
  AttentionOutputViews<float> views;
  views.output = output;
  ThreadPool pool(2);
  const auto call = [&](Executor* executor) {
    AttentionOptions<float> options;
    options.executor = executor;
    scaled_dot_product_attention<float>(query, key, value, options, views);
  };
  AttentionOptions<float> reference;
  reference.kernel = AttentionKernel::reference;
  const auto expected = scaled_dot_product_attention(query, key, value, reference);
  call(nullptr);
  for (Index i = 0; i < output.size(); ++i)
    require_near(output.data()[i], expected.output.data()[i], 1e-5, "output");
  bool is_finite = true;
  const auto timings = time(
      state,
      {[&] { call(nullptr); }, [&] { call(&pool); }, [&] { is_finite = read(key) && read(value); }},
      15);
  if (!is_finite) state.SkipWithError("numbers must be finite");
  const double bytes = 2.0 * sizeof(float) * static_cast<double>(key.size());
  state.counters["GB_per_s"] = bytes / timings[0].median * 1e-9;
  state.counters["reading_GB_per_s"] = bytes / timings[2].median * 1e-9;
  state.counters["of_reading"] = timings[2].median / timings[0].median;
  state.counters["best_of_reading"] = timings[2].best / timings[0].best;
  state.counters["two_threads_times_faster"] = timings[0].median / timings[1].median;
}
BENCHMARK(decode)->ArgName("keys")->Arg(1024)->Arg(8192)->Iterations(1)->UseManualTime();

}  // namespace
