#pragma once

#include "eigenhead/attention/check_attention.hpp"
#include "eigenhead/attention/multi_head_attention_weights.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/ops/linear.hpp"

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
  /// Everything but with_scores and with_log_sum_exp, which are not looked at.
  AttentionOptions<Scalar> attention = {};
};

/// Multi-head attention: concat_h(attention(x W_q,h^T, x W_k,h^T, x W_v,h^T)) W_o^T, with any
/// number of heads and any head_dim (H * D need not equal C).
///
/// Source: Vaswani et al. 2017, section 3.2.2; torch.nn.MultiheadAttention.
/// Example: examples/03_multi_head_attention.cpp
template <class Scalar>
class MultiHeadAttention {
 public:
  /// Throws ValueError or ShapeError when the weights do not divide into num_heads heads or do not
  /// fit each other.
  MultiHeadAttention(int num_heads, MultiHeadAttentionWeights<Scalar> weights)
      : num_heads_(num_heads), weights_(std::move(weights)) {
    check<ValueError>(num_heads >= 1, "MultiHeadAttention: num_heads must be >= 1", "num_heads",
                      num_heads);
    const auto& w = weights_;
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
    check_appended();
  }

  int num_heads() const { return num_heads_; }
  Index head_dim() const { return weights_.query_weight.extent(0) / num_heads_; }
  Index value_head_dim() const { return weights_.value_weight.extent(0) / num_heads_; }
  const MultiHeadAttentionWeights<Scalar>& weights() const { return weights_; }

  /// @param query    [B, T, C]
  /// @param key      [B, S, C_k]
  /// @param value    [B, S, C_v]
  /// @param options  masks broadcast to [B, H, T, S]; they do not reach appended keys
  /// @return         output [B, T, C_out], and the weights asked for
  /// @throws ShapeError when shapes do not fit each other or the weights, or a last axis is not
  ///         contiguous; ValueError when an option is outside its range
  ///
  /// A query that may see no key has zero attention (its output is output_bias) where torch gives
  /// NaN.
  MultiHeadAttentionOutput<Scalar> operator()(
      TensorView<const Scalar, 3> query, TensorView<const Scalar, 3> key,
      TensorView<const Scalar, 3> value,
      const MultiHeadAttentionOptions<Scalar>& options = {}) const {
    const Tensor<Scalar, 3> q = project(query, weights_.query_weight, weights_.query_bias, "query");
    Tensor<Scalar, 3> k = project(key, weights_.key_weight, weights_.key_bias, "key");
    Tensor<Scalar, 3> v = project(value, weights_.value_weight, weights_.value_bias, "value");
    AttentionOptions<Scalar> attention = options.attention;
    Tensor<Scalar, 4> bias;  // outlives the call that looks at it
    if (weights_.num_appended_keys() > 0) {
      bias = bias_with_appended_keys(q, k, v, attention);
      k = append(k, weights_.appended_key);
      v = append(v, weights_.appended_value);
      attention = without_masks(attention);
      attention.attention_bias = bias;
    }

    MultiHeadAttentionOutput<Scalar> result;
    Tensor<Scalar, 3> heads(Shape<3>{q.extent(0), q.extent(1), v.extent(2)});  // [B, T, H * D_v]
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
    result.output = weights_.output_weight.is_empty()
                        ? std::move(heads)
                        : project(heads, weights_.output_weight, weights_.output_bias, "heads");
    return result;
  }

  /// Self-attention: query, key and value are all x [B, T, C].
  MultiHeadAttentionOutput<Scalar> operator()(
      TensorView<const Scalar, 3> x, const MultiHeadAttentionOptions<Scalar>& options = {}) const {
    return (*this)(x, x, x, options);
  }

 private:
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

  void check_appended() const {
    const auto& w = weights_;
    check<ShapeError>(
        w.appended_key.is_empty() == w.appended_value.is_empty() &&
            (w.appended_key.is_empty() || (w.appended_key.extent(0) == w.key_weight.extent(0) &&
                                           w.appended_value.extent(0) == w.value_weight.extent(0))),
        "MultiHeadAttention: appended_key and appended_value must both be empty or have one value "
        "for each row of key_weight and value_weight",
        "appended_key", w.appended_key.shape(), "appended_value", w.appended_value.shape());
  }

  /// [B, T, C] * weight^T + bias: [B, T, rows of weight]
  static Tensor<Scalar, 3> project(TensorView<const Scalar, 3> x, const Tensor<Scalar, 2>& weight,
                                   const Tensor<Scalar, 1>& bias, const char* name) {
    check<ShapeError>(x.extent(2) == weight.extent(1),
                      std::string("MultiHeadAttention: ") + name +
                          " must have as many features as its weight has columns",
                      name, x.shape(), "weight", weight.shape());
    Tensor<Scalar, 3> y(Shape<3>{x.extent(0), x.extent(1), weight.extent(0)});
    for (Index b = 0; b < x.extent(0); ++b) linear<Scalar>(x[b], weight, bias, y[b]);
    return y;
  }

  /// [B, T, H * D] as [B, H, T, D] on the same memory
  template <class MaybeConst>
  TensorView<MaybeConst, 4> split_heads(const TensorView<MaybeConst, 3>& x) const {
    const Index dim = x.extent(2) / num_heads_;
    return {x.data(), Shape<4>{x.extent(0), num_heads_, x.extent(1), dim},
            Shape<4>{x.stride(0), dim, x.stride(1), 1}};
  }

  /// x [B, S, H * D] with the appended rows behind those of every sequence.
  Tensor<Scalar, 3> append(const Tensor<Scalar, 3>& x, const Tensor<Scalar, 1>& row) const {
    const Index length = x.extent(1);
    Tensor<Scalar, 3> longer(
        Shape<3>{x.extent(0), length + weights_.num_appended_keys(), x.extent(2)});
    for (Index b = 0; b < x.extent(0); ++b) {
      copy<Scalar, 2>(x[b], longer[b].slice(0, 0, length));
      if (!row.is_empty()) copy<Scalar, 1>(row, longer[b][length]);
    }
    return longer;
  }

  /// All masks and biases of the options as one bias [B, H, T, S] that is 0 on appended keys.
  Tensor<Scalar, 4> bias_with_appended_keys(const Tensor<Scalar, 3>& q, const Tensor<Scalar, 3>& k,
                                            const Tensor<Scalar, 3>& v,
                                            const AttentionOptions<Scalar>& options) const {
    const detail::AttentionProblem<Scalar> problem =
        detail::check_attention(split_heads<const Scalar>(q), split_heads<const Scalar>(k),
                                split_heads<const Scalar>(v), options);
    const Shape<4> shape = problem.score_shape();
    Tensor<Scalar, 4> bias(
        Shape<4>{shape[0], shape[1], shape[2], shape[3] + weights_.num_appended_keys()});
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
  MultiHeadAttentionWeights<Scalar> weights_;
};

}  // namespace eigenhead
