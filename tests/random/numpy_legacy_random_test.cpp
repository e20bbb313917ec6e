#include "eigenhead/random/numpy_legacy_random.hpp"

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

class NumpyGolden : public testing::TestWithParam<std::int64_t> {
 protected:
  NumpyGolden()
      : golden_(golden("golden_default.json", "numpy_legacy_seed" + std::to_string(GetParam()))) {}

  template <class Scalar>
  Tensor<Scalar, 1> values(const char* name) const {
    return golden_values<Scalar>(golden_.at(name));
  }

  NumpyLegacyRandom random_{GetParam()};

 private:
  nlohmann::json golden_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, NumpyGolden, testing::Values(0, 42, 1234));

TEST_P(NumpyGolden, RandThenRandnContinueOneStream) {
  expect_equal(random_.rand(10), values<double>("rand_f64"));
  expect_near(random_.randn(5), values<double>("after_randn_f64"), kLibmTolerance);
}

TEST_P(NumpyGolden, RandnOfAnOddCount) {
  expect_near(random_.randn(11), values<double>("randn_f64"), kLibmTolerance);
}

TEST_P(NumpyGolden, Randint) {
  expect_equal(random_.randint(0, 100, 10), values<std::int64_t>("randint_0_100"));
}

TEST_P(NumpyGolden, RandintOverAll32BitsIsTheRawStream) {
  expect_equal(random_.randint(0, std::int64_t{1} << 32, 8), values<std::int64_t>("raw_u32"));
}

TEST_P(NumpyGolden, Permutation) {
  expect_equal(random_.permutation(10), values<std::int64_t>("permutation_10"));
}

TEST_P(NumpyGolden, ChoiceWithoutReplacement) {
  expect_equal(random_.choice_without_replacement(10, 4),
               values<std::int64_t>("choice_10_4_noreplace"));
}

TEST_P(NumpyGolden, Uniform) {
  expect_equal(random_.uniform(-1, 1, 4), values<double>("uniform_-1_1"));
}

TEST_P(NumpyGolden, Normal) {
  expect_near(random_.normal(2, 3, 4), values<double>("normal_2_3"), 3 * kLibmTolerance);
}

TEST(NumpyLegacyRandom, RandomSampleIsTheElementOfRand) {
  NumpyLegacyRandom one(0);
  EXPECT_EQ(one.random_sample(), 0.5488135039273248);
  EXPECT_EQ(one.random_sample(), 0.7151893663724195);
  EXPECT_EQ(one.rand(1)(0), 0.6027633760716439);
}

TEST(NumpyLegacyRandom, SecondNormalOfAPairIsKeptAcrossCalls) {
  NumpyLegacyRandom together(7);
  NumpyLegacyRandom apart(7);
  const Tensor<double, 1> all = together.randn(6);
  EXPECT_EQ(apart.randn(1)(0), all(0));
  EXPECT_EQ(apart.normal(0, 1, 1)(0), all(1));
  EXPECT_EQ(apart.randn(3)(2), all(4));
  EXPECT_EQ(apart.randn(1)(0), all(5));
}

TEST(NumpyLegacyRandom, CopyContinuesTheSameStreamIndependently) {
  NumpyLegacyRandom original(3);
  original.randn(3);
  NumpyLegacyRandom copy = original;
  const Tensor<double, 1> expected = original.randn(5);
  expect_equal(copy.randn(5), expected);
}

TEST(NumpyLegacyRandom, LastSeedIsAccepted) {
  EXPECT_EQ(NumpyLegacyRandom(4294967295).randint(0, 1000, 1).size(), 1);
}

// np.random.seed(0); np.random.randint(-5, 2**40, 4)
TEST(NumpyLegacyRandom, RandintOver32BitsTakesTwoWordsHighFirst) {
  const Tensor<std::int64_t, 1> expected({4},
                                         {741280623146, 506137267387, 841157541218, 41332891342});
  expect_equal(NumpyLegacyRandom(0).randint(-5, std::int64_t{1} << 40, 4), expected);
}

// np.random.seed(0); np.random.randint(-2**63, 2**63 - 1, 4)
TEST(NumpyLegacyRandom, RandintOverNearlyAllOfInt64) {
  const Tensor<std::int64_t, 1> expected(
      {4}, {900450186894289455, 3969543146641149120, 1895649597198586619, 827948490035658087});
  using Limits = std::numeric_limits<std::int64_t>;
  expect_equal(NumpyLegacyRandom(0).randint(Limits::min(), Limits::max(), 4), expected);
}

// np.random.seed(0); np.random.randint(3, 4, 3); np.random.randint(0, 1000, 3)
TEST(NumpyLegacyRandom, RandintOfOneValueDrawsNothing) {
  NumpyLegacyRandom random(0);
  expect_equal(random.randint(3, 4, 3), Tensor<std::int64_t, 1>({3}, {3, 3, 3}));
  expect_equal(random.randint(0, 1000, 3), Tensor<std::int64_t, 1>({3}, {684, 559, 629}));
}

// np.random.seed(0); a = np.arange(15).reshape(5, 3); np.random.shuffle(a)
TEST(NumpyLegacyRandom, ShuffleMovesWholeRows) {
  Tensor<int, 2> a(Shape<2>{5, 3});
  std::iota(a.begin(), a.end(), 0);
  NumpyLegacyRandom(0).shuffle(a.view());
  expect_equal(a, Tensor<int, 2>({5, 3}, {6, 7, 8, 0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14}));
}

TEST(NumpyLegacyRandom, ShuffleOfAStridedViewLeavesTheRestAlone) {
  Tensor<int, 2> a(Shape<2>{10, 2});
  for (Index i = 0; i < 10; ++i) a(i, 0) = static_cast<int>(i);
  NumpyLegacyRandom(0).shuffle(a.select(1, 0));
  expect_equal(Tensor<int, 1>(a.select(1, 0)),
               Tensor<int, 1>({10}, {2, 8, 4, 9, 1, 6, 7, 3, 0, 5}));
  expect_equal(Tensor<int, 1>(a.select(1, 1)), Tensor<int, 1>(10));
}

TEST(NumpyLegacyRandom, EmptyResultsDrawNothing) {
  NumpyLegacyRandom random(0);
  EXPECT_EQ(random.rand(0, 3).shape(), (Shape<2>{0, 3}));
  EXPECT_EQ(random.permutation(0).size(), 0);
  EXPECT_EQ(random.permutation(1)(0), 0);
  EXPECT_EQ(random.choice_without_replacement(0, 0).size(), 0);
  EXPECT_EQ(random.random_sample(), 0.5488135039273248);
}

TEST(NumpyLegacyRandom, UniformMayRunDownwards) {
  EXPECT_EQ(NumpyLegacyRandom(0).uniform(1, 0, 1)(0), 1 - 0.5488135039273248);
}

TEST(NumpyLegacyRandom, WrongArgumentsAreRefused) {
  EXPECT_THROW_WITH(NumpyLegacyRandom(-1), ValueError,
                    "NumpyLegacyRandom: seed must be in 0 .. 4294967295; got seed -1");
  EXPECT_THROW_WITH(NumpyLegacyRandom(4294967296), ValueError,
                    "NumpyLegacyRandom: seed must be in 0 .. 4294967295; got seed 4294967296");
  NumpyLegacyRandom random(0);
  EXPECT_THROW_WITH(random.randint(5, 5, 2), ValueError,
                    "NumpyLegacyRandom::randint: low must be < high; got low 5, high 5");
  EXPECT_THROW_WITH(random.uniform(-1e308, 1e308, 2), ValueError,
                    "NumpyLegacyRandom::uniform: high - low must be finite; got low -1e+308, high "
                    "1e+308");
  EXPECT_THROW_WITH(random.normal(0, -1, 2), ValueError,
                    "NumpyLegacyRandom::normal: standard_deviation must be >= 0; got "
                    "standard_deviation -1");
  EXPECT_THROW_WITH(
      random.choice_without_replacement(3, 4), ValueError,
      "NumpyLegacyRandom::choice_without_replacement: count must be in 0 .. population; got "
      "population 3, count 4");
  EXPECT_THROW_WITH(random.rand(2, -3), ShapeError,
                    "Shape: every extent must be >= 0; got extent -3");
  EXPECT_THROW_WITH(random.permutation(-1), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
  EXPECT_EQ(random.random_sample(), 0.5488135039273248) << "a refused call has drawn";
}

}  // namespace
}  // namespace eigenhead
