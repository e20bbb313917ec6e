#pragma once

#include "eigenhead/models/checkpoint.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/encoder_config.hpp"

#include <filesystem>
#include <string>

namespace eigenhead {

/// Reads an ELECTRA config.json. Keys that are absent have the defaults of electra-small. Throws as
/// load_bert_config.
///
/// ELECTRA is BERT without a pooler, whose embeddings may be narrower than its layers. Its
/// generator's masked-language-model head and its discriminator's head are not there.
/// Source: Clark et al. 2020; transformers' modeling_electra.py.
inline EncoderConfig load_electra_config(const std::filesystem::path& path) {
  const std::string function = "load_electra_config";
  const detail::ConfigReader reader(path, function);
  EncoderConfig config = reader.common("electra");
  reader.require_false("is_decoder");
  reader.require_false("add_cross_attention");
  reader.require_text("position_embedding_type", "absolute");
  config.embedding_size = reader.value_or<Index>("embedding_size", 128);
  config.hidden_size = reader.value_or<Index>("hidden_size", 256);
  config.intermediate_size = reader.value_or<Index>("intermediate_size", 1024);
  config.num_layers = reader.value_or<int>("num_hidden_layers", 12);
  config.num_heads = reader.value_or<int>("num_attention_heads", 4);
  config.type_vocab_size = reader.value_or<Index>("type_vocab_size", 2);
  config.activation = reader.activation("hidden_act");
  config.layer_norm_epsilon = reader.value_or<double>("layer_norm_eps", 1e-12);
  check_config(config, function);
  return config;
}

namespace detail {

/// BERT's layers under another prefix.
inline CheckpointNames electra_names() {
  CheckpointNames names;
  names.prefix = "electra.";
  names.layers = "encoder.layer";
  names.query = "attention.self.query";
  names.key = "attention.self.key";
  names.value = "attention.self.value";
  names.attention_output = "attention.output.dense";
  names.attention_norm = "attention.output.LayerNorm";
  names.intermediate = "intermediate.dense";
  names.output = "output.dense";
  names.output_norm = "output.LayerNorm";
  names.embedding_projection = "embeddings_project";
  return names;
}

}  // namespace detail

}  // namespace eigenhead
