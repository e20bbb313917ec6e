// Which keys a query sees, that others never leak, and what is refused; on every kernel set, of
// which "reference" means the reference implementation.

#include "eigenhead/attention/scaled_dot_product_attention.hpp"

#include "support/kernel_sets.hpp"
#include "support/near.hpp"
#include "support/special_values.hpp"
#include "support/throws.hpp"
#include "support/waves.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

// ---- Windows and causality: the keys that get a weight -----------------------------------------

using Rows = std::vector<std::string>;

/// What `function` returns, the same on every kernel set.
template <class Function>
auto on_every_kernel_set(const Function& function) {
  auto expected = function();
  for_each_kernel_set([&](KernelSet) { EXPECT_EQ(function(), expected); });
  return expected;
}

struct Lengths {
  Index queries = 0;
  Index keys = 0;  ///< with past ones
  Index past_keys = 0;
  Index sequences = 1;
};

/// One text for each query of sequence `b`: 'x' where a key has a weight, '.' where not.
Rows seen(const Lengths& lengths, AttentionOptions<double> options, Index b = 0) {
  const Tensor<double, 4> query = waves<double>({lengths.sequences, 1, lengths.queries, 2}, 1.1);
  const Tensor<double, 4> key = waves<double>({lengths.sequences, 1, lengths.keys, 2}, 1.7);
  if (lengths.past_keys > 0) {
    options.past_key = key.slice(2, 0, lengths.past_keys);
    options.past_value = options.past_key;
  }
  options.with_weights = true;
  const auto next = key.slice(2, lengths.past_keys, lengths.keys);
  return on_every_kernel_set([&] {
    const auto result = scaled_dot_product_attention<double, 4>(query, next, next, options);
    Rows rows;
    for (Index t = 0; t < lengths.queries; ++t) {
      rows.emplace_back();
      for (Index s = 0; s < lengths.keys; ++s)
        rows.back() += result.weights(b, 0, t, s) > 0 ? 'x' : '.';
    }
    return rows;
  });
}

class AttentionWindow : public testing::Test {
 protected:
  AttentionOptions<double> options;
};

TEST_F(AttentionWindow, LeftHidesKeysFarBehind) {
  options.window_left = 1;
  EXPECT_EQ(seen({4, 5}, options), (Rows{"xxxxx",  //
                                         "xxxxx",  //
                                         ".xxxx",  //
                                         "..xxx"}));
}

TEST_F(AttentionWindow, RightHidesKeysFarAhead) {
  options.window_right = 1;
  EXPECT_EQ(seen({4, 5}, options), (Rows{"xx...",  //
                                         "xxx..",  //
                                         "xxxx.",  //
                                         "xxxxx"}));
}

TEST_F(AttentionWindow, BothSidesMakeABand) {
  options.window_left = 2;
  options.window_right = 1;
  EXPECT_EQ(seen({5, 5}, options), (Rows{"xx...",  //
                                         "xxx..",  //
                                         "xxxx.",  //
                                         ".xxxx",  //
                                         "..xxx"}));
}

TEST_F(AttentionWindow, OfZeroOnBothSidesIsTheOwnKey) {
  options.window_left = options.window_right = 0;
  EXPECT_EQ(seen({3, 3}, options), (Rows{"x..", ".x.", "..x"}));
}

TEST_F(AttentionWindow, QueriesBehindTheLastKeySeeItAsLongAsItIsInTheWindow) {
  options.window_left = 1;
  EXPECT_EQ(seen({5, 2}, options), (Rows{"xx", "xx", ".x", "..", ".."}));
}

TEST_F(AttentionWindow, CausalityHidesTheRightSideOfTheWindow) {
  options.window_left = 1;
  options.window_right = 3;
  options.causal = CausalAlignment::top_left;
  EXPECT_EQ(seen({4, 5}, options), (Rows{"x....",  //
                                         "xx...",  //
                                         ".xx..",  //
                                         "..xx."}));
}

TEST_F(AttentionWindow, BottomRightMovesTheWindowToTheLastKeys) {
  options.causal = CausalAlignment::bottom_right;
  options.window_left = 1;
  EXPECT_EQ(seen({3, 5}, options), (Rows{".xx..", "..xx.", "...xx"}));
}

TEST_F(AttentionWindow, BottomRightWithMoreQueriesThanKeysLeavesTheFirstWithoutKeys) {
  options.causal = CausalAlignment::bottom_right;
  EXPECT_EQ(seen({5, 3}, options), (Rows{"...", "...", "x..", "xx.", "xxx"}));
}

TEST_F(AttentionWindow, BottomRightCountsFromTheEndOfTheValidKeys) {
  const Tensor<Index, 1> lengths({3}, {5, 3, 1});
  options.causal = CausalAlignment::bottom_right;
  options.window_left = 1;
  options.valid_lengths = lengths;
  EXPECT_EQ(seen({3, 5, 0, 3}, options, 0), (Rows{".xx..", "..xx.", "...xx"}));
  EXPECT_EQ(seen({3, 5, 0, 3}, options, 1), (Rows{"x....", "xx...", ".xx.."}));
  EXPECT_EQ(seen({3, 5, 0, 3}, options, 2), (Rows{".....", ".....", "x...."}));
}

TEST_F(AttentionWindow, ValidLengthsDoNotMoveOtherAlignments) {
  const Tensor<Index, 1> lengths({2}, {2, 0});
  options.causal = CausalAlignment::top_left;
  options.valid_lengths = lengths;
  EXPECT_EQ(seen({4, 4, 0, 2}, options, 0), (Rows{"x...", "xx..", "xx..", "xx.."}));
  EXPECT_EQ(seen({4, 4, 0, 2}, options, 1), (Rows{"....", "....", "....", "...."}));
}

TEST_F(AttentionWindow, NegativeOffsetLeavesTheFirstQueriesWithoutKeys) {
  options.query_offset = -2;
  options.causal = CausalAlignment::top_left;
  EXPECT_EQ(seen({4, 4}, options), (Rows{"....", "....", "x...", "xx.."}));
}

TEST_F(AttentionWindow, NegativeOffsetMovesTheWindow) {
  options.query_offset = -2;
  options.window_left = 0;
  options.window_right = 1;
  EXPECT_EQ(seen({4, 4}, options), (Rows{"....", "x...", "xx..", ".xx."}));
}

TEST_F(AttentionWindow, PositiveOffsetLeavesTheLastQueriesWithoutKeys) {
  options.query_offset = 3;
  options.window_left = 1;
  EXPECT_EQ(seen({3, 4}, options), (Rows{"..xx", "...x", "...."}));
}

TEST_F(AttentionWindow, PastKeysStandBeforeTheQueries) {
  options.window_left = 1;
  options.window_right = 0;
  EXPECT_EQ(seen({2, 5, 3}, options), (Rows{"..xx.", "...xx"}));
}

TEST_F(AttentionWindow, TopLeftAndBottomRightAgreeOnPastAndOwnKeys) {
  options.causal = CausalAlignment::top_left;
  EXPECT_EQ(seen({2, 5, 3}, options), (Rows{"xxxx.", "xxxxx"}));
  options.causal = CausalAlignment::bottom_right;
  EXPECT_EQ(seen({2, 5, 3}, options), (Rows{"xxxx.", "xxxxx"}));
}

TEST_F(AttentionWindow, PastKeysOnlyMayBeAllThereIs) {
  options.causal = CausalAlignment::top_left;
  EXPECT_EQ(seen({1, 3, 3}, options), (Rows{"xxx"}));
  options.window_left = 1;
  EXPECT_EQ(seen({1, 3, 3}, options), (Rows{"..x"}));
}

TEST_F(AttentionWindow, OffsetReplacesThePastLength) {
  options.causal = CausalAlignment::top_left;
  options.query_offset = 0;
  EXPECT_EQ(seen({2, 5, 3}, options), (Rows{"x....", "xx..."}));
}

TEST_F(AttentionWindow, ValidLengthsAndBottomRightCountPastKeys) {
  const Tensor<Index, 1> lengths({1}, {4});
  options.causal = CausalAlignment::bottom_right;
  options.valid_lengths = lengths;
  EXPECT_EQ(seen({2, 5, 3}, options), (Rows{"xxx..", "xxxx."}));
}

TEST_F(AttentionWindow, AllMasksTogetherHideWhatAnyOfThemHides) {
  const Tensor<bool, 2> is_visible({4, 1}, {true, true, false, true});
  const Tensor<bool, 2> key_is_valid({1, 6}, {true, true, false, true, true, true});
  const Tensor<double, 1> bias({6}, {0, -kInfinity<double>, 0, 1, 2, 3});
  const Tensor<Index, 1> lengths({1}, {5});
  options.is_visible = is_visible;
  options.key_is_valid = key_is_valid;
  options.attention_bias = bias;
  options.valid_lengths = lengths;
  EXPECT_EQ(seen({4, 6}, options), (Rows{"x..xx.", "x..xx.", "......", "x..xx."}));
  options.window_left = 2;
  options.window_right = 3;
  EXPECT_EQ(seen({4, 6}, options), (Rows{"x..x..", "x..xx.", "......", "...xx."}));
  options.causal = CausalAlignment::bottom_right;  // p = 1, 2, 3, 4
  EXPECT_EQ(seen({4, 6}, options), (Rows{"x.....", "x.....", "......", "...xx."}));
}

TEST_F(AttentionWindow, LargestNumbersDoNotOverflow) {
  constexpr Index kLargest = std::numeric_limits<Index>::max();
  constexpr Index kFarthest = Index{1} << 53;
  options.window_left = options.window_right = kLargest;
  options.query_offset = -kFarthest;
  EXPECT_EQ(seen({1, 3}, options), (Rows{"xxx"}));
  options.query_offset = kFarthest;
  EXPECT_EQ(seen({1, 3}, options), (Rows{"xxx"}));
  options.window_left = kFarthest - 1;  // the first key is kFarthest away
  EXPECT_EQ(seen({1, 3}, options), (Rows{".xx"}));
  options.query_offset = -kFarthest;
  options.causal = CausalAlignment::top_left;
  EXPECT_EQ(seen({1, 3}, options), (Rows{"..."}));
}

// ---- NaN and infinity in hidden places ----------------------------------------------------------

/// Options of one kind of mask, with what they look at.
struct Masks {
  Masks() = default;
  Masks(const Masks&) = delete;
  Masks& operator=(const Masks&) = delete;

  AttentionOptions<double> options;
  Tensor<bool, 1> keys{{5}, {true, false, true, true, false}};
  Tensor<bool, 4> keys_by_batch{{2, 1, 1, 5},
                                {true, false, true, false, false, true, false, false, true, false}};
  Tensor<bool, 2> key_is_valid{{2, 5},
                               {true, false, true, false, false, true, false, false, true, false}};
  Tensor<double, 1> bias{{5}, {1, -kInfinity<double>, 2, 3, -kInfinity<double>}};
  Tensor<Index, 1> lengths{{2}, {3, 0}};
  Tensor<Index, 1> equal_lengths{{2}, {4, 4}};
  Tensor<double, 1> of_heads{{4}, {1, 0.5, 0.25, -1}};
  bool has_past = false;
};

void hide_by_bottom_right(Masks& m) {
  m.options.causal = CausalAlignment::bottom_right;
  m.options.valid_lengths = m.equal_lengths;
}

void hide_by_negative_offset(Masks& m) {
  m.options.causal = CausalAlignment::top_left;
  m.options.query_offset = -2;
}

void hide_by_window_left(Masks& m) {
  m.options.window_left = 0;
  m.options.query_offset = 2;
}

void hide_past_keys(Masks& m) {
  m.options.key_is_valid = m.key_is_valid;
  m.has_past = true;
}

void hide_with_soft_cap_alibi_and_sinks(Masks& m) {
  m.options.is_visible = m.keys;
  m.options.soft_cap = 2;
  m.options.alibi_slopes = m.of_heads;
  m.options.sinks = m.of_heads;
}

struct MaskCase {
  std::string name;
  std::vector<Index> hidden;  ///< of the five keys, from all three queries
  std::function<void(Masks&)> set;
};

std::vector<MaskCase> mask_cases() {
  return {
      {"IsVisible", {1, 4}, [](Masks& m) { m.options.is_visible = m.keys; }},
      {"IsVisibleByBatch", {1, 4}, [](Masks& m) { m.options.is_visible = m.keys_by_batch; }},
      {"KeyIsValid", {1, 4}, [](Masks& m) { m.options.key_is_valid = m.key_is_valid; }},
      {"Bias", {1, 4}, [](Masks& m) { m.options.attention_bias = m.bias; }},
      {"ValidLengths", {3, 4}, [](Masks& m) { m.options.valid_lengths = m.lengths; }},
      {"TopLeft", {3, 4}, [](Masks& m) { m.options.causal = CausalAlignment::top_left; }},
      {"BottomRightOfLengths", {4}, hide_by_bottom_right},
      {"NegativeOffset", {1, 2, 3, 4}, hide_by_negative_offset},
      {"WindowRight", {4}, [](Masks& m) { m.options.window_right = 1; }},
      {"WindowLeft", {0, 1}, hide_by_window_left},
      {"Past", {1, 4}, hide_past_keys},
      {"SoftCapAlibiAndSinks", {1, 4}, hide_with_soft_cap_alibi_and_sinks},
  };
}

class AttentionHiddenKeys : public testing::TestWithParam<MaskCase> {
 protected:
  AttentionHiddenKeys() {
    GetParam().set(masks_);
    masks_.options.with_scores = masks_.options.with_weights = true;
    masks_.options.with_averaged_weights = masks_.options.with_log_sum_exp = true;
    masks_.options.score_stage = ScoreStage::biased;
  }

  /// `x` with `value` in all hidden keys.
  static Tensor<double, 4> with_hidden(double value, Tensor<double, 4> x) {
    for (Index b = 0; b < x.extent(0); ++b)
      for (Index h = 0; h < x.extent(1); ++h)
        for (const Index s : GetParam().hidden) x[b][h][s].fill(value);
    return x;
  }

  AttentionOutput<double, 4> attend(const Tensor<double, 4>& key, const Tensor<double, 4>& value) {
    const Index past_length = masks_.has_past ? 2 : 0;
    if (masks_.has_past) {
      masks_.options.past_key = key.slice(2, 0, past_length);
      masks_.options.past_value = value.slice(2, 0, past_length);
    }
    return scaled_dot_product_attention<double, 4>(q, key.slice(2, past_length, 5),
                                                   value.slice(2, past_length, 5), masks_.options);
  }

  static void expect_same(const AttentionOutput<double, 4>& actual,
                          const AttentionOutput<double, 4>& expected) {
    expect_equal(actual.output, expected.output);
    expect_equal(actual.scores, expected.scores);
    expect_equal(actual.weights, expected.weights);
    expect_equal(actual.averaged_weights, expected.averaged_weights);
    expect_equal(actual.log_sum_exp, expected.log_sum_exp);
  }

  const Tensor<double, 4> q = waves<double>({2, 4, 3, 8}, 1.1);
  const Tensor<double, 4> k = waves<double>({2, 2, 5, 8}, 1.7);
  const Tensor<double, 4> v = waves<double>({2, 2, 5, 6}, 2.3);
  Masks masks_;
};

INSTANTIATE_TEST_SUITE_P(All, AttentionHiddenKeys, testing::ValuesIn(mask_cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(AttentionHiddenKeys, NeverLeak) {
  for_each_kernel_set([&](KernelSet) {
    const AttentionOutput<double, 4> clean = attend(k, v);
    for (const double bad : {kNaN<double>, kInfinity<double>, -kInfinity<double>, 1e308}) {
      SCOPED_TRACE(bad);
      expect_same(attend(with_hidden(bad, k), v), clean);
      expect_same(attend(k, with_hidden(bad, v)), clean);
      expect_same(attend(with_hidden(bad, k), with_hidden(bad, v)), clean);
    }
  });
}

TEST_P(AttentionHiddenKeys, NeverLeakIntoTheOutputAlone) {
  masks_.options.with_scores = masks_.options.with_weights = false;
  masks_.options.with_averaged_weights = false;
  for_each_kernel_set([&](KernelSet) {
    const AttentionOutput<double, 4> clean = attend(k, v);
    for (const double bad : {kNaN<double>, kInfinity<double>, -kInfinity<double>, 1e308})
      expect_same(attend(with_hidden(bad, k), with_hidden(bad, v)), clean);
  });
}

TEST_P(AttentionHiddenKeys, HaveNoWeightAndNoScore) {
  for_each_kernel_set([&](KernelSet) {
    const AttentionOutput<double, 4> result = attend(k, v);
    for (Index b = 0; b < 2; ++b)
      for (Index t = 0; t < 3; ++t)
        for (const Index s : GetParam().hidden) {
          for (Index h = 0; h < 4; ++h) {
            EXPECT_EQ(result.weights(b, h, t, s), 0);
            EXPECT_EQ(result.scores(b, h, t, s), -kInfinity<double>);
          }
          EXPECT_EQ(result.averaged_weights(b, t, s), 0);
        }
  });
}

TEST_P(AttentionHiddenKeys, DoNotLeakIntoTheMeanOfAnEmptyRow) {
  masks_.options.empty_rows = EmptyRows::uniform;
  for_each_kernel_set([&](KernelSet) {
    const AttentionOutput<double, 4> clean = attend(k, v);
    for (const double bad : {kNaN<double>, kInfinity<double>, -kInfinity<double>})
      expect_same(attend(with_hidden(bad, k), v), clean);
  });
}

TEST_P(AttentionHiddenKeys, MayHaveAnyBias) {
  Tensor<double, 1> bias({5}, {0.5, -1, 2, 1, 0});
  if (masks_.options.attention_bias.is_given()) return;  // the bias is the mask
  masks_.options.attention_bias = bias;
  for_each_kernel_set([&](KernelSet) {
    for (const Index s : GetParam().hidden) bias(s) = 0;
    const AttentionOutput<double, 4> clean = attend(k, v);
    for (const double bad : {kNaN<double>, kInfinity<double>, -kInfinity<double>}) {
      for (const Index s : GetParam().hidden) bias(s) = bad;
      expect_same(attend(k, v), clean);
    }
  });
}

class AttentionNaN : public testing::Test {
 protected:
  AttentionNaN() { options.with_weights = options.with_log_sum_exp = true; }

  /// One letter a query: 'n' when its output, and weights or log_sum_exp are NaN; '.' when nothing
  /// is. The output alone must be the same.
  std::string nan_queries() {
    return on_every_kernel_set([&] {
      options.with_weights = false;
      const auto alone = scaled_dot_product_attention<double, 4>(q, k, v, options);
      options.with_weights = true;
      const auto result = scaled_dot_product_attention<double, 4>(q, k, v, options);
      std::string all;
      for (Index t = 0; t < q.extent(2); ++t) {
        const bool is_output_nan = result.output[0][0].vector(t).array().isNaN().all();
        const bool is_rest_nan =
            std::isnan(result.log_sum_exp(0, 0, t)) || result.weights[0][0].vector(t).hasNaN();
        all += is_output_nan ? 'n' : is_rest_nan ? '?' : '.';
        EXPECT_EQ(alone.output[0][0].vector(t).hasNaN(), is_output_nan) << t;
        EXPECT_EQ(result.output[0][0].vector(t).hasNaN(), is_output_nan) << t;
      }
      return all;
    });
  }

  Tensor<double, 4> q = waves<double>({1, 1, 4, 2}, 1.1);
  Tensor<double, 4> k = waves<double>({1, 1, 4, 2}, 1.7);
  Tensor<double, 4> v = waves<double>({1, 1, 4, 3}, 2.3);
  AttentionOptions<double> options;
};

TEST_F(AttentionNaN, InAKeyReachesTheQueriesThatSeeItOnly) {
  k[0][0][2].fill(kNaN<double>);
  EXPECT_EQ(nan_queries(), "nnnn");
  options.causal = CausalAlignment::top_left;
  EXPECT_EQ(nan_queries(), "..nn");
  options.window_left = 0;
  EXPECT_EQ(nan_queries(), "..n.");
  const Tensor<bool, 2> is_visible({4, 1}, {true, true, false, true});
  options.is_visible = is_visible;
  EXPECT_EQ(nan_queries(), "....");
}

TEST_F(AttentionNaN, InAValueReachesTheQueriesThatSeeItOnly) {
  v[0][0][2].fill(kNaN<double>);
  EXPECT_EQ(nan_queries(), "nnnn");
  options.causal = CausalAlignment::top_left;
  EXPECT_EQ(nan_queries(), "..nn");
  options.window_left = 0;
  EXPECT_EQ(nan_queries(), "..n.");
}

TEST_F(AttentionNaN, InAQueryReachesItsOwnRowOnly) {
  q[0][0][1].fill(kNaN<double>);
  EXPECT_EQ(nan_queries(), ".n..");
}

TEST_F(AttentionNaN, InAQueryWithoutKeysReachesNothing) {
  q[0][0][1].fill(kNaN<double>);
  const Tensor<bool, 2> is_visible({4, 1}, {true, false, true, true});
  options.is_visible = is_visible;
  EXPECT_EQ(nan_queries(), "....");
  options.empty_rows = EmptyRows::uniform;
  EXPECT_EQ(nan_queries(), "....");
}

TEST_F(AttentionNaN, InTheValueOfAScoreOfMinusInfinityReachesNothing) {
  q.fill(1);
  k(0, 0, 2, 0) = -kInfinity<double>;
  v[0][0][2].fill(kNaN<double>);
  EXPECT_EQ(nan_queries(), "....");
}

TEST_F(AttentionNaN, InTheValueOfAWeightThatUnderflowsReachesNothing) {
  const Tensor<double, 1> bias({4}, {0, 0, -800, 0});  // exp(-800) = 0
  options.attention_bias = bias;
  v[0][0][2].fill(kNaN<double>);
  EXPECT_EQ(nan_queries(), "....");
}

TEST_F(AttentionNaN, IsNotMadeOfScoresThatAreAllMinusInfinity) {
  q.fill(1);
  k.fill(-kInfinity<double>);
  for_each_kernel_set([&](KernelSet) {
    for (const bool has_weights : {true, false}) {
      options.with_weights = has_weights;
      const auto result = scaled_dot_product_attention<double, 4>(q, k, v, options);
      for (const double x : result.output) EXPECT_EQ(x, 0);
      for (const double x : result.weights) EXPECT_EQ(x, 0);
      for (const double x : result.log_sum_exp) EXPECT_EQ(x, -kInfinity<double>);
    }
  });
}

// ---- Refusals: the exact text, and nothing written ----------------------------------------------

class AttentionRefusal : public testing::Test {
 protected:
  AttentionRefusal() {
    for (Tensor<double, 4>* tensor : {&output, &scores, &weights}) tensor->fill(7);
    averaged_weights.fill(7);
    log_sum_exp.fill(7);
    views.output = output;
    views.scores = scores;
    views.weights = weights;
    views.averaged_weights = averaged_weights;
    views.log_sum_exp = log_sum_exp;
  }

  template <class Exception>
  void expect_refused(const std::string& message) {
    EXPECT_THROW_WITH(scaled_dot_product_attention<double>(q, k, v, options, views), Exception,
                      "scaled_dot_product_attention: " + message);
    for (const Tensor<double, 4>* tensor : {&output, &scores, &weights})
      for (const double x : *tensor) EXPECT_EQ(x, 7);
    for (const double x : averaged_weights) EXPECT_EQ(x, 7);
    for (const double x : log_sum_exp) EXPECT_EQ(x, 7);
  }

  const Tensor<double, 4> q = waves<double>({2, 4, 3, 8}, 1.1);
  const Tensor<double, 4> k = waves<double>({2, 2, 5, 8}, 1.7);
  const Tensor<double, 4> v = waves<double>({2, 2, 5, 6}, 2.3);
  Tensor<double, 4> output{Shape<4>{2, 4, 3, 6}};
  Tensor<double, 4> scores{Shape<4>{2, 4, 3, 5}};
  Tensor<double, 4> weights{Shape<4>{2, 4, 3, 5}};
  Tensor<double, 3> averaged_weights{Shape<3>{2, 3, 5}};
  Tensor<double, 3> log_sum_exp{Shape<3>{2, 4, 3}};
  AttentionOptions<double> options;
  AttentionOutputViews<double> views;
};

TEST_F(AttentionRefusal, PastKeyWithoutPastValue) {
  const Tensor<double, 4> past(Shape<4>{2, 2, 3, 8});
  options.past_key = past;
  expect_refused<ShapeError>(
      "past_key and past_value must be given together, in one length; got past_key [2, 2, 3, 8], "
      "past_value [0, 0, 0, 0]");
}

TEST_F(AttentionRefusal, PastValueOfOtherLength) {
  const Tensor<double, 4> past_key(Shape<4>{2, 2, 3, 8});
  const Tensor<double, 4> past_value(Shape<4>{2, 2, 4, 6});
  options.past_key = past_key;
  options.past_value = past_value;
  expect_refused<ShapeError>(
      "past_key and past_value must be given together, in one length; got past_key [2, 2, 3, 8], "
      "past_value [2, 2, 4, 6]");
}

TEST_F(AttentionRefusal, PastKeyOfOtherHeads) {
  const Tensor<double, 4> past_key(Shape<4>{2, 4, 3, 8});
  const Tensor<double, 4> past_value(Shape<4>{2, 2, 3, 6});
  options.past_key = past_key;
  options.past_value = past_value;
  expect_refused<ShapeError>(
      "past_key must have the batch, heads and head_dim of key; got past_key [2, 4, 3, 8], key "
      "[2, 2, 5, 8]");
}

TEST_F(AttentionRefusal, PastValueOfOtherHeadDim) {
  const Tensor<double, 4> past(Shape<4>{2, 2, 3, 8});
  options.past_key = options.past_value = past;
  expect_refused<ShapeError>(
      "past_value must have the batch, heads and head_dim of value; got past_value [2, 2, 3, 8], "
      "value [2, 2, 5, 6]");
}

TEST_F(AttentionRefusal, KeyIsValidOfOtherShape) {
  const Tensor<bool, 2> key_is_valid(Shape<2>{1, 5});
  options.key_is_valid = key_is_valid;
  expect_refused<ShapeError>("key_is_valid must have shape [B, S] [2, 5]; got [1, 5]");
}

TEST_F(AttentionRefusal, ValidLengthsOfOtherShape) {
  const Tensor<Index, 1> lengths({1}, {5});
  options.valid_lengths = lengths;
  expect_refused<ShapeError>("valid_lengths must have shape [B] [2]; got [1]");
}

TEST_F(AttentionRefusal, AlibiSlopesOfOtherShape) {
  const Tensor<double, 1> slopes(Shape<1>{2});
  options.alibi_slopes = slopes;
  expect_refused<ShapeError>("alibi_slopes must have shape [H] [4]; got [2]");
}

TEST_F(AttentionRefusal, SinksOfOtherShape) {
  const Tensor<double, 1> sinks(Shape<1>{5});
  options.sinks = sinks;
  expect_refused<ShapeError>("sinks must have shape [H] [4]; got [5]");
}

TEST_F(AttentionRefusal, ValidLengthBelowZero) {
  const Tensor<Index, 1> lengths({2}, {5, -1});
  options.valid_lengths = lengths;
  expect_refused<ValueError>(
      "valid_lengths must be >= 0 and <= the number of keys 5; got -1 at [1]");
}

TEST_F(AttentionRefusal, ValidLengthAboveTheNumberOfKeys) {
  const Tensor<Index, 1> lengths({2}, {6, 5});
  options.valid_lengths = lengths;
  expect_refused<ValueError>(
      "valid_lengths must be >= 0 and <= the number of keys 5; got 6 at [0]");
}

TEST_F(AttentionRefusal, ScaleThatIsNotFinite) {
  options.scale = kInfinity<double>;
  expect_refused<ValueError>("scale must be finite; got scale inf");
  options.scale = kNaN<double>;
  expect_refused<ValueError>("scale must be finite; got scale nan");
}

TEST_F(AttentionRefusal, SoftCapThatIsNotPositiveAndFinite) {
  for (const auto& [soft_cap, text] : std::vector<std::pair<double, std::string>>{
           {0, "0"}, {-1.5, "-1.5"}, {kInfinity<double>, "inf"}, {kNaN<double>, "nan"}}) {
    options.soft_cap = soft_cap;
    expect_refused<ValueError>("soft_cap must be finite and > 0; got soft_cap " + text);
  }
}

TEST_F(AttentionRefusal, WindowLeftBelowZero) {
  options.window_left = -1;
  expect_refused<ValueError>("window_left must be >= 0; got window_left -1");
}

TEST_F(AttentionRefusal, WindowRightBelowZero) {
  options.window_right = -2;
  expect_refused<ValueError>("window_right must be >= 0; got window_right -2");
}

TEST_F(AttentionRefusal, OffsetTogetherWithBottomRight) {
  options.query_offset = 2;
  options.causal = CausalAlignment::bottom_right;
  expect_refused<ValueError>(
      "query_offset must not be given together with causal = bottom_right, which sets it; got "
      "query_offset 2");
}

TEST_F(AttentionRefusal, OffsetThatADoubleCannotHold) {
  options.query_offset = (Index{1} << 53) + 1;
  expect_refused<ValueError>(
      "query_offset must be between -2^53 and 2^53; got query_offset 9007199254740993");
  options.query_offset = std::numeric_limits<Index>::min();
  expect_refused<ValueError>(
      "query_offset must be between -2^53 and 2^53; got query_offset -9223372036854775808");
}

TEST_F(AttentionRefusal, AveragedWeightsOfOtherShape) {
  views.averaged_weights = views.averaged_weights.slice(2, 0, 4);
  expect_refused<ShapeError>(
      "the view for averaged_weights must have the shape of the result; got view [2, 3, 4], result "
      "[2, 3, 5]");
}

TEST_F(AttentionRefusal, LastOfSeveralViewsOfOtherShape) {
  views.log_sum_exp = views.log_sum_exp.slice(1, 0, 3);
  expect_refused<ShapeError>(
      "the view for log_sum_exp must have the shape of the result; got view [2, 3, 3], result "
      "[2, 4, 3]");
}

TEST_F(AttentionRefusal, MaskOfOtherShape) {
  const Tensor<bool, 2> is_visible(Shape<2>{2, 5});
  options.is_visible = is_visible;
  expect_refused<ShapeError>("is_visible must broadcast to [B, H, T, S] [2, 4, 3, 5]; got [2, 5]");
}

}  // namespace
}  // namespace eigenhead
