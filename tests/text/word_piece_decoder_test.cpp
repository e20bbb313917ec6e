#include "eigenhead/text/word_piece_decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

TEST(WordPieceDecoder, ContinuationsJoinAndOtherTokensGetASpace) {
  EXPECT_EQ(decode_word_pieces({"un", "##aff", "##able", "word"}), "unaffable word");
}

TEST(WordPieceDecoder, FirstTokenKeepsItsPrefix) {
  EXPECT_EQ(decode_word_pieces({"##ing", "##ing"}), "##inging");
}

TEST(WordPieceDecoder, PunctuationLosesItsSpaceTokenByToken) {
  EXPECT_EQ(decode_word_pieces({"hi", ",", "you", "?", "no", "!", "."}), "hi, you? no!.");
}

TEST(WordPieceDecoder, ContractionsNeedTheCleanUpOfTheJoinedText) {
  const std::vector<std::string> tokens = {"you", "should", "'", "ve", "said", "so"};
  EXPECT_EQ(decode_word_pieces(tokens), "you should ' ve said so");
  DecodeOptions options;
  options.clean_up_text = true;
  EXPECT_EQ(decode_word_pieces(tokens, "##", options), "you should've said so");
}

TEST(WordPieceDecoder, JoinedCleanUpHandlesEveryContraction) {
  DecodeOptions options;
  options.clean_up_text = true;
  EXPECT_EQ(decode_word_pieces({"i", "'m", "he", "'s", "we", "'re", "i", "'ve", "is", "n't"}, "##",
                               options),
            "i'm he's we're i've isn't");
}

TEST(WordPieceDecoder, OnlyTheCleanUpOfTokensShortensDoNot) {
  DecodeOptions options;
  EXPECT_EQ(decode_word_pieces({"i", "do not"}, "##", options), "i don't");
  options.clean_up_tokens = false;
  options.clean_up_text = true;
  EXPECT_EQ(decode_word_pieces({"i", "do", "not"}, "##", options), "i do not");
}

TEST(WordPieceDecoder, WithoutCleanUpEverySpaceStays) {
  DecodeOptions options;
  options.clean_up_tokens = false;
  EXPECT_EQ(decode_word_pieces({"hi", ",", "you", "."}, "##", options), "hi , you .");
}

TEST(WordPieceDecoder, PrefixCanBeAnother) {
  EXPECT_EQ(decode_word_pieces({"a", "@b", "##c"}, "@"), "ab ##c");
}

}  // namespace
}  // namespace eigenhead
