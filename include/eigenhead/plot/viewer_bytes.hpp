#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/plot/value_range.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

// The numbers of the attention viewer as bytes, little-endian.

namespace eigenhead::detail {

/// Calls function(value) for every element, the last axis fastest.
template <class Function>
void for_each_value(const TensorView<const float, 3>& view, Function&& function) {
  for (Index a = 0; a < view.extent(0); ++a)
    for (Index b = 0; b < view.extent(1); ++b)
      for (Index c = 0; c < view.extent(2); ++c) function(view(a, b, c));
}

/// The largest absolute value; NaN or infinity if there is any.
inline float largest_magnitude(const TensorView<const float, 3>& view) {
  float largest = 0;
  for_each_value(view, [&](float value) {
    if (!(std::abs(value) <= largest)) largest = std::isnan(largest) ? largest : std::abs(value);
  });
  return largest;
}

inline void append_little_endian(std::string& bytes, std::uint32_t value, int num_bytes) {
  for (int i = 0; i < num_bytes; ++i)
    bytes += static_cast<char>(static_cast<unsigned char>(value >> (8 * i) & 255u));
}

inline std::string float32_bytes(const TensorView<const float, 3>& view) {
  std::string bytes;
  bytes.reserve(4 * static_cast<std::size_t>(view.size()));
  for_each_value(view, [&](float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    append_little_endian(bytes, bits, 4);
  });
  return bytes;
}

/// round(255 sqrt(w)) for each weight.
inline std::string weight_bytes(const TensorView<const float, 3>& view) {
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(view.size()));
  for_each_value(view, [&](float weight) {
    const float root = std::sqrt(std::min(weight, 1.0f));
    bytes += static_cast<char>(static_cast<unsigned char>(255 * root + 0.5f));
  });
  return bytes;
}

/// round(value / scale) as signed 16 bits for each value.
inline std::string int16_bytes(const TensorView<const float, 3>& view, double scale) {
  std::string bytes;
  bytes.reserve(2 * static_cast<std::size_t>(view.size()));
  for_each_value(view, [&](float value) {
    const long steps = std::lround(value / scale);
    append_little_endian(bytes, static_cast<std::uint32_t>(steps), 2);
  });
  return bytes;
}

/// The step of int16_bytes for a layer of queries or keys; 1 where values are stored as they are.
inline double vector_scale(const TensorView<const float, 3>& view, bool is_float32) {
  const double largest = largest_magnitude(view);
  return is_float32 || largest == 0 ? 1 : largest / 32767;
}

/// Points moved to 0.08 to 0.92 on both axes, over all states: what a plot needs.
inline std::string point_bytes(const TensorView<const float, 3>& points) {
  std::array<ValueRange, 2> ranges{kNoValues, kNoValues};
  std::size_t axis = 0;
  const auto each_coordinate = [&](auto&& function) {
    for_each_value(points, [&](float value) {
      function(ranges[axis], static_cast<double>(value));
      axis = 1 - axis;
    });
  };
  each_coordinate([](ValueRange& range, double value) {
    range.minimum = std::min(range.minimum, value);
    range.maximum = std::max(range.maximum, value);
  });
  for (ValueRange& range : ranges)
    if (range.maximum - range.minimum < kNarrowestRange) range = range_around(range.minimum);
  std::string bytes;
  each_coordinate([&bytes](const ValueRange& range, double value) {
    const auto place = static_cast<float>(0.08 + 0.84 * position_in(range, value));
    std::uint32_t bits = 0;
    std::memcpy(&bits, &place, sizeof bits);
    append_little_endian(bytes, bits, 4);
  });
  return bytes;
}

}  // namespace eigenhead::detail
