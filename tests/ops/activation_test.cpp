#include "eigenhead/ops/activation.hpp"

#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace eigenhead {
namespace {

/// Every activation that a BERT-family configuration may name, against transformers' ACT2FN.
class ActivationFixture : public testing::TestWithParam<std::string> {
 protected:
  template <class Scalar>
  static void expect_fixture(double tolerance) {
    const auto x = fixture<Scalar, 1>("fixtures/activations/x.npy");
    const auto expected = fixture<double, 1>("fixtures/activations/" + GetParam() + ".f64.npy");
    Tensor<Scalar, 1> y(x.shape());
    activate<Scalar, 1>(activation_from_name(GetParam()), x, y);
    // Inputs reach 1e4: the tolerance is absolute up to 1 and relative beyond.
    for (Index i = 0; i < x.size(); ++i)
      EXPECT_NEAR(static_cast<double>(y(i)), expected(i),
                  tolerance * std::max(1.0, std::abs(expected(i))))
          << "x = " << x(i);
  }
};

TEST_P(ActivationFixture, DoubleMatches) {
  // transformers writes sqrt(2/pi) with ten digits in gelu_fast only; ours is the exact constant.
  expect_fixture<double>(GetParam() == "gelu_fast" ? 2e-12 : 2e-15);
}
TEST_P(ActivationFixture, FloatMatches) { expect_fixture<float>(4e-7); }

INSTANTIATE_TEST_SUITE_P(All, ActivationFixture,
                         testing::Values("gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh",
                                         "quick_gelu", "relu", "relu6", "silu", "swish", "mish",
                                         "tanh", "sigmoid", "linear"),
                         [](const auto& test) { return test.param; });

TEST(Gelu, ErfAndTanhFormsDifferByUpTo5e4) {
  double largest = 0;
  for (double x = -5; x <= 5; x += 0.01)
    largest = std::max(largest, std::abs(gelu_erf(x) - gelu_tanh(x)));
  EXPECT_GT(largest, 4e-4);
  EXPECT_LT(largest, 6e-4);
}

TEST(Gelu, KeepsRelativeAccuracyInTheLeftTail) {
  // x * Phi(x) at -10, by Phi(-10) = 7.619853024160527e-24.
  EXPECT_NEAR(gelu_erf(-10.0), -7.619853024160527e-23, 1e-36);
}

TEST(Relu, NaNStaysNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(relu(nan)));
  EXPECT_TRUE(std::isnan(relu6(nan)));
}

TEST(Activate, WorksInPlaceOnHigherRanks) {
  Tensor<float, 2> x({2, 2}, {-1, 2, -3, 4});
  activate<float, 2>(Activation::relu, x, x);
  expect_equal(x, Tensor<float, 2>({2, 2}, {0, 2, 0, 4}));
}

TEST(Activate, OutputOfAnotherShapeIsRefused) {
  const Tensor<float, 1> x(2);
  Tensor<float, 1> y(3);
  EXPECT_THROW_WITH((activate<float, 1>(Activation::relu, x, y)), ShapeError,
                    "activate: output must have the shape of input; got input [2], output [3]");
}

TEST(Activate, UnknownEnumeratorIsRefused) {
  EXPECT_THROW_WITH(activate(static_cast<Activation>(99), 1.0f), ValueError,
                    "activate: activation must be one of the enumerators; got 99");
}

TEST(ActivationFromName, UnknownWordIsRefused) {
  EXPECT_THROW_WITH(
      activation_from_name("gelu_10"), ValueError,
      "activation_from_name: name must be one of gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, "
      "quick_gelu, relu, relu6, silu, swish, mish, tanh, sigmoid, linear; got \"gelu_10\"");
}

}  // namespace
}  // namespace eigenhead
