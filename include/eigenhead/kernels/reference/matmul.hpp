#pragma once

// Matrix products in portable C++, for any processor: separate multiplications and additions.

#include "eigenhead/kernels/matmul_tile.hpp"
#include "eigenhead/kernels/scalar_functions.hpp"

#include <algorithm>
#include <cstddef>

namespace eigenhead::detail::reference {

/// 16 bytes of numbers, which g++ and clang++ compute with at once on every processor; other
/// compilers take one number at a time.
template <class Scalar>
struct PortableVector {
#ifdef __GNUC__
  typedef Scalar Type __attribute__((vector_size(16), may_alias));
#else
  using Type = Scalar;
#endif
  static constexpr int kWidth = static_cast<int>(sizeof(Type) / sizeof(Scalar));
};

/// Tile: 2 rows of 4 vectors. Eight sums hide the latency of the addition and, with the operands,
/// fit the 16 registers of SSE2 and NEON.
template <class Scalar, int kRows, int kVectors>
void multiply_tile(const TileProduct<Scalar>& tile) {
  using Vector = typename PortableVector<Scalar>::Type;
  constexpr int kWidth = PortableVector<Scalar>::kWidth;
  Index begin = 0;
  do {  // a chain; one also for depth 0, whose sum is zero
    const Index end = std::min(begin + tile.chain_length, tile.depth);
    // The pragmas keep the array in registers: g++ -O2 unrolls no loop by itself.
    Vector sums[std::size_t{kRows * kVectors}] = {};
    for (Index k = begin; k < end; ++k) {
      const auto* panel = reinterpret_cast<const Vector*>(tile.panel + k * kVectors * kWidth);
#pragma GCC unroll 2
      for (int m = 0; m < kRows; ++m) {
        const Scalar left = tile.left[m * tile.left_row_stride + k * tile.left_depth_stride];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[m * kVectors + v] += left * panel[v];
      }
    }
    for (int m = 0; m < kRows; ++m) {
      const auto* sum = reinterpret_cast<const Scalar*>(sums + m * kVectors);
      Scalar* target = tile.sums + m * tile.sums_stride;
      for (int n = 0; n < kVectors * kWidth; ++n)
        target[n] = tile.is_first && begin == 0 ? sum[n] : target[n] + sum[n];
    }
    begin = end;
  } while (begin < tile.depth);
}

template <EpilogueActivation kActivation, class Scalar>
Scalar activate(Scalar x) {
  if constexpr (kActivation == EpilogueActivation::relu) return relu(x);
  if constexpr (kActivation == EpilogueActivation::silu) return silu(x);
  if constexpr (kActivation == EpilogueActivation::gelu_erf) return gelu_erf(x);
  if constexpr (kActivation == EpilogueActivation::gelu_tanh) return gelu_tanh(x);
  return x;
}

template <class Scalar, EpilogueActivation kActivation>
void finish_tile(const TileFinish<Scalar>& tile) {
  for (Index m = 0; m < tile.rows; ++m) {
    for (Index n = 0; n < tile.columns; ++n) {
      Scalar x = tile.sums[m * tile.sums_stride + n];
      if (tile.bias != nullptr) x += tile.bias[n];
      x = activate<kActivation>(x);
      if (tile.residual != nullptr) x += tile.residual[m * tile.residual_stride + n];
      tile.output[m * tile.output_stride + n] = x;
    }
  }
}

template <class Scalar>
void transpose(const Scalar* from, Index from_stride, Index rows, Index columns, Scalar* to,
               Index to_stride) {
  for (Index k = 0; k < columns; ++k)
    for (Index n = 0; n < rows; ++n) to[k * to_stride + n] = from[n * from_stride + k];
}

template <class Scalar>
inline constexpr MatmulKernels<Scalar> kMatmulKernels = {
    PortableVector<Scalar>::kWidth,
    4,
    2,
    {{multiply_tile<Scalar, 1, 1>, multiply_tile<Scalar, 1, 2>, multiply_tile<Scalar, 1, 3>,
      multiply_tile<Scalar, 1, 4>},
     {multiply_tile<Scalar, 2, 1>, multiply_tile<Scalar, 2, 2>, multiply_tile<Scalar, 2, 3>,
      multiply_tile<Scalar, 2, 4>}},
    {finish_tile<Scalar, EpilogueActivation::none>, finish_tile<Scalar, EpilogueActivation::relu>,
     finish_tile<Scalar, EpilogueActivation::silu>,
     finish_tile<Scalar, EpilogueActivation::gelu_erf>,
     finish_tile<Scalar, EpilogueActivation::gelu_tanh>},
    1,
    transpose<Scalar>};

}  // namespace eigenhead::detail::reference
