// error: deleted
#include "eigenhead/core/tensor.hpp"

int main() {
  using eigenhead::Shape;
  using Matrix = eigenhead::Tensor<float, 2>;
  const Matrix x(Shape<2>{2, 3});
  const eigenhead::TensorView<const float, 1> row = x[0];
#ifdef EIGENHEAD_MUST_FAIL
  const eigenhead::TensorView<const float, 1> gone =
      Matrix(Shape<2>{2, 3})[0];  // outlives the tensor
#endif
  return row.is_empty() ? 1 : 0;
}
