#pragma once

// Matrix products, AVX2.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx2/transpose.hpp"
#include "eigenhead/kernels/avx2/vector_math.hpp"
#include "eigenhead/kernels/matmul_tile.hpp"
#include "eigenhead/kernels/reference/matmul.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <cstddef>

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX2
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX2

namespace eigenhead::detail::avx2 {

/// Tile: 4 rows of 3 vectors. 12 of the 16 registers are sums, more than the 8 to 10 that hide the
/// latency of the multiply-add (4 or 5 cycles, 2 ports); 4 hold the operands. 12 multiply-adds need
/// 3 loads and 4 broadcasts; 6 rows of 2 vectors need 8 of them and are 2 to 4 % slower.
inline constexpr int kTileRows = 4;

#include "eigenhead/kernels/shared/multiply_tile.inc"

#include "eigenhead/kernels/shared/matmul.inc"

}  // namespace eigenhead::detail::avx2

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
