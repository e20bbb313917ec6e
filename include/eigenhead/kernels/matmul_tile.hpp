#pragma once

// The pieces of a matrix product that each kernel set implements, and the layout they agree on.
//
// C = A W^T, A [M, K], W [N, K]. The rows of W are stored once as *panels*: a panel holds up to
// panel_vectors * vector_width rows, transposed, so that for each k the kernel loads neighbouring
// numbers. A *tile* is a block of C that fits the registers: up to tile_rows rows of A times a
// panel.

#include "eigenhead/core/shape.hpp"

namespace eigenhead {

/// What a matrix product applies to sum + bias; the functions of ops/activation.hpp.
enum class EpilogueActivation { none, relu, silu, gelu_erf, gelu_tanh };

namespace detail {

inline constexpr int kNumEpilogueActivations = 5;

/// Products are summed as chains of this many multiply-adds, the chains added in order, so that the
/// error of long sums grows slower than that of one chain. Fixed, so that an element has the same
/// bits in any tile. Half the error of 384 or less, for 1 to 2 % of the time.
inline constexpr Index kChainLength = 128;

/// Long sums are taken over blocks of this many k, one after the other: a block of a panel stays in
/// L2. Whole chains.
inline constexpr Index kDepthBlock = 384;
static_assert(kDepthBlock % kChainLength == 0);

/// The most columns that a panel of any kernel set has: three registers of 64 bytes.
template <class Scalar>
inline constexpr Index kMaxPanelWidth = 192 / static_cast<Index>(sizeof(Scalar));

/// sums[m, n] = (is_first ? 0 : sums[m, n]) + sum over k of left[m, k] * panel[k, n]; the sum is
/// chains of chain_length multiply-adds, added in order.
template <class Scalar>
struct TileProduct {
  const Scalar* left;  // [rows, depth] at any strides
  Index left_row_stride;
  Index left_depth_stride;
  const Scalar* panel;  // [depth, panel width], contiguous, aligned to a vector
  Index depth;
  Scalar* sums;  // [rows, panel width], rows sums_stride apart
  Index sums_stride;
  bool is_first;
  Index chain_length = kChainLength;
};

/// output[m, n] = activation(sums[m, n] + bias[n]) + residual[m, n]; null pointers add nothing.
/// Only `columns` columns are read and written, which need not be whole vectors.
template <class Scalar>
struct TileFinish {
  const Scalar* sums = nullptr;
  Index sums_stride = 0;
  const Scalar* bias = nullptr;
  const Scalar* residual = nullptr;  // may be output
  Index residual_stride = 0;
  Scalar* output = nullptr;
  Index output_stride = 0;
  Index rows = 0;
  Index columns = 0;
};

/// The kernels of one set, by plain function pointers.
template <class Scalar>
struct MatmulKernels {
  static constexpr int kMaxTileRows = 8;
  static constexpr int kMaxPanelVectors = 4;
  using MultiplyTile = void (*)(const TileProduct<Scalar>&);
  using FinishTile = void (*)(const TileFinish<Scalar>&);
  /// to[k, n] = from[n, k] for n < rows and k < columns
  using Transpose = void (*)(const Scalar* from, Index from_stride, Index rows, Index columns,
                             Scalar* to, Index to_stride);

  Index vector_width;   // numbers in a register
  Index panel_vectors;  // most vectors in a panel, <= kMaxPanelVectors
  Index tile_rows;      // most rows in a tile, <= kMaxTileRows
  MultiplyTile multiply_tile[kMaxTileRows][kMaxPanelVectors];  // [rows - 1][vectors - 1]
  FinishTile finish_tile[kNumEpilogueActivations];             // [EpilogueActivation]
  Index transpose_side;  // what rows and columns of transpose must be multiples of
  Transpose transpose;

  /// TileProduct for any number of rows and a panel of `vectors` vectors; null: tile by tile, by
  /// multiply_tile. May read and write up to kMaxExtraRows rows more of left and sums.
  void (*multiply_panel)(const TileProduct<Scalar>&, Index rows, Index vectors) = nullptr;
  static constexpr Index kMaxExtraRows = 15;
  /// What a thread does before its first product and after its last one; null: nothing.
  void (*begin_work)() = nullptr;
  void (*end_work)() = nullptr;
};

}  // namespace detail
}  // namespace eigenhead
