#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/tokenizer_family.hpp"
#include "eigenhead/text/tokenizer_json.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace eigenhead {

/// What the caller knows better than the files; unset means what the files say.
struct LoadTokenizerOptions {
  /// A vocab.txt alone does not tell whether it is cased; unset then means lower case.
  std::optional<bool> lowercase = {};
  std::optional<bool> strip_accents = {};
  std::optional<bool> handle_chinese_chars = {};
};

namespace detail {

/// False only when there is certainly no such file: what cannot be looked at fails when read.
inline bool may_exist(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::status(path, error).type() != std::filesystem::file_type::not_found;
}

/// The JSON in a file, or an empty object when there is no such file.
inline nlohmann::json read_optional_json(const std::filesystem::path& path) {
  if (!may_exist(path)) return nlohmann::json::object();
  return parse_json(read_file(path, "load_tokenizer"), "load_tokenizer", path.string());
}

/// transformers 4 lets tokenizer_config.json change the normalizer; only what it names counts here.
inline void apply_config(const nlohmann::json& config, std::string_view source,
                         BertNormalizer& normalizer) {
  const auto read = [&](const char* key, bool fallback) {
    return json_value_or(config, key, fallback, "load_tokenizer", source);
  };
  normalizer.lowercase = read("do_lower_case", normalizer.lowercase);
  normalizer.handle_chinese_chars = read("tokenize_chinese_chars", normalizer.handle_chinese_chars);
  if (!config.contains("strip_accents")) return;
  normalizer.strip_accents.reset();
  if (!config["strip_accents"].is_null()) normalizer.strip_accents = read("strip_accents", false);
}

inline void apply_overrides(const LoadTokenizerOptions& options, BertNormalizer& normalizer) {
  normalizer.lowercase = options.lowercase.value_or(normalizer.lowercase);
  normalizer.handle_chinese_chars =
      options.handle_chinese_chars.value_or(normalizer.handle_chinese_chars);
  if (options.strip_accents) normalizer.strip_accents = options.strip_accents;
}

/// Reads how the special tokens are spelled: {"cls_token": "[CLS]" or {"content": "[CLS]", ...}}.
inline void read_special_tokens(const nlohmann::json& config, std::string_view source,
                                SpecialTokens& tokens) {
  const auto read = [&](const char* key, std::string& token) {
    if (!config.contains(key) || config[key].is_null()) return;
    const bool is_object = config[key].is_object();
    token = json_value<std::string>(is_object ? config[key] : config, is_object ? "content" : key,
                                    "load_tokenizer", source);
  };
  read("cls_token", tokens.cls);
  read("sep_token", tokens.sep);
  read("pad_token", tokens.pad);
  read("unk_token", tokens.unk);
  read("mask_token", tokens.mask);
}

/// Adds tokens that only tokenizer_config.json knows: {"added_tokens_decoder": {"5": {...}}}.
inline void add_tokens_of_config(const nlohmann::json& config, std::string_view source,
                                 std::vector<AddedToken>& tokens) {
  const auto refuse = [&](const auto&... pieces) {
    fail<FormatError>("load_tokenizer: ", quote(source), " must have ", pieces...);
  };
  const TokenizerJson reader(config, source, "load_tokenizer");
  const auto found = config.find("added_tokens_decoder");
  if (found == config.end() || found->is_null()) return;
  if (!found->is_object())
    refuse("an object under \"added_tokens_decoder\"; got ", found->type_name());
  std::map<int, const nlohmann::json*> by_id;
  for (const auto& [id, token] : found->items()) {
    const bool is_number = !id.empty() && id.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number || id.size() >= 10)
      refuse("ids as keys of \"added_tokens_decoder\"; got key ", quote(id));
    by_id.emplace(std::stoi(id), &token);
  }
  for (const auto& [id, token] : by_id) reader.add_token(*token, tokens);
}

/// The ids of added tokens: those of the vocabulary, else the numbers after its size in turn. What
/// the files say instead the reference does not heed either.
inline void assign_ids(const Vocabulary& vocabulary, std::vector<AddedToken>& tokens) {
  std::int32_t next = vocabulary.size();
  for (AddedToken& token : tokens) {
    const auto id = vocabulary.token_to_id(token.content);
    token.id = id ? *id : next++;
  }
}

/// tokenizer_config.json and special_tokens_map.json of a folder, empty objects when absent.
struct TokenizerConfig {
  nlohmann::json config = nlohmann::json::object();
  nlohmann::json special_tokens_map = nlohmann::json::object();
  std::string source;
  std::string special_tokens_source;
};

inline TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder) {
  const auto config = folder / "tokenizer_config.json";
  const auto special_tokens = folder / "special_tokens_map.json";
  return {read_optional_json(config), read_optional_json(special_tokens), config.string(),
          special_tokens.string()};
}

/// The text of a tokenizer.json or vocab.txt, and what messages call it and its reader.
struct TokenizerText {
  std::string_view text;
  bool is_json;
  std::string_view source;
  std::string_view function;
};

inline BertTokenizer make_tokenizer(const TokenizerText& file, const TokenizerConfig& config,
                                    const LoadTokenizerOptions& overrides) {
  Vocabulary vocabulary;
  BertTokenizerOptions options;
  if (file.is_json) {
    const nlohmann::json root = parse_json(file.text, file.function, file.source);
    const TokenizerJson reader(root, file.source, file.function);
    vocabulary = reader.vocabulary();
    options = reader.options();
  } else {
    vocabulary = Vocabulary::from_text(file.text);
  }
  SpecialTokens& names = options.special_tokens;
  read_special_tokens(config.special_tokens_map, config.special_tokens_source, names);
  read_special_tokens(config.config, config.source, names);
  if (!file.is_json) {
    options.word_piece.unknown_token = names.unk;
    options.added_tokens = special_tokens_in(vocabulary, names);
  }
  add_tokens_of_config(config.config, config.source, *options.added_tokens);
  assign_ids(vocabulary, *options.added_tokens);
  apply_config(config.config, config.source, options.normalizer);
  apply_overrides(overrides, options.normalizer);
  return BertTokenizer(std::move(vocabulary), std::move(options));
}

/// make_tokenizer, where an unusable value is the fault of the file.
inline BertTokenizer make_tokenizer_from_file(const TokenizerText& file,
                                              const TokenizerConfig& config,
                                              const LoadTokenizerOptions& overrides) {
  try {
    return make_tokenizer(file, config, overrides);
  } catch (const ValueError& error) {
    fail<FormatError>(file.function, ": ", quote(file.source),
                      " must hold a usable tokenizer; got \"", error.what(), "\"");
  }
}

}  // namespace detail

/// The tokenizer in the text of a tokenizer.json; `source` names it in messages. (The text of a
/// vocab.txt needs no loader: BertTokenizer(Vocabulary::from_text(text)).)
///
/// The model must be WordPiece, the normalizer a BertNormalizer or null, the pre-tokenizer BERT's,
/// the post-processor BertProcessing, TemplateProcessing or null, the decoder WordPiece with the
/// model's prefix or null, which counts as WordPiece, too. Stored truncation and padding are not
/// applied: they are options of each call.
/// Throws FormatError if the text is broken or describes another kind of tokenizer.
inline BertTokenizer parse_tokenizer_json(std::string_view text,
                                          const LoadTokenizerOptions& options = {},
                                          std::string_view source = "tokenizer.json") {
  return detail::make_tokenizer_from_file({text, true, source, "parse_tokenizer_json"},
                                          detail::TokenizerConfig(), options);
}

/// The tokenizer of a model folder, a vocab.txt or a tokenizer.json.
///
/// @param path  a folder: its tokenizer.json, else its vocab.txt, is read, and where they are there
///              tokenizer_config.json and special_tokens_map.json. A file: it alone is read, as
///              JSON if its name ends in ".json", else as a vocabulary.
/// A do_lower_case, strip_accents or tokenize_chinese_chars in tokenizer_config.json goes before
/// the normalizer of tokenizer.json, as in transformers 4, and `options` before both. Throws
/// FileError if there is no such file, FormatError as parse_tokenizer_json does and for a folder of
/// another family of tokenizers.
inline BertTokenizer load_tokenizer(const std::filesystem::path& path,
                                    const LoadTokenizerOptions& options = {}) {
  std::filesystem::path file = path;
  detail::TokenizerConfig config;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    file = path / "tokenizer.json";
    if (!detail::may_exist(file)) file = path / "vocab.txt";
    if (!detail::may_exist(file)) detail::refuse_folder(path);
    config = detail::read_tokenizer_config(path);
    if (file.extension() != ".json")
      detail::check_tokenizer_class(json_value_or<std::string>(config.config, "tokenizer_class", "",
                                                               "load_tokenizer", config.source),
                                    config.source);
  }
  const std::string text = read_file(file, "load_tokenizer");
  const std::string source = file.string();
  return detail::make_tokenizer_from_file(
      {text, file.extension() == ".json", source, "load_tokenizer"}, config, options);
}

}  // namespace eigenhead
