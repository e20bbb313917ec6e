#pragma once

#include "eigenhead/attention/check_attention.hpp"
#include "eigenhead/attention/multi_head_attention_weights.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

#include <optional>
#include <string>
#include <utility>

namespace eigenhead {

/// The result of multi-head attention. S counts appended keys, too.
template <class Scalar>
struct MultiHeadAttentionOutput {
  Tensor<Scalar, 3> output;   ///< [B, T, C_out]
  Tensor<Scalar, 4> weights;  ///< [B, H, T, S] when options.with_weights, else empty
  Tensor<Scalar, 3>
      averaged_weights;  ///< [B, T, S], the mean over heads, when asked for, else empty
};

/// What a call of MultiHeadAttention takes beside its inputs.
template <class Scalar>
struct MultiHeadAttentionOptions {
  /// Everything but with_scores and with_log_sum_exp, which are not looked at. `precision` is that
  /// of attention; projections are `highest`.
  AttentionOptions<Scalar> attention = {};
};

/// Multi-head attention: concat_h(attention(x W_q,h^T, x W_k,h^T, x W_v,h^T)) W_o^T, with any
/// number of heads and any head_dim (H * D need not equal C). Scalar is float or double.
///
/// The weights are packed for the kernel set that is active at construction; objects are const
/// after it, and any number of threads may call them. Source: Vaswani et al. 2017, section 3.2.2;
/// torch.nn.MultiheadAttention. Example: examples/03_multi_head_attention.cpp
template <class Scalar>
class MultiHeadAttention {
 public:
  /// Throws ValueError or ShapeError when the weights do not divide into num_heads heads or do not
  /// fit each other.
  MultiHeadAttention(int num_heads, MultiHeadAttentionWeights<Scalar> weights)
      : num_heads_(num_heads) {
    check<ValueError>(num_heads >= 1, "MultiHeadAttention: num_heads must be >= 1", "num_heads",
                      num_heads);
    const auto& w = weights;
    check_heads(w.query_weight, "query_weight");
    check_heads(w.value_weight, "value_weight");
    check<ShapeError>(w.key_weight.extent(0) == w.query_weight.extent(0),
                      "MultiHeadAttention: key_weight must have the rows of query_weight",
                      "query_weight", w.query_weight.shape(), "key_weight", w.key_weight.shape());
    check_bias(w.query_bias, w.query_weight, "query_bias");
    check_bias(w.key_bias, w.key_weight, "key_bias");
    check_bias(w.value_bias, w.value_weight, "value_bias");
    check_bias(w.output_bias, w.output_weight, "output_bias");
    check<ShapeError>(
        w.output_weight.is_empty() || w.output_weight.extent(1) == w.value_weight.extent(0),
        "MultiHeadAttention: output_weight must have one column for each row of value_weight",
        "value_weight", w.value_weight.shape(), "output_weight", w.output_weight.shape());
    check_appended(w);
    query_ = Projection(w.query_weight, std::move(weights.query_bias));
    key_ = Projection(w.key_weight, std::move(weights.key_bias));
    value_ = Projection(w.value_weight, std::move(weights.value_bias));
    output_ = Projection(w.output_weight, std::move(weights.output_bias));
    appended_key_ = std::move(weights.appended_key);
    appended_value_ = std::move(weights.appended_value);
    num_appended_keys_ = (appended_key_.is_empty() ? 0 : 1) + (w.has_zero_key ? 1 : 0);
  }

  int num_heads() const { return num_heads_; }
  Index head_dim() const { return query_.weight.out_features() / num_heads_; }
  Index value_head_dim() const { return value_.weight.out_features() / num_heads_; }

  /// @param query    [B, T, C]
  /// @param key      [B, S, C_k]
  /// @param value    [B, S, C_v]
  /// @param options  masks broadcast to [B, H, T, S]; they do not reach appended keys
  /// @return         output [B, T, C_out], and the weights asked for
  /// @throws ShapeError when shapes do not fit each other or the weights; ValueError when an option
  ///         is outside its range
  ///
  /// All strides are free. Queries, keys and values stay as the projections leave them, [B, T, H *
  /// D], and are read there head by head. A query that may see no key has zero attention (its
  /// output is output_bias) where torch gives NaN.
  MultiHeadAttentionOutput<Scalar> operator()(
      TensorView<const Scalar, 3> query, TensorView<const Scalar, 3> key,
      TensorView<const Scalar, 3> value,
      const MultiHeadAttentionOptions<Scalar>& options = {}) const {
    AttentionOptions<Scalar> attention = options.attention;
    Executor* const executor = attention.executor;
    const Tensor<Scalar, 3> q = project(query, query_, 0, executor, "query");
    Tensor<Scalar, 3> k = project(key, key_, num_appended_keys_, executor, "key");
    Tensor<Scalar, 3> v = project(value, value_, num_appended_keys_, executor, "value");
    Tensor<Scalar, 4> bias;  // outlives the call that looks at it
    if (num_appended_keys_ > 0) {
      bias = bias_with_appended_keys(q, k, v, attention);
      write_appended(appended_key_, k.view());
      write_appended(appended_value_, v.view());
      attention = without_masks(attention);
      attention.attention_bias = bias;
    }

    MultiHeadAttentionOutput<Scalar> result;
    auto heads = Tensor<Scalar, 3>::uninitialized(
        Shape<3>{q.extent(0), q.extent(1), v.extent(2)});  // [B, T, H * D_v]
    AttentionOutputViews<Scalar> views;
    views.output = split_heads(heads.view());
    const Shape<4> shape{q.extent(0), num_heads_, q.extent(1),
                         attention.past_key.extent(2) + k.extent(1)};
    if (attention.with_weights) views.weights = detail::allocate(shape, result.weights);
    if (attention.with_averaged_weights)
      views.averaged_weights =
          detail::allocate(Shape<3>{shape[0], shape[2], shape[3]}, result.averaged_weights);
    scaled_dot_product_attention<Scalar>(split_heads<const Scalar>(q), split_heads<const Scalar>(k),
                                         split_heads<const Scalar>(v), attention, views);
    result.output = output_.weight.shape().size() == 0
                        ? std::move(heads)
                        : project(heads, output_, 0, executor, "heads");
    return result;
  }

  /// Self-attention: query, key and value are all x [B, T, C].
  MultiHeadAttentionOutput<Scalar> operator()(
      TensorView<const Scalar, 3> x, const MultiHeadAttentionOptions<Scalar>& options = {}) const {
    return (*this)(x, x, x, options);
  }

 private:
  /// y = x * weight^T + bias
  struct Projection {
    Projection() = default;
    Projection(const Tensor<Scalar, 2>& w, Tensor<Scalar, 1> b) : weight(w), bias(std::move(b)) {}

    PackedMatrix<Scalar> weight;
    Tensor<Scalar, 1> bias;
  };

  void check_heads(const Tensor<Scalar, 2>& weight, const char* name) const {
    check<ShapeError>(weight.extent(0) > 0 && weight.extent(0) % num_heads_ == 0,
                      std::string("MultiHeadAttention: ") + name +
                          " must have a number of rows that num_heads divides",
                      name, weight.shape(), "num_heads", num_heads_);
  }

  static void check_bias(const Tensor<Scalar, 1>& bias, const Tensor<Scalar, 2>& weight,
                         const char* name) {
    check<ShapeError>(bias.is_empty() || bias.extent(0) == weight.extent(0),
                      std::string("MultiHeadAttention: ") + name +
                          " must be empty or have one value for each row of its weight",
                      name, bias.shape(), "weight", weight.shape());
  }

  static void check_appended(const MultiHeadAttentionWeights<Scalar>& w) {
    check<ShapeError>(
        w.appended_key.is_empty() == w.appended_value.is_empty() &&
            (w.appended_key.is_empty() || (w.appended_key.extent(0) == w.key_weight.extent(0) &&
                                           w.appended_value.extent(0) == w.value_weight.extent(0))),
        "MultiHeadAttention: appended_key and appended_value must both be empty or have one value "
        "for each row of key_weight and value_weight",
        "appended_key", w.appended_key.shape(), "appended_value", w.appended_value.shape());
  }

  /// [B, T, C] * weight^T + bias: [B, T + room, rows of weight], where the last `room` rows of each
  /// sequence are zeros.
  static Tensor<Scalar, 3> project(const TensorView<const Scalar, 3>& x,
                                   const Projection& projection, Index room, Executor* executor,
                                   const char* name) {
    const PackedMatrix<Scalar>& weight = projection.weight;
    check<ShapeError>(x.extent(2) == weight.in_features(),
                      std::string("MultiHeadAttention: ") + name +
                          " must have as many features as its weight has columns",
                      name, x.shape(), "weight", weight.shape());
    const Index length = x.extent(1);
    Tensor<Scalar, 3> y(Shape<3>{x.extent(0), length + room, weight.out_features()});
    MultiplyOptions<Scalar> options;
    options.bias = projection.bias;
    options.executor = executor;
    if (room == 0 && x.stride(0) == length * x.stride(1)) {  // rows of all sequences at once
      const Shape<2> rows{x.extent(0) * length, x.extent(2)};
      multiply<Scalar>({x.data(), rows, Shape<2>{x.stride(1), x.stride(2)}}, weight,
                       {y.data(), Shape<2>{rows[0], y.extent(2)}}, options);
      return y;
    }
    for (Index b = 0; b < x.extent(0); ++b)
      multiply<Scalar>(x[b], weight, y[b].slice(0, 0, length), options);
    return y;
  }

  /// [B, T, H * D] as [B, H, T, D] on the same memory
  template <class MaybeConst>
  TensorView<MaybeConst, 4> split_heads(const TensorView<MaybeConst, 3>& x) const {
    const Index dim = x.extent(2) / num_heads_;
    return {x.data(), Shape<4>{x.extent(0), num_heads_, x.extent(1), dim},
            Shape<4>{x.stride(0), dim, x.stride(1), 1}};
  }

  /// The appended row behind those of every sequence of x [B, S + room, H * D].
  void write_appended(const Tensor<Scalar, 1>& row, const TensorView<Scalar, 3>& x) const {
    for (Index b = 0; b < x.extent(0) && !row.is_empty(); ++b)
      copy<Scalar, 1>(row, x[b][x.extent(1) - num_appended_keys_]);
  }

  /// All masks and biases of the options as one bias [B, H, T, S] that is 0 on appended keys. k and
  /// v have room for these.
  Tensor<Scalar, 4> bias_with_appended_keys(const Tensor<Scalar, 3>& q, const Tensor<Scalar, 3>& k,
                                            const Tensor<Scalar, 3>& v,
                                            const AttentionOptions<Scalar>& options) const {
    const auto without_room = [&](const Tensor<Scalar, 3>& x) {
      return split_heads<const Scalar>(x.slice(1, 0, x.extent(1) - num_appended_keys_));
    };
    const detail::AttentionProblem<Scalar> problem = detail::check_attention(
        split_heads<const Scalar>(q), without_room(k), without_room(v), options);
    const Shape<4> shape = problem.score_shape();
    Tensor<Scalar, 4> bias(Shape<4>{shape[0], shape[1], shape[2], shape[3] + num_appended_keys_});
    for (Index b = 0; b < shape[0]; ++b)
      for (Index h = 0; h < shape[1]; ++h)
        for (Index t = 0; t < shape[2]; ++t)
          for (Index s = 0; s < shape[3]; ++s)
            bias(b, h, t, s) =
                problem.may_see(b, h, t, s) ? problem.bias(b, h, t, s) : detail::kHidden<Scalar>;
    return bias;
  }

  static AttentionOptions<Scalar> without_masks(AttentionOptions<Scalar> options) {
    options.causal = CausalAlignment::none;
    options.query_offset = options.window_left = options.window_right = std::nullopt;
    options.is_visible = {};
    options.key_is_valid = {};
    options.valid_lengths = {};
    options.alibi_slopes = {};
    return options;
  }

  int num_heads_;
  Projection query_, key_, value_, output_;
  Tensor<Scalar, 1> appended_key_, appended_value_;
  Index num_appended_keys_ = 0;
};

}  // namespace eigenhead
