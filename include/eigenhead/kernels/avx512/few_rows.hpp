#pragma once

// Products of a few rows with rows as they lie in memory, AVX-512.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/score_table.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX512
#define EIGENHEAD_LEAF EIGENHEAD_LEAF_AVX512

namespace eigenhead::detail::avx512 {

/// Lower and upper half of a register, added. (Masks of ones, because g++ 12 warns of its own
/// casts.)
EIGENHEAD_LEAF_AVX512 __m256 folded(__m512 x) {
  return _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xff, x, 0),
                       _mm512_maskz_extractf32x8_ps(0xff, x, 1));
}
EIGENHEAD_LEAF_AVX512 __m256d folded(__m512d x) {
  return _mm256_add_pd(_mm512_maskz_extractf64x4_pd(0xf, x, 0),
                       _mm512_maskz_extractf64x4_pd(0xf, x, 1));
}

/// The sums of the lanes of four registers.
EIGENHEAD_LEAF_AVX512 void sums_of_lanes(__m512 a, __m512 b, __m512 c, __m512 d, float* sums) {
  const __m256 pairs =
      _mm256_hadd_ps(_mm256_hadd_ps(folded(a), folded(b)), _mm256_hadd_ps(folded(c), folded(d)));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}
EIGENHEAD_LEAF_AVX512 void sums_of_lanes(__m512d a, __m512d b, __m512d c, __m512d d, double* sums) {
  const __m256d ab = _mm256_hadd_pd(folded(a), folded(b));
  const __m256d cd = _mm256_hadd_pd(folded(c), folded(d));
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_permute2f128_pd(ab, cd, 0x20),
                                       _mm256_permute2f128_pd(ab, cd, 0x31)));
}

/// Rows of a tile of dot products, and vectors of columns that 4 rows are summed in.
inline constexpr int kFewRowTile = 4;
inline constexpr int kFewRowVectors = 4;

#include "eigenhead/kernels/shared/few_rows.inc"

}  // namespace eigenhead::detail::avx512

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
