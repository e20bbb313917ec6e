#pragma once

// Functions of rows of attention scores, AVX2.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx2/vector_registers.hpp"
#include "eigenhead/kernels/score_table.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX2
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX2

namespace eigenhead::detail::avx2 {

/// -infinity where bias is -infinity, else x + bias
EIGENHEAD_LEAF_AVX2 __m256 biased(__m256 x, __m256 bias) {
  const __m256 hidden = broadcast(-__builtin_inff());
  return _mm256_blendv_ps(add(x, bias), hidden, _mm256_cmp_ps(bias, hidden, _CMP_EQ_OQ));
}
EIGENHEAD_LEAF_AVX2 __m256d biased(__m256d x, __m256d bias) {
  const __m256d hidden = broadcast(-__builtin_inf());
  return _mm256_blendv_pd(add(x, bias), hidden, _mm256_cmp_pd(bias, hidden, _CMP_EQ_OQ));
}

/// x where one of the next bytes is not 0, else -infinity; reads no more than `count` bytes.
EIGENHEAD_LEAF_AVX2 __m256 visible(const bool* is_visible, Index count, __m256 x) {
  long long bytes = 0;
  if (count >= 8)
    __builtin_memcpy(&bytes, is_visible, 8);
  else
    __builtin_memcpy(&bytes, is_visible, static_cast<std::size_t>(count));
  const __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(bytes));
  const __m256i is_hidden = _mm256_cmpeq_epi32(lanes, _mm256_setzero_si256());
  return _mm256_blendv_ps(x, broadcast(-__builtin_inff()), _mm256_castsi256_ps(is_hidden));
}
EIGENHEAD_LEAF_AVX2 __m256d visible(const bool* is_visible, Index count, __m256d x) {
  int bytes = 0;
  if (count >= 4)
    __builtin_memcpy(&bytes, is_visible, 4);
  else
    __builtin_memcpy(&bytes, is_visible, static_cast<std::size_t>(count));
  const __m256i lanes = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(bytes));
  const __m256i is_hidden = _mm256_cmpeq_epi64(lanes, _mm256_setzero_si256());
  return _mm256_blendv_pd(x, broadcast(-__builtin_inf()), _mm256_castsi256_pd(is_hidden));
}

EIGENHEAD_LEAF_AVX2 __m256 absolute(__m256 x) { return _mm256_andnot_ps(broadcast(-0.0f), x); }
EIGENHEAD_LEAF_AVX2 __m256d absolute(__m256d x) { return _mm256_andnot_pd(broadcast(-0.0), x); }

/// 0, 1, 2, ...
EIGENHEAD_LEAF_AVX2 __m256 lane_numbers(float) { return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7); }
EIGENHEAD_LEAF_AVX2 __m256d lane_numbers(double) { return _mm256_setr_pd(0, 1, 2, 3); }

#include "eigenhead/kernels/shared/scores.inc"

}  // namespace eigenhead::detail::avx2

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
