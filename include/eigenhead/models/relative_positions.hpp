#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>

namespace eigenhead::detail {

/// Below and above, bucket_of would divide by zero: a half must have at least one exact bucket and
/// its exact ones must end before the farthest distance.
inline constexpr Index kFewestBuckets = 4;
inline constexpr Index kMostBuckets = 511;

/// The bucket of a key that stands `distance` columns behind its query: half of the buckets for
/// keys behind, half for the others; of each half, one bucket for each of the first distances, then
/// buckets that grow by a factor, up to 128. num_buckets: kFewestBuckets to kMostBuckets. Source:
/// transformers' MPNetEncoder, after T5.
inline Index bucket_of(Index distance, Index num_buckets) {
  constexpr float kFarthest = 128;
  const Index half = num_buckets / 2;
  const Index num_exact = half / 2;
  const Index first = distance > 0 ? half : 0;
  const Index length = std::abs(distance);
  if (length < num_exact) return first + length;
  // In float, as there: the bounds of the buckets are powers that rounding decides about.
  const auto exact = static_cast<float>(num_exact);
  const float growth = std::log(static_cast<float>(length) / exact) / std::log(kFarthest / exact);
  const auto step = static_cast<Index>(growth * static_cast<float>(half - num_exact));
  return first + std::min(num_exact + step, half - 1);
}

/// EncoderWeights::bias_by_distance [H, 2 * max_length - 1] from a table [buckets, H].
template <class Scalar>
Tensor<Scalar, 2> bias_by_distance(TensorView<const Scalar, 2> by_bucket, Index max_length) {
  Tensor<Scalar, 2> bias(Shape<2>{by_bucket.extent(1), 2 * max_length - 1});
  for (Index column = 0; column < bias.extent(1); ++column) {
    const Index bucket = bucket_of(column - (max_length - 1), by_bucket.extent(0));
    for (Index h = 0; h < bias.extent(0); ++h) bias(h, column) = by_bucket(bucket, h);
  }
  return bias;
}

}  // namespace eigenhead::detail
