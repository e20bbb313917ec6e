#include "eigenhead/text/vocabulary.hpp"

#include "support/throws.hpp"
#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

TEST(Vocabulary, LinesAreTokensAndTheirNumbersAreIds) {
  const Vocabulary vocabulary = Vocabulary::from_text("[PAD]\nthe\n##s\n");
  EXPECT_EQ(vocabulary.size(), 3);
  EXPECT_EQ(vocabulary.token_to_id("[PAD]"), 0);
  EXPECT_EQ(vocabulary.token_to_id("##s"), 2);
  EXPECT_EQ(vocabulary.id_to_token(1), "the");
}

TEST(Vocabulary, WindowsLineEndsAndAMissingLastOneChangeNothing) {
  const Vocabulary vocabulary = Vocabulary::from_text("a\r\nb\r\nc");
  EXPECT_EQ(vocabulary.size(), 3);
  EXPECT_EQ(vocabulary.id_to_token(0), "a");
  EXPECT_EQ(vocabulary.id_to_token(2), "c");
}

TEST(Vocabulary, UnicodeWhiteSpaceIsNotTrimmed) {
  const Vocabulary vocabulary = Vocabulary::from_text("\xE2\x80\xA8\n##\xE2\x80\xA8\n");
  EXPECT_EQ(vocabulary.token_to_id("\xE2\x80\xA8"), 0);
  EXPECT_EQ(vocabulary.token_to_id("##\xE2\x80\xA8"), 1);
}

TEST(Vocabulary, LastIdOfARepeatedTokenCounts) {
  const Vocabulary vocabulary = Vocabulary::from_text("a\nb\na\n");
  EXPECT_EQ(vocabulary.token_to_id("a"), 2);
  EXPECT_EQ(vocabulary.id_to_token(0), std::nullopt);
  EXPECT_EQ(vocabulary.id_to_token(2), "a");
  EXPECT_EQ(vocabulary.size(), 2);
}

TEST(Vocabulary, IdsMayLeaveGapsAndComeInAnyOrder) {
  const Vocabulary vocabulary({{"b", 7}, {"a", 3}});
  EXPECT_EQ(vocabulary.size(), 2);
  EXPECT_EQ(vocabulary.token_to_id("a"), 3);
  EXPECT_EQ(vocabulary.id_to_token(7), "b");
  EXPECT_EQ(vocabulary.id_to_token(5), std::nullopt);
}

TEST(Vocabulary, WhatIsNotThereIsNotFound) {
  const Vocabulary vocabulary = Vocabulary::from_text("a\n");
  EXPECT_EQ(vocabulary.token_to_id("A"), std::nullopt);
  EXPECT_EQ(vocabulary.token_to_id(""), std::nullopt);
  EXPECT_EQ(vocabulary.id_to_token(1), std::nullopt);
  EXPECT_EQ(vocabulary.id_to_token(-1), std::nullopt);
  EXPECT_EQ(Vocabulary().token_to_id("a"), std::nullopt);
  EXPECT_EQ(Vocabulary::from_text("").size(), 0);
}

TEST(Vocabulary, EveryTokenOfBertBaseUncasedIsFoundByItsLine) {
  const Vocabulary& vocabulary = uncased_vocabulary();
  EXPECT_EQ(vocabulary.size(), 30522);
  EXPECT_EQ(vocabulary.token_to_id("[MASK]"), 103);
  for (std::int32_t id = 0; id < vocabulary.size(); ++id)
    ASSERT_EQ(vocabulary.token_to_id(*vocabulary.id_to_token(id)), id);
}

TEST(Vocabulary, CopyOutlivesTheOriginal) {
  Vocabulary copy;
  {
    const Vocabulary original = Vocabulary::from_text("a\nb\n");
    copy = original;
  }
  EXPECT_EQ(copy.token_to_id("b"), 1);
}

TEST(Vocabulary, NegativeIdIsRefused) {
  EXPECT_THROW_WITH(Vocabulary({{"a", -1}}), ValueError,
                    "Vocabulary: every id must be >= 0; got id -1 of \"a\"");
}

TEST(Vocabulary, IdOfTwoTokensIsRefused) {
  EXPECT_THROW_WITH(Vocabulary({{"a", 1}, {"b", 1}}), ValueError,
                    "Vocabulary: an id must belong to one token; got id 1 of \"a\" and \"b\"");
}

TEST(Vocabulary, IdFarBeyondTheNumberOfTokensIsRefused) {
  EXPECT_THROW_WITH(Vocabulary({{"a", 2000000000}}), ValueError,
                    "Vocabulary: the largest id must fit the number of tokens; got largest id "
                    "2000000000, tokens 1");
}

}  // namespace
}  // namespace eigenhead
