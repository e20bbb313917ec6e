#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/colormap.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/heatmap_options.hpp"
#include "eigenhead/plot/png.hpp"
#include "eigenhead/plot/ticks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

// One or many heatmaps of the same shape on a page: one scale, one colour bar, labels outside.

namespace eigenhead::detail {

/// The finite values' range; symmetric about 0 for a diverging map. See HeatmapOptions::range.
inline ValueRange automatic_range(const std::vector<Tensor<double, 2>>& panels, Colormap colormap) {
  double minimum = std::numeric_limits<double>::infinity();
  double maximum = -minimum;
  for (const Tensor<double, 2>& panel : panels) {
    for (const double value : panel) {
      if (!std::isfinite(value)) continue;
      minimum = std::min(minimum, value);
      maximum = std::max(maximum, value);
    }
  }
  if (minimum > maximum) return {};
  if (colormap == Colormap::red_blue) {
    maximum = std::max(std::abs(minimum), std::abs(maximum));
    minimum = -maximum;
  }
  return maximum - minimum > kNarrowestRange ? ValueRange{minimum, maximum} : range_around(minimum);
}

/// Labels beside a matrix: every step-th one, so that neighbours do not touch.
struct LabelAxis {
  std::vector<std::string> labels;
  Index step = 1;
  double widest = 0;  // pixels, at most kLongestLabel
  bool is_rotated = false;
};

class HeatmapLayout {
 public:
  HeatmapLayout(std::string_view function, std::vector<Tensor<double, 2>> panels,
                std::vector<std::string> titles, Index columns, const HeatmapOptions& options)
      : panels_(std::move(panels)),
        titles_(std::move(titles)),
        options_(options),
        colors_(theme_colors(options.theme)),
        num_rows_(panels_[0].extent(0)),
        num_columns_(panels_[0].extent(1)),
        panels_across_(std::min(columns, num_panels())) {
    check_range(function, options.range);
    range_ = options.range ? *options.range : automatic_range(panels_, options.colormap);
    for (const Tensor<double, 2>& panel : panels_)
      for (const double value : panel) has_non_finite_ = has_non_finite_ || !std::isfinite(value);
    choose_cell_size();
    rows_ = make_axis(options.row_labels, num_rows_, false);
    columns_ = make_axis(options.column_labels, num_columns_, true);
    measure();
  }

  Figure draw() {
    open_figure(svg_, width_, height_, colors_, options_.title, "Heatmap", left_);
    for (Index i = 0; i < num_panels(); ++i) draw_panel(i);
    draw_axis_names();
    draw_color_bar();
    return close_figure(svg_, width_, height_);
  }

 private:
  static constexpr double kLongestLabel = 110;
  static constexpr double kMostLabels = 32;  // up to here every label is drawn
  static constexpr double kRotatedLabelSpace = 17;
  static constexpr double kLabelGap = 7;
  static constexpr double kNameHeight = 24;
  static constexpr double kDiagonal = 0.70710678;
  static constexpr double kSmall = 11;  // font size of the colour bar
  static constexpr std::string_view kNotFinite = "NaN, \u221e";
  static constexpr Index kMostVectorCells = 10000;

  Index num_panels() const { return static_cast<Index>(panels_.size()); }
  Index panels_down() const { return (num_panels() + panels_across_ - 1) / panels_across_; }
  double panel_width() const { return cell_ * static_cast<double>(num_columns_); }
  double panel_height() const { return cell_ * static_cast<double>(num_rows_); }
  double panel_left(Index i) const {
    return left_ + static_cast<double>(i % panels_across_) * (panel_width() + panel_gap_);
  }
  double panel_top(Index i) const {
    return top_ +
           static_cast<double>(i / panels_across_) * (panel_height() + panel_gap_ + title_height_);
  }
  double block_width() const { return panel_left(panels_across_ - 1) + panel_width() - left_; }
  double block_height() const { return panel_top(num_panels() - 1) + panel_height() - top_; }
  bool is_image() const { return num_panels() * num_rows_ * num_columns_ > kMostVectorCells; }

  /// Whole pixels where possible, so that all cells look alike.
  void choose_cell_size() {
    const auto longest = static_cast<double>(std::max(num_rows_, num_columns_));
    const Index across = std::max(panels_across_, panels_down());
    const double target = across == 1 ? 520 : across == 2 ? 300 : across <= 4 ? 190 : 120;
    const double fitting = target / longest;
    cell_ = fitting >= 1 ? std::min(44.0, std::floor(fitting)) : across == 1 ? 1 : fitting;
    const bool is_small = num_panels() == 1 && num_rows_ <= 20 && num_columns_ <= 20;
    shows_values_ = !is_image() && options_.shows_values.value_or(is_small);
    if (shows_values_) cell_ = std::max(cell_, 32.0);
    // Every token of a sentence gets its label; longer texts label every second, fifth, ...
    const bool has_labels = !options_.row_labels.empty() || !options_.column_labels.empty();
    if (has_labels && longest <= kMostLabels) cell_ = std::max(cell_, kRotatedLabelSpace);
    if (num_panels() == 1) return;
    panel_gap_ = 16;
    title_height_ = 22;
  }

  LabelAxis make_axis(const std::vector<std::string>& given, Index count, bool is_column) const {
    LabelAxis axis;
    axis.labels = given;
    for (Index i = static_cast<Index>(given.size()); i < count; ++i)
      axis.labels.push_back(std::to_string(i));
    for (Index i = 0; i < count; ++i) axis.widest = std::max(axis.widest, label_width(axis, i));
    axis.is_rotated = is_column && !given.empty() && axis.widest > cell_ - 4;
    double space = axis.is_rotated ? kRotatedLabelSpace
                   : is_column     ? axis.widest + (given.empty() ? 10 : 3)
                                   : 15;
    if (space > cell_ && given.empty()) space = std::max(space, 40.0);  // numbers need no crowd
    if (space > cell_) axis.step = static_cast<Index>(round_up_to_nice(std::ceil(space / cell_)));
    return axis;
  }

  static double label_width(const LabelAxis& axis, Index i) {
    const std::string label = visible_label(axis.labels[static_cast<std::size_t>(i)]);
    return std::min(text_width(label, 12), kLongestLabel);
  }

  void measure() {
    const double legend = has_non_finite_ ? 26 : 0;
    bar_height_ = std::floor(std::clamp(block_height() - legend, 110.0, 520.0));
    ticks_ = nice_ticks(range_, std::clamp(static_cast<int>(bar_height_ / 60), 5, 8));
    double overhang = 0;
    for (Index i = 0; columns_.is_rotated && i < num_columns_; i += columns_.step)
      overhang = std::max(overhang, kDiagonal * label_width(columns_, i) + kLabelGap -
                                        (static_cast<double>(i) + 0.5) * cell_);
    const double row_space =
        rows_.widest + kLabelGap + (options_.y_label.empty() ? 0 : kNameHeight);
    left_ = std::ceil(kMargin + std::max(row_space, overhang));
    top_ = kMargin + (options_.title.empty() ? 0 : kTitleHeight) + title_height_;
    column_space_ = kLabelGap + (columns_.is_rotated ? kDiagonal * (columns_.widest + 10) : 14);
    const double below = column_space_ + (options_.x_label.empty() ? 0 : kNameHeight);
    const double note_width = has_non_finite_ ? text_width(kNotFinite, kSmall) : 0;
    const double bar_space = 22 + kBarWidth + 8 + std::max(widest(ticks_, kSmall), note_width) +
                             (options_.color_bar_label.empty() ? 4 : kNameHeight);
    bar_top_ = top_ + std::max(0.0, std::floor((block_height() - legend - bar_height_) / 2));
    const double needed_for_title =
        2 * kMargin + text_width(visible_label(options_.title), kTitleSize);
    width_ = std::ceil(
        std::max(left_ + block_width() + bar_space + kMargin, std::min(needed_for_title, 640.0)));
    height_ = std::ceil(std::max(top_ + block_height() + below, bar_top_ + bar_height_ + legend) +
                        kMargin);
  }

  void draw_panel(Index i) {
    const Tensor<double, 2>& values = panels_[static_cast<std::size_t>(i)];
    const double x = panel_left(i);
    const double y = panel_top(i);
    TextStyle style;
    style.fill = colors_.ink;
    style.anchor = "middle";
    if (!titles_.empty())
      svg_.label(x + panel_width() / 2, y - 12, titles_[static_cast<std::size_t>(i)], style,
                 panel_width() + panel_gap_ - 4);
    if (is_image()) {
      draw_image(values, x, y);
    } else {
      draw_cells(values, x, y, i);
    }
    svg_.element("rect", {{"x", x},
                          {"y", y},
                          {"width", panel_width()},
                          {"height", panel_height()},
                          {"fill", "none"},
                          {"stroke", colors_.frame},
                          {"shape-rendering", "crispEdges"},
                          {"pointer-events", "none"}});
    if (shows_values_) draw_values(values, x, y);
    if (i % panels_across_ == 0) draw_row_labels(y);
    if (i + panels_across_ >= num_panels()) draw_column_labels(x, y + panel_height());
  }

  void draw_cells(const Tensor<double, 2>& values, double x, double y, Index panel) {
    const double gap = cell_ >= 20 ? 1 : 0;
    const std::string prefix =
        titles_.empty() ? "" : visible_label(titles_[static_cast<std::size_t>(panel)]) + ", ";
    svg_.open("g", {{"shape-rendering", "crispEdges"}});
    for (Index row = 0; row < num_rows_; ++row) {
      const std::string start = prefix + options_.row_name + " " +
                                quoted_label(rows_.labels[static_cast<std::size_t>(row)]);
      for (Index column = 0; column < num_columns_; ++column) {
        svg_.element("rect",
                     {{"x", x + static_cast<double>(column) * cell_},
                      {"y", y + static_cast<double>(row) * cell_},
                      {"width", cell_ - gap},
                      {"height", cell_ - gap},
                      {"fill", to_string(color_of(values(row, column)))}},
                     start + " \u2192 " + options_.column_name + " " +
                         quoted_label(columns_.labels[static_cast<std::size_t>(column)]) + ": " +
                         format_general(values(row, column), 3));
      }
    }
    svg_.close();
  }

  /// One palette image. A byte has no room for 256 colours and one more, so where some values are
  /// not finite the two highest colours are one.
  void draw_image(const Tensor<double, 2>& values, double x, double y) {
    std::vector<Color> palette;
    for (std::size_t i = 0; i < 256; ++i)
      palette.push_back(color_from(color_table(options_.colormap)[i]));
    if (has_non_finite_) palette[255] = non_finite_color(options_.colormap);
    const std::size_t highest = has_non_finite_ ? 254 : 255;
    std::vector<std::uint8_t> pixels;
    pixels.reserve(static_cast<std::size_t>(values.size()));
    for (const double value : values)
      pixels.push_back(static_cast<std::uint8_t>(
          std::isfinite(value) ? std::min(color_index(position_in(range_, value)), highest) : 255));
    // Several pixels of the data in one of the screen are averaged, not picked.
    svg_.element("image", {{"x", x},
                           {"y", y},
                           {"width", panel_width()},
                           {"height", panel_height()},
                           {"preserveAspectRatio", "none"},
                           {"image-rendering", cell_ < 1 ? "auto" : "pixelated"},
                           {"href", "data:image/png;base64," +
                                        base64(palette_png(pixels, num_columns_, palette))}});
  }

  void draw_values(const Tensor<double, 2>& values, double x, double y) {
    const double largest = std::max(std::abs(range_.minimum), std::abs(range_.maximum));
    svg_.open("g", {{"pointer-events", "none"}});
    for (Index row = 0; row < num_rows_; ++row) {
      for (Index column = 0; column < num_columns_; ++column) {
        const double value = values(row, column);
        const std::string text =
            with_minus_sign(largest < 1e5 && largest >= 0.01 && std::isfinite(value)
                                ? format_fixed(value, largest < 10    ? 2
                                                      : largest < 100 ? 1
                                                                      : 0)
                                : format_general(value, 2));
        TextStyle style;
        style.fill = to_string(readable_on(color_of(value)));
        style.anchor = "middle";
        style.size = std::min(11.5, std::floor(20 * (cell_ - 4) / text_width(text, 10)) / 2);
        svg_.text(x + (static_cast<double>(column) + 0.5) * cell_,
                  y + (static_cast<double>(row) + 0.5) * cell_, text, style);
      }
    }
    svg_.close();
  }

  void draw_row_labels(double y) {
    TextStyle style;
    style.fill = colors_.ink;
    style.anchor = "end";
    for (Index row = 0; row < num_rows_; row += rows_.step)
      svg_.label(left_ - kLabelGap, y + (static_cast<double>(row) + 0.5) * cell_,
                 rows_.labels[static_cast<std::size_t>(row)], style, kLongestLabel);
  }

  void draw_column_labels(double x, double y) {
    TextStyle style;
    style.fill = colors_.ink;
    style.anchor = columns_.is_rotated ? "end" : "middle";
    style.rotation = columns_.is_rotated ? -45 : 0;
    for (Index column = 0; column < num_columns_; column += columns_.step)
      svg_.label(x + (static_cast<double>(column) + 0.5) * cell_,
                 y + (columns_.is_rotated ? kLabelGap + 1 : kLabelGap + 6),
                 columns_.labels[static_cast<std::size_t>(column)], style, kLongestLabel);
  }

  void draw_axis_names() {
    TextStyle style;
    style.fill = colors_.muted;
    style.anchor = "middle";
    const double x = left_ + block_width() / 2;
    if (!options_.x_label.empty())
      svg_.label(x, top_ + block_height() + column_space_ + kNameHeight / 2 + 2, options_.x_label,
                 style, 2 * std::min(x, width_ - x) - 8);
    style.rotation = -90;
    if (!options_.y_label.empty())
      svg_.label(kMargin + 6, top_ + block_height() / 2, options_.y_label, style,
                 room_about(top_ + block_height() / 2));
  }

  void draw_color_bar() {
    const double x = left_ + block_width() + 22;
    constexpr int kSteps = 64;
    svg_.open("g", {{"shape-rendering", "crispEdges"}});
    for (int i = 0; i < kSteps; ++i) {
      // Every step reaches down to the end, so that no viewer shows a seam between two.
      const double offset = std::floor(bar_height_ * i / kSteps);
      svg_.element("rect",
                   {{"x", x},
                    {"y", bar_top_ + offset},
                    {"width", kBarWidth},
                    {"height", bar_height_ - offset},
                    {"fill", to_string(color_at(options_.colormap, 1 - (i + 0.5) / kSteps))}});
    }
    svg_.close();
    draw_scale(x);
  }

  /// What stands right of the colour bar at `x`.
  void draw_scale(double x) {
    TextStyle style;
    style.fill = colors_.muted;
    style.size = kSmall;
    for (const Tick& tick : ticks_) {
      const double y = bar_top_ + bar_height_ * (1 - position_in(range_, tick.value));
      svg_.element("line", {{"x1", x + kBarWidth},
                            {"x2", x + kBarWidth + 4},
                            {"y1", y},
                            {"y2", y},
                            {"stroke", colors_.frame}});
      svg_.text(x + kBarWidth + 8, y, tick.label, style);
    }
    if (has_non_finite_) {
      const double y = bar_top_ + bar_height_ + 12;
      svg_.element("rect", {{"x", x},
                            {"y", y},
                            {"width", kBarWidth},
                            {"height", kBarWidth},
                            {"fill", to_string(non_finite_color(options_.colormap))}});
      svg_.text(x + kBarWidth + 8, y + kBarWidth / 2, kNotFinite, style);
    }
    style.size = 12;
    style.anchor = "middle";
    style.rotation = -90;
    if (!options_.color_bar_label.empty())
      svg_.label(x + kBarWidth + 8 + widest(ticks_, kSmall) + 14, bar_top_ + bar_height_ / 2,
                 options_.color_bar_label, style, room_about(bar_top_ + bar_height_ / 2));
  }

  /// The longest text that stands upright with its middle at `y`, inside the figure.
  double room_about(double y) const { return 2 * std::min(y, height_ - y) - 8; }

  Color color_of(double value) const {
    return color_at(options_.colormap, position_in(range_, value));
  }

  static constexpr double kBarWidth = 12;

  std::vector<Tensor<double, 2>> panels_;
  std::vector<std::string> titles_;
  HeatmapOptions options_;
  ThemeColors colors_;
  Index num_rows_;
  Index num_columns_;
  Index panels_across_;
  ValueRange range_;
  bool has_non_finite_ = false;
  bool shows_values_ = false;
  double cell_ = 1;
  double panel_gap_ = 0;
  double title_height_ = 0;
  LabelAxis rows_;
  LabelAxis columns_;
  std::vector<Tick> ticks_;
  double left_ = 0;
  double top_ = 0;
  double column_space_ = 0;
  double bar_top_ = 0;
  double bar_height_ = 0;
  double width_ = 0;
  double height_ = 0;
  SvgWriter svg_;
};

/// `labels` may be absent, else there must be one for each of `count`.
template <class ShapeType>
void check_labels(const std::string& rule, const std::vector<std::string>& labels, Index count,
                  const ShapeType& shape) {
  check<ShapeError>(
      labels.empty() || static_cast<Index>(labels.size()) == count,
      rule + "; got " + std::to_string(labels.size()) + " labels, values " + to_string(shape));
}

}  // namespace eigenhead::detail
