#include "eigenhead/analysis/neighbors.hpp"

#include "analysis/pca_models.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace eigenhead {
namespace {

TEST(CosineSimilarity, IsTheCosineOfTheAngle) {
  const Tensor<double, 2> a({2, 2}, {3, 4, 0, 0});
  const Tensor<double, 2> b({3, 2}, {6, 8, -4, 3, 1, 0});
  expect_near(cosine_similarity(a, b), Tensor<double, 2>({2, 3}, {1, 0, 0.6, 0, 0, 0}), 1e-15);
}

TEST(CosineSimilarity, TinyAndHugeRowsDoNotLeaveTheRange) {
  const Tensor<float, 2> a({2, 2}, {1e-30f, 1e-30f, 1e30f, 1e30f});
  expect_near(cosine_similarity(a, a), Tensor<float, 2>({2, 2}, {1, 1, 1, 1}), 1e-6);
}

TEST(TopKNearest, FindsTheBestOfManyBlocks) {
  const Tensor<double, 2> corpus = correlated_samples(2500, 5);
  const Tensor<double, 2> queries = correlated_samples(9, 5, 2);
  NearestOptions options;
  options.count = 7;
  options.similarity = Similarity::inner_product;
  ThreadPool pool(2);
  options.executor = &pool;
  const Neighbors<double> nearest = top_k_nearest(queries, corpus, options);
  for (Index query = 0; query < 9; ++query) {
    std::vector<Index> order(2500);
    std::iota(order.begin(), order.end(), Index{0});
    const auto similarity = [&](Index row) {
      return queries.vector(query).dot(corpus.vector(row));
    };
    std::sort(order.begin(), order.end(),
              [&](Index a, Index b) { return similarity(a) > similarity(b); });
    for (Index i = 0; i < 7; ++i) {
      const Index expected = order[static_cast<std::size_t>(i)];
      EXPECT_EQ(nearest.indices(query, i), expected);
      EXPECT_NEAR(nearest.similarities(query, i), similarity(expected), 1e-13);
    }
  }
}

TEST(TopKNearest, EquallySimilarRowsComeInTheirOrder) {
  const Tensor<float, 2> corpus({4, 1}, {2, -1, 5, 1});
  NearestOptions options;
  options.count = 3;
  const Neighbors<float> nearest = top_k_nearest(Tensor<float, 2>({1, 1}, {1}), corpus, options);
  expect_equal(nearest.indices, Tensor<std::int64_t, 2>({1, 3}, {0, 2, 3}));
  expect_equal(nearest.similarities, Tensor<float, 2>({1, 3}, {1, 1, 1}));
}

TEST(TopKNearest, NothingAskedGivesNothing) {
  NearestOptions options;
  options.count = 0;
  const Tensor<float, 2> corpus({3, 2});
  EXPECT_EQ(top_k_nearest(corpus, corpus, options).indices.shape(), (Shape<2>{3, 0}));
  EXPECT_EQ(top_k_nearest(corpus.slice(0, 0, 0), corpus, options).indices.shape(),
            (Shape<2>{0, 0}));
}

TEST(TopKNearest, RefusesWhatDoesNotFit) {
  const Tensor<double, 2> rows({3, 2});
  NearestOptions options;
  options.count = 4;
  EXPECT_THROW_WITH(top_k_nearest(rows, rows, options), ValueError,
                    "top_k_nearest: count must be >= 0 and <= the rows of the corpus; got count "
                    "4, corpus [3, 2]");
  EXPECT_THROW_WITH(cosine_similarity(rows, Tensor<double, 2>({3, 4})), ShapeError,
                    "cosine_similarity: rows must have the same length; got [3, 2] and [3, 4]");
  Tensor<double, 2> broken = rows;
  broken(2, 0) = std::numeric_limits<double>::infinity();
  EXPECT_THROW_WITH(cosine_similarity(rows, broken), ValueError,
                    "cosine_similarity: the second argument must be finite; got inf at [2, 0]");
}

}  // namespace
}  // namespace eigenhead
