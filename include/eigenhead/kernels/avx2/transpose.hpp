#pragma once

// Blocks of a matrix, transposed in registers: how rows of W become panels.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

namespace eigenhead::detail::avx2 {

/// to[k, n] = from[n, k] of 8 x 8 floats: pairs, then fours, then halves change places.
EIGENHEAD_LEAF_AVX2 void transpose_block(const float* from, std::ptrdiff_t from_stride, float* to,
                                         std::ptrdiff_t to_stride) {
  __m256 rows[8];
  __m256 pairs[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) rows[i] = load(from + i * from_stride);
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    rows[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], _MM_SHUFFLE(1, 0, 1, 0));
    rows[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], _MM_SHUFFLE(3, 2, 3, 2));
    rows[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], _MM_SHUFFLE(1, 0, 1, 0));
    rows[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], _MM_SHUFFLE(3, 2, 3, 2));
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    store(to + i * to_stride, _mm256_permute2f128_ps(rows[i], rows[i + 4], 0x20));
    store(to + (i + 4) * to_stride, _mm256_permute2f128_ps(rows[i], rows[i + 4], 0x31));
  }
}

/// The same of 4 x 4 doubles.
EIGENHEAD_LEAF_AVX2 void transpose_block(const double* from, std::ptrdiff_t from_stride, double* to,
                                         std::ptrdiff_t to_stride) {
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    // Columns 2i and 2i + 1 of rows 0, 2 and of rows 1, 3
    const double* column = from + 2 * i;
    const __m256d even =
        _mm256_setr_m128d(_mm_loadu_pd(column), _mm_loadu_pd(column + 2 * from_stride));
    const __m256d odd = _mm256_setr_m128d(_mm_loadu_pd(column + from_stride),
                                          _mm_loadu_pd(column + 3 * from_stride));
    store(to + 2 * i * to_stride, _mm256_unpacklo_pd(even, odd));
    store(to + (2 * i + 1) * to_stride, _mm256_unpackhi_pd(even, odd));
  }
}

/// to[k, n] = from[n, k] for n < rows and k < columns, both multiples of the width of a register.
template <class Scalar>
EIGENHEAD_TARGET_AVX2 void transpose(const Scalar* from, std::ptrdiff_t from_stride,
                                     std::ptrdiff_t rows, std::ptrdiff_t columns, Scalar* to,
                                     std::ptrdiff_t to_stride) {
  constexpr int kSide = Register<Scalar>::kWidth;
  for (std::ptrdiff_t n = 0; n < rows; n += kSide)
    for (std::ptrdiff_t k = 0; k < columns; k += kSide)
      transpose_block(from + n * from_stride + k, from_stride, to + k * to_stride + n, to_stride);
}

}  // namespace eigenhead::detail::avx2

#endif
