#include "eigenhead/core/error.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace eigenhead {
namespace {

static_assert(std::is_base_of_v<std::runtime_error, Error>);
static_assert(std::is_base_of_v<Error, ValueError>);
static_assert(std::is_base_of_v<ValueError, ShapeError>);
static_assert(std::is_base_of_v<Error, FormatError> && !std::is_base_of_v<ValueError, FormatError>);
static_assert(std::is_base_of_v<Error, FileError> && !std::is_base_of_v<ValueError, FileError>);

TEST(Check, PassesInSilence) { EXPECT_NO_THROW(check<ValueError>(true, "f: x must be 1", "x", 2)); }

TEST(Check, RuleAloneIsTheWholeMessage) {
  EXPECT_THROW_WITH(check<ValueError>(false, "f: x must be 1"), ValueError, "f: x must be 1");
}

TEST(Check, NamedValuesFollowTheRule) {
  EXPECT_THROW_WITH(check<ShapeError>(false, "f: x must be y", "x", 2, "y", 1.5), ShapeError,
                    "f: x must be y; got x 2, y 1.5");
}

TEST(Check, LastTextWithoutValueIsAHint) {
  EXPECT_THROW_WITH(check<ValueError>(false, "f: x must be 1", "x", 2, "was it cut?"), ValueError,
                    "f: x must be 1; got x 2; was it cut?");
}

TEST(Check, BooleansAreWords) {
  EXPECT_THROW_WITH(check<ValueError>(false, "f: x must not be y", "x", true, "y", false),
                    ValueError, "f: x must not be y; got x true, y false");
}

TEST(Fail, WritesThePiecesOneAfterTheOther) {
  EXPECT_THROW_WITH(fail<FormatError>("f: got ", 3, " and ", true), FormatError,
                    "f: got 3 and true");
}

TEST(Quote, EscapesQuotesBackslashesAndControlCharacters) {
  EXPECT_EQ(quote("a\"b\\c\n\x7f"), "\"a\\\"b\\\\c\\x0a\\x7f\"");
}

TEST(Quote, ZeroByteDoesNotEndTheText) {
  EXPECT_EQ(quote(std::string_view("a\0b", 3)), "\"a\\x00b\"");
}

TEST(Quote, Utf8IsKept) { EXPECT_EQ(quote("\xc3\xa9"), "\"\xc3\xa9\""); }

TEST(Quote, LongTextIsCutAfter200Bytes) {
  EXPECT_EQ(quote(std::string(200, 'a')), '"' + std::string(200, 'a') + '"');
  EXPECT_EQ(quote(std::string(201, 'a')), '"' + std::string(200, 'a') + "...\"");
}

TEST(Quote, CutsBetweenTwoCharacters) {
  const std::string text = std::string(199, 'a') + "\u00e9" + "b";  // two bytes at 199 and 200
  EXPECT_EQ(quote(text), '"' + std::string(199, 'a') + "...\"");
}

}  // namespace
}  // namespace eigenhead
