#include "eigenhead/text/added_tokens.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

/// Each part as its text, with its token's id in front: "7:[MASK]"; ordinary text has none.
std::vector<std::string> parts_of(const std::string& text, const std::vector<AddedToken>& tokens,
                                  bool is_normalized = false, bool ignores_special_tokens = false) {
  std::vector<SourceCharacter> characters = decode_utf8(text);
  if (is_normalized) characters = normalize(characters);
  const detail::AddedTokenFinder finder =
      detail::make_added_token_finder(tokens, is_normalized, BertNormalizer());
  std::vector<std::string> parts;
  for (const detail::AddedTokenFinder::Part& part :
       finder.split(characters, ignores_special_tokens))
    parts.push_back((part.token ? std::to_string(part.token->id) + ":" : "") +
                    encode_utf8(part.text));
  return parts;
}

using Parts = std::vector<std::string>;

AddedToken token(const std::string& content, std::int32_t id) {
  AddedToken result;
  result.content = content;
  result.id = id;
  return result;
}

TEST(AddedTokens, TokenIsCutOutOfAWord) {
  EXPECT_EQ(parts_of("hello[MASK]world", {token("[MASK]", 4)}),
            (Parts{"hello", "4:[MASK]", "world"}));
  EXPECT_EQ(parts_of("[[MASK]]", {token("[MASK]", 4)}), (Parts{"[", "4:[MASK]", "]"}));
}

TEST(AddedTokens, TextWithoutTokenIsOnePart) {
  EXPECT_EQ(parts_of("[mask] [MASK", {token("[MASK]", 4)}), (Parts{"[mask] [MASK"}));
  EXPECT_EQ(parts_of("", {token("[MASK]", 4)}), Parts{});
}

TEST(AddedTokens, LongestOfTheTokensThatStartFirstIsTaken) {
  const std::vector<AddedToken> tokens = {token("ab", 1), token("abc", 2), token("bcd", 3)};
  EXPECT_EQ(parts_of("abcd", tokens), (Parts{"2:abc", "d"}));
  EXPECT_EQ(parts_of("abd", tokens), (Parts{"1:ab", "d"}));
}

TEST(AddedTokens, SingleWordDoesNotTouchWordCharacters) {
  AddedToken single = token("x", 1);
  single.is_single_word = true;
  EXPECT_EQ(parts_of("x-x x", {single}), (Parts{"1:x", "-", "1:x", " ", "1:x"}));
  for (const std::string text : {"ax", "xa", "x1", "_x", "x\xC3\xA9", "x\xCC\x81"})
    EXPECT_EQ(parts_of(text, {single}), (Parts{text}));
}

TEST(AddedTokens, SearchGoesOnAfterARefusedMatch) {
  AddedToken single = token("aa", 1);
  single.is_single_word = true;
  EXPECT_EQ(parts_of("aaa aa", {single}), (Parts{"aaa ", "1:aa"}));
}

TEST(AddedTokens, StrippingTakesTheSpaceAlong) {
  AddedToken both = token("x", 1);
  both.strips_left = both.strips_right = true;
  EXPECT_EQ(parts_of("a \tx \xE3\x80\x80 b", {both}), (Parts{"a", "1: \tx \xE3\x80\x80 ", "b"}));
}

TEST(AddedTokens, SpaceThatTheMatchBeforeTookIsNotTakenAgain) {
  AddedToken right = token("x", 1);
  right.strips_right = true;
  AddedToken left = token("y", 2);
  left.strips_left = true;
  EXPECT_EQ(parts_of("x  y", {right, left}), (Parts{"1:x  ", "2:y"}));
}

TEST(AddedTokens, NormalizedTokenMatchesNormalizedTextInsideWords) {
  AddedToken normalized = token("Na\xC3\xAFve", 1);
  normalized.is_normalized = true;
  EXPECT_EQ(parts_of("unNAIVEly", {normalized}, true), (Parts{"un", "1:naive", "ly"}));
  EXPECT_EQ(parts_of("Na\xC3\xAFve", {normalized}, false), (Parts{"Na\xC3\xAFve"}));
}

TEST(AddedTokens, SpecialTokensCanBeLeftInTheText) {
  AddedToken special = token("[MASK]", 4);
  special.is_special = true;
  EXPECT_EQ(parts_of("[MASK]x", {special, token("x", 5)}, false, true), (Parts{"[MASK]", "5:x"}));
}

TEST(AddedTokens, OfEqualContentsTheSpecialOneCounts) {
  AddedToken special = token("x", 2);
  special.is_special = true;
  EXPECT_EQ(parts_of("x", {token("x", 1), special}), (Parts{"2:x"}));
}

TEST(AddedTokens, TokenThatNormalizesToNothingIsNeverFound) {
  AddedToken empty = token("\xCC\x81", 1);
  empty.is_normalized = true;
  EXPECT_EQ(parts_of("abc", {empty}, true), (Parts{"abc"}));
}

}  // namespace
}  // namespace eigenhead
