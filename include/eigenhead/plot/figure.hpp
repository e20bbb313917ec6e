#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/plot/colormap.hpp"
#include "eigenhead/plot/png.hpp"
#include "eigenhead/plot/svg.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

/// Background and ink of a figure.
enum class Theme { light, dark };

namespace detail {

/// What a figure can say in pixels alone: rows of indices into a palette, each a square of `scale`
/// pixels.
struct PixelPicture {
  std::vector<std::uint8_t> indices;
  Index width = 0;
  std::vector<Color> palette;
  Index scale = 1;
};

/// The picture as a PNG file.
inline std::string scaled_png(const PixelPicture& picture) {
  const auto width = static_cast<std::size_t>(picture.width);
  const auto scale = static_cast<std::size_t>(picture.scale);
  std::vector<std::uint8_t> pixels;
  pixels.reserve(picture.indices.size() * scale * scale);
  for (std::size_t begin = 0; begin < picture.indices.size(); begin += width)
    for (std::size_t copy = 0; copy < scale; ++copy)
      for (std::size_t i = begin; i < begin + width; ++i)
        pixels.insert(pixels.end(), scale, picture.indices[i]);
  return palette_png(pixels, picture.width * picture.scale, picture.palette);
}

}  // namespace detail

/// A finished picture: one SVG document.
class Figure {
 public:
  Figure(std::string svg, double width, double height)
      : svg_(std::move(svg)), width_(width), height_(height) {}

  /// Also with `pixels`, the part that needs no fonts.
  Figure(Figure figure, detail::PixelPicture pixels) : Figure(std::move(figure)) {
    pixels_ = std::move(pixels);
  }

  /// The SVG document, UTF-8. The same input gives the same bytes.
  const std::string& to_string() const { return svg_; }

  /// Size in CSS pixels.
  double width() const { return width_; }
  double height() const { return height_; }

  /// Writes the document to `path`, or, when `path` ends in .png, the cells of a single heatmap as
  /// an image without any text. Throws FileError when that fails, leaving no half file, and
  /// ValueError for a PNG of any other figure: letters need a renderer of SVG.
  void save(const std::filesystem::path& path) const {
    if (path.extension() != ".png") return write_file(path, svg_, "Figure::save");
    check<ValueError>(pixels_.has_value(),
                      "Figure::save: a PNG must be of a single heatmap; got " +
                          quote(path.string()) +
                          "; save an SVG and convert it, for example with rsvg-convert");
    write_file(path, detail::scaled_png(*pixels_), "Figure::save");
  }

  friend std::ostream& operator<<(std::ostream& out, const Figure& figure) {
    return out << figure.svg_;
  }

 private:
  std::string svg_;
  double width_;
  double height_;
  std::optional<detail::PixelPicture> pixels_;
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
