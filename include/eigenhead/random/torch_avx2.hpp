#pragma once

#include <cmath>

// The functions behind normal numbers of PyTorch's AVX2 path, one number at a time and on any
// machine: each std::fma stands where the compiler of PyTorch 1.13 (g++ 12) merged a product into a
// sum. An altered version of parts of avx_mathfun.h, Copyright (C) 2012 Giovanni Garberoglio, zlib
// licence (see NOTICE), with the polynomials of the Cephes library by Stephen L. Moshier.

namespace eigenhead::detail {

struct SineCosine {
  float sine;
  float cosine;
};

/// ln x of a positive normal number; at most 1 ulp off.
inline float torch_avx2_log(float x) {
  constexpr float kSqrtHalf = 0.707106781186547524f;
  constexpr float kCephesLn2High = 0.693359375f;  // exact in few bits
  constexpr float kCephesLn2Low = -2.12194440e-4f;
  constexpr float kCoefficients[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
                                     -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
                                     2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  // x = mantissa * 2^exponent with the mantissa in [sqrt 1/2, sqrt 2).
  int exponent;
  float mantissa = std::frexp(x, &exponent);
  if (mantissa < kSqrtHalf) {
    mantissa += mantissa;
    --exponent;
  }
  const float t = mantissa - 1;
  const float square = t * t;
  float series = 0;
  for (const float coefficient : kCoefficients) series = std::fma(series, t, coefficient);
  series *= t;
  const auto power = static_cast<float>(exponent);
  series = std::fma(series, square, power * kCephesLn2Low);
  series -= 0.5f * square;  // an exact product
  return std::fma(power, kCephesLn2High, t + series);
}

/// The sine and cosine of an angle in [0, 2 pi], an absolute error of 1e-7.
inline SineCosine torch_avx2_sine_cosine(float angle) {
  constexpr float kFourOverPi = 1.27323954473516f;
  // The nearest even multiple of pi/4; pi/4 in three parts of few bits.
  const int octant = (static_cast<int>(angle * kFourOverPi) + 1) & ~1;
  const auto multiple = static_cast<float>(octant);
  float x = std::fma(multiple, -0.78515625f, angle);
  x = std::fma(multiple, -2.4187564849853515625e-4f, x);
  x = std::fma(multiple, -3.77489497744594108e-8f, x);
  const float square = x * x;
  float cosine = std::fma(2.443315711809948e-5f, square, -1.388731625493765e-3f);
  cosine = std::fma(cosine, square, 4.166664568298827e-2f);
  cosine = std::fma(cosine * square, square, -0.5f * square) + 1;
  float sine = std::fma(-1.9515295891e-4f, square, 8.3321608736e-3f);
  sine = std::fma(sine, square, -1.6666654611e-1f);
  sine = std::fma(sine * square, x, x);
  switch (octant & 6) {
    case 0: return {sine, cosine};
    case 2: return {cosine, -sine};
    case 4: return {-sine, -cosine};
    default: return {-cosine, sine};
  }
}

}  // namespace eigenhead::detail
