#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/models/config_reader.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace eigenhead {

/// What a config.json says about the task that a checkpoint was trained for.
struct TaskConfig {
  /// Such as "BertForTokenClassification"; empty when the file does not say.
  std::string architecture = {};
  /// id2label in the order of the numbers; empty when the file has none.
  std::vector<std::string> labels = {};
  /// "regression", "single_label_classification", "multi_label_classification" or empty.
  std::string problem_type = {};
  /// What sentence-transformers' CrossEncoder applies to a single logit, such as
  /// "torch.nn.modules.linear.Identity"; empty when the file does not say.
  std::string cross_encoder_activation = {};
};

namespace detail {

/// The labels of {"0": ..., "1": ...}. Throws FormatError unless the keys are the numbers from 0
/// and the values texts.
inline std::vector<std::string> read_labels(const ConfigReader& reader) {
  std::vector<std::string> labels;
  const auto found = reader.json().find("id2label");
  if (found == reader.json().end() || found->is_null()) return labels;
  check<FormatError>(
      found->is_object(),
      reader.function() + ": " + quote(reader.source()) + " must have an object under \"id2label\"",
      "type", found->type_name());
  for (std::size_t i = 0; i < found->size(); ++i)
    labels.push_back(json_value<std::string>(*found, std::to_string(i), reader.function(),
                                             reader.source() + ", id2label"));
  return labels;
}

/// Where CrossEncoder stores its activation now, else where it did before.
inline std::string read_cross_encoder_activation(const ConfigReader& reader) {
  const std::string old = reader.text_or("sbert_ce_default_activation_function", "");
  const auto found = reader.json().find("sentence_transformers");
  if (found == reader.json().end() || found->is_null()) return old;
  return json_value_or<std::string>(*found, "activation_fn", old, reader.function(),
                                    reader.source() + ", sentence_transformers");
}

inline TaskConfig read_task_config(const ConfigReader& reader) {
  TaskConfig config;
  config.labels = read_labels(reader);
  config.problem_type = reader.text_or("problem_type", "");
  config.cross_encoder_activation = read_cross_encoder_activation(reader);
  const auto architectures = reader.json().find("architectures");
  const bool is_named = architectures != reader.json().end() && architectures->is_array() &&
                        !architectures->empty() && architectures->front().is_string();
  if (is_named) config.architecture = architectures->front().get<std::string>();
  return config;
}

}  // namespace detail

/// Reads the keys `architectures` (the first), `id2label` and `problem_type` of a config.json, and
/// what CrossEncoder stores there.
///
/// @throws FileError or FormatError when the file is absent or broken, or id2label does not number
///         its labels from 0
inline TaskConfig load_task_config(const std::filesystem::path& path) {
  return detail::read_task_config(detail::ConfigReader(path, "load_task_config"));
}

}  // namespace eigenhead
