#pragma once

// Functions of rows of attention scores, AVX-512.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/score_table.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX512
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX512

namespace eigenhead::detail::avx512 {

/// -infinity where bias is -infinity, else x + bias
EIGENHEAD_LEAF_AVX512 __m512 biased(__m512 x, __m512 bias) {
  const __m512 hidden = broadcast(-__builtin_inff());
  const __mmask16 is_hidden = _mm512_cmp_ps_mask(bias, hidden, _CMP_EQ_OQ);
  return _mm512_mask_blend_ps(is_hidden, add(x, bias), hidden);
}
EIGENHEAD_LEAF_AVX512 __m512d biased(__m512d x, __m512d bias) {
  const __m512d hidden = broadcast(-__builtin_inf());
  const __mmask8 is_hidden = _mm512_cmp_pd_mask(bias, hidden, _CMP_EQ_OQ);
  return _mm512_mask_blend_pd(is_hidden, add(x, bias), hidden);
}

/// x where one of the next bytes is not 0, else -infinity; reads no more than `count` bytes.
EIGENHEAD_LEAF_AVX512 __m512 visible(const bool* is_visible, Index count, __m512 x) {
  const __m128i bytes = _mm_maskz_loadu_epi8(first_elements(count < 16 ? count : 16), is_visible);
  return _mm512_mask_blend_ps(_mm_test_epi8_mask(bytes, bytes), broadcast(-__builtin_inff()), x);
}
EIGENHEAD_LEAF_AVX512 __m512d visible(const bool* is_visible, Index count, __m512d x) {
  const __m128i bytes = _mm_maskz_loadu_epi8(first_elements(count < 8 ? count : 8), is_visible);
  return _mm512_mask_blend_pd(static_cast<__mmask8>(_mm_test_epi8_mask(bytes, bytes)),
                              broadcast(-__builtin_inf()), x);
}

EIGENHEAD_LEAF_AVX512 __m512 absolute(__m512 x) { return _mm512_abs_ps(x); }
EIGENHEAD_LEAF_AVX512 __m512d absolute(__m512d x) { return _mm512_abs_pd(x); }

/// 0, 1, 2, ...
EIGENHEAD_LEAF_AVX512 __m512 lane_numbers(float) {
  return _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
EIGENHEAD_LEAF_AVX512 __m512d lane_numbers(double) {
  return _mm512_setr_pd(0, 1, 2, 3, 4, 5, 6, 7);
}

#include "eigenhead/kernels/shared/scores.inc"

}  // namespace eigenhead::detail::avx512

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
