#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

namespace eigenhead {

/// Root-mean-square normalisation of each row: gain * x / sqrt(mean(x^2) + epsilon).
///
/// @param input    [rows, C]; rows are normalised independently
/// @param gain     [C], multiplies the normalised row ("weight" in PyTorch)
/// @param epsilon  added to the mean square inside the root; often 1e-5 or 1e-6
/// @param output   [rows, C]; may be the same memory as input
/// @throws ShapeError if gain or output do not fit input or a last axis is not contiguous,
///         ValueError unless epsilon >= 0
///
/// Unlike layer_norm it neither subtracts the mean nor adds a bias. A row with NaN gives a row of
/// NaN; elements beyond the root of the largest number overflow in the square and give zeros.
/// Source: Zhang, Sennrich 2019, eq. 4; torch.nn.functional.rms_norm.
template <class Scalar>
void rms_norm(TensorView<const Scalar, 2> input, TensorView<const Scalar, 1> gain,
              typename detail::Identity<Scalar>::type epsilon, OutputView<Scalar, 2> output) {
  check<ShapeError>(gain.extent(0) == input.extent(1),
                    "rms_norm: gain must have the length of a row", "input", input.shape(), "gain",
                    gain.shape());
  check<ShapeError>(output.shape() == input.shape(),
                    "rms_norm: output must have the shape of input", "input", input.shape(),
                    "output", output.shape());
  check<ValueError>(epsilon >= 0, "rms_norm: epsilon must be >= 0", "epsilon", epsilon);
  if (input.is_empty()) return;
  const NormWeights<Scalar> weights{gain.vector().data(), nullptr, epsilon};
  const auto kernel = vector_kernels<Scalar>().rms_norm;
  for (Index row = 0; row < input.extent(0); ++row)
    kernel(input.vector(row).data(), nullptr, weights, input.extent(1), output.vector(row).data());
}

}  // namespace eigenhead
