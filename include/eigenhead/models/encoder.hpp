#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_precision.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_description.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/encoder_output.hpp"
#include "eigenhead/models/encoder_pass.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/encoder_workspace.hpp"
#include "eigenhead/models/packed_encoder.hpp"
#include "eigenhead/models/token_batch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// A post-LayerNorm transformer encoder: embeddings, then layers of attention and feed-forward.
///
/// The tokens of all sequences of a batch go through each product together; attention runs inside
/// each sequence; nothing is computed for padding. The bits of a sequence depend neither on the
/// other sequences, nor on padding, on the number of threads or on what else is asked for. Objects
/// are const after construction; any number of threads may call them. Source: Devlin et al. 2018;
/// transformers' modeling_bert.py and modeling_distilbert.py.
template <class Scalar>
class Encoder {
 public:
  /// Packs the weights for the kernel set that is active now, and keeps that set.
  ///
  /// @throws ValueError or ShapeError when the weights do not have the sizes of the configuration
  Encoder(EncoderConfig config, EncoderWeights<Scalar> weights, const PackingOptions& packing = {})
      : config_(std::move(config)), precision_(packing.precision) {
    check_config(config_, "Encoder");
    check<ValueError>(static_cast<int>(weights.layers.size()) == config_.num_layers,
                      "Encoder: weights must have num_layers layers", "layers",
                      weights.layers.size(), "num_layers", config_.num_layers);
    std::vector<EncoderLayer<Scalar>> layers = std::move(weights.layers);
    detail::check_weights(weights, config_);
    for (std::size_t i = 0; i < layers.size(); ++i)
      detail::check_layer(layers[i], config_, "Encoder: layer " + std::to_string(i) + " ");
    const auto pack_layer = [&](int i) {
      return detail::pack(std::move(layers[static_cast<std::size_t>(i)]), packing.precision);
    };
    model_ = detail::pack(config_, std::move(weights), pack_layer, packing);
  }

  /// For loaders: the same with layers that are read matrix by matrix while they are packed, so
  /// that little of a checkpoint is in memory twice. `weights` has all but the layers;
  /// `pack_layer(i)` is called on the threads of packing.executor.
  Encoder(EncoderConfig config, EncoderWeights<Scalar> weights,
          const std::function<detail::PackedEncoderLayer<Scalar>(int)>& pack_layer,
          const PackingOptions& packing)
      : config_(std::move(config)), precision_(packing.precision) {
    check_config(config_, "Encoder");
    detail::check_weights(weights, config_);
    model_ = detail::pack(config_, std::move(weights), pack_layer, packing);
  }

  const EncoderConfig& config() const { return config_; }
  bool has_pooler() const { return model_.pooler.has_value(); }

  /// [V, E]; also the decoder of a masked-language-model head that has none of its own.
  const Tensor<Scalar, 2>& word_embeddings() const { return model_.word_embeddings; }

  /// Encodes every sequence of the batch.
  ///
  /// @return last_hidden_state [B, T, C], pooler_output [B, C] where there is a pooler, and what
  ///         the options ask for
  /// @throws ValueError when a token id is outside the vocabulary, a token type outside
  ///         type_vocab_size or a sequence longer than max_length, naming the place, or when
  ///         options name a layer or head that is not there; nothing has been computed then
  ///
  /// A model without token types (DistilBERT) does not look at those of the batch.
  EncoderOutput<Scalar> operator()(const TokenBatch& batch, const EncoderOptions& options = {},
                                   const EncoderHooks<Scalar>& hooks = {}) const {
    EncoderOutput<Scalar> output;
    EncoderWorkspace<Scalar> workspace;
    encode(batch, output, workspace, options, hooks);
    return output;
  }

  /// The same without padding in the output.
  RaggedEncoderOutput<Scalar> encode_ragged(const TokenBatch& batch,
                                            const EncoderOptions& options = {},
                                            const EncoderHooks<Scalar>& hooks = {}) const {
    RaggedEncoderOutput<Scalar> output;
    EncoderWorkspace<Scalar> workspace;
    encode(batch, output, workspace, options, hooks);
    return output;
  }

  /// The same into an output and with a workspace that the caller keeps, for programs that encode
  /// in a loop. What is in the output is replaced; its memory stays where shapes agree.
  void encode(const TokenBatch& batch, EncoderOutput<Scalar>& output,
              EncoderWorkspace<Scalar>& workspace, const EncoderOptions& options = {},
              const EncoderHooks<Scalar>& hooks = {}) const {
    run<detail::PaddedPlaces<Scalar>>(batch, output, workspace, options, hooks);
  }
  void encode(const TokenBatch& batch, RaggedEncoderOutput<Scalar>& output,
              EncoderWorkspace<Scalar>& workspace, const EncoderOptions& options = {},
              const EncoderHooks<Scalar>& hooks = {}) const {
    run<detail::RaggedPlaces<Scalar>>(batch, output, workspace, options, hooks);
  }

  /// Sizes, kernels, precision and memory of this model.
  EncoderDescription describe() const {
    EncoderDescription description;
    description.config = config_;
    description.kernel_set = model_.layers.front().output.weight.kernel_set();
    description.precision = precision_;
    detail::count_parameters(model_, description);
    return description;
  }

 private:
  /// Tokens that go through the layers together. More would only push the tokens out of the cache,
  /// fewer would read the weights more often.
  static constexpr Index kTokensOfPart = 512;

  template <class Places>
  void run(const TokenBatch& batch, typename Places::Output& output,
           EncoderWorkspace<Scalar>& workspace, const EncoderOptions& options,
           const EncoderHooks<Scalar>& hooks) const {
    check_batch(batch);
    check_options(options);
    const detail::EncoderPass<Scalar, Places> pass(config_, model_, batch, output, options, hooks);
    const bool is_divided_by_texts = cut(batch, options.executor, workspace.parts);
    const auto encode_parts = [&](Index begin, Index end) {
      std::unique_ptr<detail::EncoderArena<Scalar>> arena = workspace.take_arena();
      for (Index i = begin; i < end; ++i)
        pass.encode(workspace.parts[static_cast<std::size_t>(i)], *arena,
                    is_divided_by_texts ? nullptr : options.executor);
      workspace.give_back(std::move(arena));
    };
    const auto num_parts = static_cast<Index>(workspace.parts.size());
    if (is_divided_by_texts)
      parallel_for(*options.executor, num_parts, 1, encode_parts);
    else
      encode_parts(0, num_parts);
  }

  /// Cuts the batch into parts; returns whether each thread shall encode parts by itself. With less
  /// than a part for each thread, the threads share the products of every part instead.
  static bool cut(const TokenBatch& batch, Executor* executor,
                  std::vector<detail::BatchPart>& parts) {
    const Index concurrency = executor ? executor->concurrency() : 1;
    if (concurrency > 1) {
      Index num_tokens = 0;
      for (Index b = 0; b < batch.batch_size(); ++b) num_tokens += batch[b].length();
      const Index share = (num_tokens + concurrency - 1) / concurrency;
      detail::cut_batch(batch, std::min(share, kTokensOfPart), parts);
      if (static_cast<Index>(parts.size()) >= concurrency) return true;
    }
    detail::cut_batch(batch, kTokensOfPart, parts);
    return false;
  }

  void check_options(const EncoderOptions& options) const {
    const auto check_numbers = [](const std::vector<int>& numbers, int count, const char* rule) {
      for (const int number : numbers)
        if (number < 0 || number >= count)
          fail<ValueError>("Encoder: ", rule, ' ', count, "; got ", number);
    };
    check_numbers(options.layers, config_.num_layers, "layers must be >= 0 and < num_layers");
    check_numbers(options.heads, config_.num_heads, "heads must be >= 0 and < num_heads");
    check<ValueError>(
        !options.has_averaged_attentions || options.heads.empty(),
        "Encoder: heads must be empty with has_averaged_attentions, the mean over all", "heads",
        options.heads.size());
  }

  void check_batch(const TokenBatch& batch) const {
    check<ValueError>(batch.padded_length() <= config_.max_length(),
                      "Encoder: a sequence must not be longer than the positions of the model",
                      "length", batch.padded_length(), "positions", config_.max_length(),
                      "truncate it when encoding the text");
    for (Index b = 0; b < batch.batch_size(); ++b)
      for (Index i = 0; i < batch[b].length(); ++i) check_token(batch[b], b, i);
  }

  void check_token(const TokenSequence& sequence, Index b, Index i) const {
    const std::int32_t id = sequence.token_ids[static_cast<std::size_t>(i)];
    if (id < 0 || id >= config_.vocab_size)
      fail<ValueError>("Encoder: token id must be >= 0 and < vocab_size ", config_.vocab_size,
                       "; got ", id, " at ",
                       Shape<2>{b, sequence.position_ids[static_cast<std::size_t>(i)]},
                       "; was another vocabulary used to tokenize?");
    const std::int32_t type = sequence.token_type_ids[static_cast<std::size_t>(i)];
    if (config_.type_vocab_size > 0 && (type < 0 || type >= config_.type_vocab_size))
      fail<ValueError>("Encoder: token type id must be >= 0 and < type_vocab_size ",
                       config_.type_vocab_size, "; got ", type, " at ",
                       Shape<2>{b, sequence.position_ids[static_cast<std::size_t>(i)]});
  }

  EncoderConfig config_;
  MatmulPrecision precision_;
  detail::PackedEncoder<Scalar> model_;
};

}  // namespace eigenhead
