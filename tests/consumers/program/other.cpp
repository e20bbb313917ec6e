#include "eigenhead/eigenhead.hpp"

eigenhead::Tensor<float, 2> twice(const eigenhead::Tensor<float, 2>& tensor) {
  return tensor.matrix() * 2;
}
