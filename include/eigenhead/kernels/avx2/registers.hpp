#pragma once

// One name for the same instruction on 8 floats and on 4 doubles.

#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include "eigenhead/kernels/avx2/vector_math.hpp"

#include <immintrin.h>

#include <cstddef>

namespace eigenhead::detail::avx2 {

template <class Scalar>
struct Register;

template <>
struct Register<float> {
  using Type = __m256;
  static constexpr int kWidth = 8;
};

template <>
struct Register<double> {
  using Type = __m256d;
  static constexpr int kWidth = 4;
};

EIGENHEAD_LEAF_AVX2 __m256 load(const float* from) { return _mm256_loadu_ps(from); }
EIGENHEAD_LEAF_AVX2 __m256d load(const double* from) { return _mm256_loadu_pd(from); }
EIGENHEAD_LEAF_AVX2 void store(float* to, __m256 x) { _mm256_storeu_ps(to, x); }
EIGENHEAD_LEAF_AVX2 void store(double* to, __m256d x) { _mm256_storeu_pd(to, x); }
EIGENHEAD_LEAF_AVX2 __m256 broadcast(float x) { return _mm256_set1_ps(x); }
EIGENHEAD_LEAF_AVX2 __m256d broadcast(double x) { return _mm256_set1_pd(x); }
EIGENHEAD_LEAF_AVX2 __m256 add(__m256 x, __m256 y) { return _mm256_add_ps(x, y); }
EIGENHEAD_LEAF_AVX2 __m256d add(__m256d x, __m256d y) { return _mm256_add_pd(x, y); }

/// x * y + z, rounded once
EIGENHEAD_LEAF_AVX2 __m256 multiply_add(__m256 x, __m256 y, __m256 z) {
  return _mm256_fmadd_ps(x, y, z);
}
EIGENHEAD_LEAF_AVX2 __m256d multiply_add(__m256d x, __m256d y, __m256d z) {
  return _mm256_fmadd_pd(x, y, z);
}

/// Selects the first `count` of 4 doubles, 0 <= count <= 4, as _mm256_maskload_pd wants it.
EIGENHEAD_LEAF_AVX2 __m256i first_doubles(std::ptrdiff_t count) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}

/// The first `count` numbers, 0 <= count < width; nothing behind them is read. The rest is zero.
EIGENHEAD_LEAF_AVX2 __m256 load_first(std::ptrdiff_t count, const float* from) {
  return _mm256_maskload_ps(from, first_elements(count));
}
EIGENHEAD_LEAF_AVX2 __m256d load_first(std::ptrdiff_t count, const double* from) {
  return _mm256_maskload_pd(from, first_doubles(count));
}

/// Writes the first `count` numbers and nothing behind them.
EIGENHEAD_LEAF_AVX2 void store_first(std::ptrdiff_t count, float* to, __m256 x) {
  _mm256_maskstore_ps(to, first_elements(count), x);
}
EIGENHEAD_LEAF_AVX2 void store_first(std::ptrdiff_t count, double* to, __m256d x) {
  _mm256_maskstore_pd(to, first_doubles(count), x);
}

/// max(x, 0) as relu() of vector_math.hpp
EIGENHEAD_LEAF_AVX2 __m256d relu(__m256d x) { return _mm256_max_pd(_mm256_setzero_pd(), x); }

}  // namespace eigenhead::detail::avx2

#endif
