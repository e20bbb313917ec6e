#pragma once

// Functions of rows, AVX-512, of floats and of doubles: softmax, normalisation, sums of rows.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX512
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX512

namespace eigenhead::detail::avx512 {

#include "eigenhead/kernels/shared/vector_rows.inc"

}  // namespace eigenhead::detail::avx512

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
