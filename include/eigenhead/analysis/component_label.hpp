#pragma once

#include "eigenhead/core/error.hpp"

#include <cmath>
#include <string>

namespace eigenhead {

/// The name of an axis of a PCA plot: "PC1 (43.1 %)".
///
/// @param number  1 for the first component
/// @param ratio   its explained variance ratio, 0 to 1
/// @throws ValueError when they are outside
inline std::string component_label(int number, double ratio) {
  check<ValueError>(number >= 1, "component_label: number must be >= 1", "number", number);
  check<ValueError>(ratio >= 0 && ratio < 1.001, "component_label: ratio must be from 0 to 1",
                    "ratio", ratio);
  const auto tenths = static_cast<long>(std::lround(1000 * ratio));  // of a percent
  return "PC" + std::to_string(number) + " (" + std::to_string(tenths / 10) + "." +
         std::to_string(tenths % 10) + " %)";
}

}  // namespace eigenhead
