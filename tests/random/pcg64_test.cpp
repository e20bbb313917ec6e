#include "eigenhead/random/pcg64.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace eigenhead {
namespace {

using detail::Pcg64;
using detail::wide_multiply_add;
using detail::wide_product;
using detail::WideWord;

constexpr std::uint64_t kLargest = 0xffffffffffffffffu;

TEST(WideProduct, HasAll128Bits) {
  const WideWord square = wide_product(kLargest, kLargest);  // 2^128 - 2^65 + 1
  EXPECT_EQ(square.high, kLargest - 1);
  EXPECT_EQ(square.low, 1u);
  const WideWord shifted = wide_product(0x123456789abcdef0u, std::uint64_t{1} << 36);
  EXPECT_EQ(shifted.high, 0x123456789u);
  EXPECT_EQ(shifted.low, 0xabcdef0000000000u);
}

TEST(WideMultiplyAdd, CarriesAndWrapsAround) {
  const WideWord carried = wide_multiply_add({0, kLargest}, {0, 1}, {2, 1});
  EXPECT_EQ(carried.high, 3u);
  EXPECT_EQ(carried.low, 0u);
  const WideWord wrapped = wide_multiply_add({kLargest, kLargest}, {5, 3}, {0, 1});  // -(..3) + 1
  EXPECT_EQ(wrapped.high, kLargest - 5);
  EXPECT_EQ(wrapped.low, kLargest - 1);
}

// np.random.PCG64(seed).random_raw(2)
TEST(Pcg64, BothHalvesOfTheSeedCount) {
  const struct {
    std::uint64_t seed, first, second;
  } cases[] = {
      {0, 0xa30febcfd9c2825fu, 0x4510bdf882d9d721u},
      {std::uint64_t{1} << 40, 0x5c5e0425ec260d81u, 0xa0d45a56612db3e2u},
      {0x7fffffffffffffffu, 0x2ceb59116fb27514u, 0x784d3e7d390dc57cu},
  };
  for (const auto& expected : cases) {
    Pcg64 engine(expected.seed);
    EXPECT_EQ(engine.next_u64(), expected.first);
    EXPECT_EQ(engine.next_u64(), expected.second);
  }
}

TEST(Pcg64, HalfOfAWordIsKeptAcrossWholeWords) {
  Pcg64 engine(0);
  EXPECT_EQ(engine.next_u32(), 0xd9c2825fu);
  EXPECT_EQ(engine.next_u64(), 0x4510bdf882d9d721u);
  EXPECT_EQ(engine.next_u32(), 0xa30febcfu);
  EXPECT_EQ(engine.next_u32(), 0x4ecde8b8u);
}

}  // namespace
}  // namespace eigenhead
