#pragma once

// Products of a few rows, plain loops.

#include "eigenhead/kernels/score_table.hpp"

namespace eigenhead::detail::reference {

template <class Scalar>
void multiply_rows(const FewRows<Scalar>& rows) {
  for (Index m = 0; m < rows.num_left; ++m)
    for (Index n = 0; n < rows.num_right; ++n) {
      Scalar sum = 0;
      for (Index k = 0; k < rows.width; ++k)
        sum += rows.left[m * rows.left_stride + k] * rows.right[n * rows.right_stride + k];
      rows.output[m * rows.output_stride + n] = sum;
    }
}

template <class Scalar>
void add_weighted_rows(const FewRows<Scalar>& rows) {
  for (Index m = 0; m < rows.num_left; ++m)
    for (Index n = 0; n < rows.num_right; ++n) {
      const Scalar weight = rows.left[m * rows.left_stride + n];
      for (Index k = 0; k < rows.width; ++k)
        rows.output[m * rows.output_stride + k] += weight * rows.right[n * rows.right_stride + k];
    }
}

template <class Scalar>
inline constexpr FewRowKernels<Scalar> kFewRowKernels = {multiply_rows<Scalar>,
                                                         add_weighted_rows<Scalar>};

}  // namespace eigenhead::detail::reference
