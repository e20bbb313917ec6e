#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/reference/half.hpp"
#include "eigenhead/kernels/reference/vector_functions.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS
#include "eigenhead/kernels/avx2/half.hpp"
#include "eigenhead/kernels/avx2/vector_functions.hpp"
#include "eigenhead/kernels/avx512/half.hpp"
#include "eigenhead/kernels/avx512/vector_functions.hpp"
#endif

#include <type_traits>

namespace eigenhead {

/// The vector functions of a kernel set; see VectorKernels for what each computes, and
/// docs/numerics.md for how exactly. The set must be supported. amx has those of avx512; Scalars
/// other than float and double have those of the reference.
template <class Scalar>
const VectorKernels<Scalar>& vector_kernels(KernelSet set = active_kernels()) {
  static constexpr VectorKernels<Scalar> kReference = detail::reference::vector_kernels<Scalar>();
#if EIGENHEAD_HAS_X86_KERNELS
  if constexpr (std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>) {
    static constexpr VectorKernels<Scalar> kAvx2 = detail::avx2::vector_kernels<Scalar>();
    static constexpr VectorKernels<Scalar> kAvx512 = detail::avx512::vector_kernels<Scalar>();
    if (set == KernelSet::avx2) return kAvx2;
    if (set == KernelSet::avx512 || set == KernelSet::amx) return kAvx512;
  }
#endif
  static_cast<void>(set);
  return kReference;
}

/// The conversions from and to 16 bits of a kernel set, which must be supported.
inline const HalfKernels& half_kernels(KernelSet set = active_kernels()) {
#if EIGENHEAD_HAS_X86_KERNELS
  if (set == KernelSet::avx2) return detail::avx2::kHalfKernels;
  if (set == KernelSet::avx512 || set == KernelSet::amx) return detail::avx512::kHalfKernels;
#endif
  static_cast<void>(set);
  return detail::reference::kHalfKernels;
}

}  // namespace eigenhead
