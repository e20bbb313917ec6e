#pragma once

#include <Eigen/Core>

namespace eigenhead::detail {

/// Column-major, as Eigen's solvers prefer.
template <class Scalar>
using ColumnMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

template <class Scalar>
using ColumnVector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// What a solver gives for centred samples [n, p]: singular values and right singular vectors,
/// largest first, of any sign.
///
/// Pca calls every solver with Scalar = double. They are templates all the same, so that Eigen's
/// decompositions are compiled only where a Pca is used.
template <class Scalar>
struct PrincipalAxes {
  ColumnVector<Scalar> singular_values;  // [r]
  ColumnMatrix<Scalar> axes;             // [p, r], orthonormal columns
  Scalar noise_level = 0;  // the solver's own noise, as a share of the largest singular value
};

}  // namespace eigenhead::detail
