#pragma once

#include "eigenhead/plot/colormap.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eigenhead {

/// What heatmap() and heatmap_grid() write around the cells.
struct HeatmapOptions {
  std::string title = {};
  std::string x_label = {};                     ///< below the columns, such as "Key Index"
  std::string y_label = {};                     ///< beside the rows, such as "Query Index"
  std::string color_bar_label = {};             ///< such as "Attention Weight"
  std::vector<std::string> row_labels = {};     ///< one a row (a token), or none: numbers
  std::vector<std::string> column_labels = {};  ///< one a column, or none: numbers
  std::string row_name = "query";               ///< hovering: "query cat -> key sat: 0.137"
  std::string column_name = "key";

  /// The values at the ends of the colour bar; values outside get the colour of the nearer end.
  /// Absent: from the least to the greatest finite value (of all heads of a grid), made symmetric
  /// about 0 for Colormap::red_blue. Weights of several figures compare under {0, 1}.
  std::optional<ValueRange> range = {};
  Colormap colormap = Colormap::viridis;

  /// Whether numbers stand in the cells. Absent: for a single heatmap of up to 20 x 20.
  std::optional<bool> shows_values = {};
  Theme theme = Theme::light;
};

}  // namespace eigenhead
