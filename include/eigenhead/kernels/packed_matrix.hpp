#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/bfloat16_kernels.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"
#include "eigenhead/kernels/matmul_precision.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace eigenhead {
namespace detail {

template <class Scalar>
bool is_finite(const TensorView<const Scalar, 2>& matrix) {
  for (Index row = 0; row < matrix.extent(0); ++row)
    for (Index column = 0; column < matrix.extent(1); ++column)
      if (!std::isfinite(matrix(row, column))) return false;
  return true;
}

/// The shape of matrices that stand one below the other.
template <class Scalar>
Shape<2> stacked_shape(const std::vector<TensorView<const Scalar, 2>>& matrices) {
  check<ShapeError>(!matrices.empty(), "PackedMatrix: weights must be one matrix or more",
                    "matrices", matrices.size());
  Shape<2> shape{0, matrices.front().extent(1)};
  for (const TensorView<const Scalar, 2>& matrix : matrices) {
    check<ShapeError>(matrix.extent(1) == shape[1],
                      "PackedMatrix: weights must have one number of in_features", "first",
                      matrices.front().shape(), "other", matrix.shape());
    shape[0] += matrix.extent(0);
  }
  return shape;
}

/// Their rows begin <= n < end, begin < end: where they lie, or copied to `buffer` where they
/// belong to several matrices.
template <class Scalar>
TensorView<const Scalar, 2> stacked_rows(const std::vector<TensorView<const Scalar, 2>>& matrices,
                                         Index begin, Index end, Tensor<Scalar, 2>& buffer) {
  auto matrix = matrices.begin();
  for (; begin >= matrix->extent(0); ++matrix) {
    begin -= matrix->extent(0);
    end -= matrix->extent(0);
  }
  if (end <= matrix->extent(0)) return matrix->slice(0, begin, end);
  buffer = Tensor<Scalar, 2>::uninitialized(Shape<2>{end - begin, matrix->extent(1)});
  for (Index row = 0; row < buffer.extent(0); ++row, ++begin) {
    for (; begin == matrix->extent(0); ++matrix) begin = 0;
    copy<Scalar, 1>((*matrix)[begin], buffer[row]);
  }
  return buffer;
}

}  // namespace detail

/// A matrix W [out_features, in_features] rearranged once for many products x W^T: multiply().
///
/// The kernel set is chosen here, once, and kept: a row of a product has the same bits whatever
/// rows stand beside it, whatever set is active later, and on any number of threads.
/// Takes as much memory as W, with out_features rounded up to a vector; half of it for one product
/// of bfloat16 pieces, one and a half of it for six. W is not needed any more.
template <class Scalar>
class PackedMatrix {
  static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                "eigenhead: PackedMatrix holds float or double");

 public:
  /// [0, 0]
  PackedMatrix() = default;

  /// @param weight     [out_features, in_features], any strides
  /// @param precision  what products may round
  /// @throws ValueError if the environment asks for a kernel set that is not there
  explicit PackedMatrix(TensorView<const Scalar, 2> weight,
                        MatmulPrecision precision = MatmulPrecision::highest)
      : PackedMatrix(std::vector<TensorView<const Scalar, 2>>{weight}, precision) {}

  /// The same of several matrices, one below the other: one product for all of them.
  ///
  /// @throws ShapeError also if there is no matrix, or their in_features differ
  explicit PackedMatrix(const std::vector<TensorView<const Scalar, 2>>& weights,
                        MatmulPrecision precision = MatmulPrecision::highest)
      : PackedMatrix(weights, precision, active_kernels(), best_bfloat16_kernels(precision)) {}

  // For tests: `bfloat16` null or kernels that `precision` may use.
  PackedMatrix(const std::vector<TensorView<const Scalar, 2>>& weights, MatmulPrecision precision,
               KernelSet kernel_set, const detail::Bfloat16Kernels* bfloat16)
      : shape_(detail::stacked_shape(weights)), precision_(precision), kernel_set_(kernel_set) {
    if (bfloat16 != nullptr) choose_products(weights, *bfloat16);
    grid_ = detail::PanelGrid<Scalar>(kernels(), out_features());
    depth_ = bfloat16_ == nullptr ? in_features() : detail::num_pairs(in_features());
    const Index num_pieces =
        bfloat16_ == nullptr ? 1 : detail::num_right_pieces(num_bfloat16_products());
    panels_ = Tensor<Scalar, 1>::uninitialized(Shape<1>{num_pieces * size_of_piece()});
    Tensor<Scalar, 2> buffer;
    for (Index p = 0; p < grid_.num_panels(); ++p) {
      const Index end = std::min(grid_.begin(p + 1), out_features());
      pack_panel(p, detail::stacked_rows<Scalar>(weights, grid_.begin(p), end, buffer));
    }
  }

  /// [out_features, in_features]
  const Shape<2>& shape() const { return shape_; }
  Index out_features() const { return shape_[0]; }
  Index in_features() const { return shape_[1]; }

  MatmulPrecision precision() const { return precision_; }

  /// The set whose kernels compute the products.
  KernelSet kernel_set() const { return kernel_set_; }

  /// How many products of bfloat16 pieces stand for one product, 1, 3 or 6; 0: multiply-adds of
  /// Scalar. A matrix that holds NaN or infinity has never more than one.
  Index num_bfloat16_products() const {
    return bfloat16_ == nullptr ? 0 : detail::allowed_bfloat16_products(precision_);
  }

  /// The memory that the rearranged matrix takes.
  Index packed_bytes() const { return panels_.size() * static_cast<Index>(sizeof(Scalar)); }

  // For kernels: see detail::PanelGrid. With bfloat16 products, a panel is one of pairs, and
  // depth() their number.
  const detail::MatmulKernels<Scalar>& kernels() const {
    if constexpr (std::is_same_v<Scalar, float>)
      if (bfloat16_ != nullptr) return bfloat16_->products;
    return detail::matmul_kernels<Scalar>(kernel_set_);
  }
  const detail::Bfloat16Kernels& bfloat16_kernels() const { return *bfloat16_; }
  const detail::PanelGrid<Scalar>& grid() const { return grid_; }
  Index depth() const { return depth_; }

  /// A panel, of high, middle or low pieces: `piece` is detail::PieceProduct::right.
  const Scalar* panel(Index index, Index piece = 0) const {
    return panels_.data() + piece * size_of_piece() + grid_.begin(index) * depth_;
  }

 private:
  static const detail::Bfloat16Kernels* best_bfloat16_kernels(MatmulPrecision precision) {
    if constexpr (std::is_same_v<Scalar, float>)
      return detail::bfloat16_kernels(active_kernels(),
                                      detail::allowed_bfloat16_products(precision));
    return nullptr;
  }

  Index size_of_piece() const { return grid_.padded_columns() * depth_; }

  void choose_products(const std::vector<TensorView<const Scalar, 2>>& weights,
                       const detail::Bfloat16Kernels& kernels) {
    const Index products = detail::allowed_bfloat16_products(precision_);
    if (products == 0) return;
    // The lower pieces of an input, often 0, must not meet an infinity.
    if (products > 1 && !std::all_of(weights.begin(), weights.end(), detail::is_finite<Scalar>))
      return;
    bfloat16_ = &kernels;
  }

  /// The rows of one panel.
  void pack_panel(Index index, const TensorView<const Scalar, 2>& rows) {
    if constexpr (std::is_same_v<Scalar, float>)
      if (bfloat16_ != nullptr) return pack_pieces(index, rows);
    detail::pack_panel<Scalar>(kernels(), {rows.data(), rows.stride(0), rows.stride(1)},
                               rows.extent(0), grid_.width(index), depth_,
                               panels_.data() + grid_.begin(index) * depth_);
  }

  /// The same as pieces high, middle and low, as many as there are.
  void pack_pieces(Index index, const TensorView<const float, 2>& rows) {
    const Index num_pieces = detail::num_left_pieces(num_bfloat16_products());
    const Index row_size = num_pieces * depth_;
    auto pieces = Tensor<float, 2>::uninitialized(Shape<2>{rows.extent(0), row_size});
    detail::split_rows(*bfloat16_, rows, num_pieces, pieces.data());
    float* panel = panels_.data() + grid_.begin(index) * depth_;
    for (Index piece = 0; piece < num_pieces; ++piece) {
      if (piece == 1) continue;  // high once more: the matrix is finite
      detail::pack_panel<float>(kernels(), {pieces.data() + piece * depth_, row_size, 1},
                                rows.extent(0), grid_.width(index), depth_, panel);
      panel += size_of_piece();
    }
  }

  Shape<2> shape_;
  MatmulPrecision precision_ = MatmulPrecision::highest;
  KernelSet kernel_set_ = KernelSet::reference;
  const detail::Bfloat16Kernels* bfloat16_ = nullptr;
  Index depth_ = 0;
  detail::PanelGrid<Scalar> grid_;
  Tensor<Scalar, 1> panels_;  // panel after panel, each [depth, width]
};

}  // namespace eigenhead
