#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <cmath>

namespace eigenhead {

/// The slopes of attention with linear biases, for AttentionOptions::alibi_slopes: [H].
///
/// For H a power of two, slope h = 2^(-8 (h + 1) / H). For other H the slopes of the next lower
/// power of two come first, then every second one of twice that power. Throws ValueError when
/// num_heads < 1. Source: Press et al. 2021 and their published code (get_slopes).
template <class Scalar>
Tensor<Scalar, 1> alibi_slopes(Index num_heads) {
  check<ValueError>(num_heads >= 1, "alibi_slopes: num_heads must be >= 1", "num_heads", num_heads);
  Index power = 1;
  while (2 * power <= num_heads) power *= 2;
  const auto slope = [](Index h, Index of) {
    return static_cast<Scalar>(
        std::exp2(-8.0 * static_cast<double>(h + 1) / static_cast<double>(of)));
  };
  Tensor<Scalar, 1> slopes(num_heads);
  for (Index h = 0; h < num_heads; ++h)
    slopes(h) = h < power ? slope(h, power) : slope(2 * (h - power), 2 * power);
  return slopes;
}

}  // namespace eigenhead
