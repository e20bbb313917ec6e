// eigenhead attention: pictures and files of a sentence's attention.

#include "attention_files.hpp"
#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "eigenhead/models.hpp"
#include "eigenhead/plot/terminal.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

using namespace eigenhead;

namespace {

struct AttentionArguments {
  ModelOption model;
  EncodingOptions encoding;
  AttentionFiles files;
  std::string sentence;
  std::optional<std::string> pair;
  bool draws_in_terminal = false;
};

AttentionRecord make_record(const Encoding& encoding, const AttentionArguments& options) {
  AttentionRecord record;
  record.title = options.pair ? options.sentence + " | " + *options.pair : options.sentence;
  record.tokens = encoding.tokens;
  record.special_tokens_mask = encoding.special_tokens_mask;
  record.word_ids = encoding.word_ids;
  const auto second =
      std::find(encoding.sequence_ids.begin(), encoding.sequence_ids.end(), std::optional<int>(1));
  if (second != encoding.sequence_ids.end())
    record.sentence_b_start = second - encoding.sequence_ids.begin();
  return record;
}

/// Runs the model and moves its results for one text into the record.
void run_model(const EncoderModel<float>& model, const Encoding& encoding,
               const AttentionArguments& options, AttentionRecord& record) {
  const std::vector<Index>& layers = options.files.layers;
  const EncoderOutput<float> output = model(encoding, {.with_hidden_states = true,
                                                       .with_attentions = true,
                                                       .with_queries_keys_values = true,
                                                       .layers = {layers.begin(), layers.end()}});
  for (std::size_t i = 0; i < output.attentions.size(); ++i) {
    if (!options.files.has_layer(static_cast<Index>(i))) continue;
    record.layers.push_back(static_cast<Index>(i));
    record.attentions.emplace_back(output.attentions[i][0]);
    record.queries.emplace_back(heads_of(output.queries[i][0], model.config().num_heads));
    record.keys.emplace_back(heads_of(output.keys[i][0], model.config().num_heads));
  }
  for (const Tensor<float, 3>& state : output.hidden_states)
    record.hidden_states.emplace_back(state[0]);
}

void draw_in_terminal(const AttentionRecord& record) {
  for (std::size_t i = 0; i < record.attentions.size(); ++i) {
    const Tensor<float, 3>& weights = record.attentions[i];
    Tensor<float, 2> mean(Shape<2>{weights.extent(1), weights.extent(2)});
    for (Index h = 0; h < weights.extent(0); ++h)
      mean.matrix() += weights.matrix(h) / static_cast<float>(weights.extent(0));
    std::cout << terminal_heatmap(
                     mean, {.title = "Layer " + std::to_string(record.layers[i]) + ", mean of " +
                                     std::to_string(weights.extent(0)) + " heads",
                            .row_labels = record.tokens,
                            .column_labels = record.tokens,
                            .range = ValueRange{0, 1},
                            .is_terminal = isatty(STDOUT_FILENO) == 1})
              << '\n';
  }
}

/// tokens.json and attention.safetensors: what `eigenhead view` reads.
void write_data(const AttentionRecord& record, const AttentionArguments& options) {
  const std::filesystem::path folder = options.files.output_dir;
  nlohmann::ordered_json tokens{{"sentence", options.sentence}, {"tokens", record.tokens}};
  if (options.pair) tokens["pair"] = *options.pair;
  tokens["special_tokens_mask"] = record.special_tokens_mask;
  for (const std::optional<int>& word : record.word_ids)
    tokens["word_ids"].push_back(word ? nlohmann::ordered_json(*word) : nullptr);
  if (record.sentence_b_start > 0) tokens["sentence_b_start"] = record.sentence_b_start;
  write_file(folder / "tokens.json", to_json_line(tokens));

  SafetensorsWriter writer;
  for (std::size_t i = 0; i < record.attentions.size(); ++i) {
    const std::string number = std::to_string(record.layers[i]);
    writer.add("attentions." + number, record.attentions[i]);
    writer.add("queries." + number, record.queries[i]);
    writer.add("keys." + number, record.keys[i]);
  }
  for (std::size_t i = 0; i < record.hidden_states.size(); ++i)
    writer.add("hidden_states." + std::to_string(i), record.hidden_states[i]);
  writer.save(folder / "attention.safetensors");
}

void attention(const AttentionArguments& options) {
  const std::filesystem::path folder = options.model.folder();
  const Encoding encoding = TextLine{options.sentence, options.pair}.encode(
      load_tokenizer(folder), options.encoding.make());
  const EncoderModel<float> model = load_encoder<float>(folder.string());
  check<ValueError>(encoding.size() <= model.config().max_position_embeddings,
                    "attention: the sentence must fit max_position_embeddings", "tokens",
                    encoding.size(), "max_position_embeddings",
                    model.config().max_position_embeddings, "--max-length cuts it");
  std::vector<Index> present(static_cast<std::size_t>(model.config().num_layers));
  std::iota(present.begin(), present.end(), Index{0});
  options.files.check_layers(present, "attention");
  AttentionRecord record = make_record(encoding, options);
  run_model(model, encoding, options, record);
  if (options.draws_in_terminal) return draw_in_terminal(record);
  options.files.write(record, "attention");
  write_data(record, options);
}

}  // namespace

void add_attention(CLI::App& program) {
  const auto options = std::make_shared<AttentionArguments>();
  CLI::App& command =
      *program.add_subcommand("attention", "Pictures and files of a sentence's attention");
  command.add_option("--sentence", options->sentence, "The sentence")->required();
  command.add_option("--pair", options->pair, "A second sentence");
  command.add_flag("--terminal", options->draws_in_terminal,
                   "Draws the mean over heads of each layer here and writes no files");
  options->files.add(command);
  options->model.add(command);
  options->encoding.add_length(command);
  command.footer(
      "Writes attention.html (interactive), attention_layer_L.svg (all heads),\n"
      "attention_layer_L_head_H.svg, embeddings_pca.svg, tokens.json and attention.safetensors.\n"
      "Example: eigenhead attention --sentence 'The cat sat.' --output-dir cat");
  command.callback([options] { attention(*options); });
}
