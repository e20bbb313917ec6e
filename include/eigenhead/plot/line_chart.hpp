#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/axes.hpp"
#include "eigenhead/plot/chart.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/markers.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace eigenhead {

/// What line_chart() writes around the lines.
struct LineChartOptions {
  std::string title = {};
  std::string x_label = {};              ///< such as "Layer"
  std::string y_label = {};              ///< such as "Mean entropy (nats)"
  std::vector<std::string> labels = {};  ///< one a position along x, or none: numbers from 0
  std::vector<std::string> series = {};  ///< a name for each line, or none: no legend
  std::optional<ValueRange> range =
      {};  ///< of the y axis, with all values inside; absent: the data's
  double width = 640;
  double height = 400;
  Theme theme = Theme::light;
};

namespace detail {

inline Figure draw_line_chart(const Tensor<double, 2>& values, const LineChartOptions& options) {
  const auto last = static_cast<double>(values.extent(1) - 1);
  Axes axes({options.title, options.x_label, options.y_label, options.series, "line_chart"},
            {-0.03 * last - 0.2, 1.03 * last + 0.2},
            options.range.value_or(padded_range(widened(kNoValues, values), 0.06)), options.width,
            options.height);
  const std::vector<std::string> labels = labels_or_numbers(options.labels, values.extent(1));
  axes.set_categories(labels);
  const ThemeColors colors = theme_colors(options.theme);
  SvgWriter svg;
  axes.draw(svg, colors, "Line chart");
  for (Index line = 0; line < values.extent(0); ++line) {
    const auto group = static_cast<std::size_t>(line);
    std::vector<std::string> names;
    for (const std::string& label : labels)
      names.push_back((options.series.empty() ? "" : quoted_label(options.series[group]) + ", ") +
                      quoted_label(label));
    draw_line(svg, axes, values[line], group, colors, names);
  }
  draw_legend(svg, axes.frame(), options.series, colors, true);
  return close_figure(svg, options.width, options.height);
}

}  // namespace detail

/// Values along a sequence, such as the mean entropy of each layer: a line with markers for each
/// series.
///
/// @param values   [series, n], finite and below 1e300
/// @param options  labels of the n positions, names of the series
/// @throws ShapeError if values are empty, or labels or series do not fit their shape
/// @throws ValueError if a value is not finite or outside options.range, there are more than 64
///         series, width or height is not from 240 x 180 to 100000 x 100000 pixels, or names and
///         numbers leave the frame less than 40 pixels
///
/// Series differ by colour and by marker. Labels that would touch are thinned out evenly.
template <class Scalar>
Figure line_chart(TensorView<const Scalar, 2> values, const LineChartOptions& options = {}) {
  check<ShapeError>(!values.is_empty(), "line_chart: values must not be empty", "values",
                    values.shape());
  const Tensor<double, 2> numbers = cast<double>(values);
  detail::check_labels("line_chart: labels must have one label per position", options.labels,
                       values.extent(1), "values", values.shape());
  detail::check_labels("line_chart: series must have one name per row", options.series,
                       values.extent(0), "values", values.shape());
  detail::check_values("line_chart", numbers, options.range);
  check<ValueError>(values.extent(0) <= static_cast<Index>(detail::kMostGroups),
                    "line_chart: values must have at most 64 rows", "values", values.shape());
  detail::check_figure_size("line_chart", options.width, options.height);
  return detail::draw_line_chart(numbers, options);
}

}  // namespace eigenhead
