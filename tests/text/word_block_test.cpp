#include "eigenhead/text/fast/word_block.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

using detail::WordBlock;
using Strings = std::vector<std::string>;

/// The pieces of a text that fits into a block, with a star before those that need a closer look.
Strings pieces_of(const std::string& text) {
  WordBlock block;
  EXPECT_EQ(block.scan(text, true), text.size());
  Strings pieces;
  for (std::size_t i = 0; i < block.num_pieces(); ++i) {
    EXPECT_EQ(block.begins()[i], block.begin(i));
    EXPECT_EQ(block.ends()[i], block.begin(i) + block.length(i));
    pieces.push_back((block.is_plain(i) ? "" : "*") +
                     std::string(block.folded(i), block.length(i)));
  }
  return pieces;
}

TEST(WordBlock, WordsArePutInLowerCaseAndPunctuationStandsAlone) {
  EXPECT_EQ(pieces_of("Don't  stop!!\n(OK)"),
            (Strings{"don", "'", "t", "stop", "!", "!", "(", "ok", ")"}));
  EXPECT_EQ(pieces_of(""), Strings{});
  EXPECT_EQ(pieces_of(" \t\r\n"), Strings{});
}

TEST(WordBlock, BytesBeyondAsciiStayInTheirRun) {
  EXPECT_EQ(pieces_of("caf\u00E9 na\u00EFve\u4E2D x\x01y a"),
            (Strings{"*caf\u00E9", "*na\u00EFve\u4E2D", "*x\x01y", "a"}));
}

TEST(WordBlock, DashesAndQuotesBeyondAsciiStandAlone) {
  EXPECT_EQ(pieces_of("\u201CHi\u201D\u2014it\u2019s\u2028"),
            (Strings{"*\u201C", "hi", "*\u201D", "*\u2014", "it", "*\u2019", "*s\u2028"}));
  EXPECT_EQ(pieces_of("a\u200Fb \u2028 \xE2\x80"), (Strings{"*a\u200Fb", "*\u2028", "*\xE2\x80"}));
}

// Whatever falls on the border of two groups of 64 bytes is cut as elsewhere.
TEST(WordBlock, BordersOf64BytesDoNotShow) {
  for (std::size_t spaces = 50; spaces < 80; ++spaces) {
    const std::string before(spaces, ' ');
    EXPECT_EQ(pieces_of(before + "ab,c\u00E9"), (Strings{"ab", ",", "*c\u00E9"})) << spaces;
    EXPECT_EQ(pieces_of(before + "!"), Strings{"!"}) << spaces;
    EXPECT_EQ(pieces_of(before + "a").size(), 1u) << spaces;
    const Strings dashed = pieces_of(before + "a\u2014b");
    // Across the border the dash stays with the word, which needs a closer look anyway.
    if (spaces % 64 < 61 || spaces % 64 == 63)
      EXPECT_EQ(dashed, (Strings{"a", "*\u2014", "b"})) << spaces;
    else
      EXPECT_EQ(dashed, Strings{"*a\u2014b"}) << spaces;
  }
}

TEST(WordBlock, RunThatTheEndOfTheBlockCutsIsLeftForTheNext) {
  WordBlock block;
  const std::string text = std::string(WordBlock::kMaxBytes - 3, '.') + "abcdef";
  EXPECT_EQ(block.scan(text, true), WordBlock::kMaxBytes - 3);
  EXPECT_EQ(block.num_pieces(), WordBlock::kMaxBytes - 3);
  EXPECT_EQ(block.scan(std::string(WordBlock::kMaxBytes + 1, 'x'), true), 0u);
  EXPECT_EQ(block.scan(std::string(WordBlock::kMaxBytes, 'x'), true), WordBlock::kMaxBytes);
  EXPECT_EQ(block.length(0), WordBlock::kMaxBytes);
  EXPECT_EQ(block.scan(std::string(WordBlock::kMaxBytes + 1, '.'), true), WordBlock::kMaxBytes);
  EXPECT_EQ(block.num_pieces(), WordBlock::kMaxBytes);
}

}  // namespace
}  // namespace eigenhead
