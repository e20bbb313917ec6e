#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"

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
inline std::vector<std::string> read_labels(const nlohmann::json& config,
                                            const std::string& function,
                                            const std::string& source) {
  std::vector<std::string> labels;
  const auto found = config.find("id2label");
  if (found == config.end() || found->is_null()) return labels;
  check<FormatError>(found->is_object(),
                     function + ": " + quote(source) + " must have an object under \"id2label\"",
                     "type", found->type_name());
  for (std::size_t i = 0; i < found->size(); ++i)
    labels.push_back(
        json_value<std::string>(*found, std::to_string(i), function, source + ", id2label"));
  return labels;
}

}  // namespace detail

/// Reads the keys `architectures` (the first), `id2label` and `problem_type` of a config.json, and
/// what CrossEncoder stores there.
///
/// @throws FileError or FormatError when the file is absent or broken, or id2label does not number
///         its labels from 0
inline TaskConfig load_task_config(const std::filesystem::path& path) {
  const std::string function = "load_task_config";
  const std::string source = path.string();
  const nlohmann::json json = parse_json(read_file(path, function), function, source);
  const auto text = [&](const nlohmann::json& object, const char* key) {
    return json_value_or<std::string>(object, key, "", function, source);
  };
  TaskConfig config;
  config.problem_type = text(json, "problem_type");
  config.cross_encoder_activation = text(json, "sbert_ce_default_activation_function");
  if (json.contains("sentence_transformers"))
    config.cross_encoder_activation = text(json.at("sentence_transformers"), "activation_fn");
  config.labels = detail::read_labels(json, function, source);
  const auto architectures = json.find("architectures");
  const bool is_named = architectures != json.end() && architectures->is_array() &&
                        !architectures->empty() && architectures->front().is_string();
  if (is_named) config.architecture = architectures->front().get<std::string>();
  return config;
}

}  // namespace eigenhead
