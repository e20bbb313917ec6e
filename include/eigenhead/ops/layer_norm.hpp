#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

namespace eigenhead {

/// Layer normalisation of each row: gain * (x - mean) / sqrt(variance + epsilon) + bias.
///
/// @param input    [rows, C]; rows are normalised independently
/// @param gain     [C], multiplies the normalised row ("weight" in PyTorch, "gamma" in old files)
/// @param bias     [C], added last ("beta" in old files)
/// @param epsilon  added to the variance inside the root; BERT uses 1e-12
/// @param output   [rows, C]; may be the same memory as input
/// @throws ShapeError if gain, bias or output do not fit input or a last axis is not contiguous,
///         ValueError unless epsilon >= 0
///
/// The variance is the biased one (divided by C). Mean and variance are two passes over a row that
/// stays in cache, so a large common offset does not cancel; the kernels of AVX2 and AVX-512 also
/// correct the rounding of the mean (docs/numerics.md). A row with NaN gives a row of NaN.
/// Source: Ba, Kiros, Hinton 2016, eq. 4; torch.nn.functional.layer_norm.
template <class Scalar>
void layer_norm(TensorView<const Scalar, 2> input, TensorView<const Scalar, 1> gain,
                TensorView<const Scalar, 1> bias, typename detail::Identity<Scalar>::type epsilon,
                OutputView<Scalar, 2> output) {
  const Index hidden_size = input.extent(1);
  check<ShapeError>(gain.extent(0) == hidden_size && bias.extent(0) == hidden_size,
                    "layer_norm: gain and bias must have the length of a row", "input",
                    input.shape(), "gain", gain.shape(), "bias", bias.shape());
  check<ShapeError>(output.shape() == input.shape(),
                    "layer_norm: output must have the shape of input", "input", input.shape(),
                    "output", output.shape());
  check<ValueError>(epsilon >= 0, "layer_norm: epsilon must be >= 0", "epsilon", epsilon);
  if (input.is_empty()) return;
  const NormWeights<Scalar> weights{gain.vector().data(), bias.vector().data(), epsilon};
  const auto kernel = vector_kernels<Scalar>().layer_norm;
  for (Index row = 0; row < input.extent(0); ++row)
    kernel(input.vector(row).data(), nullptr, weights, hidden_size, output.vector(row).data());
}

}  // namespace eigenhead
