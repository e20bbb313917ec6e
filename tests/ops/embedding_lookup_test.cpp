#include "eigenhead/ops/embedding_lookup.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace eigenhead {
namespace {

const Tensor<float, 2> kTable({3, 2}, {0, 1, 10, 11, 20, 21});

TEST(EmbeddingLookup, TakesTheRowOfEachId) {
  const Tensor<std::int32_t, 1> ids({4}, {2, 0, 2, 1});
  expect_equal(embedding_lookup(kTable, ids),
               Tensor<float, 2>({4, 2}, {20, 21, 0, 1, 20, 21, 10, 11}));
}

TEST(EmbeddingLookup, NoIdsGiveNoRows) {
  EXPECT_EQ(embedding_lookup(kTable, Tensor<std::int32_t, 1>()).shape(), (Shape<2>{0, 2}));
}

TEST(EmbeddingLookup, IdPastTheVocabularyIsRefusedWithItsPlace) {
  EXPECT_THROW_WITH(
      embedding_lookup(kTable, Tensor<std::int32_t, 1>({2}, {1, 3})), ValueError,
      "embedding_lookup: token id must be >= 0 and < vocab_size 3; got 3 at [1]; was another "
      "vocabulary used to tokenize?");
}

TEST(EmbeddingLookup, NegativeIdIsRefused) {
  EXPECT_THROW_WITH(
      embedding_lookup(kTable, Tensor<std::int32_t, 1>({1}, {-1})), ValueError,
      "embedding_lookup: token id must be >= 0 and < vocab_size 3; got -1 at [0]; was another "
      "vocabulary used to tokenize?");
}

}  // namespace
}  // namespace eigenhead
