#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"

#include <type_traits>

namespace eigenhead {

/// How exactly products of float matrices are computed; the names of
/// torch.set_float32_matmul_precision.
///
/// `highest`: no less accurate than one chain of float32 multiply-adds. `high` and `medium` allow
/// three products and one product of bfloat16 pieces where a kernel set has them. No set has them
/// yet: all three run float32 multiply-adds. Products of double are always computed in double.
enum class MatmulPrecision { highest, high, medium };

/// A matrix W [out_features, in_features] rearranged once for many products x W^T: multiply().
///
/// The kernel set is chosen here, once, and kept: a row of a product has the same bits whatever
/// rows stand beside it, whatever set is active later, and on any number of threads.
/// Takes as much memory as W, with out_features rounded up to a vector; W is not needed any more.
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
      : shape_(weight.shape()),
        precision_(precision),
        kernel_set_(active_kernels()),
        grid_(kernels(), weight.extent(0)) {
    const Index in_features = weight.extent(1);
    panels_ = Tensor<Scalar, 1>::uninitialized(Shape<1>{grid_.padded_columns() * in_features});
    if (weight.is_empty()) return;
    detail::pack_panels<Scalar>(grid_, {weight.data(), weight.stride(0), weight.stride(1)},
                                weight.extent(0), in_features, panels_.data());
  }

  /// [out_features, in_features]
  const Shape<2>& shape() const { return shape_; }
  Index out_features() const { return shape_[0]; }
  Index in_features() const { return shape_[1]; }

  MatmulPrecision precision() const { return precision_; }

  /// The set whose kernels compute the products.
  KernelSet kernel_set() const { return kernel_set_; }

  // For kernels: see detail::PanelGrid.
  const detail::MatmulKernels<Scalar>& kernels() const {
    return detail::matmul_kernels<Scalar>(kernel_set_);
  }
  const detail::PanelGrid<Scalar>& grid() const { return grid_; }
  const Scalar* panel(Index index) const {
    return panels_.data() + grid_.begin(index) * in_features();
  }

 private:
  Shape<2> shape_;
  MatmulPrecision precision_ = MatmulPrecision::highest;
  KernelSet kernel_set_ = KernelSet::reference;
  detail::PanelGrid<Scalar> grid_;
  Tensor<Scalar, 1> panels_;  // panel after panel, each [in_features, width]
};

}  // namespace eigenhead
