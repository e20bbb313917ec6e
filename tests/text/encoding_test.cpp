#include "eigenhead/text/encoding.hpp"

#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace eigenhead {
namespace {

const BertTokenizer& toy() {
  static const BertTokenizer tokenizer(toy_vocabulary());
  return tokenizer;
}

TEST(Encoding, CharactersWordsAndTokensAreFoundFromEachOther) {
  const Encoding encoding = toy().encode_pair("a playing", "b, hello");
  // [CLS] a play ##ing [SEP] b , hello [SEP]
  EXPECT_EQ(encoding.char_to_token(0), 1);
  EXPECT_EQ(encoding.char_to_token(1), std::nullopt);
  EXPECT_EQ(encoding.char_to_token(6), 3);
  EXPECT_EQ(encoding.char_to_token(3, 1), 7);
  EXPECT_EQ(encoding.char_to_token(0, 2), std::nullopt);
  EXPECT_EQ(encoding.char_to_word(8), 1);
  EXPECT_EQ(encoding.char_to_word(99), std::nullopt);
  EXPECT_EQ(encoding.token_to_chars(3), (TextRange{6, 9}));
  EXPECT_EQ(encoding.token_to_chars(0), std::nullopt);
  EXPECT_EQ(encoding.token_to_chars(-1), std::nullopt);
  EXPECT_EQ(encoding.token_to_chars(9), std::nullopt);
  EXPECT_EQ(encoding.word_to_tokens(1), (TextRange{2, 4}));
  EXPECT_EQ(encoding.word_to_tokens(2, 1), (TextRange{7, 8}));
  EXPECT_EQ(encoding.word_to_tokens(2), std::nullopt);
  EXPECT_EQ(encoding.word_to_chars(1), (TextRange{2, 9}));
  EXPECT_EQ(encoding.word_to_chars(7, 1), std::nullopt);
}

TEST(Encoding, ColumnsThatWereLeftOutAnswerNothing) {
  EncodeOptions options;
  options.columns = {false, false, false};
  const Encoding encoding = toy().encode("a b", options);
  EXPECT_EQ(encoding.char_to_token(0), std::nullopt);
  EXPECT_EQ(encoding.word_to_tokens(0), std::nullopt);
  EXPECT_EQ(encoding.token_to_chars(1), std::nullopt);
}

}  // namespace
}  // namespace eigenhead
