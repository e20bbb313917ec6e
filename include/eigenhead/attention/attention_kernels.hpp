#pragma once

#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"
#include "eigenhead/kernels/score_kernels.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

namespace eigenhead::detail {

/// The kernels that attention is made of, all of one set, which must be supported.
template <class Scalar>
struct AttentionKernels {
  explicit AttentionKernels(KernelSet set)
      : products(matmul_kernels<Scalar>(set)),
        vectors(vector_kernels<Scalar>(set)),
        scores(score_kernels<Scalar>(set)),
        few_rows(few_row_kernels<Scalar>(set)) {}

  const MatmulKernels<Scalar>& products;
  const VectorKernels<Scalar>& vectors;
  const ScoreKernels<Scalar>& scores;
  const FewRowKernels<Scalar>& few_rows;

  /// Columns of a product, rounded up to whole vectors.
  Index padded_columns(Index columns) const {
    return PanelGrid<Scalar>(products, columns).padded_columns();
  }
};

}  // namespace eigenhead::detail
