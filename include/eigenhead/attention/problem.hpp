#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <cmath>

namespace eigenhead::detail {

/// The arguments of one call after all checks: masks expanded, defaults filled in.
template <class Scalar>
struct AttentionProblem {
  TensorView<const Scalar, 4> query, key, value;
  Scalar scale;
  Index causal_offset;  // query i sees key j only if j <= i + causal_offset
  TensorView<const bool, 4> is_visible;
  TensorView<const Scalar, 4> attention_bias;
  EmptyRows empty_rows;

  Shape<4> score_shape() const {
    return {query.extent(0), query.extent(1), query.extent(2), key.extent(2)};
  }
  Index heads_per_key_value_head() const { return query.extent(1) / key.extent(1); }
};

template <class Scalar>
void check_attention_shapes(const TensorView<const Scalar, 4>& query,
                            const TensorView<const Scalar, 4>& key,
                            const TensorView<const Scalar, 4>& value) {
  check<ShapeError>(key.extent(3) == query.extent(3),
                    "scaled_dot_product_attention: key head_dim must equal query head_dim", "query",
                    query.shape(), "key", key.shape());
  check<ShapeError>(query.extent(3) > 0,
                    "scaled_dot_product_attention: head_dim must be at least 1", "query",
                    query.shape());
  check<ShapeError>(key.extent(2) == value.extent(2) && key.extent(1) == value.extent(1),
                    "scaled_dot_product_attention: value must have the heads and length of key",
                    "key", key.shape(), "value", value.shape());
  check<ShapeError>(
      query.extent(0) == key.extent(0) && query.extent(0) == value.extent(0),
      "scaled_dot_product_attention: query, key and value must have the same batch_size", "query",
      query.shape(), "key", key.shape(), "value", value.shape());
  check<ShapeError>(
      key.extent(1) > 0 && query.extent(1) % key.extent(1) == 0,
      "scaled_dot_product_attention: num_heads must be a multiple of num_key_value_heads", "query",
      query.shape(), "key", key.shape());
}

template <class View, int Rank>
void check_attention_output(const View& view, const Shape<Rank>& expected, const char* name) {
  if (view.data() == nullptr || view.shape() == expected) return;
  fail<ShapeError>("scaled_dot_product_attention: the view for ", name,
                   " must have the shape of the result; got view ", view.shape(), ", result ",
                   expected);
}

template <class Scalar>
AttentionProblem<Scalar> check_attention(const TensorView<const Scalar, 4>& query,
                                         const TensorView<const Scalar, 4>& key,
                                         const TensorView<const Scalar, 4>& value,
                                         const AttentionOptions<Scalar>& options) {
  check_attention_shapes(query, key, value);
  AttentionProblem<Scalar> problem{query, key, value, {}, {}, {}, {}, options.empty_rows};
  problem.scale =
      options.scale.value_or(Scalar(1) / std::sqrt(static_cast<Scalar>(query.extent(3))));
  const Index query_length = query.extent(2);
  const Index key_length = key.extent(2);
  problem.causal_offset = options.causal == CausalAlignment::none       ? key_length
                          : options.causal == CausalAlignment::top_left ? 0
                                                                        : key_length - query_length;
  if (options.is_visible.is_given())
    problem.is_visible = options.is_visible.expand(problem.score_shape(),
                                                   "scaled_dot_product_attention: is_visible");
  if (options.attention_bias.is_given())
    problem.attention_bias = options.attention_bias.expand(
        problem.score_shape(), "scaled_dot_product_attention: attention_bias");
  return problem;
}

/// [.., T, D] as [B, H, T, D]: missing leading axes have extent 1.
template <class Scalar, int Rank>
TensorView<const Scalar, 4> as_rank_4(const TensorView<const Scalar, Rank>& view) {
  static_assert(Rank >= 2 && Rank <= 4, "eigenhead: attention takes rank 2, 3 or 4");
  Shape<4> shape{1, 1, 1, 1};
  Shape<4> strides;
  for (int axis = 0; axis < Rank; ++axis) {
    shape[4 - Rank + axis] = view.extent(axis);
    strides[4 - Rank + axis] = view.stride(axis);
  }
  return {view.data(), shape, strides};
}

}  // namespace eigenhead::detail
