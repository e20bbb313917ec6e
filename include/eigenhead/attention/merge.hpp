#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace eigenhead {

/// Attention over all keys from attention over disjoint parts of them:
/// output = sum_c w_c output_c / sum_c w_c with w_c = exp(log_sum_exp_c - the largest of them).
///
/// @param parts  what scaled_dot_product_attention returned for the same queries and each part of
///               the keys, with log_sum_exp; all with EmptyRows::zeros. Other members are not
///               looked at
/// @return       output and log_sum_exp over all keys; the other members are empty
/// @throws ValueError when there is no part or one has no log_sum_exp, ShapeError when shapes
/// differ
///
/// Exact up to rounding, in any grouping and order of the parts. A part with log_sum_exp -infinity
/// (no visible key) contributes nothing; rows without a key in any part are zero and -infinity. A
/// sink belongs to one part only. Masks, windows and ALiBi of a part need its place:
/// AttentionOptions::query_offset = -(index of its first key). Source: the online softmax of
/// Milakov and Gimelshein 2018; FlashAttention-2, section 3.1.
template <class Scalar, int Rank>
AttentionOutput<Scalar, Rank> merge_attention(
    const std::vector<AttentionOutput<Scalar, Rank>>& parts) {
  check<ValueError>(!parts.empty(), "merge_attention: parts must hold at least one part", "parts",
                    parts.size());
  const Shape<Rank> shape = parts[0].output.shape();
  Shape<Rank - 1> row_shape;
  for (int axis = 0; axis < Rank - 1; ++axis) row_shape[axis] = shape[axis];
  for (std::size_t c = 0; c < parts.size(); ++c)
    if (parts[c].output.shape() != shape || parts[c].log_sum_exp.shape() != row_shape)
      fail<ShapeError>(
          "merge_attention: every part must have the output and the log_sum_exp of the same "
          "queries; got output ",
          parts[c].output.shape(), ", log_sum_exp ", parts[c].log_sum_exp.shape(), " in part ", c,
          ", output ", shape, " in part 0");

  AttentionOutput<Scalar, Rank> merged;
  merged.output = Tensor<Scalar, Rank>(shape);
  merged.log_sum_exp = Tensor<Scalar, Rank - 1>(row_shape);
  const Index value_dim = shape[Rank - 1];
  for (Index row = 0; row < row_shape.size(); ++row) {
    Scalar largest = -std::numeric_limits<Scalar>::infinity();
    for (const auto& part : parts) {
      const Scalar log_sum_exp = part.log_sum_exp.data()[row];
      if (log_sum_exp > largest || std::isnan(log_sum_exp)) largest = log_sum_exp;
    }
    merged.log_sum_exp.data()[row] = largest;
    if (largest == -std::numeric_limits<Scalar>::infinity()) continue;  // no key: zeros
    Scalar* output = merged.output.data() + row * value_dim;
    Scalar sum = 0;
    for (const auto& part : parts) {
      const Scalar weight = std::exp(part.log_sum_exp.data()[row] - largest);
      if (weight == 0) continue;
      sum += weight;
      const Scalar* values = part.output.data() + row * value_dim;
      for (Index d = 0; d < value_dim; ++d) output[d] += weight * values[d];
    }
    for (Index d = 0; d < value_dim; ++d) output[d] /= sum;
    merged.log_sum_exp.data()[row] = largest + std::log(sum);
  }
  return merged;
}

}  // namespace eigenhead
