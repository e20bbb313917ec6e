// error: deleted
#include "eigenhead/core/tensor.hpp"

#include <Eigen/Core>

int main() {
  const Eigen::MatrixXf matrix = Eigen::MatrixXf::Zero(2, 3);
  const eigenhead::TensorView<const float, 2> view = eigenhead::view_of(matrix);
#ifdef EIGENHEAD_MUST_FAIL
  eigenhead::view_of(Eigen::MatrixXf(2, 3));  // the view would outlive the matrix
#endif
  return view.is_empty() ? 1 : 0;
}
