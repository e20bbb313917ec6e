#pragma once

// Matrix products of bfloat16 numbers in place of float ones: what a unit for them implements.
//
// A float x is high + middle + low, three bfloat16 *pieces* of 8 bits: high = x rounded to
// bfloat16, middle = x - high rounded to bfloat16, low = the rest. One product stands for a b: high
// high; or three, which leave out less than 2^-15 of a b; or six, which leave out less than 2^-24:
// see kPieceProducts. Rows of pieces are stored as *pairs*: the numbers of k and k + 1, side by
// side in the 32 bits of one float, zeros behind the last. So panels, tiles and transposes of pairs
// are those of floats of half the depth.

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul_tile.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace eigenhead::detail {

/// K is rounded up to a multiple of so many pairs: the depth of a tile of AMX.
inline constexpr Index kPairBlock = 16;

/// A product of a piece of the left number, as Bfloat16Kernels::split counts them, and a piece of
/// the right one: 0 high, 1 middle, 2 low.
struct PieceProduct {
  Index left;
  Index right;
};

/// In order of rising size; where n products (1, 3 or 6) stand for one, they are the last n.
inline constexpr Index kMaxPieceProducts = 6;
inline constexpr PieceProduct kPieceProducts[kMaxPieceProducts] = {
    {3, 0}, {2, 1}, {1, 2},  // low high, middle middle, high low
    {2, 0}, {1, 1},          // middle high, high middle
    {0, 0}};                 // high high, with NaN and infinity

/// The product `index` of num_products.
constexpr PieceProduct piece_product(Index index, Index num_products) {
  return kPieceProducts[kMaxPieceProducts - num_products + index];
}

/// How many pieces of the left number num_products take: 1, 3 or 4.
constexpr Index num_left_pieces(Index num_products) {
  return piece_product(0, num_products).left + 1;
}

/// How many pieces of the right number num_products take: 1, 2 or 3.
constexpr Index num_right_pieces(Index num_products) {
  return std::max(Index{1}, num_left_pieces(num_products) - 1);
}

/// Middle pieces of all numbers below the largest bfloat16 are smaller; beyond it, high + middle
/// must not round to infinity.
inline constexpr float kLargestMiddle = 0x1.fep119f;

/// The kernels of one unit.
struct Bfloat16Kernels {
  /// left and panel are pairs, depth counts pairs; sums are float. left_depth_stride is 1.
  MatmulKernels<float> products;

  /// The first num_pieces of the pieces of a row of n floats, [num_pieces, num_pairs]: high; high
  /// once more, middle and low, these three being 0 for NaN and infinity. So NaN and infinity
  /// multiply a high number only, for infinity * low would be NaN where low is 0. num_pairs is a
  /// multiple of kPairBlock. Rounds to nearest, ties to even; what would round to infinity becomes
  /// the largest bfloat16.
  void (*split)(const float* x, Index n, Index num_pieces, float* pieces, Index num_pairs);

  /// Pairs of neighbouring rows, rounded as the high pieces of split(): to[p, c] = from[2p, c]
  /// and from[2p + 1, c] side by side for p < num_pairs(rows) and c < columns, and zeros where
  /// there is no such number, also for columns <= c < width, which is `columns` rounded up to whole
  /// vectors. Neither has gaps between columns, and rows of `to` not either. Returns whether no
  /// number is infinite or NaN.
  bool (*pair_rows)(const float* from, Index from_stride, Index rows, Index columns, float* to,
                    Index width);
};

/// The number of pairs that hold K numbers.
constexpr Index num_pairs(Index depth) {
  return (depth + 2 * kPairBlock - 1) / (2 * kPairBlock) * kPairBlock;
}

/// pieces[row] = Bfloat16Kernels::split of row `row` of the matrix, rows one after the other.
inline void split_rows(const Bfloat16Kernels& kernels, const TensorView<const float, 2>& matrix,
                       Index num_pieces, float* pieces) {
  const Index depth = matrix.extent(1);
  const Index pairs = num_pairs(depth);
  std::vector<float> gathered(static_cast<std::size_t>(matrix.stride(1) == 1 ? 0 : depth));
  for (Index row = 0; row < matrix.extent(0); ++row) {
    const float* numbers = matrix.data() + row * matrix.stride(0);
    if (matrix.stride(1) != 1) {
      for (Index k = 0; k < depth; ++k)
        gathered[static_cast<std::size_t>(k)] = numbers[k * matrix.stride(1)];
      numbers = gathered.data();
    }
    kernels.split(numbers, depth, num_pieces, pieces + row * num_pieces * pairs, pairs);
  }
}

}  // namespace eigenhead::detail
