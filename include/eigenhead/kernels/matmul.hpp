#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"
#include "eigenhead/kernels/matmul_tile.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

#include <algorithm>
#include <cstddef>

namespace eigenhead {

/// What multiply() does beside the product.
template <class Scalar>
struct MultiplyOptions {
  /// [out_features], added to each row; an empty view adds nothing.
  TensorView<const Scalar, 1> bias = {};
  /// Applied to product + bias.
  EpilogueActivation activation = EpilogueActivation::none;
  /// [rows, out_features], added last; may be the output itself. An empty view adds nothing.
  TensorView<const Scalar, 2> residual = {};
  /// Where the work runs; null: on the calling thread.
  Executor* executor = nullptr;
};

namespace detail {

/// Rows whose sums wait in L1 or L2 until a panel is done.
inline constexpr Index kChunkRows = 128;

template <class Scalar>
void check_multiply(TensorView<const Scalar, 2> input, const PackedMatrix<Scalar>& weight,
                    TensorView<const Scalar, 2> output, const MultiplyOptions<Scalar>& options) {
  check<ShapeError>(input.extent(1) == weight.in_features(),
                    "multiply: weight must be [out_features, in_features of input]", "input",
                    input.shape(), "weight", weight.shape());
  check<ShapeError>(
      output.extent(0) == input.extent(0) && output.extent(1) == weight.out_features(),
      "multiply: output must be [rows of input, out_features]", "input", input.shape(), "weight",
      weight.shape(), "output", output.shape());
  const TensorView<const Scalar, 1>& bias = options.bias;
  check<ShapeError>(bias.data() == nullptr || bias.extent(0) == weight.out_features(),
                    "multiply: bias must have one value for each row of weight", "weight",
                    weight.shape(), "bias", bias.shape());
  const TensorView<const Scalar, 2>& residual = options.residual;
  check<ShapeError>(residual.data() == nullptr || residual.shape() == output.shape(),
                    "multiply: residual must have the shape of output", "residual",
                    residual.shape(), "output", output.shape());
  const bool is_contiguous =
      output.extent(1) <= 1 ||
      (output.stride(1) == 1 && (bias.data() == nullptr || bias.stride(0) == 1) &&
       (residual.data() == nullptr || residual.stride(1) == 1));
  check<ShapeError>(is_contiguous,
                    "multiply: the last axis of output, bias and residual must be contiguous",
                    "strides of output", output.strides(), "bias", bias.strides(), "residual",
                    residual.strides());
}

/// A unit of work: some rows of the output, in the columns of one panel.
struct MultiplyUnit {
  Index panel;
  Index row_begin;
  Index row_end;
};

/// sums [rows, panel width] = the rows of input times the panel.
template <class Scalar>
void sum_unit(TensorView<const Scalar, 2> input, const PackedMatrix<Scalar>& weight,
              const MultiplyUnit& unit, Scalar* sums) {
  const Index width = weight.grid().width(unit.panel);
  const Scalar* left = input.data() + unit.row_begin * input.stride(0);
  Index k = 0;
  do {  // once also for K = 0: the sum of nothing is zero
    const TileProduct<Scalar> block = {left + k * input.stride(1),
                                       input.stride(0),
                                       input.stride(1),
                                       weight.panel(unit.panel) + k * width,
                                       std::min(kDepthBlock, weight.in_features() - k),
                                       sums,
                                       width,
                                       k == 0};
    multiply_panel(weight.kernels(), block, unit.row_end - unit.row_begin, width);
    k += kDepthBlock;
  } while (k < weight.in_features());
}

/// The epilogue, from sums to output.
template <class Scalar>
void finish_unit(const PackedMatrix<Scalar>& weight, TensorView<Scalar, 2> output,
                 const MultiplyOptions<Scalar>& options, const MultiplyUnit& unit,
                 const Scalar* sums) {
  const Index column = weight.grid().begin(unit.panel);
  const Index width = weight.grid().width(unit.panel);
  const TensorView<const Scalar, 1>& bias = options.bias;
  const TensorView<const Scalar, 2>& residual = options.residual;
  TileFinish<Scalar> finish;
  finish.sums = sums;
  finish.sums_stride = width;
  if (bias.data() != nullptr) finish.bias = bias.data() + column;
  if (residual.data() != nullptr)
    finish.residual = residual.data() + unit.row_begin * residual.stride(0) + column;
  finish.residual_stride = residual.stride(0);
  finish.output = output.data() + unit.row_begin * output.stride(0) + column;
  finish.output_stride = output.stride(0);
  finish.rows = unit.row_end - unit.row_begin;
  finish.columns = std::min(width, weight.out_features() - column);
  weight.kernels().finish_tile[static_cast<int>(options.activation)](finish);
}

}  // namespace detail

/// output = activation(input * weight^T + bias) + residual.
///
/// @param input   [rows, in_features], any strides
/// @param weight  [out_features, in_features], packed
/// @param output  [rows, out_features], last axis contiguous; must not overlap input
/// @param options bias, activation, residual, executor
/// @throws ShapeError if the shapes do not fit each other
///
/// Each element is one chain of multiply-adds for each 384 k, the chains added in order, whatever
/// the number of rows and threads: a row's bits depend on the row and the matrix only. NaN,
/// infinities and denormals are those of the arithmetic. Error tables: docs/numerics.md.
template <class Scalar>
void multiply(TensorView<const Scalar, 2> input, const PackedMatrix<Scalar>& weight,
              OutputView<Scalar, 2> output, const MultiplyOptions<Scalar>& options = {}) {
  detail::check_multiply<Scalar>(input, weight, output, options);
  if (output.is_empty()) return;
  const Index rows = input.extent(0);
  const Index num_chunks = detail::divide_up(rows, detail::kChunkRows);
  // Units of work: a panel after the other, so that a panel stays in cache for all its chunks.
  const auto run_units = [&](Index begin, Index end) {
    alignas(64) Scalar sums[std::size_t{detail::kChunkRows * detail::kMaxPanelWidth<Scalar>}];
    for (Index i = begin; i < end; ++i) {
      const Index chunk = i % num_chunks;
      const detail::MultiplyUnit unit = {i / num_chunks,
                                         detail::part_begin(rows, num_chunks, chunk),
                                         detail::part_begin(rows, num_chunks, chunk + 1)};
      detail::sum_unit<Scalar>(input, weight, unit, sums);
      detail::finish_unit<Scalar>(weight, output, options, unit, sums);
    }
  };
  const Index num_units = weight.grid().num_panels() * num_chunks;
  if (options.executor == nullptr) return run_units(0, num_units);
  // A part of less than some 10 microseconds is not worth waking a thread.
  constexpr Index kWorthwhileProducts = Index{1} << 19;
  const Index products_of_unit = detail::divide_up(output.size(), num_units) * weight.in_features();
  const Index grain =
      std::max(Index{1}, kWorthwhileProducts / std::max(Index{1}, products_of_unit));
  parallel_for(*options.executor, num_units, grain, run_units);
}

}  // namespace eigenhead
