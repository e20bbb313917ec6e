#pragma once

// Products of bfloat16 numbers, AVX-512: the instruction VDPBF16PS of the extension AVX512_BF16.

#include "eigenhead/kernels/avx512/half.hpp"
#include "eigenhead/kernels/avx512/matmul.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/bfloat16_kernels.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

namespace eigenhead::detail::avx512 {

/// bfloat16_from_float(), but what is finite stays finite.
EIGENHEAD_LEAF_AVX512 __m256i saturated_bfloat16(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i magnitude = _mm512_and_epi32(bits, _mm512_set1_epi32(0x7fffffff));
  // Between the largest bfloat16 and infinity; the difference wraps for what is smaller.
  const __mmask16 is_too_large = _mm512_cmplt_epu32_mask(
      _mm512_sub_epi32(magnitude, _mm512_set1_epi32(0x7f7f0001)), _mm512_set1_epi32(0xffff));
  const __m512i truncated =
      _mm512_mask_and_epi32(bits, is_too_large, bits, _mm512_set1_epi32(-0x10000));
  return bfloat16_from_float(_mm512_castsi512_ps(truncated));
}

EIGENHEAD_LEAF_AVX512 void store_pairs(float* to, __m256i pairs) {
  _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(to), pairs);
}

/// saturated_bfloat16() in the upper half of each lane.
EIGENHEAD_LEAF_AVX512 __m512i saturated_upper_halves(__m512 x) {
  const __m512i bits = _mm512_maskz_cvtepu16_epi32(kAll, saturated_bfloat16(x));
  return _mm512_maskz_slli_epi32(kAll, bits, 16);
}

/// 32-bit lanes i * step + first
EIGENHEAD_LEAF_AVX512 __m512i arithmetic_progression(int first, int step) {
  const __m512i i = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_add_epi32(_mm512_mullo_epi32(i, _mm512_set1_epi32(step)), _mm512_set1_epi32(first));
}

/// saturated_bfloat16() of the floats of x and y in any order: `upper` says where among the 64
/// words of both their upper halves stand.
EIGENHEAD_LEAF_AVX512 __m512i saturated_bfloat16(__m512 x, __m512 y, __m512i upper) {
  const __m512i x_bits = _mm512_castps_si512(x);
  const __m512i y_bits = _mm512_castps_si512(y);
  const __m512i one = _mm512_set1_epi16(1);
  const __m512i high = _mm512_permutex2var_epi16(x_bits, upper, y_bits);
  const __m512i magnitude = _mm512_and_si512(high, _mm512_set1_epi16(0x7fff));
  // What could round to infinity, infinity and NaN: hardly ever.
  if (_mm512_cmpgt_epu16_mask(magnitude, _mm512_set1_epi16(0x7f7e)) != 0)
    return _mm512_permutex2var_epi16(saturated_upper_halves(x), upper, saturated_upper_halves(y));
  const __m512i low = _mm512_permutex2var_epi16(x_bits, _mm512_sub_epi16(upper, one), y_bits);
  // More than half of the last place, or half where it is odd: ties go to even.
  const __m512i excess = _mm512_adds_epu16(low, _mm512_and_si512(high, one));
  const __mmask32 is_up = _mm512_cmpgt_epu16_mask(excess, _mm512_set1_epi16(-0x8000));
  return _mm512_mask_add_epi16(high, is_up, high, one);
}

/// split() to one piece.
EIGENHEAD_TARGET_AVX512 inline void round_row(const float* x, Index n, float* pairs,
                                              Index num_pairs) {
  const __m512i upper = arithmetic_progression(0x00030001, 0x00040004);  // 1, 3, 5, ...
  for (Index i = 0; i < 2 * num_pairs; i += 32) {
    const __m512 first = i < n ? load_up_to(n - i, x + i) : broadcast(0.0f);
    const __m512 second = i + 16 < n ? load_up_to(n - i - 16, x + i + 16) : broadcast(0.0f);
    store(pairs + i / 2, _mm512_castsi512_ps(saturated_bfloat16(first, second, upper)));
  }
}

/// See Bfloat16Kernels::split.
EIGENHEAD_TARGET_AVX512 inline void split(const float* x, Index n, Index num_pieces, float* pieces,
                                          Index num_pairs) {
  if (num_pieces == 1) return round_row(x, n, pieces, num_pairs);
  for (Index i = 0; i < 2 * num_pairs; i += 16) {
    const __m512 value = i < n ? load_up_to(n - i, x + i) : broadcast(0.0f);
    __m256i bits = saturated_bfloat16(value);
    float* to = pieces + i / 2;
    store_pairs(to, bits);
    __m512 rest = subtract(value, float_from_bfloat16(bits));
    const __mmask16 is_finite =
        _mm512_cmp_ps_mask(rest, rest, _CMP_ORD_Q);  // not infinity - itself
    store_pairs(to + num_pairs, _mm256_maskz_mov_epi16(is_finite, bits));
    for (Index piece = 2; piece < num_pieces; ++piece) {
      const __m512 clamped = at_most(kLargestMiddle, at_least(-kLargestMiddle, rest));
      bits = _mm256_maskz_mov_epi16(is_finite, bfloat16_from_float(clamped));
      store_pairs(to + piece * num_pairs, bits);
      rest = subtract(rest, float_from_bfloat16(bits));
    }
  }
}

/// See Bfloat16Kernels::pair_rows.
EIGENHEAD_TARGET_AVX512 inline bool pair_rows(const float* from, Index from_stride, Index rows,
                                              Index columns, float* to, Index width) {
  const __m512i upper = arithmetic_progression(0x00210001, 0x00020002);  // 1, 33, 3, 35, ...
  const __m512 zero = broadcast(0.0f);
  __m512 sum = zero;  // of 0 * x, which is NaN for an infinite x
  const Index end = 2 * num_pairs(rows);
  for (Index row = 0; row < end; row += 2) {
    for (Index column = 0; column < width; column += 16, to += 16) {
      const Index count = columns - column;
      const __m512 even = row < rows ? load_up_to(count, from + row * from_stride + column) : zero;
      const __m512 odd =
          row + 1 < rows ? load_up_to(count, from + (row + 1) * from_stride + column) : zero;
      sum = multiply_add(even, zero, multiply_add(odd, zero, sum));
      store(to, _mm512_castsi512_ps(saturated_bfloat16(even, odd, upper)));
    }
  }
  return sum_of_lanes(sum) == 0;
}

}  // namespace eigenhead::detail::avx512

#define EIGENHEAD_TARGET EIGENHEAD_TARGET_AVX512_BF16

/// The tile of avx512/matmul.hpp, with two products and additions for one multiply-add.
namespace eigenhead::detail::avx512_bf16 {

using avx512::add;
using avx512::broadcast;
using avx512::load;
using avx512::Register;
using avx512::store;

/// z plus the two products of the pairs of each lane, rounded to float after each addition.
EIGENHEAD_TARGET_AVX512_BF16 __attribute__((always_inline)) inline __m512 multiply_add(__m512 x,
                                                                                       __m512 y,
                                                                                       __m512 z) {
  return _mm512_dpbf16_ps(z, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(y));
}

#include "eigenhead/kernels/shared/multiply_tile.inc"

constexpr Bfloat16Kernels make_bfloat16_kernels() {
  Bfloat16Kernels kernels = {avx512::kMatmulKernels<float>, avx512::split, avx512::pair_rows};
  add_tiles<float, avx512::kTileRows>(kernels.products);
  return kernels;
}

inline constexpr Bfloat16Kernels kBfloat16Kernels = make_bfloat16_kernels();

}  // namespace eigenhead::detail::avx512_bf16

#undef EIGENHEAD_TARGET

#endif
