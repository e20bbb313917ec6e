#include "eigenhead/text/fast/fast_encoder.hpp"

#include "eigenhead/text/bert_tokenizer.hpp"
#include "text/random_text.hpp"
#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

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

TEST(FastEncoder, CodePointsWithTablesAreEncodedAsByTheReferenceInEverySetting) {
  for (int number = 1; number < 24; ++number) {
    SCOPED_TRACE(number);
    const BertTokenizer tokenizer = uncased_with(normalizer_number(number));
    for (const auto& [first, last] : std::vector<std::pair<char32_t, char32_t>>{{1, 0x34FF},
                                                                                {0xA600, 0xAC7F},
                                                                                {0xD780, 0xFFFF},
                                                                                {0x11000, 0x114FF},
                                                                                {0x1D100, 0x1D1FF},
                                                                                {0x1E000, 0x1E9FF},
                                                                                {0x2B700, 0x2BAFF},
                                                                                {0x2F800, 0x2FA3F}})
      expect_code_points(tokenizer, first, last);
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

}  // namespace
}  // namespace eigenhead
