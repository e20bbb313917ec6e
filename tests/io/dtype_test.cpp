#include "eigenhead/io/dtype.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

template <class To, class From>
To convert_one(From value) {
  unsigned char bytes[sizeof(From)];
  std::memcpy(bytes, &value, sizeof value);
  To result;
  convert_elements(dtype_of<From>(), bytes, 1, &result, "load");
  return result;
}

/// The value of an IEEE-754 binary16 pattern, from its definition.
double half_value(unsigned pattern) {
  const unsigned exponent = pattern >> 10 & 31;
  const auto fraction = static_cast<double>(pattern & 1023);
  const double sign = (pattern & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
  if (exponent == 0) return sign * fraction * std::ldexp(1.0, -24);
  return sign * (1024 + fraction) * std::ldexp(1.0, static_cast<int>(exponent) - 25);
}

TEST(DType, NamesAndBitsAreThoseOfSafetensors) {
  struct Row {
    const char* name;
    int bits;
  };
  const Row rows[] = {{"BOOL", 8},    {"F4", 4},   {"F6_E2M3", 6},     {"F6_E3M2", 6},
                      {"U8", 8},      {"I8", 8},   {"F8_E5M2", 8},     {"F8_E4M3", 8},
                      {"F8_E8M0", 8}, {"I16", 16}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
                      {"U16", 16},    {"F16", 16}, {"BF16", 16},       {"I32", 32},
                      {"U32", 32},    {"F32", 32}, {"C64", 64},        {"F64", 64},
                      {"I64", 64},    {"U64", 64}};
  for (const Row& row : rows) {
    const auto dtype = dtype_named(row.name);
    ASSERT_TRUE(dtype) << row.name;
    EXPECT_STREQ(name_of(*dtype), row.name);
    EXPECT_EQ(bits_of(*dtype), row.bits) << row.name;
  }
}

TEST(DType, UnknownNamesAreNothing) {
  for (const char* name : {"", "f32", "F128", "?", "F32 ", "float32"})
    EXPECT_FALSE(dtype_named(name)) << name;
}

TEST(DType, TypesOfCxxAreKnownBySize) {
  EXPECT_EQ(dtype_of<long long>(), DType::i64);
  EXPECT_EQ(dtype_of<std::int64_t>(), DType::i64);
  EXPECT_EQ(dtype_of<unsigned char>(), DType::u8);
  EXPECT_EQ(dtype_of<bool>(), DType::boolean);
  EXPECT_EQ(dtype_of<Eigen::bfloat16>(), DType::bf16);
}

TEST(ConvertElements, EveryF16PatternHasItsExactValue) {
  for (unsigned pattern = 0; pattern < 65536; ++pattern) {
    const unsigned char bytes[] = {static_cast<unsigned char>(pattern & 255),
                                   static_cast<unsigned char>(pattern >> 8)};
    float single = 0;
    double twice = 0;
    convert_elements(DType::f16, bytes, 1, &single, "load");
    convert_elements(DType::f16, bytes, 1, &twice, "load");
    const double expected = half_value(pattern);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(single) && std::isnan(twice)) << pattern;
    } else {
      ASSERT_EQ(static_cast<double>(single), expected) << pattern;
      ASSERT_EQ(twice, expected) << pattern;
      ASSERT_EQ(std::signbit(single), std::signbit(expected)) << pattern;
    }
  }
}

TEST(ConvertElements, EveryBf16PatternIsTheUpperHalfOfFloat) {
  for (unsigned pattern = 0; pattern < 65536; ++pattern) {
    const unsigned char bytes[] = {static_cast<unsigned char>(pattern & 255),
                                   static_cast<unsigned char>(pattern >> 8)};
    float single = 0;
    convert_elements(DType::bf16, bytes, 1, &single, "load");
    std::uint32_t bits = 0;
    std::memcpy(&bits, &single, sizeof bits);
    ASSERT_EQ(bits, pattern << 16) << pattern;
  }
}

TEST(ConvertElements, EqualTypesKeepEveryBit) {
  const std::uint32_t signalling_nan = 0x7f800001;
  unsigned char bytes[5];
  std::memcpy(bytes + 1, &signalling_nan, 4);  // any alignment
  float value = 0;
  convert_elements(DType::f32, bytes + 1, 1, &value, "load");
  EXPECT_EQ(std::memcmp(&value, &signalling_nan, 4), 0);
}

TEST(ConvertElements, BooleanByteOtherThanZeroIsTrue) {
  const unsigned char bytes[] = {0, 1, 2, 255};
  bool flags[4];
  convert_elements(DType::boolean, bytes, 4, flags, "load");
  EXPECT_FALSE(flags[0]);
  EXPECT_TRUE(flags[1] && flags[2] && flags[3]);
  float numbers[4];
  convert_elements(DType::boolean, bytes, 4, numbers, "load");
  EXPECT_EQ(numbers[0], 0);
  EXPECT_EQ(numbers[3], 1);
}

TEST(ConvertElements, NumbersRoundToTheNearestFloat) {
  EXPECT_EQ(convert_one<float>(0.1), 0.1f);
  EXPECT_EQ(convert_one<float>(std::int32_t{16777217}), 16777216.0f);
  EXPECT_EQ(convert_one<float>(1e300), std::numeric_limits<float>::infinity());
  EXPECT_EQ(convert_one<Eigen::half>(0.1f), Eigen::half(0.1f));
  EXPECT_EQ(convert_one<Eigen::bfloat16>(1.0), Eigen::bfloat16(1.0f));
  EXPECT_EQ(convert_one<double>(std::uint64_t{1} << 63), 9223372036854775808.0);
  EXPECT_EQ(convert_one<bool>(0.5f), true);
}

TEST(ConvertElements, IntegersThatFitAreExact) {
  EXPECT_EQ(convert_one<std::int32_t>(std::int64_t{-2147483648}),
            std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(convert_one<std::int32_t>(2147483647.0), 2147483647);
  EXPECT_EQ(convert_one<std::int64_t>(-9223372036854775808.0),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(convert_one<std::uint8_t>(Eigen::half(255)), 255);
  EXPECT_EQ(convert_one<std::uint64_t>(std::int8_t{127}), 127u);
  EXPECT_EQ(convert_one<std::int8_t>(Eigen::bfloat16(-128)), -128);
  EXPECT_EQ(convert_one<std::uint64_t>(18446744073709549568.0), 18446744073709549568u);
}

TEST(ConvertElements, IntegersThatDoNotFitAreRefused) {
  EXPECT_THROW_WITH(
      convert_one<std::int32_t>(std::int64_t{2147483648}), FormatError,
      "load: every element must be an integer that fits I32; got 2147483648 at element 0");
  EXPECT_THROW(convert_one<std::uint64_t>(std::int8_t{-1}), FormatError);
  EXPECT_THROW(convert_one<std::uint8_t>(std::int32_t{256}), FormatError);
  EXPECT_THROW(convert_one<std::int8_t>(std::int32_t{-129}), FormatError);
  EXPECT_THROW(convert_one<std::int64_t>(std::uint64_t{1} << 63), FormatError);
  EXPECT_THROW(convert_one<std::int64_t>(9223372036854775808.0), FormatError);
  EXPECT_THROW(convert_one<std::uint64_t>(18446744073709551616.0), FormatError);
  EXPECT_THROW(convert_one<std::uint64_t>(-1.0), FormatError);
  EXPECT_THROW_WITH(convert_one<std::int32_t>(1.5f), FormatError,
                    "load: every element must be an integer that fits I32; got 1.5 at element 0");
  EXPECT_THROW(convert_one<std::int32_t>(std::nanf("")), FormatError);
  EXPECT_THROW(convert_one<std::int32_t>(Eigen::half(std::numeric_limits<float>::infinity())),
               FormatError);
}

template <class From>
void expect_seven_everywhere() {
  EXPECT_EQ(convert_one<float>(From(7)), 7.0f);
  EXPECT_EQ(convert_one<double>(From(7)), 7.0);
  EXPECT_EQ(convert_one<std::int32_t>(From(7)), 7);
  EXPECT_EQ(convert_one<std::int64_t>(From(7)), 7);
  EXPECT_EQ(convert_one<Eigen::half>(From(7)), Eigen::half(7));
  EXPECT_EQ(convert_one<bool>(From(7)), true);
}

TEST(ConvertElements, EveryPairOfTypesConverts) {
  expect_seven_everywhere<std::uint8_t>();
  expect_seven_everywhere<std::int8_t>();
  expect_seven_everywhere<std::uint16_t>();
  expect_seven_everywhere<std::int16_t>();
  expect_seven_everywhere<std::uint32_t>();
  expect_seven_everywhere<std::int32_t>();
  expect_seven_everywhere<std::uint64_t>();
  expect_seven_everywhere<std::int64_t>();
  expect_seven_everywhere<Eigen::half>();
  expect_seven_everywhere<Eigen::bfloat16>();
  expect_seven_everywhere<float>();
  expect_seven_everywhere<double>();
}

TEST(ConvertElements, TypesWithoutConversionAreRefused) {
  float value = 0;
  for (const char* name : {"F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F4",
                           "F6_E2M3", "F6_E3M2", "C64"})
    EXPECT_THROW_WITH(
        convert_elements(*dtype_named(name), nullptr, 0, &value, "load"), FormatError,
        std::string("load: element type must be BOOL, an integer, F16, BF16, F32 or F64; got ") +
            name);
}

}  // namespace
}  // namespace eigenhead
