// What holds for the principal components of any samples.
#include "analysis/pca_models.hpp"
#include "support/near.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace eigenhead {
namespace {

struct ManyShapes : testing::TestWithParam<std::pair<int, int>> {
  Tensor<double, 2> samples = correlated_samples(GetParam().first, GetParam().second);
  Index rank = std::min(samples.extent(0) - 1, samples.extent(1));  // after centring
};

TEST_P(ManyShapes, ComponentsAreOrthonormalInBothPrecisions) {
  for (const PcaSolver solver : kSolvers) {
    const Pca<double> pca = Pca<double>(with_solver(solver)).fit(samples);
    const Index k = pca.n_components();
    EXPECT_EQ(k, std::min(samples.extent(0), samples.extent(1)));
    const auto identity = Tensor<double, 2>(Eigen::MatrixXd::Identity(k, k));
    const auto c = pca.components().matrix();
    expect_near(Tensor<double, 2>(c * c.transpose()), identity, 1e-13);
    const auto f = Pca<float>(with_solver(solver)).fit(cast<float, double, 2>(samples));
    expect_near(Tensor<float, 2>(f.components().matrix() * f.components().matrix().transpose()),
                identity, 2e-6);
  }
}

TEST_P(ManyShapes, ExplainedVariancesSumToTheVarianceOfTheFeatures) {
  const auto x = samples.matrix();
  const double total =
      (x.rowwise() - x.colwise().mean()).squaredNorm() / static_cast<double>(x.rows() - 1);
  for (const PcaSolver solver : kSolvers) {
    const Pca<double> pca = Pca<double>(with_solver(solver)).fit(samples);
    EXPECT_NEAR(pca.explained_variance().vector().sum(), total, 1e-12 * total);
    EXPECT_NEAR(pca.explained_variance_ratio().vector().sum(), 1, 1e-12);
  }
}

TEST_P(ManyShapes, AllComponentsGiveTheSamplesBack) {
  for (const PcaSolver solver : kSolvers) {
    for (const bool whiten : {false, true}) {
      PcaOptions options = with_solver(solver);
      options.whiten = whiten;
      Pca<double> pca(options);
      expect_near(pca.inverse_transform(pca.fit_transform(samples)), samples, 1e-12);
    }
  }
}

TEST_P(ManyShapes, SolversAgree) {
  const Pca<double> full = Pca<double>(with_solver(PcaSolver::full)).fit(samples);
  const Pca<double> eigh = Pca<double>(with_solver(PcaSolver::covariance_eigh)).fit(samples);
  expect_near(full.explained_variance(), eigh.explained_variance(),
              1e-12 * full.explained_variance()(0));
  // Not for components whose variances are so close that rounding turns them.
  const auto values = full.singular_values().vector();
  for (Index i = 0; i < rank; ++i) {
    const double above =
        i > 0 ? values[i - 1] - values[i] : std::numeric_limits<double>::infinity();
    const double below = i + 1 < rank ? values[i] - values[i + 1] : values[i];
    const double gap = std::min(above, below) / values[0];
    EXPECT_TRUE(is_near(TensorView<const double, 1>(full.components()[i]),
                        TensorView<const double, 1>(eigh.components()[i]), 1e-13 / gap))
        << "component " << i;
  }
}

TEST_P(ManyShapes, OrderOfSamplesDoesNotMatter) {
  const Tensor<double, 2> reversed(samples.matrix().colwise().reverse());
  const Pca<double> pca = Pca<double>(1).fit(samples);
  const Pca<double> other = Pca<double>(1).fit(reversed);
  expect_near(pca.components(), other.components(), 1e-11);
  expect_near(pca.mean(), other.mean(), 1e-14);
  expect_near(pca.explained_variance(), other.explained_variance(), 1e-13);
}

TEST_P(ManyShapes, ShiftMovesOnlyTheMean) {
  for (const PcaSolver solver : kSolvers) {
    PcaOptions options = with_solver(solver);
    options.n_components = 1;
    // A power of two: the shifted samples lose bits, but the same ones in every feature.
    const Tensor<double, 2> shifted(samples.matrix().array() + 1048576);
    Pca<double> pca(options);
    Pca<double> other(options);
    expect_near(pca.fit_transform(samples), other.fit_transform(shifted), 1e-8);
    expect_near(pca.components(), other.components(), 1e-8);
    EXPECT_NEAR(other.mean()(0) - pca.mean()(0), 1048576, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(PcaProperties, ManyShapes,
                         testing::Values(std::pair(2, 1), std::pair(2, 5), std::pair(5, 1),
                                         std::pair(6, 6), std::pair(7, 6), std::pair(6, 7),
                                         std::pair(40, 33), std::pair(33, 40), std::pair(300, 12),
                                         std::pair(3000, 4), std::pair(9, 768)),
                         [](const auto& test) {
                           return std::to_string(test.param.first) + "x" +
                                  std::to_string(test.param.second);
                         });

TEST(PcaProperties, RotationOfTheSamplesRotatesTheComponents) {
  const Tensor<double, 2> x = correlated_samples(30, 3);
  Eigen::Matrix3d rotation;
  rotation << 0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 1;
  PcaOptions options;
  options.sign = PcaSign::u_based;  // scores, unlike components, do not turn
  Pca<double> pca(options);
  Pca<double> rotated(options);
  const Tensor<double, 2> scores = pca.fit_transform(x);
  expect_near(rotated.fit_transform(Tensor<double, 2>(x.matrix() * rotation)), scores, 1e-13);
  expect_near(rotated.components(), Tensor<double, 2>(pca.components().matrix() * rotation), 1e-13);
}

TEST(PcaProperties, WhitenedScoresWithoutVarianceAreZero) {
  const Tensor<double, 2> base = correlated_samples(30, 2);
  // Rank 2 in five features, up to rounding.
  const Tensor<double, 2> mix({2, 5}, {1, 0.3, -0.7, 0.1, 2, 0.2, 1.1, 0.4, -1, 0.9});
  const Tensor<double, 2> x(base.matrix() * mix.matrix());
  PcaOptions options;
  options.whiten = true;
  for (const PcaSolver solver : kSolvers) {
    options.solver = solver;
    const Tensor<double, 2> scores = Pca<double>(options).fit_transform(x);
    for (Index column = 0; column < 5; ++column)
      EXPECT_NEAR(scores.matrix().col(column).squaredNorm() / 29, column < 2 ? 1 : 0, 1e-10);
    expect_equal(Tensor<double, 2>(scores.slice(1, 2, 5)), Tensor<double, 2>({30, 3}));
    const Tensor<float, 2> in_float = Pca<float>(options).fit_transform(cast<float, double, 2>(x));
    expect_equal(Tensor<float, 2>(in_float.slice(1, 2, 5)), Tensor<float, 2>({30, 3}));
    EXPECT_NEAR(in_float.matrix().col(1).squaredNorm() / 29, 1, 1e-5);
  }
}

TEST(PcaProperties, TinyAndHugeSamplesGiveTheSameDirections) {
  const Tensor<double, 2> x = correlated_samples(20, 4);
  for (const PcaSolver solver : kSolvers) {
    const Pca<double> pca = Pca<double>(with_solver(solver)).fit(x);
    for (const double factor : {1e-200, 1e150}) {
      const Tensor<double, 2> scaled(x.matrix() * factor);
      const Pca<double> other = Pca<double>(with_solver(solver)).fit(scaled);
      expect_near(other.components(), pca.components(), 1e-12);
      expect_near(other.explained_variance_ratio(), pca.explained_variance_ratio(), 1e-13);
      EXPECT_NEAR(other.singular_values()(0) / factor, pca.singular_values()(0), 1e-12);
    }
  }
}

TEST(PcaProperties, ValuesTooSmallToSquareStillGiveAnOrthonormalBasis) {
  // In the square factor one column is 1e-170 of the other: its square is zero.
  const Tensor<double, 2> x({4, 3}, {1, 1e-170, 1e-170, 1, -1e-170, -1e-170,  //
                                     -1, 1e-170, 1e-170, -1, -1e-170, -1e-170});
  const Pca<double> pca = Pca<double>(with_solver(PcaSolver::full)).fit(x);
  const auto c = pca.components().matrix();
  expect_near(Tensor<double, 2>(c * c.transpose()), Tensor<double, 2>(Eigen::Matrix3d::Identity()),
              1e-15);
  EXPECT_NEAR(pca.singular_values()(0), 2, 1e-15);
}

}  // namespace
}  // namespace eigenhead
