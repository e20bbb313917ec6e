#pragma once

#include <cstdint>
#include <cstring>

namespace eigenhead {

/// The bits of a float32.
inline std::uint32_t bits(float value) {
  std::uint32_t result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

/// The float32 of these bits.
inline float number(std::uint32_t bits) {
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

}  // namespace eigenhead
