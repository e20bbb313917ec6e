#include "eigenhead/kernels/gram_matrix.hpp"

#include "eigenhead/core/parallel.hpp"
#include "support/kernel_sets.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace eigenhead {
namespace {

template <class Scalar>
class GramMatrix : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(GramMatrix, Scalars);

/// Integers from -3 to 3: sums of 1,000 products are exact in float in any order.
template <class Scalar>
Tensor<Scalar, 2> integers(Index rows, Index columns) {
  std::mt19937 engine(1);
  Tensor<Scalar, 2> x(Shape<2>{rows, columns});
  for (Scalar& value : x) value = static_cast<Scalar>(static_cast<int>(engine() % 7) - 3);
  return x;
}

template <class Scalar>
Tensor<Scalar, 2> plain_gram(const Tensor<Scalar, 2>& x) {
  Tensor<Scalar, 2> gram(Shape<2>{x.extent(1), x.extent(1)});
  for (Index row = 0; row < x.extent(0); ++row)
    for (Index i = 0; i < x.extent(1); ++i)
      for (Index j = 0; j < x.extent(1); ++j) gram(i, j) += x(row, i) * x(row, j);
  return gram;
}

TYPED_TEST(GramMatrix, EveryNumberOfSamplesAndFeaturesIsExactForIntegers) {
  for_each_kernel_set([](KernelSet) {
    for (const Index samples : {0, 1, 2, 7, 383, 384, 385, 800}) {
      for (const Index features : {0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 33, 48, 49, 64, 67, 100}) {
        const auto x = integers<TypeParam>(samples, features);
        Tensor<TypeParam, 2> gram(Shape<2>{features, features});
        gram.fill(std::numeric_limits<TypeParam>::quiet_NaN());
        gram_matrix<TypeParam>(x, gram);
        ASSERT_EQ(gram.matrix(), plain_gram(x).matrix()) << samples << " x " << features;
      }
    }
  });
}

TYPED_TEST(GramMatrix, StridedSamplesAndResultAreTakenInPlace) {
  for_each_kernel_set([](KernelSet) {
    const auto x = integers<TypeParam>(20, 37);
    const Tensor<TypeParam, 2> transposed(x.matrix().transpose());
    Tensor<TypeParam, 2> memory(Shape<2>{39, 41});
    memory.fill(TypeParam(-99));
    gram_matrix<TypeParam>(transposed.transpose(0, 1), memory.slice(0, 1, 38).slice(1, 2, 39));
    EXPECT_EQ(memory.matrix().block(1, 2, 37, 37), plain_gram(x).matrix());
    memory.matrix().block(1, 2, 37, 37).setConstant(TypeParam(-99));
    EXPECT_TRUE((memory.matrix().array() == TypeParam(-99)).all());
  });
}

TYPED_TEST(GramMatrix, NumberOfThreadsDoesNotChangeABitAndTheResultIsSymmetric) {
  for_each_kernel_set([](KernelSet) {
    std::mt19937 engine(2);
    std::normal_distribution<double> normal;
    Tensor<TypeParam, 2> x(Shape<2>{2000, 50});
    for (TypeParam& value : x) value = static_cast<TypeParam>(normal(engine));
    Tensor<TypeParam, 2> expected(Shape<2>{50, 50});
    gram_matrix<TypeParam>(x, expected);
    EXPECT_EQ(expected.matrix(), expected.matrix().transpose());
    const Eigen::MatrixXd exact =
        x.matrix().template cast<double>().transpose() * x.matrix().template cast<double>();
    EXPECT_LT((expected.matrix().template cast<double>() - exact).cwiseAbs().maxCoeff(),
              8000 * static_cast<double>(std::numeric_limits<TypeParam>::epsilon()));
    for (const int threads : {1, 2, 3, 7}) {
      ThreadPool pool(threads);
      Tensor<TypeParam, 2> gram(Shape<2>{50, 50});
      gram_matrix<TypeParam>(x, gram, &pool);
      EXPECT_EQ(gram.matrix(), expected.matrix()) << threads << " threads";
    }
  });
}

TYPED_TEST(GramMatrix, NaNStaysInItsRowAndColumn) {
  for_each_kernel_set([](KernelSet) {
    auto x = integers<TypeParam>(5, 20);
    x(2, 3) = std::numeric_limits<TypeParam>::quiet_NaN();
    Tensor<TypeParam, 2> gram(Shape<2>{20, 20});
    gram_matrix<TypeParam>(x, gram);
    for (Index i = 0; i < 20; ++i)
      for (Index j = 0; j < 20; ++j) ASSERT_EQ(std::isnan(gram(i, j)), i == 3 || j == 3);
  });
}

TEST(GramMatrixErrors, ResultOfWrongShapeIsRefused) {
  const Tensor<float, 2> samples(Shape<2>{10, 3});
  Tensor<float, 2> gram(Shape<2>{3, 4});
  EXPECT_THROW_WITH(gram_matrix<float>(samples, gram), ShapeError,
                    "gram_matrix: gram must be [D, D] for samples [n, D]; got samples [10, 3], "
                    "gram [3, 4]");
}

}  // namespace
}  // namespace eigenhead
