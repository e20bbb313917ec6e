#pragma once

#include "eigenhead/core/file.hpp"
#include "eigenhead/plot/line_chart.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace eigenhead {

/// Draws FOLDER/NAME.svg of each {NAME: {"title", "x_label", "y_label", "labels", "series": {name:
/// [number, ...]}}} of a JSON file.
inline void plot_charts(const std::string& json_path, const std::string& folder) {
  const nlohmann::json charts = nlohmann::json::parse(read_file(json_path));
  for (const auto& [name, chart] : charts.items()) {
    LineChartOptions options;
    options.title = chart["title"];
    options.x_label = chart["x_label"];
    options.y_label = chart["y_label"];
    options.labels = chart["labels"].get<std::vector<std::string>>();
    const auto num_points = static_cast<Index>(options.labels.size());
    Tensor<double, 2> values({static_cast<Index>(chart["series"].size()), num_points});
    double largest = 0;
    Index row = 0;
    for (const auto& [series, numbers] : chart["series"].items()) {
      options.series.push_back(series);
      for (Index i = 0; i < num_points; ++i) {
        values(row, i) = numbers[static_cast<std::size_t>(i)].get<double>();
        largest = std::max(largest, values(row, i));
      }
      ++row;
    }
    options.range = ValueRange{0, 1.1 * largest};
    line_chart(values, options).save(folder + "/" + name + ".svg");
  }
}

}  // namespace eigenhead
