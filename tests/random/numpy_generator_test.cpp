#include "eigenhead/random/numpy_generator.hpp"

#include "random/golden.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <string>

namespace eigenhead {
namespace {

class NumpyGeneratorGolden : public testing::TestWithParam<std::int64_t> {
 protected:
  template <class Scalar>
  Tensor<Scalar, 1> values(const char* name) const {
    return golden_values<Scalar>(golden_.at(name));
  }

  NumpyGenerator generator_{GetParam()};
  nlohmann::json golden_ =
      golden("golden_default.json", "numpy_generator_seed" + std::to_string(GetParam()));
};

INSTANTIATE_TEST_SUITE_P(Seeds, NumpyGeneratorGolden, testing::Values(0, 42, 1234));

TEST_P(NumpyGeneratorGolden, RandomRawIsTheBitGenerator) {
  const Tensor<std::uint64_t, 1> words = generator_.random_raw(8);
  for (Index i = 0; i < 8; ++i)
    EXPECT_EQ(words(i),
              std::stoull(golden_["raw_u64"][static_cast<std::size_t>(i)].get<std::string>(),
                          nullptr, 16));
}

TEST_P(NumpyGeneratorGolden, Random) {
  expect_equal(generator_.random(8), values<double>("random_f64"));
}

TEST_P(NumpyGeneratorGolden, RandomOfFloat) {
  expect_equal(generator_.random<float>(golden_["random_f32"].size()), values<float>("random_f32"));
}

TEST_P(NumpyGeneratorGolden, StandardNormal) {
  expect_equal(generator_.standard_normal(64), values<double>("standard_normal_f64"));
}

TEST_P(NumpyGeneratorGolden, StandardNormalOfFloat) {
  expect_equal(generator_.standard_normal<float>(16), values<float>("standard_normal_f32"));
}

TEST_P(NumpyGeneratorGolden, Integers) {
  expect_equal(generator_.integers(0, 100, 8), values<std::int64_t>("integers_0_100"));
}

#ifdef __GLIBC__
// checksum of np.random.default_rng(seed).standard_normal(1000000, dtype)
TEST(NumpyGenerator, MillionNormalNumbersUseEveryLayerAndTheTail) {
  EXPECT_EQ(checksum(NumpyGenerator(0).standard_normal(1000000)), 0x44ed834f36c931bau);
  EXPECT_EQ(checksum(NumpyGenerator(42).standard_normal(1000000)), 0x6a0914c45759142fu);
}

TEST(NumpyGenerator, MillionNormalNumbersOfFloatUseEveryLayerAndTheTail) {
  EXPECT_EQ(checksum(NumpyGenerator(0).standard_normal<float>(1000000)), 0xf9d5997e795fa054u);
  EXPECT_EQ(checksum(NumpyGenerator(42).standard_normal<float>(1000000)), 0x15a73fe7b8537c3eu);
}
#endif

// checksum of np.random.default_rng(seed).normal(0.3, 1.7, 1000), .uniform(-0.3, 1.4, 1000)
TEST(NumpyGenerator, NormalAndUniformAreScaledWithRoundedProducts) {
  EXPECT_EQ(checksum(NumpyGenerator(0).normal(0.3, 1.7, 1000)), 0x19af9d6cc401aa61u);
  EXPECT_EQ(checksum(NumpyGenerator(42).normal(0.3, 1.7, 1000)), 0x9151f9d0295d7ef7u);
  EXPECT_EQ(checksum(NumpyGenerator(0).uniform(-0.3, 1.4, 1000)), 0x96cce28aa8cb16f0u);
  EXPECT_EQ(checksum(NumpyGenerator(42).uniform(-0.3, 1.4, 1000)), 0x1fcad84f40792221u);
}

// checksum of np.random.default_rng(0).integers(low, high, 1000)
TEST(NumpyGenerator, IntegersOfEveryKindOfRange) {
  using Limits = std::numeric_limits<std::int64_t>;
  constexpr std::int64_t kTwoTo32 = std::int64_t{1} << 32;
  const struct {
    std::int64_t low, high;
    std::uint64_t expected;
  } cases[] = {
      {0, 3, 0x53ac944b813e18e7u},
      {-5, 3000000000, 0x2ca3f82e559ede9eu},  // refuses almost a third of the words
      {0, kTwoTo32 - 1, 0xc661280f7e394da8u},
      {0, kTwoTo32, 0xf003c231ab87e507u},
      {0, kTwoTo32 + 1, 0x1951339516e17101u},
      {0, 6000000000000000000, 0x7c5f920f64e54e87u},
      {Limits::min(), Limits::max(), 0x7105e7d3b72f1063u},
  };
  for (const auto& range : cases)
    EXPECT_EQ(checksum(NumpyGenerator(0).integers(range.low, range.high, 1000)), range.expected)
        << "range " << range.low << " .. " << range.high;
}

// g = default_rng(0); g.integers(3, 4, 2); g.random(1)
TEST(NumpyGenerator, IntegersOfOneValueDrawNothing) {
  NumpyGenerator generator(0);
  expect_equal(generator.integers(3, 4, 2), Tensor<std::int64_t, 1>({2}, {3, 3}));
  EXPECT_EQ(generator.random(1)(0), 0x1.461fd79fb3850p-1);
}

// g = default_rng(0); g.integers(0, 10, 3); g.random(2); g.random(2, np.float32);
// g.standard_normal(2); g.integers(0, 10, 4)
TEST(NumpyGenerator, KeptHalfOfAWordSurvivesOtherDraws) {
  NumpyGenerator generator(0);
  using Integers = Tensor<std::int64_t, 1>;
  expect_equal(generator.integers(0, 10, 3), Integers({3}, {8, 6, 5}));
  expect_equal(generator.random(2),
               Tensor<double, 1>({2}, {0x1.4fa7b529d9bd0p-5, 0x1.0ec9ed84d0bc0p-6}));
  expect_equal(generator.random<float>(2), Tensor<float, 1>({2}, {0x1.1442f4p-2f, 0x1.66f288p-3f}));
  expect_equal(generator.standard_normal(2),
               Tensor<double, 1>({2}, {0x1.7245f95ced1e6p-2, 0x1.4dd2f26bd103cp+0}));
  expect_equal(generator.integers(0, 10, 4), Integers({4}, {8, 9, 7, 6}));
}

// np.random.default_rng(0).permutation(10)
TEST(NumpyGenerator, Permutation) {
  expect_equal(NumpyGenerator(0).permutation(10),
               Tensor<std::int64_t, 1>({10}, {4, 6, 2, 7, 3, 5, 9, 0, 8, 1}));
  expect_equal(NumpyGenerator(42).permutation(10),
               Tensor<std::int64_t, 1>({10}, {5, 6, 0, 7, 3, 2, 4, 9, 1, 8}));
}

// a = np.arange(15).reshape(5, 3); np.random.default_rng(0).shuffle(a)
TEST(NumpyGenerator, ShuffleMovesWholeRows) {
  Tensor<int, 2> a(Shape<2>{5, 3});
  std::iota(a.begin(), a.end(), 0);
  NumpyGenerator(0).shuffle(a.view());
  expect_equal(a, Tensor<int, 2>({5, 3}, {6, 7, 8, 12, 13, 14, 9, 10, 11, 0, 1, 2, 3, 4, 5}));
}

TEST(NumpyGenerator, ElementsAreDrawnInRowMajorOrder) {
  const Tensor<double, 2> matrix = NumpyGenerator(5).random(2, 3);
  expect_equal(Tensor<double, 1>(matrix.reshape(Shape<1>{6})), NumpyGenerator(5).random(6));
}

TEST(NumpyGenerator, CopyContinuesTheSameStreamIndependently) {
  NumpyGenerator original(3);
  original.random<float>(3);
  NumpyGenerator copy = original;
  const Tensor<float, 1> expected = original.random<float>(5);
  expect_equal(copy.random<float>(5), expected);
}

TEST(NumpyGenerator, EmptyResultsDrawNothing) {
  NumpyGenerator generator(0);
  EXPECT_EQ(generator.random(0, 3).shape(), (Shape<2>{0, 3}));
  EXPECT_EQ(generator.permutation(0).size(), 0);
  EXPECT_EQ(generator.permutation(1)(0), 0);
  EXPECT_EQ(generator.random(1)(0), 0x1.461fd79fb3850p-1);
}

TEST(NumpyGenerator, WrongArgumentsAreRefused) {
  EXPECT_THROW_WITH(NumpyGenerator(-1), ValueError,
                    "NumpyGenerator: seed must be >= 0; got seed -1");
  NumpyGenerator generator(0);
  EXPECT_THROW_WITH(generator.integers(5, 5, 2), ValueError,
                    "NumpyGenerator::integers: low must be < high; got low 5, high 5");
  EXPECT_THROW_WITH(generator.uniform(-1e308, 1e308, 2), ValueError,
                    "NumpyGenerator::uniform: high - low must be finite; got low -1e+308, high "
                    "1e+308");
  EXPECT_THROW_WITH(generator.normal(0, -1, 2), ValueError,
                    "NumpyGenerator::normal: standard_deviation must be >= 0; got "
                    "standard_deviation -1");
  EXPECT_THROW_WITH(generator.random(2, -3), ShapeError,
                    "Shape: every extent must be >= 0; got extent -3");
  EXPECT_THROW_WITH(generator.permutation(-1), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
  EXPECT_EQ(generator.random(1)(0), 0x1.461fd79fb3850p-1) << "a refused call has drawn";
}

}  // namespace
}  // namespace eigenhead
