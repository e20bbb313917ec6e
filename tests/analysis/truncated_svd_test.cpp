#include "eigenhead/analysis/truncated_svd.hpp"

#include "analysis/pca_models.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace eigenhead {
namespace {

TEST(TruncatedSvd, DoesNotCentre) {
  const Tensor<double, 2> x({2, 2}, {3, 0, 3, 0});
  TruncatedSvdOptions options;
  options.n_components = 1;
  TruncatedSvd<double> svd(options);
  expect_near(svd.fit_transform(x), Tensor<double, 2>({2, 1}, {3, 3}), 1e-15);
  EXPECT_NEAR(svd.singular_values()(0), std::sqrt(18), 1e-15);
  EXPECT_NEAR(svd.explained_variance()(0), 0, 1e-15);
  EXPECT_EQ(svd.explained_variance_ratio()(0), 0);  // the features do not vary
}

TEST(TruncatedSvd, ApproximationIsThatOfScikitLearn) {
  Tensor<double, 2> x({60, 40});
  for (Index i = 0; i < 60; ++i)
    for (Index j = 0; j < 40; ++j)
      x(i, j) = std::sin(static_cast<double>(i * j) + 1) + static_cast<double>(i * j % 7) * 0.1;
  TruncatedSvdOptions options;
  options.n_components = 3;
  options.is_randomized = true;
  options.seed = 5;
  TruncatedSvd<double> svd(options);
  svd.fit(x);
  expect_near(svd.singular_values(),
              Tensor<double, 1>({3}, {17.57484522340666, 9.152148326052917, 8.542780263992334}),
              1e-10);
  expect_near(
      svd.explained_variance_ratio(),
      Tensor<double, 1>({3}, {0.06085837727999432, 0.06666172783874183, 0.05823082287834268}),
      1e-11);
}

TEST(TruncatedSvd, KrylovAndInnerProductsAgree) {
  const Tensor<double, 2> x = correlated_samples(400, 150);
  TruncatedSvdOptions options;
  options.n_components = 3;
  TruncatedSvd<double> tall(options);
  TruncatedSvd<double> wide(options);
  tall.fit(x);
  wide.fit(x.transpose(0, 1));
  expect_near(tall.singular_values(), wide.singular_values(), 1e-10);
  // What are components here are scores there.
  const Tensor<double, 2> scores = wide.transform(x.transpose(0, 1));
  for (Index i = 0; i < 3; ++i) {
    const double cosine = scores.matrix().col(i).dot(tall.components().vector(i).transpose()) /
                          wide.singular_values()(i);
    EXPECT_NEAR(std::abs(cosine), 1, 1e-10);
  }
}

TEST(TruncatedSvd, RefusesWhatItCannotFit) {
  TruncatedSvdOptions options;
  options.n_components = 0;
  EXPECT_THROW_WITH(TruncatedSvd<double>{options}, ValueError,
                    "TruncatedSvd: n_components must be >= 1; got n_components 0");
  TruncatedSvd<double> svd;
  Tensor<double, 2> x({3, 2}, {1, 2, 3, 4, 5, 7});
  EXPECT_THROW_WITH(svd.fit(x.slice(0, 0, 1)), ValueError,
                    "TruncatedSvd::fit: n_components must be <= min(n_samples, n_features); got "
                    "n_components 2, x [1, 2]");
  EXPECT_THROW_WITH(svd.transform(x), ValueError,
                    "TruncatedSvd::transform: fit must be called first; got components 0");
  EXPECT_THROW_WITH(svd.inverse_transform(x), ValueError,
                    "TruncatedSvd::inverse_transform: fit must be called first; got components 0");
  svd.fit(x);
  EXPECT_THROW_WITH(svd.transform(Tensor<double, 2>({1, 3})), ShapeError,
                    "TruncatedSvd::transform: x must have the number of features (columns) of "
                    "fit; got [1, 3], components [2, 2]");
  EXPECT_THROW_WITH(svd.inverse_transform(Tensor<double, 2>({1, 3})), ShapeError,
                    "TruncatedSvd::inverse_transform: scores must have a column for each "
                    "component; got [1, 3], components [2, 2]");
  x(1, 0) = std::numeric_limits<double>::infinity();
  EXPECT_THROW_WITH(svd.fit(x), ValueError,
                    "TruncatedSvd::fit: x must be finite; got inf at [1, 0]");
  EXPECT_THROW_WITH(svd.transform(x), ValueError,
                    "TruncatedSvd::transform: x must be finite; got inf at [1, 0]");
}

}  // namespace
}  // namespace eigenhead
