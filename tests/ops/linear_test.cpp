#include "eigenhead/ops/linear.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

namespace eigenhead {
namespace {

const Tensor<float, 2> kInput({2, 3}, {1, 2, 3, 4, 5, 6});
const Tensor<float, 2> kWeight({2, 3}, {1, 0, -1, 2, 1, 0});

TEST(Linear, MultipliesWithTheTransposedWeightAndAddsTheBias) {
  const Tensor<float, 1> bias({2}, {10, 20});
  expect_equal(linear(kInput, kWeight, bias), Tensor<float, 2>({2, 2}, {8, 24, 8, 33}));
}

TEST(Linear, WithoutBiasAddsNothing) {
  expect_equal(linear(kInput, kWeight), Tensor<float, 2>({2, 2}, {-2, 4, -2, 13}));
}

TEST(Linear, ReadsAndWritesStridedRows) {
  Tensor<float, 2> wide(Shape<2>{2, 5});
  wide.fill(-7);
  linear<float>(kInput, kWeight, {}, wide.slice(1, 1, 3));
  expect_equal(wide, Tensor<float, 2>({2, 5}, {-7, -2, 4, -7, -7, -7, -2, 13, -7, -7}));
}

TEST(Linear, NoRowsGiveNoRows) {
  EXPECT_EQ(linear(Tensor<float, 2>(Shape<2>{0, 3}), kWeight).shape(), (Shape<2>{0, 2}));
}

TEST(Linear, WeightOfOtherWidthIsRefused) {
  EXPECT_THROW_WITH(
      linear(kInput, Tensor<float, 2>(Shape<2>{2, 4})), ShapeError,
      "linear: weight must be [out_features, in_features of input]; got input [2, 3], "
      "weight [2, 4]");
}

TEST(Linear, BiasOfOtherLengthIsRefused) {
  EXPECT_THROW_WITH(linear(kInput, kWeight, Tensor<float, 1>(3)), ShapeError,
                    "linear: bias must have one value for each row of weight; got weight [2, 3], "
                    "bias [3]");
}

TEST(Linear, OutputOfOtherShapeIsRefused) {
  Tensor<float, 2> y(Shape<2>{2, 3});
  EXPECT_THROW_WITH(linear<float>(kInput, kWeight, {}, y), ShapeError,
                    "linear: output must be [rows of input, out_features]; got input [2, 3], "
                    "weight [2, 3], output [2, 3]");
}

}  // namespace
}  // namespace eigenhead
