#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

namespace eigenhead::detail {

/// a b^T, [n, k], of row-major a [n, p] and b [k, p].
///
/// Every product of the analysis has this one form, since each further form of Eigen's product
/// costs a translation unit about 1 s and 60 MB.
template <class Scalar>
Tensor<Scalar, 2> times_transposed(TensorView<const Scalar, 2> a, TensorView<const Scalar, 2> b) {
  auto result = Tensor<Scalar, 2>::uninitialized({a.extent(0), b.extent(0)});
  result.matrix().noalias() = a.matrix() * b.matrix().transpose();
  return result;
}

}  // namespace eigenhead::detail
