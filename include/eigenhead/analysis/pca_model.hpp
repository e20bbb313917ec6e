#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

namespace eigenhead {

/// What Pca::fit finds: everything that transform needs, to be stored and restored.
template <class Scalar>
struct PcaModel {
  Tensor<Scalar, 1> mean;                      ///< [p]
  Tensor<Scalar, 2> components;                ///< [k, p], orthonormal rows
  Tensor<Scalar, 1> singular_values;           ///< [k]
  Tensor<Scalar, 1> explained_variance;        ///< [k]
  Tensor<Scalar, 1> explained_variance_ratio;  ///< [k]
  Tensor<Scalar, 1> whitening;                 ///< [k], 1 / sqrt(explained variance); 0 for noise
  Scalar noise_variance = 0;
  Index num_samples = 0;  ///< 0: not fitted
};

}  // namespace eigenhead
