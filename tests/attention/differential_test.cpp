#include "attention/naive_attention.hpp"
#include "attention/random_attention.hpp"

#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"
#include "support/kernel_sets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

// scaled_dot_product_attention against naive_attention() on random calls. Every call has its own
// shapes, strides, options and wanted results; all views lie in buffers of NaN that must stay as
// they are. Every implementation that runs here is tested. EIGENHEAD_TEST_SEED=<number> gives other
// calls.

namespace eigenhead {
namespace {

constexpr unsigned kDefaultSeed = 1;
constexpr int kNumberOfCases = 2000;
constexpr double kMediumTolerance = 1e-2;

unsigned test_seed() {
  const char* const given = std::getenv("EIGENHEAD_TEST_SEED");
  return given == nullptr ? kDefaultSeed : static_cast<unsigned>(std::stoul(given));
}

/// One of the implementations of the contract.
struct Engine {
  std::string name;
  AttentionKernel kernel;
  KernelSet set;
  Executor* executor;
  MatmulPrecision precision = MatmulPrecision::highest;
};

std::vector<Engine> engines() {
  static ThreadPool pool(2);
  std::vector<Engine> all = {
      {"reference", AttentionKernel::reference, KernelSet::reference, nullptr}};
  for (const KernelSet set : tested_kernel_sets())
    if (set != KernelSet::reference)
      all.push_back({"fused on " + to_string(set), AttentionKernel::fused, set, nullptr});
  all.push_back({"fused on " + to_string(all.back().set) + ", 2 threads", AttentionKernel::fused,
                 all.back().set, &pool});
  for (const KernelSet set : tested_kernel_sets())
    if (detail::bfloat16_kernels(set, 1) != nullptr)
      all.push_back({"fused on " + to_string(set) + ", medium", AttentionKernel::fused, set,
                     nullptr, MatmulPrecision::medium});
  return all;
}

template <class Scalar>
void attend(const Engine& engine, const RandomAttention<Scalar>& call,
            const AttentionOutputViews<Scalar>& outputs) {
  const ForcedKernels forced(engine.set);
  AttentionOptions<Scalar> options = call.options();
  options.kernel = engine.kernel;
  options.executor = engine.executor;
  options.precision = engine.precision;
  if (call.has_score_modifier())
    scaled_dot_product_attention<Scalar>(call.query(), call.key(), call.value(), options, outputs,
                                         ScoreModifier<Scalar>());
  else
    scaled_dot_product_attention<Scalar>(call.query(), call.key(), call.value(), options, outputs);
}

/// How far numbers of size 1 may be from the naive ones. Equal terms (stride 0) have equal rounding
/// errors, which add up over the keys.
template <class Scalar>
double tolerance_of(const RandomAttention<Scalar>& call,
                    MatmulPrecision precision = MatmulPrecision::highest) {
  const double tolerance = std::is_same_v<Scalar, double> ? 1e-12 : 2e-6;
  if (precision == MatmulPrecision::medium && std::is_same_v<Scalar, float>)
    return kMediumTolerance;
  if (call.choices().count("stride 0") == 0) return tolerance;
  return tolerance * std::max(1.0, static_cast<double>(call.naive_input().key_length()) / 64);
}

double largest_value(const NaiveInput& in) {
  double largest = 0;
  for (const Tensor<double, 4>* values : {&in.value, &in.past_value})
    for (const double x : *values)
      if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  return largest;
}

/// "" or "weights at [0, 1, 5, 2]: actual 0.5, expected 0.25". NaN agrees with NaN: scores of
/// hidden keys may be that. Numbers above 1 may differ relatively as much as others absolutely.
template <class Scalar, int Rank>
std::string difference(const std::string& name, const TensorView<const Scalar, Rank>& view,
                       const Tensor<double, Rank>& expected, double tolerance) {
  if (view.shape() != expected.shape())
    return name + " has shape " + to_string(view.shape()) + ", not " + to_string(expected.shape());
  const Tensor<Scalar, Rank> actual(view);
  for (Index i = 0; i < actual.size(); ++i) {
    const auto a = static_cast<double>(actual.data()[i]);
    const double e = expected.data()[i];
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    if (std::isfinite(a) && std::isfinite(e) &&
        std::abs(a - e) <= tolerance * std::max(1.0, std::abs(e)))
      continue;
    std::ostringstream text;
    text.precision(17);
    text << name << " at element " << i << " of " << expected.shape() << ": actual " << a
         << ", expected " << e << ", tolerance " << tolerance;
    return text.str();
  }
  return "";
}

const Tensor<double, 4>& scores_of(ScoreStage stage, const NaiveOutput& out) {
  switch (stage) {
    case ScoreStage::scaled: return out.scaled;
    case ScoreStage::soft_capped: return out.soft_capped;
    default: return out.biased;
  }
}

/// Buffers for the wanted results of a random call.
template <class Scalar>
class Results {
 public:
  Results(const RandomAttention<Scalar>& call, Random& random) {
    const NaiveInput& in = call.naive_input();
    const AttentionOptions<Scalar>& options = call.options();
    const Shape<4> s = in.score_shape();
    if (call.has_output())
      output_.allocate(Shape<4>{s[0], s[1], s[2], in.value.extent(3)}, random, false);
    if (options.with_scores) scores_.allocate(s, random, false);
    if (options.with_weights) weights_.allocate(s, random, false);
    if (options.with_averaged_weights)
      averaged_weights_.allocate(Shape<3>{s[0], s[2], s[3]}, random, false);
    if (options.with_log_sum_exp) log_sum_exp_.allocate(Shape<3>{s[0], s[1], s[2]}, random, false);
  }

  AttentionOutputViews<Scalar> views() const {
    return {output_.view(), scores_.view(), weights_.view(), averaged_weights_.view(),
            log_sum_exp_.view()};
  }

  bool is_intact_around_views() {
    return output_.is_intact_around_view() && scores_.is_intact_around_view() &&
           weights_.is_intact_around_view() && averaged_weights_.is_intact_around_view() &&
           log_sum_exp_.is_intact_around_view();
  }

 private:
  Strided<Scalar, 4> output_, scores_, weights_;
  Strided<Scalar, 3> averaged_weights_, log_sum_exp_;
};

/// The first result in `views` that is not as expected, or "". Results not asked for are not there.
template <class Scalar>
std::string difference(const AttentionOutputViews<Scalar>& views,
                       const RandomAttention<Scalar>& call, const NaiveOutput& expected,
                       double unit) {
  // Rounding errors of scores grow with the scores, and are relative errors of the weights.
  const double of_scores = unit * std::max(1.0, expected.score_size);
  const double of_weights = unit * std::max(1.0, expected.score_size / 8);
  const double of_output = of_weights * largest_value(call.naive_input());
  const Tensor<double, 4>& scores = scores_of(call.options().score_stage, expected);
  const auto find = [](const std::string& name, const auto& view, const auto& tensor,
                       double limit) {
    using View = std::decay_t<decltype(view)>;
    if (view.data() == nullptr) return std::string();
    return difference<Scalar, View::rank>(name, view, tensor, limit);
  };
  for (const std::string& found :
       {find("output", views.output, expected.output, of_output),
        find("scores", views.scores, scores, of_scores),
        find("weights", views.weights, expected.weights, of_weights),
        find("averaged_weights", views.averaged_weights, expected.averaged_weights, of_weights),
        find("log_sum_exp", views.log_sum_exp, expected.log_sum_exp, of_scores)})
    if (!found.empty()) return found;
  return "";
}

template <class Scalar>
void expect_same_as_naive() {
  const unsigned seed = test_seed();
  std::cout << "EIGENHEAD_TEST_SEED=" << seed << '\n';
  const std::vector<Engine> all = engines();
  for (int number = 0; number < kNumberOfCases; ++number) {
    const RandomAttention<Scalar> call(seed, number);
    const NaiveOutput expected = naive_attention(call.naive_input());
    Random random(seed, -1 - number);
    for (const Engine& engine : all) {
      if (engine.executor != nullptr && number % 8 != 0) continue;  // waking a thread takes time
      Results<Scalar> results(call, random);
      attend(engine, call, results.views());
      std::string found =
          difference(results.views(), call, expected, tolerance_of(call, engine.precision));
      if (!results.is_intact_around_views()) found += " written outside of a view";
      ASSERT_EQ(found, "") << engine.name << ", seed " << seed << ", case " << number << ":\n"
                           << call.words();
    }
  }
}

TEST(AttentionDifferential, RandomCallsInFloatGiveTheNaiveResult) { expect_same_as_naive<float>(); }

TEST(AttentionDifferential, RandomCallsInDoubleGiveTheNaiveResult) {
  expect_same_as_naive<double>();
}

// ---- The same into new tensors, in every rank that the call has ---------------------------------

/// With leading extents of 1; empty as the tensor is.
template <int FullRank, class Scalar, int Rank>
TensorView<Scalar, FullRank> with_ones(Tensor<Scalar, Rank>& tensor) {
  if (tensor.is_empty()) return {};
  Shape<FullRank> shape;
  for (int axis = 0; axis < FullRank; ++axis) shape[axis] = 1;
  for (int axis = 0; axis < Rank; ++axis) shape[FullRank - Rank + axis] = tensor.extent(axis);
  return {tensor.data(), shape};
}

template <int Rank>
TensorView<const double, Rank> last_axes_of(const TensorView<const double, 4>& view) {
  if constexpr (Rank == 4)
    return view;
  else if constexpr (Rank == 3)
    return view[0];
  else
    return view[0][0];
}

template <int Rank>
void expect_same_in_new_tensors(const RandomAttention<double>& call, const NaiveOutput& expected) {
  const auto query = last_axes_of<Rank>(call.query());
  const auto key = last_axes_of<Rank>(call.key());
  const auto value = last_axes_of<Rank>(call.value());
  AttentionOutput<double, Rank> result =
      call.has_score_modifier()
          ? scaled_dot_product_attention(query, key, value, call.options(), ScoreModifier<double>())
          : scaled_dot_product_attention(query, key, value, call.options());
  const AttentionOutputViews<double> views = {
      with_ones<4>(result.output), with_ones<4>(result.scores), with_ones<4>(result.weights),
      with_ones<3>(result.averaged_weights), with_ones<3>(result.log_sum_exp)};
  EXPECT_EQ(difference(views, call, expected, tolerance_of(call)), "") << call.words();
  const bool is_nothing = call.naive_input().score_shape().size() == 0;
  const AttentionOptions<double>& options = call.options();
  EXPECT_EQ(result.output.is_empty(), expected.output.is_empty());
  EXPECT_EQ(result.scores.is_empty(), is_nothing || !options.with_scores);
  EXPECT_EQ(result.weights.is_empty(), is_nothing || !options.with_weights);
  EXPECT_EQ(result.averaged_weights.is_empty(), is_nothing || !options.with_averaged_weights);
  EXPECT_EQ(result.log_sum_exp.is_empty(),
            expected.log_sum_exp.is_empty() || !options.with_log_sum_exp);
}

TEST(AttentionDifferential, NewTensorsOfEveryRankHoldTheNaiveResult) {
  const unsigned seed = test_seed();
  int num_of_rank[] = {0, 0, 0, 0, 0};
  for (int number = 0; number < kNumberOfCases / 4; ++number) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", case " + std::to_string(number));
    const RandomAttention<double> call(seed, number);
    const NaiveOutput expected = naive_attention(call.naive_input());
    const bool has_one_item = call.query().extent(0) == 1;
    const bool has_one_head = has_one_item && call.query().extent(1) == 1;
    expect_same_in_new_tensors<4>(call, expected);
    if (has_one_item) expect_same_in_new_tensors<3>(call, expected);
    if (has_one_head) expect_same_in_new_tensors<2>(call, expected);
    if (HasFailure()) return;
    num_of_rank[3] += has_one_item ? 1 : 0;
    num_of_rank[2] += has_one_head ? 1 : 0;
  }
  EXPECT_GT(num_of_rank[3], 50);
  EXPECT_GT(num_of_rank[2], 20);
}

// ---- The random calls themselves ----------------------------------------------------------------

bool has_empty_row(const NaiveInput& in) {
  const NaiveOutput out = naive_attention(in);
  return std::count(out.log_sum_exp.begin(), out.log_sum_exp.end(),
                    -std::numeric_limits<double>::infinity()) > 0;
}

TEST(AttentionDifferential, RandomCallsUseEveryOption) {
  std::map<std::string, int> times;
  for (int number = 0; number < kNumberOfCases; ++number) {
    const RandomAttention<float> call(kDefaultSeed, number);
    for (const auto& choice : call.choices()) ++times[choice.first];
    if (number % 4 != 0 || !has_empty_row(call.naive_input())) continue;
    ++times[call.options().empty_rows == EmptyRows::zeros ? "rows of zeros" : "rows of 1 / S"];
  }
  for (const char* const choice : {"B = 0",
                                   "T = 0",
                                   "S = 0",
                                   "grouped heads",
                                   "D_v != D",
                                   "past_key",
                                   "past_value",
                                   "scale",
                                   "soft_cap",
                                   "causal top_left",
                                   "causal bottom_right",
                                   "query_offset",
                                   "window_left",
                                   "window_right",
                                   "is_visible of rank 1",
                                   "is_visible of rank 2",
                                   "is_visible of rank 3",
                                   "is_visible of rank 4",
                                   "key_is_valid",
                                   "valid_lengths",
                                   "attention_bias of rank 1",
                                   "attention_bias of rank 2",
                                   "attention_bias of rank 3",
                                   "attention_bias of rank 4",
                                   "score modifier",
                                   "alibi",
                                   "alibi, symmetric",
                                   "sinks",
                                   "uniform empty rows",
                                   "poison",
                                   "stride 0",
                                   "no output",
                                   "scores of stage 0",
                                   "scores of stage 1",
                                   "scores of stage 2",
                                   "weights",
                                   "averaged weights",
                                   "log_sum_exp",
                                   "rows of zeros",
                                   "rows of 1 / S"})
    EXPECT_GE(times[choice], 20) << choice;
}

}  // namespace
}  // namespace eigenhead
