#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

namespace eigenhead {

/// Affine map of each row: output = input * weight^T + bias.
///
/// @param input   [rows, in_features]
/// @param weight  [out_features, in_features], PyTorch's layout
/// @param bias    [out_features]; an empty view adds nothing
/// @param output  [rows, out_features]; must not overlap input
/// @throws ShapeError if the shapes do not fit each other or a last axis is not contiguous
///
/// Cost: 2 * rows * in_features * out_features operations, by Eigen's matrix product.
/// Source: torch.nn.functional.linear.
template <class Scalar>
void linear(TensorView<const Scalar, 2> input, TensorView<const Scalar, 2> weight,
            TensorView<const Scalar, 1> bias, OutputView<Scalar, 2> output) {
  check<ShapeError>(input.extent(1) == weight.extent(1),
                    "linear: weight must be [out_features, in_features of input]", "input",
                    input.shape(), "weight", weight.shape());
  const bool has_bias = bias.data() != nullptr;
  check<ShapeError>(!has_bias || bias.extent(0) == weight.extent(0),
                    "linear: bias must have one value for each row of weight", "weight",
                    weight.shape(), "bias", bias.shape());
  check<ShapeError>(output.extent(0) == input.extent(0) && output.extent(1) == weight.extent(0),
                    "linear: output must be [rows of input, out_features]", "input", input.shape(),
                    "weight", weight.shape(), "output", output.shape());
  if (output.is_empty()) return;
  MatrixMap<Scalar> y = output.matrix();
  y.noalias() = input.matrix() * weight.matrix().transpose();
  if (has_bias) y.rowwise() += bias.vector();
}

/// Affine map of each row, as a new tensor [rows, out_features].
template <class Scalar>
Tensor<Scalar, 2> linear(TensorView<const Scalar, 2> input, TensorView<const Scalar, 2> weight,
                         TensorView<const Scalar, 1> bias = {}) {
  auto output = Tensor<Scalar, 2>::uninitialized(Shape<2>{input.extent(0), weight.extent(0)});
  linear<Scalar>(input, weight, bias, output);
  return output;
}

}  // namespace eigenhead
