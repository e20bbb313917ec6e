#include "eigenhead/plot/label_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {
namespace {

std::vector<char32_t> decode(std::string_view text) {
  std::vector<char32_t> result;
  while (!text.empty()) result.push_back(take_code_point(text));
  return result;
}

std::string round_trip(std::string_view text) {
  std::string result;
  for (const char32_t code_point : decode(text)) append_code_point(result, code_point);
  return result;
}

TEST(LabelText, WellFormedTextOfEveryLengthSurvives) {
  const std::string text = "a\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff";
  EXPECT_EQ(decode(text), (std::vector<char32_t>{'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000,
                                                 0xffff, 0x10000, 0x10ffff}));
  EXPECT_EQ(round_trip(text), text);
}

// Table 3-8 of the Unicode standard: one replacement for each maximal part.
TEST(LabelText, IllFormedPartsBecomeOneReplacementEach) {
  EXPECT_EQ(round_trip("\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64"),
            "a\ufffd\ufffd\ufffdb\ufffdc\ufffd\ufffdd");
  EXPECT_EQ(round_trip("\xc0\xaf"), "\ufffd\ufffd");                      // overlong
  EXPECT_EQ(round_trip("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");            // surrogate
  EXPECT_EQ(round_trip("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");  // above U+10FFFF
  EXPECT_EQ(round_trip("x\xe4\xbd"), "x\ufffd");                          // cut at the end
}

TEST(LabelText, WideCharactersCountTwoColumnsAndMarksNone) {
  EXPECT_EQ(measure_text("cat", terminal_columns), 3);
  EXPECT_EQ(measure_text("\u5317\u4eac", terminal_columns), 4);
  EXPECT_EQ(measure_text("\U0001f600", terminal_columns), 2);
  EXPECT_EQ(measure_text("e\u0301", terminal_columns), 1);
  EXPECT_EQ(measure_text("\uc548\ub155", terminal_columns), 4);
  EXPECT_EQ(measure_text("\u05e9\u05b8", terminal_columns), 1);
}

TEST(LabelText, WidthFollowsTheScript) {
  EXPECT_DOUBLE_EQ(text_width("ae", 10), 12);
  EXPECT_DOUBLE_EQ(text_width("\u5317", 12), 12);
  EXPECT_DOUBLE_EQ(text_width("\U0001f600", 12), 12);
  EXPECT_DOUBLE_EQ(text_width("a\u0301", 10), 6);
}

TEST(LabelText, TextThatFitsIsNotShortened) {
  EXPECT_EQ(shorten("abcde", 5, terminal_columns), "abcde");
  EXPECT_EQ(shorten("", 1, terminal_columns), "");
}

TEST(LabelText, LongTextEndsWithAnEllipsisInsideTheLimit) {
  EXPECT_EQ(shorten("abcdef", 5, terminal_columns), "abcd\u2026");
  EXPECT_EQ(shorten("\u5317\u4eac\u5317", 5, terminal_columns), "\u5317\u4eac\u2026");
  EXPECT_EQ(shorten("\u5317\u4eac\u5317", 4, terminal_columns), "\u5317\u2026");
}

TEST(LabelText, BlankLabelBecomesVisible) {
  EXPECT_EQ(visible_label(" "), "\u2423");
  EXPECT_EQ(visible_label("\n\t"), "\u2423\u2423");
  EXPECT_EQ(visible_label(" the"), " the");
  EXPECT_EQ(visible_label(""), "");
}

TEST(LabelText, ControlsVanishAndLineBreaksBecomeBlanks) {
  EXPECT_EQ(visible_label(std::string("a\0b\x1b[31m\nc", 10)), "ab[31m c");
  EXPECT_EQ(visible_label("a\u009bb"), "ab");
}

TEST(LabelText, RightToLeftLabelIsIsolatedInsideASentence) {
  EXPECT_EQ(quoted_label("\u05e9\u05dc"), "\u2068\u05e9\u05dc\u2069");
  EXPECT_EQ(quoted_label("a\u202eb"), "\u2068a\u202eb\u2069");
  EXPECT_EQ(quoted_label("cat"), "cat");
}

TEST(LabelText, HugeLabelIsShortInsideASentence) {
  EXPECT_LT(quoted_label(std::string(10000, 'x')).size(), 130u);
}

}  // namespace
}  // namespace eigenhead::detail
