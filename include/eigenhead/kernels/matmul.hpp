#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"
#include "eigenhead/kernels/matmul_tile.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

#include <algorithm>
#include <cstddef>
#include <type_traits>

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

/// sums [rows, panel width] = the rows of input times the panel. With products of bfloat16 pieces,
/// a row of input is the pieces of a row, weight.depth() pairs each.
template <class Scalar>
void sum_unit(TensorView<const Scalar, 2> input, const PackedMatrix<Scalar>& weight,
              const MultiplyUnit& unit, Scalar* sums) {
  const Index width = weight.grid().width(unit.panel);
  const Index depth = weight.depth();
  const Index num_products = std::max(Index{1}, weight.num_bfloat16_products());
  const Scalar* left = input.data() + unit.row_begin * input.stride(0);
  Index k = 0;
  do {  // once also for K = 0: the sum of nothing is zero
    for (Index i = 0; i < num_products; ++i) {
      const PieceProduct pieces = piece_product(i, num_products);
      const TileProduct<Scalar> block = {left + (pieces.left * depth + k) * input.stride(1),
                                         input.stride(0),
                                         input.stride(1),
                                         weight.panel(unit.panel, pieces.right) + k * width,
                                         std::min(kDepthBlock, depth - k),
                                         sums,
                                         width,
                                         k == 0 && i == 0};
      multiply_panel(weight.kernels(), block, unit.row_end - unit.row_begin, width);
    }
    k += kDepthBlock;
  } while (k < depth);
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

/// multiply() of rows as sum_unit() takes them.
template <class Scalar>
void multiply_rows(TensorView<const Scalar, 2> input, const PackedMatrix<Scalar>& weight,
                   OutputView<Scalar, 2> output, const MultiplyOptions<Scalar>& options) {
  const Index rows = output.extent(0);
  const Index num_chunks = divide_up(rows, kChunkRows);
  const MatmulKernels<Scalar>& kernels = weight.kernels();
  // Units of work: a panel after the other, so that a panel stays in cache for all its chunks.
  const auto run_units = [&](Index begin, Index end) {
    alignas(64) Scalar sums[std::size_t{kChunkRows * kMaxPanelWidth<Scalar>}];
    if (kernels.begin_work != nullptr) kernels.begin_work();
    for (Index i = begin; i < end; ++i) {
      const Index chunk = i % num_chunks;
      const MultiplyUnit unit = {i / num_chunks, part_begin(rows, num_chunks, chunk),
                                 part_begin(rows, num_chunks, chunk + 1)};
      sum_unit<Scalar>(input, weight, unit, sums);
      finish_unit<Scalar>(weight, output, options, unit, sums);
    }
    if (kernels.end_work != nullptr) kernels.end_work();
  };
  const Index num_units = weight.grid().num_panels() * num_chunks;
  // A part of less than some 10 microseconds is not worth waking a thread.
  constexpr Index kWorthwhileProducts = Index{1} << 19;
  const Index products_of_unit = divide_up(output.size(), num_units) * weight.in_features();
  const Index grain =
      std::max(Index{1}, kWorthwhileProducts / std::max(Index{1}, products_of_unit));
  parallel_for(options.executor, num_units, grain, run_units);
}

/// multiply() by products of bfloat16 pieces: the rows of input are split once for all panels.
inline void multiply_pieces(TensorView<const float, 2> input, const PackedMatrix<float>& weight,
                            TensorView<float, 2> output, const MultiplyOptions<float>& options) {
  constexpr Index kSplitRows = 8 * kChunkRows;  // bounds the memory of the pieces
  const Index num_pieces = num_left_pieces(weight.num_bfloat16_products());
  const Index row_size = num_pieces * weight.depth();
  const Index rows = input.extent(0);
  const Index num_extra_rows =  // that a panel's product reads and does not use
      weight.kernels().multiply_panel == nullptr ? 0 : MatmulKernels<float>::kMaxExtraRows;
  auto pieces = Tensor<float, 2>::uninitialized(
      Shape<2>{std::min(kSplitRows, rows) + num_extra_rows, row_size});
  for (Index begin = 0; begin < rows; begin += kSplitRows) {
    const Index end = std::min(rows, begin + kSplitRows);
    const Index count = end - begin;
    parallel_for(options.executor, count, kChunkRows / 4, [&](Index first, Index last) {
      split_rows(weight.bfloat16_kernels(), input.slice(0, begin + first, begin + last), num_pieces,
                 pieces.data() + first * row_size);
    });
    std::fill_n(pieces.data() + count * row_size, num_extra_rows * row_size, 0.0f);
    MultiplyOptions<float> part_options = options;
    if (options.residual.data() != nullptr)
      part_options.residual = options.residual.slice(0, begin, end);
    multiply_rows<float>(pieces, weight, output.slice(0, begin, end), part_options);
  }
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
/// Each element is one chain of multiply-adds for each 128 k, the chains added in order, whatever
/// the number of rows and threads: a row's bits depend on the row and the matrix only. NaN,
/// infinities and denormals are those of the arithmetic. Where weight.num_bfloat16_products() is
/// not 0, input is taken as bfloat16 pieces, the chains are longer, and denormals count as
/// zero. Error tables: docs/numerics.md.
template <class Scalar>
void multiply(TensorView<const Scalar, 2> input, const PackedMatrix<Scalar>& weight,
              OutputView<Scalar, 2> output, const MultiplyOptions<Scalar>& options = {}) {
  detail::check_multiply<Scalar>(input, weight, output, options);
  if (output.is_empty()) return;
  if constexpr (std::is_same_v<Scalar, float>)
    if (weight.num_bfloat16_products() > 0)
      return detail::multiply_pieces(input, weight, output, options);
  detail::multiply_rows<Scalar>(input, weight, output, options);
}

}  // namespace eigenhead
