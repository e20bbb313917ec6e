#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace eigenhead {

/// Softmax along the last axis: exp(x - max x) / sum exp(x - max x).
///
/// @param input   any rank; the rows along the last axis are independent
/// @param output  the shape of input; may be the same memory
/// @throws ShapeError when the shapes differ
///
/// A row that is -infinity throughout becomes zeros, not NaN: nothing is allowed, so nothing gets
/// weight. A row with NaN or +infinity becomes NaN. Subtracting the maximum keeps exp from
/// overflowing. Cost: one exp per element. Source: torch.nn.functional.softmax, with the empty row
/// of torch's _safe_softmax. Example: examples/02_scaled_dot_product_attention.cpp
template <class Scalar, int Rank>
void softmax(TensorView<const Scalar, Rank> input, OutputView<Scalar, Rank> output) {
  check<ShapeError>(input.shape() == output.shape(), "softmax: output must have the shape of input",
                    "input", input.shape(), "output", output.shape());
  if (input.is_empty()) return;
  if constexpr (Rank > 1) {
    for (Index i = 0; i < input.extent(0); ++i) softmax<Scalar, Rank - 1>(input[i], output[i]);
  } else {
    const Index length = input.extent(0);
    Scalar maximum = input(0);
    for (Index i = 1; i < length; ++i) maximum = std::max(maximum, input(i));
    if (maximum == -std::numeric_limits<Scalar>::infinity()) {
      // NaN compares false with everything, so a row of NaN behind -infinity must be told apart.
      Scalar nan_or_zero = 0;
      for (Index i = 0; i < length; ++i)
        if (std::isnan(input(i))) nan_or_zero = input(i);
      output.fill(nan_or_zero);
      return;
    }
    Scalar sum = 0;
    for (Index i = 0; i < length; ++i) sum += output(i) = std::exp(input(i) - maximum);
    for (Index i = 0; i < length; ++i) output(i) /= sum;
  }
}

/// Softmax along the last axis, as a new tensor of the shape of input.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> softmax(TensorView<const Scalar, Rank> input) {
  auto output = Tensor<Scalar, Rank>::uninitialized(input.shape());
  softmax<Scalar, Rank>(input, output);
  return output;
}

/// ln sum exp(x) of a vector, without overflow; -infinity for a vector that is empty or -infinity
/// throughout. NaN anywhere gives NaN. Source: torch.logsumexp.
template <class Scalar>
Scalar log_sum_exp(TensorView<const Scalar, 1> input) {
  Scalar maximum = -std::numeric_limits<Scalar>::infinity();
  for (Index i = 0; i < input.extent(0); ++i) {
    if (std::isnan(input(i))) return input(i);
    maximum = std::max(maximum, input(i));
  }
  if (std::isinf(maximum)) return maximum;
  Scalar sum = 0;
  for (Index i = 0; i < input.extent(0); ++i) sum += std::exp(input(i) - maximum);
  return maximum + std::log(sum);
}

}  // namespace eigenhead
