#pragma once

// More names for the same instruction on floats and on doubles, beside registers.hpp: what rows are
// reduced with, and the exponential.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx2/vector_math.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_constants.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

namespace eigenhead::detail::avx2 {

EIGENHEAD_LEAF_AVX2 __m256 subtract(__m256 x, __m256 y) { return _mm256_sub_ps(x, y); }
EIGENHEAD_LEAF_AVX2 __m256d subtract(__m256d x, __m256d y) { return _mm256_sub_pd(x, y); }
EIGENHEAD_LEAF_AVX2 __m256 multiply(__m256 x, __m256 y) { return _mm256_mul_ps(x, y); }
EIGENHEAD_LEAF_AVX2 __m256d multiply(__m256d x, __m256d y) { return _mm256_mul_pd(x, y); }

/// max(x, y), or y where one of them is NaN
EIGENHEAD_LEAF_AVX2 __m256 maximum(__m256 x, __m256 y) { return _mm256_max_ps(x, y); }
EIGENHEAD_LEAF_AVX2 __m256d maximum(__m256d x, __m256d y) { return _mm256_max_pd(x, y); }

/// The first `count` lanes of x, the others of y
EIGENHEAD_LEAF_AVX2 __m256 first_or(std::ptrdiff_t count, __m256 x, __m256 y) {
  return _mm256_blendv_ps(y, x, _mm256_castsi256_ps(first_elements(count)));
}
EIGENHEAD_LEAF_AVX2 __m256d first_or(std::ptrdiff_t count, __m256d x, __m256d y) {
  return _mm256_blendv_pd(y, x, _mm256_castsi256_pd(first_doubles(count)));
}

/// The first min(count, width) numbers
template <class Scalar>
EIGENHEAD_LEAF_AVX2 typename Register<Scalar>::Type load_up_to(std::ptrdiff_t count,
                                                               const Scalar* from) {
  return count >= Register<Scalar>::kWidth ? load(from) : load_first(count, from);
}

/// Writes the first min(count, width) numbers.
template <class Scalar>
EIGENHEAD_LEAF_AVX2 void store_up_to(std::ptrdiff_t count, Scalar* to,
                                     typename Register<Scalar>::Type x) {
  if (count >= Register<Scalar>::kWidth)
    store(to, x);
  else
    store_first(count, to, x);
}

// Lanes are folded in halves, always in this order.
EIGENHEAD_LEAF_AVX2 float sum_of_lanes(__m256 x) {
  __m128 sum = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
  return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}
EIGENHEAD_LEAF_AVX2 double sum_of_lanes(__m256d x) {
  const __m128d sum = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
  return _mm_cvtsd_f64(_mm_add_sd(sum, _mm_unpackhi_pd(sum, sum)));
}

EIGENHEAD_LEAF_AVX2 float maximum_of_lanes(__m256 x) {
  __m128 largest = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  largest = _mm_max_ps(largest, _mm_movehl_ps(largest, largest));
  return _mm_cvtss_f32(_mm_max_ss(largest, _mm_movehdup_ps(largest)));
}
EIGENHEAD_LEAF_AVX2 double maximum_of_lanes(__m256d x) {
  const __m128d largest = _mm_max_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
  return _mm_cvtsd_f64(_mm_max_sd(largest, _mm_unpackhi_pd(largest, largest)));
}

/// e^x of doubles; see exp() of floats.
EIGENHEAD_LEAF_AVX2 __m256d exp(__m256d x) {
  x = _mm256_max_pd(broadcast(kExpLowestDouble), x);
  x = _mm256_min_pd(broadcast(kExpHighestDouble), x);
  const __m256d shift = broadcast(kRoundingShiftDouble);
  const __m256d shifted = multiply_add(x, broadcast(kLog2EDouble), shift);
  const __m256d exponent = subtract(shifted, shift);
  __m256d r = _mm256_fnmadd_pd(exponent, broadcast(kLn2HighDouble), x);
  r = _mm256_fnmadd_pd(exponent, broadcast(kLn2LowDouble), r);
  __m256d q = broadcast(kExpPolynomialDouble[10]);
#pragma GCC unroll 10
  for (int i = 9; i >= 0; --i) q = multiply_add(q, r, broadcast(kExpPolynomialDouble[i]));
  // As scale_by_exponent() of floats: exponent + 2046 in the low 12 bits, applied in two halves.
  const __m256i biased = _mm256_castpd_si256(shifted);
  const __m256i half = _mm256_srli_epi64(biased, 1);
  const __m256i other_half = _mm256_sub_epi64(biased, half);
  const __m256d p = multiply_add(q, r, broadcast(1.0));
  return multiply(multiply(p, _mm256_castsi256_pd(_mm256_slli_epi64(half, 52))),
                  _mm256_castsi256_pd(_mm256_slli_epi64(other_half, 52)));
}

}  // namespace eigenhead::detail::avx2

#endif
