#include "eigenhead/analysis/pca.hpp"

#include "analysis/pca_models.hpp"
#include "support/near.hpp"
#include "support/special_values.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

namespace eigenhead {

template class Pca<float>;
template class Pca<double>;
template class IncrementalPca<float>;
template class IncrementalPca<double>;
template class TruncatedSvd<float>;
template class TruncatedSvd<double>;

namespace {

/// Variances 6 (first axis) and 2/3 (second) around the mean (1, 2).
const Tensor<double, 2>& cross() {
  static const Tensor<double, 2> x({4, 2}, {-2, 2, 4, 2, 1, 1, 1, 3});
  return x;
}

TEST(Pca, CrossOfFourPointsGivesItsAxes) {
  for (const PcaSolver solver : kSolvers) {
    const Pca<double> pca = Pca<double>(with_solver(solver)).fit(cross());
    expect_equal(pca.mean(), Tensor<double, 1>({2}, {1, 2}));
    expect_near(pca.components(), Tensor<double, 2>({2, 2}, {1, 0, 0, 1}), 1e-15);
    expect_near(pca.explained_variance(), Tensor<double, 1>({2}, {6, 2.0 / 3}), 1e-14);
    expect_near(pca.explained_variance_ratio(), Tensor<double, 1>({2}, {0.9, 0.1}), 1e-15);
    expect_near(pca.singular_values(), Tensor<double, 1>({2}, {std::sqrt(18), std::sqrt(2)}),
                1e-14);
    expect_near(pca.transform(cross()), Tensor<double, 2>({4, 2}, {-3, 0, 3, 0, 0, -1, 0, 1}),
                1e-14);
    EXPECT_EQ(pca.noise_variance(), 0);
    EXPECT_EQ(pca.n_components(), 2);
    EXPECT_EQ(pca.num_features(), 2);
    EXPECT_EQ(pca.num_samples(), 4);
  }
}

TEST(Pca, DiscardedVarianceIsNoiseVariance) {
  EXPECT_NEAR(Pca<double>(1).fit(cross()).noise_variance(), 2.0 / 3, 1e-14);
  EXPECT_NEAR(Pca<double>(0).fit(cross()).noise_variance(), 10.0 / 3, 1e-14);
}

TEST(Pca, NoComponentsReconstructTheMean) {
  Pca<double> pca(0);
  const Tensor<double, 2> scores = pca.fit_transform(cross());
  EXPECT_EQ(scores.shape(), (Shape<2>{4, 0}));
  EXPECT_EQ(pca.components().shape(), (Shape<2>{0, 2}));
  expect_equal(pca.inverse_transform(scores), Tensor<double, 2>({4, 2}, {1, 2, 1, 2, 1, 2, 1, 2}));
}

TEST(Pca, WhitenedScoresOfTheCrossHaveUnitVariance) {
  PcaOptions options;
  options.whiten = true;
  Pca<double> pca(options);
  const double a = 3 / std::sqrt(6);
  const double b = std::sqrt(1.5);
  expect_near(pca.fit_transform(cross()), Tensor<double, 2>({4, 2}, {-a, 0, a, 0, 0, -b, 0, b}),
              1e-14);
  expect_near(pca.inverse_transform(pca.transform(cross())), cross(), 1e-14);
}

TEST(Pca, SignRulesDifferOnSkewedPoints) {
  // Component (1, 0): its own entry decides by v_based; by u_based the far sample at -3, -4 or -2.
  const Tensor<double, 2> x({3, 2}, {-4, 0, 2, 0, 2, 0});
  PcaOptions options;
  options.n_components = 1;
  expect_near(Pca<double>(options).fit(x).components(), Tensor<double, 2>({1, 2}, {1, 0}), 1e-15);
  options.sign = PcaSign::u_based;
  expect_near(Pca<double>(options).fit(x).components(), Tensor<double, 2>({1, 2}, {-1, 0}), 1e-15);
  options.sign = PcaSign::none;
  expect_near(Tensor<double, 2>(Pca<double>(options).fit(x).components().matrix().cwiseAbs()),
              Tensor<double, 2>({1, 2}, {1, 0}), 1e-15);
}

TEST(Pca, LargestEntryDecidesAndTheFirstOnTies) {
  EXPECT_EQ(detail::sign_of_largest<double>(Tensor<double, 1>({3}, {1, -2, 1})), -1);
  EXPECT_EQ(detail::sign_of_largest<double>(Tensor<double, 1>({3}, {-2, 2, 1})), -1);
  EXPECT_EQ(detail::sign_of_largest<double>(Tensor<double, 1>({2}, {2, -2})), 1);
  EXPECT_EQ(detail::sign_of_largest<double>(Tensor<double, 1>({2}, {0, 0})), 1);
}

TEST(Pca, StridedViewGivesTheResultOfItsCopy) {
  const Tensor<double, 2> x = correlated_samples(6, 20);
  const TensorView<const double, 2> view = x.transpose(0, 1).slice(1, 1, 5);  // [20, 4]
  Pca<double> pca(2);
  Pca<double> other(2);
  expect_equal(pca.fit_transform(view), other.fit_transform(Tensor<double, 2>(view)));
  expect_equal(pca.inverse_transform(view.slice(1, 0, 2)),
               other.inverse_transform(Tensor<double, 2>(view.slice(1, 0, 2))));
}

TEST(Pca, AutomaticTakesTheCovarianceFromTenSamplesAFeature) {
  for (const Index n : {39, 40}) {
    const Tensor<double, 2> x = correlated_samples(n, 4);
    const PcaSolver expected = n == 40 ? PcaSolver::covariance_eigh : PcaSolver::full;
    const PcaSolver other = n == 40 ? PcaSolver::full : PcaSolver::covariance_eigh;
    const Pca<double> automatic = Pca<double>().fit(x);
    expect_equal(automatic.components(), Pca<double>(with_solver(expected)).fit(x).components());
    EXPECT_FALSE(is_near(
        TensorView<const double, 2>(automatic.components()),
        TensorView<const double, 2>(Pca<double>(with_solver(other)).fit(x).components()), 0));
  }
}

TEST(Pca, FullResolvesSingularValuesFarBelowTheLargest) {
  // Orthogonal columns of length 2, 2e-6 and 2e-12: in the covariance the last is 1e-24 of the
  // first.
  const Tensor<double, 2> x({4, 3}, {1, 1e-6, 1e-12, 1, -1e-6, -1e-12,  //
                                     -1, 1e-6, -1e-12, -1, -1e-6, 1e-12});
  const Pca<double> pca = Pca<double>(with_solver(PcaSolver::full)).fit(x);
  EXPECT_NEAR(pca.singular_values()(1), 2e-6, 1e-15);
  EXPECT_NEAR(pca.singular_values()(2), 2e-12, 1e-15);
}

TEST(Pca, ConstantFeatureHasExactlyItsMeanAndNoWeight) {
  Tensor<double, 2> x = correlated_samples(12, 3);
  for (Index row = 0; row < 12; ++row) x(row, 1) = 0.1;
  for (const PcaSolver solver : kSolvers) {
    const Pca<double> pca = Pca<double>(with_solver(solver)).fit(x);
    EXPECT_EQ(pca.mean()(1), 0.1);
    EXPECT_EQ(pca.components()(0, 1), 0);
    EXPECT_EQ(pca.explained_variance()(2), 0);
    EXPECT_NEAR(std::abs(pca.components()(2, 1)), 1, 1e-15);
  }
}

TEST(Pca, EqualSamplesHaveZeroVarianceAndZeroRatios) {
  const Tensor<float, 2> x({3, 2}, {0.1f, 7, 0.1f, 7, 0.1f, 7});
  PcaOptions options;
  options.whiten = true;
  Pca<float> pca(options);
  expect_equal(pca.fit_transform(x), Tensor<float, 2>({3, 2}));
  expect_equal(pca.explained_variance(), Tensor<float, 1>(2));
  expect_equal(pca.explained_variance_ratio(), Tensor<float, 1>(2));
  expect_equal(pca.components(), Tensor<float, 2>({2, 2}, {1, 0, 0, 1}));
  expect_equal(pca.inverse_transform(Tensor<float, 2>({1, 2}, {5, 5})),
               Tensor<float, 2>({1, 2}, {0.1f, 7}));
}

TEST(Pca, LargeOffsetDoesNotHideSmallVarianceInFloat) {
  // 4096 + {0, 1/1024}: exact in float, but 2^24 times smaller than the square of the mean.
  const float step = 1.0f / 1024;
  const Tensor<float, 2> x({4, 1}, {4096, 4096 + step, 4096, 4096 + step});
  for (const PcaSolver solver : kSolvers) {
    const Pca<float> pca = Pca<float>(with_solver(solver)).fit(x);
    EXPECT_NEAR(pca.explained_variance()(0) / (step * step), 1.0 / 3, 1e-6);
  }
}

TEST(Pca, NoRowsAreTransformedToNoRows) {
  const Pca<double> pca = Pca<double>(1).fit(cross());
  EXPECT_EQ(pca.transform(Tensor<double, 2>({0, 2})).shape(), (Shape<2>{0, 1}));
  EXPECT_EQ(pca.inverse_transform(Tensor<double, 2>({0, 1})).shape(), (Shape<2>{0, 2}));
}

TEST(Pca, FloatingPointNumberIsNoNumberOfComponents) {
  EXPECT_TRUE((std::is_constructible_v<Pca<float>, int>));
  EXPECT_FALSE((std::is_constructible_v<Pca<float>, double>));
}

TEST(Pca, FailedFitChangesNothing) {
  Pca<double> pca = Pca<double>(1).fit(cross());
  const Pca<double> before = pca;
  EXPECT_THROW(pca.fit(Tensor<double, 2>({3, 2}, {1, 2, 3, 4, kInfinity<double>, 6})), ValueError);
  expect_equal(pca.components(), before.components());
  expect_equal(pca.mean(), before.mean());
  Pca<double> unfitted(3);
  EXPECT_THROW(unfitted.fit(cross()), ValueError);
  EXPECT_FALSE(unfitted.is_fitted());
}

TEST(Pca, OneSampleOrNoFeatureIsRefused) {
  for (const Shape<2>& shape : {Shape<2>{1, 3}, Shape<2>{0, 3}, Shape<2>{3, 0}})
    EXPECT_THROW_WITH(
        Pca<double>().fit(Tensor<double, 2>(shape)), ShapeError,
        "Pca::fit: x must have at least 2 samples (rows) and 1 feature (column); got x " +
            to_string(shape));
}

TEST(Pca, MoreComponentsThanThereAreIsRefused) {
  EXPECT_THROW_WITH(Pca<double>(4).fit(Tensor<double, 2>({3, 5})), ValueError,
                    "Pca::fit: n_components must be <= min(n_samples, n_features); "
                    "got n_components 4, x [3, 5]");
}

TEST(Pca, NonFiniteSamplesAreRefusedWithTheirPlace) {
  Tensor<double, 2> x = correlated_samples(5, 3);
  x(3, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW_WITH(Pca<double>().fit(x), ValueError,
                    "Pca::fit: x must be finite; got nan at [3, 1]");
  x(0, 2) = -kInfinity<double>;
  EXPECT_THROW_WITH(Pca<double>().fit(x), ValueError,
                    "Pca::fit: x must be finite; got -inf at [0, 2]");
  EXPECT_THROW_WITH(Pca<double>(1).fit(correlated_samples(5, 3)).transform(x), ValueError,
                    "Pca::transform: x must be finite; got -inf at [0, 2]");
  EXPECT_THROW_WITH(Pca<double>(3).fit(correlated_samples(5, 3)).inverse_transform(x), ValueError,
                    "Pca::inverse_transform: scores must be finite; got -inf at [0, 2]");
}

TEST(Pca, OverflowingSquaresAreRefused) {
  const Tensor<float, 2> x({2, 1}, {-1e20f, 1e20f});
  EXPECT_THROW_WITH(Pca<float>().fit(x), ValueError,
                    "Pca::fit: x must have squares whose sum its type can hold; "
                    "got sum of squares inf; divide x by a constant first");
  EXPECT_THROW(Pca<double>().fit(Tensor<double, 2>({2, 1}, {-1.7e308, 1.7e308})), ValueError);
  EXPECT_NO_THROW(Pca<double>().fit(cast<double, float, 2>(x)));
}

TEST(Pca, AnotherNumberOfFeaturesIsRefused) {
  const Pca<double> pca = Pca<double>(1).fit(cross());
  EXPECT_THROW_WITH(pca.transform(Tensor<double, 2>({4, 3})), ShapeError,
                    "Pca::transform: x must have the number of features (columns) of fit; "
                    "got x [4, 3], features of fit 2");
  EXPECT_THROW_WITH(pca.inverse_transform(Tensor<double, 2>({4, 2})), ShapeError,
                    "Pca::inverse_transform: scores must have a column for each component; "
                    "got scores [4, 2], components 1");
}

TEST(Pca, UseBeforeFitIsRefused) {
  const Pca<double> pca(1);
  EXPECT_THROW_WITH(pca.transform(cross()), ValueError,
                    "Pca::transform: fit must be called first; got a model without data");
  EXPECT_THROW_WITH(pca.inverse_transform(cross()), ValueError,
                    "Pca::inverse_transform: fit must be called first; got a model without data");
  EXPECT_THROW_WITH(pca.components(), ValueError,
                    "Pca::components: fit must be called first; got a model without data");
  EXPECT_THROW(pca.mean(), ValueError);
  EXPECT_THROW(pca.explained_variance(), ValueError);
  EXPECT_THROW(pca.explained_variance_ratio(), ValueError);
  EXPECT_THROW(pca.singular_values(), ValueError);
  EXPECT_THROW(pca.noise_variance(), ValueError);
  EXPECT_THROW(pca.n_components(), ValueError);
  EXPECT_THROW(pca.num_features(), ValueError);
  EXPECT_THROW(pca.num_samples(), ValueError);
}

/// sklearn.decomposition.PCA's score_samples, get_covariance and get_precision of points().
struct Density {
  Index n_components;
  bool whiten;
  Tensor<double, 1> log_densities;
  Tensor<double, 1> first_of_covariance, first_of_precision;  // rows
};

const Tensor<double, 2>& points() {
  static const Tensor<double, 2> x({5, 3}, {1, 2, 0.5, 3, 5, -1, -1, 0, 2, 4, 4, 1, 0, -2, 0});
  return x;
}

TEST(PcaDensity, IsThatOfScikitLearn) {
  const Density cases[] = {
      {1,
       false,
       {{5},
        {-4.014747614958287, -5.165693242551724, -5.43442513208171, -5.2573949083457165,
         -5.665086986054438}},
       {{3}, {4.407940955584993, 5.0492170212601835, -0.8597543151289618}},
       {{3}, {0.7723419104245344, -0.4627823962065009, 0.07880017048761304}}},
      {1,
       true,
       {{5},
        {-5.217200213885066, -5.8413817294080275, -6.287534698187615, -6.072304304962218,
         -6.312428609791477}},
       {{3}, {42.54417605186038, 60.18289931851098, -10.247629913349964}},
       {{3}, {0.7481163785309468, -0.49780532847894815, 0.08476369255903919}}},
      {3,
       false,
       {{5},
        {-4.007438259662747, -5.2367746973810245, -5.210830908922683, -5.472763388550159,
         -5.456797980268103}},
       {{3}, {4.3, 5.1, -1}},
       {{3}, {0.9562614335606201, -0.5587892898719452, 0.2620987859637459}}},
      {0,
       false,
       {{5},
        {-5.0622735845989055, -6.682273584598906, -6.2677281300534515, -6.333182675507997,
         -6.85681903914436}},
       {{3}, {4.583333333333333, 0, 0}},
       {{3}, {0.2181818181818182, 0, 0}}},
  };
  for (const Density& expected : cases) {
    PcaOptions options;
    options.n_components = expected.n_components;
    options.whiten = expected.whiten;
    const Pca<double> pca = Pca<double>(options).fit(points());
    expect_near(pca.score_samples(points()), expected.log_densities, 1e-12);
    const Tensor<double, 2> covariance = pca.covariance();
    expect_near(Tensor<double, 1>(covariance[0]), expected.first_of_covariance, 1e-12);
    const Tensor<double, 2> precision = pca.precision();
    expect_near(Tensor<double, 1>(precision[0]), expected.first_of_precision, 1e-12);
  }
}

TEST(PcaDensity, CovarianceWithoutInverseIsRefused) {
  const Pca<double> pca = Pca<double>().fit(points().slice(0, 0, 2));  // two points on a line
  EXPECT_THROW_WITH(pca.precision(), ValueError,
                    "Pca::precision: the variance must be > 0 in every direction; got "
                    "noise_variance 0, components [2, 3]");
  EXPECT_THROW(pca.score_samples(points()), ValueError);
  EXPECT_NO_THROW(pca.covariance());
  EXPECT_THROW(Pca<double>().covariance(), ValueError);
  EXPECT_THROW_WITH(pca.score_samples(Tensor<double, 2>({1, 2})), ShapeError,
                    "Pca::score_samples: x must have the number of features (columns) of fit; got "
                    "x [1, 2], features of fit 3");
}

/// x(i, j) = sin(i j + 1) + (i j mod 7) / 10: singular values that fall slowly.
Tensor<double, 2> slow_samples() {
  Tensor<double, 2> x({60, 40});
  for (Index i = 0; i < 60; ++i)
    for (Index j = 0; j < 40; ++j)
      x(i, j) = std::sin(static_cast<double>(i * j) + 1) + static_cast<double>(i * j % 7) * 0.1;
  return x;
}

TEST(PcaRandomized, ApproximationIsThatOfScikitLearn) {
  PcaOptions options = with_solver(PcaSolver::randomized);
  options.n_components = 3;
  options.seed = 5;
  const Tensor<double, 2> x = slow_samples();
  const Pca<double> pca = Pca<double>(options).fit(x);
  // The exact ones are 9.78892..., 9.12894..., 8.56636...
  expect_near(pca.singular_values(),
              Tensor<double, 1>({3}, {9.788725977429085, 9.128643096900037, 8.564374319107527}),
              1e-10);
  expect_near(Tensor<double, 1>(pca.components().select(0, 0).slice(0, 1, 3)),
              Tensor<double, 1>({2}, {0.10341007748393095, 0.16375517925377023}), 1e-10);
  EXPECT_NEAR(pca.noise_variance(), 0.4597362126332368, 1e-11);
  expect_near(Pca<double>(options).fit(x.transpose(0, 1)).singular_values(),
              Tensor<double, 1>({3}, {9.313849336713188, 8.966004442842051, 8.325383293020012}),
              1e-10);
}

TEST(PcaRandomized, NumberOfComponentsMustBeGiven) {
  PcaOptions options = with_solver(PcaSolver::randomized);
  EXPECT_THROW_WITH(Pca<double>(options).fit(points()), ValueError,
                    "Pca::fit: n_components must be a number >= 1 for the randomized solver; got "
                    "is a number false");
}

TEST(PcaMle, FewerSamplesThanFeaturesAreRefused) {
  PcaOptions options;
  options.n_components = NumComponents::mle();
  EXPECT_THROW_WITH(Pca<double>(options).fit(points().slice(0, 0, 2)), ValueError,
                    "Pca::fit: x must have as many samples as features, and 2, for mle; got x [2, "
                    "3]");
  EXPECT_EQ(Pca<double>(options).fit(slow_samples()).n_components(), 39);
}

TEST(PcaFromModel, TransformsAsThePcaThatWasStored) {
  const Tensor<double, 2> x({4, 2}, {1, 2, 3, 5, -1, 0, 4, 4});
  PcaOptions options;
  options.whiten = true;
  Pca<double> fitted(options);
  const Tensor<double, 2> scores = fitted.fit_transform(x);
  const Pca<double> restored(fitted.model(), options);
  expect_equal(restored.transform(x), scores);
  expect_equal(restored.inverse_transform(scores), fitted.inverse_transform(scores));
}

TEST(PcaFromModel, TensorsThatDoNotFitAreRefused) {
  Pca<double> fitted;
  fitted.fit(Tensor<double, 2>({3, 2}, {1, 2, 3, 5, -1, 0}));
  PcaModel<double> model = fitted.model();
  model.mean = Tensor<double, 1>(3);
  EXPECT_THROW_WITH(
      Pca<double>(model, PcaOptions()), ShapeError,
      "Pca: the tensors of a model must fit its components [k, p]; got components [2, 2], mean "
      "[3], "
      "singular_values [2], explained_variance [2], explained_variance_ratio [2], whitening [2]");
}

TEST(PcaFromModel, ModelWithoutSamplesIsRefused) {
  EXPECT_THROW_WITH(Pca<double>(PcaModel<double>(), PcaOptions()), ValueError,
                    "Pca: num_samples must be >= 2; got num_samples 0");
}

}  // namespace
}  // namespace eigenhead
