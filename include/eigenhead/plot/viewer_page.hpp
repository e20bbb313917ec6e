#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/json_text.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/png.hpp"
#include "eigenhead/plot/svg.hpp"
#include "eigenhead/plot/viewer_bytes.hpp"
#include "eigenhead/plot/viewer_content.hpp"
#include "eigenhead/plot/viewer_files.hpp"
#include "eigenhead/plot/viewer_palette.hpp"
#include "eigenhead/plot/viewer_units.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// The HTML of the attention viewer. Its content has been checked.

namespace eigenhead::detail {

/// What layer `i` of the content is called.
inline std::string layer_name(const AttentionViewerOptions& options, std::size_t i) {
  return std::to_string(options.layer_numbers.empty() ? static_cast<Index>(i)
                                                      : options.layer_numbers[i]);
}

/// What the script needs to know beside the data blocks.
inline std::string viewer_json(const AttentionViewerContent& content,
                               const AttentionViewerOptions& options, const ViewerUnits& units) {
  const Index num_heads = content.attentions[0].extent(0);
  std::vector<std::string> layers;
  for (std::size_t i = 0; i < content.attentions.size(); ++i)
    layers.push_back(layer_name(options, i));
  std::vector<std::string> states;
  for (const std::string& name : labels_or_numbers(content.state_names, content.points.extent(0)))
    states.push_back(json_string(inert_label(name)));
  const auto scales = [&](const std::vector<TensorView<const float, 3>>& views) {
    std::vector<std::string> numbers;
    for (const auto& view : views)
      numbers.push_back(json_number(vector_scale(view, options.is_float32)));
    return json_array(numbers);
  };
  const Index head_size = content.queries.empty() ? 0 : content.queries[0].extent(2);
  return "{\"tokens\":" + units.tokens_json() + ",\n\"words\":" + units.words_json() +
         ",\n\"layers\":" + json_array(layers) + ",\"heads\":" + std::to_string(num_heads) +
         ",\"isFloat\":" + (options.is_float32 ? "true" : "false") +
         ",\n\"states\":" + json_array(states) +
         ",\"xLabel\":" + json_string(inert_label(content.x_label)) +
         ",\"yLabel\":" + json_string(inert_label(content.y_label)) +
         ",\n\"headSize\":" + std::to_string(head_size) +
         ",\"scales\":{\"query\":" + scales(content.queries) + ",\"key\":" + scales(content.keys) +
         "},\n\"viridis\":" + viridis_json() +
         ",\n\"themes\":{\"light\":" + theme_json(Theme::light, num_heads) +
         ",\n\"dark\":" + theme_json(Theme::dark, num_heads) + "}}";
}

/// `body` with each {{name}} replaced by its value.
inline std::string fill_in(std::string_view body,
                           const std::map<std::string, std::string>& values) {
  std::string result;
  for (auto at = body.find("{{"); at != body.npos; at = body.find("{{")) {
    const auto end = body.find("}}", at);
    result += body.substr(0, at);
    result += values.at(std::string(body.substr(at + 2, end - at - 2)));
    body.remove_prefix(end + 2);
  }
  return result.append(body);
}

inline std::string html_option(std::size_t value, const std::string& text) {
  return "<option value=\"" + std::to_string(value) + "\">" + escape_xml(text) + "</option>";
}

/// The body of the page, its controls set to what suits the number of tokens.
inline std::string viewer_body(const AttentionViewerContent& content,
                               const AttentionViewerOptions& options, const ViewerUnits& units) {
  std::map<std::string, std::string> values;
  const std::string title = options.title.empty() ? "Attention" : options.title;
  values["title"] = escape_xml(inert_label(title));
  const auto add_view = [&](const std::string& name, const std::string& text) {
    values["views"] += "<label><input type=\"radio\" name=\"view\" value=\"" + name + "\"" +
                       (name == "heads" ? " checked" : "") + ">" + text + "</label>";
  };
  add_view("heads", "Heads");
  add_view("matrix", "Matrix");
  add_view("model", "Model");
  if (!content.points.is_empty()) add_view("embeddings", "Embeddings");
  if (!content.queries.empty()) add_view("query-key", "Query\u00b7key");
  for (std::size_t i = 0; i < content.attentions.size(); ++i)
    values["layers"] += html_option(i, layer_name(options, i));
  for (Index head = 0; head < content.attentions[0].extent(0); ++head) {
    const std::string number = std::to_string(head);
    values["heads"] += "<label><input type=\"checkbox\" name=\"heads\" value=\"" + number +
                       "\" checked>" + number + "</label>";
  }
  for (std::size_t i = 0; i < units.size(); ++i) values["tokens"] += html_option(i, units.label(i));
  values["last-state"] = std::to_string(std::max<Index>(content.points.extent(0), 1) - 1);
  // A long text in all heads at once is a thicket.
  const bool is_short = units.size() <= 40;
  values["mean"] = is_short ? "" : "selected";
  values["top"] = is_short ? "0" : "3";
  values["least"] = "0.05";
  values["root"] = is_short ? "" : "checked";
  values["pair"] = content.sentence_b_start > 0 ? "" : "absent";
  values["words"] = units.has_pieces() ? "" : "absent";
  return fill_in(kViewerBody, values);
}

/// Appends what the script reads first, and a data block for each layer.
inline void append_viewer_data(std::string& html, const AttentionViewerContent& content,
                               const AttentionViewerOptions& options, const ViewerUnits& units) {
  html += "<script type=\"application/json\" id=\"content\">" +
          viewer_json(content, options, units) + "</script>\n";
  const auto add_block = [&html](const std::string& id, const std::string& bytes) {
    html += "<script type=\"text/plain\" id=\"" + id + "\">";
    html += base64(bytes);
    html += "</script>\n";
  };
  const auto add_vectors = [&](const std::string& name, const TensorView<const float, 3>& view) {
    add_block(name, options.is_float32 ? float32_bytes(view)
                                       : int16_bytes(view, vector_scale(view, false)));
  };
  for (std::size_t i = 0; i < content.attentions.size(); ++i) {
    const TensorView<const float, 3>& weights = content.attentions[i];
    const std::string number = std::to_string(i);
    add_block("attention" + number,
              options.is_float32 ? float32_bytes(weights) : weight_bytes(weights));
    if (content.queries.empty()) continue;
    add_vectors("query" + number, content.queries[i]);
    add_vectors("key" + number, content.keys[i]);
  }
  if (!content.points.is_empty()) add_block("points", point_bytes(content.points));
}

/// The whole page.
inline std::string viewer_html(const AttentionViewerContent& content,
                               const AttentionViewerOptions& options) {
  const ViewerUnits units(content);
  const std::string title = options.title.empty() ? "Attention" : options.title;
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '";
  html += kViewerScriptHash;
  html += "'; style-src '";
  html += kViewerStyleHash;
  html +=
      "'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  html += escape_xml(inert_label(title)) + "</title>\n<style>";
  html += kViewerStyle;
  html += "</style>\n</head>\n<body>\n" + viewer_body(content, options, units);
  append_viewer_data(html, content, options, units);
  html += "<script>";
  for (const std::string_view part : kViewerScript) html += part;
  html += "</script>\n</body>\n</html>\n";
  return html;
}

}  // namespace eigenhead::detail
