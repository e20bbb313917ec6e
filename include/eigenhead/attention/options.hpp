#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eigenhead {

/// Which keys a query may see when attention looks only backwards. An enum and never a boolean:
/// libraries disagree about the corner as soon as query_length differs from key_length.
enum class CausalAlignment {
  none,         ///< every key
  top_left,     ///< key j <= query i: torch's is_causal
  bottom_right  ///< key j <= query i + key_length - query_length: decoding with past keys
};

/// What a query that may see no key at all gets.
enum class EmptyRows {
  zeros,   ///< zero weights and zero output
  uniform  ///< weight 1 / key_length on every key, masked ones too: Hugging Face's finite masks
};

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

/// What scaled_dot_product_attention computes beyond softmax(Q K^T / sqrt D) V.
template <class Scalar>
struct AttentionOptions {
  /// Multiplies Q K^T; 1 / sqrt(head_dim) when not given.
  std::optional<Scalar> scale = {};
  CausalAlignment causal = CausalAlignment::none;
  /// Broadcast to [B, H, T, S]; true = the query may see the key.
  BroadcastView<bool> is_visible = {};
  /// Broadcast to [B, H, T, S], added to the scores; -infinity hides the key as a false above does.
  BroadcastView<Scalar> attention_bias = {};
  EmptyRows empty_rows = EmptyRows::zeros;
  /// What the returned AttentionOutput holds beside the output.
  bool with_scores = false;
  bool with_weights = false;
  bool with_log_sum_exp = false;
};

/// The result of scaled_dot_product_attention on inputs of rank Rank. Tensors not asked for are
/// empty.
template <class Scalar, int Rank>
struct AttentionOutput {
  Tensor<Scalar, Rank> output;           ///< [B, H, T, D_v]: weights * V
  Tensor<Scalar, Rank> scores;           ///< [B, H, T, S]: scale * Q K^T, before bias and masks
  Tensor<Scalar, Rank> weights;          ///< [B, H, T, S]: softmax of the biased, masked scores
  Tensor<Scalar, Rank - 1> log_sum_exp;  ///< [B, H, T]: ln sum exp of those scores; -infinity: none
};

/// Where scaled_dot_product_attention writes: any strides. An empty view means "not wanted".
template <class Scalar>
struct AttentionOutputViews {
  TensorView<Scalar, 4> output;       ///< [B, H, T, D_v]
  TensorView<Scalar, 4> scores;       ///< [B, H, T, S]
  TensorView<Scalar, 4> weights;      ///< [B, H, T, S]
  TensorView<Scalar, 3> log_sum_exp;  ///< [B, H, T]
};

}  // namespace eigenhead
