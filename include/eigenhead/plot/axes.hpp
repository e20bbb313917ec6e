#pragma once

#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/ticks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What scatter plots, line charts and bar charts share: frame, ticks, markers, legend.

namespace eigenhead::detail {

/// A rectangle in pixels; y grows downwards.
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

/// True when the two share more than an edge.
inline bool overlaps(const Box& a, const Box& b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

inline bool contains(const Box& outer, const Box& inner) {
  return outer.left <= inner.left && inner.right <= outer.right && outer.top <= inner.top &&
         inner.bottom <= outer.bottom;
}

/// Throws ValueError unless a chart fits its frame and labels.
inline void check_figure_size(std::string_view function, double width, double height) {
  check<ValueError>(
      width >= 240 && height >= 180 && width <= 1e5 && height <= 1e5,
      std::string(function) + ": width and height must be from 240 x 180 to 100000 x 100000",
      "width", width, "height", height);
}

/// Names around a chart, copied from its options.
struct ChartText {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<std::string> legend;  ///< one a group or series
};

/// A frame with two scales: places data on pixels and draws everything around the data.
class Axes {
 public:
  static constexpr double kLegendWidth = 120;

  Axes(ChartText text, ValueRange x, ValueRange y, double width, double height)
      : text_(std::move(text)), x_(x), y_(y), width_(width), height_(height) {
    y_ticks_ = nice_ticks(y_, tick_count(height_));
    frame_.left = std::ceil(kMargin + (text_.y_label.empty() ? 0 : 24) + widest(y_ticks_, 12) + 8);
    frame_.top = kMargin + (text_.title.empty() ? 0 : kTitleHeight);
    frame_.right = width_ - kMargin - (text_.legend.empty() ? 0 : kLegendWidth);
    frame_.bottom = height_ - kMargin - 22 - (text_.x_label.empty() ? 0 : 24);
    x_ticks_ = nice_ticks(x_, tick_count(frame_.width() * 0.75));
  }

  const Box& frame() const { return frame_; }
  double x_pixel(double value) const {
    return frame_.left + frame_.width() * position_in(x_, value);
  }
  double y_pixel(double value) const {
    return frame_.bottom - frame_.height() * position_in(y_, value);
  }

  /// Widens one of the scales about its middle until a unit has the same length on both.
  void make_equal() {
    const double x_unit = (x_.maximum - x_.minimum) / frame_.width();
    const double y_unit = (y_.maximum - y_.minimum) / frame_.height();
    const double unit = std::max(x_unit, y_unit);
    const auto widen = [](ValueRange& range, double length) {
      const double middle = range.minimum / 2 + range.maximum / 2;
      range = {middle - length / 2, middle + length / 2};
    };
    widen(x_, unit * frame_.width());
    widen(y_, unit * frame_.height());
    x_ticks_ = nice_ticks(x_, tick_count(frame_.width() * 0.75));
    y_ticks_ = nice_ticks(y_, tick_count(frame_.height()));
  }

  /// Categories instead of numbers along x, at 0, 1, 2, ...: every step-th so that they do not
  /// touch.
  void set_categories(const std::vector<std::string>& labels) {
    double widest_label = 0;
    for (const std::string& label : labels)
      widest_label = std::max(widest_label, text_width(visible_label(label), 12));
    const double space = x_pixel(1) - x_pixel(0);
    category_limit_ = std::max(36.0, space - 6);
    const double needed = (std::min(widest_label, category_limit_) + 6) / space;
    const auto step = needed <= 1 ? std::size_t{1}
                                  : static_cast<std::size_t>(round_up_to_nice(std::ceil(needed)));
    x_ticks_.clear();
    for (std::size_t i = 0; i < labels.size(); i += step)
      x_ticks_.push_back({static_cast<double>(i), labels[i]});
    has_x_grid_ = false;
  }

  /// Opens the document and draws grid, ticks and titles; the data come next.
  void draw(SvgWriter& svg, const ThemeColors& colors, std::string_view kind) const {
    open_figure(svg, width_, height_, colors, text_.title, kind, frame_.left);
    TextStyle style;
    style.fill = colors.muted;
    const auto line = [&](double x1, double y1, double x2, double y2) {
      svg.element("line",
                  {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"stroke", colors.grid}});
    };
    style.anchor = "middle";
    for (const Tick& tick : x_ticks_) {
      const double x = std::round(x_pixel(tick.value)) + 0.5;
      if (has_x_grid_) line(x, frame_.top, x, frame_.bottom);
      svg.label(x, frame_.bottom + 15, tick.label, style, category_limit_);
    }
    style.anchor = "end";
    for (const Tick& tick : y_ticks_) {
      const double y = std::round(y_pixel(tick.value)) + 0.5;
      line(frame_.left, y, frame_.right, y);
      svg.text(frame_.left - 8, y, tick.label, style);
    }
    svg.element("rect", {{"x", frame_.left + 0.5},
                         {"y", frame_.top + 0.5},
                         {"width", frame_.width()},
                         {"height", frame_.height()},
                         {"fill", "none"},
                         {"stroke", colors.frame}});
    draw_names(svg, colors);
  }

 private:
  static int tick_count(double pixels) { return std::max(2, static_cast<int>(pixels / 64)); }

  void draw_names(SvgWriter& svg, const ThemeColors& colors) const {
    TextStyle style;
    style.fill = colors.ink;
    style.anchor = "middle";
    if (!text_.x_label.empty())
      svg.label((frame_.left + frame_.right) / 2, frame_.bottom + 38, text_.x_label, style,
                frame_.width());
    style.rotation = -90;
    if (!text_.y_label.empty())
      svg.label(kMargin + 6, (frame_.top + frame_.bottom) / 2, text_.y_label, style,
                frame_.height());
  }

  ChartText text_;
  ValueRange x_;
  ValueRange y_;
  double width_;
  double height_;
  Box frame_;
  std::vector<Tick> x_ticks_;
  std::vector<Tick> y_ticks_;
  double category_limit_ = 1000;
  bool has_x_grid_ = true;
};

/// Number of groups that a reader can tell apart by shape and colour together.
constexpr std::size_t kMostGroups = 64;

/// The colours of Okabe and Ito, safe for colour-blind readers; blue and black follow the theme.
inline std::string group_color(std::size_t group, const ThemeColors& colors) {
  static constexpr std::array<std::string_view, 6> kColors = {"#d55e00", "#009e73", "#cc79a7",
                                                              "#e69f00", "#56b4e9", "#9a8700"};
  const std::size_t index = group % (kColors.size() + 2);
  if (index == 0) return colors.accent;
  return index <= kColors.size() ? std::string(kColors[index - 1]) : colors.ink;
}

/// The marker of `group` around (x, y): another shape for each of eight groups, and after eight
/// groups other pairs of shape and colour.
inline void draw_marker(SvgWriter& svg, double x, double y, std::size_t group,
                        const ThemeColors& colors, std::string_view hover) {
  const std::string fill = group_color(group, colors);
  if ((group + group / 8) % 8 == 0)
    return svg.element(
        "circle", {{"cx", x}, {"cy", y}, {"r", 4.5}, {"fill", fill}, {"stroke", colors.background}},
        hover);
  // Corners in units of a pixel; all shapes have about the area of the circle.
  static const std::array<std::vector<std::array<double, 2>>, 7> kShapes = {{
      {{-4, -4}, {4, -4}, {4, 4}, {-4, 4}},
      {{0, -5.5}, {5.2, 4}, {-5.2, 4}},
      {{0, -6}, {5, 0}, {0, 6}, {-5, 0}},
      {{0, 5.5}, {5.2, -4}, {-5.2, -4}},
      {{-2, -6},
       {2, -6},
       {2, -2},
       {6, -2},
       {6, 2},
       {2, 2},
       {2, 6},
       {-2, 6},
       {-2, 2},
       {-6, 2},
       {-6, -2},
       {-2, -2}},
      {{0, -2.8},
       {3, -5.8},
       {5.8, -3},
       {2.8, 0},
       {5.8, 3},
       {3, 5.8},
       {0, 2.8},
       {-3, 5.8},
       {-5.8, 3},
       {-2.8, 0},
       {-5.8, -3},
       {-3, -5.8}},
      {{0, -6.5},
       {1.6, -2.1},
       {6.2, -2},
       {2.6, 0.8},
       {3.8, 5.3},
       {0, 2.7},
       {-3.8, 5.3},
       {-2.6, 0.8},
       {-6.2, -2},
       {-1.6, -2.1}},
  }};
  std::string points;
  for (const auto& [dx, dy] : kShapes[(group + group / 8) % 8 - 1])
    points += (points.empty() ? "" : " ") + svg_number(x + dx) + "," + svg_number(y + dy);
  svg.element("polygon", {{"points", points}, {"fill", fill}, {"stroke", colors.background}},
              hover);
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
