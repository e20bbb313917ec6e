#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/heatmap_drawing.hpp"
#include "eigenhead/plot/heatmap_options.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// What heatmap_grid() draws beside the heatmaps.
struct HeatmapGridOptions {
  HeatmapOptions heatmap = {};  ///< shared by all heads: labels, scale, colours, title of the page
  std::vector<std::string> titles = {};  ///< one a head, or none: "Head 0", or "Layer 0 Head 0"
  Index columns = 0;  ///< heatmaps side by side; 0: chosen, all heads of a layer for rank 4
};

namespace detail {

/// A row for up to four heads, rows of four where they fill, else about a square.
inline Index automatic_columns(Index num_heads) {
  if (num_heads <= 4) return num_heads;
  if (num_heads % 4 == 0) return 4;
  return static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(num_heads))));
}

template <int Rank>
Figure draw_grid(std::vector<Tensor<double, 2>> panels, std::vector<std::string> titles,
                 Index columns, const HeatmapGridOptions& options, const Shape<Rank>& shape) {
  const HeatmapOptions& shared = options.heatmap;
  check_labels("heatmap_grid: row_labels must have one label per row", shared.row_labels,
               panels[0].extent(0), "values", shape);
  check_labels("heatmap_grid: column_labels must have one label per column", shared.column_labels,
               panels[0].extent(1), "values", shape);
  check_labels("heatmap_grid: titles must have one title per head", options.titles,
               static_cast<Index>(panels.size()), "values", shape);
  check<ValueError>(options.columns >= 0, "heatmap_grid: columns must be >= 0", "columns",
                    options.columns);
  check_range("heatmap_grid", shared.range);
  if (!options.titles.empty()) titles = options.titles;
  if (options.columns > 0) columns = options.columns;
  return HeatmapDrawing(std::move(panels), std::move(titles), columns, shared).draw();
}

}  // namespace detail

/// Heatmaps of all heads of a layer on one page: one scale for all, one colour bar, token labels
/// only along the left and the lower side.
///
/// @param values   [heads, rows, columns], for attention [heads, queries, keys]
/// @param options  labels, scale and titles
/// @throws ShapeError if values are empty or the number of labels or titles differs from the shape
/// @throws ValueError if the range is empty or not finite, or columns is negative
///
/// Up to 10,000 cells in all, hovering shows head, labels and value; above, each head is an image.
template <class Scalar>
Figure heatmap_grid(TensorView<const Scalar, 3> values, const HeatmapGridOptions& options = {}) {
  check<ShapeError>(!values.is_empty(), "heatmap_grid: values must not be empty", "values",
                    values.shape());
  std::vector<Tensor<double, 2>> panels;
  std::vector<std::string> titles;
  for (Index head = 0; head < values.extent(0); ++head) {
    panels.push_back(cast<double>(values[head]));
    titles.push_back("Head " + std::to_string(head));
  }
  return detail::draw_grid(std::move(panels), std::move(titles),
                           detail::automatic_columns(values.extent(0)), options, values.shape());
}

/// Heatmaps of all layers and heads on one page: a row a layer, a column a head.
///
/// @param values  [layers, heads, rows, columns]; all else as for one layer
template <class Scalar>
Figure heatmap_grid(TensorView<const Scalar, 4> values, const HeatmapGridOptions& options = {}) {
  check<ShapeError>(!values.is_empty(), "heatmap_grid: values must not be empty", "values",
                    values.shape());
  std::vector<Tensor<double, 2>> panels;
  std::vector<std::string> titles;
  for (Index layer = 0; layer < values.extent(0); ++layer) {
    for (Index head = 0; head < values.extent(1); ++head) {
      panels.push_back(cast<double>(values[layer][head]));
      titles.push_back("Layer " + std::to_string(layer) + " Head " + std::to_string(head));
    }
  }
  return detail::draw_grid(std::move(panels), std::move(titles), values.extent(1), options,
                           values.shape());
}

}  // namespace eigenhead
