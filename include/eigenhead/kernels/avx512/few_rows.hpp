#pragma once

// Products of a few rows with rows as they lie in memory, AVX-512.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/score_table.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

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

/// Dot products of one row with 4 rows: 4 chains of multiply-adds, whose lanes are summed together,
/// a quarter of the shuffles of 4 separate sums. Enough: reading the rows takes longer.
template <class Scalar>
EIGENHEAD_TARGET_AVX512 void multiply_rows(const FewRows<Scalar>& rows) {
  using Vector = typename Register<Scalar>::Type;
  constexpr Index kWidth = Register<Scalar>::kWidth;
  for (Index n = 0; n < rows.num_right; n += 4) {
    const Scalar* right[4];
    for (int i = 0; i < 4; ++i)  // the last row stands in for rows behind it
      right[i] =
          rows.right + (n + i < rows.num_right ? n + i : rows.num_right - 1) * rows.right_stride;
    for (Index m = 0; m < rows.num_left; ++m) {
      const Scalar* left = rows.left + m * rows.left_stride;
      Vector sums[4] = {broadcast(Scalar(0)), broadcast(Scalar(0)), broadcast(Scalar(0)),
                        broadcast(Scalar(0))};
      Index k = 0;
      for (; k + kWidth <= rows.width; k += kWidth) {
        const Vector factor = load(left + k);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) sums[i] = multiply_add(factor, load(right[i] + k), sums[i]);
      }
      if (k < rows.width) {
        const Vector factor = load_first(rows.width - k, left + k);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i)
          sums[i] = multiply_add(factor, load_first(rows.width - k, right[i] + k), sums[i]);
      }
      Scalar totals[4];
      sums_of_lanes(sums[0], sums[1], sums[2], sums[3], totals);
      for (Index i = 0; i < 4 && n + i < rows.num_right; ++i)
        rows.output[m * rows.output_stride + n + i] = totals[i];
    }
  }
}

/// kRows rows of kVectors vectors of columns from `column` on; the last vector may be shorter.
template <class Scalar, int kRows, int kVectors>
EIGENHEAD_TARGET_AVX512 void add_weighted_columns(const FewRows<Scalar>& rows, Index first_row,
                                                  Index column) {
  using Vector = typename Register<Scalar>::Type;
  constexpr int kWidth = Register<Scalar>::kWidth;
  const Index last = rows.width - column - (kVectors - 1) * kWidth;  // numbers of the last vector
  Vector sums[std::size_t{kRows} * kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows * kVectors; ++i) sums[i] = broadcast(Scalar(0));
  const Scalar* weights = rows.left + first_row * rows.left_stride;
  for (Index n = 0; n < rows.num_right; ++n) {
    const Scalar* from = rows.right + n * rows.right_stride + column;
    Vector values[std::size_t{kVectors}];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      values[v] = v + 1 < kVectors ? load(from + v * kWidth) : load_up_to(last, from + v * kWidth);
#pragma GCC unroll 4
    for (int m = 0; m < kRows; ++m) {
      const Vector weight = broadcast(weights[m * rows.left_stride + n]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v)
        sums[m * kVectors + v] = multiply_add(weight, values[v], sums[m * kVectors + v]);
    }
  }
#pragma GCC unroll 4
  for (int m = 0; m < kRows; ++m)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      Scalar* to = rows.output + (first_row + m) * rows.output_stride + column + v * kWidth;
      const Index count = v + 1 < kVectors ? kWidth : last;
      store_up_to(count, to, add(load_up_to(count, to), sums[m * kVectors + v]));
    }
}

/// Tiles of 4 rows and 2 vectors: 8 chains of multiply-adds, 2 loads and 4 broadcasts for 8.
template <class Scalar, int kVectors>
EIGENHEAD_TARGET_AVX512 void add_weighted_panel(const FewRows<Scalar>& rows, Index column) {
  Index m = 0;
  for (; m + 4 <= rows.num_left; m += 4) add_weighted_columns<Scalar, 4, kVectors>(rows, m, column);
  for (; m < rows.num_left; ++m) add_weighted_columns<Scalar, 1, kVectors>(rows, m, column);
}

template <class Scalar>
EIGENHEAD_TARGET_AVX512 void add_weighted_rows(const FewRows<Scalar>& rows) {
  constexpr Index kWidth = Register<Scalar>::kWidth;
  Index column = 0;
  for (; column + kWidth < rows.width; column += 2 * kWidth)
    add_weighted_panel<Scalar, 2>(rows, column);
  if (column < rows.width) add_weighted_panel<Scalar, 1>(rows, column);
}

template <class Scalar>
inline constexpr FewRowKernels<Scalar> kFewRowKernels = {multiply_rows<Scalar>,
                                                         add_weighted_rows<Scalar>};

}  // namespace eigenhead::detail::avx512

#endif
