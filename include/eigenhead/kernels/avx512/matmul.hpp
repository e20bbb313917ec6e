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

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX512
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX512

namespace eigenhead::detail::avx512 {

/// Tile: 8 rows of 3 vectors. 24 of the 32 registers are sums, more than the 8 that hide the
/// latency of the multiply-add (4 cycles, 2 ports). 24 multiply-adds need 3 loads and 8 broadcasts,
/// so the load ports are half idle, and 192 bytes of the panel, which L2 delivers in time.
inline constexpr int kTileRows = 8;

#include "eigenhead/kernels/shared/multiply_tile.inc"

#include "eigenhead/kernels/shared/matmul.inc"

}  // namespace eigenhead::detail::avx512

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
