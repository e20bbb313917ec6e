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

inline EncoderConfig read_distilbert_config(const ConfigReader& reader) {
  EncoderConfig config = reader.common("distilbert");
  config.hidden_size = reader.value_or<Index>("dim", 768);
  config.intermediate_size = reader.value_or<Index>("hidden_dim", 3072);
  config.num_layers = reader.value_or<int>("n_layers", 6);
  config.num_heads = reader.value_or<int>("n_heads", 12);
  config.activation = reader.activation(reader.text_or("activation", "gelu"));
  check_config(config, reader.function());
  return config;
}

inline CheckpointNames distilbert_names() {
  CheckpointNames names;
  names.prefix = "distilbert.";
  names.layers = "transformer.layer";
  names.query = "attention.q_lin";
  names.key = "attention.k_lin";
  names.value = "attention.v_lin";
  names.attention_output = "attention.out_lin";
  names.attention_norm = "sa_layer_norm";
  names.intermediate = "ffn.lin1";
  names.output = "ffn.lin2";
  names.output_norm = "output_layer_norm";
  names.head_transform = "vocab_transform";
  names.head_norm = "vocab_layer_norm";
  names.head_decoder = "vocab_projector.weight";
  names.head_bias = "vocab_projector.bias";
  return names;
}

}  // namespace detail

/// Reads a DistilBERT config.json: its words `dim`, `hidden_dim`, `n_layers`, `n_heads` and
/// `activation` become the library's. Keys that are absent have the defaults of distilbert-base.
/// Throws FileError, FormatError, or ValueError when the file is absent, broken or of another
/// family.
inline EncoderConfig load_distilbert_config(const std::filesystem::path& path) {
  return detail::read_distilbert_config(detail::ConfigReader(path, "load_distilbert_config"));
}

/// DistilBERT, with its masked-language-model head where the checkpoint has one.
///
///     const auto model = DistilBert<float>::from_pretrained("examples/models/tiny-distilbert");
///     const EncoderOutput<float> output = model(tokenizer.encode("A sentence."));
///
/// Float runs in float32 and double in float64 throughout, whatever type the checkpoint stores.
/// Source: Sanh et al. 2019; transformers' modeling_distilbert.py. Example:
/// examples/04_sentence_attention.cpp
template <class Scalar>
class DistilBert : public EncoderModel<Scalar> {
 public:
  using EncoderModel<Scalar>::EncoderModel;

  /// Loads a folder in Hugging Face's layout: config.json and model.safetensors, or its shards
  /// (F32, F64, F16 or BF16; names with the prefix "distilbert." or without).
  ///
  /// @param folder   a folder, or the name of a model in the local Hugging Face cache
  /// @param packing  precision of the products, and where they are packed
  /// @throws FileError, FormatError, ValueError or ShapeError, naming the file or tensor
  static DistilBert from_pretrained(const std::string& folder, const PackingOptions& packing = {}) {
    const std::filesystem::path path = find_model_folder(folder);
    return DistilBert(detail::load_checkpoint<Scalar>(
        path, load_distilbert_config(path / "config.json"), detail::distilbert_names(),
        "DistilBert::from_pretrained", packing));
  }

 private:
  explicit DistilBert(EncoderModel<Scalar> model) : EncoderModel<Scalar>(std::move(model)) {}
};

}  // namespace eigenhead
