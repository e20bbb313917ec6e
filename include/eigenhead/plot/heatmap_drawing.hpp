#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/colormap.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/heatmap_geometry.hpp"
#include "eigenhead/plot/heatmap_options.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/png.hpp"
#include "eigenhead/plot/svg.hpp"
#include "eigenhead/plot/ticks.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// What `panels` of the same shape need, at most `columns` of them side by side.
inline HeatmapContent heatmap_content(const std::vector<Tensor<double, 2>>& panels, Index columns,
                                      const HeatmapOptions& options) {
  HeatmapContent content;
  content.num_panels = static_cast<Index>(panels.size());
  content.panels_across = std::min(columns, content.num_panels);
  content.num_rows = panels[0].extent(0);
  content.num_columns = panels[0].extent(1);
  ValueRange data = kNoValues;
  for (const Tensor<double, 2>& panel : panels) {
    data = widened(data, panel);
    for (const double value : panel)
      content.has_non_finite = content.has_non_finite || !std::isfinite(value);
  }
  content.range = options.range.value_or(automatic_range(data, options.colormap));
  return content;
}

/// Draws one or many heatmaps of the same shape on a page.
class HeatmapDrawing {
 public:
  HeatmapDrawing(std::vector<Tensor<double, 2>> panels, std::vector<std::string> titles,
                 Index columns, const HeatmapOptions& options)
      : panels_(std::move(panels)),
        titles_(std::move(titles)),
        options_(options),
        colors_(theme_colors(options.theme)),
        page_(heatmap_geometry(heatmap_content(panels_, columns, options), options)) {}

  Figure draw() {
    open_figure(svg_, page_.width, page_.height, colors_, options_.title, "Heatmap", page_.left);
    for (Index i = 0; i < page_.num_panels; ++i) draw_panel(i);
    draw_axis_names();
    draw_color_bar();
    Figure figure = close_figure(svg_, page_.width, page_.height);
    if (page_.num_panels > 1) return figure;
    return Figure(std::move(figure), pixel_picture(panels_[0]));
  }

 private:
  void draw_panel(Index i) {
    const Tensor<double, 2>& values = panels_[static_cast<std::size_t>(i)];
    const double x = page_.panel_left(i);
    const double y = page_.panel_top(i);
    TextStyle style;
    style.fill = colors_.ink;
    style.anchor = "middle";
    if (!titles_.empty())
      svg_.label(x + page_.panel_width() / 2, y - 12, titles_[static_cast<std::size_t>(i)], style,
                 page_.panel_width() + page_.panel_gap - 4);
    if (page_.is_image) {
      draw_image(values, x, y);
    } else {
      draw_cells(values, x, y, i);
    }
    svg_.element("rect", {{"x", x},
                          {"y", y},
                          {"width", page_.panel_width()},
                          {"height", page_.panel_height()},
                          {"fill", "none"},
                          {"stroke", colors_.frame},
                          {"shape-rendering", "crispEdges"},
                          {"pointer-events", "none"}});
    if (page_.shows_values) draw_values(values, x, y);
    if (i % page_.panels_across == 0) draw_row_labels(y);
    if (i + page_.panels_across >= page_.num_panels)
      draw_column_labels(x, y + page_.panel_height(),
                         i / page_.panels_across + 1 < page_.panels_down());
  }

  void draw_cells(const Tensor<double, 2>& values, double x, double y, Index panel) {
    const double gap = page_.cell >= 20 ? 1 : 0;
    const std::string prefix =
        titles_.empty() ? "" : visible_label(titles_[static_cast<std::size_t>(panel)]) + ", ";
    svg_.open("g", {{"shape-rendering", "crispEdges"}});
    for (Index row = 0; row < page_.num_rows; ++row) {
      const std::string start = prefix + options_.row_name + " " +
                                quoted_label(page_.rows.labels[static_cast<std::size_t>(row)]);
      for (Index column = 0; column < page_.num_columns; ++column) {
        svg_.element("rect",
                     {{"x", x + static_cast<double>(column) * page_.cell},
                      {"y", y + static_cast<double>(row) * page_.cell},
                      {"width", page_.cell - gap},
                      {"height", page_.cell - gap},
                      {"fill", to_string(color_of(values(row, column)))}},
                     start + " \u2192 " + options_.column_name + " " +
                         quoted_label(page_.columns.labels[static_cast<std::size_t>(column)]) +
                         ": " + format_general(values(row, column), 3));
      }
    }
    svg_.close();
  }

  /// A pixel a cell. A byte has no room for 256 colours and one more, so where some values are not
  /// finite the two highest colours are one.
  PixelPicture pixel_picture(const Tensor<double, 2>& values) const {
    PixelPicture picture;
    for (std::size_t i = 0; i < 256; ++i)
      picture.palette.push_back(color_from(color_table(options_.colormap)[i]));
    if (page_.has_non_finite) picture.palette[255] = non_finite_color(options_.colormap);
    const std::size_t highest = page_.has_non_finite ? 254 : 255;
    picture.indices.reserve(static_cast<std::size_t>(values.size()));
    for (const double value : values)
      picture.indices.push_back(static_cast<std::uint8_t>(
          std::isfinite(value) ? std::min(color_index(position_in(page_.range, value)), highest)
                               : 255));
    picture.width = page_.num_columns;
    picture.scale = std::max<Index>(1, static_cast<Index>(page_.cell));
    return picture;
  }

  /// One palette image.
  void draw_image(const Tensor<double, 2>& values, double x, double y) {
    const PixelPicture picture = pixel_picture(values);
    // Several pixels of the data in one of the screen are averaged, not picked.
    svg_.element(
        "image",
        {{"x", x},
         {"y", y},
         {"width", page_.panel_width()},
         {"height", page_.panel_height()},
         {"preserveAspectRatio", "none"},
         {"image-rendering", page_.cell < 1 ? "auto" : "pixelated"},
         {"href", "data:image/png;base64," +
                      base64(palette_png(picture.indices, picture.width, picture.palette))}});
  }

  void draw_values(const Tensor<double, 2>& values, double x, double y) {
    const double largest = std::max(std::abs(page_.range.minimum), std::abs(page_.range.maximum));
    svg_.open("g", {{"pointer-events", "none"}});
    for (Index row = 0; row < page_.num_rows; ++row) {
      for (Index column = 0; column < page_.num_columns; ++column) {
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
        style.size = std::min(11.5, std::floor(20 * (page_.cell - 4) / text_width(text, 10)) / 2);
        svg_.text(x + (static_cast<double>(column) + 0.5) * page_.cell,
                  y + (static_cast<double>(row) + 0.5) * page_.cell, text, style);
      }
    }
    svg_.close();
  }

  void draw_row_labels(double y) {
    TextStyle style;
    style.fill = colors_.ink;
    style.anchor = "end";
    for (Index row = 0; row < page_.num_rows; row += page_.rows.step)
      svg_.label(page_.left - page_.kLabelGap, y + (static_cast<double>(row) + 0.5) * page_.cell,
                 page_.rows.labels[static_cast<std::size_t>(row)], style, page_.kLongestLabel);
  }

  /// `has_row_below`: the panel stands over the empty end of the last row, whose other panels its
  /// turned labels must not touch.
  void draw_column_labels(double x, double y, bool has_row_below) {
    TextStyle style;
    style.fill = colors_.ink;
    style.anchor = page_.columns.is_rotated ? "end" : "middle";
    style.rotation = page_.columns.is_rotated ? -45 : 0;
    for (Index column = 0; column < page_.num_columns; column += page_.columns.step) {
      const double offset = (static_cast<double>(column) + 0.5) * page_.cell;
      const double limit =
          has_row_below && page_.columns.is_rotated
              ? std::max(page_.panel_gap + page_.title_height, offset) / page_.kDiagonal
              : page_.kLongestLabel;
      svg_.label(x + offset,
                 y + (page_.columns.is_rotated ? page_.kLabelGap + 1 : page_.kLabelGap + 6),
                 page_.columns.labels[static_cast<std::size_t>(column)], style,
                 std::min(limit, page_.kLongestLabel));
    }
  }

  void draw_axis_names() {
    TextStyle style;
    style.fill = colors_.muted;
    style.anchor = "middle";
    const double x = page_.left + page_.block_width() / 2;
    if (!options_.x_label.empty())
      svg_.label(x,
                 page_.top + page_.block_height() + page_.column_space + page_.kNameHeight / 2 + 2,
                 options_.x_label, style, 2 * std::min(x, page_.width - x) - 8);
    style.rotation = -90;
    if (!options_.y_label.empty())
      svg_.label(kMargin + 6, page_.top + page_.block_height() / 2, options_.y_label, style,
                 room_about(page_.top + page_.block_height() / 2));
  }

  void draw_color_bar() {
    const double x = page_.bar_left();
    constexpr int kSteps = 64;
    svg_.open("g", {{"shape-rendering", "crispEdges"}});
    for (int i = 0; i < kSteps; ++i) {
      // Every step reaches down to the end, so that no viewer shows a seam between two.
      const double offset = std::floor(page_.bar_height * i / kSteps);
      svg_.element("rect",
                   {{"x", x},
                    {"y", page_.bar_top + offset},
                    {"width", page_.kBarWidth},
                    {"height", page_.bar_height - offset},
                    {"fill", to_string(color_at(options_.colormap, 1 - (i + 0.5) / kSteps))}});
    }
    svg_.close();
    draw_scale(x);
  }

  /// What stands right of the colour bar at `x`.
  void draw_scale(double x) {
    TextStyle style;
    style.fill = colors_.muted;
    style.size = page_.kBarFontSize;
    for (const Tick& tick : page_.ticks) {
      const double y =
          page_.bar_top + page_.bar_height * (1 - position_in(page_.range, tick.value));
      svg_.element("line", {{"x1", x + page_.kBarWidth},
                            {"x2", x + page_.kBarWidth + 4},
                            {"y1", y},
                            {"y2", y},
                            {"stroke", colors_.frame}});
      svg_.text(x + page_.kBarWidth + 8, y, tick.label, style);
    }
    if (page_.has_non_finite) {
      const double y = page_.bar_top + page_.bar_height + 12;
      svg_.element("rect", {{"x", x},
                            {"y", y},
                            {"width", page_.kBarWidth},
                            {"height", page_.kBarWidth},
                            {"fill", to_string(non_finite_color(options_.colormap))}});
      svg_.text(x + page_.kBarWidth + 8, y + page_.kBarWidth / 2, page_.kNotFinite, style);
    }
    style.size = 12;
    style.anchor = "middle";
    style.rotation = -90;
    if (!options_.color_bar_label.empty())
      svg_.label(x + page_.kBarWidth + 8 + widest(page_.ticks, page_.kBarFontSize) + 14,
                 page_.bar_top + page_.bar_height / 2, options_.color_bar_label, style,
                 room_about(page_.bar_top + page_.bar_height / 2));
  }

  /// The longest text that stands upright with its middle at `y`, inside the figure.
  double room_about(double y) const { return 2 * std::min(y, page_.height - y) - 8; }

  Color color_of(double value) const {
    return color_at(options_.colormap, position_in(page_.range, value));
  }

  std::vector<Tensor<double, 2>> panels_;
  std::vector<std::string> titles_;
  HeatmapOptions options_;
  ThemeColors colors_;
  HeatmapGeometry page_;
  SvgWriter svg_;
};

}  // namespace eigenhead::detail
