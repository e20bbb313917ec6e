#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/heatmap_options.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/ticks.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Where everything stands on a page of one or many heatmaps of the same shape: one scale, one
// colour bar, labels outside.

namespace eigenhead::detail {

/// What a page of heatmaps must find room for.
struct HeatmapContent {
  Index num_panels = 1;
  Index panels_across = 1;
  Index num_rows = 1;
  Index num_columns = 1;
  ValueRange range;
  bool has_non_finite = false;
};

/// Labels beside a matrix: every step-th one, so that neighbours do not touch.
struct LabelAxis {
  std::vector<std::string> labels;
  Index step = 1;
  double widest = 0;  // pixels, at most kLongestLabel
  bool is_rotated = false;
};

/// Places and sizes in pixels; filled by heatmap_geometry().
struct HeatmapGeometry : HeatmapContent {
  static constexpr double kLongestLabel = 110;
  static constexpr double kLabelGap = 7;
  static constexpr double kNameHeight = 24;
  static constexpr double kDiagonal = 0.70710678;
  static constexpr double kBarGap = 22;
  static constexpr double kBarWidth = 12;
  static constexpr double kBarFontSize = 11;
  static constexpr std::string_view kNotFinite = "NaN, \u221e";

  bool is_image = false;  // too many cells for an element each
  bool shows_values = false;
  double cell = 1;
  double panel_gap = 0;
  double title_height = 0;
  LabelAxis rows;
  LabelAxis columns;
  std::vector<Tick> ticks;
  double left = 0;
  double top = 0;
  double column_space = 0;  // from the last panel to the name of the columns
  double bar_top = 0;
  double bar_height = 0;
  double width = 0;
  double height = 0;

  Index panels_down() const { return (num_panels + panels_across - 1) / panels_across; }
  double panel_width() const { return cell * static_cast<double>(num_columns); }
  double panel_height() const { return cell * static_cast<double>(num_rows); }
  double panel_left(Index i) const {
    return left + static_cast<double>(i % panels_across) * (panel_width() + panel_gap);
  }
  double panel_top(Index i) const {
    return top +
           static_cast<double>(i / panels_across) * (panel_height() + panel_gap + title_height);
  }
  double block_width() const { return panel_left(panels_across - 1) + panel_width() - left; }
  double block_height() const { return panel_top(num_panels - 1) + panel_height() - top; }
  double bar_left() const { return left + block_width() + kBarGap; }
};

/// Room along the columns for a label that is turned by 45 degrees.
inline constexpr double kRotatedLabelSpace = 17;

/// Whole pixels where possible, so that all cells look alike.
inline void choose_cell_size(HeatmapGeometry& page, const HeatmapOptions& options) {
  constexpr Index kMostVectorCells = 10000;
  constexpr double kMostLabels = 32;  // up to here every label is drawn
  const auto longest = static_cast<double>(std::max(page.num_rows, page.num_columns));
  const Index across = std::max(page.panels_across, page.panels_down());
  const double target = across == 1 ? 520 : across == 2 ? 300 : across <= 4 ? 190 : 120;
  const double fitting = target / longest;
  page.cell = fitting >= 1 ? std::min(44.0, std::floor(fitting)) : across == 1 ? 1 : fitting;
  page.is_image = page.num_panels * page.num_rows * page.num_columns > kMostVectorCells;
  const bool is_small = page.num_panels == 1 && page.num_rows <= 20 && page.num_columns <= 20;
  page.shows_values = !page.is_image && options.shows_values.value_or(is_small);
  if (page.shows_values) page.cell = std::max(page.cell, 32.0);
  // Every token of a sentence gets its label; longer texts label every second, fifth, ...
  const bool has_labels = !options.row_labels.empty() || !options.column_labels.empty();
  if (has_labels && longest <= kMostLabels) page.cell = std::max(page.cell, kRotatedLabelSpace);
  if (page.num_panels == 1) return;
  page.panel_gap = 16;
  page.title_height = 22;
}

/// Pixels that label `i` takes.
inline double label_width(const LabelAxis& axis, Index i) {
  const std::string label = visible_label(axis.labels[static_cast<std::size_t>(i)]);
  return std::min(text_width(label, 12), HeatmapGeometry::kLongestLabel);
}

/// The labels of `count` rows or columns that are `cell` pixels apart.
inline LabelAxis label_axis(const std::vector<std::string>& given, Index count, double cell,
                            bool is_column) {
  LabelAxis axis;
  axis.labels = labels_or_numbers(given, count);
  for (Index i = 0; i < count; ++i) axis.widest = std::max(axis.widest, label_width(axis, i));
  axis.is_rotated = is_column && !given.empty() && axis.widest > cell - 4;
  double space = axis.is_rotated ? kRotatedLabelSpace
                 : is_column     ? axis.widest + (given.empty() ? 10 : 3)
                                 : 15;
  if (space > cell && given.empty()) space = std::max(space, 40.0);  // numbers need no crowd
  if (space > cell) axis.step = static_cast<Index>(round_up_to_nice(std::ceil(space / cell)));
  return axis;
}

/// Where the panels begin: right of the row labels and of turned column labels, below the titles.
inline void place_panels(HeatmapGeometry& page, const HeatmapOptions& options) {
  double overhang = 0;
  for (Index i = 0; page.columns.is_rotated && i < page.num_columns; i += page.columns.step)
    overhang = std::max(overhang, page.kDiagonal * label_width(page.columns, i) + page.kLabelGap -
                                      (static_cast<double>(i) + 0.5) * page.cell);
  const double row_space =
      page.rows.widest + page.kLabelGap + (options.y_label.empty() ? 0 : page.kNameHeight);
  page.left = std::ceil(kMargin + std::max(row_space, overhang));
  page.top = kMargin + (options.title.empty() ? 0 : kTitleHeight) + page.title_height;
  page.column_space =
      page.kLabelGap + (page.columns.is_rotated ? page.kDiagonal * (page.columns.widest + 10) : 14);
}

/// The colour bar, right of the panels, and the size of the page around everything.
inline void place_color_bar(HeatmapGeometry& page, const HeatmapOptions& options) {
  const double legend = page.has_non_finite ? 26 : 0;
  page.bar_height = std::floor(std::clamp(page.block_height() - legend, 110.0, 520.0));
  page.bar_top =
      page.top + std::max(0.0, std::floor((page.block_height() - legend - page.bar_height) / 2));
  page.ticks = nice_ticks(page.range, std::clamp(static_cast<int>(page.bar_height / 60), 5, 8));
  const double note_width =
      page.has_non_finite ? text_width(page.kNotFinite, page.kBarFontSize) : 0;
  const double bar_space = page.kBarGap + page.kBarWidth + 8 +
                           std::max(widest(page.ticks, page.kBarFontSize), note_width) +
                           (options.color_bar_label.empty() ? 4 : page.kNameHeight);
  const double needed_for_title =
      2 * kMargin + text_width(visible_label(options.title), kTitleSize);
  page.width = std::ceil(std::max(page.left + page.block_width() + bar_space + kMargin,
                                  std::min(needed_for_title, 640.0)));
  const double below = page.column_space + (options.x_label.empty() ? 0 : page.kNameHeight);
  page.height = std::ceil(
      std::max(page.top + page.block_height() + below, page.bar_top + page.bar_height + legend) +
      kMargin);
}

/// The page for `content`.
inline HeatmapGeometry heatmap_geometry(const HeatmapContent& content,
                                        const HeatmapOptions& options) {
  HeatmapGeometry page;
  static_cast<HeatmapContent&>(page) = content;
  choose_cell_size(page, options);
  page.rows = label_axis(options.row_labels, page.num_rows, page.cell, false);
  page.columns = label_axis(options.column_labels, page.num_columns, page.cell, true);
  place_panels(page, options);
  place_color_bar(page, options);
  return page;
}

}  // namespace eigenhead::detail
