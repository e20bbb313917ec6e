#pragma once

// Activation functions of one number: the formulas that the vector functions follow.

#include <cmath>

namespace eigenhead {

/// The exact GELU, x * Phi(x) with Phi the standard normal distribution function.
/// Computed as x/2 * erfc(-x / sqrt 2), which keeps its relative accuracy where Phi is small.
template <class Scalar>
Scalar gelu_erf(Scalar x) {
  constexpr auto kInverseSqrt2 = static_cast<Scalar>(0.70710678118654752440);
  return x / 2 * std::erfc(-x * kInverseSqrt2);
}

/// The tanh approximation of GELU, up to 5e-4 away from gelu_erf:
/// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).
template <class Scalar>
Scalar gelu_tanh(Scalar x) {
  constexpr auto kSqrt2OverPi = static_cast<Scalar>(0.79788456080286535588);
  constexpr auto kCubic = static_cast<Scalar>(0.044715);
  return x / 2 * (1 + std::tanh(kSqrt2OverPi * (x + kCubic * x * x * x)));
}

/// 1 / (1 + exp(-x)).
template <class Scalar>
Scalar sigmoid(Scalar x) {
  return 1 / (1 + std::exp(-x));
}

/// x * sigmoid(x), also called swish.
template <class Scalar>
Scalar silu(Scalar x) {
  return x * sigmoid(x);
}

/// x * sigmoid(1.702 x), OpenAI's approximation of GELU.
template <class Scalar>
Scalar quick_gelu(Scalar x) {
  return x * sigmoid(static_cast<Scalar>(1.702) * x);
}

/// max(x, 0); NaN stays NaN.
template <class Scalar>
Scalar relu(Scalar x) {
  return x < 0 ? Scalar(0) : x;
}

}  // namespace eigenhead
