#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/plot/colormap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace eigenhead {

/// The values at the two ends of a scale.
struct ValueRange {
  double minimum = 0;
  double maximum = 1;
};

namespace detail {

/// Shorter ranges lose positions inside to underflow.
inline constexpr double kNarrowestRange = 1e-300;

/// The range of no values: any value widens it.
inline constexpr ValueRange kNoValues{std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::infinity()};

/// `range`, widened where needed to hold the finite ones of `values`.
template <class Values>
ValueRange widened(ValueRange range, const Values& values) {
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.minimum = std::min(range.minimum, value);
    range.maximum = std::max(range.maximum, value);
  }
  return range;
}

/// Where `value` lies in `range`: 0 at the minimum, 1 at the maximum; not clamped. Halves keep the
/// width of the widest range finite.
inline double position_in(const ValueRange& range, double value) {
  return (value / 2 - range.minimum / 2) / (range.maximum / 2 - range.minimum / 2);
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

/// `data` and `share` of its length more at both ends.
inline ValueRange padded_range(const ValueRange& data, double share) {
  // Below this the difference is rounding noise, and ticks could not tell the ends apart.
  const double noise = 1e-9 * std::max(std::abs(data.minimum), std::abs(data.maximum));
  if (data.maximum - data.minimum <= noise + kNarrowestRange) return range_around(data.minimum);
  const double border = share * (data.maximum - data.minimum);
  return {data.minimum - border, data.maximum + border};
}

/// The scale of colours for `data`: symmetric about 0 for a diverging map. See
/// HeatmapOptions::range.
inline ValueRange automatic_range(ValueRange data, Colormap colormap) {
  if (data.minimum > data.maximum) return {};
  if (colormap == Colormap::red_blue) {
    data.maximum = std::max(std::abs(data.minimum), std::abs(data.maximum));
    data.minimum = -data.maximum;
  }
  return data.maximum - data.minimum > kNarrowestRange ? data : range_around(data.minimum);
}

}  // namespace detail

}  // namespace eigenhead
