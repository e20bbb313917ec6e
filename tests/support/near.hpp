#pragma once

#include "eigenhead/core/tensor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>

namespace eigenhead {

/// Passes when shapes agree and every |actual - expected| <= tolerance; infinities must be equal
/// and NaN anywhere fails. A failure names the worst place, both values, and the largest
/// differences.
template <class A, class B, int Rank>
testing::AssertionResult is_near(TensorView<const A, Rank> actual,
                                 TensorView<const B, Rank> expected, double tolerance) {
  if (actual.shape() != expected.shape())
    return testing::AssertionFailure()
           << "shapes differ: actual " << actual.shape() << ", expected " << expected.shape();
  const Tensor<A, Rank> a(actual);
  const Tensor<B, Rank> b(expected);
  double worst = 0;
  double worst_relative = 0;
  Index worst_index = -1;
  for (Index i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a.data()[i]);
    const auto y = static_cast<double>(b.data()[i]);
    if (x == y) continue;
    const double difference = std::isfinite(x) && std::isfinite(y)
                                  ? std::abs(x - y)
                                  : std::numeric_limits<double>::infinity();
    worst_relative = std::max(worst_relative, difference / std::abs(y));
    if (difference <= worst) continue;
    worst = difference;
    worst_index = i;
  }
  if (worst <= tolerance) return testing::AssertionSuccess();
  Shape<Rank> position;
  for (Index rest = worst_index, axis = Rank - 1; axis >= 0; --axis) {
    position[static_cast<int>(axis)] = rest % a.extent(static_cast<int>(axis));
    rest /= a.extent(static_cast<int>(axis));
  }
  return testing::AssertionFailure()
         << "at " << position << ": actual " << +a.data()[worst_index] << ", expected "
         << +b.data()[worst_index] << "; largest difference " << worst << " (relative "
         << worst_relative << "), tolerance " << tolerance;
}

template <class A, class B, int Rank>
void expect_near(const Tensor<A, Rank>& actual, const Tensor<B, Rank>& expected, double tolerance) {
  EXPECT_TRUE((is_near<A, B, Rank>(actual, expected, tolerance)));
}

/// Bit for bit equal numbers (and equal shapes); NaN fails.
template <class A, class B, int Rank>
void expect_equal(const Tensor<A, Rank>& actual, const Tensor<B, Rank>& expected) {
  EXPECT_TRUE((is_near<A, B, Rank>(actual, expected, 0)));
}

}  // namespace eigenhead
