#pragma once

#include "eigenhead/core/tensor.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
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

/// Ends the program with status 1 unless `actual` is `expected` up to `tolerance`: a wrong result
/// has no speed.
inline void require_near(double actual, double expected, double tolerance, const char* what) {
  if (std::abs(actual - expected) <= tolerance) return;
  std::cerr << "benchmark: " << what << " must be " << expected << "; got " << actual << '\n';
  std::exit(1);
}

}  // namespace eigenhead
