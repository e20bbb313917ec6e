#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>

namespace eigenhead {

/// A table of which some rows are wanted.
template <class Scalar>
struct RowTable {
  TensorView<const Scalar, 2> rows;       // [num_rows, C]
  TensorView<const std::int32_t, 1> ids;  // [T], each 0 <= id < num_rows
};

namespace detail {

template <class Scalar>
void check_gathered_table(const RowTable<Scalar>& table, TensorView<const Scalar, 2> output) {
  check<ShapeError>(
      table.ids.extent(0) == output.extent(0) && table.rows.extent(1) == output.extent(1),
      "gather_rows: output must have a row for each id, as long as those of every table", "table",
      table.rows.shape(), "ids", table.ids.shape(), "output", output.shape());
  check<ShapeError>(table.rows.stride(1) == 1 || table.rows.extent(1) <= 1,
                    "gather_rows: the last axis of every table must be contiguous", "table",
                    table.rows.shape(), "strides", table.rows.strides());
  for (Index t = 0; t < table.ids.extent(0); ++t)
    if (table.ids(t) < 0 || table.ids(t) >= table.rows.extent(0))
      fail<ValueError>("gather_rows: id must be >= 0 and < ", table.rows.extent(0), "; got ",
                       table.ids(t), " at ", Shape<1>{t});
}

}  // namespace detail

/// Sums of table rows: output[t] = a.rows[a.ids[t]] + b.rows[b.ids[t]] + ..., added in this order.
///
/// @param tables  one to three
/// @param output  [T, C]
/// @throws ShapeError if the shapes do not fit or a last axis is not contiguous, ValueError for an
///         id that is outside and for another number of tables
///
/// One pass over each row of the output. Words, positions and token types of BERT are three tables.
template <class Scalar>
void gather_rows(std::initializer_list<RowTable<Scalar>> tables, OutputView<Scalar, 2> output) {
  constexpr std::size_t kMostTables = 3;
  check<ValueError>(tables.size() >= 1 && tables.size() <= kMostTables,
                    "gather_rows: there must be one to three tables", "tables", tables.size());
  check<ShapeError>(output.stride(1) == 1 || output.extent(1) <= 1,
                    "gather_rows: the last axis of output must be contiguous", "output",
                    output.shape(), "strides", output.strides());
  for (const RowTable<Scalar>& table : tables) detail::check_gathered_table(table, output);
  const auto add_rows = vector_kernels<Scalar>().add_rows;
  for (Index t = 0; t < output.extent(0); ++t) {
    const Scalar* rows[kMostTables];
    Index num_rows = 0;
    for (const RowTable<Scalar>& table : tables)
      rows[num_rows++] = table.rows.data() + table.ids(t) * table.rows.stride(0);
    add_rows(rows, num_rows, output.extent(1), output.data() + t * output.stride(0));
  }
}

/// The mean of all rows, added from the first to the last.
///
/// @param rows  [T, C], the last axis contiguous
/// @param mean  [C], contiguous; zeros when T is 0; must not overlap rows
/// @throws ShapeError if the shapes do not fit or a last axis is not contiguous
template <class Scalar>
void mean_of_rows(TensorView<const Scalar, 2> rows, OutputView<Scalar, 1> mean) {
  const Index num_rows = rows.extent(0);
  const Index length = rows.extent(1);
  check<ShapeError>(mean.extent(0) == length, "mean_of_rows: mean must have the length of a row",
                    "rows", rows.shape(), "mean", mean.shape());
  check<ShapeError>(length <= 1 || (rows.stride(1) == 1 && mean.stride(0) == 1),
                    "mean_of_rows: the last axes must be contiguous", "rows", rows.strides(),
                    "mean", mean.strides());
  mean.fill(0);
  constexpr Index kMostRows = 16;  // a call; few, so that each row is read from front to back
  const Scalar* addends[kMostRows + 1];
  addends[0] = mean.data();
  const auto add_rows = vector_kernels<Scalar>().add_rows;
  for (Index begin = 0; begin < num_rows; begin += kMostRows) {
    const Index count = std::min(kMostRows, num_rows - begin);
    for (Index i = 0; i < count; ++i) addends[i + 1] = rows.data() + (begin + i) * rows.stride(0);
    add_rows(addends, count + 1, length, mean.data());
  }
  if (num_rows > 0)
    for (Index i = 0; i < length; ++i) mean(i) /= static_cast<Scalar>(num_rows);
}

}  // namespace eigenhead
