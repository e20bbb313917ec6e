#include "eigenhead/analysis/incremental_pca.hpp"

#include "analysis/pca_models.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace eigenhead {
namespace {

IncrementalPcaOptions keeping(Index n_components) {
  IncrementalPcaOptions options;
  options.n_components = n_components;
  return options;
}

TEST(IncrementalPca, OneBatchIsPca) {
  const Tensor<double, 2> x = correlated_samples(40, 6);
  const Pca<double> expected = Pca<double>(3).fit(x);
  const Pca<double> pca = IncrementalPca<double>(keeping(3)).partial_fit(x).pca();
  expect_near(pca.components(), expected.components(), 1e-13);
  expect_near(pca.explained_variance(), expected.explained_variance(), 1e-14);
  expect_near(pca.explained_variance_ratio(), expected.explained_variance_ratio(), 1e-14);
  EXPECT_NEAR(pca.noise_variance(), expected.noise_variance(), 1e-14);
}

TEST(IncrementalPca, KeepingAllComponentsIsExactInAnyBatches) {
  const Tensor<double, 2> x = correlated_samples(400, 80);
  const Pca<double> expected = Pca<double>(with_solver(PcaSolver::full)).fit(x);
  const Pca<double> pca = IncrementalPca<double>(keeping(80)).fit(x).pca();
  expect_near(pca.explained_variance(), expected.explained_variance(), 1e-12);
  expect_near(pca.mean(), expected.mean(), 1e-14);
  const auto in_batches = [&](Index size) {
    IncrementalPcaOptions options = keeping(80);
    options.batch_size = size;
    return IncrementalPca<double>(options).fit(x).pca().explained_variance();
  };
  expect_near(in_batches(80), expected.explained_variance(), 1e-12);
  expect_near(in_batches(150), expected.explained_variance(), 1e-12);
}

TEST(IncrementalPca, AllMeansAsManyAsTheFirstBatchHas) {
  const Tensor<float, 2> x = cast<float, double, 2>(correlated_samples(20, 6));
  IncrementalPca<float> incremental{IncrementalPcaOptions()};
  incremental.partial_fit(x.slice(0, 0, 4));
  incremental.partial_fit(x.slice(0, 4, 20));
  EXPECT_EQ(incremental.pca().n_components(), 4);
  EXPECT_EQ(incremental.num_samples(), 20);
}

TEST(IncrementalPca, AllTakesALastBatchOfFewerRows) {
  const Tensor<double, 2> x = correlated_samples(11, 2);  // batches of 10 rows and 1
  const Pca<double> expected = Pca<double>(with_solver(PcaSolver::full)).fit(x);
  IncrementalPca<double> incremental{IncrementalPcaOptions()};
  const Pca<double> pca = incremental.fit(x).pca();
  EXPECT_EQ(pca.num_samples(), 11);
  expect_near(pca.components(), expected.components(), 1e-13);
  expect_near(pca.explained_variance(), expected.explained_variance(), 1e-14);
}

TEST(IncrementalPca, EqualSamplesHaveNoVariance) {
  Tensor<double, 2> x({6, 3});
  x.fill(2);
  IncrementalPca<double> incremental(keeping(2));
  incremental.partial_fit(x);
  incremental.partial_fit(x);
  expect_equal(incremental.pca().explained_variance(), Tensor<double, 1>(2));
  expect_equal(incremental.pca().transform(x), Tensor<double, 2>({6, 2}));
}

TEST(IncrementalPca, RefusedBatchChangesNothing) {
  Tensor<double, 2> x = correlated_samples(10, 4);
  IncrementalPca<double> incremental(keeping(3));
  incremental.partial_fit(x);
  const Pca<double> before = incremental.pca();
  EXPECT_THROW_WITH(incremental.partial_fit(x.slice(1, 0, 3)), ShapeError,
                    "IncrementalPca::partial_fit: x must have the number of features (columns) of "
                    "the batches before; got x [10, 3], features 4");
  EXPECT_THROW_WITH(incremental.partial_fit(x.slice(0, 0, 2)), ShapeError,
                    "IncrementalPca::partial_fit: x must have at least n_components rows and "
                    "columns; got x [2, 4], n_components 3");
  x(2, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW_WITH(incremental.partial_fit(x), ValueError,
                    "IncrementalPca::partial_fit: x must be finite; got nan at [2, 1]");
  expect_equal(incremental.pca().components(), before.components());
  EXPECT_EQ(incremental.num_samples(), 10);
}

TEST(IncrementalPca, WrongOptionsAndMissingSamplesAreRefused) {
  IncrementalPcaOptions options;
  options.n_components = NumComponents::explaining(0.5);
  EXPECT_THROW_WITH(IncrementalPca<double>{options}, ValueError,
                    "IncrementalPca: n_components must be a number or all; got is mle false");
  options = IncrementalPcaOptions();
  options.batch_size = -1;
  EXPECT_THROW_WITH(IncrementalPca<double>{options}, ValueError,
                    "IncrementalPca: batch_size must be >= 0; got batch_size -1");
  IncrementalPca<double> incremental(keeping(1));
  EXPECT_THROW_WITH(incremental.pca(), ValueError,
                    "IncrementalPca::pca: at least 2 samples must be fitted first; got samples 0");
  EXPECT_THROW_WITH(incremental.fit(Tensor<double, 2>({0, 3})), ShapeError,
                    "IncrementalPca::fit: x must have samples (rows); got x [0, 3]");
  EXPECT_THROW_WITH(incremental.partial_fit(Tensor<double, 2>({0, 3})), ShapeError,
                    "IncrementalPca::partial_fit: x must have samples (rows) and features "
                    "(columns); got x [0, 3]");
}

}  // namespace
}  // namespace eigenhead
