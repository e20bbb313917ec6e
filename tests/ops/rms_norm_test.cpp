#include "eigenhead/ops/rms_norm.hpp"

#include "eigenhead/core/tensor.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace eigenhead {
namespace {

Tensor<float, 1> unit_weight(Index size) {
  Tensor<float, 1> x(size);
  x.fill(1);
  return x;
}

TEST(RmsNorm, RowBecomesUnitMeanSquareTimesGain) {
  Tensor<float, 2> x({2, 4}, {1, -1, 5, 3, 2, 2, 2, 2});  // mean squares 9 and 4
  rms_norm<float>(x, Tensor<float, 1>({4}, {3, 3, 6, -3}), 0.0f, x);
  expect_near(x, Tensor<float, 2>({2, 4}, {1, -1, 10, -3, 3, 3, 6, -3}), 1e-6);
}

TEST(RmsNorm, EpsilonIsAddedInsideTheRoot) {
  Tensor<double, 2> x({1, 2}, {2, 2});
  rms_norm<double>(x, Tensor<double, 1>({2}, {1, 1}), 12, x);
  expect_near(x, Tensor<double, 2>({1, 2}, {0.5, 0.5}), 1e-15);
}

TEST(RmsNorm, MatchesDirectSumsForEveryLengthUpTo67) {
  for (Index length = 1; length <= 67; ++length) {
    Tensor<double, 2> x(Shape<2>{2, length});
    Tensor<double, 2> expected(x.shape());
    Tensor<double, 1> gain(length);
    for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<double>(i * i + 1));
    for (Index i = 0; i < length; ++i) gain(i) = std::cos(static_cast<double>(i));
    for (Index row = 0; row < 2; ++row) {
      double squares = 0;
      for (Index i = 0; i < length; ++i) squares += x(row, i) * x(row, i);
      for (Index i = 0; i < length; ++i)
        expected(row, i) =
            gain(i) * x(row, i) / std::sqrt(squares / static_cast<double>(length) + 1e-5);
    }
    rms_norm<double>(x, gain, 1e-5, x);
    expect_near(x, expected, 1e-13);
  }
}

TEST(RmsNorm, RowOfZerosStaysZero) {
  Tensor<float, 2> x(Shape<2>{1, 3});
  rms_norm<float>(x, unit_weight(3), 1e-12f, x);
  expect_equal(x, Tensor<float, 2>(Shape<2>{1, 3}));
}

TEST(RmsNorm, NaNStaysInItsRow) {
  Tensor<float, 2> x({2, 2}, {std::numeric_limits<float>::quiet_NaN(), 1, -1, 1});
  rms_norm<float>(x, unit_weight(2), 0.0f, x);
  EXPECT_TRUE(std::isnan(x(0, 0)) && std::isnan(x(0, 1)));
  EXPECT_FLOAT_EQ(x(1, 1), 1);
}

TEST(RmsNorm, EmptyInputIsLeftAlone) {
  Tensor<float, 2> x(Shape<2>{0, 4});
  rms_norm<float>(x, unit_weight(4), 0.0f, x);
  Tensor<float, 2> y(Shape<2>{4, 0});
  rms_norm<float>(y, unit_weight(0), 0.0f, y);
  EXPECT_EQ(y.size(), 0);
}

TEST(RmsNorm, WrongArgumentsAreRefused) {
  Tensor<float, 2> x(Shape<2>{2, 4});
  Tensor<float, 2> y(Shape<2>{4, 2});
  EXPECT_THROW_WITH(rms_norm<float>(x, unit_weight(3), 1e-12f, x), ShapeError,
                    "rms_norm: gain must have the length of a row; got input [2, 4], gain [3]");
  EXPECT_THROW_WITH(
      rms_norm<float>(x, unit_weight(4), 1e-12f, y), ShapeError,
      "rms_norm: output must have the shape of input; got input [2, 4], output [4, 2]");
  EXPECT_THROW_WITH(rms_norm<float>(x, unit_weight(4), -1.0f, x), ValueError,
                    "rms_norm: epsilon must be >= 0; got epsilon -1");
}

}  // namespace
}  // namespace eigenhead
