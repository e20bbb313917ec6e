#pragma once

#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/svg.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What tells groups of points and series of values apart: colour and shape.

namespace eigenhead::detail {

/// Number of groups that a reader can tell apart by shape and colour together.
inline constexpr std::size_t kMostGroups = 64;

/// The colours of Okabe and Ito, safe for colour-blind readers; blue and black follow the theme.
inline std::string group_color(std::size_t group, const ThemeColors& colors) {
  static constexpr std::array<std::string_view, 6> kColors = {"#d55e00", "#009e73", "#cc79a7",
                                                              "#e69f00", "#56b4e9", "#9a8700"};
  const std::size_t index = group % (kColors.size() + 2);
  if (index == 0) return colors.accent;
  return index <= kColors.size() ? std::string(kColors[index - 1]) : colors.ink;
}

/// The corners of square, triangles, diamond, plus, cross and star about (0, 0), in pixels; all
/// have about the area of a circle with radius 4.5.
inline const std::array<std::vector<std::array<double, 2>>, 7>& marker_shapes() {
  // clang-format off
  static const std::array<std::vector<std::array<double, 2>>, 7> kShapes = {{
      {{-4, -4}, {4, -4}, {4, 4}, {-4, 4}},
      {{0, -5.5}, {5.2, 4}, {-5.2, 4}},
      {{0, -6}, {5, 0}, {0, 6}, {-5, 0}},
      {{0, 5.5}, {5.2, -4}, {-5.2, -4}},
      {{-2, -6}, {2, -6}, {2, -2}, {6, -2}, {6, 2}, {2, 2},
       {2, 6}, {-2, 6}, {-2, 2}, {-6, 2}, {-6, -2}, {-2, -2}},
      {{0, -2.8}, {3, -5.8}, {5.8, -3}, {2.8, 0}, {5.8, 3}, {3, 5.8},
       {0, 2.8}, {-3, 5.8}, {-5.8, 3}, {-2.8, 0}, {-5.8, -3}, {-3, -5.8}},
      {{0, -6.5}, {1.6, -2.1}, {6.2, -2}, {2.6, 0.8}, {3.8, 5.3},
       {0, 2.7}, {-3.8, 5.3}, {-2.6, 0.8}, {-6.2, -2}, {-1.6, -2.1}},
  }};
  // clang-format on
  return kShapes;
}

/// The marker of `group` around (x, y): another shape for each of eight groups, and after eight
/// groups other pairs of shape and colour.
inline void draw_marker(SvgWriter& svg, double x, double y, std::size_t group,
                        const ThemeColors& colors, std::string_view hover) {
  const std::string fill = group_color(group, colors);
  const std::size_t shape = (group + group / 8) % 8;
  if (shape == 0)
    return svg.element(
        "circle", {{"cx", x}, {"cy", y}, {"r", 4.5}, {"fill", fill}, {"stroke", colors.background}},
        hover);
  std::string points;
  for (const auto& [dx, dy] : marker_shapes()[shape - 1])
    points += (points.empty() ? "" : " ") + svg_number(x + dx) + "," + svg_number(y + dy);
  svg.element("polygon", {{"points", points}, {"fill", fill}, {"stroke", colors.background}},
              hover);
}

}  // namespace eigenhead::detail
