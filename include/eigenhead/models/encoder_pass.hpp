#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/vector_rows.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/encoder_output.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/encoder_workspace.hpp"
#include "eigenhead/models/packed_encoder.hpp"
#include "eigenhead/models/sequence_attention.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/layer_norm.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace eigenhead::detail {

template <class Scalar>
void normalize(const LayerNormWeights<Scalar>& norm, const EncoderConfig& config,
               const TensorView<Scalar, 2>& rows) {
  layer_norm<Scalar>(rows, norm.gain, norm.bias, static_cast<Scalar>(config.layer_norm_epsilon),
                     rows);
}

/// One call of an encoder. Places is PaddedPlaces or RaggedPlaces.
template <class Scalar, class Places>
class EncoderPass {
 public:
  using Output = typename Places::Output;

  EncoderPass(const EncoderConfig& config, const PackedEncoder<Scalar>& model,
              const TokenBatch& batch, Output& output, const EncoderOptions& options,
              const EncoderHooks<Scalar>& hooks)
      : config_(config),
        model_(model),
        batch_(batch),
        output_(output),
        places_(batch, output),
        options_(options),
        hooks_(hooks) {
    prepare_output();
  }

  /// Encodes the sequences of a part and writes everything that is wanted of them.
  void encode(const BatchPart& part, EncoderArena<Scalar>& arena, Executor* executor) const {
    const TensorView<Scalar, 2> hidden = arena.hidden.view(part.num_tokens, config_.hidden_size);
    embed(part, hidden, arena, executor);
    show_state(0, part, hidden);
    for (int i = 0; i < config_.num_layers; ++i) {
      run_layer(i, part, hidden, arena, executor);
      show_state(i + 1, part, hidden);
    }
    show_rows(part, hidden, output_.last_hidden_state);
    if (model_.pooler) pool(part, hidden, arena, executor);
    for (Index b = part.first; b < part.last; ++b) places_.finish(b);
  }

 private:
  void prepare_output() {
    const auto shape = places_.rows_shape(config_.hidden_size);
    const auto is_chosen = [this](int layer) { return is_chosen_layer(layer); };
    set_shape(output_.last_hidden_state, shape);
    set_shapes(output_.hidden_states, options_.with_hidden_states ? config_.num_layers + 1 : 0,
               shape, [](int) { return true; });
    for (auto* tensors : {&output_.queries, &output_.keys, &output_.values})
      set_shapes(*tensors, options_.with_queries_keys_values ? config_.num_layers : 0, shape,
                 is_chosen);
    Index num_heads = config_.num_heads;
    if (!options_.heads.empty()) num_heads = static_cast<Index>(options_.heads.size());
    if (options_.has_averaged_attentions) num_heads = 1;
    places_.prepare_attentions(options_.with_attentions ? config_.num_layers : 0, num_heads,
                               is_chosen);
    const Shape<2> pooled{batch_.batch_size(), config_.hidden_size};
    set_shape(output_.pooler_output, model_.pooler ? pooled : Shape<2>());
  }

  bool is_chosen_layer(int layer) const {
    const std::vector<int>& layers = options_.layers;
    return layers.empty() || std::find(layers.begin(), layers.end(), layer) != layers.end();
  }

  bool wants_attention(int layer) const {
    return options_.with_attentions && is_chosen_layer(layer);
  }

  /// Calls function(b, rows of sequence b) for the sequences of a part that have tokens; `rows` are
  /// those of the part.
  template <class Function>
  void for_each_sequence(const BatchPart& part, const TensorView<Scalar, 2>& rows,
                         const Function& function) const {
    Index begin = 0;
    for (Index b = part.first; b < part.last; ++b) {
      const Index end = begin + batch_[b].length();
      if (begin < end) function(b, rows.slice(0, begin, end));
      begin = end;
    }
  }

  /// hidden = projection(norm(word embedding + token type embedding + position embedding))
  void embed(const BatchPart& part, const TensorView<Scalar, 2>& hidden,
             EncoderArena<Scalar>& arena, Executor* executor) const {
    const bool is_projected = model_.embedding_projection.has_value();
    const TensorView<Scalar, 2> embeddings =
        is_projected ? arena.embeddings.view(part.num_tokens, config_.table_width()) : hidden;
    for_each_sequence(part, embeddings, [&](Index b, const TensorView<Scalar, 2>& rows) {
      const TokenSequence& sequence = batch_[b];
      set_position_ids(sequence, arena.position_ids);
      const auto chosen = [&](const Tensor<Scalar, 2>& table,
                              const std::vector<std::int32_t>& ids) {
        return RowTable<Scalar>{table, {ids.data(), Shape<1>{sequence.length()}}};
      };
      const RowTable<Scalar> words = chosen(model_.word_embeddings, sequence.token_ids);
      const RowTable<Scalar> positions = chosen(model_.position_embeddings, arena.position_ids);
      if (config_.type_vocab_size > 0)
        gather_rows<Scalar>(
            {words, chosen(model_.token_type_embeddings, sequence.token_type_ids), positions},
            rows);
      else
        gather_rows<Scalar>({words, positions}, rows);
    });
    normalize(model_.embedding_norm, config_, embeddings);
    if (is_projected) model_.embedding_projection->apply(embeddings, hidden, executor);
  }

  void set_position_ids(const TokenSequence& sequence, std::vector<std::int32_t>& ids) const {
    ids = sequence.position_ids;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (config_.has_positions_without_padding) ids[i] = static_cast<std::int32_t>(i);
      ids[i] += static_cast<std::int32_t>(config_.position_offset);
    }
  }

  /// Replaces hidden [n, C] by the layer's output.
  void run_layer(int number, const BatchPart& part, const TensorView<Scalar, 2>& hidden,
                 EncoderArena<Scalar>& arena, Executor* executor) const {
    const PackedEncoderLayer<Scalar>& layer = model_.layers[static_cast<std::size_t>(number)];
    const Index n = part.num_tokens;
    const TensorView<Scalar, 2> projected = arena.wide.view(n, 3 * config_.hidden_size);
    layer.query_key_value.apply(hidden, projected, executor);
    show_projections(number, part, projected);
    const TensorView<Scalar, 2> attended = arena.attended.view(n, config_.hidden_size);
    attend(number, part, projected, attended, executor);
    layer.attention_output.add_to(hidden, attended, executor);
    normalize(layer.attention_norm, config_, hidden);

    const TensorView<Scalar, 2> intermediate = arena.wide.view(n, config_.intermediate_size);
    layer.intermediate.apply(hidden, intermediate, executor, config_.activation);
    layer.output.add_to(hidden, intermediate, executor);
    normalize(layer.output_norm, config_, hidden);
  }

  /// attended [n, C] from projected [n, 3C], sequence by sequence
  void attend(int number, const BatchPart& part, const TensorView<Scalar, 2>& projected,
              const TensorView<Scalar, 2>& attended, Executor* executor) const {
    Index begin = 0;
    for_each_sequence(part, projected, [&](Index b, const TensorView<Scalar, 2>& rows) {
      const Index length = rows.extent(0);
      const TensorView<Scalar, 2> output = attended.slice(0, begin, begin + length);
      begin += length;
      const SequenceAttention<Scalar> attention(config_, model_, rows, batch_[b].position_ids,
                                                executor);
      if (hooks_.attention) return attend_with_hook(number, b, attention, output);
      attention.attend(output);
      if (wants_attention(number)) attention.show_weights(options_, places_.attention(number, b));
    });
  }

  /// The weights are computed, edited, applied and shown.
  void attend_with_hook(int number, Index b, const SequenceAttention<Scalar>& attention,
                        const TensorView<Scalar, 2>& output) const {
    const Index length = output.extent(0);
    Tensor<Scalar, 3> weights(Shape<3>{config_.num_heads, length, length});
    attention.all_weights(weights);
    hooks_.attention(number, b, weights);
    attention.apply_weights(weights, output);
    if (!wants_attention(number)) return;
    const TensorView<Scalar, 3> shown = places_.attention(number, b);
    if (options_.has_averaged_attentions) {
      shown.fill(0);
      for (Index h = 0; h < config_.num_heads; ++h)
        shown.matrix(0) += weights.matrix(h) / static_cast<Scalar>(config_.num_heads);
      return;
    }
    for (Index i = 0; i < shown.extent(0); ++i)
      shown.matrix(i) =
          weights.matrix(options_.heads.empty() ? i : options_.heads[static_cast<std::size_t>(i)]);
  }

  void show_projections(int number, const BatchPart& part,
                        const TensorView<Scalar, 2>& projected) const {
    const auto layer = static_cast<std::size_t>(number);
    Index begin = 0;
    for (auto* tensors : {&output_.queries, &output_.keys, &output_.values}) {
      if (!tensors->empty())
        show_rows(part, projected.slice(1, begin, begin + config_.hidden_size), (*tensors)[layer]);
      begin += config_.hidden_size;
    }
  }

  void show_state(int number, const BatchPart& part, const TensorView<Scalar, 2>& hidden) const {
    if (hooks_.hidden_state)
      for_each_sequence(part, hidden, [&](Index b, const TensorView<Scalar, 2>& rows) {
        hooks_.hidden_state(number, b, rows);
      });
    if (!output_.hidden_states.empty())
      show_rows(part, hidden, output_.hidden_states[static_cast<std::size_t>(number)]);
  }

  /// Copies the rows of a part to their places, unless the tensor is not wanted.
  template <class Tensor>
  void show_rows(const BatchPart& part, const TensorView<Scalar, 2>& rows, Tensor& tensor) const {
    if (tensor.is_empty()) return;
    for_each_sequence(part, rows, [&](Index b, const TensorView<Scalar, 2>& sequence) {
      places_.rows(tensor, b).matrix() = sequence.matrix();
    });
  }

  /// pooler_output = tanh(pooler(first rows)), zeros for a sequence without any token
  void pool(const BatchPart& part, const TensorView<Scalar, 2>& hidden, EncoderArena<Scalar>& arena,
            Executor* executor) const {
    const TensorView<Scalar, 2> first_rows =
        arena.first_rows.view(part.last - part.first, config_.hidden_size);
    first_rows.fill(0);
    for_each_sequence(part, hidden, [&](Index b, const TensorView<Scalar, 2>& rows) {
      first_rows.vector(b - part.first) = rows.vector(0);
    });
    const TensorView<Scalar, 2> pooled = output_.pooler_output.slice(0, part.first, part.last);
    model_.pooler->apply(first_rows, pooled, executor, Activation::tanh);
    for (Index b = part.first; b < part.last; ++b)
      if (batch_[b].length() == 0) output_.pooler_output.vector(b).setZero();
  }

  const EncoderConfig& config_;
  const PackedEncoder<Scalar>& model_;
  const TokenBatch& batch_;
  Output& output_;
  Places places_;
  const EncoderOptions& options_;
  const EncoderHooks<Scalar>& hooks_;
};

}  // namespace eigenhead::detail
