#pragma once

// Products of bfloat16 numbers, AMX.

#include "eigenhead/kernels/amx/tile_unit.hpp"
#include "eigenhead/kernels/avx512/bfloat16.hpp"
#include "eigenhead/kernels/avx512/matmul.hpp"
#include "eigenhead/kernels/bfloat16_kernels.hpp"
#include "eigenhead/kernels/bfloat16_tiles.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_AMX_KERNELS

namespace eigenhead::detail::amx {

inline constexpr Bfloat16Kernels kBfloat16Kernels = {
    with_unit<TileUnit>(avx512::kMatmulKernels<float>), avx512::split, avx512::pair_rows};

}  // namespace eigenhead::detail::amx

#endif
