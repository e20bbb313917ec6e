#include "eigenhead/plot/json_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace eigenhead::detail {
namespace {

TEST(JsonString, MarkupQuotesAndControlsAreEscaped) {
  EXPECT_EQ(json_string("a\"\\</script>&\n\x7f"),
            "\"a\\u0022\\u005c\\u003c/script\\u003e\\u0026\\u000a\\u007f\"");
  EXPECT_EQ(json_string("\u2028\u2029"), "\"\\u2028\\u2029\"");
}

TEST(JsonString, OtherTextStaysAndIllFormedBytesBecomeReplacements) {
  EXPECT_EQ(json_string("\u5317\U0001F600"), "\"\u5317\U0001F600\"");
  EXPECT_EQ(json_string("\xff"), "\"\ufffd\"");
}

TEST(JsonNumber, IsTheShortestOrNull) {
  EXPECT_EQ(json_number(0.1f), "0.1");
  EXPECT_EQ(json_number(-2.0), "-2");
  EXPECT_EQ(json_number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(json_number(std::numeric_limits<float>::infinity()), "null");
}

TEST(JsonArray, JoinsItsPieces) {
  EXPECT_EQ(json_array({}), "[]");
  EXPECT_EQ(json_array({"1", "\"a\""}), "[1,\"a\"]");
}

}  // namespace
}  // namespace eigenhead::detail
