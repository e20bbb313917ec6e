#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/models/bert.hpp"
#include "eigenhead/models/checkpoint.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/distilbert.hpp"
#include "eigenhead/models/electra.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/mpnet.hpp"

#include <filesystem>
#include <string>

namespace eigenhead {

namespace detail {

/// How the files of a family are read.
struct EncoderFamily {
  const char* model_type;
  EncoderConfig (*read_config)(const ConfigReader& reader);
  CheckpointNames (*names)();
};

/// The family that the model_type of a config.json names. Throws ValueError for any other.
inline EncoderFamily family_of(const ConfigReader& reader) {
  const auto model_type = reader.value<std::string>("model_type");
  for (const EncoderFamily& family :
       {EncoderFamily{"bert", read_bert_config, bert_names},
        EncoderFamily{"distilbert", read_distilbert_config, distilbert_names},
        EncoderFamily{"electra", read_electra_config, electra_names},
        EncoderFamily{"mpnet", read_mpnet_config, mpnet_names}})
    if (model_type == family.model_type) return family;
  fail<ValueError>(
      reader.function(),
      ": model_type must be \"bert\", \"distilbert\", \"electra\" or \"mpnet\"; got model_type ",
      quote(model_type), ", in ", quote(reader.source()));
}

}  // namespace detail

/// Reads the config.json of any family that there is, by its model_type.
/// Throws ValueError for another family, else as load_bert_config and its relatives.
inline EncoderConfig load_encoder_config(const std::filesystem::path& path) {
  const detail::ConfigReader reader(path, "load_encoder_config");
  return detail::family_of(reader).read_config(reader);
}

/// Loads a model of any family that there is, by the model_type of config.json: BERT and all that
/// is BERT inside (MiniLM, BGE, E5, GTE, mxbai), DistilBERT, ELECTRA, MPNet.
///
/// @param folder   a folder, or the name of a model in the local Hugging Face cache
/// @param packing  precision of the products, and where they are packed
/// @throws as load_encoder_config; FileError, FormatError or ShapeError, naming the file or tensor
template <class Scalar>
EncoderModel<Scalar> load_encoder(const std::string& folder, const PackingOptions& packing = {}) {
  const std::filesystem::path path = find_model_folder(folder);
  const detail::ConfigReader reader(path / "config.json", "load_encoder_config");
  const detail::EncoderFamily family = detail::family_of(reader);
  return detail::load_checkpoint<Scalar>(path, family.read_config(reader), family.names(),
                                         "load_encoder", packing);
}

}  // namespace eigenhead
