#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the pictures of one kind refuse alike, be they SVG, JSON or text. `function` starts
// messages.

namespace eigenhead::detail {

/// Values [rows, columns] must not be empty, labels be one a row and one a column, and a given
/// range finite and not empty.
template <class Scalar>
void check_heatmap(std::string_view function, const TensorView<const Scalar, 2>& values,
                   const std::vector<std::string>& row_labels,
                   const std::vector<std::string>& column_labels,
                   const std::optional<ValueRange>& range) {
  const std::string start = std::string(function) + ": ";
  check<ShapeError>(!values.is_empty(), start + "values must not be empty", "values",
                    values.shape());
  check_labels(start + "row_labels must have one label per row", row_labels, values.extent(0),
               "values", values.shape());
  check_labels(start + "column_labels must have one label per column", column_labels,
               values.extent(1), "values", values.shape());
  check_range(function, range);
}

/// Points must be [n, 2] with n >= 1, labels and groups one a point.
template <class Scalar>
void check_scatter(std::string_view function, const TensorView<const Scalar, 2>& points,
                   const std::vector<std::string>& labels, const std::vector<std::string>& groups) {
  const std::string start = std::string(function) + ": ";
  check<ShapeError>(!points.is_empty() && points.extent(1) == 2,
                    start + "points must be [n, 2] with n >= 1", "points", points.shape());
  check_labels(start + "labels must have one label per point", labels, points.extent(0), "points",
               points.shape());
  check_labels(start + "groups must have one name per point", groups, points.extent(0), "points",
               points.shape());
}

}  // namespace eigenhead::detail
