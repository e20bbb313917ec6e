#include "eigenhead/plot/label_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead::detail {
namespace {

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

TEST(LabelText, IllFormedBytesAreShownAsReplacements) {
  EXPECT_EQ(visible_label("a\xff"
                          "b\xe4\xbd"),
            "a\ufffdb\ufffd");
  EXPECT_EQ(shorten("\xff\xff\xff\xff", 3, terminal_columns), "\ufffd\ufffd\u2026");
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

TEST(InertLabel, DirectionMarksAndNonCharactersVanish) {
  EXPECT_EQ(inert_label("a\u202eb\u2066c\u200f\ufffe\uffff"), "abc");
  EXPECT_EQ(inert_label("\u05e9\u05dc"), "\u05e9\u05dc");
  EXPECT_EQ(inert_label("  "), "\u2423\u2423");
}

}  // namespace
}  // namespace eigenhead::detail
