#include "eigenhead/text/normalizer.hpp"

#include "eigenhead/core/file.hpp"
#include "support/data.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

std::u32string normalized(const std::u32string& text, const BertNormalizer& normalizer = {}) {
  std::vector<SourceCharacter> characters;
  for (const char32_t code_point : text) characters.push_back({code_point, 0, 0});
  std::u32string result;
  for (const SourceCharacter& character : normalize(characters, normalizer))
    result += character.code_point;
  return result;
}

/// What the reference makes of each code point: columns 0 to 2 of bert-codepoints.tsv.
class CodePointTable {
 public:
  CodePointTable() {
    std::istringstream lines(read_file(test_data() / "unicode/bert-codepoints.tsv"));
    std::string line;
    std::getline(lines, line);  // the names of the columns
    while (std::getline(lines, line)) {
      std::istringstream fields(line);
      std::string range, cell;
      std::getline(fields, range, '\t');
      const std::size_t dash = range.find('-');
      const auto first = static_cast<char32_t>(std::stoul(range, nullptr, 16));
      const auto last =
          dash == std::string::npos
              ? first
              : static_cast<char32_t>(std::stoul(range.substr(dash + 1), nullptr, 16));
      std::array<std::string, 3> cells;
      for (std::string& column : cells) std::getline(fields, column, '\t');
      for (char32_t code_point = first; code_point <= last; ++code_point) rows_[code_point] = cells;
    }
  }

  std::size_t size() const { return rows_.size(); }

  std::u32string expected(char32_t code_point, std::size_t column) const {
    const auto row = rows_.find(code_point);
    const std::string cell = row == rows_.end() ? "=" : row->second[column];
    if (cell == "=") return {code_point};
    if (cell == "-") return {};
    if (cell == "space") return U" ";
    if (cell == "cjk") return {U' ', code_point, U' '};
    std::istringstream parts(cell);
    std::u32string result;
    for (std::string part; parts >> part;)
      result += static_cast<char32_t>(std::stoul(part, nullptr, 16));
    return result;
  }

 private:
  std::map<char32_t, std::array<std::string, 3>> rows_;
};

/// Sweeps all code points, each framed in "a" and "b"; many in one text for speed.
void expect_column(const CodePointTable& table, std::size_t column,
                   const BertNormalizer& normalizer) {
  for (char32_t block = 0; block <= 0x10FFFF; block += 0x100) {
    if (block >= 0xD800 && block < 0xE000) continue;
    std::u32string text, expected;
    for (char32_t code_point = block; code_point < block + 0x100; ++code_point) {
      text += {U'a', code_point, U'b'};
      expected += U"a" + table.expected(code_point, column) + U"b";
    }
    if (normalized(text, normalizer) == expected) continue;
    for (char32_t code_point = block; code_point < block + 0x100; ++code_point)
      EXPECT_EQ(normalized({U'a', code_point, U'b'}, normalizer),
                U"a" + table.expected(code_point, column) + U"b")
          << "U+" << std::hex << static_cast<unsigned>(code_point);
  }
}

TEST(Normalizer, EveryCodePointBecomesWhatTheReferenceMakesOfIt) {
  const CodePointTable table;
  ASSERT_GT(table.size(), 200000u);
  BertNormalizer cased;
  cased.lowercase = false;
  BertNormalizer cased_without_accents = cased;
  cased_without_accents.strip_accents = true;
  expect_column(table, 0, BertNormalizer());
  expect_column(table, 1, cased);
  expect_column(table, 2, cased_without_accents);
}

TEST(Normalizer, ControlCharactersVanishAndWhiteSpaceBecomesSpace) {
  EXPECT_EQ(normalized(U"a\x01\x200B"
                       U"b\t\u00A0c\u0085"
                       U"d"),
            U"ab  cd");
}

TEST(Normalizer, WithoutCleaningNothingIsDropped) {
  BertNormalizer normalizer;
  normalizer.clean_text = false;
  EXPECT_EQ(normalized(U"A\x01\t\uFFFD", normalizer), U"a\x01\t\uFFFD");
}

TEST(Normalizer, ChineseCharactersAreSetApartOnlyIfWanted) {
  EXPECT_EQ(normalized(U"a\u4E2Db"), U"a \u4E2D b");
  BertNormalizer normalizer;
  normalizer.handle_chinese_chars = false;
  EXPECT_EQ(normalized(U"a\u4E2Db", normalizer), U"a\u4E2Db");
}

TEST(Normalizer, StripAccentsFollowsLowercaseUnlessSet) {
  BertNormalizer normalizer;
  EXPECT_EQ(normalized(U"\u00C9", normalizer), U"e");
  normalizer.strip_accents = false;
  EXPECT_EQ(normalized(U"\u00C9", normalizer), U"\u00E9");
  normalizer.lowercase = false;
  EXPECT_EQ(normalized(U"\u00C9", normalizer), U"\u00C9");
  normalizer.strip_accents = true;
  EXPECT_EQ(normalized(U"\u00C9", normalizer), U"E");
}

TEST(Normalizer, CapitalIWithDotKeepsItsDotUnlessAccentsGo) {
  EXPECT_EQ(normalized(U"\u0130"), U"i");
  BertNormalizer normalizer;
  normalizer.strip_accents = false;
  EXPECT_EQ(normalized(U"\u0130", normalizer), U"i\u0307");
}

TEST(Normalizer, EverySigmaBecomesTheOneInsideWords) {
  EXPECT_EQ(normalized(U"\u039F\u0394\u039F\u03A3"), U"\u03BF\u03B4\u03BF\u03C3");
}

TEST(Normalizer, HangulFallsApartIntoLetters) {
  EXPECT_EQ(normalized(U"\uD55C\uAC00"), U"\u1112\u1161\u11AB\u1100\u1161");
}

TEST(Normalizer, MarksThatStayAreSortedByTheirClassWithinARun) {
  // U+08D4 has class 230, U+302E class 224 and U+A9C0 class 9; none of them is stripped.
  EXPECT_EQ(normalized(U"a\u08D4\u302E\uA9C0z"), U"a\uA9C0\u302E\u08D4z");
  // U+0301, stripped, has class 230 and does not end a run; U+0901, stripped too, has class 0.
  EXPECT_EQ(normalized(U"a\u08D4\u0301\uA9C0z"), U"a\uA9C0\u08D4z");
  EXPECT_EQ(normalized(U"a\u08D4\u0901\uA9C0z"), U"a\u08D4\uA9C0z");
}

TEST(Normalizer, CharactersKnowTheBytesTheyComeFrom) {
  // "É" in two forms, a zero-width space between: 2 bytes, 3 bytes, 1 + 2 bytes.
  const std::string text =
      "\xC3\x89\xE2\x80\x8B"
      "E\xCC\x81";
  const std::vector<SourceCharacter> result = normalize(decode_utf8(text));
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[0].begin, 0);
  EXPECT_EQ(result[0].end, 2);
  EXPECT_EQ(result[1].begin, 5);
  EXPECT_EQ(result[1].end, 6);
}

TEST(Normalizer, SortedMarksTakeTheSourcesFromLeftToRight) {
  // U+08D4 (bytes 1 to 4) and U+A9C0 (bytes 4 to 7) change places, their sources do not.
  const std::vector<SourceCharacter> result = normalize(decode_utf8("a\xE0\xA3\x94\xEA\xA7\x80"));
  ASSERT_EQ(result.size(), 3u);
  EXPECT_EQ(result[1].code_point, U'\uA9C0');
  EXPECT_EQ(result[1].begin, 1);
  EXPECT_EQ(result[2].code_point, U'\u08D4');
  EXPECT_EQ(result[2].begin, 4);
}

}  // namespace
}  // namespace eigenhead
