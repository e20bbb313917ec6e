// How far each function of one number is from the true value, over all of its range. The tables
// that these tests print stand in docs/numerics.md.

#include "eigenhead/kernels/vector_functions.hpp"
#include "support/kernel_sets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using Map = VectorKernels<float>::Map;

/// The distance of neighbouring floats at the magnitude of `value`.
double unit_in_the_last_place(double value) {
  int exponent;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

struct Errors {
  double ulps = 0;  // where |true value| >= Sweep::relevant
  double ulps_at = 0;
  double absolute = 0;  // where |true value| <= 2
  double allowed = 0;   // the largest min(ulps / 4, absolute / 4e-7)
  double allowed_at = 0;
};

void compare(float x, float y, double expected, double relevant, Errors& errors) {
  if (std::isinf(y) && std::isinf(static_cast<float>(expected))) return;
  const double absolute = std::abs(static_cast<double>(y) - expected);  // infinity if y is wrong
  const double ulps = absolute / unit_in_the_last_place(expected);
  const double allowed = std::min(ulps / 4, absolute / 4e-7);
  if (!(allowed <= errors.allowed)) {
    errors.allowed = allowed;
    errors.allowed_at = static_cast<double>(x);
  }
  if (std::abs(expected) <= 2) errors.absolute = std::max(errors.absolute, absolute);
  if (std::abs(expected) >= relevant && !(ulps <= errors.ulps)) {
    errors.ulps = ulps;
    errors.ulps_at = static_cast<double>(x);
  }
}

/// The errors over every `stride`-th float of [lowest, highest].
struct Sweep {
  float lowest;
  float highest;
  double relevant;  // ulps count where |true value| is not less
  std::uint32_t stride;
};

Errors errors_of(Map map, double (*expected)(double), const Sweep& sweep) {
  constexpr std::size_t kBatch = 4096;
  std::vector<float> x, y(kBatch);
  Errors errors;
  const auto flush = [&] {
    map(x.data(), static_cast<Index>(x.size()), y.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      compare(x[i], y[i], expected(static_cast<double>(x[i])), sweep.relevant, errors);
    x.clear();
  };
  for (std::uint32_t bits = 0; bits < 0x7f800000; bits += sweep.stride) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (value > sweep.highest && -value < sweep.lowest) break;
    if (value <= sweep.highest) x.push_back(value);
    if (-value >= sweep.lowest) x.push_back(-value);
    if (x.size() >= kBatch - 1) flush();
  }
  flush();
  return errors;
}

double true_gelu_erf(double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }
double true_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double true_silu(double x) { return x / (1 + std::exp(-x)); }
double true_quick_gelu(double x) { return x / (1 + std::exp(-1.702 * x)); }
double true_gelu_tanh(double x) {
  return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}
double true_exp(double x) { return std::exp(x); }
double true_tanh(double x) { return std::tanh(x); }
double true_erf(double x) { return std::erf(x); }

struct Function {
  const char* name;
  Map VectorKernels<float>::*kernel;
  double (*expected)(double);
  Sweep sweep;
  double most_ulps;  // of the sets with kernels of their own
};

constexpr double kTiny = 1e-45;  // everything counts, denormals too
constexpr double kSmall = 1e-35;
const Function kFunctions[] = {
    {"exp", &VectorKernels<float>::exp, true_exp, {-104, 88.8f, kTiny, 1999}, 1.1},
    {"tanh", &VectorKernels<float>::tanh, true_tanh, {-1e4f, 1e4f, kTiny, 1999}, 3.5},
    {"erf", &VectorKernels<float>::erf, true_erf, {-1e4f, 1e4f, kTiny, 1999}, 5.5},
    {"sigmoid", &VectorKernels<float>::sigmoid, true_sigmoid, {-1e4f, 1e4f, kSmall, 1999}, 3.0},
    {"silu", &VectorKernels<float>::silu, true_silu, {-1e4f, 1e4f, kSmall, 1999}, 4.0},
    {"quick_gelu", &VectorKernels<float>::quick_gelu, true_quick_gelu, {-1e4f, 1e4f, 1, 1999}, 4.0},
    {"gelu_erf", &VectorKernels<float>::gelu_erf, true_gelu_erf, {-1e4f, 1e4f, kSmall, 1999}, 5.0},
    {"gelu_tanh", &VectorKernels<float>::gelu_tanh, true_gelu_tanh, {-1e4f, 1e4f, 1, 1999}, 4.0},
};

class VectorAccuracy : public testing::TestWithParam<KernelSet> {};

TEST_P(VectorAccuracy, EveryFunctionOfFloatIsWithinFourUlpsOr4em7) {
  std::printf("| function | kernels | ulps | at | absolute |\n|---|---|---:|---:|---:|\n");
  for (const Function& function : kFunctions) {
    const Map map = vector_kernels<float>(GetParam()).*function.kernel;
    const Errors errors = errors_of(map, function.expected, function.sweep);
    std::printf("| %s | %s | %.2f | %.6g | %.1e |\n", function.name, to_string(GetParam()).c_str(),
                errors.ulps, errors.ulps_at, errors.absolute);
    EXPECT_LE(errors.allowed, 1) << function.name << " at " << errors.allowed_at;
    if (GetParam() == KernelSet::reference) continue;
    EXPECT_LE(errors.ulps, function.most_ulps) << function.name << " at " << errors.ulps_at;
  }
}

TEST_P(VectorAccuracy, ExpOfEveryFloatIsWithinTwoUlps) {
  // EIGENHEAD_EXHAUSTIVE=1 takes all 2.2 billion floats, which lasts a minute a set.
  const std::uint32_t stride = std::getenv("EIGENHEAD_EXHAUSTIVE") != nullptr ? 1 : 997;
  const Errors errors =
      errors_of(vector_kernels<float>(GetParam()).exp, true_exp, {-104, 88.8f, kTiny, stride});
  std::printf("exp, %s, every %u. float: %.3f ulps at %.9g\n", to_string(GetParam()).c_str(),
              stride, errors.ulps, errors.ulps_at);
  EXPECT_LE(errors.ulps, 2);
}

TEST_P(VectorAccuracy, NoValueLeavesTheRangeOfItsFunction) {
  const VectorKernels<float>& kernels = vector_kernels<float>(GetParam());
  std::vector<float> x;
  for (float value = 2; value < 20; value += 1e-6f * value) x.push_back(value);
  std::vector<float> y(x.size());
  for (const Map map : {kernels.tanh, kernels.erf, kernels.sigmoid}) {
    map(x.data(), static_cast<Index>(x.size()), y.data());
    EXPECT_LE(*std::max_element(y.begin(), y.end()), 1.0f);
    EXPECT_EQ(y.back(), 1.0f);
  }
}

TEST_P(VectorAccuracy, ExpOfDoubleIsWithinTwoUlps) {
  std::mt19937_64 engine(7);
  std::vector<double> x = {0, -0.0, 709.78, -745.13, -708.4, -720, -744.5, 1e-300, 0.5, -0.5};
  for (int i = 0; i < 200000; ++i)
    x.push_back(-746 + 1455.7 * static_cast<double>(engine() >> 11) * 0x1p-53);
  std::vector<double> y(x.size());
  vector_kernels<double>(GetParam()).exp(x.data(), static_cast<Index>(x.size()), y.data());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double expected = std::exp(static_cast<long double>(x[i]));
    int exponent;
    std::frexp(expected, &exponent);
    const long double unit = std::ldexp(1.0L, std::max(exponent - 53, -1074));
    worst = std::max(
        worst, static_cast<double>(std::abs(static_cast<long double>(y[i]) - expected) / unit));
  }
  std::printf("exp of double, %s: %.2f ulps\n", to_string(GetParam()).c_str(), worst);
  EXPECT_LE(worst, 2);
}

INSTANTIATE_TEST_SUITE_P(Sets, VectorAccuracy, testing::ValuesIn(tested_kernel_sets()),
                         [](const auto& test) { return to_string(test.param); });

}  // namespace
}  // namespace eigenhead
