#pragma once

// Functions of rows of attention scores, AVX-512: one vector after the other, the last one masked.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/score_table.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

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

template <class Scalar>
EIGENHEAD_TARGET_AVX512 void scale(const Scalar* x, Index n, Scalar factor, Scalar* y) {
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth)
    store_up_to(n - i, y + i, multiply(broadcast(factor), load_up_to(n - i, x + i)));
}

template <class Scalar>
EIGENHEAD_TARGET_AVX512 void add_bias(const Scalar* bias, Index n, Scalar* x) {
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth)
    store_up_to(n - i, x + i, biased(load_up_to(n - i, x + i), load_up_to(n - i, bias + i)));
}

template <class Scalar>
EIGENHEAD_TARGET_AVX512 void add_distance(Scalar slope, Scalar first, bool is_absolute, Index n,
                                          Scalar* x) {
  using Vector = typename Register<Scalar>::Type;
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth) {
    Vector distance = add(broadcast(first + static_cast<Scalar>(i)), lane_numbers(Scalar()));
    if (is_absolute) distance = absolute(distance);
    store_up_to(n - i, x + i, multiply_add(broadcast(slope), distance, load_up_to(n - i, x + i)));
  }
}

template <class Scalar>
EIGENHEAD_TARGET_AVX512 bool is_finite(const Scalar* x, Index n) {
  using Vector = typename Register<Scalar>::Type;
  Vector sum = broadcast(Scalar(0));
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth)  // 0 * infinity is NaN
    sum = multiply_add(broadcast(Scalar(0)), load_up_to(n - i, x + i), sum);
  return sum_of_lanes(sum) == 0;
}

template <class Scalar>
EIGENHEAD_TARGET_AVX512 void hide(const bool* is_visible, Index n, Scalar* x) {
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth)
    store_up_to(n - i, x + i, visible(is_visible + i, n - i, load_up_to(n - i, x + i)));
}

template <class Scalar>
inline constexpr ScoreKernels<Scalar> kScoreKernels = {
    scale<Scalar>, add_bias<Scalar>, add_distance<Scalar>, is_finite<Scalar>, hide<Scalar>};

}  // namespace eigenhead::detail::avx512

#endif
