#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// The parts of tokenizer.json. `function` starts every message, `source` names the file in it.
class TokenizerJson {
 public:
  TokenizerJson(const nlohmann::json& root, std::string_view source, std::string_view function)
      : root_(root), source_(source), function_(function) {
    check_that(root.is_object(), "hold a JSON object", root.type_name());
  }

  Vocabulary vocabulary() const {
    const nlohmann::json& vocab = member(model(), "vocab");
    check_that(vocab.is_object(), "have an object under \"vocab\"", vocab.type_name());
    std::vector<std::pair<std::string, std::int32_t>> tokens;
    for (const auto& [token, id] : vocab.items()) {
      if (!is_json_of_type<std::int32_t>(id)) refuse("have integer ids in \"vocab\"", id.dump());
      tokens.emplace_back(token, id.template get<std::int32_t>());
    }
    return Vocabulary(std::move(tokens));
  }

  BertTokenizerOptions options() const {
    const nlohmann::json& pre_tokenizer =
        only_step(member(root_, "pre_tokenizer"), "pretokenizers");
    check_that(type_of(pre_tokenizer) == "BertPreTokenizer", "have a BertPreTokenizer",
               type_of(pre_tokenizer));
    BertTokenizerOptions options;
    options.normalizer = normalizer(member(root_, "normalizer"));
    options.word_piece = word_piece();
    options.special_tokens.unk = options.word_piece.unknown_token;
    options.added_tokens.emplace();
    const nlohmann::json& tokens = member(root_, "added_tokens");
    check_that(tokens.is_array() || tokens.is_null(), "have a list under \"added_tokens\"",
               tokens.type_name());
    for (const nlohmann::json& token : tokens) add_token(token, *options.added_tokens);
    options.sequence_template = sequence_template(member(root_, "post_processor"));
    options.clean_up_tokens = clean_up_tokens(member(root_, "decoder"));
    return options;
  }

  /// Appends an added token, still without its id, unless it is empty or there.
  void add_token(const nlohmann::json& token, std::vector<AddedToken>& tokens) const {
    AddedToken added;
    added.content = value<std::string>(token, "content");
    added.is_special = value_or(token, "special", false);
    added.is_normalized = value_or(token, "normalized", !added.is_special);
    added.is_single_word = value_or(token, "single_word", false);
    added.strips_left = value_or(token, "lstrip", false);
    added.strips_right = value_or(token, "rstrip", false);
    const auto is_same = [&](const AddedToken& other) { return other.content == added.content; };
    if (!added.content.empty() && std::none_of(tokens.begin(), tokens.end(), is_same))
      tokens.push_back(std::move(added));
  }

 private:
  [[noreturn]] void refuse(std::string_view rule, std::string_view got) const {
    fail<FormatError>(function_, ": ", quote(source_), " must ", rule, "; got ", quote(got));
  }

  void check_that(bool holds, std::string_view rule, std::string_view got) const {
    if (!holds) refuse(rule, got);
  }

  template <class Value>
  Value value(const nlohmann::json& object, std::string_view key) const {
    return json_value<Value>(object, key, function_, source_);
  }

  template <class Value>
  Value value_or(const nlohmann::json& object, std::string_view key, Value fallback) const {
    return json_value_or<Value>(object, key, fallback, function_, source_);
  }

  /// object[key], or null when it is absent.
  const nlohmann::json& member(const nlohmann::json& object, const char* key) const {
    static const nlohmann::json kNull;
    if (!object.is_object()) refuse("hold an object around " + quote(key), object.type_name());
    const auto found = object.find(key);
    return found == object.end() ? kNull : *found;
  }

  std::string type_of(const nlohmann::json& part) const {
    return part.is_null() ? "null" : value<std::string>(part, "type");
  }

  /// What a "Sequence" of one step consists of; anything else as it is.
  const nlohmann::json& only_step(const nlohmann::json& part, const char* steps_key) const {
    if (part.is_null() || type_of(part) != "Sequence") return part;
    const nlohmann::json& steps = member(part, steps_key);
    return steps.is_array() && steps.size() == 1 ? only_step(steps[0], steps_key) : part;
  }

  const nlohmann::json& model() const {
    const nlohmann::json& model = member(root_, "model");
    // Old files do not name the type: what a WordPiece model has no use for gives others away.
    const std::string guess = !member(model, "merges").is_null()  ? "BPE"
                              : member(model, "vocab").is_array() ? "Unigram"
                                                                  : "WordPiece";
    const std::string type = value_or(model, "type", guess);
    check_that(type == "WordPiece", "have a WordPiece model", type);
    return model;
  }

  WordPieceOptions word_piece() const {
    WordPieceOptions options;
    options.unknown_token = value_or(model(), "unk_token", options.unknown_token);
    options.continuing_subword_prefix =
        value_or(model(), "continuing_subword_prefix", options.continuing_subword_prefix);
    options.max_input_chars_per_word = value_or<std::int64_t>(model(), "max_input_chars_per_word",
                                                              options.max_input_chars_per_word);
    if (options.max_input_chars_per_word < 0)
      refuse("have a max_input_chars_per_word >= 0",
             std::to_string(options.max_input_chars_per_word));
    return options;
  }

  BertNormalizer normalizer(const nlohmann::json& part) const {
    if (part.is_null()) return {false, false, false, false};
    if (&only_step(part, "normalizers") != &part) return normalizer(only_step(part, "normalizers"));
    const std::string type = type_of(part);
    check_that(type == "BertNormalizer", "have a BertNormalizer, alone", type);
    BertNormalizer normalizer;
    normalizer.clean_text = value_or(part, "clean_text", true);
    normalizer.handle_chinese_chars = value_or(part, "handle_chinese_chars", true);
    if (!member(part, "strip_accents").is_null())
      normalizer.strip_accents = value<bool>(part, "strip_accents");
    normalizer.lowercase = value_or(part, "lowercase", true);
    return normalizer;
  }

  SequenceTemplate sequence_template(const nlohmann::json& part) const {
    using Kind = TemplatePiece::Kind;
    const std::string type = type_of(part);
    if (type == "null")
      return {{{Kind::first_text, 0, 0, ""}},
              {{Kind::first_text, 0, 0, ""}, {Kind::second_text, 1, 0, ""}}};
    if (type == "BertProcessing") {
      const auto [cls, cls_id] = token_and_id(member(part, "cls"));
      const auto [sep, sep_id] = token_and_id(member(part, "sep"));
      return bert_template(cls, cls_id, sep, sep_id);
    }
    check_that(type == "TemplateProcessing", "have a BertProcessing or TemplateProcessing", type);
    SequenceTemplate result;
    result.single = pieces(member(part, "single"), member(part, "special_tokens"));
    result.pair = pieces(member(part, "pair"), member(part, "special_tokens"));
    return result;
  }

  /// The "cleanup" of the decoder, of which only WordPiece with the prefix of the model is known.
  bool clean_up_tokens(const nlohmann::json& part) const {
    if (part.is_null()) return true;
    const std::string type = type_of(part);
    check_that(type == "WordPiece", "have a WordPiece decoder or null", type);
    const auto prefix = value_or<std::string>(part, "prefix", "##");
    check_that(prefix == word_piece().continuing_subword_prefix,
               "have a decoder with the prefix of the model", prefix);
    return value_or(part, "cleanup", true);
  }

  std::pair<std::string, std::int32_t> token_and_id(const nlohmann::json& part) const {
    if (!part.is_array() || part.size() != 2 || !part[0].is_string() ||
        !is_json_of_type<std::int32_t>(part[1]))
      refuse("have a token and its id under \"cls\" and \"sep\"", part.dump());
    return {part[0].get<std::string>(), part[1].get<std::int32_t>()};
  }

  std::vector<TemplatePiece> pieces(const nlohmann::json& list,
                                    const nlohmann::json& special_tokens) const {
    using Kind = TemplatePiece::Kind;
    check_that(list.is_array(), "have lists as templates", list.type_name());
    std::vector<TemplatePiece> result;
    for (const nlohmann::json& entry : list) {
      const nlohmann::json& sequence = member(entry, "Sequence");
      const nlohmann::json& special = member(entry, "SpecialToken");
      const nlohmann::json& piece = sequence.is_null() ? special : sequence;
      const auto id = value<std::string>(piece, "id");
      const std::int32_t type_id = value_or<std::int32_t>(piece, "type_id", 0);
      if (!sequence.is_null()) {
        check_that(id == "A" || id == "B", "have templates of the texts A and B", id);
        result.push_back({id == "A" ? Kind::first_text : Kind::second_text, type_id, 0, ""});
      } else {
        append_special(member(special_tokens, id.c_str()), type_id, result);
      }
    }
    return result;
  }

  void append_special(const nlohmann::json& special, std::int32_t type_id,
                      std::vector<TemplatePiece>& result) const {
    const nlohmann::json& ids = member(special, "ids");
    const nlohmann::json& tokens = member(special, "tokens");
    bool is_valid = ids.is_array() && tokens.is_array() && ids.size() == tokens.size();
    for (std::size_t i = 0; is_valid && i < ids.size(); ++i) {
      is_valid = is_json_of_type<std::int32_t>(ids[i]) && tokens[i].is_string();
      if (is_valid)
        result.push_back({TemplatePiece::Kind::special_token, type_id, ids[i].get<std::int32_t>(),
                          tokens[i].get<std::string>()});
    }
    if (!is_valid)
      refuse("have as many ids as tokens for every special token of its template", special.dump());
  }

  const nlohmann::json& root_;
  std::string source_;
  std::string function_;
};

}  // namespace detail

}  // namespace eigenhead
