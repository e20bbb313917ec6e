// eigenhead attention: pictures and files of a sentence's attention.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/analysis.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "eigenhead/models.hpp"
#include "eigenhead/plot.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

struct Options {
  ModelOption model;
  EncodingOptions encoding;
  std::string sentence;
  std::optional<std::string> pair;
  std::string output_dir = ".";
  bool draws_in_terminal = false;
  bool is_quiet = false;
};

HeatmapOptions heatmap_options(const std::string& title, const Encoding& encoding) {
  return {.title = title,
          .x_label = "Key",
          .y_label = "Query",
          .color_bar_label = "Attention Weight",
          .row_labels = encoding.tokens,
          .column_labels = encoding.tokens,
          .range = ValueRange{0, 1}};
}

void draw_in_terminal(const EncoderOutput<float>& output, const Encoding& encoding) {
  for (std::size_t layer = 0; layer < output.attentions.size(); ++layer) {
    const Tensor<float, 4>& weights = output.attentions[layer];
    Tensor<float, 2> mean(Shape<2>{weights.extent(2), weights.extent(3)});
    for (Index h = 0; h < weights.extent(1); ++h)
      mean.matrix() += weights.matrix(0, h) / static_cast<float>(weights.extent(1));
    std::cout << terminal_heatmap(mean, {.title = "Layer " + std::to_string(layer) + ", mean of " +
                                                  std::to_string(weights.extent(1)) + " heads",
                                         .row_labels = encoding.tokens,
                                         .column_labels = encoding.tokens,
                                         .range = ValueRange{0, 1},
                                         .is_terminal = isatty(STDOUT_FILENO) == 1})
              << '\n';
  }
}

void save_embeddings(const EncoderOutput<float>& output, const Encoding& encoding,
                     const std::filesystem::path& path) {
  Pca<float> pca(2);
  const Tensor<float, 2> points = pca.fit_transform(output.last_hidden_state[0]);
  const TensorView<const float, 1> ratio = pca.explained_variance_ratio();
  scatter(points, {.title = "Last hidden state",
                   .x_label = component_label(1, ratio(0)),
                   .y_label = component_label(2, ratio(1)),
                   .labels = encoding.tokens})
      .save(path);
}

void save_files(const EncoderOutput<float>& output, const Encoding& encoding,
                const Options& options) {
  const std::filesystem::path folder = options.output_dir;
  for (std::size_t layer = 0; layer < output.attentions.size(); ++layer) {
    const TensorView<const float, 3> weights = output.attentions[layer][0];  // [H, T, T]
    const std::string name = "Layer " + std::to_string(layer);
    const std::string file = "attention_layer_" + std::to_string(layer);
    heatmap_grid(weights, {.heatmap = heatmap_options(name, encoding)})
        .save(folder / (file + ".svg"));
    for (Index head = 0; head < weights.extent(0); ++head)
      heatmap(weights[head], heatmap_options(name + " Head " + std::to_string(head), encoding))
          .save(folder / (file + "_head_" + std::to_string(head) + ".svg"));
  }
  save_embeddings(output, encoding, folder / "embeddings_pca.svg");
  nlohmann::ordered_json tokens{{"sentence", options.sentence}, {"tokens", encoding.tokens}};
  if (options.pair) tokens["pair"] = *options.pair;
  write_file(folder / "tokens.json", to_json_line(tokens));

  SafetensorsWriter writer;  // one text: [H, T, T] and [T, C]
  for (std::size_t i = 0; i < output.attentions.size(); ++i)
    writer.add("attentions." + std::to_string(i), Tensor<float, 3>(output.attentions[i][0]));
  for (std::size_t i = 0; i < output.hidden_states.size(); ++i)
    writer.add("hidden_states." + std::to_string(i), Tensor<float, 2>(output.hidden_states[i][0]));
  writer.save(folder / "attention.safetensors");
}

void attention(const Options& options) {
  const std::filesystem::path folder = options.model.folder();
  const Encoding encoding = TextLine{options.sentence, options.pair}.encode(
      load_tokenizer(folder), options.encoding.make());
  const auto model = DistilBert<float>::from_pretrained(folder.string());
  check<ValueError>(encoding.size() <= model.config().max_position_embeddings,
                    "attention: the sentence must fit max_position_embeddings", "tokens",
                    encoding.size(), "max_position_embeddings",
                    model.config().max_position_embeddings, "--max-length cuts it");
  const EncoderOutput<float> output =
      model(encoding, {.with_hidden_states = true, .with_attentions = true});
  if (options.draws_in_terminal) return draw_in_terminal(output, encoding);

  std::error_code error;
  std::filesystem::create_directories(options.output_dir, error);
  check<FileError>(!error, "attention: output-dir must be a folder that can be made; got " +
                               quote(options.output_dir));
  save_files(output, encoding, options);
  if (!options.is_quiet)
    std::cout << "Wrote the attention of " << encoding.size() << " tokens in "
              << output.attentions.size() << " layers to " << options.output_dir << '\n';
}

}  // namespace

void add_attention(CLI::App& program) {
  const auto options = std::make_shared<Options>();
  CLI::App& command =
      *program.add_subcommand("attention", "Pictures and files of a sentence's attention");
  command.add_option("--sentence", options->sentence, "The sentence")->required();
  command.add_option("--pair", options->pair, "A second sentence");
  command.add_option("--output-dir", options->output_dir, "Where the files go; made if absent")
      ->capture_default_str();
  command.add_flag("--terminal", options->draws_in_terminal,
                   "Draws the mean over heads of each layer here and writes no files");
  command.add_flag("--quiet", options->is_quiet, "Prints nothing but --terminal's drawing");
  options->model.add(command);
  options->encoding.add_length(command);
  command.footer(
      "Writes attention_layer_L.svg (all heads), attention_layer_L_head_H.svg, "
      "embeddings_pca.svg,\n"
      "tokens.json and attention.safetensors.\n"
      "Example: eigenhead attention --sentence 'The cat sat.' --output-dir cat");
  command.callback([options] { attention(*options); });
}
