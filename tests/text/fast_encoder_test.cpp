#include "eigenhead/text/fast/fast_encoder.hpp"

#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/unicode.hpp"
#include "text/random_text.hpp"
#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

/// The fast way gives what the reference gives, in every column.
void expect_as_reference(const BertTokenizer& tokenizer, const std::string& text,
                         EncodeOptions options = {}) {
  const Encoding fast = tokenizer.encode(text, options);
  const std::vector<std::int32_t> ids = tokenizer.encode_ids(text, options);
  options.uses_reference = true;
  const Encoding expected = tokenizer.encode(text, options);
  ASSERT_EQ(fast.token_ids, expected.token_ids) << quote(text);
  ASSERT_EQ(ids, expected.token_ids) << quote(text);
  ASSERT_EQ(fast.tokens, expected.tokens) << quote(text);
  ASSERT_EQ(fast.offsets, expected.offsets) << quote(text);
  ASSERT_EQ(fast.word_ids, expected.word_ids) << quote(text);
}

/// One of the 24 settings of the normalizer.
BertNormalizer normalizer_number(int number) {
  BertNormalizer normalizer;
  normalizer.clean_text = number % 2 == 0;
  normalizer.handle_chinese_chars = number / 2 % 2 == 0;
  normalizer.lowercase = number / 4 % 2 == 0;
  if (number / 8 > 0) normalizer.strip_accents = number / 8 == 1;
  return normalizer;
}

BertTokenizer uncased_with(const BertNormalizer& normalizer) {
  BertTokenizerOptions options;
  options.normalizer = normalizer;
  return BertTokenizer(uncased_vocabulary(), options);
}

/// Texts that together hold the code points [first, last] in and between words.
void expect_code_points(const BertTokenizer& tokenizer, char32_t first, char32_t last) {
  for (char32_t c = first; c <= last; c += 64) {
    std::string text;
    for (char32_t i = c; i < c + 64 && i <= last; ++i) {
      text += 'a';
      append_utf8(i, text);
      text += "b ";
      append_utf8(i, text);
      text += ' ';
    }
    ASSERT_NO_FATAL_FAILURE(expect_as_reference(tokenizer, text));
  }
}

TEST(FastEncoder, EveryCodePointIsEncodedAsByTheReference) {
  expect_code_points(uncased_tokenizer(), 1, 0x10FFFF);
}

/// Hold all code points with an entry in a table of the normalizer or the split into words; of wide
/// ranges (Chinese, private use) the ends.
const std::vector<detail::CodePointRange> kWithEntries = {
    {0, 0x34FF},         {0x4DB0, 0x4E0F},   {0x9FF0, 0xA00F},   {0xA4C0, 0xAC7F},
    {0xD780, 0xFFFF},    {0x10000, 0x11FFF}, {0x12400, 0x124FF}, {0x16A00, 0x16FFF},
    {0x1BC00, 0x1BCFF},  {0x1D100, 0x1D2FF}, {0x1DA00, 0x1DAFF}, {0x1E000, 0x1E9FF},
    {0x1FFF0, 0x2000F},  {0x2A6D0, 0x2A70F}, {0x2B700, 0x2BAFF}, {0x2CEA0, 0x2CEBF},
    {0x2F7F0, 0x2FA3F},  {0xE0000, 0xE01FF}, {0xEFFF0, 0xF000F}, {0xFFFE0, 0x10001F},
    {0x10FFE0, 0x10FFFF}};

bool has_code_point(char32_t code_point) {
  return std::any_of(kWithEntries.begin(), kWithEntries.end(), [&](const auto& range) {
    return range.first <= code_point && code_point <= range.last;
  });
}

template <class Range, std::size_t Size>
void expect_to_have_ends(const Range (&table)[Size]) {
  for (const Range& range : table)
    EXPECT_TRUE(has_code_point(range.first) && has_code_point(range.last))
        << static_cast<std::uint32_t>(range.first);
}

template <class Entry, std::size_t Size>
void expect_to_have_entries(const Entry (&table)[Size]) {
  for (const Entry& entry : table)
    EXPECT_TRUE(has_code_point(entry.code_point)) << static_cast<std::uint32_t>(entry.code_point);
}

TEST(FastEncoder, CodePointsThatAreTriedInEverySettingAreThoseOfTheTables) {
  expect_to_have_ends(detail::kDroppedByCleaning);
  expect_to_have_ends(detail::kSpacesOfCleaning);
  expect_to_have_ends(detail::kChinese);
  expect_to_have_ends(detail::kWhiteSpace);
  expect_to_have_ends(detail::kPunctuation);
  expect_to_have_ends(detail::kNonspacingMarks);
  expect_to_have_ends(detail::kCombiningClasses);
  expect_to_have_entries(detail::kLowerCase);
  expect_to_have_entries(detail::kDecompositions);
}

TEST(FastEncoder, CodePointsWithTablesAreEncodedAsByTheReferenceInEverySetting) {
  for (int number = 1; number < 24; ++number) {
    SCOPED_TRACE(number);
    const BertTokenizer tokenizer = uncased_with(normalizer_number(number));
    for (const detail::CodePointRange& range : kWithEntries)
      expect_code_points(tokenizer, range.first, range.last);
  }
}

TEST(FastEncoder, RandomTextsAreEncodedAsByTheReferenceInEverySetting) {
  RandomText text(1);
  for (int number = 0; number < 24; ++number) {
    SCOPED_TRACE(number);
    const BertTokenizer tokenizer = uncased_with(normalizer_number(number));
    for (int round = 0; round < 400; ++round)
      ASSERT_NO_FATAL_FAILURE(expect_as_reference(tokenizer, text()));
  }
}

/// A few pieces of letters, white space and characters that vanish, in any order.
std::string random_pieces(std::mt19937& random, std::size_t max_pieces) {
  static const std::vector<std::string> kPieces = {
      "a",      "b",      "c",    "A",    "B",      "h",      " ",      " ",      " ",
      "\n",     "\t",     ".",    "_",    "\u00A0", "\u2028", "\u200B", "\u0301", "\u00E1",
      "\u4E2D", "\uAC00", "\x01", "\x80", "\u302E", "\uFFFD", "\u0130", "hello",  "[MASK]"};
  std::string text;
  for (std::size_t i = 1 + random() % max_pieces; i > 0; --i)
    text += kPieces[random() % kPieces.size()];
  return text;
}

/// Added tokens of normalized text, and some of raw text, with any flags.
std::vector<AddedToken> random_added_tokens(std::mt19937& random) {
  std::vector<AddedToken> tokens = special_tokens_in(toy_vocabulary(), SpecialTokens());
  for (std::int32_t id = 100; id < 103; ++id) {
    AddedToken token;
    token.content = random_pieces(random, 3);
    token.id = id;
    token.is_special = random() % 4 == 0;
    token.is_normalized = random() % 8 != 0;
    token.is_single_word = random() % 3 == 0;
    token.strips_left = random() % 3 == 0;
    token.strips_right = random() % 3 == 0;
    tokens.push_back(token);
  }
  return tokens;
}

TEST(FastEncoder, AddedTokensInNormalizedTextAreFoundAsByTheReference) {
  std::mt19937 random(2);
  int num_fast = 0, num_found = 0;
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    BertTokenizerOptions options;
    options.added_tokens = random_added_tokens(random);
    options.normalizer = normalizer_number(round % 3 == 0 ? round % 24 : 0);
    const BertTokenizer tokenizer(toy_vocabulary(), options);
    num_fast += tokenizer.num_table_bytes() > 0 ? 1 : 0;
    for (int i = 0; i < 60; ++i) {
      std::string text = random_pieces(random, 12);
      for (const AddedToken& token : *options.added_tokens)
        if (random() % 3 == 0) text.insert(random() % (text.size() + 1), token.content);
      EncodeOptions encode_options;
      encode_options.split_special_tokens = i % 8 == 0;
      ASSERT_NO_FATAL_FAILURE(expect_as_reference(tokenizer, text, encode_options));
      for (const std::int32_t id : tokenizer.encode_ids(text)) num_found += id >= 100 ? 1 : 0;
    }
  }
  EXPECT_GT(num_fast, 100);
  EXPECT_GT(num_found, 5000);
}

TEST(FastEncoder, LongWordsAreSearchedForAddedTokensToTheirEnd) {
  BertTokenizerOptions options;
  options.added_tokens = special_tokens_in(toy_vocabulary(), SpecialTokens());
  options.added_tokens->emplace_back();
  options.added_tokens->back().content = "hij" + std::string(100, 'c');
  options.added_tokens->back().id = 100;
  options.added_tokens->back().is_normalized = true;
  const BertTokenizer tokenizer(toy_vocabulary(), options);
  ASSERT_GT(tokenizer.num_table_bytes(), 0u);
  for (std::size_t before = 900; before < 1050; ++before) {
    const std::string text = std::string(before, 'h') + "IJ" + std::string(101, 'C');
    EXPECT_EQ(tokenizer.encode_ids(text), (std::vector<std::int32_t>{2, 1, 100, 7, 3})) << before;
  }
}

}  // namespace
}  // namespace eigenhead
