#pragma once

// Products of bfloat16 pairs on a unit of eight tiles, each 16 rows of 64 bytes: AMX, or a copy of
// it in plain C++ for tests. The control flow is here; a Unit has static functions
//
//   configure(), release()                  before the first tile operation and after the last
//   zero<T>()                               tile T = 0
//   load<T>(const float* from, Index stride), store<T>(float* to, Index stride)
//                                           16 rows of 16 words, `stride` words apart
//   add_to<T>(float* to, Index stride)      as store, adding to what stands there
//   multiply<C, A, B>()                     C[m, n] += sum over pairs p of A[m, p] . B[p, n]

#include "eigenhead/kernels/matmul_tile.hpp"
#include "eigenhead/kernels/reference/bfloat16.hpp"

#include <cstddef>

namespace eigenhead::detail {

inline constexpr Index kUnitTileSide = 16;

/// A tile of sums, the whole depth one chain.
template <class Unit, int kTile>
void finish_sums(const TileProduct<float>& product, Index row, Index column) {
  float* to = product.sums + row * product.sums_stride + column;
  if (product.is_first)
    Unit::template store<kTile>(to, product.sums_stride);
  else
    Unit::template add_to<kTile>(to, product.sums_stride);
}

/// 16 or 32 rows times 16 or 32 columns. The sums, tiles 0 to 3, hide the latency of the product,
/// and each of the tiles 4, 5 (left) and 6, 7 (panel) serves two products.
template <class Unit, bool kHasTwoRows, bool kHasTwoColumns>
void multiply_tiles(const TileProduct<float>& product) {
  constexpr Index kPanelWidth = (kHasTwoColumns ? 2 : 1) * kUnitTileSide;
  const Index left_stride = product.left_row_stride;
  Unit::template zero<0>();
  if constexpr (kHasTwoColumns) Unit::template zero<1>();
  if constexpr (kHasTwoRows) Unit::template zero<2>();
  if constexpr (kHasTwoRows && kHasTwoColumns) Unit::template zero<3>();
  for (Index k = 0; k < product.depth; k += kUnitTileSide) {
    const float* left = product.left + k;
    const float* panel = product.panel + k * kPanelWidth;
    Unit::template load<4>(left, left_stride);
    Unit::template load<6>(panel, kPanelWidth);
    Unit::template multiply<0, 4, 6>();
    if constexpr (kHasTwoColumns) {
      Unit::template load<7>(panel + kUnitTileSide, kPanelWidth);
      Unit::template multiply<1, 4, 7>();
    }
    if constexpr (kHasTwoRows) {
      Unit::template load<5>(left + kUnitTileSide * left_stride, left_stride);
      Unit::template multiply<2, 5, 6>();
    }
    if constexpr (kHasTwoRows && kHasTwoColumns) Unit::template multiply<3, 5, 7>();
  }
  finish_sums<Unit, 0>(product, 0, 0);
  if constexpr (kHasTwoColumns) finish_sums<Unit, 1>(product, 0, kUnitTileSide);
  if constexpr (kHasTwoRows) finish_sums<Unit, 2>(product, kUnitTileSide, 0);
  if constexpr (kHasTwoRows && kHasTwoColumns)
    finish_sums<Unit, 3>(product, kUnitTileSide, kUnitTileSide);
}

/// See MatmulKernels::multiply_panel. Rows are taken in whole tiles: those behind the last one are
/// computed from whatever stands there, and belong to nobody.
template <class Unit>
void multiply_panel_by_tiles(const TileProduct<float>& product, Index rows, Index vectors) {
  for (Index row = 0; row < rows; row += 2 * kUnitTileSide) {
    TileProduct<float> part = product;
    part.left += row * product.left_row_stride;
    part.sums += row * product.sums_stride;
    const bool has_two_rows = rows - row > kUnitTileSide;
    if (vectors == 2)
      has_two_rows ? multiply_tiles<Unit, true, true>(part)
                   : multiply_tiles<Unit, false, true>(part);
    else
      has_two_rows ? multiply_tiles<Unit, true, false>(part)
                   : multiply_tiles<Unit, false, false>(part);
  }
}

/// `base` with the products of Unit.
template <class Unit>
constexpr MatmulKernels<float> with_unit(MatmulKernels<float> base) {
  base.vector_width = kUnitTileSide;
  base.panel_vectors = 2;
  base.multiply_panel = multiply_panel_by_tiles<Unit>;
  base.begin_work = Unit::configure;
  base.end_work = Unit::release;
  return base;
}

/// Whether a product of small integers, on all tiles and in two parts of the depth, is exact.
template <class Unit>
bool gives_exact_product() {
  constexpr Index kSide = 2 * kUnitTileSide;  // also the number of pairs
  constexpr Index kDepth = 2 * kSide;
  constexpr std::size_t kSize{kSide * kSide};
  float numbers[2][kSide][kDepth];  // left and right
  float left[kSize], right[kSize], panel[kSize], sums[kSize];
  for (Index row = 0; row < kSide; ++row) {
    for (Index k = 0; k < kDepth; ++k) {
      numbers[0][row][k] = static_cast<float>((3 * row + k) % 15 - 7);
      numbers[1][row][k] = static_cast<float>((5 * row + k) % 13 - 6);
    }
    reference::split(numbers[0][row], kDepth, 1, left + row * kSide, kSide);
    reference::split(numbers[1][row], kDepth, 1, right + row * kSide, kSide);
    for (Index pair = 0; pair < kSide; ++pair)
      panel[pair * kSide + row] = right[row * kSide + pair];
  }
  constexpr Index kHalf = kSide / 2;
  Unit::configure();
  multiply_panel_by_tiles<Unit>({left, kSide, 1, panel, kHalf, sums, kSide, true}, kSide, 2);
  multiply_panel_by_tiles<Unit>(
      {left + kHalf, kSide, 1, panel + kHalf * kSide, kHalf, sums, kSide, false}, kSide, 2);
  Unit::release();
  for (Index m = 0; m < kSide; ++m) {
    for (Index n = 0; n < kSide; ++n) {
      float expected = 0;
      for (Index k = 0; k < kDepth; ++k) expected += numbers[0][m][k] * numbers[1][n][k];
      if (sums[m * kSide + n] != expected) return false;
    }
  }
  return true;
}

}  // namespace eigenhead::detail
