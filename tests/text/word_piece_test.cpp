#include "eigenhead/text/word_piece.hpp"

#include "support/throws.hpp"
#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

using Tokens = std::vector<std::string>;

Tokens tokens_of(const std::string& word, const Vocabulary& vocabulary,
                 const WordPieceOptions& options = {}) {
  const std::vector<SourceCharacter> characters = decode_utf8(word);
  Tokens tokens;
  for (const WordPiece& piece : word_piece(characters, vocabulary, options))
    tokens.emplace_back(*vocabulary.id_to_token(piece.id));
  return tokens;
}

TEST(WordPiece, LongestTokenWinsFromTheLeft) {
  const Vocabulary vocabulary = Vocabulary::from_text("[UNK]\nun\nunp\n##play\n##lay\n##ed\n");
  EXPECT_EQ(tokens_of("unplayed", vocabulary), (Tokens{"unp", "##lay", "##ed"}));
}

TEST(WordPiece, PiecesCoverTheWordInCharacters) {
  const Vocabulary vocabulary = Vocabulary::from_text("[UNK]\n\xC3\xA9\n##t\xC3\xA9\n");
  const std::vector<SourceCharacter> word = decode_utf8("\xC3\xA9t\xC3\xA9");
  const std::vector<WordPiece> pieces = word_piece(word, vocabulary);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0].end, 1);
  EXPECT_EQ(pieces[1].begin, 1);
  EXPECT_EQ(pieces[1].end, 3);
}

TEST(WordPiece, WordWithAnyUnknownPartIsWhollyUnknown) {
  const std::vector<SourceCharacter> word = decode_utf8("playx");
  const std::vector<WordPiece> pieces = word_piece(word, toy_vocabulary());
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].id, 1);
  EXPECT_EQ(pieces[0].begin, 0);
  EXPECT_EQ(pieces[0].end, 5);
}

TEST(WordPiece, ContinuationIsNotFoundAtTheStart) {
  EXPECT_EQ(tokens_of("ing", toy_vocabulary()), (Tokens{"[UNK]"}));
}

TEST(WordPiece, HundredCharactersAreAllowedAndOneMoreIsUnknown) {
  const Vocabulary vocabulary = Vocabulary::from_text("[UNK]\n\xC3\xA9\n##\xC3\xA9\n");
  std::string word;
  for (int i = 0; i < 100; ++i) word += "\xC3\xA9";
  EXPECT_EQ(tokens_of(word, vocabulary).size(), 100u);
  EXPECT_EQ(tokens_of(word + "\xC3\xA9", vocabulary), (Tokens{"[UNK]"}));
}

TEST(WordPiece, OptionsChangePrefixLimitAndUnknownToken) {
  const Vocabulary vocabulary = Vocabulary::from_text("<unk>\na\n@b\n");
  WordPieceOptions options;
  options.unknown_token = "<unk>";
  options.continuing_subword_prefix = "@";
  options.max_input_chars_per_word = 2;
  EXPECT_EQ(tokens_of("ab", vocabulary, options), (Tokens{"a", "@b"}));
  EXPECT_EQ(tokens_of("abb", vocabulary, options), (Tokens{"<unk>"}));
}

TEST(WordPiece, VocabularyWithoutUnknownTokenIsRefusedOnlyWhenItIsNeeded) {
  const Vocabulary vocabulary = Vocabulary::from_text("a\n");
  EXPECT_EQ(tokens_of("a", vocabulary), (Tokens{"a"}));
  EXPECT_THROW_WITH(tokens_of("b", vocabulary), ValueError,
                    "word_piece: vocabulary must hold the unknown token \"[UNK]\" or spell every "
                    "word; got word \"b\"");
}

}  // namespace
}  // namespace eigenhead
