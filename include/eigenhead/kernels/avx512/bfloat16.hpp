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

/// See Bfloat16Kernels::split.
EIGENHEAD_TARGET_AVX512 inline void split(const float* x, Index n, Index num_pieces, float* pieces,
                                          Index num_pairs) {
  for (Index i = 0; i < 2 * num_pairs; i += 16) {
    const __m512 value = i < n ? load_up_to(n - i, x + i) : broadcast(0.0f);
    __m256i bits = saturated_bfloat16(value);
    float* to = pieces + i / 2;
    store_pairs(to, bits);
    if (num_pieces == 1) continue;
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
      const __m512i low = _mm512_maskz_cvtepu16_epi32(kAll, saturated_bfloat16(even));
      const __m512i high = _mm512_maskz_cvtepu16_epi32(kAll, saturated_bfloat16(odd));
      store(to, _mm512_castsi512_ps(_mm512_or_epi32(low, _mm512_maskz_slli_epi32(kAll, high, 16))));
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
