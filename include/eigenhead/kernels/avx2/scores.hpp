#pragma once

// Functions of rows of attention scores, AVX2: one vector after the other.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx2/vector_registers.hpp"
#include "eigenhead/kernels/score_table.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

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

/// x where one of the next 8 or 4 bytes is not 0, else -infinity
EIGENHEAD_LEAF_AVX2 __m256 visible(const bool* is_visible, __m256 x) {
  long long bytes;
  __builtin_memcpy(&bytes, is_visible, 8);
  const __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(bytes));
  const __m256i is_hidden = _mm256_cmpeq_epi32(lanes, _mm256_setzero_si256());
  return _mm256_blendv_ps(x, broadcast(-__builtin_inff()), _mm256_castsi256_ps(is_hidden));
}
EIGENHEAD_LEAF_AVX2 __m256d visible(const bool* is_visible, __m256d x) {
  int bytes;
  __builtin_memcpy(&bytes, is_visible, 4);
  const __m256i lanes = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(bytes));
  const __m256i is_hidden = _mm256_cmpeq_epi64(lanes, _mm256_setzero_si256());
  return _mm256_blendv_pd(x, broadcast(-__builtin_inf()), _mm256_castsi256_pd(is_hidden));
}

EIGENHEAD_LEAF_AVX2 __m256 absolute(__m256 x) { return _mm256_andnot_ps(broadcast(-0.0f), x); }
EIGENHEAD_LEAF_AVX2 __m256d absolute(__m256d x) { return _mm256_andnot_pd(broadcast(-0.0), x); }

/// 0, 1, 2, ...
EIGENHEAD_LEAF_AVX2 __m256 lane_numbers(float) { return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7); }
EIGENHEAD_LEAF_AVX2 __m256d lane_numbers(double) { return _mm256_setr_pd(0, 1, 2, 3); }

template <class Scalar>
EIGENHEAD_TARGET_AVX2 void scale(const Scalar* x, Index n, Scalar factor, Scalar* y) {
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth)
    store_up_to(n - i, y + i, multiply(broadcast(factor), load_up_to(n - i, x + i)));
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 void add_bias(const Scalar* bias, Index n, Scalar* x) {
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth)
    store_up_to(n - i, x + i, biased(load_up_to(n - i, x + i), load_up_to(n - i, bias + i)));
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 void add_distance(Scalar slope, Scalar first, bool is_absolute, Index n,
                                        Scalar* x) {
  using Vector = typename Register<Scalar>::Type;
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth) {
    Vector distance = add(broadcast(first + static_cast<Scalar>(i)), lane_numbers(Scalar()));
    if (is_absolute) distance = absolute(distance);
    store_up_to(n - i, x + i, multiply_add(broadcast(slope), distance, load_up_to(n - i, x + i)));
  }
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 bool is_finite(const Scalar* x, Index n) {
  using Vector = typename Register<Scalar>::Type;
  Vector sum = broadcast(Scalar(0));
  for (Index i = 0; i < n; i += Register<Scalar>::kWidth)  // 0 * infinity is NaN
    sum = multiply_add(broadcast(Scalar(0)), load_up_to(n - i, x + i), sum);
  return sum_of_lanes(sum) == 0;
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 void hide(const bool* is_visible, Index n, Scalar* x) {
  constexpr Index kWidth = Register<Scalar>::kWidth;
  Index i = 0;
  for (; i + kWidth <= n; i += kWidth) store(x + i, visible(is_visible + i, load(x + i)));
  for (; i < n; ++i)
    if (!is_visible[i]) x[i] = -static_cast<Scalar>(__builtin_inf());
}

template <class Scalar>
inline constexpr ScoreKernels<Scalar> kScoreKernels = {
    scale<Scalar>, add_bias<Scalar>, add_distance<Scalar>, is_finite<Scalar>, hide<Scalar>};

}  // namespace eigenhead::detail::avx2

#endif
