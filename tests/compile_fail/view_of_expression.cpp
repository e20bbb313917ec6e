// error: view_of takes an Eigen object that has memory, not an expression
#include "eigenhead/core/tensor.hpp"

#include <Eigen/Core>

int main() {
  const Eigen::MatrixXf matrix = Eigen::MatrixXf::Zero(2, 3);
  eigenhead::view_of(matrix);
#ifdef EIGENHEAD_MUST_FAIL
  const Eigen::CwiseNullaryOp<Eigen::internal::scalar_constant_op<float>, Eigen::MatrixXf> ones =
      Eigen::MatrixXf::Ones(2, 3);
  eigenhead::view_of(ones);
#endif
}
