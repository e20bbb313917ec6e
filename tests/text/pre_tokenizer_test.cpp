#include "eigenhead/text/pre_tokenizer.hpp"

#include "eigenhead/core/file.hpp"
#include "support/data.hpp"

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& text) {
  const std::vector<SourceCharacter> characters = decode_utf8(text);
  Words words;
  for (const CharacterView word : pre_tokenize(characters)) words.push_back(encode_utf8(word));
  return words;
}

TEST(PreTokenizer, EveryCodePointJoinsSplitsOrStandsAloneAsInTheReference) {
  std::map<char32_t, std::string> kinds;
  std::istringstream lines(read_file(test_data() / "unicode/bert-codepoints.tsv"));
  std::string line;
  std::getline(lines, line);  // the names of the columns
  while (std::getline(lines, line)) {
    const std::size_t dash = line.substr(0, line.find('\t')).find('-');
    const auto first = static_cast<char32_t>(std::stoul(line, nullptr, 16));
    const auto last = dash == std::string::npos
                          ? first
                          : static_cast<char32_t>(std::stoul(line.substr(dash + 1), nullptr, 16));
    for (char32_t code_point = first; code_point <= last; ++code_point)
      kinds[code_point] = line.substr(line.rfind('\t') + 1);
  }
  ASSERT_GT(kinds.size(), 200000u);
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point == 0xD800) code_point = 0xE000;
    const std::vector<SourceCharacter> text = {{U'a', 0, 1}, {code_point, 1, 2}, {U'b', 2, 3}};
    const std::vector<CharacterView> words = pre_tokenize(text);
    const auto kind = kinds.find(code_point);
    const std::string expected = kind == kinds.end() ? "join" : kind->second;
    const std::string actual = words.size() == 1 ? "join" : words.size() == 2 ? "split" : "isolate";
    ASSERT_EQ(actual, expected) << "U+" << std::hex << static_cast<unsigned>(code_point);
  }
}

TEST(PreTokenizer, WhiteSpaceVanishesAndPunctuationStandsAlone) {
  EXPECT_EQ(words_of("  don't  stop!! "), (Words{"don", "'", "t", "stop", "!", "!"}));
}

TEST(PreTokenizer, AsciiSymbolsAreWordsOfTheirOwnAndOthersAreNot) {
  EXPECT_EQ(words_of("$5 \xE2\x82\xAC"
                     "5"),
            (Words{"$", "5",
                   "\xE2\x82\xAC"
                   "5"}));
}

TEST(PreTokenizer, EmptyAndBlankTextHaveNoWords) {
  EXPECT_TRUE(words_of("").empty());
  EXPECT_TRUE(words_of(" \t\n").empty());
}

}  // namespace
}  // namespace eigenhead
