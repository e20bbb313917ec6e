#pragma once

// Matrix products of bfloat16 numbers in place of float ones: what a unit for them implements.
//
// A float x is taken as high + low, two bfloat16 *pieces*: high = x rounded to bfloat16, low =
// x - high rounded to bfloat16. One product stands for a b: high high; or three: low high + high
// low + high high, what is left out being 2^-16 of a b or less. Rows of pieces are stored as
// *pairs*: the numbers of k and k + 1, side by side in the 32 bits of one float, zeros behind the
// last. So panels, tiles and transposes of pairs are those of floats of half the depth.

#include "eigenhead/kernels/matmul_tile.hpp"

namespace eigenhead::detail {

/// K is rounded up to a multiple of so many pairs: the depth of a tile of AMX.
inline constexpr Index kPairBlock = 16;

/// How many products of pieces stand for one product where it is not one; see above.
inline constexpr Index kSplitProducts = 3;

/// Low pieces of all numbers below the largest bfloat16 are smaller; beyond it, high + low must not
/// round to infinity.
inline constexpr float kLargestLow = 0x1.fep119f;

/// The kernels of one unit.
struct Bfloat16Kernels {
  /// left and panel are pairs, depth counts pairs; sums are float. left_depth_stride is 1.
  MatmulKernels<float> products;

  /// The pieces of a row of n floats for one product: [1, num_pairs], high; or for three products:
  /// [3, num_pairs], low, high, high, in the order of the products above. num_pairs is a multiple
  /// of kPairBlock. Rounds to nearest, ties to even; what would round to infinity becomes the
  /// largest bfloat16. NaN and infinity stand only in the last piece, where they multiply a high
  /// number, for infinity * low would be NaN where low is 0.
  void (*split)(const float* x, Index n, Index num_products, float* pieces, Index num_pairs);
};

/// The number of pairs that hold K numbers.
constexpr Index num_pairs(Index depth) {
  return (depth + 2 * kPairBlock - 1) / (2 * kPairBlock) * kPairBlock;
}

}  // namespace eigenhead::detail
