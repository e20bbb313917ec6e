#pragma once

#include "eigenhead/core/file.hpp"
#include "eigenhead/plot/svg.hpp"

#include <cmath>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace eigenhead {

/// Background and ink of a figure.
enum class Theme { light, dark };

/// A finished picture: one SVG document.
class Figure {
 public:
  Figure(std::string svg, double width, double height)
      : svg_(std::move(svg)), width_(width), height_(height) {}

  /// The SVG document, UTF-8. The same input gives the same bytes.
  const std::string& to_string() const { return svg_; }

  /// Size in CSS pixels.
  double width() const { return width_; }
  double height() const { return height_; }

  /// Writes the document to `path`. Throws FileError when that fails, leaving no half file.
  void save(const std::filesystem::path& path) const { write_file(path, svg_, "Figure::save"); }

  friend std::ostream& operator<<(std::ostream& out, const Figure& figure) {
    return out << figure.svg_;
  }

 private:
  std::string svg_;
  double width_;
  double height_;
};

namespace detail {

inline constexpr double kMargin = 20;       // empty border of every figure
inline constexpr double kTitleSize = 15;    // font size
inline constexpr double kTitleHeight = 32;  // with the space below

struct ThemeColors {
  std::string background;
  std::string ink;     // titles and labels
  std::string muted;   // tick labels and names of axes; contrast to the background >= 4.5
  std::string frame;   // thin lines around plots
  std::string grid;    // fainter lines inside
  std::string accent;  // the only strong colour of charts with one series
};

inline ThemeColors theme_colors(Theme theme) {
  if (theme == Theme::dark)
    return {"#14171c", "#e8eaed", "#a8afba", "#4b525d", "#2a2f37", "#4499e0"};
  return {"#ffffff", "#20242a", "#5a616b", "#c3c8cf", "#eceef1", "#0072b2"};
}

/// Opens the root element, paints the background and writes the title from `title_left` on, or from
/// the margin if it is too long for that. `kind` names the figure when there is no title.
inline void open_figure(SvgWriter& svg, double width, double height, const ThemeColors& colors,
                        std::string_view title, std::string_view kind, double title_left) {
  const std::string name = visible_label(title.empty() ? kind : title);
  svg.open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                   {"width", width},
                   {"height", height},
                   {"viewBox", "0 0 " + svg_number(width) + " " + svg_number(height)},
                   {"role", "img"},
                   {"aria-label", name},
                   {"xml:space", "preserve"},
                   {"font-family",
                    // No emoji face here: some renderers would take its digits.
                    "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"},
                   {"font-size", 12}});
  svg.title(name);
  svg.element("rect", {{"width", width}, {"height", height}, {"fill", colors.background}});
  if (title.empty()) return;
  TextStyle style;
  style.fill = colors.ink;
  style.size = kTitleSize;
  style.is_bold = true;
  const bool fits = title_left + text_width(name, kTitleSize) <= width - kMargin;
  svg.label(fits ? title_left : kMargin, kMargin + kTitleSize / 2, title, style,
            width - 2 * kMargin);
}

/// Closes the root element.
inline Figure close_figure(SvgWriter& svg, double width, double height) {
  svg.close();
  return Figure(svg.take(), width, height);
}

}  // namespace detail

}  // namespace eigenhead
