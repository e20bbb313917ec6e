#include "eigenhead/text/fast/piece_trie.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using detail::PieceTrie;

std::pair<std::int32_t, std::uint32_t> longest(const PieceTrie& trie, std::size_t list,
                                               const std::string& text) {
  const PieceTrie::Match match = trie.longest(list, text.data(), text.data() + text.size());
  return {match.id, match.length};
}

TEST(PieceTrie, LongestTokenOfItsListIsFound) {
  const PieceTrie trie({{{"a", 1}, {"abcd", 2}, {"b", 3}}, {{"ab", 4}, {"\xFF", 5}}});
  EXPECT_EQ(longest(trie, 0, "abcde"), std::make_pair(2, 4u));
  EXPECT_EQ(longest(trie, 0, "abc"), std::make_pair(1, 1u));
  EXPECT_EQ(longest(trie, 0, "b"), std::make_pair(3, 1u));
  EXPECT_EQ(longest(trie, 1, "abcd"), std::make_pair(4, 2u));
  EXPECT_EQ(longest(trie, 1, "\xFF\xFF"), std::make_pair(5, 1u));
}

TEST(PieceTrie, NothingIsFoundWhereNoTokenBegins) {
  const PieceTrie trie({{{"ab", 1}}, {}});
  for (const std::string text : {"", "a", "b", "ba", "\x01"})
    EXPECT_EQ(longest(trie, 0, text), std::make_pair(PieceTrie::kNone, 0u)) << text;
  EXPECT_EQ(longest(trie, 1, "ab"), std::make_pair(PieceTrie::kNone, 0u));
  EXPECT_EQ(longest(trie, 0, std::string("\0\0", 2)), std::make_pair(PieceTrie::kNone, 0u));
}

TEST(PieceTrie, RandomTokensAreFoundAsInAMap) {
  std::mt19937 random(3);
  const auto random_text = [&](std::size_t max_length) {
    std::string text(1 + random() % max_length, ' ');
    for (char& byte : text) byte = static_cast<char>(random() % 4 + (random() % 8 == 0 ? 250 : 0));
    return text;
  };
  std::map<std::string, std::int32_t> tokens;
  for (std::int32_t id = 0; id < 3000; ++id) tokens.emplace(random_text(8), id);
  std::vector<PieceTrie::Entry> entries(tokens.begin(), tokens.end());
  const PieceTrie trie({entries});
  ASSERT_TRUE(trie.is_complete());
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(12);
    std::pair<std::int32_t, std::uint32_t> expected = {PieceTrie::kNone, 0};
    for (std::uint32_t length = 1; length <= text.size(); ++length) {
      const auto found = tokens.find(text.substr(0, length));
      if (found != tokens.end()) expected = {found->second, length};
    }
    ASSERT_EQ(longest(trie, 0, text), expected);
  }
}

TEST(PieceTrie, NumbersThatDoNotFitMakeItIncomplete) {
  EXPECT_TRUE(PieceTrie({{{"a", (1 << 21) - 2}}}).is_complete());
  EXPECT_EQ(longest(PieceTrie({{{"a", (1 << 21) - 2}}}), 0, "ab"),
            std::make_pair((1 << 21) - 2, 1u));
  EXPECT_FALSE(PieceTrie({{{"a", (1 << 21) - 1}}}).is_complete());
  const std::string token(2047, 'a');
  EXPECT_EQ(longest(PieceTrie({{{token, 5}}}), 0, token), std::make_pair(5, 2047u));
  const std::string long_token(2048, 'a');
  EXPECT_FALSE(PieceTrie({{{long_token, 5}}}).is_complete());
}

TEST(PieceTrie, NodesOfManyChildrenLeaveFewHoles) {
  std::vector<std::string> tokens;  // as a vocabulary of Chinese characters
  for (int first = 0xE4; first < 0xEA; ++first)
    for (int second = 0x80; second < 0xC0; ++second)
      for (int third = 0x80; third < 0xC0; third += 1 + second % 3)
        tokens.push_back(
            {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)});
  std::vector<PieceTrie::Entry> entries;
  for (const std::string& token : tokens) entries.emplace_back(token, 1);
  EXPECT_LT(PieceTrie({entries}).num_bytes(), 16 * tokens.size() + 8192);
}

}  // namespace
}  // namespace eigenhead
