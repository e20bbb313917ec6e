#pragma once

// Functions of rows of scores, plain loops; also the tails of the vector kernels.

#include "eigenhead/kernels/score_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace eigenhead::detail::reference {

template <class Scalar>
void scale(const Scalar* x, Index n, Scalar factor, Scalar* y) {
  for (Index i = 0; i < n; ++i) y[i] = factor * x[i];
}

template <class Scalar>
void add_bias(const Scalar* bias, Index n, Scalar* x) {
  constexpr Scalar kHidden = -std::numeric_limits<Scalar>::infinity();
  for (Index i = 0; i < n; ++i) x[i] = bias[i] == kHidden ? kHidden : x[i] + bias[i];
}

template <class Scalar>
void add_distance(Scalar slope, Scalar first, bool is_absolute, Index n, Scalar* x) {
  for (Index i = 0; i < n; ++i) {
    const Scalar distance = first + static_cast<Scalar>(i);
    x[i] += slope * (is_absolute ? std::abs(distance) : distance);
  }
}

template <class Scalar>
bool is_finite(const Scalar* x, Index n) {
  Scalar sum = 0;
  for (Index i = 0; i < n; ++i) sum += 0 * x[i];  // 0 * infinity is NaN
  return sum == 0;
}

template <class Scalar>
bool copy_rows(const Scalar* from, Index from_stride, Index rows, Index columns, Scalar* to,
               Index width) {
  bool is_all_finite = true;
  for (Index r = 0; r < rows; ++r) {
    std::copy_n(from + r * from_stride, columns, to + r * width);
    std::fill_n(to + r * width + columns, width - columns, Scalar(0));
    is_all_finite = is_finite(from + r * from_stride, columns) && is_all_finite;
  }
  return is_all_finite;
}

template <class Scalar>
void hide(const bool* is_visible, Index n, Scalar* x) {
  for (Index i = 0; i < n; ++i)
    if (!is_visible[i]) x[i] = -std::numeric_limits<Scalar>::infinity();
}

template <class Scalar>
inline constexpr ScoreKernels<Scalar> kScoreKernels = {scale<Scalar>,        add_bias<Scalar>,
                                                       add_distance<Scalar>, is_finite<Scalar>,
                                                       copy_rows<Scalar>,    hide<Scalar>};

}  // namespace eigenhead::detail::reference
