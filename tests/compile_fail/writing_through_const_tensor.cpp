// error: read-only
#include "eigenhead/core/tensor.hpp"

int main() {
  eigenhead::Tensor<float, 2> tensor({2, 3});
  tensor(1, 2) = 1;
#ifdef EIGENHEAD_MUST_FAIL
  const eigenhead::Tensor<float, 2>& constant = tensor;
  constant(1, 2) = 1;
#endif
}
