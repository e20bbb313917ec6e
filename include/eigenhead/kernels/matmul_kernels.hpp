#pragma once

// Products of a block of rows with packed panels, on whatever kernel set: what PackedMatrix, gram
// matrices and fused attention are made of. Raw pointers; callers have checked.

#include "eigenhead/core/shape.hpp"
#include "eigenhead/kernels/amx/bfloat16.hpp"
#include "eigenhead/kernels/avx2/matmul.hpp"
#include "eigenhead/kernels/avx512/bfloat16.hpp"
#include "eigenhead/kernels/avx512/matmul.hpp"
#include "eigenhead/kernels/bfloat16_kernels.hpp"
#include "eigenhead/kernels/cpu_features.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_tile.hpp"
#include "eigenhead/kernels/reference/matmul.hpp"

#include <algorithm>

namespace eigenhead::detail {

/// The kernels of `set`, which must be supported.
template <class Scalar>
const MatmulKernels<Scalar>& matmul_kernels(KernelSet set) {
#if EIGENHEAD_HAS_X86_KERNELS
  if (set >= KernelSet::avx512) return avx512::kMatmulKernels<Scalar>;
  if (set == KernelSet::avx2) return avx2::kMatmulKernels<Scalar>;
#endif
  return reference::kMatmulKernels<Scalar>;
}

/// The kernels of `set` for `num_products` products of bfloat16 pieces, or null where they would
/// not be faster than multiply-adds of float.
inline const Bfloat16Kernels* bfloat16_kernels([[maybe_unused]] KernelSet set,
                                               [[maybe_unused]] Index num_products) {
#if EIGENHEAD_HAS_AMX_KERNELS
  if (set == KernelSet::amx) return &amx::kBfloat16Kernels;
#endif
#if EIGENHEAD_HAS_X86_KERNELS
  // VDPBF16PS has twice the rate of multiply-adds on AMD's processors, the same on Intel's.
  const bool is_fast = cpu_features().has_avx512_bf16 && cpu_features().is_from_amd;
  if (set == KernelSet::avx512 && num_products == 1 && is_fast)
    return &avx512_bf16::kBfloat16Kernels;
#endif
  return nullptr;
}

/// Where part `part` of `parts` parts of `count` begins that differ by one at most.
constexpr Index part_begin(Index count, Index parts, Index part) { return count * part / parts; }

constexpr Index divide_up(Index count, Index size) { return (count + size - 1) / size; }

/// How N columns are divided into panels: as few as possible, of nearly equal numbers of vectors
/// (four vectors in two panels of two, not of three and one). The last vector is padded with zeros.
template <class Scalar>
class PanelGrid {
 public:
  PanelGrid() = default;
  PanelGrid(const MatmulKernels<Scalar>& kernels, Index columns)
      : kernels_(&kernels),
        vector_width_(kernels.vector_width),
        num_vectors_(divide_up(columns, kernels.vector_width)),
        num_panels_(divide_up(num_vectors_, kernels.panel_vectors)) {}

  const MatmulKernels<Scalar>& kernels() const { return *kernels_; }

  Index num_panels() const { return num_panels_; }

  /// The first column of a panel, or behind the last one for panel == num_panels(). The numbers of
  /// the panel begin at begin(panel) * depth.
  Index begin(Index panel) const {
    return num_panels_ == 0 ? 0 : part_begin(num_vectors_, num_panels_, panel) * vector_width_;
  }
  Index width(Index panel) const { return begin(panel + 1) - begin(panel); }

  /// N rounded up to whole vectors.
  Index padded_columns() const { return num_vectors_ * vector_width_; }

 private:
  const MatmulKernels<Scalar>* kernels_ = nullptr;
  Index vector_width_ = 1;
  Index num_vectors_ = 0;
  Index num_panels_ = 0;
};

/// Numbers [N, K] at any strides: rows of W, or W^T when the depth stride is the larger one.
template <class Scalar>
struct PanelSource {
  const Scalar* data;
  Index column_stride;  // between n and n + 1
  Index depth_stride;   // between k and k + 1
};

/// One panel: panel[k, n] = source[n, k] for n < columns, and 0 for the other columns of width.
template <class Scalar>
void pack_panel(const MatmulKernels<Scalar>& kernels, const PanelSource<Scalar>& source,
                Index columns, Index width, Index depth, Scalar* panel) {
  Index whole_columns = 0;
  Index whole_depth = 0;
  if (source.depth_stride == 1) {
    whole_columns = columns - columns % kernels.transpose_side;
    whole_depth = depth - depth % kernels.transpose_side;
    kernels.transpose(source.data, source.column_stride, whole_columns, whole_depth, panel, width);
  }
  for (Index k = 0; k < depth; ++k) {
    const Scalar* from = source.data + k * source.depth_stride;
    Scalar* to = panel + k * width;
    if (source.column_stride == 1) {
      std::copy_n(from, columns, to);
    } else {
      for (Index n = k < whole_depth ? whole_columns : 0; n < columns; ++n)
        to[n] = from[n * source.column_stride];
    }
    std::fill(to + columns, to + width, Scalar(0));
  }
}

/// All panels of [N, K]; `panels` holds padded_columns * depth numbers and is 64-byte aligned.
template <class Scalar>
void pack_panels(const PanelGrid<Scalar>& grid, const PanelSource<Scalar>& source, Index columns,
                 Index depth, Scalar* panels) {
  for (Index p = 0; p < grid.num_panels(); ++p) {
    const Index begin = grid.begin(p);
    const PanelSource<Scalar> part = {source.data + begin * source.column_stride,
                                      source.column_stride, source.depth_stride};
    pack_panel(grid.kernels(), part, std::min(columns - begin, grid.width(p)), grid.width(p), depth,
               panels + begin * depth);
  }
}

/// As TileProduct, for any number of rows and a panel of `width` columns. See also
/// MatmulKernels::multiply_panel.
template <class Scalar>
void multiply_panel(const MatmulKernels<Scalar>& kernels, TileProduct<Scalar> product, Index rows,
                    Index width) {
  const Index vectors = width / kernels.vector_width;
  if (kernels.multiply_panel != nullptr) return kernels.multiply_panel(product, rows, vectors);
  const Index num_tiles = divide_up(rows, kernels.tile_rows);
  const Scalar* left = product.left;
  Scalar* sums = product.sums;
  for (Index tile = 0; tile < num_tiles; ++tile) {
    const Index begin = part_begin(rows, num_tiles, tile);
    const Index tile_rows = part_begin(rows, num_tiles, tile + 1) - begin;
    product.left = left + begin * product.left_row_stride;
    product.sums = sums + begin * product.sums_stride;
    kernels.multiply_tile[tile_rows - 1][vectors - 1](product);
  }
}

}  // namespace eigenhead::detail
