#pragma once

// Functions of each number of a row, AVX-512.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_math.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/avx512/vector_rows.hpp"
#include "eigenhead/kernels/reference/vector_functions.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <type_traits>

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX512
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX512

namespace eigenhead::detail::avx512 {

#include "eigenhead/kernels/shared/vector_functions.inc"

}  // namespace eigenhead::detail::avx512

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
