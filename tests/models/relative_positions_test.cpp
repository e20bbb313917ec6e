#include "eigenhead/models/relative_positions.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace eigenhead {
namespace {

TEST(RelativePositions, BucketsAreExactUpToEightAndThenGrowByAFactor) {
  // Computed by hand from MPNetEncoder.relative_position_bucket with 32 buckets: half of them for
  // keys behind the query, 8 of a half exact, the others up to 128.
  const Index behind[][2] = {{1, 17}, {7, 23}, {8, 24}, {16, 26}, {32, 28}, {64, 30}, {127, 31}};
  for (const auto& [distance, bucket] : behind) {
    EXPECT_EQ(detail::bucket_of(distance, 32), bucket) << distance;
    EXPECT_EQ(detail::bucket_of(-distance, 32), bucket - 16) << -distance;
  }
  EXPECT_EQ(detail::bucket_of(0, 32), 0);
  EXPECT_EQ(detail::bucket_of(5000, 32), 31);
  EXPECT_EQ(detail::bucket_of(-5000, 32), 15);
}

TEST(RelativePositions, FewestAndMostBucketsAreAllInRange) {
  for (const Index distance : {-5000, -128, -127, -1, 0, 1, 127, 128, 5000}) {
    const Index first = distance > 0 ? 1 : 0;
    EXPECT_EQ(detail::bucket_of(distance, 4), 2 * first + (distance != 0 ? 1 : 0)) << distance;
    const Index of_511 = detail::bucket_of(distance, 511);  // 255 for each side, 127 exact
    const Index exact = std::abs(distance) < 127 ? std::abs(distance) : -1;
    if (exact >= 0) {
      EXPECT_EQ(of_511, 255 * first + exact) << distance;
    }
    EXPECT_GE(of_511, 255 * first) << distance;
    EXPECT_LT(of_511, 255 * (first + 1)) << distance;
  }
}

TEST(RelativePositions, BiasOfADistanceStandsAtItsColumn) {
  Tensor<double, 2> by_bucket(Shape<2>{32, 2});
  for (Index bucket = 0; bucket < 32; ++bucket) {
    by_bucket(bucket, 0) = static_cast<double>(bucket);
    by_bucket(bucket, 1) = static_cast<double>(-bucket);
  }
  const Tensor<double, 2> bias = detail::bias_by_distance<double>(by_bucket, 3);
  ASSERT_EQ(bias.shape(), (Shape<2>{2, 5}));  // distances -2 to 2
  const double expected[] = {2, 1, 0, 17, 18};
  for (Index column = 0; column < 5; ++column) {
    EXPECT_EQ(bias(0, column), expected[column]);
    EXPECT_EQ(bias(1, column), -expected[column]);
  }
}

}  // namespace
}  // namespace eigenhead
