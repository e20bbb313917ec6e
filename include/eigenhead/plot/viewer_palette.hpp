#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/plot/colormap.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/json_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// The colours of the attention viewer, as JSON.

namespace eigenhead::detail {

/// Hue in degrees, saturation and lightness from 0 to 1 (CSS Color 3, section 4.2.4).
inline Color color_of_hsl(double hue, double saturation, double lightness) {
  const auto channel = [&](double n) {
    const double k = std::fmod(n + hue / 30, 12);
    const double amount = saturation * std::min(lightness, 1 - lightness);
    const double value = lightness - amount * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}));
    return static_cast<std::uint8_t>(std::lround(255 * value));
  };
  return {channel(0), channel(8), channel(4)};
}

/// Hues around the circle; neighbours also differ in lightness.
inline Color head_color(Index head, Index num_heads, Theme theme) {
  const double share =
      static_cast<double>(head) / static_cast<double>(std::max(num_heads, Index{3}));
  const double lightness = (theme == Theme::dark ? 0.66 : 0.43) + (head % 2 == 0 ? 0.05 : -0.05);
  return color_of_hsl(205 + 360 * share, 0.68, lightness);
}

inline Color mixed(Color a, Color b, double share) {
  const auto channel = [share](std::uint8_t x, std::uint8_t y) {
    return static_cast<std::uint8_t>(std::lround(x + (y - x) * share));
  };
  return {channel(a.red, b.red), channel(a.green, b.green), channel(a.blue, b.blue)};
}

/// 256 colours from `negative` over `middle` to `positive`.
inline std::string signed_palette_json(Color negative, Color middle, Color positive) {
  std::vector<std::string> colors;
  for (int i = 0; i < 256; ++i) {
    const double t = (i - 127.5) / 127.5;
    colors.push_back(
        json_string(to_string(mixed(middle, t < 0 ? negative : positive, std::abs(t)))));
  }
  return json_array(colors);
}

inline std::string viridis_json() {
  std::vector<std::string> colors;
  for (const std::uint32_t rgb : kViridis)
    colors.push_back(json_string(to_string(color_from(rgb))));
  return json_array(colors);
}

inline std::string theme_json(Theme theme, Index num_heads) {
  const ThemeColors colors = theme_colors(theme);
  const std::string warm = theme == Theme::dark ? "#f0883e" : "#c2410c";
  std::vector<std::string> heads;
  for (Index head = 0; head < num_heads; ++head)
    heads.push_back(json_string(to_string(head_color(head, num_heads, theme))));
  std::string json = "{";
  const auto add = [&json](const char* name, const std::string& color) {
    json += json_string(name) + ":" + json_string(color) + ",";
  };
  add("ground", colors.background);
  add("ink", colors.ink);
  add("muted", colors.muted);
  add("frame", colors.frame);
  add("grid", colors.grid);
  add("accent", colors.accent);
  add("warm", warm);
  return json + "\"heads\":" + json_array(heads) + ",\"signed\":" +
         signed_palette_json(color_from_hex(warm), color_from_hex(colors.background),
                             color_from_hex(colors.accent)) +
         "}";
}

}  // namespace eigenhead::detail
