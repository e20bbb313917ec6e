#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/scalar_functions.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace eigenhead {

/// x * tanh(ln(1 + exp x)).
template <class Scalar>
Scalar mish(Scalar x) {
  // ln(1 + exp x) = max(x, 0) + ln(1 + exp -|x|) does not overflow.
  return x * std::tanh(std::max(x, Scalar(0)) + std::log1p(std::exp(-std::abs(x))));
}

/// min(max(x, 0), 6); NaN stays NaN.
template <class Scalar>
Scalar relu6(Scalar x) {
  return x > 6 ? Scalar(6) : relu(x);
}

/// The activation functions that a BERT-family config.json may name.
enum class Activation {
  gelu_erf,
  gelu_tanh,
  quick_gelu,
  relu,
  relu6,
  silu,
  mish,
  tanh,
  sigmoid,
  identity
};

/// The activation behind a word of config.json (transformers' ACT2FN). "gelu" is the exact erf
/// form; "gelu_new", "gelu_fast" and "gelu_pytorch_tanh" are the tanh form. Throws ValueError when
/// the word is unknown.
inline Activation activation_from_name(std::string_view name) {
  constexpr std::pair<std::string_view, Activation> kNames[] = {
      {"gelu", Activation::gelu_erf},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"quick_gelu", Activation::quick_gelu},
      {"relu", Activation::relu},
      {"relu6", Activation::relu6},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
      {"mish", Activation::mish},
      {"tanh", Activation::tanh},
      {"sigmoid", Activation::sigmoid},
      {"linear", Activation::identity}};
  for (const auto& [known, activation] : kNames)
    if (known == name) return activation;
  fail<ValueError>(
      "activation_from_name: name must be one of gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, "
      "quick_gelu, relu, relu6, silu, swish, mish, tanh, sigmoid, linear; got ",
      quote(name));
}

/// The activation of one number.
template <class Scalar>
Scalar activate(Activation activation, Scalar x) {
  switch (activation) {
    case Activation::gelu_erf: return gelu_erf(x);
    case Activation::gelu_tanh: return gelu_tanh(x);
    case Activation::quick_gelu: return quick_gelu(x);
    case Activation::relu: return relu(x);
    case Activation::relu6: return relu6(x);
    case Activation::silu: return silu(x);
    case Activation::mish: return mish(x);
    case Activation::tanh: return std::tanh(x);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::identity: return x;
  }
  fail<ValueError>("activate: activation must be one of the enumerators; got ",
                   static_cast<int>(activation));
}

namespace detail {

/// The vector function that is `activation`; null where there is none.
template <class Scalar>
typename VectorKernels<Scalar>::Map activation_kernel(Activation activation) {
  const VectorKernels<Scalar>& kernels = vector_kernels<Scalar>();
  switch (activation) {
    case Activation::gelu_erf: return kernels.gelu_erf;
    case Activation::gelu_tanh: return kernels.gelu_tanh;
    case Activation::quick_gelu: return kernels.quick_gelu;
    case Activation::relu: return kernels.relu;
    case Activation::silu: return kernels.silu;
    case Activation::tanh: return kernels.tanh;
    case Activation::sigmoid: return kernels.sigmoid;
    default: return nullptr;
  }
}

}  // namespace detail

/// The activation of every element.
///
/// @param input   any rank
/// @param output  the shape of input; may be the same memory
/// @throws ShapeError when the shapes differ
///
/// Numerics: docs/numerics.md, "Vector functions".
template <class Scalar, int Rank>
void activate(Activation activation, TensorView<const Scalar, Rank> input,
              OutputView<Scalar, Rank> output) {
  check<ShapeError>(input.shape() == output.shape(),
                    "activate: output must have the shape of input", "input", input.shape(),
                    "output", output.shape());
  if (input.is_empty()) return;
  if (input.is_contiguous() && output.is_contiguous())
    if (const auto kernel = detail::activation_kernel<Scalar>(activation))
      return kernel(input.data(), input.size(), output.data());
  for (Index i = 0; i < input.extent(0); ++i) {
    if constexpr (Rank > 1)
      activate<Scalar, Rank - 1>(activation, input[i], output[i]);
    else
      output(i) = activate(activation, input(i));
  }
}

}  // namespace eigenhead
