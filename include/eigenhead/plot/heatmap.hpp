#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/heatmap_drawing.hpp"
#include "eigenhead/plot/heatmap_options.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/value_range.hpp"

namespace eigenhead {

/// A picture of a matrix: a coloured cell for each value, row 0 on top, with a colour bar.
///
///     HeatmapOptions options;
///     options.row_labels = options.column_labels = tokens;
///     heatmap(weights, options).save("attention.svg");
///
/// @param values   [rows, columns], for attention [queries, keys]; NaN and infinities get a colour
///                 of their own, named beside the colour bar
/// @param options  labels, scale, colours
/// @throws ShapeError if values are empty or the number of labels differs from rows or columns
/// @throws ValueError if options.range is empty or not finite
///
/// Hovering shows labels and value of a cell, and the full text of a shortened label. Above 10,000
/// cells the matrix is one embedded image without hovering: 512 x 512 takes 0.4 MB. Labels that
/// would touch are thinned out evenly.
template <class Scalar>
Figure heatmap(TensorView<const Scalar, 2> values, const HeatmapOptions& options = {}) {
  check<ShapeError>(!values.is_empty(), "heatmap: values must not be empty", "values",
                    values.shape());
  detail::check_labels("heatmap: row_labels must have one label per row", options.row_labels,
                       values.extent(0), "values", values.shape());
  detail::check_labels("heatmap: column_labels must have one label per column",
                       options.column_labels, values.extent(1), "values", values.shape());
  detail::check_range("heatmap", options.range);
  return detail::HeatmapDrawing({cast<double>(values)}, {}, 1, options).draw();
}

}  // namespace eigenhead
