#include "eigenhead/random/draw.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace eigenhead {
namespace {

TEST(DrawTensor, CallsInRowMajorOrder) {
  int calls = 0;
  const Tensor<int, 2> result = detail::draw_tensor<int>([&] { return calls++; }, 2, 3);
  EXPECT_EQ(result.shape(), (Shape<2>{2, 3}));
  EXPECT_EQ(result(0, 2), 2);
  EXPECT_EQ(result(1, 0), 3);
}

TEST(DrawTensor, NoElementsMeansNoDraw) {
  int calls = 0;
  EXPECT_TRUE(detail::draw_tensor<int>([&] { return calls++; }, 4, 0).is_empty());
  EXPECT_EQ(calls, 0);
}

TEST(DrawTensor, NegativeExtentIsRefused) {
  EXPECT_THROW_WITH(detail::draw_tensor<int>([] { return 0; }, 3, -1), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
}

TEST(DrawUpTo, WordsAreMaskedUntilOneFits) {
  const std::uint64_t words[] = {0xff, 0x7e, 0x35, 0x04};
  int calls = 0;
  EXPECT_EQ(detail::draw_up_to(5, [&] { return words[calls++]; }), 5u);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(detail::draw_up_to(0, [&] { return words[calls++]; }), 0u);
  EXPECT_EQ(calls, 3);
}

TEST(ShufflePositions, ExchangesFromTheEndWithADrawnPosition) {
  Tensor<int, 1> values({4}, {10, 11, 12, 13});
  std::vector<std::uint64_t> largest;
  detail::shuffle_positions(values.view(), [&](std::uint64_t i) {
    largest.push_back(i);
    return std::uint64_t{0};
  });
  EXPECT_EQ(largest, (std::vector<std::uint64_t>{3, 2, 1}));
  EXPECT_EQ(values(0), 11);
  EXPECT_EQ(values(3), 10);
}

// (1 + 2^-27)^2 = 1 + 2^-26 + 2^-54. The last term is lost when the product is rounded, and would
// survive a fused multiply-add.
TEST(RoundedProduct, IsRoundedBeforeTheSum) {
  const double a = 1 + std::ldexp(1.0, -27);
  EXPECT_EQ(detail::rounded_product(a, a) - (1 + std::ldexp(1.0, -26)), 0.0);
}

}  // namespace
}  // namespace eigenhead
