#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <cstdint>
#include <utility>

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

/// Uniform on 0 .. largest: words of next_word() are masked to the bits of `largest` until one
/// fits. No draw when largest is 0.
template <class NextWord>
std::uint64_t draw_up_to(std::uint64_t largest, NextWord&& next_word) {
  if (largest == 0) return 0;
  std::uint64_t mask = largest;
  for (const int shift : {1, 2, 4, 8, 16, 32}) mask |= mask >> shift;
  std::uint64_t value;
  do {
    value = next_word() & mask;
  } while (value > largest);
  return value;
}

/// Brings the positions of the first axis into random order, in place, as NumPy's generators do.
/// next_up_to(i) draws one of 0 .. i.
template <class Scalar, int Rank, class NextUpTo>
void shuffle_positions(const TensorView<Scalar, Rank>& values, NextUpTo&& next_up_to) {
  for (Index i = values.extent(0) - 1; i > 0; --i) {
    const auto j = static_cast<Index>(next_up_to(static_cast<std::uint64_t>(i)));
    if (i == j) continue;
    if constexpr (Rank == 1) {
      std::swap(values(i), values(j));
    } else {
      const Tensor<Scalar, Rank - 1> kept(values[i]);
      copy<Scalar, Rank - 1>(values[j], values[i]);
      copy<Scalar, Rank - 1>(kept, values[j]);
    }
  }
}

}  // namespace eigenhead::detail
