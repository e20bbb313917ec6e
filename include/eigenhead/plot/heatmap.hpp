#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/check_arguments.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/heatmap_drawing.hpp"
#include "eigenhead/plot/heatmap_options.hpp"

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
  detail::check_heatmap("heatmap", values, options.row_labels, options.column_labels,
                        options.range);
  return detail::HeatmapDrawing({cast<double>(values)}, {}, 1, options).draw();
}

}  // namespace eigenhead
