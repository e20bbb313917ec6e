#include "eigenhead/attention/alibi.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace eigenhead {
namespace {

TEST(AlibiSlopes, PowersOfTwoHalveFromHeadToHead) {
  expect_equal(alibi_slopes<double>(8),
               Tensor<double, 1>(
                   {8}, {1 / 2., 1 / 4., 1 / 8., 1 / 16., 1 / 32., 1 / 64., 1 / 128., 1 / 256.}));
  expect_equal(alibi_slopes<float>(1), Tensor<float, 1>({1}, {1 / 256.f}));
}

TEST(AlibiSlopes, OtherNumbersTakeEverySecondSlopeOfTheNextPower) {
  const double root = std::sqrt(0.5);  // 16 heads: 2^-0.5, 2^-1, 2^-1.5, ...
  expect_near(alibi_slopes<double>(10),
              Tensor<double, 1>({10}, {1 / 2., 1 / 4., 1 / 8., 1 / 16., 1 / 32., 1 / 64., 1 / 128.,
                                       1 / 256., root, root / 2}),
              1e-16);
}

TEST(AlibiSlopes, NoHeadsAreRefused) {
  EXPECT_THROW_WITH(alibi_slopes<float>(0), ValueError,
                    "alibi_slopes: num_heads must be >= 1; got num_heads 0");
}

}  // namespace
}  // namespace eigenhead
