#include "eigenhead/plot/ticks.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead::detail {
namespace {

std::vector<std::string> labels(const ValueRange& range, int count) {
  std::vector<std::string> result;
  for (const Tick& tick : nice_ticks(range, count)) result.push_back(tick.label);
  return result;
}

using Labels = std::vector<std::string>;

TEST(NiceTicks, AreRoundNumbersInsideTheRange) {
  EXPECT_EQ(labels({0, 1}, 5), (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels({-3.2, 4.1}, 5), (Labels{"\u22122", "0", "2", "4"}));
  EXPECT_EQ(labels({0, 512}, 5), (Labels{"0", "200", "400"}));
  EXPECT_EQ(labels({0.123, 0.127}, 4), (Labels{"0.123", "0.124", "0.125", "0.126", "0.127"}));
}

TEST(NiceTicks, VerySmallAndVeryLargeNumbersUseExponents) {
  EXPECT_EQ(labels({-1e-7, 1e-7}, 2), (Labels{"\u22121e\u221207", "0", "1e\u221207"}));
  EXPECT_EQ(labels({0, 2e9}, 2), (Labels{"0", "1e+09", "2e+09"}));
}

TEST(NiceTicks, WidestRangeDoesNotOverflow) {
  EXPECT_LE(labels({-1.7e308, 1.7e308}, 4).size(), 9u);
  EXPECT_GE(labels({-1.7e308, 1.7e308}, 4).size(), 2u);
}

TEST(NiceTicks, RangeBelowTheResolutionOfDoubleStillEnds) {
  EXPECT_LE(labels({1e16, 1e16 + 2}, 5).size(), 11u);
}

TEST(RoundUpToNice, GivesOneTwoOrFive) {
  EXPECT_DOUBLE_EQ(round_up_to_nice(0.11), 0.2);
  EXPECT_DOUBLE_EQ(round_up_to_nice(3), 5);
  EXPECT_DOUBLE_EQ(round_up_to_nice(5), 5);
  EXPECT_DOUBLE_EQ(round_up_to_nice(51), 100);
  EXPECT_DOUBLE_EQ(round_up_to_nice(1), 1);
}

}  // namespace
}  // namespace eigenhead::detail
