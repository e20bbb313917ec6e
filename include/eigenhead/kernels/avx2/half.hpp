#pragma once

// Conversions from and to 16 bits, AVX2 and F16C.

#include "eigenhead/kernels/avx2/vector_math.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstdint>

namespace eigenhead::detail::avx2 {

EIGENHEAD_LEAF_AVX2 __m256 float_from_half(__m128i x) { return _mm256_cvtph_ps(x); }

EIGENHEAD_LEAF_AVX2 __m128i half_from_float(__m256 x) {
  return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT);
}

EIGENHEAD_LEAF_AVX2 __m256 float_from_bfloat16(__m128i x) {
  const __m256i bits = _mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16);
  const __m256 value = _mm256_castsi256_ps(bits);
  const __m256 is_nan = _mm256_cmp_ps(value, value, _CMP_UNORD_Q);
  const __m256 quiet = _mm256_castsi256_ps(_mm256_set1_epi32(0x400000));
  return _mm256_or_ps(value, _mm256_and_ps(is_nan, quiet));
}

EIGENHEAD_LEAF_AVX2 __m128i bfloat16_from_float(__m256 x) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i upper = _mm256_srli_epi32(bits, 16);
  // Half of the last place, less one where the last bit is even: ties go to even.
  const __m256i half =
      _mm256_add_epi32(_mm256_and_si256(upper, _mm256_set1_epi32(1)), _mm256_set1_epi32(0x7fff));
  const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, half), 16);
  const __m256i quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
  const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  const __m256i result = _mm256_blendv_epi8(rounded, quiet, is_nan);
  return _mm_packus_epi32(_mm256_castsi256_si128(result), _mm256_extracti128_si256(result, 1));
}

template <__m256 (*kConvert)(__m128i)>
EIGENHEAD_TARGET_AVX2 void widen(const std::uint16_t* x, Index n, float* y) {
  Index i = 0;
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps(y + i, kConvert(_mm_loadu_si128(reinterpret_cast<const __m128i_u*>(x + i))));
  if (i == n) return;
  alignas(16) std::uint16_t rest[8] = {};  // AVX2 has no masked load of 16 bits
  for (Index k = 0; k < n - i; ++k) rest[k] = x[i + k];
  const __m256 values = kConvert(_mm_load_si128(reinterpret_cast<const __m128i*>(rest)));
  _mm256_maskstore_ps(y + i, first_elements(n - i), values);
}

template <__m128i (*kConvert)(__m256)>
EIGENHEAD_TARGET_AVX2 void narrow(const float* x, Index n, std::uint16_t* y) {
  Index i = 0;
  for (; i + 8 <= n; i += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i_u*>(y + i), kConvert(_mm256_loadu_ps(x + i)));
  if (i == n) return;
  alignas(16) std::uint16_t rest[8];
  _mm_store_si128(reinterpret_cast<__m128i*>(rest),
                  kConvert(_mm256_maskload_ps(x + i, first_elements(n - i))));
  for (Index k = 0; k < n - i; ++k) y[i + k] = rest[k];
}

inline constexpr HalfKernels kHalfKernels = {widen<float_from_half>, narrow<half_from_float>,
                                             widen<float_from_bfloat16>,
                                             narrow<bfloat16_from_float>};

}  // namespace eigenhead::detail::avx2

#endif
