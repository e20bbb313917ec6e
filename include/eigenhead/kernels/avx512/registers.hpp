#pragma once

// One name for the same instruction on 16 floats and on 8 doubles.

#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include "eigenhead/kernels/avx512/vector_math.hpp"

#include <immintrin.h>

#include <cstddef>

namespace eigenhead::detail::avx512 {

template <class Scalar>
struct Register;

template <>
struct Register<float> {
  using Type = __m512;
  static constexpr int kWidth = 16;
};

template <>
struct Register<double> {
  using Type = __m512d;
  static constexpr int kWidth = 8;
};

EIGENHEAD_LEAF_AVX512 __m512 load(const float* from) { return _mm512_loadu_ps(from); }
EIGENHEAD_LEAF_AVX512 __m512d load(const double* from) { return _mm512_loadu_pd(from); }
EIGENHEAD_LEAF_AVX512 void store(float* to, __m512 x) { _mm512_storeu_ps(to, x); }
EIGENHEAD_LEAF_AVX512 void store(double* to, __m512d x) { _mm512_storeu_pd(to, x); }
EIGENHEAD_LEAF_AVX512 __m512 broadcast(float x) { return _mm512_set1_ps(x); }
EIGENHEAD_LEAF_AVX512 __m512d broadcast(double x) { return _mm512_set1_pd(x); }
EIGENHEAD_LEAF_AVX512 __m512 add(__m512 x, __m512 y) { return _mm512_add_ps(x, y); }
EIGENHEAD_LEAF_AVX512 __m512d add(__m512d x, __m512d y) { return _mm512_add_pd(x, y); }

/// x * y + z, rounded once
EIGENHEAD_LEAF_AVX512 __m512 multiply_add(__m512 x, __m512 y, __m512 z) {
  return _mm512_fmadd_ps(x, y, z);
}
EIGENHEAD_LEAF_AVX512 __m512d multiply_add(__m512d x, __m512d y, __m512d z) {
  return _mm512_fmadd_pd(x, y, z);
}

/// The first `count` numbers, 0 <= count < width; nothing behind them is read. The rest is zero.
EIGENHEAD_LEAF_AVX512 __m512 load_first(std::ptrdiff_t count, const float* from) {
  return _mm512_maskz_loadu_ps(first_elements(count), from);
}
EIGENHEAD_LEAF_AVX512 __m512d load_first(std::ptrdiff_t count, const double* from) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>(first_elements(count)), from);
}

/// Writes the first `count` numbers and nothing behind them.
EIGENHEAD_LEAF_AVX512 void store_first(std::ptrdiff_t count, float* to, __m512 x) {
  _mm512_mask_storeu_ps(to, first_elements(count), x);
}
EIGENHEAD_LEAF_AVX512 void store_first(std::ptrdiff_t count, double* to, __m512d x) {
  _mm512_mask_storeu_pd(to, static_cast<__mmask8>(first_elements(count)), x);
}

/// max(x, 0) as relu() of vector_math.hpp
EIGENHEAD_LEAF_AVX512 __m512d relu(__m512d x) {
  return _mm512_maskz_max_pd(0xff, _mm512_setzero_pd(), x);
}

}  // namespace eigenhead::detail::avx512

#endif
