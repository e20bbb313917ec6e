#pragma once

#include "eigenhead/core/tensor.hpp"

#include <random>

namespace eigenhead {

/// Numbers between -1 and 1, the same on every machine.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> bench_input(const Shape<Rank>& shape, unsigned seed = 1) {
  std::mt19937 engine(seed);
  auto x = Tensor<Scalar, Rank>::uninitialized(shape);
  for (Scalar& value : x)
    value = static_cast<Scalar>(static_cast<double>(engine()) / 2147483648.0 - 1.0);
  return x;
}

}  // namespace eigenhead
