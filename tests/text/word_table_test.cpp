#include "eigenhead/text/fast/word_table.hpp"
#include "eigenhead/text/fast/find_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
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

TEST(WordTable, WordsOfUpTo13BytesAreFound) {
  const WordTable table({{"a", 1}, {"ab", 2}, {"0123456789abc", 3}, {"0123456789abcd", 4}});
  EXPECT_EQ(find(table, "a"), 1);
  EXPECT_EQ(find(table, "ab"), 2);
  EXPECT_EQ(find(table, "0123456789abc"), 3);
  for (const std::string word : {"", "b", "abc", "0123456789ab", "0123456789abcd"})
    EXPECT_EQ(find(table, word), WordTable::kNone) << word;
}

TEST(WordTable, IdsThatNeedMoreThanTwentyBitsAreLeftToTheTrie) {
  const WordTable table({{"a", 0}, {"b", 0xFFFFF}, {"c", 0x100000}});
  EXPECT_EQ(find(table, "a"), 0);
  EXPECT_EQ(find(table, "b"), 0xFFFFF);
  EXPECT_EQ(find(table, "c"), WordTable::kNone);
}

TEST(WordTable, ZeroBytesAreNotTakenForTheEndOfAWord) {
  const WordTable table({{"a", 1}});
  for (const std::size_t length : {2u, 13u, 14u, 15u, 16u, 257u})
    EXPECT_EQ(find(table, "a" + std::string(length - 1, '\0')), WordTable::kNone) << length;
}

TEST(WordTable, FourteenthByteIsNotTakenForTheId) {
  const WordTable table({{"0123456789abc", 1}, {"0", 2}});
  for (int last = 0; last < 256; ++last)
    EXPECT_EQ(find(table, "0123456789abc" + std::string(1, static_cast<char>(last))),
              WordTable::kNone);
  EXPECT_EQ(find(table, "0" + std::string(14, '\0') + '\x10'), WordTable::kNone);
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

// Random words, some of the table, some of other lengths up to 20 bytes, with any bytes; then fewer
// and fewer of them, as the last ones of a text are.
TEST(WordTable, FastSearchFindsWhatThePortableOneFinds) {
  std::mt19937 random(3);
  std::set<std::string> different;
  while (different.size() < 3000) {
    std::string word(1 + random() % 20, 'a');
    for (char& byte : word) byte = static_cast<char>(random() % (word.size() % 2 == 0 ? 256 : 4));
    different.insert(word);
  }
  std::vector<std::string> words(different.begin(), different.end());
  std::shuffle(words.begin(), words.end(), random);
  std::vector<WordTable::Entry> entries;
  for (std::size_t i = 0; i < words.size(); i += 2)
    entries.emplace_back(words[i], static_cast<std::int32_t>(i));
  const WordTable table(entries);
  std::string text;
  std::vector<std::uint16_t> begins, ends;
  for (const std::string& word : words) {
    begins.push_back(static_cast<std::uint16_t>(text.size()));
    text += word;
    ends.push_back(static_cast<std::uint16_t>(text.size()));
  }
  ASSERT_LT(text.size(), 65536u);
  text += "what comes after it";
  for (std::size_t count = words.size(); count > 0; count = count > 40 ? count / 2 : count - 1) {
    const detail::WordPlaces places{text.data(), begins.data(), ends.data(), count};
    std::vector<std::int32_t> found(count + detail::kIdSlack), expected(count);
    detail::find_words(table, places, found.data());
    detail::find_words_portable(table, places, expected.data());
    found.resize(count);
    EXPECT_EQ(found, expected) << count;
    EXPECT_EQ(expected[0], words[0].size() > ShortWord::kMaxBytes ? WordTable::kNone : 0);
  }
}

}  // namespace
}  // namespace eigenhead
