#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/masked_language_model_head.hpp"
#include "eigenhead/models/weight_reader.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace eigenhead::detail {

/// How a family names its tensors: all but `decoder` and the two biases without the last word
/// (.weight or .bias), those of a layer without "<layers>.<number>.". Empty: the family has none.
struct CheckpointNames {
  std::string prefix;  ///< of the encoder's tensors, which many files leave out
  std::string layers;
  std::string query;
  std::string key;
  std::string value;
  std::string attention_output;
  std::string attention_norm;
  std::string intermediate;
  std::string output;
  std::string output_norm;
  std::string pooler = {};
  std::string head_transform;
  std::string head_norm;
  std::string head_decoder;
  std::string head_bias;
  std::string head_other_bias = {};  ///< where the same bias may stand, too
  std::string next_sentence = {};
};

template <class Scalar>
EncoderLayer<Scalar> read_layer(WeightReader<Scalar>& reader, const EncoderConfig& config,
                                const CheckpointNames& names, int number) {
  const Index hidden_size = config.hidden_size;
  const std::string layer = names.layers + "." + std::to_string(number) + ".";
  const auto projection = [&](const std::string& name) {
    return reader.read_linear(layer + name, hidden_size, hidden_size);
  };
  LinearWeights<Scalar> query = projection(names.query);
  LinearWeights<Scalar> key = projection(names.key);
  LinearWeights<Scalar> value = projection(names.value);
  LinearWeights<Scalar> output = projection(names.attention_output);
  MultiHeadAttentionWeights<Scalar> attention;
  attention.query_weight = std::move(query.weight);
  attention.query_bias = std::move(query.bias);
  attention.key_weight = std::move(key.weight);
  attention.key_bias = std::move(key.bias);
  attention.value_weight = std::move(value.weight);
  attention.value_bias = std::move(value.bias);
  attention.output_weight = std::move(output.weight);
  attention.output_bias = std::move(output.bias);
  return {MultiHeadAttention<Scalar>(config.num_heads, std::move(attention)),
          reader.read_layer_norm(layer + names.attention_norm, hidden_size),
          reader.read_linear(layer + names.intermediate, config.intermediate_size, hidden_size),
          reader.read_linear(layer + names.output, hidden_size, config.intermediate_size),
          reader.read_layer_norm(layer + names.output_norm, hidden_size)};
}

template <class Scalar>
EncoderWeights<Scalar> read_encoder(WeightReader<Scalar>& reader, const EncoderConfig& config,
                                    const CheckpointNames& names) {
  const Index hidden_size = config.hidden_size;
  const auto table = [&](const std::string& name, Index rows) {
    return reader.read("embeddings." + name + "_embeddings.weight", Shape<2>{rows, hidden_size});
  };
  EncoderWeights<Scalar> weights;
  weights.word_embeddings = table("word", config.vocab_size);
  weights.position_embeddings = table("position", config.max_position_embeddings);
  if (config.type_vocab_size > 0)
    weights.token_type_embeddings = table("token_type", config.type_vocab_size);
  weights.embedding_norm = reader.read_layer_norm("embeddings.LayerNorm", hidden_size);
  for (int i = 0; i < config.num_layers; ++i)
    weights.layers.push_back(read_layer(reader, config, names, i));
  if (!names.pooler.empty() && reader.contains(names.pooler + ".weight"))
    weights.pooler = reader.read_linear(names.pooler, hidden_size, hidden_size);
  // Buffers of old files: the numbers from 0, and zeros.
  reader.ignore("embeddings.position_ids");
  reader.ignore("embeddings.token_type_ids");
  return weights;
}

template <class Scalar>
std::optional<MaskedLanguageModelHead<Scalar>> read_masked_language_model_head(
    WeightReader<Scalar>& reader, const EncoderConfig& config, const CheckpointNames& names) {
  if (!reader.contains(names.head_transform + ".weight")) return std::nullopt;
  MaskedLanguageModelHead<Scalar> head;
  head.transform = reader.read_linear(names.head_transform, config.hidden_size, config.hidden_size);
  head.norm = reader.read_layer_norm(names.head_norm, config.hidden_size);
  head.bias = reader.read(names.head_bias, Shape<1>{config.vocab_size}, names.head_other_bias);
  reader.ignore(names.head_other_bias);
  if (!config.has_tied_decoder || reader.contains(names.head_decoder))
    head.decoder = reader.read(names.head_decoder, Shape<2>{config.vocab_size, config.hidden_size});
  return head;
}

/// The encoder in a folder and those of its heads that the family has.
template <class Scalar>
EncoderModel<Scalar> load_checkpoint(const std::filesystem::path& folder,
                                     const EncoderConfig& config, const CheckpointNames& names,
                                     const std::string& function) {
  const SafetensorsFile file = open_weights(folder);
  WeightReader<Scalar> reader(file, names.prefix, function);
  Encoder<Scalar> encoder(config, read_encoder(reader, config, names));
  EncoderHeads<Scalar> heads;
  heads.masked_language_model = read_masked_language_model_head(reader, config, names);
  // Without a pooler the head has nothing to read: its tensors are then among the unused ones.
  if (encoder.has_pooler() && reader.contains(names.next_sentence + ".weight"))
    heads.next_sentence = reader.read_linear(names.next_sentence, 2, config.hidden_size);
  return EncoderModel<Scalar>(std::move(encoder), std::move(heads), reader.unused());
}

}  // namespace eigenhead::detail
