#include "attention_files.hpp"

#include "eigenhead/analysis.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/plot.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>

using namespace eigenhead;

namespace {

/// The hidden states of all layers in the plane of their two principal components.
struct Embeddings {
  Tensor<float, 3> points;  // [states, T, 2]; empty: there is no plane
  std::vector<std::string> state_names;
  std::string x_label;
  std::string y_label;
};

Embeddings project(const AttentionRecord& record, const std::string& function) {
  const std::vector<Tensor<float, 2>>& states = record.hidden_states;
  Embeddings result;
  if (states.empty()) return result;
  const Shape<2> shape = states[0].shape();
  for (const Tensor<float, 2>& state : states)
    check<ShapeError>(state.shape() == shape,
                      function + ": hidden_states must all have the same shape", "first", shape,
                      "another", state.shape());
  const auto num_states = static_cast<Index>(states.size());
  if (num_states * shape[0] < 2 || shape[1] < 2) return result;
  Tensor<float, 3> all(Shape<3>{num_states, shape[0], shape[1]});
  for (Index i = 0; i < num_states; ++i)
    all.matrix(i) = states[static_cast<std::size_t>(i)].matrix();
  Pca<float> pca(2);
  const Tensor<float, 2> points =
      pca.fit_transform(all.reshape(Shape<2>{num_states * shape[0], shape[1]}));
  result.points = Tensor<float, 3>(points.reshape(Shape<3>{num_states, shape[0], 2}));
  result.x_label = component_label(1, pca.explained_variance_ratio()(0));
  result.y_label = component_label(2, pca.explained_variance_ratio()(1));
  for (std::size_t i = 0; i < states.size(); ++i) {
    const Index number =
        record.state_numbers.empty() ? static_cast<Index>(i) : record.state_numbers[i];
    result.state_names.push_back(number == 0 ? "Embeddings"
                                             : "After layer " + std::to_string(number - 1));
  }
  return result;
}

HtmlPage make_page(const AttentionRecord& record, const Embeddings& embeddings,
                   const AttentionFiles& files) {
  AttentionViewerContent content{.tokens = record.tokens,
                                 .special_tokens_mask = record.special_tokens_mask,
                                 .word_ids = record.word_ids,
                                 .sentence_b_start = record.sentence_b_start,
                                 .points = embeddings.points,
                                 .state_names = embeddings.state_names,
                                 .x_label = embeddings.x_label,
                                 .y_label = embeddings.y_label};
  content.attentions.assign(record.attentions.begin(), record.attentions.end());
  if (!files.has_no_query_key) {
    content.queries.assign(record.queries.begin(), record.queries.end());
    content.keys.assign(record.keys.begin(), record.keys.end());
  }
  return attention_viewer(
      content,
      {.title = record.title, .layer_numbers = record.layers, .is_float32 = files.is_float32});
}

HeatmapOptions heatmap_options(const AttentionRecord& record, const std::string& title) {
  return {.title = title,
          .x_label = "Key",
          .y_label = "Query",
          .color_bar_label = "Attention Weight",
          .row_labels = record.tokens,
          .column_labels = record.tokens,
          .range = ValueRange{0, 1}};
}

void write_layer(const AttentionRecord& record, std::size_t i, const std::filesystem::path& folder,
                 bool with_vega_lite) {
  const Tensor<float, 3>& weights = record.attentions[i];  // [H, T, T]
  const std::string number = std::to_string(record.layers[i]);
  const std::string name = "Layer " + number;
  const std::string file = "attention_layer_" + number;
  heatmap_grid(weights, {.heatmap = heatmap_options(record, name)}).save(folder / (file + ".svg"));
  for (Index head = 0; head < weights.extent(0); ++head) {
    const std::string suffix = "_head_" + std::to_string(head);
    const HeatmapOptions options = heatmap_options(record, name + " Head " + std::to_string(head));
    heatmap(weights[head], options).save(folder / (file + suffix + ".svg"));
    if (with_vega_lite)
      write_file(folder / (file + suffix + ".vl.json"), vega_lite_heatmap(weights[head], options));
  }
}

void write_embeddings(const AttentionRecord& record, const AttentionFiles& files) {
  const std::filesystem::path folder = files.output_dir;
  const Tensor<float, 2>& last = record.hidden_states.back();
  if (last.extent(0) >= 2 && last.extent(1) >= 2) {
    Pca<float> pca(2);
    const Tensor<float, 2> points = pca.fit_transform(last);
    const ScatterOptions options{.title = "Last hidden state",
                                 .x_label = component_label(1, pca.explained_variance_ratio()(0)),
                                 .y_label = component_label(2, pca.explained_variance_ratio()(1)),
                                 .labels = record.tokens};
    scatter(points, options).save(folder / "embeddings_pca.svg");
    if (files.with_vega_lite)
      write_file(folder / "embeddings_pca.vl.json", vega_lite_scatter(points, options));
  }
  if (files.with_projector) save_projector(folder / "projector", last, {{"token", record.tokens}});
}

}  // namespace

void AttentionFiles::add(CLI::App& command) {
  command.add_option("--output-dir", output_dir, "Where the files go; made if absent")
      ->capture_default_str();
  command.add_option("--layers", layers, "Only these layers, such as 0,5; default: all")
      ->delimiter(',');
  command.add_flag("--float32", is_float32,
                   "attention.html keeps float32 weights: it is four times as large");
  command.add_flag("--no-query-key", has_no_query_key,
                   "attention.html without the query-key view: a smaller file");
  command.add_flag("--vega-lite", with_vega_lite, "Also the pictures as Vega-Lite JSON");
  command.add_flag("--projector", with_projector,
                   "Also the last hidden state for TensorBoard's projector");
  command.add_flag("--quiet", is_quiet, "Does not say what was written");
}

bool AttentionFiles::has_layer(Index number) const {
  return layers.empty() || std::find(layers.begin(), layers.end(), number) != layers.end();
}

void AttentionFiles::check_layers(const std::vector<Index>& present,
                                  const std::string& function) const {
  for (const Index layer : layers)
    if (std::find(present.begin(), present.end(), layer) == present.end())
      fail<ValueError>(function, ": layers must be layers that there are; got ", layer);
}

void AttentionFiles::write(const AttentionRecord& record, const std::string& function) const {
  std::error_code error;
  std::filesystem::create_directories(output_dir, error);
  check<FileError>(!error, function + ": output-dir must be a folder that can be made; got " +
                               quote(output_dir));
  const std::filesystem::path folder = output_dir;
  // The page first: it checks what the record holds.
  make_page(record, project(record, function), *this).save(folder / "attention.html");
  for (std::size_t i = 0; i < record.attentions.size(); ++i)
    write_layer(record, i, folder, with_vega_lite);
  if (!record.hidden_states.empty()) write_embeddings(record, *this);
  if (!is_quiet)
    std::cout << "Wrote the attention of " << record.attentions[0].extent(1) << " tokens in "
              << record.attentions.size() << " layers to " << output_dir << '\n';
}
