#pragma once

// Functions of rows, AVX2, of floats and of doubles: softmax, normalisation, sums of rows.
//
// Every row is taken from its beginning in whole vectors, then a masked one. So equal rows have
// equal bits wherever they stand, and nothing behind a row is touched. Sums have kSums chains,
// which hide the latency of the addition (3-4 cycles) and shorten the chains, hence the rounding
// error.

#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx2/vector_registers.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

namespace eigenhead::detail::avx2 {

inline constexpr int kSums = 4;

template <class Scalar>
EIGENHEAD_TARGET_AVX2 Scalar maximum(const Scalar* x, Index n) {
  using Vector = typename Register<Scalar>::Type;
  constexpr Index kWidth = Register<Scalar>::kWidth;
  const Vector lowest = broadcast(-static_cast<Scalar>(__builtin_inf()));
  Vector largest[kSums] = {lowest, lowest, lowest, lowest};
  Index i = 0;
  for (; i + kSums * kWidth <= n; i += kSums * kWidth)
#pragma GCC unroll 4
    for (int k = 0; k < kSums; ++k) largest[k] = maximum(load(x + i + k * kWidth), largest[k]);
  for (; i + kWidth <= n; i += kWidth) largest[0] = maximum(load(x + i), largest[0]);
  if (i < n) largest[1] = maximum(first_or(n - i, load_first(n - i, x + i), lowest), largest[1]);
  return maximum_of_lanes(
      maximum(maximum(largest[0], largest[1]), maximum(largest[2], largest[3])));
}

template <class Scalar, bool kIsStored>
EIGENHEAD_TARGET_AVX2 Scalar sum_of_exp(const Scalar* x, Index n, Scalar shift, Scalar* y) {
  using Vector = typename Register<Scalar>::Type;
  constexpr Index kWidth = Register<Scalar>::kWidth;
  const Vector shifts = broadcast(shift);
  Vector sum = broadcast(Scalar(0));
  Index i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    const Vector e = exp(subtract(load(x + i), shifts));
    if constexpr (kIsStored) store(y + i, e);
    sum = add(sum, e);
  }
  if (i < n) {
    const Vector e = exp(subtract(load_first(n - i, x + i), shifts));
    if constexpr (kIsStored) store_first(n - i, y + i, e);
    sum = add(sum, first_or(n - i, e, broadcast(Scalar(0))));
  }
  return sum_of_lanes(sum);
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 Scalar exp_minus(const Scalar* x, Index n, Scalar shift, Scalar* y) {
  return sum_of_exp<Scalar, true>(x, n, shift, y);
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 Scalar sum_of_exp_minus(const Scalar* x, Index n, Scalar shift) {
  return sum_of_exp<Scalar, false>(x, n, shift, nullptr);
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 void scale(Scalar factor, Index n, Scalar* y) {
  constexpr Index kWidth = Register<Scalar>::kWidth;
  const typename Register<Scalar>::Type factors = broadcast(factor);
  Index i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, multiply(load(y + i), factors));
  if (i < n) store_first(n - i, y + i, multiply(load_first(n - i, y + i), factors));
}

/// Three passes over a row in cache: maximum, exponentials with their sum, scaling. A division a
/// number would take as long as the exponentials; the factor 1 / sum costs one more rounding.
template <class Scalar>
EIGENHEAD_TARGET_AVX2 void softmax(const Scalar* x, Index n, Scalar* y) {
  const Scalar largest = maximum(x, n);
  // Where all is -infinity, or NaN, subtracting 0 leaves zeros, or NaN.
  const bool is_finite = largest > -static_cast<Scalar>(__builtin_inf());
  const Scalar sum = exp_minus(x, n, is_finite ? largest : Scalar(0), y);
  if (sum != 0) scale(1 / sum, n, y);
}

/// The sum of a row, of x + residual where there is a residual, which then is also written to y.
template <class Scalar, bool kHasResidual>
EIGENHEAD_TARGET_AVX2 Scalar sum_of_row(const Scalar* x, const Scalar* residual, Index n,
                                        Scalar* y) {
  using Vector = typename Register<Scalar>::Type;
  constexpr Index kWidth = Register<Scalar>::kWidth;
  const Vector zero = broadcast(Scalar(0));
  Vector sums[kSums] = {zero, zero, zero, zero};
  Index i = 0;
  for (; i + kSums * kWidth <= n; i += kSums * kWidth) {
#pragma GCC unroll 4
    for (int k = 0; k < kSums; ++k) {
      const Index at = i + k * kWidth;
      Vector value = load(x + at);
      if constexpr (kHasResidual) store(y + at, value = add(value, load(residual + at)));
      sums[k] = add(sums[k], value);
    }
  }
  for (; i < n; i += kWidth) {
    Vector value = load_up_to(n - i, x + i);
    if constexpr (kHasResidual)
      store_up_to(n - i, y + i, value = add(value, load_up_to(n - i, residual + i)));
    sums[0] = add(sums[0], value);
  }
  return sum_of_lanes(add(add(sums[0], sums[1]), add(sums[2], sums[3])));
}

/// The sums over a row of x - center and of its square.
template <class Scalar>
struct CenteredSums {
  Scalar difference;
  Scalar square;
};

template <class Scalar>
EIGENHEAD_TARGET_AVX2 CenteredSums<Scalar> centered_sums(const Scalar* x, Index n, Scalar center) {
  using Vector = typename Register<Scalar>::Type;
  constexpr Index kWidth = Register<Scalar>::kWidth;
  const Vector centers = broadcast(center);
  const Vector zero = broadcast(Scalar(0));
  Vector differences[kSums] = {zero, zero, zero, zero};
  Vector squares[kSums] = {zero, zero, zero, zero};
  Index i = 0;
  for (; i + kSums * kWidth <= n; i += kSums * kWidth) {
#pragma GCC unroll 4
    for (int k = 0; k < kSums; ++k) {
      const Vector d = subtract(load(x + i + k * kWidth), centers);
      differences[k] = add(differences[k], d);
      squares[k] = multiply_add(d, d, squares[k]);
    }
  }
  for (; i < n; i += kWidth) {
    Vector d = subtract(load_up_to(n - i, x + i), centers);
    if (n - i < kWidth) d = first_or(n - i, d, zero);
    differences[0] = add(differences[0], d);
    squares[0] = multiply_add(d, d, squares[0]);
  }
  return {
      sum_of_lanes(add(add(differences[0], differences[1]), add(differences[2], differences[3]))),
      sum_of_lanes(add(add(squares[0], squares[1]), add(squares[2], squares[3])))};
}

/// y = ((x - center) * scale + shift) * gain + bias, without bias where that is null.
template <class Scalar>
struct Affine {
  Scalar center;
  Scalar scale;
  Scalar shift;
};

template <class Scalar, bool kHasBias>
EIGENHEAD_TARGET_AVX2 void normalize(const Scalar* x, const Affine<Scalar>& affine,
                                     const NormWeights<Scalar>& weights, Index n, Scalar* y) {
  using Vector = typename Register<Scalar>::Type;
  constexpr Index kWidth = Register<Scalar>::kWidth;
  const Vector center = broadcast(affine.center);
  const Vector scale = broadcast(affine.scale);
  const Vector shift = broadcast(affine.shift);
  for (Index i = 0; i < n; i += kWidth) {
    const Index count = n - i;
    Vector value = load_up_to(count, x + i);
    const Vector gain = load_up_to(count, weights.gain + i);
    if constexpr (kHasBias) {
      const Vector bias = load_up_to(count, weights.bias + i);
      value = multiply_add(multiply_add(subtract(value, center), scale, shift), gain, bias);
    } else {
      value = multiply(multiply(value, scale), gain);
    }
    store_up_to(count, y + i, value);
  }
}

/// Passes over a row in cache: the mean; the centred sums; the result. The mean is rounded, which
/// for rows far from zero is much compared with their deviation. The sum of the differences from
/// it, which are exact there, corrects both the variance and the mean.
template <class Scalar>
EIGENHEAD_TARGET_AVX2 void layer_norm(const Scalar* x, const Scalar* residual,
                                      const NormWeights<Scalar>& weights, Index n, Scalar* y) {
  const auto length = static_cast<Scalar>(n);
  const bool has_residual = residual != nullptr;
  const Scalar sum = has_residual ? sum_of_row<Scalar, true>(x, residual, n, y)
                                  : sum_of_row<Scalar, false>(x, residual, n, y);
  const Scalar* row = has_residual ? y : x;
  const Scalar mean = sum / length;
  const CenteredSums<Scalar> sums = centered_sums(row, n, mean);
  const Scalar correction = sums.difference / length;
  Scalar variance = sums.square / length - correction * correction;
  if (variance < 0) variance = 0;  // by rounding; NaN stays
  const Scalar scale = 1 / static_cast<Scalar>(__builtin_sqrt(variance + weights.epsilon));
  normalize<Scalar, true>(row, {mean, scale, -correction * scale}, weights, n, y);
}

/// Columns in blocks of kSums vectors, whose sums stay in registers over all rows.
template <class Scalar>
EIGENHEAD_TARGET_AVX2 void add_rows(const Scalar* const* rows, Index num_rows, Index n,
                                    Scalar* sum) {
  using Vector = typename Register<Scalar>::Type;
  constexpr Index kWidth = Register<Scalar>::kWidth;
  Index i = 0;
  for (; i + kSums * kWidth <= n; i += kSums * kWidth) {
    Vector sums[kSums];
#pragma GCC unroll 4
    for (int k = 0; k < kSums; ++k) sums[k] = load(rows[0] + i + k * kWidth);
    for (Index row = 1; row < num_rows; ++row)
#pragma GCC unroll 4
      for (int k = 0; k < kSums; ++k) sums[k] = add(sums[k], load(rows[row] + i + k * kWidth));
#pragma GCC unroll 4
    for (int k = 0; k < kSums; ++k) store(sum + i + k * kWidth, sums[k]);
  }
  for (; i < n; i += kWidth) {
    Vector total = load_up_to(n - i, rows[0] + i);
    for (Index row = 1; row < num_rows; ++row) total = add(total, load_up_to(n - i, rows[row] + i));
    store_up_to(n - i, sum + i, total);
  }
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 void rms_norm(const Scalar* x, const Scalar* residual,
                                    const NormWeights<Scalar>& weights, Index n, Scalar* y) {
  if (residual != nullptr) {
    const Scalar* const rows[] = {x, residual};
    add_rows(rows, 2, n, y);
    x = y;
  }
  const Scalar mean_square = centered_sums(x, n, Scalar(0)).square / static_cast<Scalar>(n);
  const Scalar scale = 1 / static_cast<Scalar>(__builtin_sqrt(mean_square + weights.epsilon));
  normalize<Scalar, false>(x, {0, scale, 0}, weights, n, y);
}

}  // namespace eigenhead::detail::avx2

#endif
