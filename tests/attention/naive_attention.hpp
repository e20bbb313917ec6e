#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

// Attention once more, written from the words of its contract and of the ONNX operator alone: dense
// tensors in double, every mask and bias a full [B, H, T, S], nothing skipped, nothing shared with
// the library but the container and the names of the options.

namespace eigenhead {

/// The arguments of one call. S counts past keys.
struct NaiveInput {
  Tensor<double, 4> query;       ///< [B, H, T, D]
  Tensor<double, 4> key;         ///< [B, H_kv, S - P, D]
  Tensor<double, 4> value;       ///< [B, H_kv, S - P, D_v]
  Tensor<double, 4> past_key;    ///< [B, H_kv, P, D]
  Tensor<double, 4> past_value;  ///< [B, H_kv, P, D_v]

  std::optional<double> scale = {};
  std::optional<double> soft_cap = {};
  CausalAlignment causal = CausalAlignment::none;
  std::optional<Index> query_offset = {};
  std::optional<Index> window_left = {};
  std::optional<Index> window_right = {};
  std::optional<Tensor<bool, 4>> is_visible = {};        ///< [B, H, T, S]
  std::optional<Tensor<bool, 2>> key_is_valid = {};      ///< [B, S]
  std::optional<Tensor<Index, 1>> valid_lengths = {};    ///< [B]
  std::optional<Tensor<double, 4>> attention_bias = {};  ///< [B, H, T, S]
  std::optional<Tensor<double, 1>> alibi_slopes = {};    ///< [H]
  bool is_alibi_symmetric = false;
  std::optional<Tensor<double, 1>> sinks = {};  ///< [H]
  EmptyRows empty_rows = EmptyRows::zeros;
  bool has_score_modifier = false;  ///< naive::modified()

  Index batch_size() const { return query.extent(0); }
  Index num_heads() const { return query.extent(1); }
  Index query_length() const { return query.extent(2); }
  Index past_length() const { return past_key.extent(2); }
  Index key_length() const { return past_length() + key.extent(2); }
  Shape<4> score_shape() const { return {batch_size(), num_heads(), query_length(), key_length()}; }
};

struct NaiveOutput {
  Tensor<double, 4> scaled;            ///< [B, H, T, S]
  Tensor<double, 4> soft_capped;       ///< [B, H, T, S]
  Tensor<double, 4> biased;            ///< [B, H, T, S]
  Tensor<double, 4> weights;           ///< [B, H, T, S]
  Tensor<double, 3> averaged_weights;  ///< [B, T, S]
  Tensor<double, 3> log_sum_exp;       ///< [B, H, T]
  Tensor<double, 4> output;            ///< [B, H, T, D_v]
  /// The largest |scale| * sum |q k| + |bias| of a finite score: what its rounding is relative to.
  double score_size = 0;
};

namespace naive {

/// Calls function(a, b, c, d) for every place of `shape`, the last index running fastest.
template <class Function>
void for_each_place(const Shape<4>& shape, Function&& function) {
  for (Index a = 0; a < shape[0]; ++a)
    for (Index b = 0; b < shape[1]; ++b)
      for (Index c = 0; c < shape[2]; ++c)
        for (Index d = 0; d < shape[3]; ++d) function(a, b, c, d);
}

/// [B, H, S, D] of past [B, H_kv, P, D] and next [B, H_kv, S - P, D]: one after the other, and
/// every head repeated for the query heads of its group.
inline Tensor<double, 4> join(const Tensor<double, 4>& past, const Tensor<double, 4>& next,
                              Index num_heads) {
  const Index past_length = past.extent(2);
  const Index group_size = num_heads / next.extent(1);
  Tensor<double, 4> all(
      Shape<4>{next.extent(0), num_heads, past_length + next.extent(2), next.extent(3)});
  for_each_place(all.shape(), [&](Index b, Index h, Index s, Index d) {
    all(b, h, s, d) = s < past_length ? past(b, h / group_size, s, d)
                                      : next(b, h / group_size, s - past_length, d);
  });
  return all;
}

/// The place among the keys at which query `t` of sequence `b` stands.
inline Index position(const NaiveInput& in, Index b, Index t) {
  if (in.causal == CausalAlignment::bottom_right) {
    const Index end = in.valid_lengths ? (*in.valid_lengths)(b) : in.key_length();
    return end - in.query_length() + t;
  }
  return t + in.query_offset.value_or(in.past_length());
}

inline bool is_visible(const NaiveInput& in, Index b, Index h, Index t, Index s) {
  const Index p = position(in, b, t);
  const bool is_past_causality = in.causal != CausalAlignment::none && s > p;
  const bool is_left_of_window = in.window_left && s < p - *in.window_left;
  const bool is_right_of_window = in.window_right && s > p + *in.window_right;
  const bool is_masked = in.is_visible && !(*in.is_visible)(b, h, t, s);
  const bool is_padding = (in.key_is_valid && !(*in.key_is_valid)(b, s)) ||
                          (in.valid_lengths && s >= (*in.valid_lengths)(b));
  const bool is_biased_away = in.attention_bias && (*in.attention_bias)(b, h, t, s) ==
                                                       -std::numeric_limits<double>::infinity();
  return !(is_past_causality || is_left_of_window || is_right_of_window || is_masked ||
           is_padding || is_biased_away);
}

/// attention_bias plus ALiBi.
inline double bias(const NaiveInput& in, Index b, Index h, Index t, Index s) {
  double sum = in.attention_bias ? (*in.attention_bias)(b, h, t, s) : 0;
  if (in.alibi_slopes) {
    const auto distance = static_cast<double>(s - position(in, b, t));
    sum += (*in.alibi_slopes)(h) * (in.is_alibi_symmetric ? -std::abs(distance) : distance);
  }
  return sum;
}

/// The score modifier of these tests, which also leaves out some keys.
inline double modified(double score, Index b, Index h, Index t, Index s) {
  if ((s + t) % 7 == 3) return -std::numeric_limits<double>::infinity();
  return 0.75 * score - 0.25 * static_cast<double>(b) + 0.5 * static_cast<double>(h) +
         0.125 * static_cast<double>((s + 3 * t) % 5);
}

inline void fill_in_scores(const NaiveInput& in, const Tensor<double, 4>& key, NaiveOutput& out) {
  const Index head_dim = in.query.extent(3);
  const double scale = in.scale.value_or(1 / std::sqrt(static_cast<double>(head_dim)));
  out.scaled = out.soft_capped = out.biased = Tensor<double, 4>(in.score_shape());
  for_each_place(in.score_shape(), [&](Index b, Index h, Index t, Index s) {
    double product = 0;
    double size = 0;
    for (Index d = 0; d < head_dim; ++d) {
      const double term = in.query(b, h, t, d) * key(b, h, s, d);
      product += term;
      size += std::abs(scale * term);
    }
    const double score = scale * product;
    const double capped = in.soft_cap ? *in.soft_cap * std::tanh(score / *in.soft_cap) : score;
    const double final = in.has_score_modifier ? modified(capped, b, h, t, s) : capped;
    const double added = bias(in, b, h, t, s);
    size += std::abs(added) < 1e30 ? std::abs(added) : 0;  // lowest() hides by its size
    if (std::isfinite(size)) out.score_size = std::max(out.score_size, size);
    out.scaled(b, h, t, s) = score;
    out.soft_capped(b, h, t, s) = capped;
    out.biased(b, h, t, s) =
        is_visible(in, b, h, t, s) ? final + added : -std::numeric_limits<double>::infinity();
  });
}

/// weights and log_sum_exp of the row of query (b, h, t).
inline void fill_in_row(const NaiveInput& in, Index b, Index h, Index t, NaiveOutput& out) {
  const Index key_length = in.key_length();
  const double hidden = -std::numeric_limits<double>::infinity();
  double largest = in.sinks ? (*in.sinks)(h) : hidden;
  bool has_key = false;
  for (Index s = 0; s < key_length; ++s) {
    if (!is_visible(in, b, h, t, s)) continue;
    has_key = true;
    largest = std::max(largest, out.biased(b, h, t, s));
  }
  out.log_sum_exp(b, h, t) = hidden;
  if (!has_key || largest == hidden) {
    const bool is_uniform = !has_key && in.empty_rows == EmptyRows::uniform;
    for (Index s = 0; s < key_length; ++s)
      out.weights(b, h, t, s) = is_uniform ? 1 / static_cast<double>(key_length) : 0;
    return;
  }
  double sum = in.sinks ? std::exp((*in.sinks)(h)-largest) : 0;
  for (Index s = 0; s < key_length; ++s) sum += std::exp(out.biased(b, h, t, s) - largest);
  for (Index s = 0; s < key_length; ++s)
    out.weights(b, h, t, s) = std::exp(out.biased(b, h, t, s) - largest) / sum;
  out.log_sum_exp(b, h, t) = largest + std::log(sum);
}

}  // namespace naive

/// Everything that scaled_dot_product_attention can return.
inline NaiveOutput naive_attention(const NaiveInput& in) {
  const Tensor<double, 4> key = naive::join(in.past_key, in.key, in.num_heads());
  const Tensor<double, 4> value = naive::join(in.past_value, in.value, in.num_heads());
  const Shape<4> shape = in.score_shape();
  NaiveOutput out;
  naive::fill_in_scores(in, key, out);
  out.weights = Tensor<double, 4>(shape);
  out.log_sum_exp = Tensor<double, 3>(Shape<3>{shape[0], shape[1], shape[2]});
  out.averaged_weights = Tensor<double, 3>(Shape<3>{shape[0], shape[2], shape[3]});
  out.output = Tensor<double, 4>(Shape<4>{shape[0], shape[1], shape[2], value.extent(3)});
  naive::for_each_place(
      Shape<4>{shape[0], shape[1], shape[2], 1},
      [&](Index b, Index h, Index t, Index) { naive::fill_in_row(in, b, h, t, out); });
  naive::for_each_place(shape, [&](Index b, Index h, Index t, Index s) {
    const double weight = out.weights(b, h, t, s);
    out.averaged_weights(b, t, s) += weight / static_cast<double>(shape[1]);
    if (weight == 0) return;  // the value of such a key may be NaN
    for (Index d = 0; d < value.extent(3); ++d)
      out.output(b, h, t, d) += weight * value(b, h, s, d);
  });
  return out;
}

}  // namespace eigenhead
