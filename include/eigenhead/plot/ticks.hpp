#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/plot/svg.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

/// The values at the two ends of a scale.
struct ValueRange {
  double minimum = 0;
  double maximum = 1;
};

namespace detail {

/// Shorter ranges lose positions inside to underflow.
constexpr double kNarrowestRange = 1e-300;

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

/// Where `value` lies in `range`: 0 at the minimum, 1 at the maximum; not clamped. Halves keep the
/// width of the widest range finite.
inline double position_in(const ValueRange& range, double value) {
  return (value / 2 - range.minimum / 2) / (range.maximum / 2 - range.minimum / 2);
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

/// A given range must be finite and not empty.
inline void check_range(std::string_view function, const std::optional<ValueRange>& range) {
  if (!range) return;
  check<ValueError>(std::isfinite(range->minimum) && std::isfinite(range->maximum) &&
                        range->maximum / 2 - range->minimum / 2 > kNarrowestRange,
                    std::string(function) + ": range must be finite with minimum < maximum",
                    "minimum", range->minimum, "maximum", range->maximum);
}

/// A range around a single value, for data that do not vary.
inline ValueRange range_around(double value) {
  const double half = std::abs(value) < kNarrowestRange ? 0.5 : std::abs(value) / 2;
  return {value - half, value + half};
}

/// From `minimum` to `maximum` and `share` of that length more at both ends.
inline ValueRange padded_range(double minimum, double maximum, double share) {
  // Below this the difference is rounding noise, and ticks could not tell the ends apart.
  const double noise = 1e-9 * std::max(std::abs(minimum), std::abs(maximum));
  if (maximum - minimum <= noise + kNarrowestRange) return range_around(minimum);
  const double border = share * (maximum - minimum);
  return {minimum - border, maximum + border};
}

}  // namespace detail

}  // namespace eigenhead
