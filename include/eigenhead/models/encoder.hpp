#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/vector_rows.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/layer_norm.hpp"
#include "eigenhead/ops/linear.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace eigenhead {

/// What an encoder returns beside the last hidden state.
struct EncoderOptions {
  bool with_hidden_states = false;
  bool with_attentions = false;
  /// Sequences are encoded in parallel on it; without one, on the calling thread.
  Executor* executor = nullptr;
};

/// Padded outputs; rows (and attention columns) of masked positions are zero.
template <class Scalar>
struct EncoderOutput {
  Tensor<Scalar, 3> last_hidden_state;           ///< [B, T, C]
  std::vector<Tensor<Scalar, 3>> hidden_states;  ///< L + 1 of [B, T, C]; 0 = embeddings, L = last
  std::vector<Tensor<Scalar, 4>> attentions;     ///< L of [B, H, T, T]: weights after the softmax
  /// [B, C]: tanh(pooler(first row whose mask is 1)), zero where there is none; empty: no pooler.
  Tensor<Scalar, 2> pooler_output;
};

/// A post-LayerNorm transformer encoder: embeddings, then layers of attention and feed-forward.
///
/// A sequence is computed by itself: its bits depend neither on the other sequences of the batch,
/// nor on padding or the number of threads. Objects are const after construction; any number of
/// threads may call them. Source: Devlin et al. 2018; transformers' modeling_bert.py and
/// modeling_distilbert.py.
template <class Scalar>
class Encoder {
 public:
  /// Throws ValueError or ShapeError when the weights do not have the sizes of the configuration.
  Encoder(EncoderConfig config, EncoderWeights<Scalar> weights)
      : config_(std::move(config)), weights_(std::move(weights)) {
    check_config(config_, "Encoder");
    detail::check_weights(weights_, config_);
  }

  const EncoderConfig& config() const { return config_; }
  const EncoderWeights<Scalar>& weights() const { return weights_; }
  bool has_pooler() const { return weights_.pooler.has_value(); }

  /// Encodes every sequence of the batch.
  ///
  /// @return last_hidden_state [B, T, C], pooler_output [B, C] where there is a pooler, and what
  ///         the options ask for
  /// @throws ValueError when a token id is outside the vocabulary, a token type outside
  ///         type_vocab_size or a position past max_position_embeddings, naming the place; nothing
  ///         has been computed then
  ///
  /// A model without token types (DistilBERT) does not look at those of the batch.
  EncoderOutput<Scalar> operator()(const TokenBatch& batch,
                                   const EncoderOptions& options = {}) const {
    check_batch(batch);
    const Index num_layers = config_.num_layers;
    const Shape<3> hidden{batch.batch_size(), batch.padded_length(), config_.hidden_size};
    const Shape<4> attention{hidden[0], config_.num_heads, hidden[1], hidden[1]};
    EncoderOutput<Scalar> output;
    output.last_hidden_state = Tensor<Scalar, 3>(hidden);
    for (Index i = 0; options.with_hidden_states && i <= num_layers; ++i)
      output.hidden_states.emplace_back(hidden);
    for (Index i = 0; options.with_attentions && i < num_layers; ++i)
      output.attentions.emplace_back(attention);

    if (has_pooler()) output.pooler_output = Tensor<Scalar, 2>(Shape<2>{hidden[0], hidden[2]});

    SerialExecutor serial;
    Executor& executor = options.executor ? *options.executor : serial;
    parallel_for(executor, batch.batch_size(), 1, [&](Index begin, Index end) {
      for (Index b = begin; b < end; ++b) encode_sequence(batch[b], b, output);
    });
    return output;
  }

 private:
  void encode_sequence(const TokenSequence& sequence, Index b,
                       EncoderOutput<Scalar>& output) const {
    if (sequence.length() == 0) return;
    Tensor<Scalar, 2> hidden = embed(sequence);  // [n, C]
    if (!output.hidden_states.empty()) scatter_rows(hidden, sequence, output.hidden_states[0][b]);
    for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
      TensorView<Scalar, 3> attention;  // [H, T, T]
      if (!output.attentions.empty()) attention = output.attentions[i][b];
      run_layer(weights_.layers[i], sequence, hidden, attention);
      if (!output.hidden_states.empty())
        scatter_rows(hidden, sequence, output.hidden_states[i + 1][b]);
    }
    scatter_rows(hidden, sequence, output.last_hidden_state[b]);
    if (has_pooler()) {
      const LinearWeights<Scalar>& pooler = *weights_.pooler;
      const TensorView<Scalar, 2> pooled = output.pooler_output.slice(0, b, b + 1);  // [1, C]
      linear<Scalar>(hidden.slice(0, 0, 1), pooler.weight, pooler.bias, pooled);
      activate<Scalar, 2>(Activation::tanh, pooled, pooled);
    }
  }

  /// norm(word embedding + token type embedding + position embedding): [n, C]
  Tensor<Scalar, 2> embed(const TokenSequence& sequence) const {
    const auto rows = [&](const Tensor<Scalar, 2>& table, const std::vector<std::int32_t>& ids) {
      return RowTable<Scalar>{table, {ids.data(), Shape<1>{sequence.length()}}};
    };
    const RowTable<Scalar> words = rows(weights_.word_embeddings, sequence.token_ids);
    const RowTable<Scalar> positions = rows(weights_.position_embeddings, sequence.position_ids);
    auto hidden =
        Tensor<Scalar, 2>::uninitialized(Shape<2>{sequence.length(), config_.hidden_size});
    if (config_.type_vocab_size > 0)
      gather_rows<Scalar>(
          {words, rows(weights_.token_type_embeddings, sequence.token_type_ids), positions},
          hidden);
    else
      gather_rows<Scalar>({words, positions}, hidden);
    normalize(weights_.embedding_norm, hidden);
    return hidden;
  }

  /// Replaces hidden [n, C] by the layer's output and writes the attention weights if wanted.
  void run_layer(const EncoderLayer<Scalar>& layer, const TokenSequence& sequence,
                 Tensor<Scalar, 2>& hidden, const TensorView<Scalar, 3>& attention) const {
    MultiHeadAttentionOptions<Scalar> options;
    options.attention.with_weights = attention.data() != nullptr;
    const MultiHeadAttentionOutput<Scalar> attended = layer.attention(
        hidden.reshape(Shape<3>{1, sequence.length(), config_.hidden_size}), options);
    if (attention.data()) scatter_attention(attended.weights[0], sequence, attention);
    hidden.matrix() += attended.output.matrix(0);
    normalize(layer.attention_norm, hidden);

    Tensor<Scalar, 2> intermediate =  // [n, F]
        linear(hidden, layer.intermediate.weight, layer.intermediate.bias);
    activate<Scalar, 2>(config_.activation, intermediate, intermediate);
    hidden.matrix() += linear(intermediate, layer.output.weight, layer.output.bias).matrix();
    normalize(layer.output_norm, hidden);
  }

  void normalize(const LayerNormWeights<Scalar>& norm, Tensor<Scalar, 2>& hidden) const {
    layer_norm<Scalar>(hidden, norm.gain, norm.bias,
                       static_cast<Scalar>(config_.layer_norm_epsilon), hidden);
  }

  /// Row i of rows [n, C] to row position_ids[i] of padded [T, C].
  static void scatter_rows(const Tensor<Scalar, 2>& rows, const TokenSequence& sequence,
                           const TensorView<Scalar, 2>& padded) {
    for (Index i = 0; i < sequence.length(); ++i)
      padded.vector(column(sequence, i)) = rows.vector(i);
  }

  /// Weights [H, n, n] to the places of the tokens in padded [H, T, T].
  static void scatter_attention(TensorView<const Scalar, 3> weights, const TokenSequence& sequence,
                                const TensorView<Scalar, 3>& padded) {
    for (Index h = 0; h < weights.extent(0); ++h)
      for (Index i = 0; i < sequence.length(); ++i)
        for (Index j = 0; j < sequence.length(); ++j)
          padded(h, column(sequence, i), column(sequence, j)) = weights(h, i, j);
  }

  static Index column(const TokenSequence& sequence, Index i) {
    return sequence.position_ids[static_cast<std::size_t>(i)];
  }

  void check_batch(const TokenBatch& batch) const {
    check<ValueError>(batch.padded_length() <= config_.max_position_embeddings,
                      "Encoder: a sequence must not be longer than max_position_embeddings",
                      "length", batch.padded_length(), "max_position_embeddings",
                      config_.max_position_embeddings, "truncate it when encoding the text");
    for (Index b = 0; b < batch.batch_size(); ++b)
      for (Index i = 0; i < batch[b].length(); ++i) check_token(batch[b], b, i);
  }

  void check_token(const TokenSequence& sequence, Index b, Index i) const {
    const std::int32_t id = sequence.token_ids[static_cast<std::size_t>(i)];
    if (id < 0 || id >= config_.vocab_size)
      fail<ValueError>("Encoder: token id must be >= 0 and < vocab_size ", config_.vocab_size,
                       "; got ", id, " at ", Shape<2>{b, column(sequence, i)},
                       "; was another vocabulary used to tokenize?");
    const std::int32_t type = sequence.token_type_ids[static_cast<std::size_t>(i)];
    if (config_.type_vocab_size > 0 && (type < 0 || type >= config_.type_vocab_size))
      fail<ValueError>("Encoder: token type id must be >= 0 and < type_vocab_size ",
                       config_.type_vocab_size, "; got ", type, " at ",
                       Shape<2>{b, column(sequence, i)});
  }

  EncoderConfig config_;
  EncoderWeights<Scalar> weights_;
};

}  // namespace eigenhead
