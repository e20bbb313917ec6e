#include "eigenhead/kernels/vector_functions.hpp"

#include "support/bits.hpp"
#include "support/guarded_array.hpp"
#include "support/kernel_sets.hpp"

#include <Eigen/Core>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace eigenhead {
namespace {

std::vector<std::uint16_t> all_patterns() {
  std::vector<std::uint16_t> patterns(65536);
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<std::uint16_t>(i);
  return patterns;
}

/// The value of binary16 by its definition; for numbers and infinity.
double value_of_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  const double magnitude = exponent == 31  ? HUGE_VAL
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

class VectorHalf : public testing::TestWithParam<KernelSet> {
 protected:
  const HalfKernels& kernels() const { return half_kernels(GetParam()); }

  std::uint16_t half(float x) const {
    std::uint16_t y;
    kernels().half_from_float(&x, 1, &y);
    return y;
  }
  std::uint16_t bfloat16(float x) const {
    std::uint16_t y;
    kernels().bfloat16_from_float(&x, 1, &y);
    return y;
  }
};

TEST_P(VectorHalf, EveryHalfWidensExactlyAndComesBack) {
  const std::vector<std::uint16_t> patterns = all_patterns();
  std::vector<float> wide(patterns.size());
  std::vector<std::uint16_t> back(patterns.size());
  kernels().float_from_half(patterns.data(), 65536, wide.data());
  kernels().half_from_float(wide.data(), 65536, back.data());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::uint16_t pattern = patterns[i];
    const std::uint32_t sign = static_cast<std::uint32_t>(pattern & 0x8000) << 16;
    if ((pattern & 0x7fff) > 0x7c00) {
      const std::uint32_t payload = static_cast<std::uint32_t>(pattern & 0x3ff) << 13;
      ASSERT_EQ(bits(wide[i]), sign | 0x7fc00000 | payload) << pattern;
      ASSERT_EQ(back[i], pattern | 0x200) << pattern;
    } else {
      ASSERT_EQ(static_cast<double>(wide[i]), value_of_half(pattern)) << pattern;
      ASSERT_EQ(bits(wide[i]) & 0x80000000, sign) << pattern;
      ASSERT_EQ(back[i], pattern);
    }
  }
}

TEST_P(VectorHalf, EveryBfloat16WidensExactlyAndComesBack) {
  const std::vector<std::uint16_t> patterns = all_patterns();
  std::vector<float> wide(patterns.size());
  std::vector<std::uint16_t> back(patterns.size());
  kernels().float_from_bfloat16(patterns.data(), 65536, wide.data());
  kernels().bfloat16_from_float(wide.data(), 65536, back.data());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::uint16_t pattern = patterns[i];
    const bool is_nan = (pattern & 0x7fff) > 0x7f80;
    ASSERT_EQ(bits(wide[i]), static_cast<std::uint32_t>(pattern) << 16 | (is_nan ? 0x400000u : 0u));
    ASSERT_EQ(back[i], is_nan ? pattern | 0x40 : pattern);
  }
}

TEST_P(VectorHalf, NarrowingRoundsToNearestAndTiesToEven) {
  // The middle of every two neighbours, and the floats beside it.
  for (std::uint32_t lower = 0; lower < 0x7c00; ++lower) {
    const auto even = static_cast<std::uint16_t>(lower + (lower & 1));
    const double upper_value =
        lower == 0x7bff ? 65536 : value_of_half(static_cast<std::uint16_t>(lower + 1));
    const auto middle =
        static_cast<float>((value_of_half(static_cast<std::uint16_t>(lower)) + upper_value) / 2);
    ASSERT_EQ(half(middle), even) << middle;
    ASSERT_EQ(half(std::nextafterf(middle, 0)), lower) << middle;
    ASSERT_EQ(half(std::nextafterf(middle, 1e9f)), lower + 1) << middle;
    ASSERT_EQ(half(-middle), even | 0x8000) << middle;
  }
  for (std::uint32_t lower = 0; lower < 0x7f80; ++lower) {
    const float middle = number(lower << 16 | 0x8000);
    ASSERT_EQ(bfloat16(middle), lower + (lower & 1)) << middle;
    ASSERT_EQ(bfloat16(number((lower << 16 | 0x8000) - 1)), lower) << middle;
    ASSERT_EQ(bfloat16(number((lower << 16 | 0x8000) + 1)), lower + 1) << middle;
    ASSERT_EQ(bfloat16(-middle), (lower + (lower & 1)) | 0x8000) << middle;
  }
}

TEST_P(VectorHalf, NarrowingOfTooLargeAndTooSmallNumbers) {
  EXPECT_EQ(half(65504.0f), 0x7bff);
  EXPECT_EQ(half(65519.99f), 0x7bff);
  EXPECT_EQ(half(65520.0f), 0x7c00);
  EXPECT_EQ(half(-3e38f), 0xfc00);
  EXPECT_EQ(half(0x1p-25f), 0);
  EXPECT_EQ(half(-1e-30f), 0x8000);
  EXPECT_EQ(half(1e-45f), 0);
  EXPECT_EQ(bfloat16(3.4028235e38f), 0x7f80);
  EXPECT_EQ(bfloat16(1e-45f), 0);
  EXPECT_EQ(bfloat16(number(0x00008001)), 1);
}

TEST_P(VectorHalf, NaNKeepsSignAndUpperPayloadAndBecomesQuiet) {
  EXPECT_EQ(half(number(0x7f802000)), 0x7e01);
  EXPECT_EQ(half(number(0xff800001)), 0xfe00);
  EXPECT_EQ(half(number(0x7fffffff)), 0x7fff);
  EXPECT_EQ(bfloat16(number(0x7f810000)), 0x7fc1);
  EXPECT_EQ(bfloat16(number(0xff800001)), 0xffc0);
  EXPECT_EQ(bfloat16(number(0x7fffffff)), 0x7fff);
}

TEST_P(VectorHalf, AgreesWithEigenOnRandomBits) {
  std::mt19937 engine(11);
  for (int i = 0; i < 300000; ++i) {
    const float x = number(static_cast<std::uint32_t>(engine()));
    if (std::isnan(x)) continue;
    ASSERT_EQ(half(x), Eigen::half(x).x) << x;
    ASSERT_EQ(bfloat16(x), Eigen::bfloat16(x).value) << x;
  }
}

TEST_P(VectorHalf, EveryLengthStaysInsideItsMemory) {
  for (Index n = 0; n <= 67; ++n) {
    GuardedArray<std::uint16_t> narrow(n);
    GuardedArray<float> wide(n);
    GuardedArray<std::uint16_t> back(n);
    for (Index i = 0; i < n; ++i) narrow[i] = static_cast<std::uint16_t>(0x3c00 + i);
    kernels().float_from_half(narrow.data(), n, wide.data());
    kernels().half_from_float(wide.data(), n, back.data());
    ASSERT_TRUE(std::equal(narrow.begin(), narrow.end(), back.begin())) << n;
    kernels().float_from_bfloat16(narrow.data(), n, wide.data());
    kernels().bfloat16_from_float(wide.data(), n, back.data());
    ASSERT_TRUE(std::equal(narrow.begin(), narrow.end(), back.begin())) << n;
    ASSERT_TRUE(wide.has_clean_front() && back.has_clean_front()) << n;
  }
}

TEST_P(VectorHalf, ForcedSetIsTheOneThatRuns) {
  const ForcedKernels forced(GetParam());
  EXPECT_EQ(&half_kernels(), &half_kernels(GetParam()));
  if (GetParam() != KernelSet::reference) {
    EXPECT_NE(&half_kernels(), &half_kernels(KernelSet::reference));
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, VectorHalf, testing::ValuesIn(tested_kernel_sets()),
                         [](const auto& test) { return to_string(test.param); });

}  // namespace
}  // namespace eigenhead
