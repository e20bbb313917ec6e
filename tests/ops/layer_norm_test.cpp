#include "eigenhead/ops/layer_norm.hpp"

#include "eigenhead/core/tensor.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace eigenhead {
namespace {

Tensor<float, 1> ones(Index size) {
  Tensor<float, 1> x(size);
  x.fill(1);
  return x;
}

Tensor<float, 1> zeros(Index size) { return Tensor<float, 1>(size); }

TEST(LayerNorm, RowBecomesZeroMeanAndUnitVariance) {
  Tensor<float, 2> x({1, 4}, {1, 2, 3, 4});
  layer_norm<float>(x, ones(4), zeros(4), 0.0f, x);
  expect_near(x, Tensor<float, 2>({1, 4}, {-1.3416408f, -0.4472136f, 0.4472136f, 1.3416408f}),
              1e-6);
}

TEST(LayerNorm, GainMultipliesAndBiasIsAddedLast) {
  Tensor<float, 2> x({1, 2}, {-3, 3});
  layer_norm<float>(x, Tensor<float, 1>({2}, {2, 10}), Tensor<float, 1>({2}, {0.5f, -1}), 0.0f, x);
  expect_near(x, Tensor<float, 2>({1, 2}, {-1.5f, 9}), 1e-6);
}

TEST(LayerNorm, MatchesDirectSumsForEveryLengthUpTo67) {
  for (Index length = 1; length <= 67; ++length) {
    Tensor<double, 2> x(Shape<2>{2, length});
    Tensor<double, 2> expected(x.shape());
    Tensor<double, 1> gain(length);
    Tensor<double, 1> bias(length);
    for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<double>(i * i));
    for (Index i = 0; i < length; ++i) {
      gain(i) = std::cos(static_cast<double>(i));
      bias(i) = static_cast<double>(i) / 10;
    }
    for (Index row = 0; row < 2; ++row) {
      double sum = 0;
      double squares = 0;
      const auto n = static_cast<double>(length);
      for (Index i = 0; i < length; ++i) sum += x(row, i);
      for (Index i = 0; i < length; ++i) squares += std::pow(x(row, i) - sum / n, 2);
      for (Index i = 0; i < length; ++i)
        expected(row, i) =
            gain(i) * (x(row, i) - sum / n) / std::sqrt(squares / n + 1e-5) + bias(i);
    }
    layer_norm<double>(x, gain, bias, 1e-5, x);
    expect_near(x, expected, 1e-13);
  }
}

TEST(LayerNorm, LargeCommonOffsetDoesNotCancel) {
  Tensor<float, 2> x({1, 4}, {1, 2, 3, 4});
  Tensor<float, 2> shifted({1, 4}, {10001, 10002, 10003, 10004});
  layer_norm<float>(x, ones(4), zeros(4), 1e-12f, x);
  layer_norm<float>(shifted, ones(4), zeros(4), 1e-12f, shifted);
  expect_near(shifted, x, 1e-3);
}

TEST(LayerNorm, ConstantRowBecomesTheBias) {
  Tensor<float, 2> x({1, 3}, {7, 7, 7});
  layer_norm<float>(x, ones(3), Tensor<float, 1>({3}, {1, 2, 3}), 1e-12f, x);
  expect_equal(x, Tensor<float, 2>({1, 3}, {1, 2, 3}));
}

TEST(LayerNorm, NaNStaysInItsRow) {
  Tensor<float, 2> x({2, 2}, {std::numeric_limits<float>::quiet_NaN(), 1, -1, 1});
  layer_norm<float>(x, ones(2), zeros(2), 0.0f, x);
  EXPECT_TRUE(std::isnan(x(0, 0)) && std::isnan(x(0, 1)));
  EXPECT_FLOAT_EQ(x(1, 1), 1);
}

TEST(LayerNorm, GainOfWrongLengthIsRefusedWithAllShapes) {
  Tensor<float, 2> x(Shape<2>{2, 4});
  EXPECT_THROW_WITH(layer_norm<float>(x, ones(3), zeros(4), 1e-12f, x), ShapeError,
                    "layer_norm: gain and bias must have the length of a row; got input [2, 4], "
                    "gain [3], bias [4]");
}

TEST(LayerNorm, OutputOfAnotherShapeIsRefused) {
  const Tensor<float, 2> x(Shape<2>{2, 4});
  Tensor<float, 2> y(Shape<2>{4, 2});
  EXPECT_THROW_WITH(
      layer_norm<float>(x, ones(4), zeros(4), 1e-12f, y), ShapeError,
      "layer_norm: output must have the shape of input; got input [2, 4], output [4, 2]");
}

TEST(LayerNorm, NegativeEpsilonIsRefused) {
  Tensor<float, 2> x(Shape<2>{2, 4});
  EXPECT_THROW_WITH(layer_norm<float>(x, ones(4), zeros(4), -1.0f, x), ValueError,
                    "layer_norm: epsilon must be >= 0; got epsilon -1");
}

}  // namespace
}  // namespace eigenhead
