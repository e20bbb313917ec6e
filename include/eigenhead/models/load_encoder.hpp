#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/models/bert.hpp"
#include "eigenhead/models/distilbert.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_model.hpp"

#include <filesystem>
#include <string>

namespace eigenhead {

namespace detail {

/// The model_type of a config.json: "bert" or "distilbert". Throws ValueError for other families.
inline std::string read_model_type(const std::filesystem::path& path) {
  const std::string function = "load_encoder_config";
  const std::string source = path.string();
  const std::string model_type = json_value<std::string>(
      parse_json(read_file(path, function), function, source), "model_type", function, source);
  check<ValueError>(model_type == "bert" || model_type == "distilbert",
                    function + ": model_type must be \"bert\" or \"distilbert\"", "model_type",
                    quote(model_type), "in", quote(source));
  return model_type;
}

}  // namespace detail

/// Reads the config.json of any family that there is, by its model_type.
/// Throws ValueError for another family, else as load_bert_config and load_distilbert_config.
inline EncoderConfig load_encoder_config(const std::filesystem::path& path) {
  return detail::read_model_type(path) == "bert" ? load_bert_config(path)
                                                 : load_distilbert_config(path);
}

/// Loads a model of any family that there is: Bert or DistilBert, by the model_type of config.json.
///
/// @param folder  a folder, or the name of a model in the local Hugging Face cache
/// @throws as load_encoder_config, Bert::from_pretrained and DistilBert::from_pretrained
template <class Scalar>
EncoderModel<Scalar> load_encoder(const std::string& folder) {
  const std::filesystem::path path = find_model_folder(folder);
  if (detail::read_model_type(path / "config.json") == "bert")
    return Bert<Scalar>::from_pretrained(path.string());
  return DistilBert<Scalar>::from_pretrained(path.string());
}

}  // namespace eigenhead
