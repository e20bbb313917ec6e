#pragma once

#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/bfloat16_kernels.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"
#include "eigenhead/kernels/matmul_precision.hpp"
#include "eigenhead/kernels/score_kernels.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

#include <type_traits>

namespace eigenhead::detail {

/// The kernels that attention is made of, all of one set, which must be supported.
template <class Scalar>
struct AttentionKernels {
  /// See AttentionOptions::precision.
  AttentionKernels(KernelSet set, MatmulPrecision precision)
      : AttentionKernels(set, std::is_same_v<Scalar, float> && precision == MatmulPrecision::medium
                                  ? bfloat16_kernels(set, 1)
                                  : nullptr) {}

  // For tests, too: any unit or, always for double, null.
  AttentionKernels(KernelSet set, const Bfloat16Kernels* unit)
      : bfloat16(unit),
        products(products_of(set, unit)),
        vectors(vector_kernels<Scalar>(set)),
        scores(score_kernels<Scalar>(set)),
        few_rows(few_row_kernels<Scalar>(set)) {}

  const Bfloat16Kernels* bfloat16;  // null: products take numbers, else pairs of bfloat16 ones
  const MatmulKernels<Scalar>& products;
  const VectorKernels<Scalar>& vectors;
  const ScoreKernels<Scalar>& scores;
  const FewRowKernels<Scalar>& few_rows;

  /// Columns of a product, rounded up to whole vectors.
  Index padded_columns(Index columns) const {
    return PanelGrid<Scalar>(products, columns).padded_columns();
  }

  /// Rows that a product touches behind the last one of its left side and of its sums.
  Index num_extra_rows() const {
    return products.multiply_panel == nullptr ? 0 : MatmulKernels<Scalar>::kMaxExtraRows;
  }

  /// What K numbers take in an operand of a product: themselves or pairs.
  Index depth(Index numbers) const { return bfloat16 == nullptr ? numbers : num_pairs(numbers); }

  /// pairs [rows, depth(columns)] = those of each row; only where there is a unit
  void split([[maybe_unused]] const TensorView<const Scalar, 2>& rows,
             [[maybe_unused]] Scalar* pairs) const {
    if constexpr (std::is_same_v<Scalar, float>) split_rows(*bfloat16, rows, 1, pairs);
  }

  /// ScoreKernels::copy_rows, or Bfloat16Kernels::pair_rows where there is a unit.
  auto copy_rows() const {
    if constexpr (std::is_same_v<Scalar, float>)
      if (bfloat16 != nullptr) return bfloat16->pair_rows;
    return scores.copy_rows;
  }

 private:
  static const MatmulKernels<Scalar>& products_of(KernelSet set,
                                                  [[maybe_unused]] const Bfloat16Kernels* unit) {
    if constexpr (std::is_same_v<Scalar, float>)
      if (unit != nullptr) return unit->products;
    return matmul_kernels<Scalar>(set);
  }
};

}  // namespace eigenhead::detail
