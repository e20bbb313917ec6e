#include "eigenhead/text/fast/byte_masks.hpp"
#include "eigenhead/text/fast/text_masks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using detail::ByteMasks;

TEST(ByteMasks, EveryByteHasOneClass) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(64, static_cast<char>(byte));
    std::string folded(64, '?');
    const ByteMasks masks = detail::byte_masks_portable(text.data(), true, folded.data());
    const bool is_upper = byte >= 'A' && byte <= 'Z';
    const bool is_alphanumeric =
        is_upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
    const bool is_space = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
    const bool is_other = byte < 0x20 || byte > 0x7E;
    const auto all_if = [](bool is_set) { return is_set ? ~std::uint64_t{0} : 0; };
    EXPECT_EQ(masks.alphanumeric, all_if(is_alphanumeric)) << byte;
    EXPECT_EQ(masks.punctuation, all_if(!is_alphanumeric && !is_space && !is_other)) << byte;
    EXPECT_EQ(masks.other, all_if(is_other && !is_space)) << byte;
    EXPECT_EQ(masks.lead_e2, all_if(byte == 0xE2)) << byte;
    EXPECT_EQ(folded[0], static_cast<char>(is_upper ? byte + 32 : byte)) << byte;
  }
}

TEST(ByteMasks, FastMasksAreThePortableOnes) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string text(64, ' ');
    for (char& byte : text) byte = static_cast<char>(random() % (round % 2 == 0 ? 256 : 128));
    std::string folded(64, '?'), portably_folded(64, '?');
    const bool folds_case = round % 3 != 0;
    EXPECT_TRUE(detail::byte_masks(text.data(), folds_case, folded.data()) ==
                detail::byte_masks_portable(text.data(), folds_case, portably_folded.data()));
    EXPECT_EQ(folded, portably_folded);
    EXPECT_TRUE(folds_case || folded == text);
  }
}

// Texts of every length that stand at the end of their memory, where the sanitizer sees whoever
// reads on.
TEST(TextMasks, FastMasksOfATextAreThePortableOnes) {
  std::mt19937 random(6);
  for (std::size_t size = 0; size < 400; ++size) {
    std::vector<char> text(size);
    for (char& byte : text) byte = static_cast<char>(random() % (size % 2 == 0 ? 256 : 128));
    const std::size_t num_groups = (size + 63) / 64;
    std::string folded(64 * num_groups, '?'), portably_folded(64 * num_groups, '?');
    std::vector<ByteMasks> masks(num_groups), expected(num_groups);
    const bool folds_case = size % 3 != 0;
    detail::text_masks({text.data(), size}, folds_case, &folded[0], masks.data());
    detail::text_masks_portable({text.data(), size}, folds_case, &portably_folded[0],
                                expected.data());
    EXPECT_TRUE(masks == expected) << size;
    EXPECT_EQ(folded, portably_folded) << size;
  }
}

TEST(ListBits, FastListIsThePortableOne) {
  std::mt19937_64 random(7);
  for (std::size_t num_groups = 0; num_groups <= 32; ++num_groups) {
    std::vector<std::uint64_t> bits(num_groups);
    for (std::size_t i = 0; i < num_groups; ++i)
      bits[i] = i % 4 == 0 ? random() : i % 4 == 1 ? random() & random() : i % 4 == 2 ? 0 : ~0ull;
    std::vector<std::uint16_t> list(64 * num_groups + detail::kListSlack), expected(list.size());
    list.resize(detail::list_bits(bits.data(), num_groups, list.data()));
    expected.resize(detail::list_bits_portable(bits.data(), num_groups, expected.data()));
    EXPECT_EQ(list, expected) << num_groups;
    if (num_groups == 4) {
      EXPECT_EQ(list.back(), 255);
    }
  }
}

TEST(ByteMasks, LowestBitIsCountedFromZero) {
  for (unsigned i = 0; i < 64; ++i) EXPECT_EQ(detail::lowest_bit(~std::uint64_t{0} << i), i);
}

}  // namespace
}  // namespace eigenhead
