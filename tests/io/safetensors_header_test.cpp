#include "eigenhead/io/safetensors_header.hpp"

#include "eigenhead/io/safetensors.hpp"
#include "support/safetensors_bytes.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

using namespace std::string_literals;

SafetensorsFile load(const std::string& bytes) { return SafetensorsFile::from_memory(bytes, "f"); }

/// A file with one tensor "a" of the given inner JSON.
std::string one(const std::string& tensor, std::size_t data_bytes = 0) {
  return safetensors_bytes("{\"a\":" + tensor + "}", std::string(data_bytes, '\0'));
}

void expect_refused(const std::string& bytes, const std::string& message) {
  EXPECT_THROW_WITH(load(bytes), FormatError, "load_safetensors: " + message);
}

// The vectors of the reference implementation's own tests.

TEST(SafetensorsReferenceVector, RankZeroIsRead) {
  const auto file =
      load("8\0\0\0\0\0\0\0"s + R"({"test":{"dtype":"I32","shape":[],"data_offsets":[0,4]}})" +
           "\0\0\0\0"s);
  EXPECT_EQ(file.names(), std::vector<std::string>{"test"});
  EXPECT_EQ(file.info("test").dtype, DType::i32);
  EXPECT_TRUE(file.info("test").shape.empty());
  EXPECT_EQ(file.bytes("test").size(), 4u);
}

const std::string kMatrix =
    "<\0\0\0\0\0\0\0"s + R"({"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}})";

TEST(SafetensorsReferenceVector, MatrixIsRead) {
  EXPECT_EQ(load(kMatrix + std::string(16, '\0')).info("test").shape, (std::vector<Index>{2, 2}));
}

TEST(SafetensorsReferenceVector, TrailingBytesOfPolyglotFileAreRefused) {
  expect_refused(kMatrix + std::string(16, '\0') + "extra_bogus_data_for_polyglot_file",
                 "file must end with its last tensor; got 34 bytes more (file \"f\")");
}

TEST(SafetensorsReferenceVector, MissingDataAreRefused) {
  expect_refused(kMatrix + std::string(14, '\0'),
                 "tensor \"test\" must end inside the file; got end 16, file has 14 bytes of data "
                 "(file \"f\")");
}

TEST(SafetensorsReferenceVector, HeaderLengthOverTheLimitIsRefused) {
  expect_refused("<\0\0\0\0\xff\xff\xff"s + kMatrix.substr(8) + std::string(16, '\0'),
                 "header must have at most 100000000 bytes; got 18446742974197923900 (file \"f\")");
}

TEST(SafetensorsReferenceVector, FilesShorterThanTheHeaderLengthAreRefused) {
  for (std::size_t size = 0; size < 8; ++size)
    expect_refused(std::string(size, '\0'),
                   "file must start with the 8 bytes of the header length; got " +
                       std::to_string(size) + " bytes (file \"f\")");
}

TEST(SafetensorsReferenceVector, HeaderLengthAloneIsRefused) {
  expect_refused("<\0\0\0\0\0\0\0"s,
                 "header must end inside the file; got end 68, file has 8 bytes (file \"f\")");
}

TEST(SafetensorsReferenceVector, HeaderThatIsNotUtf8IsRefused) {
  expect_refused("\1\0\0\0\0\0\0\0\xff"s,
                 "\"header of f\" must be valid JSON in UTF-8; got an error at byte 0");
}

TEST(SafetensorsReferenceVector, OpenBraceAloneIsRefused) {
  expect_refused("\1\0\0\0\0\0\0\0{"s,
                 "\"header of f\" must be valid JSON in UTF-8; got an error at byte 1");
}

TEST(SafetensorsReferenceVector, WhiteSpaceAroundTheHeaderIsAllowed) {
  EXPECT_TRUE(load("\6\0\0\0\0\0\0\0{}\x0d \x09\n"s).names().empty());
  EXPECT_TRUE(load("\6\0\0\0\0\0\0\0\x09\n{}\x0d "s).names().empty());
}

TEST(SafetensorsReferenceVector, EmptyTensorIsRead) {
  const auto file =
      load("<\0\0\0\0\0\0\0"s + R"({"test":{"dtype":"I32","shape":[2,0],"data_offsets":[0, 0]}})");
  EXPECT_EQ(file.info("test").shape, (std::vector<Index>{2, 0}));
  EXPECT_EQ(file.elements<int>("test").size(), 0);
}

TEST(SafetensorsReferenceVector, ByteCountThatDoesNotFitTheShapeIsRefused) {
  expect_refused(
      "<\0\0\0\0\0\0\0"s + R"({"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0, 4]}})",
      "tensor \"test\" must have as many bytes as its shape needs; got data_offsets [0, 4], shape "
      "[2, 2] of I32 = 16 bytes (file \"f\")");
}

TEST(SafetensorsReferenceVector, ShapeWithOverflowIsRefused) {
  // The first extent of each exceeds std::ptrdiff_t, or the product std::size_t.
  expect_refused(
      "O\0\0\0\0\0\0\0"s +
          R"({"test":{"dtype":"I32","shape":[2,18446744073709551614],"data_offsets":[0,16]}})" +
          std::string(16, '\0'),
      "tensor \"test\" must have extents that fit std::ptrdiff_t; got 18446744073709551614 (file "
      "\"f\")");
  expect_refused(
      "N\0\0\0\0\0\0\0"s +
          R"({"test":{"dtype":"I32","shape":[2,9223372036854775807],"data_offsets":[0,16]}})" +
          std::string(16, '\0'),
      "tensor \"test\" must have a number of bits that fits std::size_t; got shape [2, "
      "9223372036854775807] of I32 (file \"f\")");
}

TEST(SafetensorsReferenceVector, TensorsOnTheSameRangeAreRefused) {
  std::string header = "{";
  for (int i = 0; i < 10; ++i)
    header += "\"weight_" + std::to_string(i) +
              R"(":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)";
  header.back() = '}';
  expect_refused(safetensors_bytes(header, std::string(16, '\0')),
                 "tensor \"weight_1\" must begin where the previous tensor ends; got begin 0, "
                 "previous end 16 (file \"f\")");
}

// Damaged and malicious files.

TEST(SafetensorsHeader, HeaderLengthsBeyondTheFileAreRefused) {
  for (const std::string& length : {"\xff\xff\xff\xff\xff\xff\xff\xff"s, "\1\xe1\xf5\5\0\0\0\0"s})
    EXPECT_THROW(load(length + "{}"), FormatError);
  expect_refused(
      "\0\xe1\xf5\5\0\0\0\0{}"s,  // exactly 100,000,000
      "header must end inside the file; got end 100000008, file has 10 bytes (file \"f\")");
  expect_refused("\3\0\0\0\0\0\0\0{}"s,
                 "header must end inside the file; got end 11, file has 10 bytes (file \"f\")");
}

TEST(SafetensorsHeader, BadUtf8IsRefused) {
  for (const char* bytes :
       {"\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"})
    EXPECT_THROW(load(safetensors_bytes("{\"" + std::string(bytes) +
                                        R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})")),
                 FormatError)
        << bytes;
}

TEST(SafetensorsHeader, LoneSurrogateEscapeIsRefused) {
  for (const char* escape : {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800"})
    EXPECT_THROW(load(safetensors_bytes("{\"" + std::string(escape) +
                                        R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})")),
                 FormatError)
        << escape;
}

TEST(SafetensorsHeader, OtherJsonThanAnObjectIsRefused) {
  expect_refused(safetensors_bytes("[]"), "header must be a JSON object; got array (file \"f\")");
  expect_refused(safetensors_bytes("null"), "header must be a JSON object; got null (file \"f\")");
  expect_refused(safetensors_bytes("3"), "header must be a JSON object; got number (file \"f\")");
  for (const char* text : {"", " ", "{}{}", "{},", "{\"a\":}", "{'a':1}", "{} // comment"})
    EXPECT_THROW(load(safetensors_bytes(text)), FormatError) << text;
}

TEST(SafetensorsHeader, ZeroBytesAreRefused) {
  expect_refused(safetensors_bytes("{}\0\0"s),
                 "\"header of f\" must be JSON without zero bytes; got one at byte 2");
  EXPECT_THROW(load(safetensors_bytes("\0{}"s)), FormatError);
}

TEST(SafetensorsHeader, ByteOrderMarkIsRefused) {
  expect_refused(safetensors_bytes("\xef\xbb\xbf{}"),
                 "header must not start with a byte-order mark (file \"f\")");
}

TEST(SafetensorsHeader, ManyTensorsOnOneRangeAreRefusedQuickly) {
  std::string header = "{";
  for (int i = 0; i < 100000; ++i)
    header += "\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)";
  header.back() = '}';
  EXPECT_THROW(load(safetensors_bytes(header, "abcd")), FormatError);
}

std::string two(const std::string& first_offsets, const std::string& second_offsets,
                std::size_t data_bytes) {
  return safetensors_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first_offsets +
                               R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" +
                               second_offsets + "}}",
                           std::string(data_bytes, '\0'));
}

TEST(SafetensorsHeader, OverlapIsRefused) {
  expect_refused(two("[0,4]", "[3,7]", 7),
                 "tensor \"b\" must begin where the previous tensor ends; got begin 3, previous "
                 "end 4 (file \"f\")");
}

TEST(SafetensorsHeader, HoleIsRefused) {
  expect_refused(two("[0,4]", "[5,9]", 9),
                 "tensor \"b\" must begin where the previous tensor ends; got begin 5, previous "
                 "end 4 (file \"f\")");
  expect_refused(two("[1,5]", "[5,9]", 9),
                 "tensor \"a\" must begin where the previous tensor ends; got begin 1, previous "
                 "end 0 (file \"f\")");
}

TEST(SafetensorsHeader, EndBeforeBeginIsRefused) {
  expect_refused(two("[0,4]", "[4,3]", 8),
                 "tensor \"b\" must have data_offsets in order; got begin 4, end 3 (file \"f\")");
}

TEST(SafetensorsHeader, TensorsInReversedOrderAreReadInTheOrderOfTheirData) {
  EXPECT_EQ(load(two("[4,8]", "[0,4]", 8)).names(), (std::vector<std::string>{"b", "a"}));
}

TEST(SafetensorsHeader, ErrorOfTheFirstTensorIsReportedFirst) {
  EXPECT_THROW_WITH(
      load(safetensors_bytes(
          R"({"b":{"dtype":"U8","shape":[4],"data_offsets":[9,13]},"a":{"dtype":"U8","shape":[5],"data_offsets":[0,4]}})")),
      FormatError,
      "load_safetensors: tensor \"a\" must have as many bytes as its shape needs; got data_offsets "
      "[0, 4], shape [5] of U8 = 5 bytes (file \"f\")");
}

TEST(SafetensorsHeader, EmptyTensorsMayShareAPlace) {
  const auto file = load(safetensors_bytes(
      R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":[0],"data_offsets":[2,2]},"c":{"dtype":"F32","shape":[3,0],"data_offsets":[2,2]},"d":{"dtype":"U8","shape":[],"data_offsets":[2,3]}})",
      "xyz"));
  EXPECT_EQ(file.names(), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(file.bytes("d"), "z");
}

TEST(SafetensorsHeader, ShapeProductsThatOverflowAreRefused) {
  for (const char* shape :
       {"[4294967296,4294967296]", "[9223372036854775807,3,0]",
        "[1,1,1,1,1,1,1,9223372036854775807]", "[3037000500,3037000500]", "[2305843009213693952]"})
    expect_refused(
        one(R"({"dtype":"F32","shape":)"s + shape + R"(,"data_offsets":[0,0]})"),
        "tensor \"a\" must have a number of bits that fits std::size_t; got shape " +
            [&] {
              std::string spaced;
              for (const char c : std::string(shape)) spaced += c == ',' ? ", " : std::string(1, c);
              return spaced;
            }() +
            " of F32 (file \"f\")");
}

TEST(SafetensorsHeader, ZeroBeforeAHugeExtentIsAnEmptyTensor) {
  const auto file =
      load(one(R"({"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]})"));
  EXPECT_EQ(file.elements<float>("a").size(), 0);
  EXPECT_EQ((file.tensor<float, 2>("a").size()), 0);
}

TEST(SafetensorsHeader, OneOrTwoMissingBytesAreRefused) {
  EXPECT_THROW(load(two("[0,4]", "[4,8]", 7)), FormatError);
  EXPECT_THROW(load(two("[0,4]", "[4,8]", 6)), FormatError);
}

TEST(SafetensorsHeader, DataWithoutTensorAreRefused) {
  expect_refused(safetensors_bytes("{}", "x"),
                 "file must end with its last tensor; got 1 bytes more (file \"f\")");
}

TEST(SafetensorsHeader, UnknownElementTypesAreRefused) {
  expect_refused(one(R"({"dtype":"f32","shape":[],"data_offsets":[0,4]})", 4),
                 "tensor \"a\" must have a known dtype such as \"F32\"; got \"f32\" (file \"f\")");
  expect_refused(one(R"({"dtype":"F128","shape":[],"data_offsets":[0,16]})", 16),
                 "tensor \"a\" must have a known dtype such as \"F32\"; got \"F128\" (file \"f\")");
  expect_refused(one(R"({"dtype":32,"shape":[],"data_offsets":[0,4]})", 4),
                 "tensor \"a\" must have a string as dtype; got number (file \"f\")");
}

TEST(SafetensorsHeader, EveryElementTypeIsListed) {
  struct Row {
    const char* name;
    std::size_t bytes;  // of 8 elements
  };
  for (const Row& row :
       {Row{"BOOL", 8},    Row{"F4", 4},          Row{"F6_E2M3", 6},     Row{"F6_E3M2", 6},
        Row{"U8", 8},      Row{"I8", 8},          Row{"F8_E5M2", 8},     Row{"F8_E4M3", 8},
        Row{"F8_E8M0", 8}, Row{"F8_E4M3FNUZ", 8}, Row{"F8_E5M2FNUZ", 8}, Row{"I16", 16},
        Row{"U16", 16},    Row{"F16", 16},        Row{"BF16", 16},       Row{"I32", 32},
        Row{"U32", 32},    Row{"F32", 32},        Row{"C64", 64},        Row{"F64", 64},
        Row{"I64", 64},    Row{"U64", 64}}) {
    const auto file =
        load(one("{\"dtype\":\"" + std::string(row.name) +
                     "\",\"shape\":[2,4],\"data_offsets\":[0," + std::to_string(row.bytes) + "]}",
                 row.bytes));
    EXPECT_STREQ(name_of(file.info("a").dtype), row.name);
    EXPECT_EQ(file.bytes("a").size(), row.bytes);
  }
}

TEST(SafetensorsHeader, ElementsThatDoNotFillBytesAreRefused) {
  expect_refused(one(R"({"dtype":"F4","shape":[3],"data_offsets":[0,2]})", 2),
                 "tensor \"a\" must fill whole bytes; got shape [3] of F4 (file \"f\")");
  EXPECT_THROW(load(one(R"({"dtype":"F6_E2M3","shape":[2],"data_offsets":[0,2]})", 2)),
               FormatError);
}

TEST(SafetensorsHeader, RepeatedKeysAreRefusedByName) {
  const std::string empty = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  const std::string rule = "\"header of f\" must not hold a key twice in one object; got key ";
  expect_refused(safetensors_bytes("{\"a\":" + empty + ",\"a\":" + empty + "}"), rule + "\"a\"");
  expect_refused(safetensors_bytes("{\"a\":" + empty + ",\"\\u0061\":" + empty + "}"),
                 rule + "\"a\"");
  expect_refused(safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})"),
                 rule + "\"__metadata__\"");
  expect_refused(safetensors_bytes(R"({"__metadata__":{"k":"1","k":"2"}})"), rule + "\"k\"");
  expect_refused(one(R"({"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]})"),
                 rule + "\"dtype\"");
}

TEST(SafetensorsHeader, DeepNestingIsRefused) {
  const std::string rule = "\"header of f\" must not nest too deeply; got a depth over 4";
  expect_refused(safetensors_bytes("{\"a\":" + std::string(100000, '[')), rule);
  expect_refused(one(R"({"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":[[[]]]})"), rule);
}

TEST(SafetensorsHeader, UnknownInnerKeysAreIgnored) {
  EXPECT_NO_THROW(
      load(one(R"({"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":{"y":[1]},"z":null})")));
}

TEST(SafetensorsHeader, ManyTensorsAndLongMetadataAreRead) {
  std::string header = "{";
  for (int i = 0; i < 200000; ++i)
    header += "\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[],"data_offsets":[)" +
              std::to_string(i) + "," + std::to_string(i + 1) + "]},";
  header.back() = '}';
  EXPECT_EQ(load(safetensors_bytes(header, std::string(200000, 'x'))).names().back(), "199999");
  const std::string text(20000000, 'm');
  EXPECT_EQ(
      load(safetensors_bytes("{\"__metadata__\":{\"k\":\"" + text + "\"}}")).metadata().at("k"),
      text);
}

TEST(SafetensorsHeader, NumbersThatAreNoPlainIntegersAreRefused) {
  for (const char* number : {"-1", "-0", "1e3", "1.0", "1.5", "18446744073709551616", "\"4\"",
                             "null", "true", "[]", "{}"}) {
    const std::string text = number;
    EXPECT_THROW(load(one(R"({"dtype":"U8","shape":[)" + text + R"(],"data_offsets":[0,0]})")),
                 FormatError)
        << text;
    EXPECT_THROW(load(one(R"({"dtype":"U8","shape":[0],"data_offsets":[0,)" + text + "]}")),
                 FormatError)
        << text;
    EXPECT_THROW(load(one(R"({"dtype":"U8","shape":[0],"data_offsets":[)" + text + ",0]}")),
                 FormatError)
        << text;
  }
  for (const char* number : {"1e400", "00", "+1", "0x1", "1_000", ".5", "1.", "NaN", "Infinity"})
    EXPECT_THROW(load(one(R"({"dtype":"U8","shape":[)"s + number + R"(],"data_offsets":[0,0]})")),
                 FormatError)
        << number;
  expect_refused(
      one(R"({"dtype":"U8","shape":[-1],"data_offsets":[0,0]})"),
      "tensor \"a\" must have plain integers 0 <= i < 2^64 in shape; got \"-1\" (file \"f\")");
  expect_refused(one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1.0]})"),
                 "tensor \"a\" must have plain integers 0 <= i < 2^64 in data_offsets; got \"1.0\" "
                 "(file \"f\")");
}

TEST(SafetensorsHeader, MembersOfWrongTypeOrNumberAreRefused) {
  expect_refused(one("3"), "tensor \"a\" must be a JSON object; got number (file \"f\")");
  expect_refused(one(R"({"shape":[0],"data_offsets":[0,0]})"),
                 "tensor \"a\" must have the key \"dtype\"; got 2 other keys (file \"f\")");
  expect_refused(one(R"({"dtype":"U8","data_offsets":[0,0]})"),
                 "tensor \"a\" must have the key \"shape\"; got 2 other keys (file \"f\")");
  expect_refused(one(R"({"dtype":"U8","shape":[0]})"),
                 "tensor \"a\" must have the key \"data_offsets\"; got 2 other keys (file \"f\")");
  expect_refused(one(R"({"dtype":"U8","shape":0,"data_offsets":[0,0]})"),
                 "tensor \"a\" must have an array as shape; got number (file \"f\")");
  expect_refused(one(R"({"dtype":"U8","shape":[0],"data_offsets":{}})"),
                 "tensor \"a\" must have an array as data_offsets; got object (file \"f\")");
  for (const char* offsets : {"[]", "[0]", "[0,0,0]"})
    EXPECT_THROW(load(one(R"({"dtype":"U8","shape":[0],"data_offsets":)"s + offsets + "}")),
                 FormatError);
  expect_refused(one(R"({"dtype":"U8","shape":[0],"data_offsets":[0]})"),
                 "tensor \"a\" must have two data_offsets, begin and end; got 1 (file \"f\")");
}

TEST(SafetensorsHeader, MetadataMustBeTexts) {
  EXPECT_EQ(load(safetensors_bytes(R"({"__metadata__":{"format":"pt","x":""}})")).metadata(),
            (std::map<std::string, std::string>{{"format", "pt"}, {"x", ""}}));
  expect_refused(safetensors_bytes(R"({"__metadata__":{"k":1}})"),
                 "__metadata__ must have a string under \"k\"; got number (file \"f\")");
  expect_refused(safetensors_bytes(R"({"__metadata__":[]})"),
                 "__metadata__ must be an object; got array (file \"f\")");
  expect_refused(
      safetensors_bytes(R"({"__metadata__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
      "__metadata__ must have a string under \"data_offsets\"; got array (file \"f\")");
}

TEST(SafetensorsHeader, OddNamesAreReadAndEscapedInMessages) {
  const std::string body = R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  EXPECT_EQ(load(safetensors_bytes("{\"a\\u0000\\n" + body, "x")).names().front(), "a\0\n"s);
  EXPECT_EQ(load(safetensors_bytes("{\"" + body, "x")).names().front(), "");
  const std::string long_name(1000000, 'n');
  EXPECT_EQ(load(safetensors_bytes("{\"" + long_name + body, "x")).names().front(), long_name);
  expect_refused(safetensors_bytes("{\"a\\u0000\\n" + body),
                 "tensor \"a\\x00\\x0a\" must end inside the file; got end 1, file has 0 bytes of "
                 "data (file \"f\")");
  EXPECT_THROW(load(safetensors_bytes("{\"" + long_name + body)), FormatError);
}

/// A small file with every kind of content: metadata, two types, ranks 0 to 2, an empty tensor.
std::string small_file() {
  return safetensors_bytes(
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"c":{"dtype":"I16","shape":[],"data_offsets":[8,10]},"e":{"dtype":"U8","shape":[0],"data_offsets":[10,10]}}  )",
      "\0\0\x80\x3f\0\0\0\x40\7\0"s);
}

TEST(SafetensorsHeader, EveryTruncationIsRefused) {
  const std::string file = small_file();
  ASSERT_NO_THROW(load(file));
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_THROW(load(file.substr(0, size)), FormatError) << size;
}

TEST(SafetensorsHeader, EveryFlippedByteIsRefusedOrReadWithoutHarm) {
  const std::string file = small_file();
  int refused = 0;
  for (std::size_t i = 0; i < file.size(); ++i)
    for (int value = 0; value < 256; ++value) {
      std::string damaged = file;
      damaged[i] = static_cast<char>(value);
      try {
        const auto loaded = load(damaged);
        for (const std::string& name : loaded.names()) {
          const auto size = loaded.elements<double>(name).size();
          EXPECT_EQ(static_cast<std::size_t>(size) *
                        static_cast<std::size_t>(bits_of(loaded.info(name).dtype)) / 8,
                    loaded.bytes(name).size());
        }
      } catch (const FormatError&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, 30000);
}

}  // namespace
}  // namespace eigenhead
