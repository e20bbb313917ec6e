// eigenhead encode: lines of text (or token ids) to hidden states, logits and attentions.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "eigenhead/models.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

struct Options {
  CommonOptions common;
  ModelOption model;
  EncodingOptions encoding;
  bool is_jsonl = false;
  bool with_hidden_states = false;
  bool with_attentions = false;
  int batch_size = 32;
};

/// The encoding that a JSON line with "input_ids" (and "attention_mask") spells out.
Encoding given_encoding(const nlohmann::json& json, const std::string& source) {
  const auto integers = [&](const char* key) {
    std::vector<std::int32_t> values;
    check<FormatError>(json.at(key).is_array(),
                       "encode: " + quote(source) + " must hold an array under " + quote(key),
                       "type", json.at(key).type_name());
    for (const nlohmann::json& value : json.at(key)) {
      check<FormatError>(
          detail::is_json_of_type<std::int32_t>(value),
          "encode: " + quote(source) + " must hold 32-bit integers under " + quote(key), "element",
          value.dump());
      values.push_back(value.get<std::int32_t>());
    }
    return values;
  };
  Encoding encoding;
  encoding.token_ids = integers("input_ids");
  encoding.attention_mask.assign(encoding.token_ids.size(), 1);
  // DistilBERT has no token types: they are checked and not used.
  for (const char* key : {"attention_mask", "token_type_ids"}) {
    if (!json.contains(key)) continue;
    const std::vector<std::int32_t> values = integers(key);
    check<FormatError>(
        values.size() == encoding.token_ids.size(),
        "encode: " + quote(source) + " must have one value for each id under " + quote(key), "ids",
        encoding.token_ids.size(), "values", values.size());
    for (const std::int32_t value : values)
      check<FormatError>(value == 0 || value == 1,
                         "encode: " + quote(source) + " must hold 0 or 1 under " + quote(key),
                         "value", value);
    if (std::string(key) == "attention_mask") encoding.attention_mask = values;
  }
  return encoding;
}

std::vector<Encoding> read_encodings(const Options& options, const std::filesystem::path& folder) {
  std::optional<BertTokenizer> tokenizer;  // not needed for ids
  const EncodeOptions encode_options = options.encoding.make();
  LineReader reader(options.common.input);
  std::vector<Encoding> encodings;
  for (std::string line; reader.next(line);) {
    const std::string source = "line " + std::to_string(reader.line_number());
    if (options.is_jsonl) {
      const nlohmann::json json = parse_json(line, "encode", source);
      if (json.is_object() && json.contains("input_ids")) {
        encodings.push_back(given_encoding(json, source));
        continue;
      }
    }
    if (!tokenizer) tokenizer = load_tokenizer(folder);
    encodings.push_back(TextLine::parse(line, options.is_jsonl, reader.line_number())
                            .encode(*tokenizer, encode_options));
  }
  check<ValueError>(!encodings.empty(), "encode: input must have at least one line", "lines", 0);
  return encodings;
}

/// Everything that the file will hold, filled batch by batch; T = the longest line.
struct Outputs {
  Tensor<float, 3> last_hidden_state;
  std::vector<Tensor<float, 3>> hidden_states;
  std::vector<Tensor<float, 4>> attentions;
  Tensor<float, 3> logits;

  Outputs(const Options& options, const DistilBert<float>& model, Index count, Index length) {
    const EncoderConfig& config = model.config();
    const Shape<3> hidden{count, length, config.hidden_size};
    last_hidden_state = Tensor<float, 3>(hidden);
    for (int i = 0; options.with_hidden_states && i <= config.num_layers; ++i)
      hidden_states.emplace_back(hidden);
    for (int i = 0; options.with_attentions && i < config.num_layers; ++i)
      attentions.emplace_back(Shape<4>{count, config.num_heads, length, length});
    if (model.has_masked_language_model_head())
      logits = Tensor<float, 3>(Shape<3>{count, length, config.vocab_size});
  }

  void save(const std::string& path) {
    SafetensorsWriter writer;
    const auto add = [&writer](const std::string& name, auto& tensor) {
      writer.add(name, std::move(tensor));
    };
    add("last_hidden_state", last_hidden_state);
    for (std::size_t i = 0; i < hidden_states.size(); ++i)
      add("hidden_states." + std::to_string(i), hidden_states[i]);
    for (std::size_t i = 0; i < attentions.size(); ++i)
      add("attentions." + std::to_string(i), attentions[i]);
    if (!logits.is_empty()) add("logits", logits);
    writer.save(path);
  }
};

void encode(const Options& options) {
  check<ValueError>(options.common.output != "-", "encode: output must be a file", "output",
                    quote(options.common.output));
  const std::filesystem::path folder = options.model.folder();
  const std::vector<Encoding> encodings = read_encodings(options, folder);
  const auto model = DistilBert<float>::from_pretrained(folder.string());
  Index length = 0;
  for (const Encoding& encoding : encodings) length = std::max(length, encoding.size());
  check<ValueError>(length <= model.config().max_position_embeddings,
                    "encode: every line must fit max_position_embeddings", "tokens", length,
                    "max_position_embeddings", model.config().max_position_embeddings,
                    "--max-length cuts longer lines");

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
    const Index longest = batch.padded_length();
    const auto place = [&](Tensor<float, 3>& whole) {
      return whole.slice(0, begin, end).slice(1, 0, longest);
    };
    copy<float, 3>(output.last_hidden_state, place(outputs.last_hidden_state));
    for (std::size_t i = 0; i < output.hidden_states.size(); ++i)
      copy<float, 3>(output.hidden_states[i], place(outputs.hidden_states[i]));
    for (std::size_t i = 0; i < output.attentions.size(); ++i)
      copy<float, 4>(
          output.attentions[i],
          outputs.attentions[i].slice(0, begin, end).slice(2, 0, longest).slice(3, 0, longest));
    if (!outputs.logits.is_empty())
      copy<float, 3>(model.masked_language_model_logits(batch, output.last_hidden_state),
                     place(outputs.logits));
    progress.advance(static_cast<std::size_t>(end - begin));
  }
  outputs.save(options.common.output);
}

}  // namespace

void add_encode(CLI::App& program) {
  const auto options = std::make_shared<Options>();
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
                   "input_ids (and attention_mask)");
  command.add_flag("--hidden-states", options->with_hidden_states,
                   "Adds hidden_states.I [N, T, C]");
  command.add_flag("--attentions", options->with_attentions, "Adds attentions.I [N, H, T, T]");
  command.add_option("--batch-size", options->batch_size, "Lines encoded at a time")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command.footer("Example: echo 'Hello world!' | eigenhead encode --output hello.safetensors");
  command.callback([options] { encode(*options); });
}
