#pragma once

#include "eigenhead/text/encoding.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// A truncated encoding and what was cut off, each a text of its own for the model.
inline std::vector<Encoding> windows_of(Encoding encoding) {
  std::vector<Encoding> windows = std::exchange(encoding.overflowing, {});
  windows.insert(windows.begin(), std::move(encoding));
  return windows;
}

/// The bytes [range.begin, range.end) of a text.
inline std::string part_of(std::string_view text, TextRange range) {
  return std::string(text.substr(static_cast<std::size_t>(range.begin),
                                 static_cast<std::size_t>(range.end - range.begin)));
}

}  // namespace eigenhead::detail
