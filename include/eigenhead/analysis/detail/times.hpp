#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

namespace eigenhead::detail {

/// a [m, k] * b [k, n]
template <class Scalar>
Tensor<Scalar, 2> times(TensorView<const Scalar, 2> a, TensorView<const Scalar, 2> b,
                        Executor* executor) {
  Tensor<Scalar, 2> result({a.extent(0), b.extent(1)});
  MultiplyOptions<Scalar> options;
  options.executor = executor;
  multiply<Scalar>(a, PackedMatrix<Scalar>(b.transpose(0, 1)), result, options);
  return result;
}

}  // namespace eigenhead::detail
