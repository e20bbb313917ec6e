#pragma once

// Conversions from and to 16 bits, in integer arithmetic.

#include "eigenhead/kernels/vector_table.hpp"

#include <cstdint>
#include <cstring>

namespace eigenhead::detail::reference {

inline float float_of_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline std::uint32_t bits_of_float(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// bits / 2^shift, rounded to nearest, ties to even; 1 <= shift <= 31
inline std::uint32_t shift_and_round(std::uint32_t bits, int shift) {
  const std::uint32_t last = (bits >> shift) & 1;
  return (bits + (std::uint32_t{1} << (shift - 1)) - 1 + last) >> shift;
}

/// IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
inline float float_from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t magnitude = half & 0x7fff;
  if (magnitude > 0x7c00) return float_of_bits(sign | 0x7fc00000 | magnitude << 13);  // NaN
  if (magnitude == 0x7c00) return float_of_bits(sign | 0x7f800000);
  if (magnitude >= 0x0400) return float_of_bits(sign | ((magnitude << 13) + (112u << 23)));
  const float value = static_cast<float>(magnitude) * 0x1p-24f;  // zero or denormal: exact
  return float_of_bits(sign | bits_of_float(value));
}

inline std::uint16_t half_from_float(float value) {
  const std::uint32_t bits = bits_of_float(value);
  const std::uint32_t sign = bits >> 16 & 0x8000;
  const std::uint32_t magnitude = bits & 0x7fffffff;
  std::uint32_t half;
  if (magnitude > 0x7f800000) {
    half = 0x7e00 | (magnitude >> 13 & 0x1ff);  // NaN
  } else if (magnitude >= 0x47800000) {
    half = 0x7c00;  // from 65536 on; less is rounded up to infinity below
  } else if (magnitude >= 0x38800000) {
    half = shift_and_round(magnitude - (112u << 23), 13);
  } else if (magnitude < 0x33000000) {
    half = 0;  // below half of the smallest denormal
  } else {
    const int exponent = static_cast<int>(magnitude >> 23);
    half = shift_and_round((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
  }
  return static_cast<std::uint16_t>(sign | half);
}

/// bfloat16 is the upper half of a float.
inline float float_from_bfloat16(std::uint16_t upper) {
  const std::uint32_t quiet = (upper & 0x7fff) > 0x7f80 ? 0x400000 : 0;
  return float_of_bits(static_cast<std::uint32_t>(upper) << 16 | quiet);
}

inline std::uint16_t bfloat16_from_float(float value) {
  const std::uint32_t bits = bits_of_float(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return static_cast<std::uint16_t>(bits >> 16 | 0x40);  // NaN
  return static_cast<std::uint16_t>(shift_and_round(bits, 16));
}

template <class From, class To, To (*kConvert)(From)>
void convert(const From* x, Index n, To* y) {
  for (Index i = 0; i < n; ++i) y[i] = kConvert(x[i]);
}

inline constexpr HalfKernels kHalfKernels = {convert<std::uint16_t, float, float_from_half>,
                                             convert<float, std::uint16_t, half_from_float>,
                                             convert<std::uint16_t, float, float_from_bfloat16>,
                                             convert<float, std::uint16_t, bfloat16_from_float>};

}  // namespace eigenhead::detail::reference
