#pragma once

#include "support/bench_input.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <iostream>

namespace eigenhead {

/// Ends the program with status 1 unless `actual` is `expected` up to `tolerance`: a wrong result
/// has no speed.
inline void require_near(double actual, double expected, double tolerance, const char* what) {
  if (std::abs(actual - expected) <= tolerance) return;
  std::cerr << "benchmark: " << what << " must be " << expected << "; got " << actual << '\n';
  std::exit(1);
}

}  // namespace eigenhead
