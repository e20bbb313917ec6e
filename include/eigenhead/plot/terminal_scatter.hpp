#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/check_arguments.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/markers.hpp"
#include "eigenhead/plot/scatter.hpp"
#include "eigenhead/plot/terminal.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

/// What terminal_scatter() writes around the points.
struct TerminalScatterOptions {
  std::string title = {};
  std::string x_label = {};  ///< such as "PC1 (43.1 %)"
  std::string y_label = {};
  std::vector<std::string> labels = {};  ///< one a point, or none
  std::vector<std::string> groups = {};  ///< a name for each point, or none: colour and a legend
  Index columns = 72;                    ///< of the frame's inside
  Index rows = 22;
  TerminalColors colors = TerminalColors::automatic;
  bool is_terminal = false;  ///< whether the text goes to a terminal, for example isatty(1)
};

namespace detail {

/// Draws points and labels on a grid of characters.
class TerminalScatter {
 public:
  TerminalScatter(Tensor<double, 2> points, const TerminalScatterOptions& options)
      : points_(std::move(points)),
        options_(options),
        colors_(resolve_colors(options.colors, options.is_terminal)),
        groups_(find_groups(options.groups, static_cast<std::size_t>(points_.extent(0)),
                            "terminal_scatter")),
        x_(column_range(points_, 0)),
        y_(column_range(points_, 1)),
        cells_(static_cast<std::size_t>(options.rows),
               std::vector<std::string>(static_cast<std::size_t>(options.columns), " ")) {}

  std::string draw() {
    for (Index i = 0; i < points_.extent(0); ++i) put_marker(i);
    for (Index i = 0; i < points_.extent(0) && !options_.labels.empty(); ++i) put_label(i);
    std::string text;
    if (!options_.title.empty()) text += terminal_label(options_.title, 200) + "\n";
    std::string border = is_plain() ? "+" : "\u250c";
    for (Index i = 0; i < options_.columns; ++i) border += is_plain() ? "-" : "\u2500";
    text += border + (is_plain() ? "+\n" : "\u2510\n");
    const std::string side = is_plain() ? "|" : "\u2502";
    for (const std::vector<std::string>& row : cells_) {
      text += side;
      for (const std::string& cell : row) text += cell;
      text += side + "\n";
    }
    if (!is_plain()) border.replace(0, 3, "\u2514");
    text += border + (is_plain() ? "+\n" : "\u2518\n");
    return text + axis_line("x", options_.x_label, x_) + axis_line("y", options_.y_label, y_) +
           legend();
  }

 private:
  bool is_plain() const { return colors_ == TerminalColors::none; }

  /// Half rows from the top, and columns.
  std::pair<Index, Index> place(Index i) const {
    const auto at = [](double share, Index count) {
      return std::clamp(static_cast<Index>(share * static_cast<double>(count)), Index{0},
                        count - 1);
    };
    return {at(1 - position_in(y_, points_(i, 1)), 2 * options_.rows),
            at(position_in(x_, points_(i, 0)), options_.columns)};
  }

  std::string& cell(Index row, Index column) {
    return cells_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
  }

  /// Half a block in the colour of the group; without colours a sign for each group.
  std::string marker(std::size_t group, bool is_upper) const {
    constexpr std::string_view kSigns = "*+xo#%@&";
    if (is_plain()) return std::string(1, kSigns[group % kSigns.size()]);
    static const std::vector<Color> kColors = [] {
      std::vector<Color> colors;
      for (std::size_t i = 0; i < 8; ++i) colors.push_back(terminal_color(i));
      return colors;
    }();
    return set_color(colors_, 38, kColors[group % 8]) + (is_upper ? "\u2580" : "\u2584") +
           std::string(kResetColors);
  }

  /// Okabe and Ito's colours, light enough for a dark ground and dark enough for a light one.
  static Color terminal_color(std::size_t group) {
    return color_from_hex(group_color(group % 7, theme_colors(Theme::dark)));
  }

  void put_marker(Index i) {
    const auto [half_row, column] = place(i);
    cell(half_row / 2, column) =
        marker(groups_.of_point[static_cast<std::size_t>(i)], half_row % 2 == 0);
  }

  /// Right of its marker, else left of it, else not at all.
  void put_label(Index i) {
    const auto [half_row, column] = place(i);
    const Index row = half_row / 2;
    const std::string text = terminal_label(options_.labels[static_cast<std::size_t>(i)], 16);
    const auto width = static_cast<Index>(measure_text(text, terminal_columns));
    for (const Index begin : {column + 2, column - width - 1}) {
      if (width == 0 || !is_free(row, begin - 1, width + 2, column)) continue;
      cell(row, begin) = text;
      for (Index c = begin + 1; c < begin + width; ++c) cell(row, c).clear();
      return;
    }
  }

  /// Whether a stretch is blank but for its own marker; blanks beyond the frame do not count.
  bool is_free(Index row, Index begin, Index count, Index own) {
    if (begin + 1 < 0 || begin + count - 1 > options_.columns) return false;
    for (Index c = std::max<Index>(begin, 0); c < std::min(begin + count, options_.columns); ++c)
      if (c != own && cell(row, c) != " ") return false;
    return true;
  }

  static std::string axis_line(const char* name, const std::string& label,
                               const ValueRange& range) {
    return std::string(name) + ": " + (label.empty() ? "" : terminal_label(label, 60) + ", ") +
           format_general(range.minimum, 3) + " to " + format_general(range.maximum, 3) + "\n";
  }

  std::string legend() const {
    std::string text;
    for (std::size_t i = 0; i < groups_.names.size(); ++i)
      text += marker(i, false) + " " + terminal_label(groups_.names[i], 40) + "\n";
    return text;
  }

  Tensor<double, 2> points_;
  TerminalScatterOptions options_;
  TerminalColors colors_;
  Groups groups_;
  ValueRange x_;
  ValueRange y_;
  std::vector<std::vector<std::string>> cells_;
};

}  // namespace detail

/// A scatter plot as text for a terminal; ends with a line break.
///
/// @param points   [n, 2], finite and below 1e300
/// @param options  labels, groups, size, colours
/// @returns text; nothing is printed
/// @throws ShapeError if points are empty or not [n, 2], or labels or groups are not one a point
/// @throws ValueError if a point is not finite, there are more than 64 groups, or the frame is not
///         from 8 x 3 to 1000 x 1000 characters
///
/// With colours a point is half a character high; without, a sign for each group. A label stands
/// beside its point where there is room. Colours follow the rules of terminal_heatmap().
template <class Scalar>
std::string terminal_scatter(TensorView<const Scalar, 2> points,
                             const TerminalScatterOptions& options = {}) {
  detail::check_scatter("terminal_scatter", points, options.labels, options.groups);
  check<ValueError>(
      options.columns >= 8 && options.rows >= 3 && options.columns <= 1000 && options.rows <= 1000,
      "terminal_scatter: the frame must be from 8 x 3 to 1000 x 1000", "columns", options.columns,
      "rows", options.rows);
  const Tensor<double, 2> values = cast<double>(points);
  detail::check_points("terminal_scatter", values);
  return detail::TerminalScatter(values, options).draw();
}

}  // namespace eigenhead
