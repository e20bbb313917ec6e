#pragma once

// Vector functions in portable C++, for any processor: what the other sets must compute.

#include "eigenhead/kernels/scalar_functions.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#include <cmath>
#include <limits>

namespace eigenhead::detail::reference {

template <class Scalar, Scalar (*kFunction)(Scalar)>
void map(const Scalar* x, Index n, Scalar* y) {
  for (Index i = 0; i < n; ++i) y[i] = kFunction(x[i]);
}

// The address of a function of std is not to be taken.
template <class Scalar>
Scalar exp(Scalar x) {
  return std::exp(x);
}

template <class Scalar>
Scalar tanh(Scalar x) {
  return std::tanh(x);
}

template <class Scalar>
Scalar erf(Scalar x) {
  return std::erf(x);
}

template <class Scalar>
Scalar maximum(const Scalar* x, Index n) {
  Scalar largest = -std::numeric_limits<Scalar>::infinity();
  for (Index i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

template <class Scalar>
Scalar exp_minus(const Scalar* x, Index n, Scalar shift, Scalar* y) {
  Scalar sum = 0;
  for (Index i = 0; i < n; ++i) sum += y[i] = std::exp(x[i] - shift);
  return sum;
}

template <class Scalar>
Scalar sum_of_exp_minus(const Scalar* x, Index n, Scalar shift) {
  Scalar sum = 0;
  for (Index i = 0; i < n; ++i) sum += std::exp(x[i] - shift);
  return sum;
}

template <class Scalar>
void softmax(const Scalar* x, Index n, Scalar* y) {
  const Scalar largest = maximum(x, n);
  // Where all is -infinity, or NaN, subtracting 0 leaves zeros, or NaN.
  const bool is_finite = largest > -std::numeric_limits<Scalar>::infinity();
  const Scalar sum = exp_minus(x, n, is_finite ? largest : Scalar(0), y);
  if (sum == 0) return;
  for (Index i = 0; i < n; ++i) y[i] /= sum;
}

/// The sum of term(i) for 0 <= i < n. Eight sums at a time keep the processor busy and the rounding
/// small; their order does not depend on the address, as that of Eigen's sums does.
template <class Scalar, class Term>
Scalar sum_of(Index n, const Term& term) {
  Scalar sums[8] = {};
  Index i = 0;
  for (; i + 8 <= n; i += 8)
    for (Index k = 0; k < 8; ++k) sums[k] += term(i + k);
  for (; i < n; ++i) sums[i % 8] += term(i);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// y = x + residual, or a copy of x.
template <class Scalar>
void add_residual(const Scalar* x, const Scalar* residual, Index n, Scalar* y) {
  for (Index i = 0; i < n; ++i) y[i] = residual == nullptr ? x[i] : x[i] + residual[i];
}

template <class Scalar>
void layer_norm(const Scalar* x, const Scalar* residual, const NormWeights<Scalar>& weights,
                Index n, Scalar* y) {
  add_residual(x, residual, n, y);
  const auto length = static_cast<Scalar>(n);
  const Scalar mean = sum_of<Scalar>(n, [&](Index i) { return y[i]; }) / length;
  const Scalar variance =
      sum_of<Scalar>(n, [&](Index i) { return (y[i] - mean) * (y[i] - mean); }) / length;
  const Scalar scale = 1 / std::sqrt(variance + weights.epsilon);
  for (Index i = 0; i < n; ++i) y[i] = (y[i] - mean) * scale * weights.gain[i] + weights.bias[i];
}

template <class Scalar>
void rms_norm(const Scalar* x, const Scalar* residual, const NormWeights<Scalar>& weights, Index n,
              Scalar* y) {
  add_residual(x, residual, n, y);
  const Scalar mean_square =
      sum_of<Scalar>(n, [&](Index i) { return y[i] * y[i]; }) / static_cast<Scalar>(n);
  const Scalar scale = 1 / std::sqrt(mean_square + weights.epsilon);
  for (Index i = 0; i < n; ++i) y[i] = y[i] * scale * weights.gain[i];
}

template <class Scalar>
void add_rows(const Scalar* const* rows, Index num_rows, Index n, Scalar* sum) {
  for (Index i = 0; i < n; ++i) {
    Scalar total = rows[0][i];
    for (Index row = 1; row < num_rows; ++row) total += rows[row][i];
    sum[i] = total;
  }
}

template <class Scalar>
constexpr VectorKernels<Scalar> vector_kernels() {
  VectorKernels<Scalar> kernels{};
  kernels.exp = map<Scalar, exp<Scalar>>;
  kernels.tanh = map<Scalar, tanh<Scalar>>;
  kernels.erf = map<Scalar, erf<Scalar>>;
  kernels.sigmoid = map<Scalar, eigenhead::sigmoid<Scalar>>;
  kernels.silu = map<Scalar, eigenhead::silu<Scalar>>;
  kernels.quick_gelu = map<Scalar, eigenhead::quick_gelu<Scalar>>;
  kernels.gelu_erf = map<Scalar, eigenhead::gelu_erf<Scalar>>;
  kernels.gelu_tanh = map<Scalar, eigenhead::gelu_tanh<Scalar>>;
  kernels.relu = map<Scalar, eigenhead::relu<Scalar>>;
  kernels.softmax = softmax<Scalar>;
  kernels.maximum = maximum<Scalar>;
  kernels.exp_minus = exp_minus<Scalar>;
  kernels.sum_of_exp_minus = sum_of_exp_minus<Scalar>;
  kernels.layer_norm = layer_norm<Scalar>;
  kernels.rms_norm = rms_norm<Scalar>;
  kernels.add_rows = add_rows<Scalar>;
  return kernels;
}

}  // namespace eigenhead::detail::reference
