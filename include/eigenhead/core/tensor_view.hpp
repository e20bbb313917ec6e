#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"

#include <Eigen/Core>

#include <array>
#include <cassert>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace eigenhead {

template <class Scalar, int Rank>
class TensorView;

namespace detail {

/// Keeps a parameter out of template argument deduction, so that it accepts implicit conversions.
template <class Type>
struct Identity {
  using type = Type;
};

template <int Rank>
Shape<Rank> row_major_strides(const Shape<Rank>& shape) {
  // Unsigned, since extents beside a zero may be so large that the product wraps.
  std::size_t stride = 1;
  Shape<Rank> strides;
  for (int axis = Rank - 1; axis >= 0; --axis) {
    strides[axis] = static_cast<Index>(stride);
    stride *= static_cast<std::size_t>(shape[axis]);
  }
  return strides;
}

template <class Scalar>
using MatrixType =
    Eigen::Matrix<std::remove_const_t<Scalar>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Scalar>
using RowVectorType = Eigen::Matrix<std::remove_const_t<Scalar>, 1, Eigen::Dynamic>;

template <class Scalar, class Plain>
using MapOf = std::conditional_t<std::is_const_v<Scalar>, const Plain, Plain>;

}  // namespace detail

/// Row-major matrix over memory that a tensor owns.
template <class Scalar>
using MatrixMap = Eigen::Map<detail::MapOf<Scalar, detail::MatrixType<Scalar>>, Eigen::Unaligned,
                             Eigen::OuterStride<>>;

/// Row vector over memory that a tensor owns.
template <class Scalar>
using VectorMap =
    Eigen::Map<detail::MapOf<Scalar, detail::RowVectorType<Scalar>>, Eigen::Unaligned>;

/// A parameter that a function writes: accepts a Tensor or a TensorView and is not deduced from.
template <class Scalar, int Rank>
using OutputView = typename detail::Identity<TensorView<Scalar, Rank>>::type;

/// Read-only strided window on memory that somebody else owns.
///
/// Copying a view copies no element; the view must not outlive the memory. Strides count elements
/// and may be zero (broadcast) or belong to a larger buffer (one head inside [tokens, 3 * H * D]).
///
/// A writable view is a read-only view, and so is a Tensor: both derive from this class. Hence a
/// function `template <class Scalar> f(TensorView<const Scalar, 2>)` deduces Scalar from any of
/// them.
template <class Scalar, int Rank>
class TensorView<const Scalar, Rank> {
  static_assert(Rank >= 1, "eigenhead: a TensorView has at least rank 1");

 public:
  static constexpr int rank = Rank;

  /// An empty view: no memory, all extents zero.
  TensorView() = default;

  /// Contiguous row-major memory.
  TensorView(const Scalar* data, const Shape<Rank>& shape)
      : TensorView(data, shape, detail::row_major_strides(shape)) {}

  TensorView(const Scalar* data, const Shape<Rank>& shape, const Shape<Rank>& strides)
      : data_(const_cast<Scalar*>(data)), shape_(shape), strides_(strides) {}

  const Scalar* data() const { return data_; }
  const Shape<Rank>& shape() const { return shape_; }
  const Shape<Rank>& strides() const { return strides_; }
  Index extent(int axis) const { return shape_[axis]; }
  Index stride(int axis) const { return strides_[axis]; }
  Index size() const { return shape_.size(); }
  bool is_empty() const { return size() == 0; }

  /// True when the elements lie in row-major order without gaps.
  bool is_contiguous() const {
    if (is_empty()) return true;
    Index expected = 1;
    for (int axis = Rank - 1; axis >= 0; --axis) {
      if (extent(axis) != 1 && stride(axis) != expected) return false;
      expected *= extent(axis);
    }
    return true;
  }

  /// The element at one index per dimension. Indices are asserted; see at() for always-checked
  /// access.
  template <class... Indices>
  const Scalar& operator()(Indices... indices) const {
    return data_[offset(indices...)];
  }

  /// The element at one index per dimension. Throws ValueError when an index is outside.
  template <class... Indices>
  const Scalar& at(Indices... indices) const {
    check_inside(indices...);
    return data_[offset(indices...)];
  }

  /// Everything at position `index` of the first axis: one rank less.
  TensorView<const Scalar, (Rank > 1 ? Rank - 1 : 1)> operator[](Index index) const {
    return select(0, index);
  }

  /// Everything at position `index` of `axis`: one rank less. Throws ValueError when outside.
  TensorView<const Scalar, (Rank > 1 ? Rank - 1 : 1)> select(int axis, Index index) const {
    static_assert(Rank > 1, "eigenhead: an element of a vector is read by operator()");
    check<ValueError>(axis >= 0 && axis < Rank && index >= 0 && index < extent(axis),
                      "TensorView::select: index must be inside the axis", "axis", axis, "index",
                      index, "shape", shape_);
    Shape<Rank - 1> shape;
    Shape<Rank - 1> strides;
    for (int from = 0, to = 0; from < Rank; ++from) {
      if (from == axis) continue;
      shape[to] = extent(from);
      strides[to] = stride(from);
      ++to;
    }
    return {is_empty() ? data_ : data_ + index * stride(axis), shape, strides};
  }

  /// Positions `begin` <= i < `end` of `axis`. Throws ValueError when outside.
  TensorView slice(int axis, Index begin, Index end) const {
    check<ValueError>(axis >= 0 && axis < Rank && begin >= 0 && begin <= end && end <= extent(axis),
                      "TensorView::slice: begin and end must satisfy 0 <= begin <= end <= extent",
                      "axis", axis, "begin", begin, "end", end, "shape", shape_);
    Shape<Rank> shape = shape_;
    shape[axis] = end - begin;
    return {begin == end || is_empty() ? data_ : data_ + begin * stride(axis), shape, strides_};
  }

  /// The same memory with two axes exchanged.
  TensorView transpose(int axis_a, int axis_b) const {
    check<ValueError>(axis_a >= 0 && axis_a < Rank && axis_b >= 0 && axis_b < Rank,
                      "TensorView::transpose: axes must be inside the rank", "axes",
                      Shape<2>{axis_a, axis_b}, "shape", shape_);
    TensorView result = *this;
    std::swap(result.shape_[axis_a], result.shape_[axis_b]);
    std::swap(result.strides_[axis_a], result.strides_[axis_b]);
    return result;
  }

  /// The same memory under another shape. Throws ShapeError unless contiguous and of equal size.
  template <int NewRank>
  TensorView<const Scalar, NewRank> reshape(const Shape<NewRank>& shape) const {
    check<ShapeError>(is_contiguous() && shape.size() == size(),
                      "TensorView::reshape: the view must be contiguous and keep its size", "shape",
                      shape_, "new shape", shape, "strides", strides_);
    return {data_, shape};
  }

  /// The last two axes at the given leading indices, as an Eigen row-major matrix on the same
  /// memory. Throws ShapeError unless the last axis is contiguous.
  template <class... Leading>
  MatrixMap<const Scalar> matrix(Leading... leading) const {
    return {matrix_data(leading...), extent(Rank - 2), extent(Rank - 1),
            Eigen::OuterStride<>(stride(Rank - 2))};
  }

  /// The last axis at the given leading indices, as an Eigen row vector on the same memory.
  /// Throws ShapeError unless the last axis is contiguous, ValueError when an index is outside.
  template <class... Leading>
  VectorMap<const Scalar> vector(Leading... leading) const {
    return {vector_data(leading...), extent(Rank - 1)};
  }

 protected:
  template <class... Indices>
  Index offset(Indices... indices) const {
    static_assert(sizeof...(Indices) <= static_cast<std::size_t>(Rank),
                  "eigenhead: at most one index per dimension");
    Index result = 0;
    int axis = 0;
    ((assert(static_cast<Index>(indices) >= 0 && static_cast<Index>(indices) < extent(axis)),
      result += static_cast<Index>(indices) * stride(axis), ++axis),
     ...);
    return result;
  }

  template <class... Indices>
  void check_inside(Indices... indices) const {
    static_assert(sizeof...(Indices) == static_cast<std::size_t>(Rank),
                  "eigenhead: one index per dimension");
    const Shape<Rank> position{indices...};
    for (int axis = 0; axis < Rank; ++axis)
      check<ValueError>(position[axis] >= 0 && position[axis] < extent(axis),
                        "TensorView::at: every index must be inside the shape", "index", position,
                        "shape", shape_);
  }

  void check_last_axis_is_contiguous() const {
    check<ShapeError>(stride(Rank - 1) == 1 || extent(Rank - 1) <= 1,
                      "TensorView: the last axis must be contiguous for an Eigen map", "shape",
                      shape_, "strides", strides_);
  }

  /// The address of the last axes behind `leading` indices, which are checked: once a matrix or
  /// vector, outside the loops over its elements.
  template <class... Leading>
  Scalar* map_data(const char* function, Leading... leading) const {
    check_last_axis_is_contiguous();
    const std::array<Index, sizeof...(Leading)> indices{static_cast<Index>(leading)...};
    for (std::size_t axis = 0; axis < indices.size(); ++axis)
      check<ValueError>(indices[axis] >= 0 && indices[axis] < extent(static_cast<int>(axis)),
                        function, "index", indices[axis], "of axis", axis, "shape", shape_);
    return data_ + offset(leading...);
  }

  template <class... Leading>
  Scalar* matrix_data(Leading... leading) const {
    static_assert(sizeof...(Leading) + 2 == static_cast<std::size_t>(Rank),
                  "eigenhead: matrix() takes one index for each axis before the last two");
    return map_data("TensorView::matrix: every leading index must be inside the shape", leading...);
  }

  template <class... Leading>
  Scalar* vector_data(Leading... leading) const {
    static_assert(sizeof...(Leading) + 1 == static_cast<std::size_t>(Rank),
                  "eigenhead: vector() takes one index for each axis before the last");
    return map_data("TensorView::vector: every leading index must be inside the shape", leading...);
  }

  Scalar* data_ = nullptr;  // written only through the derived classes that allow it
  Shape<Rank> shape_;
  Shape<Rank> strides_;
};

/// Writable strided window on memory that somebody else owns. Constness is shallow, as in
/// std::span: a const TensorView<float, 2> still writes its elements.
template <class Scalar, int Rank>
class TensorView : public TensorView<const Scalar, Rank> {
  using ReadOnly = TensorView<const Scalar, Rank>;

 public:
  TensorView() = default;
  TensorView(Scalar* data, const Shape<Rank>& shape) : ReadOnly(data, shape) {}
  TensorView(Scalar* data, const Shape<Rank>& shape, const Shape<Rank>& strides)
      : ReadOnly(data, shape, strides) {}

  Scalar* data() const { return this->data_; }

  template <class... Indices>
  Scalar& operator()(Indices... indices) const {
    return this->data_[this->offset(indices...)];
  }

  template <class... Indices>
  Scalar& at(Indices... indices) const {
    this->check_inside(indices...);
    return this->data_[this->offset(indices...)];
  }

  TensorView<Scalar, (Rank > 1 ? Rank - 1 : 1)> operator[](Index index) const {
    return select(0, index);
  }

  TensorView<Scalar, (Rank > 1 ? Rank - 1 : 1)> select(int axis, Index index) const {
    return writable(ReadOnly::select(axis, index));
  }

  TensorView slice(int axis, Index begin, Index end) const {
    return writable(ReadOnly::slice(axis, begin, end));
  }

  TensorView transpose(int axis_a, int axis_b) const {
    return writable(ReadOnly::transpose(axis_a, axis_b));
  }

  template <int NewRank>
  TensorView<Scalar, NewRank> reshape(const Shape<NewRank>& shape) const {
    return writable(ReadOnly::reshape(shape));
  }

  template <class... Leading>
  MatrixMap<Scalar> matrix(Leading... leading) const {
    return {this->matrix_data(leading...), this->extent(Rank - 2), this->extent(Rank - 1),
            Eigen::OuterStride<>(this->stride(Rank - 2))};
  }

  template <class... Leading>
  VectorMap<Scalar> vector(Leading... leading) const {
    return {this->vector_data(leading...), this->extent(Rank - 1)};
  }

  void fill(const Scalar& value) const {
    for_each_row([&](Scalar* row, Index length, Index stride) {
      for (Index i = 0; i < length; ++i) row[i * stride] = value;
    });
  }

 private:
  template <int OtherRank>
  static TensorView<Scalar, OtherRank> writable(const TensorView<const Scalar, OtherRank>& view) {
    return {const_cast<Scalar*>(view.data()), view.shape(), view.strides()};
  }

  template <class Function>
  void for_each_row(Function&& function) const {
    if (this->is_empty()) return;
    if constexpr (Rank == 1) {
      function(data(), this->extent(0), this->stride(0));
    } else {
      for (Index i = 0; i < this->extent(0); ++i) (*this)[i].for_each_row(function);
    }
  }

  template <class, int>
  friend class TensorView;
};

/// Writes every element of `source` to the same place of `target`. Throws ShapeError when the
/// shapes differ. The two must not overlap.
template <class Scalar, int Rank>
void copy(TensorView<const Scalar, Rank> source, OutputView<Scalar, Rank> target) {
  check<ShapeError>(source.shape() == target.shape(), "copy: target must have the shape of source",
                    "source", source.shape(), "target", target.shape());
  if (source.is_empty()) return;
  if constexpr (Rank == 1) {
    for (Index i = 0; i < source.extent(0); ++i) target(i) = source(i);
  } else {
    for (Index i = 0; i < source.extent(0); ++i) copy<Scalar, Rank - 1>(source[i], target[i]);
  }
}

}  // namespace eigenhead
