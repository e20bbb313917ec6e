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

/// The sizes of a family's base model that its config.json may leave out.
struct DefaultSizes {
  Index hidden_size = 768;
  Index intermediate_size = 3072;
  int num_layers = 12;
  int num_heads = 12;
};

/// Reads a config.json with a default for each key that is absent.
class ConfigReader {
 public:
  /// @param function  starts every message
  /// @throws FileError or FormatError when the file is absent or no JSON
  ConfigReader(const std::filesystem::path& path, std::string function)
      : function_(std::move(function)),
        source_(path.string()),
        json_(parse_json(read_file(path, function_), function_, source_)) {}

  /// The same file for another function, whose name starts messages.
  ConfigReader named(std::string function) const {
    ConfigReader reader = *this;
    reader.function_ = std::move(function);
    return reader;
  }

  const std::string& function() const { return function_; }
  const std::string& source() const { return source_; }
  const nlohmann::json& json() const { return json_; }

  /// Throws FormatError when the key is absent or its value has another type.
  template <class Value>
  Value value(const char* key) const {
    return json_value<Value>(json_, key, function_, source_);
  }

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

  /// The same with what BERT and those that took over its words call by the same name.
  EncoderConfig in_words_of_bert(const char* model_type, const DefaultSizes& sizes = {}) const {
    EncoderConfig config = common(model_type);
    config.hidden_size = value_or<Index>("hidden_size", sizes.hidden_size);
    config.intermediate_size = value_or<Index>("intermediate_size", sizes.intermediate_size);
    config.num_layers = value_or<int>("num_hidden_layers", sizes.num_layers);
    config.num_heads = value_or<int>("num_attention_heads", sizes.num_heads);
    config.activation = activation(text_or("hidden_act", "gelu"));
    config.layer_norm_epsilon = value_or<double>("layer_norm_eps", 1e-12);
    return config;
  }

  /// The activation behind a word of the file; throws ValueError when it is unknown.
  Activation activation(const std::string& word) const {
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

  /// Throws ValueError for a decoder, cross-attention or relative positions of BERT.
  void require_encoder() const {
    require_false("is_decoder");
    require_false("add_cross_attention");
    require_text("position_embedding_type", "absolute");
  }

 private:
  std::string function_;
  std::string source_;
  nlohmann::json json_;
};

}  // namespace eigenhead::detail
