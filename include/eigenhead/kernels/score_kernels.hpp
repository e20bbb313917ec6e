#pragma once

#include "eigenhead/kernels/avx2/few_rows.hpp"
#include "eigenhead/kernels/avx2/scores.hpp"
#include "eigenhead/kernels/avx512/few_rows.hpp"
#include "eigenhead/kernels/avx512/scores.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/reference/few_rows.hpp"
#include "eigenhead/kernels/reference/scores.hpp"
#include "eigenhead/kernels/score_table.hpp"
#include "eigenhead/kernels/target.hpp"

namespace eigenhead::detail {

/// The kernels of `set`, which must be supported.
template <class Scalar>
const ScoreKernels<Scalar>& score_kernels(KernelSet set) {
#if EIGENHEAD_HAS_X86_KERNELS
  if (set >= KernelSet::avx512) return avx512::kScoreKernels<Scalar>;
  if (set == KernelSet::avx2) return avx2::kScoreKernels<Scalar>;
#endif
  static_cast<void>(set);
  return reference::kScoreKernels<Scalar>;
}

/// The kernels of `set`, which must be supported.
template <class Scalar>
const FewRowKernels<Scalar>& few_row_kernels(KernelSet set) {
#if EIGENHEAD_HAS_X86_KERNELS
  if (set >= KernelSet::avx512) return avx512::kFewRowKernels<Scalar>;
  if (set == KernelSet::avx2) return avx2::kFewRowKernels<Scalar>;
#endif
  static_cast<void>(set);
  return reference::kFewRowKernels<Scalar>;
}

}  // namespace eigenhead::detail
