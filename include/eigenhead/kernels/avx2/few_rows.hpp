#pragma once

// Products of a few rows with rows as they lie in memory, AVX2.

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

/// The sums of the lanes of four registers.
EIGENHEAD_LEAF_AVX2 void sums_of_lanes(__m256 a, __m256 b, __m256 c, __m256 d, float* sums) {
  const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}
EIGENHEAD_LEAF_AVX2 void sums_of_lanes(__m256d a, __m256d b, __m256d c, __m256d d, double* sums) {
  const __m256d ab = _mm256_hadd_pd(a, b);
  const __m256d cd = _mm256_hadd_pd(c, d);
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_permute2f128_pd(ab, cd, 0x20),
                                       _mm256_permute2f128_pd(ab, cd, 0x31)));
}

/// Rows of a tile of dot products, and vectors of columns that 4 rows are summed in.
inline constexpr int kFewRowTile = 2;
inline constexpr int kFewRowVectors = 2;

#include "eigenhead/kernels/shared/few_rows.inc"

}  // namespace eigenhead::detail::avx2

#undef EIGENHEAD_TARGET
#undef EIGENHEAD_LEAF

#endif
