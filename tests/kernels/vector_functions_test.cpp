#include "eigenhead/kernels/vector_functions.hpp"

#include "support/bits.hpp"
#include "support/guarded_array.hpp"
#include "support/kernel_sets.hpp"
#include "support/special_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace eigenhead {
namespace {

constexpr Index kLongest = 2 * 4 * 16 + 35;  // two unrolled rounds of the widest set, and tails

class VectorFunctions : public testing::TestWithParam<KernelSet> {
 protected:
  const VectorKernels<float>& floats() const { return vector_kernels<float>(GetParam()); }
  const VectorKernels<double>& doubles() const { return vector_kernels<double>(GetParam()); }
};

template <class Scalar>
std::vector<Scalar> random_numbers(Index n, double center, double deviation, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal(center, deviation);
  std::vector<Scalar> numbers(static_cast<std::size_t>(n));
  for (Scalar& number : numbers) number = static_cast<Scalar>(normal(engine));
  return numbers;
}

std::vector<VectorKernels<float>::Map> maps(const VectorKernels<float>& kernels) {
  return {kernels.exp,  kernels.tanh,       kernels.erf,      kernels.sigmoid,
          kernels.silu, kernels.quick_gelu, kernels.gelu_erf, kernels.gelu_tanh,
          kernels.relu, kernels.softmax};
}

float value_of(VectorKernels<float>::Map map, float x) {
  float y;
  map(&x, 1, &y);
  return y;
}

// ---- one number -------------------------------------------------------------------------------

TEST_P(VectorFunctions, SpecialValuesOfExp) {
  EXPECT_EQ(bits(value_of(floats().exp, 0.0f)), bits(1.0f));
  EXPECT_EQ(bits(value_of(floats().exp, -0.0f)), bits(1.0f));
  EXPECT_EQ(bits(value_of(floats().exp, -kInfinity<float>)), bits(0.0f));
  EXPECT_EQ(bits(value_of(floats().exp, -1e30f)), bits(0.0f));
  EXPECT_EQ(value_of(floats().exp, kInfinity<float>), kInfinity<float>);
  EXPECT_EQ(value_of(floats().exp, 1e30f), kInfinity<float>);
  EXPECT_EQ(value_of(floats().exp, 88.73f), kInfinity<float>);
  EXPECT_NEAR(value_of(floats().exp, 88.72f) / 3.4e38f, 0.9978f, 1e-3f);
  EXPECT_TRUE(std::isnan(value_of(floats().exp, kNaN<float>)));
}

TEST_P(VectorFunctions, ExpRoundsDenormalResults) {
  // e^-100 = 3.720076e-44 = 26.5478 steps of 2^-149; e^-103.5 = 0.80 steps; e^-104 = 0.49 steps.
  EXPECT_EQ(value_of(floats().exp, -100), 27 * 0x1p-149f);
  EXPECT_EQ(value_of(floats().exp, -103.5f), 0x1p-149f);
  EXPECT_EQ(bits(value_of(floats().exp, -104)), 0u);
}

TEST_P(VectorFunctions, SpecialValuesOfOddFunctions) {
  for (const auto map : {floats().tanh, floats().erf}) {
    EXPECT_EQ(bits(value_of(map, 0.0f)), bits(0.0f));
    EXPECT_EQ(bits(value_of(map, -0.0f)), bits(-0.0f));
    EXPECT_EQ(value_of(map, kInfinity<float>), 1);
    EXPECT_EQ(value_of(map, -kInfinity<float>), -1);
    EXPECT_TRUE(std::isnan(value_of(map, kNaN<float>)));
    for (const float x : {1e-40f, 1e-20f, 0.1f, 0.7f, 3.0f, 8.0f})
      EXPECT_EQ(value_of(map, -x), -value_of(map, x)) << x;
  }
  EXPECT_FLOAT_EQ(value_of(floats().tanh, 1e-20f), 1e-20f);
  EXPECT_FLOAT_EQ(value_of(floats().erf, 1e-20f), 1.1283792e-20f);
}

TEST_P(VectorFunctions, SpecialValuesOfActivations) {
  for (const auto map :
       {floats().silu, floats().quick_gelu, floats().gelu_erf, floats().gelu_tanh}) {
    EXPECT_EQ(value_of(map, kInfinity<float>), kInfinity<float>);
    EXPECT_EQ(value_of(map, 1e30f), 1e30f);
    EXPECT_TRUE(std::isnan(value_of(map, -kInfinity<float>)));  // -infinity * 0, as in PyTorch
    EXPECT_EQ(value_of(map, -1e4f), 0);
    EXPECT_EQ(value_of(map, 0.0f), 0);
    EXPECT_TRUE(std::isnan(value_of(map, kNaN<float>)));
    EXPECT_FLOAT_EQ(value_of(map, 1e-20f), 0.5e-20f);
    EXPECT_FLOAT_EQ(value_of(map, -1e-20f), -0.5e-20f);
  }
  EXPECT_EQ(value_of(floats().sigmoid, kInfinity<float>), 1);
  EXPECT_EQ(value_of(floats().sigmoid, -kInfinity<float>), 0);
  EXPECT_EQ(value_of(floats().sigmoid, -0.0f), 0.5f);
  EXPECT_TRUE(std::isnan(value_of(floats().sigmoid, kNaN<float>)));
  EXPECT_EQ(value_of(floats().relu, -kInfinity<float>), 0);
  EXPECT_EQ(value_of(floats().relu, kInfinity<float>), kInfinity<float>);
  EXPECT_EQ(bits(value_of(floats().relu, -0.0f)), bits(-0.0f));
  EXPECT_TRUE(std::isnan(value_of(floats().relu, kNaN<float>)));
}

TEST_P(VectorFunctions, GeluErfKeepsItsRelativeAccuracyInTheLeftTail) {
  if (GetParam() == KernelSet::reference)
    GTEST_SKIP() << "the reference rounds x / sqrt 2 and claims no ulps in the left tail";
  // x * Phi(x) at -10, by Phi(-10) = 7.619853024160527e-24.
  EXPECT_NEAR(value_of(floats().gelu_erf, -10), -7.619853024160527e-23, 5e-29);
}

TEST_P(VectorFunctions, FunctionsOfDoubleMatchTheStandardLibrary) {
  const std::vector<double> x = {-800, -5, -1, -0.0, 1e-9, 0.3, 2, 9};
  const auto n = static_cast<Index>(x.size());
  std::vector<double> y(x.size());
  const auto expect = [&](VectorKernels<double>::Map map, auto expected) {
    map(x.data(), n, y.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(y[i], expected(x[i]), 4e-16 * std::max(1.0, std::abs(expected(x[i])))) << x[i];
  };
  expect(doubles().exp, [](double t) { return std::exp(t); });
  expect(doubles().tanh, [](double t) { return std::tanh(t); });
  expect(doubles().erf, [](double t) { return std::erf(t); });
  expect(doubles().sigmoid, [](double t) { return 1 / (1 + std::exp(-t)); });
  expect(doubles().silu, [](double t) { return t / (1 + std::exp(-t)); });
  expect(doubles().quick_gelu, [](double t) { return t / (1 + std::exp(-1.702 * t)); });
  expect(doubles().gelu_erf, [](double t) { return t * std::erfc(-t / std::sqrt(2.0)) / 2; });
  expect(doubles().relu, [](double t) { return t < 0 ? 0 : t; });
}

// ---- every length, alignment and end of memory ------------------------------------------------

TEST_P(VectorFunctions, AnElementDependsNeitherOnItsPlaceNorOnTheLength) {
  const std::vector<float> x = random_numbers<float>(kLongest, -1, 4, 1);
  std::vector<VectorKernels<float>::Map> elementwise = maps(floats());
  elementwise.pop_back();  // softmax
  for (const auto map : elementwise) {
    for (Index n = 0; n <= kLongest; ++n) {
      GuardedArray<float> input(n);
      GuardedArray<float> output(n);
      std::copy_n(x.end() - n, n, input.begin());
      map(input.data(), n, output.data());
      for (Index i = 0; i < n; ++i)
        ASSERT_EQ(bits(output[i]), bits(value_of(map, input[i]))) << i << " of " << n;
      ASSERT_TRUE(input.has_clean_front() && output.has_clean_front()) << n;
    }
  }
}

TEST_P(VectorFunctions, RowFunctionsStayInsideTheirRowsAndGiveEqualBitsAtEveryAddress) {
  const std::vector<float> x = random_numbers<float>(kLongest, 1, 3, 2);
  const std::vector<float> r = random_numbers<float>(kLongest, 0, 1, 3);
  const std::vector<float> g = random_numbers<float>(kLongest, 1, 0.1, 4);
  for (Index n = 1; n <= kLongest; ++n) {
    const auto results = [&](const float* x_, const float* r_, const float* g_, float* y) {
      std::vector<float> all = {floats().maximum(x_, n), floats().sum_of_exp_minus(x_, n, 2),
                                floats().exp_minus(x_, n, 2, y)};
      const float* const rows[] = {x_, r_, g_, x_};
      const NormWeights<float> weights{g_, r_, 1e-5f};
      const auto keep = [&] { all.insert(all.end(), y, y + n); };
      keep();
      floats().softmax(x_, n, y), keep();
      floats().layer_norm(x_, r_, weights, n, y), keep();
      floats().layer_norm(x_, nullptr, weights, n, y), keep();
      floats().rms_norm(x_, r_, weights, n, y), keep();
      floats().rms_norm(x_, nullptr, weights, n, y), keep();
      floats().add_rows(rows, 4, n, y), keep();
      return all;
    };
    std::vector<float> y(x.size());
    const std::vector<float> expected = results(x.data(), r.data(), g.data(), y.data());
    GuardedArray<float> at_end[4] = {GuardedArray<float>(n), GuardedArray<float>(n),
                                     GuardedArray<float>(n), GuardedArray<float>(n)};
    std::copy_n(x.begin(), n, at_end[0].begin());
    std::copy_n(r.begin(), n, at_end[1].begin());
    std::copy_n(g.begin(), n, at_end[2].begin());
    const std::vector<float> actual =
        results(at_end[0].data(), at_end[1].data(), at_end[2].data(), at_end[3].data());
    ASSERT_EQ(std::memcmp(actual.data(), expected.data(), actual.size() * sizeof(float)), 0) << n;
    for (const auto& array : at_end) ASSERT_TRUE(array.has_clean_front()) << n;
  }
}

TEST_P(VectorFunctions, InputMayBeTheOutput) {
  constexpr Index n = 37;
  const std::vector<float> x = random_numbers<float>(n, 0, 2, 5);
  const std::vector<float> r = random_numbers<float>(n, 0, 2, 6);
  std::vector<float> apart(n);
  for (const auto map : maps(floats())) {
    std::vector<float> y = x;
    map(x.data(), n, apart.data());
    map(y.data(), n, y.data());
    EXPECT_EQ(y, apart);
  }
  const NormWeights<float> weights{r.data(), x.data(), 1e-5f};
  for (const auto norm : {floats().layer_norm, floats().rms_norm}) {
    norm(x.data(), r.data(), weights, n, apart.data());
    std::vector<float> y = x;
    norm(y.data(), r.data(), weights, n, y.data());
    EXPECT_EQ(y, apart);
    y = r;
    norm(x.data(), y.data(), {r.data(), x.data(), 1e-5f}, n, y.data());
    EXPECT_EQ(y, apart);
  }
}

// ---- softmax ----------------------------------------------------------------------------------

template <class Scalar>
void expect_softmax(const VectorKernels<Scalar>& kernels, Index n, double tolerance) {
  auto x = random_numbers<Scalar>(n, 3, 5, static_cast<unsigned>(n));
  for (Scalar& value : x) value = std::round(value * 1024) / 1024;  // differences become exact
  std::vector<Scalar> y(x.size());
  kernels.softmax(x.data(), n, y.data());
  const Scalar largest = *std::max_element(x.begin(), x.end());
  EXPECT_EQ(kernels.maximum(x.data(), n), largest);
  long double sum = 0;
  for (const Scalar value : x) sum += std::exp(static_cast<long double>(value) - largest);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double expected = std::exp(static_cast<long double>(x[i]) - largest) / sum;
    ASSERT_NEAR(static_cast<double>(y[i]), static_cast<double>(expected), tolerance)
        << i << " of " << n;
  }
  const auto total = static_cast<double>(kernels.sum_of_exp_minus(x.data(), n, largest));
  EXPECT_NEAR(total, static_cast<double>(sum), tolerance * static_cast<double>(sum));
}

TEST_P(VectorFunctions, SoftmaxMatchesLongDoubleForEveryLength) {
  // The reference adds one number after the other, the others 8 or 16 sums of fewer.
  const double factor = GetParam() == KernelSet::reference ? 4 : 1;
  for (Index n = 1; n <= kLongest; ++n) {
    expect_softmax(floats(), n, factor * 3e-7);
    expect_softmax(doubles(), n, factor * 1e-15);
  }
  for (const Index n : {512, 1000, 4096}) expect_softmax(floats(), n, factor * factor * 5e-7);
}

TEST_P(VectorFunctions, SoftmaxGivesHiddenEntriesNoWeightAndSkipsThem) {
  std::vector<float> x(40, -kInfinity<float>);
  x[3] = x[17] = x[18] = x[39] = -7;
  std::vector<float> y(x.size());
  floats().softmax(x.data(), 40, y.data());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], x[i] == -7 ? 0.25f : 0.0f) << i;
}

TEST_P(VectorFunctions, SoftmaxOfARowOfMinusInfinityIsZero) {
  for (const Index n : {0, 1, 5, 16, 70}) {
    const std::vector<float> x(static_cast<std::size_t>(n), -kInfinity<float>);
    std::vector<float> y(x.size(), 5);
    floats().softmax(x.data(), n, y.data());
    EXPECT_EQ(y, std::vector<float>(x.size(), 0.0f));
  }
}

TEST_P(VectorFunctions, SoftmaxOfARowWithNaNOrInfinityIsNaN) {
  for (const float bad : {kNaN<float>, kInfinity<float>}) {
    for (const float other : {1.0f, -kInfinity<float>}) {
      for (std::size_t place = 0; place < 37; ++place) {
        std::vector<float> x(37, other);
        x[place] = bad;
        std::vector<float> y(37);
        floats().softmax(x.data(), 37, y.data());
        if (std::isnan(bad) || other == 1.0f) {
          EXPECT_TRUE(std::isnan(y[place])) << place;
        }
        EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[36])) << bad << ' ' << other << ' ' << place;
      }
    }
  }
}

TEST_P(VectorFunctions, MaximumPassesOverNaNAndIsMinusInfinityOfNothing) {
  std::vector<float> x(37, kNaN<float>);
  EXPECT_EQ(floats().maximum(x.data(), 37), -kInfinity<float>);
  EXPECT_EQ(floats().maximum(x.data(), 0), -kInfinity<float>);
  for (std::size_t place = 0; place < 37; ++place) {
    std::fill(x.begin(), x.end(), kNaN<float>);
    x[place] = -3;
    EXPECT_EQ(floats().maximum(x.data(), 37), -3) << place;
  }
}

TEST_P(VectorFunctions, PartsOfARowWithARunningMaximumGiveTheWholeSum) {
  const std::vector<double> x = random_numbers<double>(100, 0, 30, 9);
  double maximum = -std::numeric_limits<double>::infinity();
  double sum = 0;
  std::vector<double> y(100);
  for (Index begin = 0; begin < 100; begin += 30) {
    const Index n = std::min<Index>(30, 100 - begin);
    const double larger = std::max(maximum, doubles().maximum(x.data() + begin, n));
    sum *= std::exp(maximum - larger);
    sum += doubles().exp_minus(x.data() + begin, n, larger, y.data());
    maximum = larger;
  }
  long double expected = 0;
  for (const double value : x) expected += std::exp(static_cast<long double>(value) - maximum);
  EXPECT_NEAR(sum, static_cast<double>(expected), 1e-14);
}

// ---- normalisation ----------------------------------------------------------------------------

template <class Scalar>
struct NormCase {
  std::vector<Scalar> x, residual, gain, bias;
  double epsilon = 1e-12;

  NormCase(Index n, double center, unsigned seed)
      : x(random_numbers<Scalar>(n, center, 1, seed)),
        residual(random_numbers<Scalar>(n, 0, 1, seed + 1)),
        gain(random_numbers<Scalar>(n, 1, 0.3, seed + 2)),
        bias(random_numbers<Scalar>(n, 0, 0.3, seed + 3)) {}

  NormWeights<Scalar> weights() const {
    return {gain.data(), bias.data(), static_cast<Scalar>(epsilon)};
  }

  /// gain * (s - mean) / sqrt(variance + epsilon) + bias, or gain * s / sqrt(mean square + epsilon)
  std::vector<long double> expected(bool has_residual, bool is_rms) const {
    std::vector<long double> s(x.begin(), x.end());
    for (std::size_t i = 0; has_residual && i < s.size(); ++i) s[i] = x[i] + residual[i];
    const auto n = static_cast<long double>(s.size());
    const long double mean = is_rms ? 0 : std::accumulate(s.begin(), s.end(), 0.0L) / n;
    long double variance = 0;
    for (const long double value : s) variance += (value - mean) * (value - mean) / n;
    const long double scale = 1 / std::sqrt(variance + epsilon);
    for (std::size_t i = 0; i < s.size(); ++i)
      s[i] = gain[i] * (s[i] - mean) * scale + (is_rms ? Scalar(0) : bias[i]);
    return s;
  }
};

template <class Scalar>
void expect_norms(const VectorKernels<Scalar>& kernels, Index n, double center, double tolerance) {
  NormCase<Scalar> problem(n, center, static_cast<unsigned>(n));
  if (n == 1) problem.epsilon = 1e-5;  // the variance is 0: all is rounding
  std::vector<Scalar> y(static_cast<std::size_t>(n));
  for (const bool is_rms : {false, true}) {
    for (const bool has_residual : {false, true}) {
      (is_rms ? kernels.rms_norm : kernels.layer_norm)(
          problem.x.data(), has_residual ? problem.residual.data() : nullptr, problem.weights(), n,
          y.data());
      const std::vector<long double> expected = problem.expected(has_residual, is_rms);
      for (std::size_t i = 0; i < y.size(); ++i)
        ASSERT_NEAR(static_cast<double>(y[i]), static_cast<double>(expected[i]),
                    tolerance * std::max(1.0, std::abs(static_cast<double>(expected[i]))))
            << i << " of " << n << (is_rms ? " rms" : "") << (has_residual ? " residual" : "");
    }
  }
}

TEST_P(VectorFunctions, NormsMatchLongDoubleForEveryLength) {
  for (Index n = 1; n <= kLongest; ++n) {
    expect_norms(floats(), n, 0.5, n == 2 ? 2e-5 : 2e-6);  // two close numbers are badly scaled
    expect_norms(doubles(), n, 0.5, 1e-13);
  }
  for (const Index n : {384, 768, 1024, 3000}) expect_norms(floats(), n, 0.5, 2e-6);
}

TEST_P(VectorFunctions, LayerNormOfRowsFarFromZeroDoesNotCancel) {
  if (GetParam() == KernelSet::reference)
    GTEST_SKIP() << "the reference does not correct the rounding of its mean";
  for (const double center : {1e3, -1e5, 3e6}) {
    const NormCase<float> problem(768, center, 1);
    std::vector<float> y(768);
    floats().layer_norm(problem.x.data(), nullptr, problem.weights(), 768, y.data());
    const std::vector<long double> expected = problem.expected(false, false);
    for (std::size_t i = 0; i < y.size(); ++i)
      ASSERT_NEAR(static_cast<double>(y[i]), static_cast<double>(expected[i]), 4e-6) << center;
  }
}

TEST_P(VectorFunctions, LayerNormOfAConstantRowIsTheBias) {
  const std::vector<float> one(768, 1.0f);
  const std::vector<float> bias(768, 0.25f);
  std::vector<float> y(768);
  for (const float value : {0.0f, 1.0f, -3.0f, 1024.0f}) {
    const std::vector<float> x(768, value);
    floats().layer_norm(x.data(), nullptr, {one.data(), bias.data(), 1e-12f}, 768, y.data());
    EXPECT_EQ(y, bias) << value;
  }
}

TEST_P(VectorFunctions, NormOfARowWithNaNIsNaN) {
  const std::vector<float> one(37, 1.0f);
  std::vector<float> y(37);
  for (const float bad : {kNaN<float>, kInfinity<float>}) {
    for (std::size_t place = 0; place < 37; ++place) {
      std::vector<float> x = random_numbers<float>(37, 0, 1, 1);
      x[place] = bad;
      floats().layer_norm(x.data(), nullptr, {one.data(), one.data(), 1e-12f}, 37, y.data());
      for (const float value : y) ASSERT_TRUE(std::isnan(value)) << place;
      x[place] = kNaN<float>;
      floats().rms_norm(x.data(), nullptr, {one.data(), nullptr, 1e-12f}, 37, y.data());
      for (const float value : y) ASSERT_TRUE(std::isnan(value)) << place;
    }
  }
}

// ---- sums of rows -----------------------------------------------------------------------------

TEST_P(VectorFunctions, AddRowsAddsInOrder) {
  // (2^24 + 1) + 1 is 2^24 in float, 2^24 + (1 + 1) would not be.
  constexpr Index n = 150;
  const std::vector<float> large(n, 16777216.0f);
  const std::vector<float> one(n, 1.0f);
  std::vector<float> y(n);
  const float* const rows[] = {large.data(), one.data(), one.data()};
  floats().add_rows(rows, 3, n, y.data());
  EXPECT_EQ(y, large);
  floats().add_rows(rows + 1, 2, n, y.data());
  EXPECT_EQ(y, std::vector<float>(n, 2.0f));
  floats().add_rows(rows + 1, 1, n, y.data());
  EXPECT_EQ(y, one);
}

// ---- sets -------------------------------------------------------------------------------------

TEST_P(VectorFunctions, ForcedSetIsTheOneThatRuns) {
  const ForcedKernels forced(GetParam());
  EXPECT_EQ(&vector_kernels<float>(), &vector_kernels<float>(GetParam()));
  EXPECT_EQ(&vector_kernels<double>(), &vector_kernels<double>(GetParam()));
  for (const KernelSet other : tested_kernel_sets()) {
    const bool is_same = other == GetParam() || std::max(other, GetParam()) == KernelSet::amx;
    if (is_same) continue;
    EXPECT_NE(vector_kernels<float>().exp, vector_kernels<float>(other).exp);
    EXPECT_NE(vector_kernels<float>().layer_norm, vector_kernels<float>(other).layer_norm);
    EXPECT_NE(vector_kernels<double>().softmax, vector_kernels<double>(other).softmax);
  }
}

TEST(VectorFunctionSets, Avx2AndAvx512GiveAnElementTheSameBits) {
  if (!is_supported(KernelSet::avx512)) GTEST_SKIP() << "this processor has no AVX-512";
  std::vector<float> x = random_numbers<float>(20000, 0, 10, 3);
  for (const float special :
       {0.0f, -0.0f, kInfinity<float>, -kInfinity<float>, 1e-40f, -103.3f, -90.0f, 88.72f})
    x.push_back(special);
  const auto n = static_cast<Index>(x.size());
  std::vector<float> narrow(x.size());
  std::vector<float> wide(x.size());
  const auto narrow_maps = maps(vector_kernels<float>(KernelSet::avx2));
  const auto wide_maps = maps(vector_kernels<float>(KernelSet::avx512));
  for (std::size_t f = 0; f + 1 < narrow_maps.size(); ++f) {  // not softmax, which adds
    narrow_maps[f](x.data(), n, narrow.data());
    wide_maps[f](x.data(), n, wide.data());
    EXPECT_EQ(std::memcmp(narrow.data(), wide.data(), x.size() * sizeof(float)), 0) << f;
  }
}

#if defined(__SSE__)
TEST_P(VectorFunctions, FlushingDenormalsToZeroChangesNothingElse) {
  std::vector<float> x = random_numbers<float>(2000, -60, 40, 3);
  for (float& value : x) value = std::min(value, 80.0f);  // no infinities
  const auto n = static_cast<Index>(x.size());
  std::vector<float> usual(x.size());
  std::vector<float> flushed(x.size());
  for (const auto map : maps(floats())) {
    map(x.data(), n, usual.data());
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);  // flush to zero, denormals are zero
    map(x.data(), n, flushed.data());
    _mm_setcsr(before);
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(usual[i], flushed[i], 1.5e-38f * std::max(1.0f, std::abs(x[i]))) << x[i];
  }
}
#endif

INSTANTIATE_TEST_SUITE_P(Sets, VectorFunctions, testing::ValuesIn(tested_kernel_sets()),
                         [](const auto& test) { return to_string(test.param); });

}  // namespace
}  // namespace eigenhead
