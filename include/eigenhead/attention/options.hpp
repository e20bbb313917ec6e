#pragma once

#include "eigenhead/attention/broadcast_view.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul_precision.hpp"

#include <optional>

namespace eigenhead {

/// Which keys a query may see when attention looks only backwards. An enum and never a boolean:
/// libraries disagree about the corner as soon as query_length differs from key_length.
///
/// "Position" is a place among the keys. Query t stands at position t + offset, and sees the keys
/// up to its own position.
enum class CausalAlignment {
  none,         ///< every key; offset = past_length
  top_left,     ///< offset = past_length: torch's is_causal, ONNX's
  bottom_right  ///< the last query stands at the last key, offset = key_length - T, where
                ///< key_length counts past keys, and is the valid length where one is given:
                ///< decoding
};

/// What a query that may see no key at all gets.
enum class EmptyRows {
  zeros,   ///< zero weights and zero output
  uniform  ///< weight 1 / key_length on every key, masked ones too: Hugging Face's finite masks
};

/// On which stage of its way a score is looked at. The fourth stage of the ONNX operator, after the
/// softmax, is called weights.
enum class ScoreStage {
  scaled,       ///< scale * Q K^T
  soft_capped,  ///< after the soft cap
  biased        ///< after bias and masks: what the softmax takes; -infinity where a key is hidden
};

/// Which implementation computes. Both keep the same contract; they differ in rounding.
enum class AttentionKernel {
  fused,     ///< tiles in cache, on the kernels of active_kernels(); float and double
  reference  ///< plain loops, query after query: any Scalar, and where active_kernels() says so
};

/// What scaled_dot_product_attention computes beyond softmax(Q K^T / sqrt D) V. Everything given
/// here works together: a key must pass every mask. S counts past keys, too.
template <class Scalar>
struct AttentionOptions {
  /// Multiplies Q K^T; 1 / sqrt(head_dim) when not given.
  std::optional<Scalar> scale = {};
  /// c > 0: scores become c * tanh(scores / c), before bias and masks.
  std::optional<Scalar> soft_cap = {};

  CausalAlignment causal = CausalAlignment::none;
  /// The offset of CausalAlignment in words of the caller, between -2^53 and 2^53; also windows and
  /// ALiBi count from it. Not together with bottom_right.
  std::optional<Index> query_offset = {};
  /// A query at position p sees keys from p - window_left to p + window_right; not given: no limit
  /// on that side.
  std::optional<Index> window_left = {};
  std::optional<Index> window_right = {};
  /// Broadcast to [B, H, T, S]; true = the query may see the key.
  BroadcastView<bool> is_visible = {};
  /// [B, S]; true = every query may see the key, false = padding.
  TensorView<const bool, 2> key_is_valid = {};
  /// [B]; keys from valid_lengths(b) on are padding.
  TensorView<const Index, 1> valid_lengths = {};

  /// Broadcast to [B, H, T, S], added to the scores; -infinity hides the key as a false above does.
  BroadcastView<Scalar> attention_bias = {};
  /// [H]; adds alibi_slopes(h) * (key - p) for a query at position p (see alibi_slopes()).
  TensorView<const Scalar, 1> alibi_slopes = {};
  /// ALiBi for encoders: adds -alibi_slopes(h) * |key - p| instead.
  bool is_alibi_symmetric = false;
  /// [H]; one more logit in the softmax that has no value: weights then sum to less than 1.
  TensorView<const Scalar, 1> sinks = {};

  /// [B, H_kv, P, D] and [B, H_kv, P, D_v], whatever the rank of the inputs: keys and values that
  /// stand before the new ones. They take part as if all had been passed in one tensor.
  TensorView<const Scalar, 4> past_key = {};
  TensorView<const Scalar, 4> past_value = {};

  EmptyRows empty_rows = EmptyRows::zeros;

  AttentionKernel kernel = AttentionKernel::fused;
  /// How exactly the fused kernel multiplies Q K^T and weights * V. `medium` rounds queries, keys,
  /// weights and values to bfloat16 where MatmulPrecision takes one such product; the softmax and
  /// returned weights stay float. All else is `highest`, bit for bit: other precisions, other
  /// Scalars, kernel sets without such products, and output alone of blocks of up to 8 rows
  /// (queries of heads that share keys), which takes the time of reading keys and values, if these
  /// have no gaps in their last axis.
  MatmulPrecision precision = MatmulPrecision::highest;
  /// Where blocks of queries are computed; null: on the calling thread. Results do not depend on
  /// it.
  Executor* executor = nullptr;

  /// What the returned AttentionOutput holds beside the output.
  bool with_scores = false;
  ScoreStage score_stage = ScoreStage::scaled;
  bool with_weights = false;
  bool with_averaged_weights = false;
  bool with_log_sum_exp = false;
};

/// The result of scaled_dot_product_attention on inputs of rank Rank. Tensors not asked for are
/// empty.
template <class Scalar, int Rank>
struct AttentionOutput {
  Tensor<Scalar, Rank> output;   ///< [B, H, T, D_v]: weights * V
  Tensor<Scalar, Rank> scores;   ///< [B, H, T, S]: on the stage asked for
  Tensor<Scalar, Rank> weights;  ///< [B, H, T, S]: softmax of the biased, masked scores
  /// [B, T, S]: mean of weights over the heads; [T, S] for rank 3 and 2
  Tensor<Scalar, (Rank > 3 ? 3 : 2)> averaged_weights;
  /// [B, H, T]: ln sum exp of the biased, masked scores and the sink, so that weights = exp(score -
  /// log_sum_exp); -infinity where a query may see no key
  Tensor<Scalar, Rank - 1> log_sum_exp;
};

/// Where scaled_dot_product_attention writes: any strides. An empty view means "not wanted".
template <class Scalar>
struct AttentionOutputViews {
  TensorView<Scalar, 4> output;            ///< [B, H, T, D_v]
  TensorView<Scalar, 4> scores;            ///< [B, H, T, S]
  TensorView<Scalar, 4> weights;           ///< [B, H, T, S]
  TensorView<Scalar, 3> averaged_weights;  ///< [B, T, S]
  TensorView<Scalar, 3> log_sum_exp;       ///< [B, H, T]
};

}  // namespace eigenhead
