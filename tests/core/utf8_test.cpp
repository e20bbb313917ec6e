#include "eigenhead/core/utf8.hpp"

#include <gtest/gtest.h>

#include <ios>
#include <string>
#include <string_view>

namespace eigenhead {
namespace {

std::u32string code_points_of(std::string_view text) {
  std::u32string result;
  while (!text.empty()) result += detail::take_code_point(text);
  return result;
}

std::string utf8_of(const std::u32string& code_points) {
  std::string text;
  for (const char32_t code_point : code_points) append_utf8(code_point, text);
  return text;
}

std::string round_trip(std::string_view text) { return utf8_of(code_points_of(text)); }

TEST(Utf8, EveryCodePointSurvivesEncodingAndDecoding) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point == 0xD800) code_point = 0xE000;
    const std::string text = utf8_of({code_point});
    std::string_view rest = text;
    ASSERT_EQ(detail::take_code_point(rest), code_point)
        << std::hex << static_cast<unsigned>(code_point);
    ASSERT_TRUE(rest.empty()) << std::hex << static_cast<unsigned>(code_point);
  }
}

TEST(Utf8, KnownCharactersHaveTheirPublishedBytes) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82";
  EXPECT_EQ(code_points_of(text), U"a\u00e9\u20ac\U0001F642");
  EXPECT_EQ(utf8_of(U"a\u00e9\u20ac\U0001F642"), text);
}

TEST(Utf8, FirstAndLastCharacterOfEveryLengthSurvive) {
  const std::string text = "a\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff";
  EXPECT_EQ(code_points_of(text), (std::u32string{'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000,
                                                  0xffff, 0x10000, 0x10ffff}));
  EXPECT_EQ(round_trip(text), text);
}

TEST(Utf8, OnlyTheBytesOfTheFirstCharacterAreTaken) {
  std::string_view text = "\xE2\x82\xAC\xE2\x82z";
  EXPECT_EQ(detail::take_code_point(text), char32_t{0x20AC});
  EXPECT_EQ(text, "\xE2\x82z");
  EXPECT_EQ(detail::take_code_point(text), kReplacementCharacter);
  EXPECT_EQ(text, "z");
}

// Tables 3-8 to 3-11 of the Unicode standard.
TEST(Utf8, EachMaximalSubpartOfIllFormedTextBecomesOneReplacement) {
  const char32_t r = kReplacementCharacter;
  EXPECT_EQ(code_points_of("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), std::u32string(8, r) + U"A");
  EXPECT_EQ(code_points_of("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), std::u32string(8, r) + U"A");
  EXPECT_EQ(code_points_of("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            std::u32string(5, r) + U"A" + std::u32string(2, r) + U"B");
  EXPECT_EQ(code_points_of("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), std::u32string(4, r) + U"A");
  EXPECT_EQ(round_trip("\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64"),
            "a\ufffd\ufffd\ufffdb\ufffdc\ufffd\ufffdd");
  EXPECT_EQ(round_trip("\xc0\xaf"), "\ufffd\ufffd");                      // overlong
  EXPECT_EQ(round_trip("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");            // surrogate
  EXPECT_EQ(round_trip("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");  // above U+10FFFF
}

TEST(Utf8, TextThatEndsInsideACharacterEndsInOneReplacement) {
  for (const std::string text : {"\xC3", "\xE2\x82", "\xF0\x9F", "\xF0\x9F\x99"})
    EXPECT_EQ(code_points_of(text), std::u32string(1, kReplacementCharacter));
  EXPECT_EQ(round_trip("x\xe4\xbd"), "x\ufffd");
}

TEST(Utf8, CodePointsThatUtf8CannotHoldAreWrittenAsReplacement) {
  for (const char32_t code_point : {char32_t{0xD800}, char32_t{0xDFFF}, char32_t{0x110000}})
    EXPECT_EQ(utf8_of({code_point}), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace eigenhead
