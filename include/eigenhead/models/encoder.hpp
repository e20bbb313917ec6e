#pragma once

#include "eigenhead/attention/multi_head_attention.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/embedding_lookup.hpp"
#include "eigenhead/ops/layer_norm.hpp"
#include "eigenhead/ops/linear.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// weight [out_features, in_features] and bias [out_features] of an affine map.
template <class Scalar>
struct LinearWeights {
  Tensor<Scalar, 2> weight;
  Tensor<Scalar, 1> bias;
};

/// gain [C] and bias [C] of a layer normalisation.
template <class Scalar>
struct LayerNormWeights {
  Tensor<Scalar, 1> gain;
  Tensor<Scalar, 1> bias;
};

/// One layer: h = norm(x + attention(x)), y = norm(h + output(activation(intermediate(h)))).
template <class Scalar>
struct EncoderLayer {
  MultiHeadAttention<Scalar> attention;
  LayerNormWeights<Scalar> attention_norm;
  LinearWeights<Scalar> intermediate;  ///< [F, C]
  LinearWeights<Scalar> output;        ///< [C, F]
  LayerNormWeights<Scalar> output_norm;
};

/// All parameters of an encoder.
template <class Scalar>
struct EncoderWeights {
  Tensor<Scalar, 2> word_embeddings;      ///< [V, C]
  Tensor<Scalar, 2> position_embeddings;  ///< [max_position_embeddings, C]
  LayerNormWeights<Scalar> embedding_norm;
  std::vector<EncoderLayer<Scalar>> layers;
};

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
};

/// A post-LayerNorm transformer encoder: embeddings, then layers of attention and feed-forward.
///
/// A sequence is computed by itself: its bits depend neither on the other sequences of the batch,
/// nor on padding or the number of threads. Objects are const after construction; any number of
/// threads may call them. Source: Devlin et al. 2018; transformers' modeling_distilbert.py.
template <class Scalar>
class Encoder {
 public:
  /// Throws ValueError or ShapeError when the weights do not have the sizes of the configuration.
  Encoder(EncoderConfig config, EncoderWeights<Scalar> weights)
      : config_(std::move(config)), weights_(std::move(weights)) {
    check_config(config_, "Encoder");
    check_weights();
  }

  const EncoderConfig& config() const { return config_; }
  const EncoderWeights<Scalar>& weights() const { return weights_; }

  /// Encodes every sequence of the batch.
  ///
  /// @return last_hidden_state [B, T, C] and what the options ask for
  /// @throws ValueError when a token id is outside the vocabulary or a position is past
  ///         max_position_embeddings, naming the place; nothing has been computed then
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
  }

  /// norm(word embedding + position embedding): [n, C]
  Tensor<Scalar, 2> embed(const TokenSequence& sequence) const {
    const auto ids = [&](const std::vector<std::int32_t>& values) {
      return TensorView<const std::int32_t, 1>(values.data(), Shape<1>{sequence.length()});
    };
    Tensor<Scalar, 2> hidden = embedding_lookup(weights_.word_embeddings, ids(sequence.token_ids));
    hidden.matrix() +=
        embedding_lookup(weights_.position_embeddings, ids(sequence.position_ids)).matrix();
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
      for (Index i = 0; i < batch[b].length(); ++i) {
        const std::int32_t id = batch[b].token_ids[static_cast<std::size_t>(i)];
        if (id < 0 || id >= config_.vocab_size)
          fail<ValueError>("Encoder: token id must be >= 0 and < vocab_size ", config_.vocab_size,
                           "; got ", id, " at ", Shape<2>{b, column(batch[b], i)},
                           "; was another vocabulary used to tokenize?");
      }
  }

  template <int Rank>
  static void check_shape(const Tensor<Scalar, Rank>& weight, const Shape<Rank>& expected,
                          const std::string& name) {
    if (weight.shape() != expected)
      fail<ShapeError>("Encoder: ", name, " must have the sizes of the configuration; got ",
                       weight.shape(), ", configuration ", expected);
  }

  static void check_linear(const LinearWeights<Scalar>& linear, const Shape<2>& expected,
                           const std::string& name) {
    check_shape(linear.weight, expected, name + " weight");
    check_shape(linear.bias, Shape<1>{expected[0]}, name + " bias");
  }

  static void check_norm(const LayerNormWeights<Scalar>& norm, Index size,
                         const std::string& name) {
    check_shape(norm.gain, Shape<1>{size}, name + " gain");
    check_shape(norm.bias, Shape<1>{size}, name + " bias");
  }

  void check_weights() const {
    const Index hidden_size = config_.hidden_size;
    check_shape(weights_.word_embeddings, Shape<2>{config_.vocab_size, hidden_size},
                "word_embeddings");
    check_shape(weights_.position_embeddings,
                Shape<2>{config_.max_position_embeddings, hidden_size}, "position_embeddings");
    check_norm(weights_.embedding_norm, hidden_size, "embedding_norm");
    check<ValueError>(static_cast<int>(weights_.layers.size()) == config_.num_layers,
                      "Encoder: weights must have num_layers layers", "layers",
                      weights_.layers.size(), "num_layers", config_.num_layers);
    for (std::size_t i = 0; i < weights_.layers.size(); ++i)
      check_layer(weights_.layers[i], "layer " + std::to_string(i) + " ");
  }

  void check_layer(const EncoderLayer<Scalar>& layer, const std::string& prefix) const {
    const Index hidden_size = config_.hidden_size;
    const Shape<2> square{hidden_size, hidden_size};
    const MultiHeadAttentionWeights<Scalar>& attention = layer.attention.weights();
    if (layer.attention.num_heads() != config_.num_heads)
      fail<ValueError>("Encoder: ", prefix, "must have num_heads heads; got ",
                       layer.attention.num_heads(), ", num_heads ", config_.num_heads);
    check_shape(attention.query_weight, square, prefix + "query_weight");
    check_shape(attention.key_weight, square, prefix + "key_weight");
    check_shape(attention.value_weight, square, prefix + "value_weight");
    check_shape(attention.output_weight, square, prefix + "output_weight");
    check_norm(layer.attention_norm, hidden_size, prefix + "attention_norm");
    check_linear(layer.intermediate, Shape<2>{config_.intermediate_size, hidden_size},
                 prefix + "intermediate");
    check_linear(layer.output, Shape<2>{hidden_size, config_.intermediate_size}, prefix + "output");
    check_norm(layer.output_norm, hidden_size, prefix + "output_norm");
  }

  EncoderConfig config_;
  EncoderWeights<Scalar> weights_;
};

}  // namespace eigenhead
