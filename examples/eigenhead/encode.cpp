// eigenhead encode: lines of text (or token ids) to hidden states, logits and attentions.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "eigenhead/models/auto_model.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

struct EncodeArguments {
  CommonOptions common;
  ModelOption model;
  EncodingOptions encoding;
  bool is_jsonl = false;
  bool with_hidden_states = false;
  bool with_attentions = false;
  int batch_size = 32;
};

/// The encoding that a JSON line with "input_ids" (and "attention_mask", "token_type_ids") spells
/// out. Token types are not looked at when the model has none.
Encoding given_encoding(const nlohmann::json& json, const EncoderConfig& config,
                        const std::string& source) {
  const auto integers = [&](const char* key, Index limit) {
    const std::string start = "encode: " + quote(source) + " must hold ";
    const std::string end = " under " + quote(key);
    check_json_integers(json.at(key), start + "an array" + end,
                        {.rule = start + "integers from 0 to " + std::to_string(limit - 1) + end,
                         .greatest = limit - 1});
    return json.at(key).get<std::vector<std::int32_t>>();
  };
  Encoding encoding;
  encoding.token_ids = integers("input_ids", config.vocab_size);
  encoding.attention_mask.assign(encoding.token_ids.size(), 1);
  const auto replace = [&](std::vector<std::int32_t>& column, const char* key, Index limit) {
    if (!json.contains(key)) return;
    column = integers(key, limit);
    check<FormatError>(
        column.size() == encoding.token_ids.size(),
        "encode: " + quote(source) + " must have one value for each id under " + quote(key), "ids",
        encoding.token_ids.size(), "values", column.size());
  };
  replace(encoding.attention_mask, "attention_mask", 2);
  if (config.type_vocab_size > 0)
    replace(encoding.token_type_ids, "token_type_ids", config.type_vocab_size);
  return encoding;
}

std::vector<Encoding> read_encodings(const EncodeArguments& options,
                                     const std::filesystem::path& folder,
                                     const EncoderConfig& config) {
  std::optional<BertTokenizer> tokenizer;  // not needed for ids
  const EncodeOptions encode_options = options.encoding.make();
  LineReader reader(options.common.input);
  std::vector<Encoding> encodings;
  for (std::string line; reader.next(line);) {
    const std::string source = "line " + std::to_string(reader.line_number());
    TextLine text{line, std::nullopt};
    if (options.is_jsonl) {
      const nlohmann::json json = parse_json(line, "encode", source);
      if (json.is_object() && json.contains("input_ids")) {
        encodings.push_back(given_encoding(json, config, source));
        continue;
      }
      text = TextLine::from_json(json, reader.line_number());
    }
    if (!tokenizer) tokenizer = load_tokenizer(folder);
    encodings.push_back(text.encode(*tokenizer, encode_options));
  }
  check<ValueError>(!encodings.empty(), "encode: input must have at least one line", "lines", 0);
  return encodings;
}

/// Everything that the file will hold, filled batch by batch; T = the longest line.
struct Outputs {
  Tensor<float, 3> last_hidden_state;
  std::vector<Tensor<float, 3>> hidden_states;
  std::vector<Tensor<float, 4>> attentions;
  Tensor<float, 2> pooler_output;
  Tensor<float, 3> logits;  ///< of the vocabulary or of the labels of each token
  Tensor<float, 2> text_logits;
  Tensor<float, 2> start_logits;
  Tensor<float, 2> end_logits;
  Tensor<float, 2> seq_relationship_logits;

  Outputs(const EncodeArguments& options, const AutoModel<float>& model, Index count,
          Index length) {
    const EncoderConfig& config = model.config();
    const Shape<3> hidden{count, length, config.hidden_size};
    last_hidden_state = Tensor<float, 3>(hidden);
    for (int i = 0; options.with_hidden_states && i <= config.num_layers; ++i)
      hidden_states.emplace_back(hidden);
    for (int i = 0; options.with_attentions && i < config.num_layers; ++i)
      attentions.emplace_back(Shape<4>{count, config.num_heads, length, length});
    if (model.encoder().has_pooler())
      pooler_output = Tensor<float, 2>(Shape<2>{count, config.hidden_size});
    const auto num_labels = static_cast<Index>(model.labels().size());
    if (model.has_sequence_classification_head())
      text_logits = Tensor<float, 2>(Shape<2>{count, num_labels});
    else if (model.has_token_classification_head())
      logits = Tensor<float, 3>(Shape<3>{count, length, num_labels});
    else if (model.has_masked_language_model_head())
      logits = Tensor<float, 3>(Shape<3>{count, length, config.vocab_size});
    if (model.has_question_answering_head())
      start_logits = end_logits = Tensor<float, 2>(Shape<2>{count, length});
    if (model.has_next_sentence_head())
      seq_relationship_logits = Tensor<float, 2>(Shape<2>{count, 2});
  }

  /// Puts the outputs of lines `begin` and following into their places.
  void place(const AutoModel<float>& model, const TokenBatch& batch,
             const EncoderOutput<float>& output, Index begin) {
    const Index end = begin + batch.batch_size();
    const Index longest = batch.padded_length();
    const auto lines = [&](Tensor<float, 3>& whole) {
      return whole.slice(0, begin, end).slice(1, 0, longest);
    };
    copy<float, 3>(output.last_hidden_state, lines(last_hidden_state));
    for (std::size_t i = 0; i < output.hidden_states.size(); ++i)
      copy<float, 3>(output.hidden_states[i], lines(hidden_states[i]));
    for (std::size_t i = 0; i < output.attentions.size(); ++i)
      copy<float, 4>(output.attentions[i],
                     attentions[i].slice(0, begin, end).slice(2, 0, longest).slice(3, 0, longest));
    if (model.encoder().has_pooler())
      copy<float, 2>(output.pooler_output, pooler_output.slice(0, begin, end));
    place_logits(model, batch, output, begin);
  }

  void place_logits(const AutoModel<float>& model, const TokenBatch& batch,
                    const EncoderOutput<float>& output, Index begin) {
    const Index end = begin + batch.batch_size();
    const Index longest = batch.padded_length();
    const Tensor<float, 3>& hidden = output.last_hidden_state;
    if (!text_logits.is_empty())
      copy<float, 2>(model.sequence_classification_logits(batch, output),
                     text_logits.slice(0, begin, end));
    if (!logits.is_empty())
      copy<float, 3>(model.has_token_classification_head()
                         ? model.token_classification_logits(batch, hidden)
                         : model.masked_language_model_logits(batch, hidden),
                     logits.slice(0, begin, end).slice(1, 0, longest));
    if (!start_logits.is_empty()) {
      const Tensor<float, 3> sides = model.question_answering_logits(batch, hidden);
      copy<float, 2>(sides.select(2, 0), start_logits.slice(0, begin, end).slice(1, 0, longest));
      copy<float, 2>(sides.select(2, 1), end_logits.slice(0, begin, end).slice(1, 0, longest));
    }
    if (!seq_relationship_logits.is_empty())
      copy<float, 2>(model.next_sentence_logits(batch, output.pooler_output),
                     seq_relationship_logits.slice(0, begin, end));
  }

  void save(const std::string& path) {
    SafetensorsWriter writer;
    const auto add = [&writer](const std::string& name, auto& tensor) {
      if (!tensor.is_empty()) writer.add(name, std::move(tensor));
    };
    add("last_hidden_state", last_hidden_state);
    for (std::size_t i = 0; i < hidden_states.size(); ++i)
      add("hidden_states." + std::to_string(i), hidden_states[i]);
    for (std::size_t i = 0; i < attentions.size(); ++i)
      add("attentions." + std::to_string(i), attentions[i]);
    add("pooler_output", pooler_output);
    add("logits", logits);
    add("logits", text_logits);
    add("start_logits", start_logits);
    add("end_logits", end_logits);
    add("seq_relationship_logits", seq_relationship_logits);
    writer.save(path);
  }
};

/// Says on standard error which tensors of the checkpoint play no part.
void report_unused_tensors(const AutoModel<float>& model) {
  const std::vector<std::string>& names = model.unused_tensors();
  if (names.empty()) return;
  std::cerr << "eigenhead: encode: tensors of the checkpoint that are not used: ";
  for (std::size_t i = 0; i < names.size(); ++i)
    std::cerr << (i > 0 ? ", " : "") << quote(names[i]);
  std::cerr << '\n';
}

void encode(const EncodeArguments& options) {
  check<ValueError>(options.common.output != "-", "encode: output must be a file", "output",
                    quote(options.common.output));
  const std::filesystem::path folder = options.model.folder();
  const auto model = AutoModel<float>::from_pretrained(folder.string());
  const std::vector<Encoding> encodings = read_encodings(options, folder, model.config());
  Index length = 0;
  for (const Encoding& encoding : encodings) length = std::max(length, encoding.size());
  check<ValueError>(length <= model.config().max_length(),
                    "encode: every line must fit max_position_embeddings", "tokens", length,
                    "max_position_embeddings", model.config().max_length(),
                    "--max-length cuts longer lines");
  if (!options.common.is_quiet) report_unused_tensors(model);

  const auto count = static_cast<Index>(encodings.size());
  Outputs outputs(options, model, count, length);
  ThreadPool pool = options.common.make_pool();
  Progress progress("lines", encodings.size(), options.common.is_quiet);
  for (Index begin = 0; begin < count; begin += options.batch_size) {
    const Index end = std::min<Index>(count, begin + options.batch_size);
    const TokenBatch batch(
        std::vector<Encoding>(encodings.begin() + begin, encodings.begin() + end));
    const EncoderOutput<float> output =
        model(batch, {.with_hidden_states = options.with_hidden_states,
                      .with_attentions = options.with_attentions,
                      .executor = &pool});
    outputs.place(model, batch, output, begin);
    progress.advance(static_cast<std::size_t>(end - begin));
  }
  outputs.save(options.common.output);
}

}  // namespace

void add_encode(CLI::App& program) {
  const auto options = std::make_shared<EncodeArguments>();
  CLI::App& command =
      *program.add_subcommand("encode", "Text lines to hidden states, in one safetensors file");
  options->common.add_input(command, "Text, a line each");
  command.add_option("--output", options->common.output, "The safetensors file")->required();
  options->common.add_threads(command);
  options->common.add_quiet(command);
  options->model.add(command);
  options->encoding.add_length(command);
  command.add_flag("--jsonl", options->is_jsonl,
                   "Each line is a JSON string, an object with text (and text_pair), or one with "
                   "input_ids (and attention_mask, token_type_ids)");
  command.add_flag("--hidden-states", options->with_hidden_states,
                   "Adds hidden_states.I [N, T, C]");
  command.add_flag("--attentions", options->with_attentions, "Adds attentions.I [N, H, T, T]");
  command.add_option("--batch-size", options->batch_size, "Lines encoded at a time")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command.footer("Example: echo 'Hello world!' | eigenhead encode --output hello.safetensors");
  command.callback([options] { encode(*options); });
}
