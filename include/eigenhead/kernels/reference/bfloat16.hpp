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
inline void split(const float* x, Index n, Index num_pieces, float* pieces, Index num_pairs) {
  const auto store = [&](Index piece, Index i, std::uint16_t bits) {
    auto* row = reinterpret_cast<char*>(pieces + piece * num_pairs);
    std::memcpy(row + i * 2, &bits, 2);
  };
  for (Index i = 0; i < 2 * num_pairs; ++i) {
    const float value = i < n ? x[i] : 0.0f;
    std::uint16_t bits = saturated_bfloat16(value);
    store(0, i, bits);
    if (!std::isfinite(value)) bits = 0;
    float rest = std::isfinite(value) ? value : 0.0f;
    for (Index piece = 1; piece < num_pieces; ++piece) {
      store(piece, i, bits);
      rest -= float_from_bfloat16(bits);
      bits = bfloat16_from_float(std::clamp(rest, -kLargestMiddle, kLargestMiddle));
    }
  }
}

/// See Bfloat16Kernels::pair_rows.
inline bool pair_rows(const float* from, Index from_stride, Index rows, Index columns, float* to,
                      Index width) {
  bool is_all_finite = true;
  std::fill_n(to, num_pairs(rows) * width, 0.0f);
  for (Index row = 0; row < rows; ++row) {
    auto* pairs = reinterpret_cast<char*>(to + row / 2 * width);
    for (Index column = 0; column < columns; ++column) {
      const float value = from[row * from_stride + column];
      const std::uint16_t bits = saturated_bfloat16(value);
      std::memcpy(pairs + column * 4 + row % 2 * 2, &bits, 2);
      is_all_finite = is_all_finite && std::isfinite(value);
    }
  }
  return is_all_finite;
}

}  // namespace eigenhead::detail::reference
