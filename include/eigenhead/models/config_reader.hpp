#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/ops/activation.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace eigenhead::detail {

/// Reads a config.json with a default for each key that is absent.
class ConfigReader {
 public:
  /// @param function  starts every message
  /// @throws FileError or FormatError when the file is absent or no JSON
  ConfigReader(const std::filesystem::path& path, std::string function)
      : function_(std::move(function)),
        source_(path.string()),
        json_(parse_json(read_file(path, function_), function_, source_)) {}

  /// Throws FormatError when the value has another type.
  template <class Value>
  Value value_or(const char* key, Value fallback) const {
    return json_value_or<Value>(json_, key, fallback, function_, source_);
  }

  std::string text_or(const char* key, const char* fallback) const {
    return value_or<std::string>(key, fallback);
  }

  /// What all families call by the same name; throws ValueError when the file is of another family.
  EncoderConfig common(const char* model_type) const {
    require_text("model_type", model_type);
    EncoderConfig config;
    config.model_type = model_type;
    config.vocab_size = value_or<Index>("vocab_size", 30522);
    config.max_position_embeddings = value_or<Index>("max_position_embeddings", 512);
    config.pad_token_id = value_or<Index>("pad_token_id", 0);
    config.has_tied_decoder = value_or<bool>("tie_word_embeddings", true);
    return config;
  }

  /// The activation that the word under `key` names, "gelu" when absent; throws ValueError when it
  /// is unknown.
  Activation activation(const char* key) const {
    const std::string word = text_or(key, "gelu");
    try {
      return activation_from_name(word);
    } catch (const ValueError& error) {
      fail<ValueError>(function_, ": ", quote(source_), " must name a known activation; got ",
                       quote(word), "; ", error.what());
    }
  }

  /// Throws ValueError unless the key is absent or has this value.
  void require_text(const char* key, const char* only_value) const {
    const std::string value = text_or(key, only_value);
    check<ValueError>(value == only_value, function_ + ": " + key + " must be " + quote(only_value),
                      key, quote(value), "in", quote(source_));
  }

  /// Throws ValueError when the key is true.
  void require_false(const char* key) const {
    check<ValueError>(!value_or<bool>(key, false), function_ + ": " + key + " must be false", key,
                      true, "in", quote(source_));
  }

 private:
  std::string function_;
  std::string source_;
  nlohmann::json json_;
};

}  // namespace eigenhead::detail
