#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/axes.hpp"
#include "eigenhead/plot/chart.hpp"
#include "eigenhead/plot/check_arguments.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/label_placement.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/markers.hpp"
#include "eigenhead/plot/svg.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

/// What scatter() writes around the points.
struct ScatterOptions {
  std::string title = {};
  std::string x_label = {};  ///< such as "PC1 (43.1 %)"
  std::string y_label = {};
  std::vector<std::string> labels = {};  ///< one a point, or none
  /// A name for each point, or none: marker, colour and a legend.
  std::vector<std::string> groups = {};
  /// The ends of the axes, with all points inside, so that several plots compare. Absent: the
  /// points' own range and a border.
  std::optional<ValueRange> x_range = {};
  std::optional<ValueRange> y_range = {};
  bool has_equal_aspect = false;  ///< a unit has the same length on both axes
  double width = 720;
  double height = 540;
  Theme theme = Theme::light;
};

namespace detail {

/// The distinct names of `groups` in order of first appearance, and the place of each point's name.
struct Groups {
  std::vector<std::string> names;
  std::vector<std::size_t> of_point;
};

inline Groups find_groups(const std::vector<std::string>& groups, std::size_t num_points,
                          std::string_view function) {
  Groups result;
  result.of_point.assign(num_points, 0);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto found = std::find(result.names.begin(), result.names.end(), groups[i]);
    result.of_point[i] = static_cast<std::size_t>(found - result.names.begin());
    if (found == result.names.end()) result.names.push_back(groups[i]);
    if (result.names.size() > kMostGroups)
      fail<ValueError>(function, ": groups must have at most 64 different names; got names ",
                       result.names.size());
  }
  return result;
}

/// Points [n, 2] must be finite and below 1e300.
inline void check_points(std::string_view function, const Tensor<double, 2>& points) {
  for (Index i = 0; i < points.size(); ++i)
    if (!(std::abs(points.data()[i]) < 1e300))
      fail<ValueError>(function, ": points must be finite and below 1e300; got value ",
                       points.data()[i], ", at ", Shape<2>{i / 2, i % 2});
}

/// A given range of column `axis` must hold all its values.
inline void check_axis(const std::optional<ValueRange>& range, const Tensor<double, 2>& points,
                       int axis) {
  check_range("scatter", range);
  for (Index i = 0; range && i < points.extent(0); ++i)
    if (points(i, axis) < range->minimum || points(i, axis) > range->maximum)
      fail<ValueError>("scatter: ", axis == 0 ? "x_range" : "y_range",
                       " must contain all points; got value ", points(i, axis));
}

/// The range of column `axis` with a border.
inline ValueRange column_range(const Tensor<double, 2>& points, int axis) {
  const Tensor<double, 1> column(points.transpose(0, 1)[axis]);
  return padded_range(widened(kNoValues, column), 0.08);
}

/// The text of a label and, where it does not stand beside its marker, the line that leads to it.
inline void draw_label(SvgWriter& svg, const Point& marker, const PlacedLabel& place,
                       std::string_view text, const ThemeColors& colors) {
  if (place.has_leader)
    svg.element("line", {{"x1", marker.x},
                         {"y1", marker.y},
                         {"x2", place.leader_end.x},
                         {"y2", place.leader_end.y},
                         {"stroke", colors.muted},
                         {"stroke-width", 0.7},
                         {"stroke-opacity", 0.7}});
  TextStyle style;
  style.fill = colors.ink;
  style.anchor = place.anchor;
  const double x = place.anchor == "start" ? place.box.left + 1
                   : place.anchor == "end" ? place.box.right - 1
                                           : (place.box.left + place.box.right) / 2;
  svg.text(x, (place.box.top + place.box.bottom) / 2, text, style);
}

/// The note above the frame that counts labels without a place.
inline void draw_hidden_note(SvgWriter& svg, std::size_t num_hidden, std::size_t num_labels,
                             const Box& frame, const ThemeColors& colors) {
  TextStyle style;
  style.fill = colors.muted;
  style.anchor = "end";
  style.size = 11;
  svg.text(frame.right, frame.top - 8,
           std::to_string(num_hidden) + " of " + std::to_string(num_labels) +
               " labels show on hover only",
           style);
}

/// Draws all labels that find a place.
inline void draw_labels(SvgWriter& svg, const std::vector<Point>& pixels, const Box& frame,
                        const std::vector<std::string>& labels, const ThemeColors& colors) {
  constexpr double kLongestLabel = 150;
  std::vector<double> widths;
  std::vector<std::string> drawn;
  for (const std::string& label : labels) {
    drawn.push_back(shorten(visible_label(label), kLongestLabel / 12, advance));
    widths.push_back(drawn.back().empty() ? 0 : text_width(drawn.back(), 12) + 2);
  }
  const auto places = LabelPlacement(pixels, widths, frame).place();
  std::size_t num_hidden = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].is_placed) {
      draw_label(svg, pixels[i], places[i], drawn[i], colors);
    } else if (widths[i] > 0) {
      ++num_hidden;
    }
  }
  if (num_hidden > 0) draw_hidden_note(svg, num_hidden, places.size(), frame, colors);
}

inline Figure draw_scatter(const Tensor<double, 2>& points, const ScatterOptions& options) {
  const auto num_points = static_cast<std::size_t>(points.extent(0));
  const Groups groups = find_groups(options.groups, num_points, "scatter");
  Axes axes({options.title, options.x_label, options.y_label, groups.names, "scatter"},
            options.x_range.value_or(column_range(points, 0)),
            options.y_range.value_or(column_range(points, 1)), options.width, options.height);
  if (options.has_equal_aspect) axes.make_equal();
  const ThemeColors colors = theme_colors(options.theme);
  SvgWriter svg;
  axes.draw(svg, colors, "Scatter plot");

  std::vector<Point> pixels;
  for (Index i = 0; i < points.extent(0); ++i)
    pixels.push_back({axes.x_pixel(points(i, 0)), axes.y_pixel(points(i, 1))});
  // Leader lines go below the markers, so labels come first.
  if (!options.labels.empty()) draw_labels(svg, pixels, axes.frame(), options.labels, colors);
  for (std::size_t i = 0; i < num_points; ++i) {
    const auto row = static_cast<Index>(i);
    const std::string name =
        options.labels.empty() ? std::to_string(i) : quoted_label(options.labels[i]);
    const std::string group =
        options.groups.empty() ? "" : " [" + quoted_label(options.groups[i]) + "]";
    draw_marker(svg, pixels[i].x, pixels[i].y, groups.of_point[i], colors,
                name + group + ": (" + format_general(points(row, 0), 4) + ", " +
                    format_general(points(row, 1), 4) + ")");
  }
  draw_legend(svg, axes.frame(), groups.names, colors, false);
  return close_figure(svg, options.width, options.height);
}

}  // namespace detail

/// Labelled points in the plane, such as token embeddings under two principal components.
///
/// @param points   [n, 2]: x and y of each point, finite and below 1e300
/// @param options  labels, groups, names of the axes
/// @throws ShapeError if points are empty or not [n, 2], or labels or groups are not one a point
/// @throws ValueError if a point is not finite or outside a given range, there are more than 64
///         groups, width or height is not from 240 x 180 to 100000 x 100000 pixels, or names and
///         numbers leave the frame less than 40 pixels
///
/// Labels never cover each other, a marker or the frame: each takes the first free place beside its
/// marker, or farther away with a leader line (up to 300 points). A label without a free place
/// shows on hover, and a note above the frame counts those. Groups differ by shape and by colour.
template <class Scalar>
Figure scatter(TensorView<const Scalar, 2> points, const ScatterOptions& options = {}) {
  detail::check_scatter("scatter", points, options.labels, options.groups);
  detail::check_figure_size("scatter", options.width, options.height);
  const Tensor<double, 2> values = cast<double>(points);
  detail::check_points("scatter", values);
  detail::check_axis(options.x_range, values, 0);
  detail::check_axis(options.y_range, values, 1);
  return detail::draw_scatter(values, options);
}

}  // namespace eigenhead
