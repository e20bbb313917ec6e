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

TEST(Utf8, EveryCodePointSurvivesEncodingAndDecoding) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point == 0xD800) code_point = 0xE000;
    std::string text;
    append_utf8(code_point, text);
    const std::vector<SourceCharacter> characters = decode_utf8(text);
    ASSERT_EQ(characters.size(), 1u) << std::hex << static_cast<unsigned>(code_point);
    ASSERT_EQ(characters[0].code_point, code_point);
    ASSERT_EQ(characters[0].end, static_cast<Index>(text.size()));
  }
}

TEST(Utf8, KnownCharactersHaveTheirPublishedBytes) {
  EXPECT_EQ(encode_utf8(decode_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82")),
            "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82");
  EXPECT_EQ(code_points_of("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82"), U"a\u00e9\u20ac\U0001F642");
}

TEST(Utf8, CharactersKnowTheirBytes) {
  const std::vector<SourceCharacter> characters = decode_utf8("a\xE2\x82\xAC\xFFz");
  ASSERT_EQ(characters.size(), 4u);
  EXPECT_EQ(characters[1].begin, 1);
  EXPECT_EQ(characters[1].end, 4);
  EXPECT_EQ(characters[2].code_point, kReplacementCharacter);
  EXPECT_EQ(characters[2].end, 5);
  EXPECT_EQ(characters[3].end, 6);
}

// Tables 3-8 to 3-11 of the Unicode standard.
TEST(Utf8, EachMaximalSubpartOfIllFormedTextBecomesOneReplacement) {
  const char32_t r = kReplacementCharacter;
  EXPECT_EQ(code_points_of("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), std::u32string(8, r) + U"A");
  EXPECT_EQ(code_points_of("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), std::u32string(8, r) + U"A");
  EXPECT_EQ(code_points_of("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            std::u32string(5, r) + U"A" + std::u32string(2, r) + U"B");
  EXPECT_EQ(code_points_of("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), std::u32string(4, r) + U"A");
}

TEST(Utf8, TextThatEndsInsideACharacterEndsInOneReplacement) {
  for (const std::string text : {"\xC3", "\xE2\x82", "\xF0\x9F", "\xF0\x9F\x99"})
    EXPECT_EQ(code_points_of(text), std::u32string(1, kReplacementCharacter));
}

TEST(Utf8, CodePointsThatUtf8CannotHoldAreWrittenAsReplacement) {
  for (const char32_t code_point : {char32_t{0xD800}, char32_t{0xDFFF}, char32_t{0x110000}}) {
    std::string text;
    append_utf8(code_point, text);
    EXPECT_EQ(text, "\xEF\xBF\xBD");
  }
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
