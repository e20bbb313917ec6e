#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/models/checkpoint.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/relative_positions.hpp"

#include <filesystem>
#include <string>

namespace eigenhead {

namespace detail {

inline EncoderConfig read_mpnet_config(const ConfigReader& reader) {
  const char* const kBuckets = "relative_attention_num_buckets";
  EncoderConfig config = reader.in_words_of_bert("mpnet");
  config.num_relative_buckets = reader.value_or<Index>(kBuckets, 32);
  check<ValueError>(
      config.num_relative_buckets >= kFewestBuckets && config.num_relative_buckets <= kMostBuckets,
      reader.function() + ": " + kBuckets + " must be >= 4 and < 512", kBuckets,
      config.num_relative_buckets, "in", quote(reader.source()));
  config.position_offset = 2;  // behind the padding's position, 1 whatever pad_token_id says
  config.has_positions_without_padding = true;
  check_config(config, reader.function());
  return config;
}

inline CheckpointNames mpnet_names() {
  CheckpointNames names;
  names.prefix = "mpnet.";
  names.query = "attention.attn.q";
  names.key = "attention.attn.k";
  names.value = "attention.attn.v";
  names.attention_output = "attention.attn.o";
  names.attention_norm = "attention.LayerNorm";
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

/// Reads an MPNet config.json, such as that of all-mpnet-base-v2. Keys that are absent have the
/// defaults of mpnet-base. Throws as load_bert_config, and ValueError for numbers of relative
/// buckets to which MPNet's rule does not apply.
///
/// MPNet is BERT without token types, with a bias for the distance of query and key on every
/// layer's scores, and with positions that count from 2.
/// Source: Song et al. 2020; transformers' modeling_mpnet.py.
inline EncoderConfig load_mpnet_config(const std::filesystem::path& path) {
  return detail::read_mpnet_config(detail::ConfigReader(path, "load_mpnet_config"));
}

}  // namespace eigenhead
