#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// The result of ragged_attention. What is not asked for is empty; what is per sequence has one
/// tensor for each of the B sequences.
template <class Scalar>
struct RaggedAttentionOutput {
  Tensor<Scalar, 3> output;                         ///< [tokens, H, D_v]
  Tensor<Scalar, 2> log_sum_exp;                    ///< [tokens, H]
  std::vector<Tensor<Scalar, 3>> scores;            ///< B of [H, T, S], on the stage asked for
  std::vector<Tensor<Scalar, 3>> weights;           ///< B of [H, T, S]
  std::vector<Tensor<Scalar, 2>> averaged_weights;  ///< B of [T, S]
};

namespace detail {

/// 0 = first <= ... <= last = number of tokens
inline void check_cumulative_lengths(TensorView<const Index, 1> lengths, Index num_tokens,
                                     const std::string& name) {
  const Index size = lengths.extent(0);
  check<ShapeError>(size >= 1, "ragged_attention: " + name + " must have B + 1 values", name,
                    lengths.shape());
  check<ValueError>(
      lengths(0) == 0 && lengths(size - 1) == num_tokens,
      "ragged_attention: " + name + " must begin with 0 and end with the number of tokens", "first",
      lengths(0), "last", lengths(size - 1), "tokens", num_tokens);
  for (Index b = 1; b < size; ++b)
    if (lengths(b) < lengths(b - 1))
      fail<ValueError>("ragged_attention: ", name, " must not decrease; got ", lengths(b - 1),
                       " before ", lengths(b), " at [", b, "]");
}

template <class Scalar>
void check_ragged_options(const AttentionOptions<Scalar>& options) {
  const bool is_padded = options.is_visible.is_given() || options.attention_bias.is_given() ||
                         options.key_is_valid.data() || options.valid_lengths.data();
  check<ValueError>(!is_padded,
                    "ragged_attention: options must not hold is_visible, attention_bias, "
                    "key_is_valid or valid_lengths, which are [B, .., S]",
                    "one of them", "given");
  check<ValueError>(!options.past_key.data() && !options.past_value.data(),
                    "ragged_attention: options must not hold past_key or past_value", "past_key",
                    options.past_key.shape(), "pass all keys of a sequence as its tokens");
}

}  // namespace detail

/// Scaled dot-product attention of sequences of different lengths that lie one behind the other,
/// without padding: each sequence attends to itself alone.
///
/// @param query    [query tokens, H, D]
/// @param key      [key tokens, H_kv, D]
/// @param value    [key tokens, H_kv, D_v]
/// @param cumulative_query_lengths  [B + 1]: sequence b owns query tokens from value b to value
///                 b + 1
/// @param cumulative_key_lengths    [B + 1]: the same for key and value
/// @param options  everything but masks, biases, lengths and past keys, which belong to padded
///                 batches; causality, windows and ALiBi count inside each sequence
/// @throws ShapeError, ValueError when lengths do not fit the tokens or an option is refused; and
///         as scaled_dot_product_attention, in whose name the message then speaks
///
/// A sequence gets the bits that scaled_dot_product_attention gives it alone. Source:
/// FlashAttention's varlen interface (cu_seqlens).
template <class Scalar>
RaggedAttentionOutput<Scalar> ragged_attention(
    TensorView<const Scalar, 3> query, TensorView<const Scalar, 3> key,
    TensorView<const Scalar, 3> value, TensorView<const Index, 1> cumulative_query_lengths,
    TensorView<const Index, 1> cumulative_key_lengths,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options = {}) {
  check<ShapeError>(cumulative_query_lengths.shape() == cumulative_key_lengths.shape(),
                    "ragged_attention: both cumulative lengths must have B + 1 values", "query",
                    cumulative_query_lengths.shape(), "key", cumulative_key_lengths.shape());
  detail::check_cumulative_lengths(cumulative_query_lengths, query.extent(0),
                                   "cumulative_query_lengths");
  detail::check_cumulative_lengths(cumulative_key_lengths, key.extent(0), "cumulative_key_lengths");
  check<ShapeError>(key.extent(0) == value.extent(0),
                    "ragged_attention: value must have the tokens of key", "key", key.shape(),
                    "value", value.shape());
  detail::check_ragged_options(options);

  RaggedAttentionOutput<Scalar> result;
  result.output = Tensor<Scalar, 3>(Shape<3>{query.extent(0), query.extent(1), value.extent(2)});
  if (options.with_log_sum_exp)
    result.log_sum_exp = Tensor<Scalar, 2>(Shape<2>{query.extent(0), query.extent(1)});
  // [tokens, H, D] -> [H, tokens of sequence b, D]
  const auto sequence = [](const auto& tokens, TensorView<const Index, 1> lengths, Index b) {
    return tokens.slice(0, lengths(b), lengths(b + 1)).transpose(0, 1);
  };
  for (Index b = 0; b + 1 < cumulative_query_lengths.extent(0); ++b) {
    AttentionOutput<Scalar, 3> attended = scaled_dot_product_attention<Scalar, 3>(
        sequence(query, cumulative_query_lengths, b), sequence(key, cumulative_key_lengths, b),
        sequence(value, cumulative_key_lengths, b), options);
    copy<Scalar, 3>(attended.output, sequence(result.output.view(), cumulative_query_lengths, b));
    if (options.with_log_sum_exp)
      copy<Scalar, 2>(attended.log_sum_exp,
                      sequence(result.log_sum_exp.view(), cumulative_query_lengths, b));
    if (options.with_scores) result.scores.push_back(std::move(attended.scores));
    if (options.with_weights) result.weights.push_back(std::move(attended.weights));
    if (options.with_averaged_weights)
      result.averaged_weights.push_back(std::move(attended.averaged_weights));
  }
  return result;
}

}  // namespace eigenhead
