#pragma once

#include "eigenhead/plot/colormap_tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

namespace eigenhead {

/// A colour of the sRGB space.
struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  friend bool operator==(const Color& a, const Color& b) {
    return a.red == b.red && a.green == b.green && a.blue == b.blue;
  }
  friend bool operator!=(const Color& a, const Color& b) { return !(a == b); }
};

/// Which colours show low and high values. Viridis: dark to bright, even for colour-blind readers
/// and in grey print. Reds and greys: white to full colour. Red_blue diverges: red for negative,
/// white for zero, blue for positive.
enum class Colormap { viridis, reds, red_blue, greys };

namespace detail {

constexpr Color color_from(std::uint32_t rgb) {
  return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>((rgb >> 8) & 255u),
          static_cast<std::uint8_t>(rgb & 255u)};
}

/// The colour of "#rrggbb".
inline Color color_from_hex(const std::string& text) {
  return color_from(static_cast<std::uint32_t>(std::stoul(text.substr(1), nullptr, 16)));
}

inline const ColorTable& color_table(Colormap colormap) {
  switch (colormap) {
    case Colormap::reds: return kReds;
    case Colormap::red_blue: return kRedBlue;
    case Colormap::greys: return kGreys;
    case Colormap::viridis: break;
  }
  return kViridis;
}

/// clamp(floor(256 t), 0, 255) for finite t.
inline std::size_t color_index(double t) {
  return static_cast<std::size_t>(std::clamp(std::floor(256 * t), 0.0, 255.0));
}

/// Relative luminance of WCAG 2: 0 for black, 1 for white.
inline double luminance(Color color) {
  const auto linear = [](std::uint8_t channel) {
    const double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

/// Contrast ratio of WCAG 2, from 1 to 21.
inline double contrast(Color a, Color b) {
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

/// Near-black or white, whichever is easier to read on `background`.
inline Color readable_on(Color background) {
  constexpr Color kDark{0x1a, 0x1d, 0x21};
  constexpr Color kWhite{0xff, 0xff, 0xff};
  return contrast(background, kDark) >= contrast(background, kWhite) ? kDark : kWhite;
}

}  // namespace detail

/// The colour of NaN and infinities: in none of the map's own 256 colours.
inline Color non_finite_color(Colormap colormap) {
  return detail::color_from(colormap == Colormap::greys ? 0xe9c46au : 0xb4b8beu);
}

/// The colour at `t`, where 0 is the low end of the map and 1 the high end: table entry
/// clamp(floor(256 t), 0, 255), as matplotlib; non_finite_color for NaN and infinities.
inline Color color_at(Colormap colormap, double t) {
  if (!std::isfinite(t)) return non_finite_color(colormap);
  return detail::color_from(detail::color_table(colormap)[detail::color_index(t)]);
}

/// "#rrggbb"
inline std::string to_string(Color color) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text = "#";
  for (const std::uint8_t channel : {color.red, color.green, color.blue}) {
    text += kHex[channel >> 4];
    text += kHex[channel & 15];
  }
  return text;
}

}  // namespace eigenhead
