#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

#include <cmath>
#include <limits>

namespace eigenhead {

namespace detail {

/// The numbers of a row without gaps: the row itself, or a copy that `memory` then holds.
template <class Scalar>
const Scalar* contiguous_row(const TensorView<const Scalar, 1>& row, Tensor<Scalar, 1>& memory) {
  if (row.is_contiguous()) return row.data();
  memory = Tensor<Scalar, 1>(row);
  return memory.data();
}

}  // namespace detail

/// Softmax along the last axis: exp(x - max x) / sum exp(x - max x).
///
/// @param input   any rank; the rows along the last axis are independent
/// @param output  the shape of input; may be the same memory
/// @throws ShapeError when the shapes differ
///
/// A row that is -infinity throughout becomes zeros, not NaN: nothing is allowed, so nothing gets
/// weight. A row with NaN or +infinity becomes NaN. Subtracting the maximum keeps exp from
/// overflowing. Cost: one exp per element. Kernels: vector_kernels().softmax. Source:
/// torch.nn.functional.softmax, with the empty row of torch's _safe_softmax. Example:
/// examples/02_scaled_dot_product_attention.cpp
template <class Scalar, int Rank>
void softmax(TensorView<const Scalar, Rank> input, OutputView<Scalar, Rank> output) {
  check<ShapeError>(input.shape() == output.shape(), "softmax: output must have the shape of input",
                    "input", input.shape(), "output", output.shape());
  if (input.is_empty()) return;
  if constexpr (Rank > 1) {
    for (Index i = 0; i < input.extent(0); ++i) softmax<Scalar, Rank - 1>(input[i], output[i]);
  } else {
    Tensor<Scalar, 1> memory;
    const Scalar* x = detail::contiguous_row(input, memory);
    const auto kernel = vector_kernels<Scalar>().softmax;
    if (output.is_contiguous()) return kernel(x, input.extent(0), output.data());
    auto result = Tensor<Scalar, 1>::uninitialized(input.shape());
    kernel(x, input.extent(0), result.data());
    copy<Scalar, 1>(result, output);
  }
}

/// Softmax along the last axis, as a new tensor of the shape of input.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> softmax(TensorView<const Scalar, Rank> input) {
  auto output = Tensor<Scalar, Rank>::uninitialized(input.shape());
  softmax<Scalar, Rank>(input, output);
  return output;
}

namespace detail {

/// ln sum exp(x) in two parts, maximum + log_sum, since their sum is rounded coarsely when the
/// maximum is large.
template <class Scalar>
struct LogSumExp {
  Scalar maximum;  // of the vector; NaN if one is in it, -infinity if it is empty
  Scalar log_sum;  // ln sum exp(x - maximum); 0 unless maximum is finite
};

template <class Scalar>
LogSumExp<Scalar> log_sum_exp_parts(const TensorView<const Scalar, 1>& input) {
  const VectorKernels<Scalar>& kernels = vector_kernels<Scalar>();
  Tensor<Scalar, 1> memory;
  const Scalar* x = contiguous_row(input, memory);
  const Scalar maximum = kernels.maximum(x, input.extent(0));
  if (std::isinf(maximum)) {
    for (Index i = 0; i < input.extent(0); ++i)
      if (std::isnan(x[i])) return {x[i], 0};
    return {maximum, 0};
  }
  const Scalar sum = kernels.sum_of_exp_minus(x, input.extent(0), maximum);
  if (std::isnan(sum)) return {sum, 0};
  return {maximum, std::log(sum)};
}

}  // namespace detail

/// ln sum exp(x) of a vector, without overflow; -infinity for a vector that is empty or -infinity
/// throughout. NaN anywhere gives NaN. Source: torch.logsumexp.
template <class Scalar>
Scalar log_sum_exp(TensorView<const Scalar, 1> input) {
  const auto [maximum, log_sum] = detail::log_sum_exp_parts(input);
  return maximum + log_sum;
}

/// The logarithm of softmax along the last axis: x - ln sum exp(x), without its underflow.
///
/// @param input   any rank; the rows along the last axis are independent
/// @param output  the shape of input; may be the same memory
/// @throws ShapeError when the shapes differ
///
/// A row that is -infinity throughout stays so, as its softmax is zeros. A row with NaN or
/// +infinity becomes NaN. Source: torch.nn.functional.log_softmax.
template <class Scalar, int Rank>
void log_softmax(TensorView<const Scalar, Rank> input, OutputView<Scalar, Rank> output) {
  check<ShapeError>(input.shape() == output.shape(),
                    "log_softmax: output must have the shape of input", "input", input.shape(),
                    "output", output.shape());
  if (input.is_empty()) return;
  if constexpr (Rank > 1) {
    for (Index i = 0; i < input.extent(0); ++i) log_softmax<Scalar, Rank - 1>(input[i], output[i]);
  } else {
    const auto [maximum, log_sum] = detail::log_sum_exp_parts(input);
    if (!std::isfinite(maximum)) {
      output.fill(maximum < 0 ? maximum : std::numeric_limits<Scalar>::quiet_NaN());
      return;
    }
    for (Index i = 0; i < input.extent(0); ++i) output(i) = input(i) - maximum - log_sum;
  }
}

/// The logarithm of softmax along the last axis, as a new tensor of the shape of input.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> log_softmax(TensorView<const Scalar, Rank> input) {
  auto output = Tensor<Scalar, Rank>::uninitialized(input.shape());
  log_softmax<Scalar, Rank>(input, output);
  return output;
}

}  // namespace eigenhead
