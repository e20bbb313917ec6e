#include "eigenhead/text/offset_unit.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eigenhead {
namespace {

std::vector<TextRange> converted(std::vector<TextRange> ranges, std::string_view text,
                                 OffsetUnit unit) {
  detail::convert_offsets(ranges.data(), ranges.data() + ranges.size(), text, unit);
  return ranges;
}

TEST(ConvertOffsets, UnitsAreCountedUpToEveryPlace) {
  // e with acute, a smiley, a byte that is not UTF-8, a
  const std::string_view text = "\u00E9\U0001F642\xFF\x61";
  const std::vector<TextRange> bytes = {{0, 2}, {0, 6}, {2, 6}, {6, 7}, {7, 8}};
  EXPECT_EQ(converted(bytes, text, OffsetUnit::byte), bytes);
  EXPECT_EQ(converted(bytes, text, OffsetUnit::code_point),
            (std::vector<TextRange>{{0, 1}, {0, 2}, {1, 2}, {2, 3}, {3, 4}}));
  EXPECT_EQ(converted(bytes, text, OffsetUnit::utf16),
            (std::vector<TextRange>{{0, 1}, {0, 3}, {1, 3}, {3, 4}, {4, 5}}));
  EXPECT_TRUE(converted({}, "", OffsetUnit::utf16).empty());
}

}  // namespace
}  // namespace eigenhead
