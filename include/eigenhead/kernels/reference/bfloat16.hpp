#pragma once

// Pieces of bfloat16, plain loops: what the kernels of units are tested against.

#include "eigenhead/kernels/bfloat16_kernels.hpp"
#include "eigenhead/kernels/reference/half.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace eigenhead::detail::reference {

/// bfloat16_from_float(), but what is finite stays finite.
inline std::uint16_t saturated_bfloat16(float x) {
  const std::uint16_t rounded = bfloat16_from_float(x);
  const bool has_become_infinite = (rounded & 0x7fff) == 0x7f80 && std::isfinite(x);
  return has_become_infinite ? static_cast<std::uint16_t>(rounded - 1) : rounded;
}

/// See Bfloat16Kernels::split.
inline void split(const float* x, Index n, Index num_products, float* pieces, Index num_pairs) {
  const auto store = [&](Index piece, Index i, std::uint16_t bits) {
    auto* row = reinterpret_cast<char*>(pieces + piece * num_pairs);
    std::memcpy(row + i * 2, &bits, 2);
  };
  for (Index i = 0; i < 2 * num_pairs; ++i) {
    const float value = i < n ? x[i] : 0.0f;
    const std::uint16_t high = saturated_bfloat16(value);
    store(num_products - 1, i, high);
    if (num_products == 1) continue;
    const bool is_finite = std::isfinite(value);
    const float low = std::clamp(value - float_from_bfloat16(high), -kLargestLow, kLargestLow);
    store(0, i, is_finite ? saturated_bfloat16(low) : std::uint16_t{0});
    store(1, i, is_finite ? high : std::uint16_t{0});
  }
}

}  // namespace eigenhead::detail::reference
