#include "eigenhead/random/torch_generator.hpp"

#include "random/golden.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

class TorchGolden : public testing::TestWithParam<std::int64_t> {
 protected:
  static nlohmann::json golden_of(const char* file) {
    return golden(file, "torch_cpu_seed" + std::to_string(GetParam()));
  }

  template <class Scalar>
  Tensor<Scalar, 1> values(const char* name) const {
    return golden_values<Scalar>(scalar_path_.at(name));
  }

  /// A list of plain numbers.
  Tensor<float, 1> values_of_numbers(const char* name) const {
    const auto numbers = scalar_path_.at(name).get<std::vector<float>>();
    return Tensor<float, 1>(Shape<1>{numbers.size()}, numbers);
  }

  TorchGenerator generator_{GetParam()};
  nlohmann::json scalar_path_ = golden_of("golden_default.json");
  nlohmann::json avx2_path_ = golden_of("golden_avx2.json");
};

INSTANTIATE_TEST_SUITE_P(Seeds, TorchGolden, testing::Values(0, 42, 1234));

TEST_P(TorchGolden, Rand) { expect_equal(generator_.rand<float>(8), values<float>("rand_f32")); }

TEST_P(TorchGolden, RandOfDouble) {
  expect_equal(generator_.rand<double>(6), values<double>("rand_f64"));
}

TEST_P(TorchGolden, RandnOfFloat) {
  for (const int count : {1, 4, 15, 16, 17, 20, 32, 40}) {
    SCOPED_TRACE(count);
    const std::string name = "randn_f32_" + std::to_string(count);
    generator_.manual_seed(GetParam());
    const Tensor<float, 1> scalar = generator_.randn<float>(count);
    const Tensor<float, 1> avx2 =
        TorchGenerator(GetParam(), TorchCpuPath::avx2).randn<float>(count);
    expect_near(scalar, values<float>(name.c_str()), kLibmTolerance);
    expect_near(avx2, golden_values<float>(avx2_path_.at(name)), count < 16 ? kLibmTolerance : 0);
    expect_near(scalar, avx2, 2e-6);
  }
}

TEST_P(TorchGolden, RandnOfDouble) {
  for (const int count : {4, 16, 20}) {
    SCOPED_TRACE(count);
    generator_.manual_seed(GetParam());
    expect_near(generator_.randn<double>(count),
                values<double>(("randn_f64_" + std::to_string(count)).c_str()), kLibmTolerance);
  }
}

TEST_P(TorchGolden, OddRandnThenRandConsumesWholePairs) {
  const nlohmann::json& both = scalar_path_.at("randn3_then_rand2");
  expect_near(generator_.randn(3), golden_values<float>(both[0]), kLibmTolerance);
  expect_equal(generator_.rand(2), golden_values<float>(both[1]));
}

TEST_P(TorchGolden, OddRandnThenRandnBeginsWithTheKeptSine) {
  const nlohmann::json& both = scalar_path_.at("randn3_then_randn3");
  expect_near(generator_.randn(3), golden_values<float>(both[0]), kLibmTolerance);
  expect_near(generator_.randn(3), golden_values<float>(both[1]), kLibmTolerance);
}

TEST_P(TorchGolden, LongRandnThenRand) {
  const nlohmann::json& both = scalar_path_.at("randn20_then_rand2");
  expect_near(generator_.randn(20), golden_values<float>(both[0]), kLibmTolerance);
  expect_equal(generator_.rand(2), golden_values<float>(both[1]));
}

TEST_P(TorchGolden, Randint) {
  expect_equal(generator_.randint(0, 100, 8), values<std::int64_t>("randint_0_100_8"));
}

TEST_P(TorchGolden, Randperm) {
  expect_equal(generator_.randperm(10), values<std::int64_t>("randperm_10"));
}

TEST_P(TorchGolden, RandnOfAMatrixIsThatOfItsElementsInRowMajorOrder) {
  const Tensor<float, 2> matrix = generator_.randn(5, 4);
  expect_near(Tensor<float, 1>(matrix.reshape(Shape<1>{20})), values<float>("randn_f32_20"),
              kLibmTolerance);
}

TEST_P(TorchGolden, Bernoulli) {
  expect_equal(generator_.bernoulli(0.5, 8), values_of_numbers("bernoulli_half_8"));
}

TEST_P(TorchGolden, DropoutOfOnes) {
  Tensor<float, 1> ones(20);
  ones.fill(1);
  expect_equal(generator_.dropout(ones, 0.1), values_of_numbers("dropout_p0.1_20"));
}

TEST(TorchGenerator, FloatIsTheDefaultScalar) {
  const Tensor<float, 1> expected = TorchGenerator(5).rand<float>(4);
  expect_equal(TorchGenerator(5).rand(4), expected);
}

TEST(TorchGenerator, ManualSeedForgetsTheKeptNormal) {
  TorchGenerator generator(0);
  const Tensor<float, 1> expected = generator.randn(3);
  generator.manual_seed(0);
  expect_equal(generator.randn(3), expected);
}

TEST(TorchGenerator, CopyContinuesTheSameStreamIndependently) {
  TorchGenerator original(3);
  original.randn(3);
  TorchGenerator copy = original;
  const Tensor<float, 1> expected = original.randn(5);
  expect_equal(copy.randn(5), expected);
}

// torch.manual_seed(0); torch.empty(3).uniform_(-0.3, 1.4), ATEN_CPU_CAPABILITY=default
TEST(TorchGenerator, UniformRoundsTheProductBeforeTheSum) {
  const Tensor<float, 1> expected(
      {3}, {0x1.16577c0000000p-1f, 0x1.0187b80000000p+0f, -0x1.325b640000000p-3f});
  expect_equal(TorchGenerator(0).uniform(-0.3, 1.4, 3), expected);
}

// torch.manual_seed(0); torch.empty(3).normal_(0.3, 1.7), ATEN_CPU_CAPABILITY=default
TEST(TorchGenerator, ShortNormalIsScaledInDouble) {
  const Tensor<float, 1> expected(
      {3}, {0x1.75b8840000000p+1f, -0x1.9733bc0000000p-3f, -0x1.b3b45e0000000p+1f});
  expect_near(TorchGenerator(0).normal(0.3, 1.7, 3), expected, kLibmTolerance);
}

// torch.manual_seed(0); torch.empty(17).normal_(0.3, 1.7)[-3:], ATEN_CPU_CAPABILITY=default
TEST(TorchGenerator, LongNormalIsScaledInFloat) {
  const Tensor<float, 1> expected(
      {3}, {0x1.e8a10c0000000p+0f, -0x1.225e400000000p+0f, 0x1.e254bc0000000p+0f});
  const Tensor<float, 1> actual = TorchGenerator(0).normal(0.3, 1.7, 17);
  expect_near(Tensor<float, 1>(actual.slice(0, 14, 17)), expected, kLibmTolerance);
}

// checksum of torch.manual_seed(0); torch.randn(100003), .normal_(0.3, 1.7), .uniform_(-0.3, 1.4)
// on a computer with AVX2
TEST(TorchGenerator, Avx2PathOfFloatIsExactWithoutTheMathLibrary) {
  const auto generator = [] { return TorchGenerator(0, TorchCpuPath::avx2); };
  EXPECT_EQ(checksum(generator().randn(100003)), 0xc5046e5886a31170u);
  EXPECT_EQ(checksum(generator().normal(0.3, 1.7, 100003)), 0x6d86144fc66b7211u);
  EXPECT_EQ(checksum(generator().uniform(-0.3, 1.4, 1000)), 0x7b5c8940bad717eeu);
}

TEST(TorchGenerator, UniformOfDoubleIsFusedOnTheAvx2Path) {
  EXPECT_EQ(checksum(TorchGenerator(0, TorchCpuPath::avx2).uniform<double>(-0.3, 1.4, 1000)),
            0xf77b26c56711fb4eu);
  EXPECT_EQ(checksum(TorchGenerator(0, TorchCpuPath::scalar).uniform<double>(-0.3, 1.4, 1000)),
            0x79347b6fbde07bf6u);
}

#ifdef __GLIBC__
TEST(TorchGenerator, NormalOfDoubleIsFusedOnTheAvx2Path) {
  const auto avx2 = [] { return TorchGenerator(0, TorchCpuPath::avx2); };
  EXPECT_EQ(checksum(avx2().normal<double>(0.3, 1.7, 1000)), 0x0b1e265bb591af2du);
  EXPECT_EQ(checksum(avx2().normal<double>(0.3, 1.7, 15)), 0xc582582482133a02u);
  const auto scalar = [] { return TorchGenerator(0, TorchCpuPath::scalar); };
  EXPECT_EQ(checksum(scalar().normal<double>(0.3, 1.7, 1000)), 0xa01c7d72bb580534u);
  EXPECT_EQ(checksum(scalar().normal<double>(0.3, 1.7, 15)), 0x101c1ff213e64a17u);
}
#endif

// torch.manual_seed(0); torch.empty(8).bernoulli_(0.37)
TEST(TorchGenerator, BernoulliIsOneBelowTheProbability) {
  expect_equal(TorchGenerator(0).bernoulli(0.37, 8),
               Tensor<float, 1>({8}, {0, 0, 0, 0, 0, 0, 1, 1}));
  expect_equal(TorchGenerator(0).bernoulli<int>(1, 2), Tensor<int, 1>({2}, {1, 1}));
  expect_equal(TorchGenerator(0).bernoulli<bool>(0, 2), Tensor<bool, 1>({2}, {false, false}));
}

// torch.manual_seed(0); torch.nn.functional.dropout(torch.arange(1., 9), 0.37); torch.rand(1)
TEST(TorchGenerator, DropoutScalesWhatItKeeps) {
  TorchGenerator generator(0);
  const Tensor<float, 2> input({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor<float, 2> expected({2, 4},
                                  {0, 0, 0x1.30c30cp+2f, 0, 0, 0, 0x1.638e3ap+3f, 0x1.965966p+3f});
  expect_equal(generator.dropout(input, 0.37), expected);
  EXPECT_EQ(generator.rand(1)(0), 0x1.6534b0p-1f);
}

TEST(TorchGenerator, DropoutOfNothingOrAllDrawsNothing) {
  TorchGenerator generator(0);
  const Tensor<float, 1> input({2}, {1, std::numeric_limits<float>::infinity()});
  expect_equal(generator.dropout(input, 0), input);
  expect_equal(generator.dropout(input, 1), Tensor<float, 1>(2));
  expect_equal(generator.rand(3), TorchGenerator(0).rand(3));
}

// torch.manual_seed(0); torch.randint(-2**62, 2**62, (4,))
TEST(TorchGenerator, RandintOver32BitsTakesTwoWordsHighFirst) {
  const Tensor<std::int64_t, 1> expected(
      {4}, {-3711235831533098449, -642142871786238784, -2716036421228801285, -3783737528391729817});
  const std::int64_t bound = std::int64_t{1} << 62;
  expect_equal(TorchGenerator(0).randint(-bound, bound, 4), expected);
}

// torch.manual_seed(0); torch.randint(3, 4, (2,)); torch.rand(1)
TEST(TorchGenerator, RandintOfOneValueDrawsAWordUnlikeNumpy) {
  TorchGenerator generator(0);
  expect_equal(generator.randint(3, 4, 2), Tensor<std::int64_t, 1>({2}, {3, 3}));
  EXPECT_EQ(generator.rand(1)(0), 0x1.6a67500000000p-4f);
}

TEST(TorchGenerator, EmptyResultsDrawNothing) {
  TorchGenerator generator(0);
  EXPECT_EQ(generator.rand(0, 3).shape(), (Shape<2>{0, 3}));
  EXPECT_EQ(generator.randn<double>(4, 0).size(), 0);
  EXPECT_EQ(generator.randperm(0).size(), 0);
  EXPECT_EQ(generator.randperm(1)(0), 0);
  expect_equal(generator.rand(3), TorchGenerator(0).rand(3));
}

TEST(TorchGenerator, UniformOfAnEmptyRangeIsItsBound) {
  EXPECT_EQ(TorchGenerator(0).uniform(2, 2, 1)(0), 2.0f);
}

TEST(TorchGenerator, WrongArgumentsAreRefused) {
  TorchGenerator generator(0);
  EXPECT_THROW_WITH(generator.randint(5, 5, 2), ValueError,
                    "TorchGenerator::randint: low must be < high; got low 5, high 5");
  EXPECT_THROW_WITH(generator.uniform(1, -1, 2), ValueError,
                    "TorchGenerator::uniform: low must be <= high and the range finite; got low 1, "
                    "high -1");
  EXPECT_THROW_WITH(generator.uniform<double>(-1e308, 1e308, 2), ValueError,
                    "TorchGenerator::uniform: low must be <= high and the range finite; got low "
                    "-1e+308, high 1e+308");
  EXPECT_THROW_WITH(generator.normal(0, -1, 2), ValueError,
                    "TorchGenerator::normal: standard_deviation must be >= 0; got "
                    "standard_deviation -1");
  EXPECT_THROW_WITH(
      generator.bernoulli(1.5, 2), ValueError,
      "TorchGenerator::bernoulli: probability must be in 0 .. 1; got probability 1.5");
  EXPECT_THROW_WITH(generator.dropout(Tensor<float, 1>(3), -0.1), ValueError,
                    "TorchGenerator::dropout: probability must be in 0 .. 1; got probability -0.1");
  EXPECT_THROW_WITH(generator.randn(2, -3), ShapeError,
                    "Shape: every extent must be >= 0; got extent -3");
  EXPECT_THROW_WITH(generator.randperm(-1), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
  expect_equal(generator.rand(3), TorchGenerator(0).rand(3));
}

}  // namespace
}  // namespace eigenhead
