#pragma once

#include "eigenhead/models/checkpoint.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/encoder_config.hpp"

#include <filesystem>
#include <string>

namespace eigenhead {

/// Reads an MPNet config.json, such as that of all-mpnet-base-v2. Keys that are absent have the
/// defaults of mpnet-base. Throws as load_bert_config.
///
/// MPNet is BERT without token types, with a bias for the distance of query and key on every
/// layer's scores, and with positions that count from 2.
/// Source: Song et al. 2020; transformers' modeling_mpnet.py.
inline EncoderConfig load_mpnet_config(const std::filesystem::path& path) {
  const std::string function = "load_mpnet_config";
  const detail::ConfigReader reader(path, function);
  EncoderConfig config = reader.common("mpnet");
  config.hidden_size = reader.value_or<Index>("hidden_size", 768);
  config.intermediate_size = reader.value_or<Index>("intermediate_size", 3072);
  config.num_layers = reader.value_or<int>("num_hidden_layers", 12);
  config.num_heads = reader.value_or<int>("num_attention_heads", 12);
  config.num_relative_buckets = reader.value_or<Index>("relative_attention_num_buckets", 32);
  config.position_offset = 2;  // behind the padding's position, 1 whatever pad_token_id says
  config.has_positions_without_padding = true;
  config.activation = reader.activation("hidden_act");
  config.layer_norm_epsilon = reader.value_or<double>("layer_norm_eps", 1e-12);
  check_config(config, function);
  return config;
}

namespace detail {

inline CheckpointNames mpnet_names() {
  CheckpointNames names;
  names.prefix = "mpnet.";
  names.layers = "encoder.layer";
  names.query = "attention.attn.q";
  names.key = "attention.attn.k";
  names.value = "attention.attn.v";
  names.attention_output = "attention.attn.o";
  names.attention_norm = "attention.LayerNorm";
  names.intermediate = "intermediate.dense";
  names.output = "output.dense";
  names.output_norm = "output.LayerNorm";
  names.pooler = "pooler.dense";
  names.relative_attention_bias = "encoder.relative_attention_bias";
  names.head_transform = "lm_head.dense";
  names.head_norm = "lm_head.layer_norm";
  names.head_decoder = "lm_head.decoder.weight";
  names.head_bias = "lm_head.bias";
  names.head_other_bias = "lm_head.decoder.bias";
  return names;
}

}  // namespace detail

}  // namespace eigenhead
