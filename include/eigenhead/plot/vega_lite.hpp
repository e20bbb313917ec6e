#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/check_arguments.hpp"
#include "eigenhead/plot/heatmap_options.hpp"
#include "eigenhead/plot/json_text.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/scatter.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

inline constexpr const char* kVegaLiteSchema = "https://vega.github.io/schema/vega-lite/v5.json";

inline const char* vega_scheme(Colormap colormap) {
  switch (colormap) {
    case Colormap::reds: return "reds";
    case Colormap::red_blue: return "redblue";
    case Colormap::greys: return "greys";
    case Colormap::viridis: break;
  }
  return "viridis";
}

inline std::vector<std::string> json_strings(const std::vector<std::string>& texts) {
  std::vector<std::string> result;
  for (const std::string& text : texts) result.push_back(json_string(text));
  return result;
}

/// An axis of positions 0, 1, ... that shows `labels`: tokens may repeat, so they cannot be the
/// values themselves.
inline std::string vega_axis(const std::string& field, const std::string& title,
                             const std::vector<std::string>& labels) {
  const std::string expression = json_array(json_strings(labels)) + "[datum.value]";
  return "{\"field\":" + json_string(field) +
         ",\"type\":\"ordinal\",\"title\":" + json_string(title) +
         ",\"axis\":{\"labelExpr\":" + json_string(expression) + "}}";
}

inline std::vector<std::string> inert_labels(std::vector<std::string> labels, Index count) {
  labels = labels_or_numbers(std::move(labels), count);
  for (std::string& label : labels) label = inert_label(label);
  return labels;
}

inline std::string vega_start(const std::string& title, const std::vector<std::string>& data) {
  return std::string("{\n\"$schema\":\"") + kVegaLiteSchema +
         "\",\n\"title\":" + json_string(inert_label(title)) +
         ",\n\"data\":{\"values\":" + json_array(data) + "},\n";
}

}  // namespace detail

/// heatmap() as a Vega-Lite 5 specification, data inline: JSON that the online editor, notebooks
/// and VS Code draw. Takes and checks the same; numbers are whole, and cells that are not finite
/// are left out.
template <class Scalar>
std::string vega_lite_heatmap(TensorView<const Scalar, 2> values,
                              const HeatmapOptions& options = {}) {
  detail::check_heatmap("vega_lite_heatmap", values, options.row_labels, options.column_labels,
                        options.range);
  const auto rows = detail::inert_labels(options.row_labels, values.extent(0));
  const auto columns = detail::inert_labels(options.column_labels, values.extent(1));
  const Tensor<double, 2> numbers = cast<double>(values);
  const ValueRange range = options.range.value_or(
      detail::automatic_range(detail::widened(detail::kNoValues, numbers), options.colormap));
  std::vector<std::string> data;
  for (Index i = 0; i < values.extent(0); ++i)
    for (Index j = 0; j < values.extent(1); ++j)
      data.push_back("{\"row\":" + std::to_string(i) + ",\"column\":" + std::to_string(j) +
                     ",\"from\":" + detail::json_string(rows[static_cast<std::size_t>(i)]) +
                     ",\"to\":" + detail::json_string(columns[static_cast<std::size_t>(j)]) +
                     ",\"value\":" + detail::json_number(values(i, j)) + "}");
  const auto tip = [](const char* field, const std::string& title) {
    return std::string("{\"field\":\"") + field + "\",\"title\":" + detail::json_string(title) +
           "}";
  };
  return detail::vega_start(options.title, data) +
         "\"mark\":\"rect\",\n\"width\":{\"step\":20},\n\"height\":{\"step\":20},\n"
         "\"encoding\":{\n\"y\":" +
         detail::vega_axis("row", options.y_label, rows) +
         ",\n\"x\":" + detail::vega_axis("column", options.x_label, columns) +
         ",\n\"color\":{\"field\":\"value\",\"type\":\"quantitative\",\"title\":" +
         detail::json_string(options.color_bar_label) + ",\"scale\":{\"scheme\":\"" +
         detail::vega_scheme(options.colormap) + "\",\"domain\":[" +
         detail::json_number(range.minimum) + "," + detail::json_number(range.maximum) +
         "],\"clamp\":true}},\n\"tooltip\":[" + tip("from", options.row_name) + "," +
         tip("to", options.column_name) + "," + tip("value", "value") + "]\n}\n}\n";
}

/// scatter() as a Vega-Lite 5 specification, data inline. Takes the same; every label is drawn.
/// Throws ShapeError when points are not [n, 2] with n >= 1, or labels or groups not one a point.
template <class Scalar>
std::string vega_lite_scatter(TensorView<const Scalar, 2> points,
                              const ScatterOptions& options = {}) {
  detail::check_scatter("vega_lite_scatter", points, options.labels, options.groups);
  std::vector<std::string> data;
  const auto labels = detail::inert_labels(options.labels, points.extent(0));
  for (Index i = 0; i < points.extent(0); ++i) {
    const auto at = static_cast<std::size_t>(i);
    data.push_back(
        "{\"x\":" + detail::json_number(points(i, 0)) + ",\"y\":" +
        detail::json_number(points(i, 1)) + ",\"label\":" + detail::json_string(labels[at]) +
        (options.groups.empty() ? "" : ",\"group\":" + detail::json_string(options.groups[at])) +
        "}");
  }
  const auto axis = [](const char* name, const std::string& title) {
    return std::string("\"") + name + "\":{\"field\":\"" + name +
           "\",\"type\":\"quantitative\",\"title\":" + detail::json_string(title) +
           ",\"scale\":{\"zero\":false}}";
  };
  const std::string color = options.groups.empty()
                                ? ""
                                : ",\n\"color\":{\"field\":\"group\",\"type\":\"nominal\"},"
                                  "\"shape\":{\"field\":\"group\",\"type\":\"nominal\"}";
  const std::string text =
      options.labels.empty()
          ? ""
          : ",\n{\"mark\":{\"type\":\"text\",\"dx\":7,\"align\":\"left\"},"
            "\"encoding\":{\"text\":{\"field\":\"label\",\"type\":\"nominal\"}}}";
  return detail::vega_start(options.title, data) +
         "\"width\":" + detail::json_number(options.width) +
         ",\n\"height\":" + detail::json_number(options.height) + ",\n\"encoding\":{\n" +
         axis("x", options.x_label) + ",\n" + axis("y", options.y_label) +
         "\n},\n\"layer\":[\n{\"mark\":{\"type\":\"point\",\"filled\":true,\"tooltip\":{"
         "\"content\":"
         "\"data\"}},\"encoding\":{\"size\":{\"value\":50}" +
         color + "}}" + text + "\n]\n}\n";
}

}  // namespace eigenhead
