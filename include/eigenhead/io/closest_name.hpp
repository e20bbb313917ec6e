#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// The number of insertions, deletions and replacements of bytes that turn one text into the other
/// (Levenshtein 1966). Cost: product of the lengths.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  // row[j]: the distance of the first i bytes of a to the first j bytes of b
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

/// The one of `candidates` that `name` probably stands for, or an empty text: the nearest by
/// edit_distance, at most a third of the name away (which covers a missing prefix "distilbert.").
inline std::string closest_name(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongest = 200;  // bounds the cost for names from hostile files
  std::size_t smallest = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::string closest;
  if (name.size() > kLongest) return closest;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= smallest) continue;
    smallest = distance;
    closest = candidate;
  }
  return closest;
}

}  // namespace eigenhead::detail
