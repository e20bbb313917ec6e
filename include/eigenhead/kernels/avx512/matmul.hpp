#pragma once

// Matrix products, AVX-512.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx2/transpose.hpp"
#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_math.hpp"
#include "eigenhead/kernels/matmul_tile.hpp"
#include "eigenhead/kernels/reference/matmul.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <cstddef>

namespace eigenhead::detail::avx512 {

/// One tile of sums (see TileProduct), a fused multiply-add for each product.
///
/// Tile: 8 rows of 3 vectors. 24 of the 32 registers are sums, more than the 8 that hide the
/// latency of the multiply-add (4 cycles, 2 ports). 24 multiply-adds need 3 loads and 8 broadcasts,
/// so the load ports are half idle, and 192 bytes of the panel, which L2 delivers in time.
template <class Scalar, int kRows, int kVectors>
EIGENHEAD_TARGET_AVX512 void multiply_tile(const TileProduct<Scalar>& tile) {
  using Vector = typename Register<Scalar>::Type;
  constexpr int kWidth = Register<Scalar>::kWidth;
  Vector sums[std::size_t{kRows * kVectors}];
  // The pragmas keep arrays in registers: g++ -O2 unrolls no loop by itself.
#pragma GCC unroll 24
  for (int i = 0; i < kRows * kVectors; ++i) sums[i] = broadcast(Scalar(0));

  const Scalar* left = tile.left;
  const Scalar* panel = tile.panel;
  for (Index k = 0; k < tile.depth; ++k) {
    Vector right[std::size_t{kVectors}];
#pragma GCC unroll 3
    for (int v = 0; v < kVectors; ++v) right[v] = load(panel + v * kWidth);
#pragma GCC unroll 8
    for (int m = 0; m < kRows; ++m) {
      const Vector factor = broadcast(left[m * tile.left_row_stride]);
#pragma GCC unroll 3
      for (int v = 0; v < kVectors; ++v)
        sums[m * kVectors + v] = multiply_add(factor, right[v], sums[m * kVectors + v]);
    }
    left += tile.left_depth_stride;
    panel += kVectors * kWidth;
  }

#pragma GCC unroll 8
  for (int m = 0; m < kRows; ++m) {
#pragma GCC unroll 3
    for (int v = 0; v < kVectors; ++v) {
      Scalar* target = tile.sums + m * tile.sums_stride + v * kWidth;
      store(target,
            tile.is_first ? sums[m * kVectors + v] : add(load(target), sums[m * kVectors + v]));
    }
  }
}

template <EpilogueActivation kActivation, class Vector>
EIGENHEAD_LEAF_AVX512 Vector activate(Vector x) {
  if constexpr (kActivation == EpilogueActivation::relu) return relu(x);
  if constexpr (kActivation == EpilogueActivation::silu) return silu(x);
  if constexpr (kActivation == EpilogueActivation::gelu_erf) return gelu_erf(x);
  if constexpr (kActivation == EpilogueActivation::gelu_tanh) return gelu_tanh(x);
  return x;
}

/// Bias, activation and residual of finished sums (see TileFinish), a vector of columns after the
/// other. A pass of its own over sums in L1 costs less than 1 % of a product with K = 768.
template <class Scalar, EpilogueActivation kActivation>
EIGENHEAD_TARGET_AVX512 void finish_tile(const TileFinish<Scalar>& tile) {
  using Vector = typename Register<Scalar>::Type;
  constexpr int kWidth = Register<Scalar>::kWidth;
  for (Index n = 0; n < tile.columns; n += kWidth) {
    const Index count = tile.columns - n;
    const bool is_whole = count >= kWidth;
    Vector bias = broadcast(Scalar(-0.0));  // keeps every number, also -0
    if (tile.bias != nullptr)
      bias = is_whole ? load(tile.bias + n) : load_first(count, tile.bias + n);
    for (Index m = 0; m < tile.rows; ++m) {
      Vector x = activate<kActivation>(add(load(tile.sums + m * tile.sums_stride + n), bias));
      if (tile.residual != nullptr) {
        const Scalar* residual = tile.residual + m * tile.residual_stride + n;
        x = add(x, is_whole ? load(residual) : load_first(count, residual));
      }
      Scalar* output = tile.output + m * tile.output_stride + n;
      if (is_whole)
        store(output, x);
      else
        store_first(count, output, x);
    }
  }
}

template <class Scalar, int kRows>
constexpr void add_tiles(MatmulKernels<Scalar>& kernels) {
  kernels.multiply_tile[kRows - 1][0] = multiply_tile<Scalar, kRows, 1>;
  kernels.multiply_tile[kRows - 1][1] = multiply_tile<Scalar, kRows, 2>;
  kernels.multiply_tile[kRows - 1][2] = multiply_tile<Scalar, kRows, 3>;
  if constexpr (kRows > 1) add_tiles<Scalar, kRows - 1>(kernels);
}

template <class Scalar, EpilogueActivation kActivation>
constexpr void add_finish(MatmulKernels<Scalar>& kernels) {
  kernels.finish_tile[static_cast<int>(kActivation)] = finish_tile<Scalar, kActivation>;
}

template <class Scalar>
constexpr MatmulKernels<Scalar> make_matmul_kernels() {
  // Of double, the functions that need exp are those of the reference.
  MatmulKernels<Scalar> kernels = reference::kMatmulKernels<Scalar>;
  kernels.vector_width = Register<Scalar>::kWidth;
  kernels.panel_vectors = 3;
  kernels.tile_rows = 8;
  add_tiles<Scalar, 8>(kernels);
  add_finish<Scalar, EpilogueActivation::none>(kernels);
  add_finish<Scalar, EpilogueActivation::relu>(kernels);
  if constexpr (sizeof(Scalar) == sizeof(float)) {
    add_finish<Scalar, EpilogueActivation::silu>(kernels);
    add_finish<Scalar, EpilogueActivation::gelu_erf>(kernels);
    add_finish<Scalar, EpilogueActivation::gelu_tanh>(kernels);
  }
  kernels.transpose_side = avx2::Register<Scalar>::kWidth;
  kernels.transpose = avx2::transpose<Scalar>;
  return kernels;
}

template <class Scalar>
inline constexpr MatmulKernels<Scalar> kMatmulKernels = make_matmul_kernels<Scalar>();

}  // namespace eigenhead::detail::avx512

#endif
