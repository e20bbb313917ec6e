#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/axes.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/markers.hpp"
#include "eigenhead/plot/svg.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What scatter plots, line charts and bar charts share beside their axes.

namespace eigenhead::detail {

/// The values of a line or bar chart must be finite and inside a given range.
inline void check_values(std::string_view function, const Tensor<double, 2>& values,
                         const std::optional<ValueRange>& range) {
  check_range(function, range);
  for (const double value : values) {
    if (!(std::abs(value) < 1e300))
      fail<ValueError>(function, ": values must be finite and below 1e300; got value ", value);
    if (range && (value < range->minimum || value > range->maximum))
      fail<ValueError>(function, ": range must contain all values; got value ", value);
  }
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

/// Names with their markers, right of the frame; with a line through the marker for series. Names
/// that do not fit the height are counted.
inline void draw_legend(SvgWriter& svg, const Box& frame, const std::vector<std::string>& names,
                        const ThemeColors& colors, bool has_lines) {
  constexpr double kRow = 20;
  const auto num_rows = static_cast<std::size_t>(frame.height() / kRow);
  const std::size_t num_shown = names.size() <= num_rows ? names.size() : num_rows - 1;
  const double x = frame.right + 20;
  TextStyle style;
  style.fill = colors.ink;
  for (std::size_t i = 0; i < num_shown; ++i) {
    const double y = frame.top + 8 + kRow * static_cast<double>(i);
    if (has_lines)
      svg.element("line", {{"x1", x - 9},
                           {"y1", y},
                           {"x2", x + 9},
                           {"y2", y},
                           {"stroke", group_color(i, colors)},
                           {"stroke-width", 1.8}});
    draw_marker(svg, x, y, i, colors, {});
    svg.label(x + 14, y, names[i], style, Axes::kLegendWidth - 30);
  }
  if (num_shown == names.size()) return;
  style.fill = colors.muted;
  svg.text(x - 6, frame.top + 8 + kRow * static_cast<double>(num_shown),
           "and " + std::to_string(names.size() - num_shown) + " more", style);
}

}  // namespace eigenhead::detail
