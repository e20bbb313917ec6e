#include "eigenhead/ops/softmax.hpp"

#include "support/near.hpp"
#include "support/special_values.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace eigenhead {
namespace {

TEST(Softmax, MatchesHandComputedRow) {
  const Tensor<double, 2> x({1, 3}, {0.0, std::log(2.0), std::log(5.0)});
  expect_near(softmax(x), Tensor<double, 2>({1, 3}, {0.125, 0.25, 0.625}), 1e-15);
}

TEST(Softmax, RowOfMinusInfinityBecomesZeros) {
  const Tensor<float, 2> x({2, 2}, {-kInfinity<float>, -kInfinity<float>, 1, 1});
  expect_equal(softmax(x), Tensor<float, 2>({2, 2}, {0, 0, 0.5f, 0.5f}));
}

TEST(Softmax, NaNStaysVisibleAlsoBesideMinusInfinity) {
  const Tensor<float, 2> x({2, 2}, {-kInfinity<float>, kNaN<float>, kNaN<float>, 1});
  const Tensor<float, 2> y = softmax(x);
  for (const float weight : y) EXPECT_TRUE(std::isnan(weight));
}

TEST(Softmax, LargeValuesDoNotOverflow) {
  const Tensor<float, 1> x({2}, {1e4f, 1e4f});
  expect_equal(softmax(x), Tensor<float, 1>({2}, {0.5f, 0.5f}));
}

TEST(Softmax, ShiftOfARowChangesNothing) {
  const Tensor<double, 1> x({4}, {-1.5, 0, 0.25, 3});
  const Tensor<double, 1> shifted({4}, {6.5, 8, 8.25, 11});
  expect_near(softmax(shifted), softmax(x), 1e-15);
}

TEST(Softmax, EveryRowOfAHigherRankSumsToOne) {
  Tensor<double, 3> x(Shape<3>{2, 3, 5});
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<double>(7 * i));
  const Tensor<double, 3> y = softmax(x);
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j) EXPECT_NEAR(y.vector(i, j).sum(), 1.0, 1e-15);
}

TEST(Softmax, WorksInPlaceAndOnStridedRows) {
  Tensor<float, 2> x({2, 2}, {0, 5, 0, 5});
  softmax<float, 2>(x.transpose(0, 1), x.transpose(0, 1));
  expect_equal(x, Tensor<float, 2>({2, 2}, {0.5f, 0.5f, 0.5f, 0.5f}));
}

TEST(Softmax, EmptyInputGivesEmptyOutput) {
  EXPECT_EQ(softmax(Tensor<float, 2>(Shape<2>{0, 4})).shape(), (Shape<2>{0, 4}));
  EXPECT_EQ(softmax(Tensor<float, 2>(Shape<2>{3, 0})).shape(), (Shape<2>{3, 0}));
}

TEST(Softmax, OutputOfAnotherShapeIsRefused) {
  const Tensor<float, 2> x(Shape<2>{2, 3});
  Tensor<float, 2> y(Shape<2>{3, 2});
  EXPECT_THROW_WITH(
      (softmax<float, 2>(x, y)), ShapeError,
      "softmax: output must have the shape of input; got input [2, 3], output [3, 2]");
}

TEST(LogSumExp, MatchesHandComputedValueWithoutOverflow) {
  EXPECT_NEAR(log_sum_exp(Tensor<double, 1>({3}, {0.0, std::log(2.0), std::log(5.0)})),
              std::log(8.0), 1e-15);
  EXPECT_NEAR(log_sum_exp(Tensor<double, 1>({2}, {1e4, 1e4})), 1e4 + std::log(2.0), 1e-11);
}

TEST(LogSumExp, NothingAllowedIsMinusInfinity) {
  EXPECT_EQ(log_sum_exp(Tensor<float, 1>({2}, {-kInfinity<float>, -kInfinity<float>})),
            -kInfinity<float>);
  EXPECT_EQ(log_sum_exp(Tensor<float, 1>()), -kInfinity<float>);
  EXPECT_TRUE(std::isnan(log_sum_exp(Tensor<float, 1>({2}, {-kInfinity<float>, kNaN<float>}))));
}

TEST(LogSoftmax, IsTheLogarithmOfSoftmax) {
  const Tensor<double, 2> x({2, 3}, {0.0, std::log(2.0), std::log(5.0), 3, 3, 3});
  const double third = -std::log(3.0);
  const Tensor<double, 2> expected(
      {2, 3}, {-std::log(8.0), -std::log(4.0), std::log(0.625), third, third, third});
  expect_near(log_softmax(x), expected, 1e-15);
}

TEST(LogSoftmax, NeitherUnderflowsNorLosesSmallDifferencesOfLargeValues) {
  const Tensor<float, 2> x({2, 2}, {0, -200, 1e6f, 1e6f + 1});
  const float smaller = -1.3132617f;  // -ln(1 + e)
  expect_near(log_softmax(x), Tensor<float, 2>({2, 2}, {0, -200, smaller, smaller + 1}), 1e-6);
}

TEST(LogSoftmax, RowOfMinusInfinityStaysAndNaNAndInfinityFillTheirRows) {
  const Tensor<float, 2> x({4, 2}, {-kInfinity<float>, -kInfinity<float>, -kInfinity<float>, 0,
                                    kInfinity<float>, 1, -kInfinity<float>, kNaN<float>});
  const Tensor<float, 2> y = log_softmax(x);
  EXPECT_EQ(y(0, 0), -kInfinity<float>);
  EXPECT_EQ(y(0, 1), -kInfinity<float>);
  EXPECT_EQ(y(1, 0), -kInfinity<float>);
  EXPECT_EQ(y(1, 1), 0.0f);
  for (Index row = 2; row < 4; ++row)
    EXPECT_TRUE(std::isnan(y(row, 0)) && std::isnan(y(row, 1))) << row;
}

TEST(LogSoftmax, WorksInPlaceOnStridedRowsAndOnNothing) {
  Tensor<float, 2> x({2, 2}, {0, 5, 0, 5});
  log_softmax<float, 2>(x.transpose(0, 1), x.transpose(0, 1));
  const float half = std::log(0.5f);
  expect_near(x, Tensor<float, 2>({2, 2}, {half, half, half, half}), 1e-7);
  EXPECT_EQ(log_softmax(Tensor<float, 2>(Shape<2>{3, 0})).shape(), (Shape<2>{3, 0}));
}

TEST(LogSoftmax, OutputOfAnotherShapeIsRefused) {
  const Tensor<float, 2> x(Shape<2>{2, 3});
  Tensor<float, 2> y(Shape<2>{3, 2});
  EXPECT_THROW_WITH(
      (log_softmax<float, 2>(x, y)), ShapeError,
      "log_softmax: output must have the shape of input; got input [2, 3], output [3, 2]");
}

}  // namespace
}  // namespace eigenhead
