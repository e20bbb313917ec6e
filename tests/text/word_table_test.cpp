#include "eigenhead/text/fast/word_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

using detail::ShortWord;
using detail::WordTable;

std::int32_t find(const WordTable& table, std::string word) {
  const std::size_t length = word.size();
  word += "what comes after it";  // must not matter
  return table.find(ShortWord::load(word.data(), length));
}

TEST(WordTable, WordsOfUpTo15BytesAreFound) {
  const WordTable table({{"a", 1}, {"ab", 2}, {"0123456789abcde", 3}, {"0123456789abcdef", 4}});
  EXPECT_EQ(find(table, "a"), 1);
  EXPECT_EQ(find(table, "ab"), 2);
  EXPECT_EQ(find(table, "0123456789abcde"), 3);
  for (const std::string word : {"", "b", "abc", "0123456789abcd", "0123456789abcdef"})
    EXPECT_EQ(find(table, word), WordTable::kNone) << word;
}

TEST(WordTable, ZeroBytesAreNotTakenForTheEndOfAWord) {
  const WordTable table({{"a", 1}});
  for (const std::size_t length : {2u, 15u, 16u, 257u})
    EXPECT_EQ(find(table, "a" + std::string(length - 1, '\0')), WordTable::kNone) << length;
}

TEST(WordTable, SixteenthByteIsNotTakenForTheLength) {
  const WordTable table({{"0123456789abcde", 1}, {"0", 2}});
  for (int last = 0; last < 256; ++last)
    EXPECT_EQ(find(table, "0123456789abcde" + std::string(1, static_cast<char>(last))),
              WordTable::kNone);
  EXPECT_EQ(find(table, "0" + std::string(14, '\0') + '\x01'), WordTable::kNone);
}

TEST(WordTable, EmptyTableHoldsNothing) { EXPECT_EQ(find(WordTable(), "a"), WordTable::kNone); }

TEST(WordTable, ManyWordsAllHaveAPlace) {
  std::vector<std::string> words;
  for (int i = 0; i < 20000; ++i) words.push_back("w" + std::to_string(i * 7919));
  std::vector<WordTable::Entry> entries;
  for (const std::string& word : words)
    entries.emplace_back(word, static_cast<std::int32_t>(entries.size()));
  const WordTable table(entries);
  for (std::size_t i = 0; i < words.size(); ++i)
    ASSERT_EQ(find(table, words[i]), static_cast<std::int32_t>(i)) << words[i];
  EXPECT_EQ(find(table, "w1"), WordTable::kNone);
  EXPECT_LT(table.num_bytes(), 500000u);
}

}  // namespace
}  // namespace eigenhead
