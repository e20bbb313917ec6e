#pragma once

#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_X86_KERNELS
#include "eigenhead/kernels/avx2/registers.hpp"
#include "eigenhead/kernels/avx512/registers.hpp"
#endif

namespace eigenhead {

/// Operations of one call of fma_loop.
inline constexpr int kFmaLoopSteps = 20000;
inline constexpr int kFmaLoopChains = 10;

#if EIGENHEAD_HAS_X86_KERNELS

// Ten independent chains of multiply-adds on registers: nothing but the multiply-add units limits
// this loop. Returns its sum, so that it is not removed.

template <class Scalar>
EIGENHEAD_TARGET_AVX512 Scalar avx512_fma_loop() {
  using namespace detail::avx512;
  typename Register<Scalar>::Type sums[kFmaLoopChains];
  for (int i = 0; i < kFmaLoopChains; ++i) sums[i] = broadcast(static_cast<Scalar>(i));
  const typename Register<Scalar>::Type factor = broadcast(Scalar(0.5));
  for (int step = 0; step < kFmaLoopSteps; ++step)
#pragma GCC unroll 10
    for (int i = 0; i < kFmaLoopChains; ++i) sums[i] = multiply_add(sums[i], factor, factor);
  for (int i = 1; i < kFmaLoopChains; ++i) sums[0] = add(sums[0], sums[i]);
  Scalar result[Register<Scalar>::kWidth];
  store(result, sums[0]);
  return result[0];
}

template <class Scalar>
EIGENHEAD_TARGET_AVX2 Scalar avx2_fma_loop() {
  using namespace detail::avx2;
  typename Register<Scalar>::Type sums[kFmaLoopChains];
  for (int i = 0; i < kFmaLoopChains; ++i) sums[i] = broadcast(static_cast<Scalar>(i));
  const typename Register<Scalar>::Type factor = broadcast(Scalar(0.5));
  for (int step = 0; step < kFmaLoopSteps; ++step)
#pragma GCC unroll 10
    for (int i = 0; i < kFmaLoopChains; ++i) sums[i] = multiply_add(sums[i], factor, factor);
  for (int i = 1; i < kFmaLoopChains; ++i) sums[0] = add(sums[0], sums[i]);
  Scalar result[Register<Scalar>::kWidth];
  store(result, sums[0]);
  return result[0];
}

#endif

/// Runs the loop of `set`; returns how many operations (two for a multiply-add) it did, 0 where
/// the set has no multiply-add.
template <class Scalar>
double fma_loop(KernelSet set) {
  [[maybe_unused]] volatile Scalar sink = 0;
  int width = 0;
#if EIGENHEAD_HAS_X86_KERNELS
  if (set >= KernelSet::avx512) {
    sink = avx512_fma_loop<Scalar>();
    width = detail::avx512::Register<Scalar>::kWidth;
  } else if (set == KernelSet::avx2) {
    sink = avx2_fma_loop<Scalar>();
    width = detail::avx2::Register<Scalar>::kWidth;
  }
#endif
  return 2.0 * kFmaLoopSteps * kFmaLoopChains * width;
}

}  // namespace eigenhead
