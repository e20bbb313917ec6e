#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

namespace eigenhead::detail {

/// A tensor of the given extents whose elements are draw(), called in row-major order.
template <class Scalar, class Draw, class... Extents>
Tensor<Scalar, static_cast<int>(sizeof...(Extents))> draw_tensor(Draw&& draw, Extents... extents) {
  constexpr int kRank = static_cast<int>(sizeof...(Extents));
  static_assert(kRank >= 1, "eigenhead: give the extents of the result, as in rand(3, 4)");
  auto result = Tensor<Scalar, kRank>::uninitialized(Shape<kRank>{extents...});
  for (Scalar& element : result) element = draw();
  return result;
}

/// a * b, rounded. Where the machine has fused multiply-add, compilers merge a product into the sum
/// that follows, which rounds once instead of twice and changes the last bit of the stream.
template <class Scalar>
Scalar rounded_product(Scalar a, Scalar b) {
  const volatile Scalar product = a * b;
  return product;
}

}  // namespace eigenhead::detail
