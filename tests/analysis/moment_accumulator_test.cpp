#include "eigenhead/analysis/moment_accumulator.hpp"

#include "analysis/pca_models.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace eigenhead {
namespace {

void expect_same_moments(const Moments& actual, const Moments& expected, double tolerance) {
  EXPECT_EQ(actual.num_samples, expected.num_samples);
  expect_near(actual.mean, expected.mean, tolerance);
  expect_near(actual.scatter, expected.scatter, tolerance);
}

TEST(MomentAccumulator, FourPointsGiveTheirMeanAndScatter) {
  MomentAccumulator accumulator;
  accumulator.add(Tensor<double, 2>({4, 2}, {-2, 2, 4, 2, 1, 1, 1, 3}));
  EXPECT_EQ(accumulator.moments().num_samples, 4);
  expect_equal(accumulator.moments().mean, Tensor<double, 1>({2}, {1, 2}));
  expect_equal(accumulator.moments().scatter, Tensor<double, 2>({2, 2}, {18, 0, 0, 2}));
}

TEST(MomentAccumulator, ShardsOfAnySizeMergeToTheWhole) {
  const Tensor<double, 2> x = correlated_samples(1000, 7);
  MomentAccumulator whole;
  whole.add(x);
  Moments total;
  Index begin = 0;
  for (const Index size : {0, 1, 399, 100, 500}) {
    MomentAccumulator shard;
    shard.add(x.slice(0, begin, begin + size / 2));
    shard.add(x.slice(0, begin + size / 2, begin + size));
    total.merge(shard.moments());
    begin += size;
  }
  expect_same_moments(total, whole.moments(), 1e-11);
  const auto centered = (x.matrix().rowwise() - x.matrix().colwise().mean()).eval();
  expect_near(total.scatter, Tensor<double, 2>(centered.transpose() * centered), 1e-11);
  expect_near(total.mean, Tensor<double, 1>(x.matrix().colwise().mean()), 1e-14);
}

TEST(MomentAccumulator, OrderOfMergingChangesOnlyRounding) {
  const Tensor<double, 2> x = correlated_samples(300, 3);
  MomentAccumulator first;
  MomentAccumulator second;
  first.add(x.slice(0, 0, 100));
  second.add(x.slice(0, 100, 300));
  Moments forward = first.moments();
  forward.merge(second.moments());
  Moments backward = second.moments();
  backward.merge(first.moments());
  expect_same_moments(forward, backward, 1e-12);
}

TEST(MomentAccumulator, ManyBlocksFarFromZeroDoNotCancel) {
  const Tensor<double, 2> x = correlated_samples(2000, 3);
  MomentAccumulator near;
  near.add(x);
  MomentAccumulator far;
  far.add(Tensor<double, 2>(x.matrix().array() + 1048576));
  expect_near(far.moments().scatter, near.moments().scatter, 1e-6);
  EXPECT_NEAR(far.moments().mean(0) - near.moments().mean(0), 1048576, 1e-8);
}

TEST(MomentAccumulator, FloatSamplesScatterAsInDouble) {
  const Tensor<double, 2> x = correlated_samples(30000, 2);
  MomentAccumulator exact;
  exact.add(x);
  MomentAccumulator rounded;
  rounded.add(cast<float, double, 2>(x));
  const double scale = exact.moments().scatter.matrix().cwiseAbs().maxCoeff();
  expect_near(rounded.moments().scatter, exact.moments().scatter, 1e-6 * scale);
}

TEST(MomentAccumulator, PcaOfMomentsIsThatOfTheSamples) {
  const Tensor<double, 2> x = correlated_samples(800, 6);
  MomentAccumulator accumulator;
  accumulator.add(x.slice(0, 0, 300));
  accumulator.add(x.slice(0, 300, 800));
  const Pca<double> expected = Pca<double>(3).fit(x);
  Pca<double> pca(3);
  pca.fit(accumulator.moments());
  expect_near(pca.components(), expected.components(), 1e-11);
  expect_near(pca.explained_variance(), expected.explained_variance(), 1e-13);
  expect_near(pca.explained_variance_ratio(), expected.explained_variance_ratio(), 1e-13);
  EXPECT_NEAR(pca.noise_variance(), expected.noise_variance(), 1e-14);
  EXPECT_EQ(pca.num_samples(), 800);
}

TEST(MomentAccumulator, AnotherNumberOfFeaturesIsRefused) {
  MomentAccumulator accumulator;
  accumulator.add(Tensor<double, 2>({2, 3}));
  EXPECT_THROW_WITH(accumulator.add(Tensor<double, 2>({2, 4})), ShapeError,
                    "MomentAccumulator::add: x must have the number of features (columns) of the "
                    "samples before; got x [2, 4], features 3");
  MomentAccumulator other;
  other.add(Tensor<double, 2>({2, 4}));
  Moments moments = accumulator.moments();
  EXPECT_THROW_WITH(moments.merge(other.moments()), ShapeError,
                    "Moments::merge: other must have the same number of features; got features 3, "
                    "other features 4");
}

TEST(MomentAccumulator, RefusedSamplesAreNotAdded) {
  MomentAccumulator accumulator;
  accumulator.add(Tensor<float, 2>({2, 1}, {1, 3}));
  EXPECT_THROW_WITH(
      accumulator.add(Tensor<float, 2>({2, 1}, {1, std::numeric_limits<float>::infinity()})),
      ValueError, "MomentAccumulator::add: x must be finite; got inf at [1, 0]");
  EXPECT_THROW_WITH(accumulator.add(Tensor<float, 2>({2, 1}, {-1e20f, 1e20f})), ValueError,
                    "MomentAccumulator::add: x must have squares whose sum its type can hold; got "
                    "sum of squares inf; divide x by a constant first");
  EXPECT_EQ(accumulator.moments().num_samples, 2);
  EXPECT_EQ(accumulator.moments().scatter(0, 0), 2);
}

TEST(MomentAccumulator, MomentsThatPcaCannotFitAreRefused) {
  Moments moments;
  EXPECT_THROW(Pca<double>().fit(moments), ShapeError);
  moments.num_samples = 5;
  moments.mean = Tensor<double, 1>(2);
  moments.scatter = Tensor<double, 2>({3, 3});
  EXPECT_THROW_WITH(Pca<double>().fit(moments), ShapeError,
                    "Pca::fit: scatter must be [p, p] for a mean [p]; got scatter [3, 3], mean "
                    "[2]");
  moments.scatter = Tensor<double, 2>({2, 2});
  PcaOptions options;
  options.sign = PcaSign::u_based;
  EXPECT_THROW_WITH(Pca<double>(options).fit(moments), ValueError,
                    "Pca::fit: the sign rule must be v_based or none for moments; got is u_based "
                    "true");
  moments.scatter(0, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW_WITH(Pca<double>().fit(moments), ValueError,
                    "Pca::fit: scatter must be finite; got nan at [0, 1]");
  moments.mean(1) = std::numeric_limits<double>::infinity();
  EXPECT_THROW_WITH(Pca<double>().fit(moments), ValueError,
                    "Pca::fit: mean must be finite; got inf at 1");
}

}  // namespace
}  // namespace eigenhead
