#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/axes.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/ticks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
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

/// Checks that line and bar charts share; `values` [series, n].
inline void check_chart(std::string_view function, const Tensor<double, 2>& values,
                        const std::vector<std::string>& labels,
                        const std::optional<ValueRange>& range) {
  const std::string name(function);
  check<ShapeError>(labels.empty() || static_cast<Index>(labels.size()) == values.extent(1),
                    name + ": labels must have one label per position", "labels", labels.size(),
                    "positions", values.extent(1));
  check_range(function, range);
  for (const double value : values) {
    check<ValueError>(std::abs(value) < 1e300, name + ": values must be finite and below 1e300",
                      "value", value);
    check<ValueError>(!range || (range->minimum <= value && value <= range->maximum),
                      name + ": range must contain all values", "value", value);
  }
}

/// `labels`, or "0", "1", ... where there are none.
inline std::vector<std::string> labels_or_numbers(std::vector<std::string> labels, Index count) {
  for (auto i = static_cast<Index>(labels.size()); i < count; ++i)
    labels.push_back(std::to_string(i));
  return labels;
}

/// A line through `values` at x = 0, 1, 2, ..., with markers unless they would touch; a marker's
/// hover text starts with its name.
inline void draw_line(SvgWriter& svg, const Axes& axes, TensorView<const double, 1> values,
                      std::size_t group, const ThemeColors& colors,
                      const std::vector<std::string>& names) {
  std::string points;
  for (Index i = 0; i < values.extent(0); ++i)
    points += (i == 0 ? "" : " ") + svg_number(axes.x_pixel(static_cast<double>(i))) + "," +
              svg_number(axes.y_pixel(values(i)));
  svg.element("polyline", {{"points", points},
                           {"fill", "none"},
                           {"stroke", group_color(group, colors)},
                           {"stroke-width", 1.8},
                           {"stroke-linejoin", "round"}});
  if (axes.x_pixel(1) - axes.x_pixel(0) < 10) return;
  for (Index i = 0; i < values.extent(0); ++i)
    draw_marker(svg, axes.x_pixel(static_cast<double>(i)), axes.y_pixel(values(i)), group, colors,
                names[static_cast<std::size_t>(i)] + ": " + format_general(values(i), 4));
}

inline Figure draw_line_chart(const Tensor<double, 2>& values, const LineChartOptions& options) {
  const auto last = static_cast<double>(values.extent(1) - 1);
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  Axes axes({options.title, options.x_label, options.y_label, options.series},
            {-0.03 * last - 0.2, 1.03 * last + 0.2},
            options.range.value_or(padded_range(*least, *greatest, 0.06)), options.width,
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
/// series,
///         or width or height is not from 240 x 180 to 100000 x 100000 pixels
///
/// Series differ by colour and by marker. Labels that would touch are thinned out evenly.
template <class Scalar>
Figure line_chart(TensorView<const Scalar, 2> values, const LineChartOptions& options = {}) {
  check<ShapeError>(!values.is_empty(), "line_chart: values must not be empty", "values",
                    values.shape());
  const Tensor<double, 2> numbers = cast<double>(values);
  detail::check_chart("line_chart", numbers, options.labels, options.range);
  check<ShapeError>(
      options.series.empty() || static_cast<Index>(options.series.size()) == values.extent(0),
      "line_chart: series must have one name per row", "series", options.series.size(), "values",
      values.shape());
  check<ValueError>(values.extent(0) <= static_cast<Index>(detail::kMostGroups),
                    "line_chart: values must have at most 64 rows", "values", values.shape());
  detail::check_figure_size("line_chart", options.width, options.height);
  return detail::draw_line_chart(numbers, options);
}

}  // namespace eigenhead
