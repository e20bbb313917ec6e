#pragma once

// Functions of one AVX-512 register of 16 floats: building blocks of the row kernels, of attention
// and of the epilogues of matrix products. NaN gives NaN. Largest errors: docs/numerics.md.

#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_constants.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <immintrin.h>

#include <cstddef>

// Always inline: a call would spill the constants, which otherwise stay in registers over a loop.
#define EIGENHEAD_LEAF_AVX512 EIGENHEAD_TARGET_AVX512 __attribute__((always_inline)) inline

namespace eigenhead::detail::avx512 {

/// Selects the first `count` of 16 elements, 0 <= count <= 16.
EIGENHEAD_LEAF_AVX512 __mmask16 first_elements(std::ptrdiff_t count) {
  return static_cast<__mmask16>((1u << count) - 1u);
}

/// max(lowest, x). The instruction returns its second operand when one is NaN, so NaN stays NaN.
/// (A mask of ones, because g++ 12 warns of its own _mm512_max_ps.)
EIGENHEAD_LEAF_AVX512 __m512 at_least(float lowest, __m512 x) {
  return _mm512_maskz_max_ps(0xffff, _mm512_set1_ps(lowest), x);
}

/// min(highest, x); NaN stays NaN.
EIGENHEAD_LEAF_AVX512 __m512 at_most(float highest, __m512 x) {
  return _mm512_maskz_min_ps(0xffff, _mm512_set1_ps(highest), x);
}

/// c[0] + x c[1] + x^2 c[2] + ... by Horner's rule.
template <std::size_t Size>
EIGENHEAD_LEAF_AVX512 __m512 polynomial(__m512 x, const float (&c)[Size]) {
  __m512 sum = _mm512_set1_ps(c[Size - 1]);
  for (std::size_t i = Size - 1; i-- > 0;) sum = _mm512_fmadd_ps(sum, x, _mm512_set1_ps(c[i]));
  return sum;
}

/// What every exponential begins with: x = exponent * ln 2 + remainder, |remainder| <= ln(2) / 2.
struct ReducedExponent {
  __m512 shifted;   // its low bits: the exponent + 254
  __m512 exponent;  // an integer
  __m512 remainder;
};

/// Wants -104 <= x <= 89, or NaN.
EIGENHEAD_LEAF_AVX512 ReducedExponent reduce_exponent(__m512 x) {
  const __m512 shift = _mm512_set1_ps(kRoundingShift);
  ReducedExponent y;
  y.shifted = _mm512_fmadd_ps(x, _mm512_set1_ps(kLog2E), shift);
  y.exponent = _mm512_sub_ps(y.shifted, shift);
  y.remainder = _mm512_fnmadd_ps(y.exponent, _mm512_set1_ps(kLn2High), x);
  y.remainder = _mm512_fnmadd_ps(y.exponent, _mm512_set1_ps(kLn2Low), y.remainder);
  return y;
}

/// 2^exponent * e^remainder, rounded once also where the result is denormal.
EIGENHEAD_LEAF_AVX512 __m512 exp_of_reduced(ReducedExponent y) {
  const __m512 q = polynomial(y.remainder, kExpPolynomial);
  const __m512 p = _mm512_fmadd_ps(q, y.remainder, _mm512_set1_ps(1.0f));
  return _mm512_maskz_scalef_ps(0xffff, p, y.exponent);
}

/// e^x; 1 at 0, 0 below -104 and infinity above 88.73.
EIGENHEAD_LEAF_AVX512 __m512 exp(__m512 x) {
  x = at_most(kExpHighest, at_least(kExpLowest, x));
  return exp_of_reduced(reduce_exponent(x));
}

/// tanh x = E / (E + 2) with E = e^2|x| - 1, which keeps its relative accuracy at 0, and the sign.
EIGENHEAD_LEAF_AVX512 __m512 tanh(__m512 x) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  const __m512 one = _mm512_set1_ps(1.0f);
  const __m512 a = at_most(kTanhSaturation, _mm512_andnot_ps(sign, x));
  const ReducedExponent y = reduce_exponent(_mm512_add_ps(a, a));
  const __m512 q = polynomial(y.remainder, kExpPolynomial);
  const __m512 scale = _mm512_maskz_scalef_ps(0xffff, one, y.exponent);
  const __m512 e = _mm512_fmadd_ps(_mm512_mul_ps(q, y.remainder), scale, _mm512_sub_ps(scale, one));
  const __m512 magnitude = _mm512_div_ps(e, _mm512_add_ps(e, _mm512_set1_ps(2.0f)));
  return _mm512_or_ps(magnitude, _mm512_and_ps(sign, x));
}

/// erf x = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
EIGENHEAD_LEAF_AVX512 __m512 erf(__m512 x) {
  x = at_most(kErfSaturation, at_least(-kErfSaturation, x));
  const __m512 square = _mm512_mul_ps(x, x);
  const __m512 numerator = polynomial(square, kErfNumerator);
  const __m512 denominator = polynomial(square, kErfDenominator);
  const __m512 quotient = _mm512_div_ps(_mm512_mul_ps(x, numerator), denominator);
  return at_most(1.0f, at_least(-1.0f, quotient));  // rounding may go beyond
}

/// Phi(x) = (1 + erf(x / sqrt 2)) / 2, the standard normal distribution function; small relative
/// error also where Phi is small.
EIGENHEAD_LEAF_AVX512 __m512 normal_cdf(__m512 x) {
  const __m512 a = at_most(kNormalTailHighest, _mm512_abs_ps(x));
  const __m512 square = _mm512_mul_ps(a, a);
  const __m512 square_error = _mm512_fmsub_ps(a, a, square);  // the rounding of a^2 would cost ulps
  const __m512 half = _mm512_set1_ps(-0.5f);
  ReducedExponent y = reduce_exponent(_mm512_mul_ps(half, square));
  y.remainder = _mm512_fmadd_ps(half, square_error, y.remainder);
  const __m512 ratio =
      _mm512_div_ps(polynomial(a, kNormalTailNumerator), polynomial(a, kNormalTailDenominator));
  const __m512 tail = _mm512_mul_ps(exp_of_reduced(y), ratio);
  const __mmask16 is_positive = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ);
  return _mm512_mask_sub_ps(tail, is_positive, _mm512_set1_ps(1.0f), tail);
}

/// 1 / (1 + e^-x), computed from e^-|x|, which does not overflow.
EIGENHEAD_LEAF_AVX512 __m512 sigmoid(__m512 x) {
  const __m512 one = _mm512_set1_ps(1.0f);
  const __m512 negative = _mm512_or_ps(x, _mm512_set1_ps(-0.0f));  // -|x|
  const __m512 clamped = at_least(kExpLowest, negative);
  const __m512 e = exp_of_reduced(reduce_exponent(clamped));
  const __mmask16 is_negative = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
  return _mm512_div_ps(_mm512_mask_blend_ps(is_negative, one, e), _mm512_add_ps(one, e));
}

/// x * sigmoid(x)
EIGENHEAD_LEAF_AVX512 __m512 silu(__m512 x) { return _mm512_mul_ps(x, sigmoid(x)); }

/// x * sigmoid(1.702 x)
EIGENHEAD_LEAF_AVX512 __m512 quick_gelu(__m512 x) {
  return _mm512_mul_ps(x, sigmoid(_mm512_mul_ps(x, _mm512_set1_ps(kQuickGelu))));
}

/// x * Phi(x)
EIGENHEAD_LEAF_AVX512 __m512 gelu_erf(__m512 x) { return _mm512_mul_ps(x, normal_cdf(x)); }

/// x/2 * (1 + tanh u) = x * sigmoid(2u), u = sqrt(2 / pi) * (x + 0.044715 x^3)
EIGENHEAD_LEAF_AVX512 __m512 gelu_tanh(__m512 x) {
  const __m512 factor = _mm512_fmadd_ps(_mm512_mul_ps(x, x), _mm512_set1_ps(kGeluTwiceCubic),
                                        _mm512_set1_ps(kGeluTwiceSqrt2OverPi));
  return _mm512_mul_ps(x, sigmoid(_mm512_mul_ps(x, factor)));
}

/// max(x, 0); NaN and -0 stay as they are.
EIGENHEAD_LEAF_AVX512 __m512 relu(__m512 x) { return at_least(0.0f, x); }

}  // namespace eigenhead::detail::avx512

#endif
