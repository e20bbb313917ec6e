#pragma once

// What each kernel set does to rows of attention scores, and its products of a few queries with
// keys and values where they lie, by plain function pointers.

#include "eigenhead/core/shape.hpp"

namespace eigenhead::detail {

/// Functions of contiguous rows of `n` >= 0 numbers at any alignment. Each element depends on its
/// own inputs alone.
template <class Scalar>
struct ScoreKernels {
  /// y[i] = factor * x[i]; y may be x.
  void (*scale)(const Scalar* x, Index n, Scalar factor, Scalar* y);

  /// x[i] += bias[i]; where bias[i] is -infinity, x[i] becomes -infinity, whatever it was.
  void (*add_bias)(const Scalar* bias, Index n, Scalar* x);

  /// x[i] += slope * (first + i), or slope * |first + i|; rounded once or twice
  void (*add_distance)(Scalar slope, Scalar first, bool is_absolute, Index n, Scalar* x);

  /// Whether no x[i] is infinite or NaN.
  bool (*is_finite)(const Scalar* x, Index n);

  /// to[r, c] = from[r, c] for r < rows and c < columns, and 0 for columns <= c < width, which is
  /// `columns` rounded up to whole vectors; neither has gaps between columns, and rows of `to` not
  /// either. Returns whether no number is infinite or NaN.
  bool (*copy_rows)(const Scalar* from, Index from_stride, Index rows, Index columns, Scalar* to,
                    Index width);

  /// x[i] becomes -infinity where is_visible[i] is false.
  void (*hide)(const bool* is_visible, Index n, Scalar* x);
};

/// A few queries and rows of keys or values as they lie in memory, for products that are bound by
/// reading those rows once.
template <class Scalar>
struct FewRows {
  const Scalar* left;  // [num_left, depth or num_right]
  Index left_stride;
  Index num_left;
  const Scalar* right;  // [num_right, width], each row without gaps
  Index right_stride;
  Index num_right;
  Index width;
  Scalar* output;
  Index output_stride;
};

/// Products without packing.
template <class Scalar>
struct FewRowKernels {
  /// output[m, n] = sum over k < width of left[m, k] * right[n, k]: scores
  void (*multiply_rows)(const FewRows<Scalar>& rows);

  /// output[m, k] += sum over n < num_right of left[m, n] * right[n, k], k < width: weights *
  /// values
  void (*add_weighted_rows)(const FewRows<Scalar>& rows);
};

}  // namespace eigenhead::detail
