#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

/// Throws ShapeError unless there are no `labels` or one for each of `count`; `argument` and its
/// `shape` tell where the count is from.
template <int Rank>
void check_labels(std::string_view rule, const std::vector<std::string>& labels, Index count,
                  std::string_view argument, const Shape<Rank>& shape) {
  if (labels.empty() || static_cast<Index>(labels.size()) == count) return;
  fail<ShapeError>(rule, "; got ", labels.size(), " labels, ", argument, " ", shape);
}

/// `labels`, or "0", "1", ... where there are none.
inline std::vector<std::string> labels_or_numbers(std::vector<std::string> labels, Index count) {
  for (auto i = static_cast<Index>(labels.size()); i < count; ++i)
    labels.push_back(std::to_string(i));
  return labels;
}

}  // namespace eigenhead::detail
