#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/utf8.hpp"
#include "eigenhead/plot/check_arguments.hpp"
#include "eigenhead/plot/colormap.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/svg.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

/// How a terminal shows colours. Automatic: none when the output is not a terminal, NO_COLOR is
/// set, or TERM is absent or "dumb"; 24 bits when COLORTERM says truecolor or 24bit; 256 when TERM
/// says 256color; else none. None: characters from blank to @ show the values.
enum class TerminalColors { automatic, true_color, palette_256, none };

/// What terminal_heatmap() writes around the cells.
struct TerminalHeatmapOptions {
  std::string title = {};
  std::vector<std::string> row_labels = {};     ///< one a row, or none
  std::vector<std::string> column_labels = {};  ///< one a column, or none; written downwards
  std::optional<ValueRange> range = {};         ///< absent: the finite values', as for heatmap()
  Colormap colormap = Colormap::viridis;
  TerminalColors colors = TerminalColors::automatic;
  bool is_terminal = false;  ///< whether the text goes to a terminal, for example isatty(1)
  Index longest_label = 12;  ///< columns (heights for column labels); longer ones are cut
};

namespace detail {

/// What TerminalColors::automatic stands for. The last three are environment variables, or null.
inline TerminalColors resolve_colors(bool is_terminal, const char* no_color, const char* colorterm,
                                     const char* term) {
  const auto text = [](const char* variable) {
    return variable == nullptr ? std::string_view() : std::string_view(variable);
  };
  if (!is_terminal || !text(no_color).empty() || text(term).empty() || text(term) == "dumb")
    return TerminalColors::none;
  if (text(colorterm) == "truecolor" || text(colorterm) == "24bit")
    return TerminalColors::true_color;
  return text(term).find("256color") == std::string_view::npos ? TerminalColors::none
                                                               : TerminalColors::palette_256;
}

/// `colors`, or what automatic stands for in this process.
inline TerminalColors resolve_colors(TerminalColors colors, bool is_terminal) {
  if (colors != TerminalColors::automatic) return colors;
  return resolve_colors(is_terminal, std::getenv("NO_COLOR"), std::getenv("COLORTERM"),
                        std::getenv("TERM"));
}

/// The nearest of the 6 x 6 x 6 cube (16 to 231) and the grey ramp (232 to 255) of xterm.
inline int xterm_index(Color color) {
  constexpr int kLevels[] = {0, 95, 135, 175, 215, 255};
  const auto square = [](int a, int b) { return (a - b) * (a - b); };
  const auto distance = [&](int red, int green, int blue) {
    return square(color.red, red) + square(color.green, green) + square(color.blue, blue);
  };
  int best = 16;
  int least = distance(0, 0, 0);
  for (int index = 16; index < 256; ++index) {
    const int cube = index - 16;
    const int grey = 8 + 10 * (index - 232);
    const int d = index >= 232
                      ? distance(grey, grey, grey)
                      : distance(kLevels[cube / 36], kLevels[cube / 6 % 6], kLevels[cube % 6]);
    if (d >= least) continue;
    least = d;
    best = index;
  }
  return best;
}

/// The escape sequence that sets the foreground (layer 38) or background (48).
inline std::string set_color(TerminalColors colors, int layer, Color color) {
  const std::string start = "\x1b[" + std::to_string(layer);
  if (colors == TerminalColors::palette_256)
    return start + ";5;" + std::to_string(xterm_index(color)) + "m";
  return start + ";2;" + std::to_string(color.red) + ";" + std::to_string(color.green) + ";" +
         std::to_string(color.blue) + "m";
}

inline constexpr std::string_view kResetColors = "\x1b[0m";

/// A label that cannot steer the terminal, at most `limit` columns.
inline std::string terminal_label(std::string_view label, Index limit) {
  return shorten(inert_label(label), static_cast<double>(limit), terminal_columns);
}

inline std::string blanks(double count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0.0)), ' ');
}

class TerminalHeatmap {
 public:
  TerminalHeatmap(Tensor<double, 2> values, const TerminalHeatmapOptions& options)
      : values_(std::move(values)),
        options_(options),
        colors_(resolve_colors(options.colors, options.is_terminal)) {
    range_ = options.range ? *options.range
                           : automatic_range(widened(kNoValues, values_), options.colormap);
    for (const std::string& label : options.row_labels)
      label_width_ = std::max(label_width_, measure_text(row_label(label), terminal_columns));
  }

  std::string draw() {
    if (!options_.title.empty()) text_ += terminal_label(options_.title, 200) + "\n";
    draw_column_labels();
    const bool has_labels = !options_.row_labels.empty() || !options_.column_labels.empty();
    if (has_labels || colors_ == TerminalColors::none) {
      draw_rows();
    } else {
      draw_half_blocks();
    }
    draw_scale();
    return text_;
  }

 private:
  static constexpr std::string_view kRamp = " .:-=+*#%@";

  std::string row_label(std::string_view label) const {
    return terminal_label(label, options_.longest_label);
  }
  Color color_of(double value) const {
    return color_at(options_.colormap, position_in(range_, value));
  }
  char character_of(double t) const {
    if (!std::isfinite(t)) return '?';
    return kRamp[static_cast<std::size_t>(std::clamp(std::floor(10 * t), 0.0, 9.0))];
  }
  std::string margin() const { return blanks(label_width_ == 0 ? 0 : label_width_ + 1); }

  /// Each label stands on the matrix and reads downwards; marks stay with their letter.
  void draw_column_labels() {
    std::vector<std::vector<std::string>> labels;
    std::size_t height = 0;
    for (const std::string& label : options_.column_labels) {
      const std::string shown = terminal_label(label, options_.longest_label);
      std::string_view rest = shown;
      std::vector<std::string> letters;
      while (!rest.empty()) {
        const char32_t code_point = take_code_point(rest);
        if (letters.empty() || !is_zero_width(code_point)) letters.emplace_back();
        append_utf8(code_point, letters.back());
      }
      height = std::max(height, letters.size());
      labels.push_back(std::move(letters));
    }
    for (std::size_t line = 0; line < height; ++line) {
      text_ += margin();
      for (const auto& letters : labels) {
        const bool is_above = line + letters.size() < height;
        const std::string letter = is_above ? "" : letters[line + letters.size() - height];
        text_ += letter + blanks(2 - measure_text(letter, terminal_columns));
      }
      end_plain_line();
    }
  }

  /// A line a row, two columns a cell: about square, with room for labels.
  void draw_rows() {
    for (Index row = 0; row < values_.extent(0); ++row) {
      if (!options_.row_labels.empty()) {
        const std::string label = row_label(options_.row_labels[static_cast<std::size_t>(row)]);
        text_ += blanks(label_width_ - measure_text(label, terminal_columns)) + label + " ";
      } else {
        text_ += margin();
      }
      for (Index column = 0; column < values_.extent(1); ++column) {
        const double value = values_(row, column);
        if (colors_ == TerminalColors::none) {
          text_ += std::string(2, character_of(position_in(range_, value)));
        } else {
          text_ += set_color(colors_, 48, color_of(value)) + "  ";
        }
      }
      end_line();
    }
  }

  /// Two rows a line: the upper half of a character in one colour, the lower in another.
  void draw_half_blocks() {
    for (Index row = 0; row < values_.extent(0); row += 2) {
      for (Index column = 0; column < values_.extent(1); ++column) {
        text_ += set_color(colors_, 38, color_of(values_(row, column)));
        if (row + 1 < values_.extent(0))
          text_ += set_color(colors_, 48, color_of(values_(row + 1, column)));
        text_ += "\u2580";
      }
      end_line();
    }
  }

  void draw_scale() {
    text_ += margin() + format_general(range_.minimum, 3) + " ";
    if (colors_ == TerminalColors::none) {
      text_ += "[" + std::string(kRamp) + "]";
    } else {
      for (int i = 0; i < 16; ++i)
        text_ += set_color(colors_, 48, color_at(options_.colormap, (i + 0.5) / 16)) + " ";
      text_ += kResetColors;
    }
    text_ += " " + format_general(range_.maximum, 3);
    if (std::any_of(values_.begin(), values_.end(), [](double v) { return !std::isfinite(v); })) {
      const bool is_plain = colors_ == TerminalColors::none;
      text_ += "  ";
      text_ += is_plain ? "?" : set_color(colors_, 48, non_finite_color(options_.colormap)) + "  ";
      if (!is_plain) text_ += kResetColors;
      text_ += " not finite";
    }
    text_ += "\n";
  }

  void end_line() {
    if (colors_ == TerminalColors::none) return end_plain_line();
    text_ += kResetColors;
    text_ += "\n";
  }

  void end_plain_line() {
    text_.erase(text_.find_last_not_of(' ') + 1);
    text_ += "\n";
  }

  Tensor<double, 2> values_;
  TerminalHeatmapOptions options_;
  TerminalColors colors_;
  ValueRange range_;
  double label_width_ = 0;
  std::string text_;
};

}  // namespace detail

/// A heatmap as text for a terminal, with the scale below; ends with a line break.
///
/// @param values   [rows, columns]; NaN and infinities get a colour of their own, or '?'
/// @param options  labels, scale, colours
/// @returns text; nothing is printed
/// @throws ShapeError if values are empty or the number of labels differs from rows or columns
/// @throws ValueError if options.range is empty or not finite, or longest_label is less than 1
///
/// Without labels and with colours, a character shows two rows by half blocks; else a row is a line
/// and a cell two characters. Wide characters count as two columns, combining marks as none;
/// controls in labels are dropped, so that a token cannot steer the terminal.
template <class Scalar>
std::string terminal_heatmap(TensorView<const Scalar, 2> values,
                             const TerminalHeatmapOptions& options = {}) {
  detail::check_heatmap("terminal_heatmap", values, options.row_labels, options.column_labels,
                        options.range);
  check<ValueError>(options.longest_label >= 1, "terminal_heatmap: longest_label must be >= 1",
                    "longest_label", options.longest_label);
  return detail::TerminalHeatmap(cast<double>(values), options).draw();
}

}  // namespace eigenhead
