#pragma once

#include "eigenhead/models/checkpoint.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/encoder_config.hpp"

#include <filesystem>
#include <string>

namespace eigenhead {

namespace detail {

inline EncoderConfig read_electra_config(const ConfigReader& reader) {
  EncoderConfig config = reader.in_words_of_bert("electra", {256, 1024, 12, 4});
  reader.require_encoder();
  config.embedding_size = reader.value_or<Index>("embedding_size", 128);
  config.type_vocab_size = reader.value_or<Index>("type_vocab_size", 2);
  check_config(config, reader.function());
  return config;
}

inline CheckpointNames electra_names() {
  CheckpointNames names;
  names.prefix = "electra.";
  names.embedding_projection = "embeddings_project";
  return names;
}

}  // namespace detail

/// Reads an ELECTRA config.json. Keys that are absent have the defaults of electra-small. Throws as
/// load_bert_config.
///
/// ELECTRA is BERT without a pooler, whose embeddings may be narrower than its layers. Its
/// generator's masked-language-model head and its discriminator's head are not there.
/// Source: Clark et al. 2020; transformers' modeling_electra.py.
inline EncoderConfig load_electra_config(const std::filesystem::path& path) {
  return detail::read_electra_config(detail::ConfigReader(path, "load_electra_config"));
}

}  // namespace eigenhead
