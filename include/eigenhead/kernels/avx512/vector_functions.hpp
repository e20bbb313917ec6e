#pragma once

// Functions of each number of a row, AVX-512.

#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/avx512/vector_math.hpp"
#include "eigenhead/kernels/avx512/vector_registers.hpp"
#include "eigenhead/kernels/avx512/vector_rows.hpp"
#include "eigenhead/kernels/reference/vector_functions.hpp"
#include "eigenhead/kernels/target.hpp"
#include "eigenhead/kernels/vector_table.hpp"

#if EIGENHEAD_HAS_X86_KERNELS

#include <type_traits>

namespace eigenhead::detail::avx512 {

struct Exp {
  template <class Vector>
  EIGENHEAD_LEAF_AVX512 static Vector of(Vector x) {
    return exp(x);
  }
};
struct Tanh {
  EIGENHEAD_LEAF_AVX512 static __m512 of(__m512 x) { return tanh(x); }
};
struct Erf {
  EIGENHEAD_LEAF_AVX512 static __m512 of(__m512 x) { return erf(x); }
};
struct Sigmoid {
  EIGENHEAD_LEAF_AVX512 static __m512 of(__m512 x) { return sigmoid(x); }
};
struct Silu {
  EIGENHEAD_LEAF_AVX512 static __m512 of(__m512 x) { return silu(x); }
};
struct QuickGelu {
  EIGENHEAD_LEAF_AVX512 static __m512 of(__m512 x) { return quick_gelu(x); }
};
struct GeluErf {
  EIGENHEAD_LEAF_AVX512 static __m512 of(__m512 x) { return gelu_erf(x); }
};
struct GeluTanh {
  EIGENHEAD_LEAF_AVX512 static __m512 of(__m512 x) { return gelu_tanh(x); }
};
struct Relu {
  template <class Vector>
  EIGENHEAD_LEAF_AVX512 static Vector of(Vector x) {
    return relu(x);
  }
};

/// y[i] = function(x[i])
template <class Scalar, class Function>
EIGENHEAD_TARGET_AVX512 void map(const Scalar* x, Index n, Scalar* y) {
  constexpr Index kWidth = Register<Scalar>::kWidth;
  Index i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, Function::of(load(x + i)));
  if (i < n) store_first(n - i, y + i, Function::of(load_first(n - i, x + i)));
}

/// The functions of doubles that are no more than a few instructions are kernels, too; the others
/// are those of the reference.
template <class Scalar>
constexpr VectorKernels<Scalar> vector_kernels() {
  VectorKernels<Scalar> kernels = reference::vector_kernels<Scalar>();
  kernels.exp = map<Scalar, Exp>;
  kernels.relu = map<Scalar, Relu>;
  if constexpr (std::is_same_v<Scalar, float>) {
    kernels.tanh = map<float, Tanh>;
    kernels.erf = map<float, Erf>;
    kernels.sigmoid = map<float, Sigmoid>;
    kernels.silu = map<float, Silu>;
    kernels.quick_gelu = map<float, QuickGelu>;
    kernels.gelu_erf = map<float, GeluErf>;
    kernels.gelu_tanh = map<float, GeluTanh>;
  }
  kernels.softmax = softmax<Scalar>;
  kernels.maximum = maximum<Scalar>;
  kernels.exp_minus = exp_minus<Scalar>;
  kernels.sum_of_exp_minus = sum_of_exp_minus<Scalar>;
  kernels.layer_norm = layer_norm<Scalar>;
  kernels.rms_norm = rms_norm<Scalar>;
  kernels.add_rows = add_rows<Scalar>;
  return kernels;
}

}  // namespace eigenhead::detail::avx512

#endif
