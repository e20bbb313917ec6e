#include "eigenhead/text/truncation.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

/// An encoding of one token a letter.
Encoding letters(const std::string& text) {
  Encoding encoding;
  for (const char letter : text) {
    Encoding one = detail::make_template_token(letter, std::string(1, letter), 0);
    detail::append_tokens(encoding, one);
  }
  return encoding;
}

std::string text_of(const Encoding& encoding) {
  std::string text;
  for (const std::string& token : encoding.tokens) text += token;
  for (const Encoding& rest : encoding.overflowing) text += "|" + text_of(rest);
  return text;
}

Truncation truncation_to(Index max_length, TruncationStrategy strategy, Index stride = 0) {
  Truncation truncation;
  truncation.strategy = strategy;
  truncation.max_length = max_length;
  truncation.stride = stride;
  return truncation;
}

std::string truncated(const std::string& text, const Truncation& truncation) {
  Encoding encoding = letters(text);
  truncate(encoding, nullptr, truncation, 2);
  return text_of(encoding);
}

std::string truncated_pair(const std::string& first, const std::string& second,
                           const Truncation& truncation, Index num_special_tokens = 0) {
  Encoding a = letters(first);
  Encoding b = letters(second);
  truncate(a, &b, truncation, num_special_tokens);
  return text_of(a) + "/" + text_of(b);
}

constexpr auto kLongestFirst = TruncationStrategy::longest_first;
constexpr auto kOnlyFirst = TruncationStrategy::only_first;
constexpr auto kOnlySecond = TruncationStrategy::only_second;

TEST(Truncation, ShortTextAndStrategyNoneChangeNothing) {
  EXPECT_EQ(truncated("abc", truncation_to(5, kLongestFirst)), "abc");
  EXPECT_EQ(truncated("abcd", truncation_to(1, TruncationStrategy::none)), "abcd");
}

TEST(Truncation, WindowsShareTheStride) {
  EXPECT_EQ(truncated("abcdefg", truncation_to(5, kLongestFirst, 1)), "abc|cde|efg");
  EXPECT_EQ(truncated("abcdefg", truncation_to(5, kLongestFirst)), "abc|def|g");
}

TEST(Truncation, LeftSideCountsWindowsFromTheEnd) {
  Truncation truncation = truncation_to(5, kLongestFirst, 1);
  truncation.side = Side::left;
  EXPECT_EQ(truncated("abcdefg", truncation), "efg|cde|abc");
  truncation.stride = 0;
  EXPECT_EQ(truncated("abcdefg", truncation), "efg|bcd|a");
}

TEST(Truncation, OddTokenGoesToTheLongerTextOrTheSecond) {
  const Truncation truncation = truncation_to(5, kLongestFirst, 0);
  EXPECT_EQ(truncated_pair("aaaaaaa", "bbbbbbb", truncation).substr(0, 2), "aa");
  EXPECT_EQ(truncated_pair("aaaaaaa", "bbbbbbb", truncation), "aa|aa|aa|a/bbb|bbb|b");
  EXPECT_EQ(truncated_pair("aaaaa", "bbbbbbb", truncation), "aa|aa|a/bbb|bbb|b");
  EXPECT_EQ(truncated_pair("aaaaaaa", "bbbbb", truncation), "aaa|aaa|a/bb|bb|b");
}

TEST(Truncation, ShorterTextStaysWholeWhenItFits) {
  EXPECT_EQ(truncated_pair("abcdef", "x", truncation_to(4, kLongestFirst)), "abc|def/x");
}

TEST(Truncation, OnlyOneTextIsCutIfWanted) {
  EXPECT_EQ(truncated_pair("abcdef", "xyz", truncation_to(5, kOnlyFirst)), "ab|cd|ef/xyz");
  EXPECT_EQ(truncated_pair("abc", "uvwxyz", truncation_to(5, kOnlySecond)), "abc/uv|wx|yz");
}

TEST(Truncation, RoomForSpecialTokensAloneLeavesNothingOfTheTexts) {
  EXPECT_EQ(truncated("abc", truncation_to(2, kLongestFirst)), "|abc");
  EXPECT_EQ(truncated_pair("abc", "xy", truncation_to(3, kOnlyFirst), 3), "|abc/|xy");
}

TEST(Truncation, OnlySecondNeedsASecondTextOnlyWhenTokensMustGo) {
  EXPECT_EQ(truncated("abc", truncation_to(5, kOnlySecond)), "abc");
  EXPECT_THROW_WITH(truncated("abcd", truncation_to(5, kOnlySecond)), ValueError,
                    "truncate: strategy only_second must come with a second text; got one "
                    "text");
}

TEST(Truncation, TextTooShortToRemoveEnoughIsRefused) {
  EXPECT_THROW_WITH(truncated_pair("abc", "uvwxyz", truncation_to(6, kOnlyFirst)), ValueError,
                    "truncate: the text to truncate must have more tokens than must go; got tokens "
                    "3, to remove 3; raise max_length or use longest_first");
}

TEST(Truncation, MaxLengthBelowTheSpecialTokensIsRefused) {
  EXPECT_THROW_WITH(
      truncated("abc", truncation_to(1, kLongestFirst)), ValueError,
      "truncate: max_length must leave room for the special tokens; got max_length 1, "
      "special tokens 2");
}

TEST(Truncation, StrideOfAWholeWindowIsRefused) {
  EXPECT_THROW_WITH(
      truncated("abcd", truncation_to(5, kLongestFirst, 3)), ValueError,
      "truncate: stride must be less than the tokens that a text keeps; got stride 3, "
      "tokens kept 3");
}

TEST(Truncation, NegativeStrideIsRefused) {
  EXPECT_THROW_WITH(truncated("abcd", truncation_to(5, kLongestFirst, -1)), ValueError,
                    "truncate: stride must be >= 0; got stride -1");
}

}  // namespace
}  // namespace eigenhead
