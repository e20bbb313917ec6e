#include "eigenhead/attention/merge.hpp"

#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "support/near.hpp"
#include "support/special_values.hpp"
#include "support/throws.hpp"
#include "support/waves.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

class MergeAttention : public testing::Test {
 protected:
  const Tensor<double, 4> q = waves<double>({2, 4, 3, 8}, 1.1);
  const Tensor<double, 4> k = waves<double>({2, 2, 7, 8}, 1.7);
  const Tensor<double, 4> v = waves<double>({2, 2, 7, 6}, 2.3);

  AttentionOutput<double, 4> attend(Index begin, Index end,
                                    AttentionOptions<double> options = {}) const {
    options.with_log_sum_exp = true;
    return scaled_dot_product_attention(q, k.slice(2, begin, end), v.slice(2, begin, end), options);
  }

  static void expect_same(const AttentionOutput<double, 4>& actual,
                          const AttentionOutput<double, 4>& expected) {
    expect_near(actual.output, expected.output, 1e-14);
    expect_near(actual.log_sum_exp, expected.log_sum_exp, 1e-14);
  }
};

TEST_F(MergeAttention, AnyPartitionGivesTheWhole) {
  const std::vector<std::vector<Index>> partitions = {
      {0, 7}, {0, 3, 7}, {0, 0, 3, 3, 4, 7, 7}, {0, 1, 2, 3, 4, 5, 6, 7}};
  for (const std::vector<Index>& borders : partitions) {
    std::vector<AttentionOutput<double, 4>> parts;
    for (std::size_t i = 0; i + 1 < borders.size(); ++i)
      parts.push_back(attend(borders[i], borders[i + 1]));
    expect_same(merge_attention(parts), attend(0, 7));
    std::reverse(parts.begin(), parts.end());
    expect_same(merge_attention(parts), attend(0, 7));
  }
}

TEST_F(MergeAttention, MergedPartsMergeOn) {
  const auto front = merge_attention<double, 4>({attend(0, 2), attend(2, 3)});
  expect_same(merge_attention<double, 4>({attend(3, 7), front}), attend(0, 7));
}

TEST_F(MergeAttention, PartsOfACausalWindowNeedTheirPlace) {
  AttentionOptions<double> options;
  options.causal = CausalAlignment::top_left;
  options.window_left = 1;
  const auto whole = attend(0, 7, options);
  options.query_offset = -2;
  const auto back = attend(2, 7, options);
  options.query_offset = 0;
  expect_same(merge_attention<double, 4>({attend(0, 2, options), back}), whole);
}

TEST_F(MergeAttention, ASinkIsAPartWithoutValue) {
  const Tensor<double, 1> sinks({4}, {-1, 0, 0.5, 2});
  AttentionOptions<double> options;
  options.sinks = sinks;
  AttentionOutput<double, 4> sink = attend(0, 0);
  for (Index h = 0; h < 4; ++h)
    for (Index b = 0; b < 2; ++b)
      for (Index t = 0; t < 3; ++t) sink.log_sum_exp(b, h, t) = sinks(h);
  expect_same(merge_attention<double, 4>({attend(0, 4), sink, attend(4, 7)}),
              attend(0, 7, options));
}

TEST_F(MergeAttention, RowsWithoutAnyKeyAreZeroAndMinusInfinity) {
  const auto merged = merge_attention<double, 4>({attend(0, 0), attend(5, 5)});
  for (const double x : merged.output) EXPECT_EQ(x, 0);
  for (const double x : merged.log_sum_exp) EXPECT_EQ(x, -kInfinity<double>);
}

TEST_F(MergeAttention, NaNOfAnEmptyPartDoesNotLeakAndNaNOfAVisibleKeyStays) {
  auto empty = attend(0, 0);
  empty.output.fill(std::numeric_limits<double>::quiet_NaN());
  expect_same(merge_attention<double, 4>({empty, attend(0, 7)}), attend(0, 7));
  auto bad = attend(3, 7);
  bad.log_sum_exp(0, 1, 2) = std::numeric_limits<double>::quiet_NaN();
  const auto merged = merge_attention<double, 4>({attend(0, 3), bad});
  EXPECT_TRUE(std::isnan(merged.output(0, 1, 2, 0)));
  EXPECT_TRUE(std::isnan(merged.log_sum_exp(0, 1, 2)));
  EXPECT_FALSE(std::isnan(merged.output(0, 1, 1, 0)));
}

TEST_F(MergeAttention, HugeLogSumExpsDoNotOverflow) {
  auto a = attend(0, 3);
  auto b = attend(3, 7);
  for (double& x : a.log_sum_exp) x += 5000;
  for (double& x : b.log_sum_exp) x += 5000;
  const auto merged = merge_attention<double, 4>({a, b});
  expect_near(merged.output, attend(0, 7).output, 1e-11);
  EXPECT_NEAR(merged.log_sum_exp(1, 2, 1), attend(0, 7).log_sum_exp(1, 2, 1) + 5000, 1e-11);
}

TEST_F(MergeAttention, NoPartsAreRefused) {
  EXPECT_THROW_WITH((merge_attention<double, 4>({})), ValueError,
                    "merge_attention: parts must hold at least one part; got parts 0");
}

TEST_F(MergeAttention, PartsOfOtherShapeOrWithoutLogSumExpAreRefused) {
  const std::string rule =
      "merge_attention: every part must have the output and the log_sum_exp of the same queries; "
      "got ";
  const auto no_log_sum_exp = scaled_dot_product_attention(q, k, v);
  EXPECT_THROW_WITH(
      (merge_attention<double, 4>({attend(0, 3), no_log_sum_exp})), ShapeError,
      rule + "output [2, 4, 3, 6], log_sum_exp [0, 0, 0] in part 1, output [2, 4, 3, 6] in part 0");
  auto wide = attend(0, 3);
  wide.output = Tensor<double, 4>(Shape<4>{2, 4, 3, 5});
  EXPECT_THROW_WITH(
      (merge_attention<double, 4>({attend(0, 3), wide})), ShapeError,
      rule + "output [2, 4, 3, 5], log_sum_exp [2, 4, 3] in part 1, output [2, 4, 3, 6] in part 0");
}

}  // namespace
}  // namespace eigenhead
