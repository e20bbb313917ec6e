#include "eigenhead/models/token_batch.hpp"

#include "eigenhead/core/tensor.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace eigenhead {
namespace {

using Ids = std::vector<std::int32_t>;

Encoding encoding(Ids token_ids, Ids attention_mask, Ids token_type_ids = {}) {
  Encoding result;
  result.token_ids = std::move(token_ids);
  result.attention_mask = std::move(attention_mask);
  result.token_type_ids = std::move(token_type_ids);
  return result;
}

TEST(TokenBatch, PaddingIsDroppedAndPositionsCountColumns) {
  const TokenBatch batch(std::vector<Encoding>{encoding({7, 8, 0, 0}, {1, 1, 0, 0}),
                                               encoding({0, 5, 0, 6}, {0, 1, 0, 1})});
  EXPECT_EQ(batch.batch_size(), 2);
  EXPECT_EQ(batch.padded_length(), 4);
  EXPECT_EQ(batch[0].token_ids, (Ids{7, 8}));
  EXPECT_EQ(batch[0].position_ids, (Ids{0, 1}));
  EXPECT_EQ(batch[1].token_ids, (Ids{5, 6}));
  EXPECT_EQ(batch[1].position_ids, (Ids{1, 3}));
  EXPECT_EQ(batch[1].length(), 2);
}

TEST(TokenBatch, SomeOfTheTextsAreABatchOfTheirOwn) {
  const std::vector<Encoding> texts{encoding({1, 2, 3}, {1, 1, 1}), encoding({4, 5}, {1, 1}),
                                    encoding({6}, {1})};
  const TokenBatch batch(texts.data() + 1, texts.data() + 3);
  EXPECT_EQ(batch.batch_size(), 2);
  EXPECT_EQ(batch.padded_length(), 2);
  EXPECT_EQ(batch[0].token_ids, (Ids{4, 5}));
  EXPECT_EQ(batch[1].token_ids, (Ids{6}));
}

TEST(TokenBatch, RaggedEncodingsGetTheLongestLength) {
  const TokenBatch batch(std::vector<Encoding>{encoding({1}, {1}), encoding({1, 2, 3}, {1, 1, 1})});
  EXPECT_EQ(batch.padded_length(), 3);
  EXPECT_EQ(batch[0].length(), 1);
}

TEST(TokenBatch, PaddedTensorsGiveTheSame) {
  const Tensor<std::int32_t, 2> ids({2, 3}, {1, 2, 9, 9, 4, 5});
  const Tensor<std::int32_t, 2> mask({2, 3}, {1, 1, 0, 0, 1, 1});
  const TokenBatch batch(ids, mask);
  EXPECT_EQ(batch.padded_length(), 3);
  EXPECT_EQ(batch[0].token_ids, (Ids{1, 2}));
  EXPECT_EQ(batch[1].position_ids, (Ids{1, 2}));
}

TEST(TokenBatch, TokenTypesGoWithTheirTokens) {
  EXPECT_EQ(TokenBatch(encoding({7, 8, 9}, {0, 1, 1}, {0, 1, 2}))[0].token_type_ids, (Ids{1, 2}));
  const Tensor<std::int32_t, 2> ids({1, 3}, {7, 8, 9});
  const Tensor<std::int32_t, 2> mask({1, 3}, {1, 0, 1});
  const Tensor<std::int32_t, 2> types({1, 3}, {0, 1, 2});
  EXPECT_EQ(TokenBatch(ids, mask, types)[0].token_type_ids, (Ids{0, 2}));
}

TEST(TokenBatch, MissingTokenTypesAreZero) {
  EXPECT_EQ(TokenBatch(encoding({7, 8}, {1, 1}))[0].token_type_ids, (Ids{0, 0}));
  const Tensor<std::int32_t, 2> ids({1, 2}, {7, 8});
  const Tensor<std::int32_t, 2> mask({1, 2}, {1, 1});
  EXPECT_EQ(TokenBatch(ids, mask)[0].token_type_ids, (Ids{0, 0}));
}

TEST(TokenBatch, TokenTypesOfOtherShapeAreRefused) {
  const Tensor<std::int32_t, 2> ids(Shape<2>{2, 3});
  const Tensor<std::int32_t, 2> types(Shape<2>{2, 2});
  EXPECT_THROW_WITH(TokenBatch(ids, ids, types), ShapeError,
                    "TokenBatch: token_type_ids must have the shape of token_ids; got token_ids "
                    "[2, 3], token_type_ids [2, 2]");
  EXPECT_THROW_WITH(TokenBatch(encoding({1, 2}, {1, 1}, {0})), ShapeError,
                    "TokenBatch: token_type_ids must be empty or one for each token id; got "
                    "token_ids 2, token_type_ids 1, in sequence 0");
}

TEST(TokenBatch, SequenceThatIsMaskedThroughoutIsKeptEmpty) {
  const TokenBatch batch(encoding({0, 0}, {0, 0}));
  EXPECT_EQ(batch.padded_length(), 2);
  EXPECT_EQ(batch[0].length(), 0);
}

TEST(TokenBatch, MayBeEmptyAndHoldEmptyTexts) {
  EXPECT_EQ(TokenBatch(std::vector<Encoding>{}).batch_size(), 0);
  const TokenBatch batch(encoding({}, {}));
  EXPECT_EQ(batch.batch_size(), 1);
  EXPECT_EQ(batch.padded_length(), 0);
}

TEST(TokenBatch, MaskOfOtherShapeIsRefused) {
  const Tensor<std::int32_t, 2> ids(Shape<2>{2, 3});
  const Tensor<std::int32_t, 2> mask(Shape<2>{3, 2});
  EXPECT_THROW_WITH(
      TokenBatch(ids, mask), ShapeError,
      "TokenBatch: attention_mask must have the shape of token_ids; got token_ids [2, 3], "
      "attention_mask [3, 2]");
}

TEST(TokenBatch, MaskOtherThanZeroAndOneIsRefused) {
  const Tensor<std::int32_t, 2> ids(Shape<2>{1, 3});
  const Tensor<std::int32_t, 2> mask({1, 3}, {1, 2, 0});
  EXPECT_THROW_WITH(TokenBatch(ids, mask), ValueError,
                    "TokenBatch: attention_mask must be 0 or 1; got value 2, at [0, 1]");
}

TEST(TokenBatch, EncodingWithoutItsMaskIsRefused) {
  EXPECT_THROW_WITH(
      TokenBatch(std::vector<Encoding>{encoding({1}, {1}), encoding({1, 2}, {})}), ShapeError,
      "TokenBatch: attention_mask must have one value for each token id; got token_ids "
      "2, attention_mask 0, in sequence 1");
}

TEST(TokenBatch, EncodingWithAnotherMaskThanZeroAndOneIsRefused) {
  EXPECT_THROW_WITH(TokenBatch(encoding({1, 2}, {1, -1})), ValueError,
                    "TokenBatch: attention_mask must be 0 or 1; got value -1, at [0, 1]");
}

}  // namespace
}  // namespace eigenhead
