#pragma once

#include "eigenhead/plot/figure.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace eigenhead {

/// How often `text` stands in the SVG of a figure.
inline std::size_t count(const Figure& figure, std::string_view text) {
  const std::string svg = figure.to_string();
  std::size_t found = 0;
  for (auto at = svg.find(text); at != std::string::npos; at = svg.find(text, at + 1)) ++found;
  return found;
}

}  // namespace eigenhead
