#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/models/pooling.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace eigenhead {

/// What the files of a sentence-transformers folder say beside the weights.
struct SentenceConfig {
  std::filesystem::path transformer = {};  ///< the folder of the encoder
  std::vector<Pooling> pooling = {Pooling::mean};
  bool includes_prompt = true;  ///< false: the tokens of a prompt take no part in pooling
  /// What follows pooling: the folders of Dense modules; an empty path is Normalize.
  std::vector<std::filesystem::path> modules = {};
  std::optional<Index> max_seq_length = {};  ///< in tokens, special ones counted
  bool lowercases = false;                   ///< do_lower_case
  std::map<std::string, std::string> prompts = {};
  std::string default_prompt_name = {};  ///< empty: no prompt unless the caller names one
};

namespace detail {

/// A JSON file that may be absent: an empty object then.
inline nlohmann::json read_json_if_there(const std::filesystem::path& path,
                                         std::string_view function) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return nlohmann::json::object();
  return parse_json(read_file(path, function), function, path.string());
}

/// Transformer of sentence_transformers.models.Transformer.
inline std::string last_word(const std::string& python_path) {
  return python_path.substr(python_path.rfind('.') + 1);
}

struct PoolingWord {
  const char* word;     // under "pooling_mode"
  const char* old_key;  // of a boolean
  Pooling mode;
};

/// In the order in which old configurations concatenate.
inline constexpr PoolingWord kPoolingWords[] = {
    {"cls", "pooling_mode_cls_token", Pooling::cls},
    {"max", "pooling_mode_max_tokens", Pooling::max},
    {"mean", "pooling_mode_mean_tokens", Pooling::mean},
    {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", Pooling::mean_sqrt_length},
    {"weightedmean", "pooling_mode_weightedmean_tokens", Pooling::weighted_mean},
    {"lasttoken", "pooling_mode_lasttoken", Pooling::last}};

inline Pooling pooling_from_word(const nlohmann::json& word, const std::string& function,
                                 const std::string& source) {
  for (const PoolingWord& known : kPoolingWords)
    if (word == known.word) return known.mode;
  fail<FormatError>(function, ": ", quote(source),
                    " must name pooling modes cls, max, mean, mean_sqrt_len_tokens, weightedmean "
                    "or lasttoken; got ",
                    quote(word.dump()));
}

/// New files have a word or a list under "pooling_mode", old ones a boolean for each mode.
inline std::vector<Pooling> read_pooling_modes(const nlohmann::json& json,
                                               const std::string& function,
                                               const std::string& source) {
  std::vector<Pooling> modes;
  const auto words = json.find("pooling_mode");
  if (words != json.end() && !words->is_null()) {
    const nlohmann::json list = words->is_array() ? *words : nlohmann::json::array({*words});
    for (const nlohmann::json& word : list)
      modes.push_back(pooling_from_word(word, function, source));
  } else {
    for (const PoolingWord& known : kPoolingWords)
      if (json_value_or<bool>(json, known.old_key, false, function, source))
        modes.push_back(known.mode);
  }
  if (modes.empty()) modes.push_back(Pooling::mean);
  return modes;
}

/// Reads modules.json and what it points to.
inline void read_modules(const std::filesystem::path& folder, const std::string& function,
                         SentenceConfig& config) {
  const std::filesystem::path path = folder / "modules.json";
  const std::string source = path.string();
  const nlohmann::json list = parse_json(read_file(path, function), function, source);
  const std::string rule = function + ": " + quote(source) + " must ";
  check<FormatError>(list.is_array() && list.size() >= 2,
                     rule + "list a Transformer and a Pooling module", "elements", list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto type = last_word(json_value<std::string>(list[i], "type", function, source));
    const auto place = folder / json_value<std::string>(list[i], "path", function, source);
    const bool is_first = i == 0 && type == "Transformer";
    const bool is_second = i == 1 && type == "Pooling";
    const bool is_later = i >= 2 && (type == "Dense" || type == "Normalize");
    check<FormatError>(is_first || is_second || is_later,
                       rule + "list Transformer, Pooling, then any of Dense and Normalize",
                       "module", i, "type", quote(type));
    if (is_first) config.transformer = place;
    if (is_later) config.modules.push_back(type == "Dense" ? place : std::filesystem::path());
    if (!is_second) continue;
    const std::filesystem::path file = place / "config.json";
    const nlohmann::json pooling = parse_json(read_file(file, function), function, file.string());
    config.pooling = read_pooling_modes(pooling, function, file.string());
    config.includes_prompt =
        json_value_or<bool>(pooling, "include_prompt", true, function, file.string());
  }
}

inline void read_prompts(const std::filesystem::path& folder, const std::string& function,
                         SentenceConfig& config) {
  const std::filesystem::path path = folder / "config_sentence_transformers.json";
  const std::string source = path.string();
  const nlohmann::json json = read_json_if_there(path, function);
  config.default_prompt_name =
      json_value_or<std::string>(json, "default_prompt_name", "", function, source);
  const auto prompts = json.find("prompts");
  if (prompts == json.end() || prompts->is_null()) return;
  check<FormatError>(prompts->is_object(),
                     function + ": " + quote(source) + " must have an object under \"prompts\"",
                     "type", prompts->type_name());
  for (const auto& [name, prompt] : prompts->items())
    config.prompts[name] = json_value<std::string>(*prompts, name, function, source);
}

}  // namespace detail

/// Reads modules.json (without it: the folder itself with mean pooling, as sentence-transformers
/// does), the configuration of Pooling in its old and new words, sentence_bert_config.json and
/// config_sentence_transformers.json.
///
/// @throws FileError or FormatError for what is absent or broken, naming modules that are not
///         supported
inline SentenceConfig load_sentence_config(const std::filesystem::path& folder) {
  const std::string function = "load_sentence_config";
  SentenceConfig config;
  config.transformer = folder;
  std::error_code error;
  if (std::filesystem::exists(folder / "modules.json", error))
    detail::read_modules(folder, function, config);
  for (const char* name : {"sentence_bert_config.json", "sentence_distilbert_config.json"}) {
    const std::filesystem::path path = config.transformer / name;
    const nlohmann::json json = detail::read_json_if_there(path, function);
    if (json.contains("max_seq_length") && !json.at("max_seq_length").is_null())
      config.max_seq_length = json_value<Index>(json, "max_seq_length", function, path.string());
    if (json_value_or<bool>(json, "do_lower_case", false, function, path.string()))
      config.lowercases = true;
  }
  detail::read_prompts(folder, function, config);
  return config;
}

}  // namespace eigenhead
