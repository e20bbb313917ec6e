#include "eigenhead/io/json.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace eigenhead {
namespace {

nlohmann::json parse(const std::string& text) { return parse_json(text, "load", "a.json"); }

TEST(ParseJson, ValuesOfEveryTypeAreRead) {
  const auto value =
      parse(R"({"a": [1, -2, 2.5, true, null, "\u00e9"], "b": {"a": 18446744073709551615}})");
  EXPECT_EQ(value["a"][0], 1);
  EXPECT_EQ(value["a"][1], -2);
  EXPECT_EQ(value["a"][2], 2.5);
  EXPECT_EQ(value["a"][3], true);
  EXPECT_TRUE(value["a"][4].is_null());
  EXPECT_EQ(value["a"][5], "\xc3\xa9");
  EXPECT_EQ(value["b"]["a"], 18446744073709551615u);
}

TEST(ParseJson, SameKeyInDifferentObjectsIsAllowed) {
  EXPECT_EQ(parse(R"([{"a": 1}, {"a": {"a": 2}}, {"b": [{"a": 3}], "a": 4}])").size(), 3u);
}

TEST(ParseJson, SyntaxErrorNamesItsByte) {
  EXPECT_THROW_WITH(parse("{\"a\": 1,}"), FormatError,
                    "load: \"a.json\" must be valid JSON in UTF-8; got an error at byte 8");
  EXPECT_THROW_WITH(parse("[1] 2"), FormatError,
                    "load: \"a.json\" must be valid JSON in UTF-8; got an error at byte 4");
  EXPECT_THROW_WITH(parse(""), FormatError,
                    "load: \"a.json\" must be valid JSON in UTF-8; got an error at byte 0");
}

TEST(ParseJson, BadUtf8IsRefused) {
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
    EXPECT_THROW(parse("[\"" + std::string(bytes) + "\"]"), FormatError) << quote(bytes);
  EXPECT_THROW_WITH(parse("[\"\xff\"]"), FormatError,
                    "load: \"a.json\" must be valid JSON in UTF-8; got an error at byte 2");
}

TEST(ParseJson, ZeroByteIsRefusedAndDoesNotHideTheRest) {
  using namespace std::string_literals;
  EXPECT_THROW_WITH(parse("{}\0garbage"s), FormatError,
                    "load: \"a.json\" must be JSON without zero bytes; got one at byte 2");
  EXPECT_THROW(parse("[\"\0\"]"s), FormatError);
  EXPECT_THROW(parse("\0"s), FormatError);
}

TEST(ParseJson, NumbersThatAreNoJsonAreRefused) {
  for (const char* number : {"NaN", "Infinity", "01", "+1", "0x10", ".5", "1.", "1e"})
    EXPECT_THROW(parse(number), FormatError) << number;
  EXPECT_THROW_WITH(parse("[1e400]"), FormatError,
                    "load: \"a.json\" must hold numbers in the range of double; got a larger one");
}

TEST(ParseJson, RepeatedKeyIsRefusedByName) {
  EXPECT_THROW_WITH(parse(R"({"a": 1, "b": 2, "a": 1})"), FormatError,
                    "load: \"a.json\" must not hold a key twice in one object; got key \"a\"");
  EXPECT_THROW_WITH(parse(R"([{"x": {"a": {}, "\u0061": 1}}])"), FormatError,
                    "load: \"a.json\" must not hold a key twice in one object; got key \"a\"");
}

TEST(ParseJson, NestingUpToTheLimitIsReadAndBeyondItRefused) {
  EXPECT_NO_THROW(parse(std::string(64, '[') + std::string(64, ']')));
  EXPECT_THROW_WITH(parse(std::string(65, '[') + std::string(65, ']')), FormatError,
                    "load: \"a.json\" must not nest too deeply; got a depth over 64");
  EXPECT_THROW_WITH(parse_json("[{\"a\": []}]", "load", "a.json", 2), FormatError,
                    "load: \"a.json\" must not nest too deeply; got a depth over 2");
}

TEST(ParseJson, HundredThousandOpenBracketsAreRefused) {
  EXPECT_THROW(parse(std::string(100000, '[')), FormatError);
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  EXPECT_THROW(parse(objects), FormatError);
  // Even when the caller sets no limit, neither parsing nor destruction recurses.
  EXPECT_NO_THROW(
      parse_json(std::string(100000, '[') + std::string(100000, ']'), "load", "a.json", 200000));
}

TEST(ParseJson, TimeGrowsLinearlyWithTheLengthOfAList) {
  std::string text = "[";
  for (int i = 0; i < 300000; ++i) text += "{},";
  text.back() = ']';
  EXPECT_EQ(parse(text).size(), 300000u);  // minutes, if it were quadratic
}

TEST(ParseJson, SourceIsEscapedInMessages) {
  EXPECT_THROW_WITH(parse_json("", "load", "a\n\"b"), FormatError,
                    "load: \"a\\x0a\\\"b\" must be valid JSON in UTF-8; got an error at byte 0");
}

TEST(JsonValue, ValueOfTheRightTypeIsReturned) {
  const auto object =
      parse(R"({"b": true, "i": 7, "f": 1e-12, "s": "x", "big": 18446744073709551615, "n": -1})");
  EXPECT_EQ(json_value<bool>(object, "b", "load", "a.json"), true);
  EXPECT_EQ(json_value<int>(object, "i", "load", "a.json"), 7);
  EXPECT_EQ(json_value<double>(object, "i", "load", "a.json"), 7.0);
  EXPECT_EQ(json_value<double>(object, "f", "load", "a.json"), 1e-12);
  EXPECT_EQ(json_value<std::string>(object, "s", "load", "a.json"), "x");
  EXPECT_EQ(json_value<std::uint64_t>(object, "big", "load", "a.json"), 18446744073709551615u);
  EXPECT_EQ(json_value<std::int64_t>(object, "n", "load", "a.json"), -1);
}

TEST(JsonValue, IntegerThatDoesNotFitIsRefused) {
  const auto object =
      parse(R"({"big": 18446744073709551615, "n": -1, "int": 2147483648, "f": 1.0})");
  EXPECT_THROW_WITH(json_value<std::int64_t>(object, "big", "load", "a.json"), FormatError,
                    "load: \"a.json\" must have an integer in range under \"big\"; got value "
                    "\"18446744073709551615\"");
  EXPECT_THROW(json_value<std::uint64_t>(object, "n", "load", "a.json"), FormatError);
  EXPECT_THROW(json_value<std::uint32_t>(object, "n", "load", "a.json"), FormatError);
  EXPECT_THROW(json_value<std::int32_t>(object, "int", "load", "a.json"), FormatError);
  EXPECT_THROW(json_value<int>(object, "f", "load", "a.json"), FormatError);
}

TEST(JsonValue, WrongTypeAndAbsentKeyAreRefused) {
  const auto object = parse(R"({"a": "x", "b": [1]})");
  EXPECT_THROW_WITH(json_value<double>(object, "a", "load", "a.json"), FormatError,
                    "load: \"a.json\" must have a number under \"a\"; got value \"\\\"x\\\"\"");
  EXPECT_THROW_WITH(json_value<bool>(object, "b", "load", "a.json"), FormatError,
                    "load: \"a.json\" must have true or false under \"b\"; got value \"[1]\"");
  EXPECT_THROW_WITH(json_value<std::string>(object, "b", "load", "a.json"), FormatError,
                    "load: \"a.json\" must have a string under \"b\"; got value \"[1]\"");
  EXPECT_THROW_WITH(json_value<int>(object, "c", "load", "a.json"), FormatError,
                    "load: \"a.json\" must have the key \"c\"; got 2 other keys");
  EXPECT_THROW_WITH(json_value<int>(object["b"], "c", "load", "a.json"), FormatError,
                    "load: \"a.json\" must hold a JSON object; got type array");
}

TEST(JsonValueOr, FallbackStandsForAbsentAndNullOnly) {
  const auto object = parse(R"({"a": 3, "n": null, "s": "x"})");
  EXPECT_EQ(json_value_or(object, "a", 5, "load", "a.json"), 3);
  EXPECT_EQ(json_value_or(object, "n", 5, "load", "a.json"), 5);
  EXPECT_EQ(json_value_or(object, "z", 5, "load", "a.json"), 5);
  EXPECT_EQ(json_value_or<std::string>(object, "z", "y", "load", "a.json"), "y");
  EXPECT_THROW(json_value_or(object, "s", 5, "load", "a.json"), FormatError);
  EXPECT_THROW(json_value_or(parse("[]"), "s", 5, "load", "a.json"), FormatError);
}

}  // namespace
}  // namespace eigenhead
