#include "eigenhead/models/pooling.hpp"

#include "eigenhead/models/bert.hpp"
#include "models/fixture_case.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace eigenhead {
namespace {

/// fixtures/tiny-minilm, pooled by sentence-transformers' own modules.
template <class Scalar>
void expect_fixture() {
  const FixtureCase<Scalar> sentences("fixtures/tiny-minilm", "");
  const auto model = Bert<Scalar>::from_pretrained((test_data() / "fixtures/tiny-minilm").string());
  const TokenBatch batch = sentences.batch();
  const Tensor<Scalar, 3> hidden = model(batch).last_hidden_state;
  const double tolerance = FixtureCase<Scalar>::kTolerance;
  const auto expect = [&](const Tensor<Scalar, 2>& actual, const char* name, double bound) {
    SCOPED_TRACE(name);
    expect_near(actual, sentences.template expected<2>(name), bound);
  };
  expect(pool(hidden, batch), "mean_pooled", tolerance);
  expect(pool(hidden, batch, Pooling::cls), "cls_pooled", tolerance);
  expect(pool(hidden, batch, Pooling::max), "max_pooled", tolerance);
  // Their divisor is a float32 square root, also in the float64 run.
  expect(pool(hidden, batch, Pooling::mean_sqrt_length), "mean_sqrt_len_pooled",
         std::max(tolerance, 1e-5));
  const Tensor<Scalar, 2> embeddings = l2_normalize(pool(hidden, batch));
  expect(embeddings, "sentence_embeddings", tolerance);
  expect(Tensor<Scalar, 2>(embeddings.matrix() * embeddings.matrix().transpose()),
         "cosine_similarity", tolerance);
}

TEST(PoolingFixture, DoubleMatchesEveryArray) { expect_fixture<double>(); }
TEST(PoolingFixture, FloatMatchesEveryArray) { expect_fixture<float>(); }

/// Two texts in four columns, the first with left padding and a hole, the second without any token.
/// Rows of masked positions hold NaN: they must take no part.
struct Example {
  Tensor<double, 3> hidden = Tensor<double, 3>(Shape<3>{2, 4, 2});
  TokenBatch batch{Tensor<std::int32_t, 2>(Shape<2>{2, 4}),
                   Tensor<std::int32_t, 2>({2, 4}, {0, 1, 0, 1, 0, 0, 0, 0})};

  Example() {
    hidden.fill(std::numeric_limits<double>::quiet_NaN());
    hidden(0, 1, 0) = 1;
    hidden(0, 1, 1) = -2;
    hidden(0, 3, 0) = 4;
    hidden(0, 3, 1) = -8;
  }
};

void expect_pooled(Pooling mode, double first, double second) {
  const Example example;
  expect_near(pool(example.hidden, example.batch, mode),
              Tensor<double, 2>({2, 2}, {first, second, 0, 0}), 1e-15);
}

TEST(Pool, MeanIsOverValidRowsOnly) { expect_pooled(Pooling::mean, 2.5, -5); }
TEST(Pool, ClsIsTheFirstValidRow) { expect_pooled(Pooling::cls, 1, -2); }
TEST(Pool, LastIsTheLastValidRow) { expect_pooled(Pooling::last, 4, -8); }
TEST(Pool, MaxIsByComponent) { expect_pooled(Pooling::max, 4, -2); }
TEST(Pool, MeanSqrtLengthDividesByTheRootOfTheLength) {
  expect_pooled(Pooling::mean_sqrt_length, 5 / std::sqrt(2.0), -10 / std::sqrt(2.0));
}
TEST(Pool, WeightedMeanCountsColumnsFromOne) {
  expect_pooled(Pooling::weighted_mean, (2 * 1 + 4 * 4) / 6.0, -(2 * 2 + 4 * 8) / 6.0);
}

TEST(Pool, OutputWithoutPaddingGivesTheSame) {
  const Example example;
  RaggedEncoderOutput<double> output;
  output.offsets = {0, 2, 2};
  output.last_hidden_state = Tensor<double, 2>({2, 2}, {1, -2, 4, -8});
  const std::vector<Pooling> modes{Pooling::cls,  Pooling::max,
                                   Pooling::mean, Pooling::mean_sqrt_length,
                                   Pooling::last, Pooling::weighted_mean};
  for (const Index first_column : {0, 1, 2, 4})
    expect_equal(pool(output, example.batch, modes, first_column),
                 pool(example.hidden, example.batch, modes, first_column));
  expect_equal(pool(output, example.batch, {Pooling::cls, Pooling::mean}, 2),
               Tensor<double, 2>({2, 4}, {4, -8, 4, -8, 0, 0, 0, 0}));
}

TEST(Pool, OutputOfAnotherBatchIsRefused) {
  const Example example;
  RaggedEncoderOutput<double> output;
  output.offsets = {0, 2};
  EXPECT_THROW_WITH(pool(output, example.batch, {Pooling::mean}), ShapeError,
                    "pool: output must be that of the batch; got offsets 2, batch_size 2");
  EXPECT_THROW_WITH(
      pool(Tensor<double, 3>(Shape<3>{2, 5, 2}), example.batch), ShapeError,
      "pool: last_hidden_state must have the batch_size and padded length of the batch; got "
      "last_hidden_state [2, 5, 2], batch [2, 4]");
}

TEST(L2Normalize, RowsGetLengthOneAndZeroStaysZero) {
  const Tensor<double, 2> rows({3, 2}, {3, 4, 0, 0, -1e-9, 0});
  expect_near(l2_normalize(rows), Tensor<double, 2>({3, 2}, {0.6, 0.8, 0, 0, -1, 0}), 1e-15);
}

TEST(L2Normalize, OutputMayBeTheRowsButNotOfAnotherShape) {
  Tensor<double, 2> rows({2, 2}, {3, 4, 0, -2});
  l2_normalize<double>(rows, rows);
  expect_near(rows, Tensor<double, 2>({2, 2}, {0.6, 0.8, 0, -1}), 1e-15);
  EXPECT_THROW_WITH(
      l2_normalize<double>(rows, rows.slice(0, 0, 1)), ShapeError,
      "l2_normalize: output must have the shape of rows; got rows [2, 2], output [1, 2]");
}

TEST(L2Normalize, TinyRowsAreDividedByTheBound) {
  const Tensor<double, 2> rows({1, 2}, {3e-13, 0});
  expect_near(l2_normalize(rows), Tensor<double, 2>({1, 2}, {0.3, 0}), 1e-15);
}

}  // namespace
}  // namespace eigenhead
