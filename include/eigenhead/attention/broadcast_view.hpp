#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <string>
#include <vector>

namespace eigenhead {

/// A read-only view of rank 1 to 4 that is matched to [B, H, T, S] from the right, as NumPy
/// broadcasts: [S], [T, S], [H, T, S], [B, 1, 1, S], ... Default constructed, it stands for
/// nothing. Like every view it must not outlive its memory.
template <class Scalar>
class BroadcastView {
 public:
  BroadcastView() = default;

  template <int Rank>
  BroadcastView(TensorView<const Scalar, Rank> view) : data_(view.data()), rank_(Rank) {
    static_assert(Rank <= 4, "eigenhead: a mask or bias has at most the rank of [B, H, T, S]");
    for (int axis = 0; axis < Rank; ++axis) {
      shape_[4 - Rank + axis] = view.extent(axis);
      strides_[4 - Rank + axis] = view.extent(axis) == 1 ? 0 : view.stride(axis);
    }
  }

  /// A temporary tensor would be gone before the mask is read.
  template <int Rank>
  BroadcastView& operator=(Tensor<Scalar, Rank>&&) = delete;

  bool is_given() const { return rank_ > 0; }

  /// The same memory seen as `target`; extents of 1 repeat. Throws ShapeError, naming `argument`.
  TensorView<const Scalar, 4> expand(const Shape<4>& target, const char* argument) const {
    for (int axis = 0; axis < 4; ++axis)
      if (shape_[axis] != target[axis] && shape_[axis] != 1)
        fail<ShapeError>(argument, " must broadcast to [B, H, T, S] ", target, "; got ",
                         given_shape());
    return {data_, target, strides_};
  }

 private:
  std::string given_shape() const {
    const std::vector<Index> extents = shape_.to_vector();
    return detail::extents_to_string(std::vector<Index>(extents.end() - rank_, extents.end()));
  }

  const Scalar* data_ = nullptr;
  int rank_ = 0;
  Shape<4> shape_{1, 1, 1, 1};
  Shape<4> strides_{0, 0, 0, 0};
};

}  // namespace eigenhead
