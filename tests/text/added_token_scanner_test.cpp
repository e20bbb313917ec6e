#include "eigenhead/text/fast/added_token_scanner.hpp"

#include "eigenhead/text/utf8.hpp"
#include "text/random_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

using detail::AddedTokenScanner;
using Strings = std::vector<std::string>;

AddedToken token(const std::string& content, bool is_special = false) {
  AddedToken result;
  result.content = content;
  result.is_special = is_special;
  return result;
}

AddedToken single_word(const std::string& content) {
  AddedToken result = token(content);
  result.is_single_word = true;
  return result;
}

AddedToken stripping(const std::string& content) {
  AddedToken result = token(content);
  result.strips_left = result.strips_right = true;
  return result;
}

Strings matches(const std::vector<AddedToken>& tokens, const std::string& text,
                bool ignores_special_tokens = false) {
  const AddedTokenScanner scanner(tokens);
  Strings found;
  for (auto match = scanner.first(text, ignores_special_tokens); match.token != nullptr;
       match = scanner.next(text, match, ignores_special_tokens))
    found.push_back(text.substr(match.begin, match.end - match.begin));
  return found;
}

TEST(AddedTokenScanner, LongestTokenIsFoundFromTheLeft) {
  EXPECT_EQ(matches({token("[A]"), token("[A][B]")}, "x[A][B][A]"), (Strings{"[A][B]", "[A]"}));
  EXPECT_EQ(matches({token("ab"), token("bcd")}, "abcd"), Strings{"ab"});
  EXPECT_EQ(matches({}, "abc"), Strings{});
  EXPECT_EQ(matches({token("")}, "abc"), Strings{});
}

TEST(AddedTokenScanner, SpecialTokensCanBeIgnored) {
  const std::vector<AddedToken> tokens = {token("[A]", true), token("<b>")};
  EXPECT_EQ(matches(tokens, "[A]<b>"), (Strings{"[A]", "<b>"}));
  EXPECT_EQ(matches(tokens, "[A]<b>", true), Strings{"<b>"});
}

TEST(AddedTokenScanner, SingleWordsAreNotTouchedByLetters) {
  for (const std::string text : {"xnew", "newx", "new_", "\u4E2Dnew", "new\u00E9", "\U00010400new"})
    EXPECT_EQ(matches({single_word("new")}, text), Strings{}) << text;
  for (const std::string text : {"new", ".new,", "\u20ACnew\u2014", "\xFFnew\x80"})
    EXPECT_EQ(matches({single_word("new")}, text), Strings{"new"}) << text;
}

TEST(AddedTokenScanner, WhiteSpaceIsTakenAlong) {
  EXPECT_EQ(matches({stripping("<x>")}, "a \u2003 <x>\u00A0\n<x> \xFF"),
            (Strings{" \u2003 <x>\u00A0\n", "<x> "}));
}

TEST(AddedTokenScanner, WhiteSpaceTakenAlongCanStillBeAToken) {
  EXPECT_EQ(matches({stripping(" \n ")}, "a \n  \n b"), (Strings{" \n  \n ", " \n "}));
}

TEST(AddedTokenScanner, ReplacementCharactersAreNotForIt) {
  EXPECT_TRUE(AddedTokenScanner::can_serve({token("[A]")}));
  EXPECT_FALSE(AddedTokenScanner::can_serve({token("\uFFFD")}));
  EXPECT_FALSE(AddedTokenScanner::can_serve({token("a\xFF")}));
}

TEST(AddedTokenScanner, RandomTextsAreSplitAsByTheReference) {
  const std::vector<AddedToken> tokens = {token("[MASK]", true), stripping("<tok>"),
                                          single_word("New"),    token("New York"),
                                          single_word("x"),      token("\u4E2D", true)};
  const detail::AddedTokenFinder finder =
      detail::make_added_token_finder(tokens, false, BertNormalizer());
  RandomText random_text(9);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text();
    const std::vector<SourceCharacter> characters = decode_utf8(text);
    Strings expected;
    for (const auto& part : finder.split(characters, round % 2 == 0))
      if (part.token) expected.push_back(encode_utf8(part.text));
    Strings found;
    for (const std::string& match : matches(tokens, text, round % 2 == 0))
      found.push_back(encode_utf8(decode_utf8(match)));
    ASSERT_EQ(found, expected) << quote(text);
  }
}

}  // namespace
}  // namespace eigenhead
