#pragma once

// Functions of rows, AVX2, of floats and of doubles: softmax, normalisation, sums of rows.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx2/vector_registers.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX2
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX2

namespace eigenhead::detail::avx2 {

#include "eigenhead/kernels/shared/vector_rows.inc"

}  // namespace eigenhead::detail::avx2

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
