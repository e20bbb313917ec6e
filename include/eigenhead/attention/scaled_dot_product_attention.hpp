#pragma once

#include "eigenhead/attention/attend.hpp"
#include "eigenhead/attention/check_attention.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <type_traits>

namespace eigenhead {

/// Scaled dot-product attention: softmax(scale * Q K^T + bias, masked) * V, per batch and head.
///
/// @param query    [B, H, T, D]
/// @param key      [B, H_kv, S, D]; H must be a multiple of H_kv, query head h reads key/value head
///                 h / (H / H_kv) (grouped heads)
/// @param value    [B, H_kv, S, D_v]; D_v is free
/// @param options  scale, soft cap, masks, biases, sinks, past keys; the with_... flags are not
///                 looked at
/// @param outputs  where to write; only views that are given are written; must not overlap the
///                 inputs
/// @throws ShapeError when shapes do not fit each other or a mask does not broadcast, ValueError
///         when an option is outside its range; nothing has been written then
///
/// All strides are free; B, T and S may be 0. A hidden key takes no part at all: NaN or infinity in
/// it never leaks, its weight is exactly 0; neither does a key whose score is -infinity for another
/// reason, or whose weight is 0 because its score is far below the largest. A query that sees no
/// key gets options.empty_rows, and log_sum_exp -infinity. Arithmetic is that of Scalar. Cost: 2 *
/// B * H * T * S * (D + D_v) operations and S numbers. Source: Vaswani et al. 2017, eq. 1; the ONNX
/// Attention operator, opset 25. Example: examples/02_scaled_dot_product_attention.cpp
template <class Scalar>
void scaled_dot_product_attention(TensorView<const Scalar, 4> query,
                                  TensorView<const Scalar, 4> key,
                                  TensorView<const Scalar, 4> value,
                                  const AttentionOptions<Scalar>& options,
                                  const AttentionOutputViews<Scalar>& outputs) {
  const detail::AttentionProblem<Scalar> problem =
      detail::check_attention(query, key, value, options);
  detail::check_attention_outputs(problem, outputs);
  detail::attend(problem, outputs, options);
}

namespace detail {

template <class Scalar, class Function>
using IfScoreModifier = std::enable_if_t<
    std::is_invocable_r_v<Scalar, const Function&, Scalar, Index, Index, Index, Index>>;

/// Allocates `tensor` in the last extents of `shape` and returns it with all of them.
template <class Scalar, int Rank, int FullRank>
TensorView<Scalar, FullRank> allocate(const Shape<FullRank>& shape, Tensor<Scalar, Rank>& tensor) {
  Shape<Rank> own;
  for (int axis = 0; axis < Rank; ++axis) own[axis] = shape[FullRank - Rank + axis];
  tensor = Tensor<Scalar, Rank>(own);
  return {tensor.data(), shape};
}

}  // namespace detail

/// The same with a function of the caller inside the loops, compiled into them: it replaces the
/// score of each key that a query may see by score_modifier(score, batch, head, query, key), after
/// the soft cap and before biases and masks. `head` counts query heads, `key` past keys, too.
///
/// It may also be called for keys that is_visible, key_is_valid or a bias of -infinity hide, with
/// whatever their score is; that result is not used. Returning -infinity leaves a key out. It must
/// not throw, and may be called from several threads. Source: score_mod of PyTorch's FlexAttention.
template <class Scalar, class ScoreModifier, class = detail::IfScoreModifier<Scalar, ScoreModifier>>
void scaled_dot_product_attention(TensorView<const Scalar, 4> query,
                                  TensorView<const Scalar, 4> key,
                                  TensorView<const Scalar, 4> value,
                                  const AttentionOptions<Scalar>& options,
                                  const AttentionOutputViews<Scalar>& outputs,
                                  const ScoreModifier& score_modifier) {
  const detail::ModifiedProblem<Scalar, ScoreModifier> problem(
      detail::check_attention(query, key, value, options), score_modifier);
  detail::check_attention_outputs(problem, outputs);
  detail::attend(problem, outputs, options);
}

namespace detail {

/// Attention into new tensors: calls attend(query, key, value, outputs) on views of rank 4.
template <class Scalar, int Rank, class Attend>
AttentionOutput<Scalar, Rank> attend_to_new_tensors(const TensorView<const Scalar, Rank>& query,
                                                    const TensorView<const Scalar, Rank>& key,
                                                    const TensorView<const Scalar, Rank>& value,
                                                    const AttentionOptions<Scalar>& options,
                                                    const Attend& attend) {
  const TensorView<const Scalar, 4> q = as_rank_4(query);
  const TensorView<const Scalar, 4> k = as_rank_4(key);
  const TensorView<const Scalar, 4> v = as_rank_4(value);
  const Index batch_size = q.extent(0);
  const Index num_heads = q.extent(1);
  const Index query_length = q.extent(2);
  const Index key_length = options.past_key.extent(2) + k.extent(2);
  const Shape<4> scores{batch_size, num_heads, query_length, key_length};
  AttentionOutput<Scalar, Rank> result;
  AttentionOutputViews<Scalar> views;
  views.output =
      allocate(Shape<4>{batch_size, num_heads, query_length, v.extent(3)}, result.output);
  if (options.with_scores) views.scores = allocate(scores, result.scores);
  if (options.with_weights) views.weights = allocate(scores, result.weights);
  if (options.with_averaged_weights)
    views.averaged_weights =
        allocate(Shape<3>{batch_size, query_length, key_length}, result.averaged_weights);
  if (options.with_log_sum_exp)
    views.log_sum_exp = allocate(Shape<3>{batch_size, num_heads, query_length}, result.log_sum_exp);
  attend(q, k, v, views);
  return result;
}

}  // namespace detail

/// Scaled dot-product attention into new tensors. Rank 4 is [B, H, T, D]; rank 3 is [H, T, D] and
/// rank 2 is [T, D], with key and value alike. Everything else as above.
template <class Scalar, int Rank>
AttentionOutput<Scalar, Rank> scaled_dot_product_attention(
    TensorView<const Scalar, Rank> query, TensorView<const Scalar, Rank> key,
    TensorView<const Scalar, Rank> value,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options = {}) {
  return detail::attend_to_new_tensors(
      query, key, value, options,
      [&](const auto& q, const auto& k, const auto& v, const auto& views) {
        scaled_dot_product_attention<Scalar>(q, k, v, options, views);
      });
}

/// The same with a score modifier.
template <class Scalar, int Rank, class ScoreModifier,
          class = detail::IfScoreModifier<Scalar, ScoreModifier>>
AttentionOutput<Scalar, Rank> scaled_dot_product_attention(
    TensorView<const Scalar, Rank> query, TensorView<const Scalar, Rank> key,
    TensorView<const Scalar, Rank> value,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options,
    const ScoreModifier& score_modifier) {
  return detail::attend_to_new_tensors(
      query, key, value, options,
      [&](const auto& q, const auto& k, const auto& v, const auto& views) {
        scaled_dot_product_attention<Scalar>(q, k, v, options, views, score_modifier);
      });
}

}  // namespace eigenhead
