#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

namespace detail {

inline nlohmann::ordered_json to_json(const AddedToken& token) {
  return {{"id", token.id},
          {"content", token.content},
          {"single_word", token.is_single_word},
          {"lstrip", token.strips_left},
          {"rstrip", token.strips_right},
          {"normalized", token.is_normalized},
          {"special", token.is_special}};
}

inline nlohmann::ordered_json to_json(const BertNormalizer& normalizer) {
  nlohmann::ordered_json json = {{"type", "BertNormalizer"},
                                 {"clean_text", normalizer.clean_text},
                                 {"handle_chinese_chars", normalizer.handle_chinese_chars},
                                 {"strip_accents", nullptr},
                                 {"lowercase", normalizer.lowercase}};
  if (normalizer.strip_accents) json["strip_accents"] = *normalizer.strip_accents;
  return json;
}

/// The pieces as TemplateProcessing lists them; adds their special tokens to `special_tokens`.
inline nlohmann::ordered_json to_json(const std::vector<TemplatePiece>& pieces,
                                      nlohmann::ordered_json& special_tokens) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const TemplatePiece& piece : pieces) {
    const bool is_special = piece.kind == TemplatePiece::Kind::special_token;
    const bool is_first = piece.kind == TemplatePiece::Kind::first_text;
    const std::string id = is_special ? piece.token : is_first ? "A" : "B";
    list.push_back(
        {{is_special ? "SpecialToken" : "Sequence", {{"id", id}, {"type_id", piece.type_id}}}});
    if (is_special)
      special_tokens[id] = {{"id", id}, {"ids", {piece.id}}, {"tokens", {piece.token}}};
  }
  return list;
}

inline nlohmann::ordered_json to_json(const SequenceTemplate& sequence_template) {
  nlohmann::ordered_json special_tokens = nlohmann::ordered_json::object();
  const nlohmann::ordered_json single = to_json(sequence_template.single, special_tokens);
  const nlohmann::ordered_json pair = to_json(sequence_template.pair, special_tokens);
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens", special_tokens}};
}

/// {"token": id, ...} in the order of ids. (An ordered_json of it takes quadratic time to build.)
inline std::string vocabulary_to_json(const Vocabulary& vocabulary) {
  std::string text = "{";
  vocabulary.for_each([&](std::string_view token, std::int32_t id) {
    try {
      text +=
          (text.size() > 1 ? "," : "") + nlohmann::json(token).dump() + ":" + std::to_string(id);
    } catch (const nlohmann::json::type_error&) {
      fail<ValueError>("to_tokenizer_json: every token must be UTF-8; got ", quote(token),
                       " with id ", id);
    }
  });
  return text + "}";
}

/// `json` without line breaks, strings that are not UTF-8 refused.
inline std::string dump_utf8(const nlohmann::ordered_json& json) {
  try {
    return json.dump();
  } catch (const nlohmann::json::type_error& error) {
    fail<ValueError>(
        "to_tokenizer_json: added tokens, template, prefix and unknown token must be UTF-8; got ",
        error.what());
  }
}

}  // namespace detail

/// The tokenizer as the text of a tokenizer.json, which Hugging Face tokenizers and
/// parse_tokenizer_json read back to one that encodes the same. Throws ValueError if a token, of
/// the vocabulary or of the options, is not UTF-8, which JSON cannot hold.
inline std::string to_tokenizer_json(const BertTokenizer& tokenizer) {
  const BertTokenizerOptions& options = tokenizer.options();
  const WordPieceOptions& word_piece = options.word_piece;
  nlohmann::ordered_json added_tokens = nlohmann::ordered_json::array();
  for (const AddedToken& token : *options.added_tokens)
    added_tokens.push_back(detail::to_json(token));
  const nlohmann::ordered_json root = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added_tokens},
      {"normalizer", detail::to_json(options.normalizer)},
      {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
      {"post_processor", detail::to_json(*options.sequence_template)},
      {"decoder",
       {{"type", "WordPiece"},
        {"prefix", word_piece.continuing_subword_prefix},
        {"cleanup", options.clean_up_tokens}}},
      {"model",
       {{"type", "WordPiece"},
        {"unk_token", word_piece.unknown_token},
        {"continuing_subword_prefix", word_piece.continuing_subword_prefix},
        {"max_input_chars_per_word", word_piece.max_input_chars_per_word}}}};
  std::string text = detail::dump_utf8(root);
  text.resize(text.size() - 2);  // without the braces that close "model" and the whole
  return text + ",\"vocab\":" + detail::vocabulary_to_json(tokenizer.vocabulary()) + "}}";
}

/// Writes to_tokenizer_json to a file, which load_tokenizer reads. Throws FileError where
/// write_file does.
inline void save_tokenizer(const BertTokenizer& tokenizer, const std::filesystem::path& path) {
  write_file(path, to_tokenizer_json(tokenizer), "save_tokenizer");
}

}  // namespace eigenhead
