#include "eigenhead/text/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

std::u32string code_points_of(const std::string& text) {
  std::u32string result;
  for (const SourceCharacter& character : decode_utf8(text)) result += character.code_point;
  return result;
}

TEST(DecodeUtf8, KnownCharactersHaveTheirPublishedBytes) {
  EXPECT_EQ(encode_utf8(decode_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82")),
            "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82");
  EXPECT_EQ(code_points_of("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82"), U"a\u00e9\u20ac\U0001F642");
}

TEST(DecodeUtf8, CharactersKnowTheirBytes) {
  const std::vector<SourceCharacter> characters = decode_utf8("a\xE2\x82\xAC\xFFz");
  ASSERT_EQ(characters.size(), 4u);
  EXPECT_EQ(characters[1].begin, 1);
  EXPECT_EQ(characters[1].end, 4);
  EXPECT_EQ(characters[2].code_point, kReplacementCharacter);
  EXPECT_EQ(characters[2].end, 5);
  EXPECT_EQ(characters[3].end, 6);
}

TEST(CharacterView, SliceLooksIntoTheSameText) {
  const std::vector<SourceCharacter> text = decode_utf8("hello");
  const CharacterView view = CharacterView(text).slice(1, 4);
  EXPECT_EQ(encode_utf8(view), "ell");
  EXPECT_EQ(view.begin(), text.data() + 1);
  EXPECT_TRUE(view.slice(2, 2).is_empty());
}

}  // namespace
}  // namespace eigenhead
