#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

// Everything that can be wrong with the arguments of scaled_dot_product_attention is found here.

namespace eigenhead::detail {

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
  check<ShapeError>(query.extent(1) > 0,
                    "scaled_dot_product_attention: num_heads must be at least 1", "query",
                    query.shape());
  check<ShapeError>(
      key.extent(1) > 0 && query.extent(1) % key.extent(1) == 0,
      "scaled_dot_product_attention: num_heads must be a multiple of num_key_value_heads", "query",
      query.shape(), "key", key.shape());
}

/// Past keys and values: both or none, and like the new ones but for their length.
template <class Scalar>
void check_past(const AttentionProblem<Scalar>& problem) {
  const auto& past_key = problem.past_key;
  const auto& past_value = problem.past_value;
  check<ShapeError>(
      past_key.extent(2) == past_value.extent(2),
      "scaled_dot_product_attention: past_key and past_value must be given together, in one length",
      "past_key", past_key.shape(), "past_value", past_value.shape());
  if (past_key.extent(2) == 0) return;
  const auto fits = [](const TensorView<const Scalar, 4>& past,
                       const TensorView<const Scalar, 4>& next) {
    return past.extent(0) == next.extent(0) && past.extent(1) == next.extent(1) &&
           past.extent(3) == next.extent(3);
  };
  check<ShapeError>(
      fits(past_key, problem.key),
      "scaled_dot_product_attention: past_key must have the batch, heads and head_dim of key",
      "past_key", past_key.shape(), "key", problem.key.shape());
  check<ShapeError>(
      fits(past_value, problem.value),
      "scaled_dot_product_attention: past_value must have the batch, heads and head_dim of value",
      "past_value", past_value.shape(), "value", problem.value.shape());
}

/// `view`, not given or of the expected shape.
template <class Scalar, int Rank>
TensorView<const Scalar, Rank> checked(const TensorView<const Scalar, Rank>& view,
                                       const Shape<Rank>& expected, const char* name,
                                       const char* letters) {
  if (view.data() != nullptr && view.shape() != expected)
    fail<ShapeError>("scaled_dot_product_attention: ", name, " must have shape ", letters, ' ',
                     expected, "; got ", view.shape());
  return view;
}

inline void check_lengths(const TensorView<const Index, 1>& lengths, Index key_length) {
  if (lengths.data() == nullptr) return;
  for (Index b = 0; b < lengths.extent(0); ++b)
    if (lengths(b) < 0 || lengths(b) > key_length)
      fail<ValueError>(
          "scaled_dot_product_attention: valid_lengths must be >= 0 and <= the number "
          "of keys ",
          key_length, "; got ", lengths(b), " at [", b, "]");
}

template <class Scalar>
void fill_in_scale(const AttentionOptions<Scalar>& options, AttentionProblem<Scalar>& problem) {
  const auto head_dim = static_cast<Scalar>(problem.query.extent(3));
  problem.scale = options.scale.value_or(Scalar(1) / std::sqrt(head_dim));
  check<ValueError>(std::isfinite(problem.scale),
                    "scaled_dot_product_attention: scale must be finite", "scale", problem.scale);
  problem.soft_cap = options.soft_cap.value_or(0);
  check<ValueError>(!options.soft_cap || (problem.soft_cap > 0 && std::isfinite(problem.soft_cap)),
                    "scaled_dot_product_attention: soft_cap must be finite and > 0", "soft_cap",
                    problem.soft_cap);
}

/// Causality and windows become one window around the position of each query.
template <class Scalar>
void fill_in_window(const AttentionOptions<Scalar>& options, AttentionProblem<Scalar>& problem) {
  const auto width = [](const std::optional<Index>& given, const char* name) {
    check<ValueError>(!given || *given >= 0,
                      std::string("scaled_dot_product_attention: ") + name + " must be >= 0", name,
                      given.value_or(0));
    return std::min(given.value_or(kUnlimited), kUnlimited);
  };
  problem.window_left = width(options.window_left, "window_left");
  problem.window_right = width(options.window_right, "window_right");
  if (options.causal != CausalAlignment::none) problem.window_right = 0;

  problem.is_aligned_to_end = options.causal == CausalAlignment::bottom_right;
  problem.query_offset = options.query_offset.value_or(problem.past_key.extent(2));
  check<ValueError>(!options.query_offset || !problem.is_aligned_to_end,
                    "scaled_dot_product_attention: query_offset must not be given together with "
                    "causal = bottom_right, which sets it",
                    "query_offset", problem.query_offset);
  constexpr Index kLargest = Index{1} << 53;
  check<ValueError>(problem.query_offset >= -kLargest && problem.query_offset <= kLargest,
                    "scaled_dot_product_attention: query_offset must be between -2^53 and 2^53",
                    "query_offset", problem.query_offset);
}

template <class Scalar>
void fill_in_masks(const AttentionOptions<Scalar>& options, AttentionProblem<Scalar>& problem) {
  const Shape<4> shape = problem.score_shape();
  if (options.is_visible.is_given())
    problem.is_visible =
        options.is_visible.expand(shape, "scaled_dot_product_attention: is_visible");
  if (options.attention_bias.is_given())
    problem.attention_bias =
        options.attention_bias.expand(shape, "scaled_dot_product_attention: attention_bias");
  const Shape<1> heads{shape[1]};
  problem.key_is_valid =
      checked(options.key_is_valid, Shape<2>{shape[0], shape[3]}, "key_is_valid", "[B, S]");
  problem.valid_lengths =
      checked(options.valid_lengths, Shape<1>{shape[0]}, "valid_lengths", "[B]");
  check_lengths(problem.valid_lengths, shape[3]);
  problem.alibi_slopes = checked(options.alibi_slopes, heads, "alibi_slopes", "[H]");
  problem.is_alibi_symmetric = options.is_alibi_symmetric;
  problem.sinks = checked(options.sinks, heads, "sinks", "[H]");
}

template <class Scalar>
AttentionProblem<Scalar> check_attention(const TensorView<const Scalar, 4>& query,
                                         const TensorView<const Scalar, 4>& key,
                                         const TensorView<const Scalar, 4>& value,
                                         const AttentionOptions<Scalar>& options) {
  check_attention_shapes(query, key, value);
  AttentionProblem<Scalar> problem;
  problem.query = query;
  problem.key = key;
  problem.value = value;
  problem.past_key = options.past_key;
  problem.past_value = options.past_value;
  problem.empty_rows = options.empty_rows;
  problem.score_stage = options.score_stage;
  check_past(problem);
  fill_in_scale(options, problem);
  fill_in_window(options, problem);
  fill_in_masks(options, problem);
  return problem;
}

template <class View, int Rank>
void check_attention_output(const View& view, const Shape<Rank>& expected, const char* name) {
  if (view.data() == nullptr || view.shape() == expected) return;
  fail<ShapeError>("scaled_dot_product_attention: the view for ", name,
                   " must have the shape of the result; got view ", view.shape(), ", result ",
                   expected);
}

template <class Scalar>
void check_attention_outputs(const AttentionProblem<Scalar>& problem,
                             const AttentionOutputViews<Scalar>& outputs) {
  const Shape<4> s = problem.score_shape();
  const Index value_dim = problem.value.extent(3);
  check_attention_output(outputs.output, Shape<4>{s[0], s[1], s[2], value_dim}, "output");
  check_attention_output(outputs.scores, s, "scores");
  check_attention_output(outputs.weights, s, "weights");
  check_attention_output(outputs.averaged_weights, Shape<3>{s[0], s[2], s[3]}, "averaged_weights");
  check_attention_output(outputs.log_sum_exp, Shape<3>{s[0], s[1], s[2]}, "log_sum_exp");
}

}  // namespace eigenhead::detail
