#include "eigenhead/core/tensor.hpp"

#ifndef __AVX2__
#error "this file must be compiled for AVX2"
#endif

eigenhead::Tensor<float, 2> made_with_avx2(eigenhead::Index size) {
  eigenhead::Tensor<float, 2> tensor({size, size});
  for (eigenhead::Index row = 0; row < size; ++row)
    for (eigenhead::Index column = 0; column < size; ++column)
      tensor(row, column) = static_cast<float>(row + column);
  const eigenhead::Tensor<float, 2> identity = Eigen::MatrixXf::Identity(size, size);
  return tensor.matrix() * identity.matrix();
}

float consumed_with_avx2(eigenhead::Tensor<float, 2> tensor) { return tensor(7, 9); }
