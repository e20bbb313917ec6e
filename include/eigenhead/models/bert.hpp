#pragma once

#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/models/checkpoint.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_options.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace eigenhead {

namespace detail {

inline EncoderConfig read_bert_config(const ConfigReader& reader) {
  EncoderConfig config = reader.in_words_of_bert("bert");
  reader.require_encoder();
  config.type_vocab_size = reader.value_or<Index>("type_vocab_size", 2);
  check_config(config, reader.function());
  return config;
}

inline CheckpointNames bert_names() {
  CheckpointNames names;
  names.prefix = "bert.";
  names.pooler = "pooler.dense";
  names.head_transform = "cls.predictions.transform.dense";
  names.head_norm = "cls.predictions.transform.LayerNorm";
  names.head_decoder = "cls.predictions.decoder.weight";
  names.head_bias = "cls.predictions.bias";
  names.head_other_bias = "cls.predictions.decoder.bias";
  names.next_sentence = "cls.seq_relationship";
  return names;
}

}  // namespace detail

/// Reads a BERT config.json. Keys that are absent have the defaults of bert-base.
///
/// Throws FileError, FormatError, or ValueError when the file is absent, broken or of another
/// family, or asks for a decoder, cross-attention or relative positions, which are not there.
inline EncoderConfig load_bert_config(const std::filesystem::path& path) {
  return detail::read_bert_config(detail::ConfigReader(path, "load_bert_config"));
}

/// BERT, with its pooler, masked-language-model head and next-sentence head where the checkpoint
/// has them. MiniLM, BGE, E5, GTE and many other sentence encoders are BERT, too.
///
///     const auto model = Bert<float>::from_pretrained("bert-base-uncased");
///     const EncoderOutput<float> output = model(tokenizer.encode_pair("A text.", "Another one."));
///
/// Float runs in float32 and double in float64 throughout, whatever type the checkpoint stores.
/// Source: Devlin et al. 2018; transformers' modeling_bert.py.
template <class Scalar>
class Bert : public EncoderModel<Scalar> {
 public:
  using EncoderModel<Scalar>::EncoderModel;

  /// Loads a folder in Hugging Face's layout: config.json and model.safetensors, or its shards
  /// (F32, F64, F16 or BF16; names with the prefix "bert." or without, and LayerNorm.gamma and
  /// LayerNorm.beta of old files).
  ///
  /// @param folder   a folder, or the name of a model in the local Hugging Face cache
  /// @param packing  precision of the products, and where they are packed
  /// @throws FileError, FormatError, ValueError or ShapeError, naming the file or tensor
  static Bert from_pretrained(const std::string& folder, const PackingOptions& packing = {}) {
    const std::filesystem::path path = find_model_folder(folder);
    return Bert(detail::load_checkpoint<Scalar>(path, load_bert_config(path / "config.json"),
                                                detail::bert_names(), "Bert::from_pretrained",
                                                packing));
  }

 private:
  explicit Bert(EncoderModel<Scalar> model) : EncoderModel<Scalar>(std::move(model)) {}
};

}  // namespace eigenhead
