#pragma once

#include "eigenhead/core/tensor.hpp"

#include <cmath>

namespace eigenhead {

/// x[i] = sin(frequency * i), i counting the elements in C order.
template <class Scalar, int Rank = 4>
Tensor<Scalar, Rank> waves(const Shape<Rank>& shape, double frequency) {
  Tensor<Scalar, Rank> x(shape);
  for (Index i = 0; i < x.size(); ++i)
    x.data()[i] = static_cast<Scalar>(std::sin(frequency * static_cast<double>(i)));
  return x;
}

}  // namespace eigenhead
