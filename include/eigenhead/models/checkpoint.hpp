#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/masked_language_model_head.hpp"
#include "eigenhead/models/packed_encoder.hpp"
#include "eigenhead/models/relative_positions.hpp"
#include "eigenhead/models/weight_reader.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace eigenhead::detail {

/// How a family names its tensors: all but `decoder` and the two biases without the last word
/// (.weight or .bias), those of a layer without "<layers>.<number>.". Empty: the family has none.
/// Layers have BERT's names where a family says nothing else.
struct CheckpointNames {
  std::string prefix;  ///< of the encoder's tensors, which many files leave out
  std::string layers = "encoder.layer";
  std::string query = "attention.self.query";
  std::string key = "attention.self.key";
  std::string value = "attention.self.value";
  std::string attention_output = "attention.output.dense";
  std::string attention_norm = "attention.output.LayerNorm";
  std::string intermediate = "intermediate.dense";
  std::string output = "output.dense";
  std::string output_norm = "output.LayerNorm";
  std::string pooler = {};
  std::string embedding_projection = {};
  std::string relative_attention_bias = {};  ///< [buckets, H]
  std::string head_transform;
  std::string head_norm;
  std::string head_decoder;
  std::string head_bias;
  std::string head_other_bias = {};  ///< where the same bias may stand, too
  std::string next_sentence = {};
};

/// name.weight and name.bias, packed straight from the file
template <class Scalar>
PackedLinear<Scalar> read_packed(WeightReader<Scalar>& reader, const std::string& name,
                                 const Shape<2>& shape, MatmulPrecision precision) {
  PackedLinear<Scalar> linear;
  reader.look_at(name + ".weight", shape, [&](TensorView<const Scalar, 2> weight) {
    linear.weight = PackedMatrix<Scalar>(weight, precision);
  });
  linear.bias = reader.read(name + ".bias", Shape<1>{shape[0]});
  return linear;
}

/// Queries, keys and values as one map [3C, C]
template <class Scalar>
PackedLinear<Scalar> read_query_key_value(WeightReader<Scalar>& reader, Index hidden_size,
                                          const std::array<std::string, 3>& names,
                                          MatmulPrecision precision) {
  const Shape<2> square{hidden_size, hidden_size};
  const Shape<1> row{hidden_size};
  PackedLinear<Scalar> linear;
  reader.look_at(names[0] + ".weight", square, [&](TensorView<const Scalar, 2> query) {
    reader.look_at(names[1] + ".weight", square, [&](TensorView<const Scalar, 2> key) {
      reader.look_at(names[2] + ".weight", square, [&](TensorView<const Scalar, 2> value) {
        linear.weight = PackedMatrix<Scalar>({query, key, value}, precision);
      });
    });
  });
  const Tensor<Scalar, 1> query = reader.read(names[0] + ".bias", row);
  const Tensor<Scalar, 1> key = reader.read(names[1] + ".bias", row);
  const Tensor<Scalar, 1> value = reader.read(names[2] + ".bias", row);
  linear.bias = join<Scalar>({query, key, value});
  return linear;
}

template <class Scalar>
PackedEncoderLayer<Scalar> read_layer(WeightReader<Scalar>& reader, const EncoderConfig& config,
                                      const CheckpointNames& names, int number,
                                      MatmulPrecision precision) {
  const Index hidden_size = config.hidden_size;
  const Index wide = config.intermediate_size;
  const std::string layer = names.layers + "." + std::to_string(number) + ".";
  const auto linear = [&](const std::string& name, Index out_features, Index in_features) {
    return read_packed(reader, layer + name, Shape<2>{out_features, in_features}, precision);
  };
  const auto norm = [&](const std::string& name) {
    return reader.read_layer_norm(layer + name, hidden_size);
  };
  return {read_query_key_value(reader, hidden_size,
                               {layer + names.query, layer + names.key, layer + names.value},
                               precision),
          linear(names.attention_output, hidden_size, hidden_size),
          norm(names.attention_norm),
          linear(names.intermediate, wide, hidden_size),
          linear(names.output, hidden_size, wide),
          norm(names.output_norm)};
}

/// Everything but the layers.
template <class Scalar>
EncoderWeights<Scalar> read_all_but_layers(WeightReader<Scalar>& reader,
                                           const EncoderConfig& config,
                                           const CheckpointNames& names) {
  const Index hidden_size = config.hidden_size;
  const auto table = [&](const std::string& name, Index rows) {
    return reader.read("embeddings." + name + "_embeddings.weight",
                       Shape<2>{rows, config.table_width()});
  };
  EncoderWeights<Scalar> weights;
  weights.word_embeddings = table("word", config.vocab_size);
  weights.position_embeddings = table("position", config.max_position_embeddings);
  if (config.type_vocab_size > 0)
    weights.token_type_embeddings = table("token_type", config.type_vocab_size);
  weights.embedding_norm = reader.read_layer_norm("embeddings.LayerNorm", config.table_width());
  if (config.table_width() != hidden_size)
    weights.embedding_projection =
        reader.read_linear(names.embedding_projection, hidden_size, config.table_width());
  if (!names.relative_attention_bias.empty())
    weights.bias_by_distance = bias_by_distance<Scalar>(
        reader.read(names.relative_attention_bias + ".weight",
                    Shape<2>{config.num_relative_buckets, config.num_heads}),
        config.max_length());
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

template <class Scalar>
Encoder<Scalar> read_encoder(WeightReader<Scalar>& reader, const EncoderConfig& config,
                             const CheckpointNames& names, const PackingOptions& packing) {
  return Encoder<Scalar>(
      config, read_all_but_layers(reader, config, names),
      [&](int number) {
        auto layer = read_layer(reader, config, names, number, packing.precision);
        reader.release();
        return layer;
      },
      packing);
}

/// The heads of pre-training that the family has.
template <class Scalar>
EncoderHeads<Scalar> read_heads(WeightReader<Scalar>& reader, const Encoder<Scalar>& encoder,
                                const CheckpointNames& names) {
  EncoderHeads<Scalar> heads;
  heads.masked_language_model = read_masked_language_model_head(reader, encoder.config(), names);
  // Without a pooler the head has nothing to read: its tensors are then among the unused ones.
  if (encoder.has_pooler() && reader.contains(names.next_sentence + ".weight"))
    heads.next_sentence = reader.read_linear(names.next_sentence, 2, encoder.config().hidden_size);
  return heads;
}

/// The encoder in a folder and those of its heads that the family has.
template <class Scalar>
EncoderModel<Scalar> load_checkpoint(const std::filesystem::path& folder,
                                     const EncoderConfig& config, const CheckpointNames& names,
                                     const std::string& function,
                                     const PackingOptions& packing = {}) {
  const SafetensorsFile file = open_weights(folder);
  WeightReader<Scalar> reader(file, names.prefix, function);
  Encoder<Scalar> encoder = read_encoder(reader, config, names, packing);
  EncoderHeads<Scalar> heads = read_heads(reader, encoder, names);
  return EncoderModel<Scalar>(std::move(encoder), std::move(heads), reader.unused());
}

}  // namespace eigenhead::detail
