#include "eigenhead/random/torch_avx2.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace eigenhead {
namespace {

TEST(TorchAvx2Log, IsTheLogarithmUpToOneUlp) {
  EXPECT_EQ(detail::torch_avx2_log(1), 0.0f);
  for (int i = 1; i <= 10000; ++i) {
    const float x = static_cast<float>(i * i) * 1e-8f;
    const double expected = std::log(static_cast<double>(x));
    EXPECT_NEAR(detail::torch_avx2_log(x), expected, 1.2e-7 * std::abs(expected)) << x;
  }
}

TEST(TorchAvx2SineCosine, IsRightInEveryOctant) {
  for (int i = 0; i <= 10000; ++i) {
    const float angle = static_cast<float>(i) * 6.2831855e-4f;
    const detail::SineCosine actual = detail::torch_avx2_sine_cosine(angle);
    EXPECT_NEAR(actual.sine, std::sin(static_cast<double>(angle)), 1e-7) << angle;
    EXPECT_NEAR(actual.cosine, std::cos(static_cast<double>(angle)), 1e-7) << angle;
  }
}

}  // namespace
}  // namespace eigenhead
