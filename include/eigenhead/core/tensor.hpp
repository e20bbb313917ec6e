#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// The same for every compiler flag, unlike Eigen's own allocator, whose alignment follows -m
/// flags: objects compiled with different flags can free each other's tensors.
inline constexpr std::size_t kAlignment = 64;

struct AlignedDelete {
  void operator()(void* memory) const { ::operator delete (memory, std::align_val_t{kAlignment}); }
};

template <class Scalar>
using AlignedBuffer = std::unique_ptr<Scalar[], AlignedDelete>;

template <class Scalar>
AlignedBuffer<Scalar> allocate_aligned(Index size) {
  static_assert(std::is_trivially_destructible_v<Scalar>, "eigenhead: tensors hold plain numbers");
  check<ShapeError>(size <= std::numeric_limits<Index>::max() / static_cast<Index>(sizeof(Scalar)),
                    "Tensor: the number of bytes must fit std::ptrdiff_t", "elements", size);
  if (size == 0) return nullptr;
  const auto bytes = static_cast<std::size_t>(size) * sizeof(Scalar);
  return AlignedBuffer<Scalar>(
      static_cast<Scalar*>(::operator new (bytes, std::align_val_t{kAlignment})));
}

}  // namespace detail

/// A dense row-major array that owns its memory: 64-byte aligned, deep copy, cheap move.
///
///     Tensor<float, 2> x({2, 3}, {1, 2, 3, 4, 5, 6});
///     x(1, 2) = 7;                              // element
///     x.matrix() *= 2;                          // Eigen on the same memory
///     Tensor<float, 2> y = x.matrix() * w;      // from any Eigen expression
///
/// A Tensor is a read-only TensorView of itself (see there); view() gives the writable one. A
/// moved- from tensor is empty. Example: examples/02_scaled_dot_product_attention.cpp
template <class Scalar, int Rank>
class Tensor : public TensorView<const Scalar, Rank> {
  using ReadOnly = TensorView<const Scalar, Rank>;

 public:
  Tensor() = default;

  /// All elements zero.
  explicit Tensor(const Shape<Rank>& shape) : Tensor(uninitialized(shape)) {
    std::fill_n(this->data_, this->size(), Scalar());
  }

  /// A vector of `size` zeros.
  template <int R = Rank, class = std::enable_if_t<R == 1>>
  explicit Tensor(Index size) : Tensor(Shape<1>{size}) {}

  /// The elements in row-major order. Throws ShapeError unless there is one per place.
  Tensor(const Shape<Rank>& shape, std::initializer_list<Scalar> values)
      : Tensor(shape, values.begin(), static_cast<Index>(values.size())) {}

  Tensor(const Shape<Rank>& shape, const std::vector<Scalar>& values)
      : Tensor(uninitialized(shape)) {
    // Not by pointer: std::vector<bool> has none.
    check_number_of_values(static_cast<Index>(values.size()));
    std::copy(values.begin(), values.end(), this->data_);
  }

  /// A copy of what any view shows, made contiguous.
  explicit Tensor(const ReadOnly& view) : Tensor(uninitialized(view.shape())) {
    copy<Scalar, Rank>(view, this->view());
  }

  /// The value of an Eigen expression: rank 2, or rank 1 from a row or column vector.
  template <class Derived, class = std::enable_if_t<(Rank <= 2) && sizeof(Derived) != 0>>
  Tensor(const Eigen::DenseBase<Derived>& expression) {
    if constexpr (Rank == 1) {
      static_assert(Derived::IsVectorAtCompileTime, "eigenhead: rank 1 is made from a vector");
      *this = uninitialized(Shape<1>{expression.size()});
      if constexpr (Derived::RowsAtCompileTime == 1)
        vector() = expression.derived().matrix();
      else
        vector() = expression.derived().matrix().transpose();
    } else {
      *this = uninitialized(Shape<2>{expression.rows(), expression.cols()});
      matrix() = expression.derived().matrix();
    }
  }

  /// Memory whose elements the caller writes before reading.
  static Tensor uninitialized(const Shape<Rank>& shape) {
    Tensor tensor;
    const Index size = shape.size();
    tensor.buffer_ = detail::allocate_aligned<Scalar>(size);
    tensor.rebind(shape);
    return tensor;
  }

  Tensor(const Tensor& other) : Tensor(uninitialized(other.shape())) {
    std::copy_n(other.data(), other.size(), this->data_);
  }

  Tensor(Tensor&& other) noexcept : ReadOnly(other), buffer_(std::move(other.buffer_)) {
    static_cast<ReadOnly&>(other) = ReadOnly();
  }

  Tensor& operator=(const Tensor& other) { return *this = Tensor(other); }

  Tensor& operator=(Tensor&& other) noexcept {
    buffer_ = std::move(other.buffer_);
    static_cast<ReadOnly&>(*this) = std::exchange(static_cast<ReadOnly&>(other), ReadOnly());
    return *this;
  }

  ~Tensor() = default;

  /// The writable view of all elements; valid as long as this tensor is neither moved nor
  /// destroyed. Views of a temporary tensor do not compile: they would outlive it.
  TensorView<Scalar, Rank> view() & { return {this->data_, this->shape_, this->strides_}; }
  void view() const&& = delete;
  operator TensorView<Scalar, Rank>() & { return view(); }

  // Parts: writable of a tensor, read-only of a const one. See TensorView for what they do.
  auto operator[](Index index) & { return view()[index]; }
  auto operator[](Index index) const& { return ReadOnly::operator[](index); }
  void operator[](Index index) const&& = delete;
  auto select(int axis, Index index) & { return view().select(axis, index); }
  auto select(int axis, Index index) const& { return ReadOnly::select(axis, index); }
  void select(int axis, Index index) const&& = delete;
  auto slice(int axis, Index begin, Index end) & { return view().slice(axis, begin, end); }
  auto slice(int axis, Index begin, Index end) const& { return ReadOnly::slice(axis, begin, end); }
  void slice(int axis, Index begin, Index end) const&& = delete;
  auto transpose(int axis_a, int axis_b) & { return view().transpose(axis_a, axis_b); }
  auto transpose(int axis_a, int axis_b) const& { return ReadOnly::transpose(axis_a, axis_b); }
  void transpose(int axis_a, int axis_b) const&& = delete;
  template <int NewRank>
  auto reshape(const Shape<NewRank>& shape) & {
    return view().reshape(shape);
  }
  template <int NewRank>
  auto reshape(const Shape<NewRank>& shape) const& {
    return ReadOnly::reshape(shape);
  }
  template <int NewRank>
  void reshape(const Shape<NewRank>& shape) const&& = delete;

  // Elements and Eigen maps, also of temporaries: `linear(x, w).matrix().sum()`.
  using ReadOnly::at;
  using ReadOnly::data;
  using ReadOnly::matrix;
  using ReadOnly::operator();
  using ReadOnly::vector;

  Scalar* data() { return this->data_; }

  template <class... Indices>
  Scalar& operator()(Indices... indices) {
    return view()(indices...);
  }
  template <class... Indices>
  Scalar& at(Indices... indices) {
    return view().at(indices...);
  }
  template <class... Leading>
  MatrixMap<Scalar> matrix(Leading... leading) {
    return view().matrix(leading...);
  }
  template <class... Leading>
  VectorMap<Scalar> vector(Leading... leading) {
    return view().vector(leading...);
  }
  void fill(const Scalar& value) { view().fill(value); }

  const Scalar* begin() const { return this->data_; }
  const Scalar* end() const { return this->data_ + this->size(); }
  Scalar* begin() { return this->data_; }
  Scalar* end() { return this->data_ + this->size(); }

 private:
  Tensor(const Shape<Rank>& shape, const Scalar* values, Index number_of_values)
      : Tensor(uninitialized(shape)) {
    check_number_of_values(number_of_values);
    std::copy_n(values, number_of_values, this->data_);
  }

  void check_number_of_values(Index number_of_values) const {
    check<ShapeError>(number_of_values == this->size(),
                      "Tensor: values must be one for each place of the shape", "values",
                      number_of_values, "shape", this->shape_);
  }

  void rebind(const Shape<Rank>& shape) {
    static_cast<ReadOnly&>(*this) = ReadOnly(buffer_.get(), shape);
  }

  detail::AlignedBuffer<Scalar> buffer_;
};

/// A contiguous copy with every element converted by static_cast.
template <class To, class From, int Rank>
Tensor<To, Rank> cast(TensorView<const From, Rank> source) {
  const Tensor<From, Rank> contiguous(source);
  auto result = Tensor<To, Rank>::uninitialized(source.shape());
  std::transform(contiguous.begin(), contiguous.end(), result.begin(),
                 [](const From& value) { return static_cast<To>(value); });
  return result;
}

/// A read-only view of an Eigen matrix, array, map or named block, in either storage order; no
/// copy. The view must not outlive the Eigen object; temporaries are refused at compile time.
template <class Derived>
TensorView<const typename Derived::Scalar, 2> view_of(const Eigen::DenseBase<Derived>& object) {
  static_assert((static_cast<int>(Derived::Flags) & static_cast<int>(Eigen::DirectAccessBit)) != 0,
                "eigenhead: view_of takes an Eigen object that has memory, not an expression");
  const Derived& m = object.derived();
  const Index outer = m.outerStride();
  const Index inner = m.innerStride();
  return {m.data(), Shape<2>{m.rows(), m.cols()},
          Derived::IsRowMajor ? Shape<2>{outer, inner} : Shape<2>{inner, outer}};
}

template <class Derived>
void view_of(const Eigen::DenseBase<Derived>&& object) = delete;

}  // namespace eigenhead
