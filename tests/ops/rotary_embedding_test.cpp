#include "eigenhead/ops/rotary_embedding.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace eigenhead {
namespace {

using Ids = Tensor<std::int32_t, 1>;

/// Positions 0 and 1 of two pairs: no turn, then a quarter and a half turn.
RotaryTable<float> quarter_turns() {
  RotaryTable<float> table;
  table.cosine = Tensor<float, 2>({2, 2}, {1, 1, 0, -1});
  table.sine = Tensor<float, 2>({2, 2}, {0, 0, 1, 0});
  return table;
}

const Tensor<float, 2>& two_tokens() {
  static const Tensor<float, 2> x({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  return x;
}

TEST(RotaryTable, AnglesArePositionTimesPowersOfTheta) {
  const RotaryTable<double> table = rotary_table<double>(3, 4, 100);
  EXPECT_EQ(table.cosine.shape(), (Shape<2>{3, 2}));
  // Frequencies 100^0 = 1 and 100^(-2/4) = 0.1.
  const Tensor<double, 2> angles({3, 2}, {0, 0, 1, 0.1, 2, 0.2});
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 2; ++j) {
      EXPECT_NEAR(table.cosine(i, j), std::cos(angles(i, j)), 1e-15);
      EXPECT_NEAR(table.sine(i, j), std::sin(angles(i, j)), 1e-15);
    }
}

TEST(RotaryTable, MayBeEmpty) {
  EXPECT_EQ(rotary_table(0, 8).cosine.shape(), (Shape<2>{0, 4}));
  EXPECT_EQ(rotary_table(5, 0).sine.shape(), (Shape<2>{5, 0}));
}

TEST(RotaryTable, WrongArgumentsAreRefused) {
  EXPECT_THROW_WITH(rotary_table(4, 3), ValueError,
                    "rotary_table: rotary_dim must be even and >= 0, and theta > 0; got rotary_dim "
                    "3, theta 10000");
  EXPECT_THROW_WITH(rotary_table(4, 2, 0), ValueError,
                    "rotary_table: rotary_dim must be even and >= 0, and theta > 0; got rotary_dim "
                    "2, theta 0");
  EXPECT_THROW_WITH(rotary_table(-1, 2), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
}

TEST(RotaryEmbedding, HalfSplitTurnsElementsHalfAHeadApart) {
  Tensor<float, 2> y(Shape<2>{2, 4});
  rotary_embedding<float, 2>(two_tokens(), quarter_turns(), {}, RotaryLayout::half_split, y);
  // Token 1: (5, 7) by a quarter turn is (-7, 5), (6, 8) by a half turn is (-6, -8).
  expect_equal(y, Tensor<float, 2>({2, 4}, {1, 2, 3, 4, -7, -6, 5, -8}));
}

TEST(RotaryEmbedding, InterleavedTurnsNeighbours) {
  Tensor<float, 2> y(Shape<2>{2, 4});
  rotary_embedding<float, 2>(two_tokens(), quarter_turns(), {}, RotaryLayout::interleaved, y);
  expect_equal(y, Tensor<float, 2>({2, 4}, {1, 2, 3, 4, -6, 5, -7, -8}));
}

TEST(RotaryEmbedding, PositionIdsChooseTheRowsOfTheTable) {
  Tensor<float, 2> y(Shape<2>{2, 4});
  rotary_embedding<float, 2>(two_tokens(), quarter_turns(), Ids({2}, {1, 0}),
                             RotaryLayout::interleaved, y);
  expect_equal(y, Tensor<float, 2>({2, 4}, {-2, 1, -3, -4, 5, 6, 7, 8}));
}

TEST(RotaryEmbedding, ElementsBeyondTheTableStay) {
  RotaryTable<float> table;
  table.cosine = Tensor<float, 2>({2, 1}, {0, 0});
  table.sine = Tensor<float, 2>({2, 1}, {1, 1});
  for (const RotaryLayout layout : {RotaryLayout::half_split, RotaryLayout::interleaved}) {
    Tensor<float, 2> y(Shape<2>{2, 4});
    rotary_embedding<float, 2>(two_tokens(), table, {}, layout, y);
    expect_equal(y, Tensor<float, 2>({2, 4}, {-2, 1, 3, 4, -6, 5, 7, 8}));
  }
}

TEST(RotaryEmbedding, EveryHeadOfABatchTurnsAlikeInPlaceAndOnStridedViews) {
  Tensor<float, 4> x(Shape<4>{2, 2, 3, 4});  // [batch, T, heads, D]
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i % 4 + 1);
  const TensorView<float, 4> by_heads = x.transpose(1, 2);
  rotary_embedding<float, 4>(by_heads, quarter_turns(), {}, RotaryLayout::half_split, by_heads);
  for (Index batch = 0; batch < 2; ++batch)
    for (Index head = 0; head < 3; ++head)
      expect_equal(Tensor<float, 2>(by_heads[batch][head]),
                   Tensor<float, 2>({2, 4}, {1, 2, 3, 4, -3, -2, 1, -4}));
}

TEST(RotaryEmbedding, ScoresDependOnTheDifferenceOfPositionsOnly) {
  const RotaryTable<double> table = rotary_table<double>(50, 8);
  const Tensor<double, 2> query({1, 8}, {0.3, -1, 2, 0.5, 1, 1.5, -0.7, 0.2});
  const Tensor<double, 2> key({1, 8}, {1, 0.4, -0.3, 2, -1, 0.1, 0.6, -2});
  const auto score = [&](std::int32_t query_position, std::int32_t key_position) {
    Tensor<double, 2> q(query);
    Tensor<double, 2> k(key);
    rotary_embedding<double, 2>(q, table, Ids({1}, {query_position}), RotaryLayout::half_split, q);
    rotary_embedding<double, 2>(k, table, Ids({1}, {key_position}), RotaryLayout::half_split, k);
    return q.vector(0).dot(k.vector(0));
  };
  EXPECT_NEAR(score(7, 3), score(44, 40), 1e-13);
  EXPECT_GT(std::abs(score(7, 3) - score(7, 4)), 0.1);
}

TEST(RotaryEmbedding, EmptyInputGivesEmptyOutput) {
  Tensor<float, 3> x(Shape<3>{2, 0, 4});
  rotary_embedding<float, 3>(x, quarter_turns(), {}, RotaryLayout::half_split, x);
  EXPECT_EQ(x.size(), 0);
}

TEST(RotaryEmbedding, WrongArgumentsAreRefused) {
  Tensor<float, 2> y(Shape<2>{2, 4});
  const auto rotate = [&](const Tensor<float, 2>& x, const RotaryTable<float>& table,
                          const Ids& ids = {}) {
    rotary_embedding<float, 2>(x, table, ids, RotaryLayout::half_split, y);
  };
  RotaryTable<float> wide = rotary_table(2, 6);
  EXPECT_THROW_WITH(rotate(two_tokens(), wide), ShapeError,
                    "rotary_embedding: cosine and sine must be [positions, at most D / 2]; got "
                    "cosine [2, 3], sine [2, 3], input [2, 4]");
  wide.cosine = Tensor<float, 2>(Shape<2>{2, 2});
  EXPECT_THROW_WITH(rotate(two_tokens(), wide), ShapeError,
                    "rotary_embedding: cosine and sine must be [positions, at most D / 2]; got "
                    "cosine [2, 2], sine [2, 3], input [2, 4]");
  EXPECT_THROW_WITH(rotate(Tensor<float, 2>(Shape<2>{1, 4}), quarter_turns()), ShapeError,
                    "rotary_embedding: output must have the shape of input; got input [1, 4], "
                    "output [2, 4]");
  EXPECT_THROW_WITH(rotate(two_tokens(), rotary_table(1, 4)), ShapeError,
                    "rotary_embedding: table must have a row for each token; got input [2, 4], "
                    "cosine [1, 2]");
  EXPECT_THROW_WITH(rotate(two_tokens(), quarter_turns(), Ids({1}, {0})), ShapeError,
                    "rotary_embedding: position_ids must be one for each token; got input [2, 4], "
                    "position_ids [1]");
  EXPECT_THROW_WITH(rotate(two_tokens(), quarter_turns(), Ids({2}, {0, 2})), ValueError,
                    "rotary_embedding: position id must be >= 0 and < positions 2 of the table; "
                    "got 2 at [1]");
  EXPECT_THROW_WITH(rotate(two_tokens(), quarter_turns(), Ids({2}, {-1, 0})), ValueError,
                    "rotary_embedding: position id must be >= 0 and < positions 2 of the table; "
                    "got -1 at [0]");
  expect_equal(y, Tensor<float, 2>(Shape<2>{2, 4}));
}

}  // namespace
}  // namespace eigenhead
