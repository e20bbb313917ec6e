#pragma once

// Conversions from and to 16 bits, AVX-512.

#include "eigenhead/kernels/avx512/vector_math.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstdint>

namespace eigenhead::detail::avx512 {

// Masks of ones, because g++ 12 warns of its own unmasked intrinsics.
inline constexpr __mmask16 kAll = 0xffff;

EIGENHEAD_LEAF_AVX512 __m512 float_from_half(__m256i x) { return _mm512_maskz_cvtph_ps(kAll, x); }

EIGENHEAD_LEAF_AVX512 __m256i half_from_float(__m512 x) {
  return _mm512_maskz_cvtps_ph(kAll, x, _MM_FROUND_TO_NEAREST_INT);
}

EIGENHEAD_LEAF_AVX512 __m512 float_from_bfloat16(__m256i x) {
  const __m512i bits = _mm512_maskz_slli_epi32(kAll, _mm512_maskz_cvtepu16_epi32(kAll, x), 16);
  const __mmask16 is_nan =
      _mm512_cmp_ps_mask(_mm512_castsi512_ps(bits), _mm512_castsi512_ps(bits), _CMP_UNORD_Q);
  return _mm512_castsi512_ps(_mm512_mask_or_epi32(bits, is_nan, bits, _mm512_set1_epi32(0x400000)));
}

EIGENHEAD_LEAF_AVX512 __m256i bfloat16_from_float(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i upper = _mm512_maskz_srli_epi32(kAll, bits, 16);
  // Half of the last place, less one where the last bit is even: ties go to even.
  const __m512i half =
      _mm512_add_epi32(_mm512_and_epi32(upper, _mm512_set1_epi32(1)), _mm512_set1_epi32(0x7fff));
  const __m512i rounded = _mm512_maskz_srli_epi32(kAll, _mm512_add_epi32(bits, half), 16);
  const __mmask16 is_nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_maskz_cvtepi32_epi16(
      kAll, _mm512_mask_or_epi32(rounded, is_nan, upper, _mm512_set1_epi32(0x40)));
}

template <__m512 (*kConvert)(__m256i)>
EIGENHEAD_TARGET_AVX512 void widen(const std::uint16_t* x, Index n, float* y) {
  Index i = 0;
  for (; i + 16 <= n; i += 16)
    _mm512_storeu_ps(y + i,
                     kConvert(_mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(x + i))));
  if (i == n) return;
  const __mmask16 mask = first_elements(n - i);
  _mm512_mask_storeu_ps(y + i, mask, kConvert(_mm256_maskz_loadu_epi16(mask, x + i)));
}

template <__m256i (*kConvert)(__m512)>
EIGENHEAD_TARGET_AVX512 void narrow(const float* x, Index n, std::uint16_t* y) {
  Index i = 0;
  for (; i + 16 <= n; i += 16)
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(y + i), kConvert(_mm512_loadu_ps(x + i)));
  if (i == n) return;
  const __mmask16 mask = first_elements(n - i);
  _mm256_mask_storeu_epi16(y + i, mask, kConvert(_mm512_maskz_loadu_ps(mask, x + i)));
}

inline constexpr HalfKernels kHalfKernels = {widen<float_from_half>, narrow<half_from_float>,
                                             widen<float_from_bfloat16>,
                                             narrow<bfloat16_from_float>};

}  // namespace eigenhead::detail::avx512

#endif
