#include "eigenhead/text/fast/character_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

using Kind = detail::CharacterAction::Kind;

std::string bytes_of(const detail::CharacterAction& action) {
  return std::string(action.bytes, action.num_bytes());
}

TEST(CharacterTable, UncasedModelsFoldDropAndSplit) {
  const detail::CharacterTable table{BertNormalizer()};
  EXPECT_EQ(table[U'a'].kind, Kind::word);
  EXPECT_EQ(table[U'a'].num_bytes(), 0u);  // stays as it is
  EXPECT_EQ(bytes_of(table[U'A']), "a");
  EXPECT_EQ(bytes_of(table[0xC9]), "e");  // capital e with acute
  EXPECT_EQ(table[0x301].kind, Kind::drop);
  EXPECT_EQ(table[0].kind, Kind::drop);
  EXPECT_EQ(table[0xFFFD].kind, Kind::drop);
  EXPECT_EQ(table[0x10FFFD].kind, Kind::drop);
  EXPECT_EQ(table[0xA0].kind, Kind::space);
  EXPECT_EQ(table[U'$'].kind, Kind::alone);
  EXPECT_EQ(table[0x4E2D].kind, Kind::alone);
  EXPECT_EQ(table[0x2B820].kind, Kind::word);  // not in the reference's ranges of Chinese
  EXPECT_EQ(table[0xD55C].kind, Kind::hangul);
  EXPECT_EQ(table[0x302E].kind, Kind::by_reference);
  EXPECT_EQ(table[0x10FFFF].kind, Kind::word);
}

TEST(CharacterTable, DecompositionCanEndInPunctuationOrSeveralCharacters) {
  const detail::CharacterTable table{BertNormalizer()};
  EXPECT_EQ(table[0x37E].kind, Kind::alone);  // Greek question mark
  EXPECT_EQ(bytes_of(table[0x37E]), ";");
  EXPECT_EQ(bytes_of(table[0x2260]), "=");
  EXPECT_EQ(bytes_of(table[0x9CB]), "\u09C7\u09BE");
  EXPECT_EQ(table[0x9CB].num_characters(), 2u);
}

TEST(CharacterTable, SwitchesOfTheNormalizerCount) {
  BertNormalizer normalizer;
  normalizer.clean_text = false;
  normalizer.handle_chinese_chars = false;
  normalizer.lowercase = false;
  const detail::CharacterTable table(normalizer);
  EXPECT_EQ(table[U'A'].num_bytes(), 0u);
  EXPECT_EQ(table[0xC9].num_bytes(), 0u);
  EXPECT_EQ(table[0x4E2D].kind, Kind::word);
  EXPECT_EQ(table[0].kind, Kind::word);
  EXPECT_EQ(table[0x85].kind, Kind::space);
  EXPECT_EQ(table[0xD55C].kind, Kind::word);
  EXPECT_EQ(bytes_of(table[0xFFFD]), "\uFFFD");  // what ill-formed bytes become
  normalizer.lowercase = true;
  normalizer.strip_accents = false;
  EXPECT_EQ(bytes_of(detail::CharacterTable(normalizer)[0x130]), "i\u0307");
}

TEST(CharacterTable, TakesFewPages) {
  EXPECT_LT(detail::CharacterTable{BertNormalizer()}.num_bytes(), 300000u);
}

}  // namespace
}  // namespace eigenhead
