#pragma once

// The vector functions that each kernel set implements, by plain function pointers.

#include "eigenhead/core/shape.hpp"

#include <cstdint>

namespace eigenhead {

/// What a normalisation multiplies and adds, of the length of a row.
template <class Scalar>
struct NormWeights {
  const Scalar* gain = nullptr;
  const Scalar* bias = nullptr;  // not read by rms_norm
  Scalar epsilon = 0;
};

/// Functions of contiguous rows of `n` >= 0 numbers at any alignment. An input may be the output,
/// but must not overlap it otherwise. Nothing behind a row is read or written. The result of a row
/// depends on its numbers only: not on its address, nor on where in the row an element stands.
template <class Scalar>
struct VectorKernels {
  /// y[i] = f(x[i])
  using Map = void (*)(const Scalar* x, Index n, Scalar* y);

  Map exp;         ///< e^x
  Map tanh;        ///< hyperbolic tangent
  Map erf;         ///< error function
  Map sigmoid;     ///< 1 / (1 + e^-x)
  Map silu;        ///< x * sigmoid(x)
  Map quick_gelu;  ///< x * sigmoid(1.702 x)
  Map gelu_erf;    ///< x * Phi(x), Phi the standard normal distribution function
  Map gelu_tanh;   ///< x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) / 2
  Map relu;        ///< max(x, 0)

  /// y = softmax(x); zeros if x is -infinity throughout, NaN if x holds NaN or +infinity.
  Map softmax;

  /// The largest x[i]; NaN is passed over, an empty row has -infinity.
  Scalar (*maximum)(const Scalar* x, Index n);

  /// y[i] = e^(x[i] - shift); returns the sum. With a running maximum as shift, a long row can be
  /// taken in parts: sums of earlier parts are rescaled by e^(old maximum - new maximum).
  Scalar (*exp_minus)(const Scalar* x, Index n, Scalar shift, Scalar* y);

  /// The sum of e^(x[i] - shift); nothing is written.
  Scalar (*sum_of_exp_minus)(const Scalar* x, Index n, Scalar shift);

  /// y = gain * (s - mean) / sqrt(variance + epsilon) + bias, where s = x + residual, or x where
  /// residual is null. The variance is the biased one.
  using Norm = void (*)(const Scalar* x, const Scalar* residual, const NormWeights<Scalar>& weights,
                        Index n, Scalar* y);
  Norm layer_norm;

  /// y = gain * s / sqrt(mean of s^2 + epsilon), s as in layer_norm.
  Norm rms_norm;

  /// sum[i] = rows[0][i] + rows[1][i] + ..., added in this order; num_rows >= 1.
  void (*add_rows)(const Scalar* const* rows, Index num_rows, Index n, Scalar* sum);
};

/// Conversions from and to 16 bits. Narrowing rounds to nearest, ties to even; too large becomes
/// infinity. Every value of 16 bits widens exactly. NaN stays NaN with its sign and the upper bits
/// of its payload, and becomes quiet.
struct HalfKernels {
  void (*float_from_half)(const std::uint16_t* x, Index n, float* y);
  void (*half_from_float)(const float* x, Index n, std::uint16_t* y);
  void (*float_from_bfloat16)(const std::uint16_t* x, Index n, float* y);
  void (*bfloat16_from_float)(const float* x, Index n, std::uint16_t* y);
};

}  // namespace eigenhead
