#include "eigenhead/text/padding.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using Ids = std::vector<std::int32_t>;

Encoding two_tokens() {
  Encoding encoding = detail::make_template_token(9, "x", 1);
  detail::append_tokens(encoding, detail::make_template_token(9, "x", 1));
  encoding.special_tokens_mask = {0, 0};
  encoding.sequence_ids = {1, 1};
  encoding.offsets = {{0, 1}, {1, 2}};
  return encoding;
}

TEST(Padding, PaddingFollowsTheTokensWithItsOwnMasks) {
  Encoding encoding = two_tokens();
  pad(encoding, 4, Side::right, 0, "[PAD]");
  EXPECT_EQ(encoding.token_ids, (Ids{9, 9, 0, 0}));
  EXPECT_EQ(encoding.token_type_ids, (Ids{1, 1, 0, 0}));
  EXPECT_EQ(encoding.attention_mask, (Ids{1, 1, 0, 0}));
  EXPECT_EQ(encoding.special_tokens_mask, (Ids{0, 0, 1, 1}));
  EXPECT_EQ(encoding.tokens, (std::vector<std::string>{"x", "x", "[PAD]", "[PAD]"}));
  EXPECT_EQ(encoding.offsets[3], (TextRange{0, 0}));
  EXPECT_EQ(encoding.sequence_ids[3], std::nullopt);
  EXPECT_EQ(encoding.word_ids.size(), 4u);
}

TEST(Padding, LeftPaddingComesFirst) {
  Encoding encoding = two_tokens();
  pad(encoding, 3, Side::left, 0, "[PAD]");
  EXPECT_EQ(encoding.token_ids, (Ids{0, 9, 9}));
  EXPECT_EQ(encoding.attention_mask, (Ids{0, 1, 1}));
  EXPECT_EQ(encoding.offsets[1], (TextRange{0, 1}));
  EXPECT_NE(encoding.offsets[1], (TextRange{0, 2}));
}

TEST(Padding, LongerEncodingStaysAsItIs) {
  Encoding encoding = two_tokens();
  pad(encoding, 1, Side::right, 0, "[PAD]");
  EXPECT_EQ(encoding.size(), 2);
}

TEST(Padding, OverflowIsPaddedToo) {
  Encoding encoding = two_tokens();
  encoding.overflowing.push_back(two_tokens());
  pad(encoding, 3, Side::right, 0, "[PAD]");
  EXPECT_EQ(encoding.overflowing[0].token_ids, (Ids{9, 9, 0}));
}

TEST(Padding, LengthIsRoundedUpToTheMultiple) {
  Padding padding;
  EXPECT_EQ(padded_length(padding, 7), 0);
  padding.strategy = PaddingStrategy::longest;
  EXPECT_EQ(padded_length(padding, 7), 7);
  padding.pad_to_multiple_of = 8;
  EXPECT_EQ(padded_length(padding, 7), 8);
  EXPECT_EQ(padded_length(padding, 8), 8);
  padding.strategy = PaddingStrategy::fixed;
  padding.length = 17;
  EXPECT_EQ(padded_length(padding, 7), 24);
}

TEST(Padding, NegativeLengthIsRefused) {
  Padding padding;
  padding.length = -1;
  EXPECT_THROW_WITH(padded_length(padding, 1), ValueError,
                    "padded_length: length must be >= 0; got length -1");
}

TEST(Padding, MultipleOfZeroIsRefused) {
  Padding padding;
  padding.pad_to_multiple_of = 0;
  EXPECT_THROW_WITH(padded_length(padding, 1), ValueError,
                    "padded_length: pad_to_multiple_of must be >= 1; got pad_to_multiple_of 0");
}

TEST(Padding, NumbersThatCouldOverflowAreRefused) {
  Padding padding;
  padding.strategy = PaddingStrategy::fixed;
  padding.length = 2147483647;
  EXPECT_EQ(padded_length(padding, 1), 2147483647);
  padding.length = Index{2147483647} + 1;
  EXPECT_THROW_WITH(padded_length(padding, 1), ValueError,
                    "padded_length: length must be <= 2147483647; got length 2147483648");
  padding.length = 1;
  padding.pad_to_multiple_of = std::numeric_limits<Index>::max();
  EXPECT_THROW_WITH(padded_length(padding, 1), ValueError,
                    "padded_length: pad_to_multiple_of must be <= 2147483647; got "
                    "pad_to_multiple_of 9223372036854775807");
  padding.pad_to_multiple_of = 2147483647;
  EXPECT_EQ(padded_length(padding, 1), 2147483647);
}

TEST(Padding, LongestMustBeANumberOfTokens) {
  EXPECT_THROW_WITH(padded_length(Padding(), -1), ValueError,
                    "padded_length: longest must be >= 0; got longest -1");
  EXPECT_THROW_WITH(
      padded_length(Padding(), std::numeric_limits<Index>::max()), ValueError,
      "padded_length: longest must be <= 2147483647; got longest 9223372036854775807");
}

}  // namespace
}  // namespace eigenhead
