#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/axes.hpp"
#include "eigenhead/plot/chart.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace eigenhead {

/// What bar_chart() writes around the bars.
struct BarChartOptions {
  std::string title = {};
  std::string x_label = {};              ///< such as "Principal component"
  std::string y_label = {};              ///< such as "Explained variance ratio"
  std::vector<std::string> labels = {};  ///< one a bar, or none: numbers from 0
  bool has_cumulative_line = false;      ///< also the sum so far, as for explained variance
  std::optional<ValueRange>
      range;  ///< of the y axis, with all values inside; absent: 0 and the data
  double width = 640;
  double height = 400;
  Theme theme = Theme::light;
};

namespace detail {

/// From the least to the greatest value and 0, and a border beyond the ends that are not 0.
inline ValueRange bar_range(const Tensor<double, 2>& values) {
  const ValueRange range = widened({0, 0}, values);
  const double border = 0.06 * (range.maximum - range.minimum);
  if (range.maximum - range.minimum <= kNarrowestRange) return {};
  return {range.minimum < 0 ? range.minimum - border : 0,
          range.maximum > 0 ? range.maximum + border : 0};
}

inline void draw_bars(SvgWriter& svg, const Axes& axes, const Tensor<double, 2>& values,
                      const std::vector<std::string>& labels, const ThemeColors& colors) {
  const Box& frame = axes.frame();
  const double width = std::min(0.7 * (axes.x_pixel(1) - axes.x_pixel(0)), 64.0);
  const double zero = std::clamp(axes.y_pixel(0), frame.top, frame.bottom);
  for (Index i = 0; i < values.extent(1); ++i) {
    const double y = axes.y_pixel(values(0, i));
    svg.element(
        "rect",
        {{"x", axes.x_pixel(static_cast<double>(i)) - width / 2},
         {"y", std::min(y, zero)},
         {"width", width},
         {"height", std::abs(y - zero)},
         {"fill", colors.accent}},
        quoted_label(labels[static_cast<std::size_t>(i)]) + ": " + format_general(values(0, i), 4));
  }
  svg.element("line", {{"x1", frame.left},
                       {"x2", frame.right},
                       {"y1", zero},
                       {"y2", zero},
                       {"stroke", colors.muted}});
}

inline Figure draw_bar_chart(const Tensor<double, 2>& values, const Tensor<double, 2>& sums,
                             const BarChartOptions& options) {
  const Index count = values.extent(1);
  const bool has_sums = options.has_cumulative_line;
  const auto legend =
      has_sums ? std::vector<std::string>{"Single", "Cumulative"} : std::vector<std::string>();
  Axes axes({options.title, options.x_label, options.y_label, legend, "bar_chart"},
            {-0.6, static_cast<double>(count) - 0.4},
            options.range.value_or(bar_range(has_sums ? sums : values)), options.width,
            options.height);
  const std::vector<std::string> labels = labels_or_numbers(options.labels, count);
  axes.set_categories(labels);
  const ThemeColors colors = theme_colors(options.theme);
  SvgWriter svg;
  axes.draw(svg, colors, "Bar chart");
  draw_bars(svg, axes, values, labels, colors);
  if (has_sums) {
    std::vector<std::string> names;
    for (const std::string& label : labels) names.push_back("up to " + quoted_label(label));
    draw_line(svg, axes, sums[0], 1, colors, names);
    draw_legend(svg, axes.frame(), legend, colors, false);
  }
  return close_figure(svg, options.width, options.height);
}

}  // namespace detail

/// A bar for each value, such as the explained variance ratio of each component.
///
/// @param values   [n], finite and below 1e300; negative values hang below zero
/// @param options  labels of the bars, cumulative line
/// @throws ShapeError if values are empty or the number of labels differs
/// @throws ValueError if a value (or a sum, where drawn) is not finite or outside options.range,
///         width or height is not from 240 x 180 to 100000 x 100000 pixels, or names and numbers
///         leave the frame less than 40 pixels
template <class Scalar>
Figure bar_chart(TensorView<const Scalar, 1> values, const BarChartOptions& options = {}) {
  check<ShapeError>(!values.is_empty(), "bar_chart: values must not be empty", "values",
                    values.shape());
  const Index count = values.extent(0);
  const Tensor<double, 1> list = cast<double>(values);
  const Tensor<double, 2> numbers(list.reshape(Shape<2>{1, count}));
  detail::check_labels("bar_chart: labels must have one label per position", options.labels, count,
                       "values", values.shape());
  detail::check_values("bar_chart", numbers, options.range);
  Tensor<double, 2> sums(numbers);
  for (Index i = 1; i < count; ++i) sums(0, i) += sums(0, i - 1);
  if (options.has_cumulative_line) detail::check_values("bar_chart", sums, options.range);
  detail::check_figure_size("bar_chart", options.width, options.height);
  return detail::draw_bar_chart(numbers, sums, options);
}

}  // namespace eigenhead
