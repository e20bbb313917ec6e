#pragma once

// Functions of one AVX2 register of 8 floats: building blocks of the row kernels, of attention
// and of the epilogues of matrix products. NaN gives NaN. Largest errors: docs/numerics.md.

#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_constants.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

// Always inline: a call would spill the constants, which otherwise stay in registers over a loop.
#define EIGENHEAD_LEAF_AVX2 EIGENHEAD_TARGET_AVX2 __attribute__((always_inline)) inline

namespace eigenhead::detail::avx2 {

/// Selects the first `count` of 8 elements, 0 <= count <= 8, as _mm256_maskload_ps wants it.
EIGENHEAD_LEAF_AVX2 __m256i first_elements(std::ptrdiff_t count) {
  const __m256i positions = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), positions);
}

/// max(lowest, x). The instruction returns its second operand when one is NaN, so NaN stays NaN.
EIGENHEAD_LEAF_AVX2 __m256 at_least(float lowest, __m256 x) {
  return _mm256_max_ps(_mm256_set1_ps(lowest), x);
}

/// min(highest, x); NaN stays NaN.
EIGENHEAD_LEAF_AVX2 __m256 at_most(float highest, __m256 x) {
  return _mm256_min_ps(_mm256_set1_ps(highest), x);
}

/// c[0] + x c[1] + x^2 c[2] + ... by Horner's rule.
template <std::size_t Size>
EIGENHEAD_LEAF_AVX2 __m256 polynomial(__m256 x, const float (&c)[Size]) {
  __m256 sum = _mm256_set1_ps(c[Size - 1]);
  for (std::size_t i = Size - 1; i-- > 0;) sum = _mm256_fmadd_ps(sum, x, _mm256_set1_ps(c[i]));
  return sum;
}

/// What every exponential begins with: x = exponent * ln 2 + remainder, |remainder| <= ln(2) / 2.
struct ReducedExponent {
  __m256 shifted;   // its low bits: the exponent + 254
  __m256 exponent;  // an integer
  __m256 remainder;
};

/// Wants -104 <= x <= 89, or NaN.
EIGENHEAD_LEAF_AVX2 ReducedExponent reduce_exponent(__m256 x) {
  const __m256 shift = _mm256_set1_ps(kRoundingShift);
  ReducedExponent y;
  y.shifted = _mm256_fmadd_ps(x, _mm256_set1_ps(kLog2E), shift);
  y.exponent = _mm256_sub_ps(y.shifted, shift);
  y.remainder = _mm256_fnmadd_ps(y.exponent, _mm256_set1_ps(kLn2High), x);
  y.remainder = _mm256_fnmadd_ps(y.exponent, _mm256_set1_ps(kLn2Low), y.remainder);
  return y;
}

/// x * 2^exponent, rounded once also where the result is denormal. 2^exponent itself may be no
/// float: it is applied in two halves, the first of which rounds nothing. For x in [0.5, 2).
EIGENHEAD_LEAF_AVX2 __m256 scale_by_exponent(__m256 x, ReducedExponent y) {
  const __m256i biased = _mm256_castps_si256(y.shifted);  // exponent + 254 in the low 9 bits
  const __m256i half = _mm256_srli_epi32(biased, 1);
  const __m256i other_half = _mm256_sub_epi32(biased, half);
  x = _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(half, 23)));
  return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(other_half, 23)));
}

/// 2^exponent * e^remainder
EIGENHEAD_LEAF_AVX2 __m256 exp_of_reduced(ReducedExponent y) {
  const __m256 q = polynomial(y.remainder, kExpPolynomial);
  const __m256 p = _mm256_fmadd_ps(q, y.remainder, _mm256_set1_ps(1.0f));
  return scale_by_exponent(p, y);
}

/// e^x; 1 at 0, 0 below -104 and infinity above 88.73.
EIGENHEAD_LEAF_AVX2 __m256 exp(__m256 x) {
  x = at_most(kExpHighest, at_least(kExpLowest, x));
  return exp_of_reduced(reduce_exponent(x));
}

/// tanh x = E / (E + 2) with E = e^2|x| - 1, which keeps its relative accuracy at 0, and the sign.
EIGENHEAD_LEAF_AVX2 __m256 tanh(__m256 x) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  const __m256 one = _mm256_set1_ps(1.0f);
  const __m256 a = at_most(kTanhSaturation, _mm256_andnot_ps(sign, x));
  const ReducedExponent y = reduce_exponent(_mm256_add_ps(a, a));
  const __m256 q = polynomial(y.remainder, kExpPolynomial);
  const __m256 scale = scale_by_exponent(one, y);
  const __m256 e = _mm256_fmadd_ps(_mm256_mul_ps(q, y.remainder), scale, _mm256_sub_ps(scale, one));
  const __m256 magnitude = _mm256_div_ps(e, _mm256_add_ps(e, _mm256_set1_ps(2.0f)));
  return _mm256_or_ps(magnitude, _mm256_and_ps(sign, x));
}

/// erf x = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
EIGENHEAD_LEAF_AVX2 __m256 erf(__m256 x) {
  x = at_most(kErfSaturation, at_least(-kErfSaturation, x));
  const __m256 square = _mm256_mul_ps(x, x);
  const __m256 numerator = polynomial(square, kErfNumerator);
  const __m256 denominator = polynomial(square, kErfDenominator);
  const __m256 quotient = _mm256_div_ps(_mm256_mul_ps(x, numerator), denominator);
  return at_most(1.0f, at_least(-1.0f, quotient));  // rounding may go beyond
}

/// Phi(x) = (1 + erf(x / sqrt 2)) / 2, the standard normal distribution function; small relative
/// error also where Phi is small.
EIGENHEAD_LEAF_AVX2 __m256 normal_cdf(__m256 x) {
  const __m256 a = at_most(kNormalTailHighest, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x));
  const __m256 square = _mm256_mul_ps(a, a);
  const __m256 square_error = _mm256_fmsub_ps(a, a, square);  // the rounding of a^2 would cost ulps
  const __m256 half = _mm256_set1_ps(-0.5f);
  ReducedExponent y = reduce_exponent(_mm256_mul_ps(half, square));
  y.remainder = _mm256_fmadd_ps(half, square_error, y.remainder);
  const __m256 ratio =
      _mm256_div_ps(polynomial(a, kNormalTailNumerator), polynomial(a, kNormalTailDenominator));
  const __m256 tail = _mm256_mul_ps(exp_of_reduced(y), ratio);
  const __m256 is_positive = _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ);
  return _mm256_blendv_ps(tail, _mm256_sub_ps(_mm256_set1_ps(1.0f), tail), is_positive);
}

/// 1 / (1 + e^-x), computed from e^-|x|, which does not overflow.
EIGENHEAD_LEAF_AVX2 __m256 sigmoid(__m256 x) {
  const __m256 one = _mm256_set1_ps(1.0f);
  const __m256 negative = _mm256_or_ps(x, _mm256_set1_ps(-0.0f));  // -|x|
  const __m256 clamped = at_least(kExpLowest, negative);
  const __m256 e = exp_of_reduced(reduce_exponent(clamped));
  const __m256 is_negative = _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ);
  return _mm256_div_ps(_mm256_blendv_ps(one, e, is_negative), _mm256_add_ps(one, e));
}

/// x * sigmoid(x)
EIGENHEAD_LEAF_AVX2 __m256 silu(__m256 x) { return _mm256_mul_ps(x, sigmoid(x)); }

/// x * sigmoid(1.702 x)
EIGENHEAD_LEAF_AVX2 __m256 quick_gelu(__m256 x) {
  return _mm256_mul_ps(x, sigmoid(_mm256_mul_ps(x, _mm256_set1_ps(kQuickGelu))));
}

/// x * Phi(x)
EIGENHEAD_LEAF_AVX2 __m256 gelu_erf(__m256 x) { return _mm256_mul_ps(x, normal_cdf(x)); }

/// x/2 * (1 + tanh u) = x * sigmoid(2u), u = sqrt(2 / pi) * (x + 0.044715 x^3)
EIGENHEAD_LEAF_AVX2 __m256 gelu_tanh(__m256 x) {
  const __m256 factor = _mm256_fmadd_ps(_mm256_mul_ps(x, x), _mm256_set1_ps(kGeluTwiceCubic),
                                        _mm256_set1_ps(kGeluTwiceSqrt2OverPi));
  return _mm256_mul_ps(x, sigmoid(_mm256_mul_ps(x, factor)));
}

/// max(x, 0); NaN and -0 stay as they are.
EIGENHEAD_LEAF_AVX2 __m256 relu(__m256 x) { return at_least(0.0f, x); }

}  // namespace eigenhead::detail::avx2

#endif
