#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/svg.hpp"
#include "eigenhead/plot/ticks.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// Throws ValueError unless width and height are those of a chart.
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
  std::string_view function = {};   ///< its name, for messages
};

/// A frame with two scales: places data on pixels and draws everything around the data. Throws
/// ValueError when names and numbers around the frame leave less than 40 pixels for it.
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
    check<ValueError>(frame_.width() >= 40,
                      std::string(text_.function) + ": width must leave 40 pixels for the frame",
                      "width", width_, "frame", frame_.width());
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

}  // namespace eigenhead::detail
