#pragma once

#include "eigenhead/core/error.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

namespace eigenhead {

/// Sizes, positions and strides: signed, as wide as a pointer.
using Index = std::ptrdiff_t;

namespace detail {

/// The product of `extents`; throws ShapeError when one is negative or the product overflows.
template <class Extents>
Index checked_size(const Extents& extents) {
  Index size = 1;
  bool is_zero = false;
  for (const Index extent : extents) {
    check<ShapeError>(extent >= 0, "Shape: every extent must be >= 0", "extent", extent);
    is_zero = is_zero || extent == 0;
  }
  if (is_zero) return 0;
  for (const Index extent : extents) {
    check<ShapeError>(size <= std::numeric_limits<Index>::max() / extent,
                      "Shape: the number of elements must fit std::ptrdiff_t", "extent", extent,
                      "after a product of", size);
    size *= extent;
  }
  return size;
}

template <class Extents>
std::string extents_to_string(const Extents& extents) {
  std::string text = "[";
  for (const Index extent : extents) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

}  // namespace detail

/// The extents of a tensor, outermost first: `Shape<4> scores{batch, heads, queries, keys}`.
template <int Rank>
class Shape {
  static_assert(Rank >= 0, "eigenhead: a shape has at least rank 0");

 public:
  /// All extents zero.
  Shape() : extents_{} {}

  /// One integer per dimension; a wrong number of them does not compile.
  template <class... Extents,
            class = std::enable_if_t<(sizeof...(Extents) == static_cast<std::size_t>(Rank)) &&
                                     (Rank > 0) && (std::is_integral_v<Extents> && ...)>>
  Shape(Extents... extents) : extents_{static_cast<Index>(extents)...} {}

  /// The extents of a file or of a run-time computation. Throws ShapeError when their number is not
  /// Rank.
  static Shape from(const std::vector<Index>& extents) {
    check<ShapeError>(extents.size() == static_cast<std::size_t>(Rank),
                      "Shape::from: the number of extents must equal the rank", "extents",
                      detail::extents_to_string(extents), "rank", Rank);
    Shape shape;
    for (int axis = 0; axis < Rank; ++axis) shape[axis] = extents[static_cast<std::size_t>(axis)];
    return shape;
  }

  Index operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  Index& operator[](int axis) { return extents_[static_cast<std::size_t>(axis)]; }

  auto begin() const { return extents_.begin(); }
  auto end() const { return extents_.end(); }

  /// The number of elements. Throws ShapeError when an extent is negative or the product overflows.
  Index size() const { return detail::checked_size(extents_); }

  /// For callers that handle any rank, such as file writers.
  std::vector<Index> to_vector() const { return {begin(), end()}; }

  friend bool operator==(const Shape& a, const Shape& b) { return a.extents_ == b.extents_; }
  friend bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }

 private:
  std::array<Index, static_cast<std::size_t>(Rank)> extents_;
};

/// "[2, 12, 5, 64]"
template <int Rank>
std::string to_string(const Shape<Rank>& shape) {
  return detail::extents_to_string(shape);
}

template <int Rank>
std::ostream& operator<<(std::ostream& out, const Shape<Rank>& shape) {
  return out << to_string(shape);
}

}  // namespace eigenhead
