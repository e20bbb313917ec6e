#pragma once

#include <cmath>
#include <string>

namespace eigenhead {

/// The name of an axis of a PCA plot: "PC1 (43.1 %)".
///
/// @param number  1 for the first component
/// @param ratio   its explained variance ratio, 0 to 1
inline std::string component_label(int number, double ratio) {
  const auto tenths = static_cast<long>(std::lround(1000 * ratio));  // of a percent
  return "PC" + std::to_string(number) + " (" + std::to_string(tenths / 10) + "." +
         std::to_string(tenths % 10) + " %)";
}

}  // namespace eigenhead
