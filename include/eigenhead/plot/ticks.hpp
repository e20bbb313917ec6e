#pragma once

#include "eigenhead/plot/svg.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace eigenhead::detail {

struct Tick {
  double value = 0;
  std::string label;
};

/// `text` of a number with the minus sign that typesetters use, as wide as a plus.
inline std::string with_minus_sign(std::string text) {
  for (auto at = text.find('-'); at != std::string::npos; at = text.find('-', at + 3))
    text.replace(at, 1, "\u2212");
  return text;
}

/// The smallest of 1, 2, 5, 10, 20, 50, ... times a power of ten that is at least `step` > 0.
inline double round_up_to_nice(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

/// About `count` round numbers inside `range`, which must not be empty.
inline std::vector<Tick> nice_ticks(const ValueRange& range, int count) {
  const double step = round_up_to_nice((range.maximum / 2 - range.minimum / 2) / count * 2);
  const double largest = std::max(std::abs(range.minimum), std::abs(range.maximum));
  const bool is_plain = largest < 1e6 && step >= 1e-5;
  const int decimals = static_cast<int>(std::max(0.0, -std::floor(std::log10(step) + 1e-9)));
  std::vector<Tick> ticks;
  const double first = std::ceil(range.minimum / step - 1e-9);
  for (int i = 0; i <= 2 * count; ++i) {
    const double value = (first + i) * step;
    if (value - 1e-9 * step > range.maximum) break;            // this way round, infinity ends too
    if (!ticks.empty() && value <= ticks.back().value) break;  // the step is lost in rounding
    ticks.push_back(
        {value,
         with_minus_sign(is_plain ? format_fixed(value, decimals)
                                  : format_general(std::abs(value) < step / 2 ? 0 : value, 6))});
  }
  return ticks;
}

/// The widest label in pixels.
inline double widest(const std::vector<Tick>& ticks, double font_size) {
  double width = 0;
  for (const Tick& tick : ticks) width = std::max(width, text_width(tick.label, font_size));
  return width;
}

}  // namespace eigenhead::detail
