#include "eigenhead/plot/value_range.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace eigenhead::detail {
namespace {

void expect_range(const ValueRange& range, double minimum, double maximum) {
  EXPECT_EQ(range.minimum, minimum);
  EXPECT_EQ(range.maximum, maximum);
}

TEST(Widened, HoldsTheFiniteValuesAndTheRangeBefore) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_range(widened(kNoValues, std::vector<double>{3, nan, -2, infinity, -infinity}), -2, 3);
  expect_range(widened({0, 1}, std::vector<double>{0.5, 4}), 0, 4);
  expect_range(widened(kNoValues, std::vector<double>{nan}), infinity, -infinity);
}

TEST(AutomaticRange, FollowsTheDataAndIsSymmetricForADivergingMap) {
  expect_range(automatic_range({-1, 4}, Colormap::viridis), -1, 4);
  expect_range(automatic_range({-1, 4}, Colormap::red_blue), -4, 4);
  expect_range(automatic_range({3, 3}, Colormap::viridis), 1.5, 4.5);
  expect_range(automatic_range({0, 0}, Colormap::red_blue), -0.5, 0.5);
  expect_range(automatic_range(kNoValues, Colormap::viridis), 0, 1);
}

TEST(PaddedRange, HasABorderAtBothEndsAndSurroundsASingleValue) {
  expect_range(padded_range({0, 8}, 0.25), -2, 10);
  expect_range(padded_range({-4, -4}, 0.25), -6, -2);
}

TEST(PositionIn, EndsAreZeroAndOneEvenForTheWidestRange) {
  const ValueRange range{-1.7e308, 1.7e308};
  EXPECT_EQ(position_in(range, range.minimum), 0);
  EXPECT_EQ(position_in(range, range.maximum), 1);
  EXPECT_EQ(position_in(range, 0), 0.5);
}

}  // namespace
}  // namespace eigenhead::detail
