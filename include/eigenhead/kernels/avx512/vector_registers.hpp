#pragma once

// More names for the same instruction on floats and on doubles, beside registers.hpp: what rows are
// reduced with, and the exponential.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_math.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_constants.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

namespace eigenhead::detail::avx512 {

EIGENHEAD_LEAF_AVX512 __m512 subtract(__m512 x, __m512 y) { return _mm512_sub_ps(x, y); }
EIGENHEAD_LEAF_AVX512 __m512d subtract(__m512d x, __m512d y) { return _mm512_sub_pd(x, y); }
EIGENHEAD_LEAF_AVX512 __m512 multiply(__m512 x, __m512 y) { return _mm512_mul_ps(x, y); }
EIGENHEAD_LEAF_AVX512 __m512d multiply(__m512d x, __m512d y) { return _mm512_mul_pd(x, y); }

/// max(x, y), or y where one of them is NaN
EIGENHEAD_LEAF_AVX512 __m512 maximum(__m512 x, __m512 y) {
  return _mm512_maskz_max_ps(0xffff, x, y);
}
EIGENHEAD_LEAF_AVX512 __m512d maximum(__m512d x, __m512d y) {
  return _mm512_maskz_max_pd(0xff, x, y);
}

/// The first `count` lanes of x, the others of y
EIGENHEAD_LEAF_AVX512 __m512 first_or(std::ptrdiff_t count, __m512 x, __m512 y) {
  return _mm512_mask_blend_ps(first_elements(count), y, x);
}
EIGENHEAD_LEAF_AVX512 __m512d first_or(std::ptrdiff_t count, __m512d x, __m512d y) {
  return _mm512_mask_blend_pd(static_cast<__mmask8>(first_elements(count)), y, x);
}

/// The first min(count, width) numbers
template <class Scalar>
EIGENHEAD_LEAF_AVX512 typename Register<Scalar>::Type load_up_to(std::ptrdiff_t count,
                                                                 const Scalar* from) {
  return count >= Register<Scalar>::kWidth ? load(from) : load_first(count, from);
}

/// Writes the first min(count, width) numbers.
template <class Scalar>
EIGENHEAD_LEAF_AVX512 void store_up_to(std::ptrdiff_t count, Scalar* to,
                                       typename Register<Scalar>::Type x) {
  if (count >= Register<Scalar>::kWidth)
    store(to, x);
  else
    store_first(count, to, x);
}

// Lanes are folded in halves, always in this order.
EIGENHEAD_LEAF_AVX512 float sum_of_lanes(__m512 x) {
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, x);
  __m128 sum = _mm_add_ps(_mm_add_ps(_mm_load_ps(lanes), _mm_load_ps(lanes + 8)),
                          _mm_add_ps(_mm_load_ps(lanes + 4), _mm_load_ps(lanes + 12)));
  sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
  return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}
EIGENHEAD_LEAF_AVX512 double sum_of_lanes(__m512d x) {
  alignas(64) double lanes[8];
  _mm512_store_pd(lanes, x);
  const __m128d sum = _mm_add_pd(_mm_add_pd(_mm_load_pd(lanes), _mm_load_pd(lanes + 4)),
                                 _mm_add_pd(_mm_load_pd(lanes + 2), _mm_load_pd(lanes + 6)));
  return _mm_cvtsd_f64(_mm_add_sd(sum, _mm_unpackhi_pd(sum, sum)));
}

EIGENHEAD_LEAF_AVX512 float maximum_of_lanes(__m512 x) {
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, x);
  __m128 largest = _mm_max_ps(_mm_max_ps(_mm_load_ps(lanes), _mm_load_ps(lanes + 8)),
                              _mm_max_ps(_mm_load_ps(lanes + 4), _mm_load_ps(lanes + 12)));
  largest = _mm_max_ps(largest, _mm_movehl_ps(largest, largest));
  return _mm_cvtss_f32(_mm_max_ss(largest, _mm_movehdup_ps(largest)));
}
EIGENHEAD_LEAF_AVX512 double maximum_of_lanes(__m512d x) {
  alignas(64) double lanes[8];
  _mm512_store_pd(lanes, x);
  const __m128d largest = _mm_max_pd(_mm_max_pd(_mm_load_pd(lanes), _mm_load_pd(lanes + 4)),
                                     _mm_max_pd(_mm_load_pd(lanes + 2), _mm_load_pd(lanes + 6)));
  return _mm_cvtsd_f64(_mm_max_sd(largest, _mm_unpackhi_pd(largest, largest)));
}

/// e^x of doubles; see exp() of floats.
EIGENHEAD_LEAF_AVX512 __m512d exp(__m512d x) {
  x = _mm512_maskz_max_pd(0xff, broadcast(kExpLowestDouble), x);
  x = _mm512_maskz_min_pd(0xff, broadcast(kExpHighestDouble), x);
  const __m512d shift = broadcast(kRoundingShiftDouble);
  const __m512d exponent = subtract(multiply_add(x, broadcast(kLog2EDouble), shift), shift);
  __m512d r = _mm512_fnmadd_pd(exponent, broadcast(kLn2HighDouble), x);
  r = _mm512_fnmadd_pd(exponent, broadcast(kLn2LowDouble), r);
  __m512d q = broadcast(kExpPolynomialDouble[10]);
#pragma GCC unroll 10
  for (int i = 9; i >= 0; --i) q = multiply_add(q, r, broadcast(kExpPolynomialDouble[i]));
  return _mm512_maskz_scalef_pd(0xff, multiply_add(q, r, broadcast(1.0)), exponent);
}

}  // namespace eigenhead::detail::avx512

#endif
