#include "eigenhead/core/shape.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <type_traits>
#include <vector>

namespace eigenhead {
namespace {

static_assert(std::is_constructible_v<Shape<2>, int, long>);
static_assert(!std::is_constructible_v<Shape<2>, int>);
static_assert(!std::is_constructible_v<Shape<2>, int, int, int>);
static_assert(!std::is_constructible_v<Shape<2>, int, double>);

TEST(Shape, DefaultHasAllExtentsZero) {
  EXPECT_EQ(Shape<2>(), (Shape<2>{0, 0}));
  EXPECT_EQ(Shape<2>().size(), 0);
}

TEST(Shape, RankZeroHasOneElement) { EXPECT_EQ(Shape<0>().size(), 1); }

TEST(Shape, SizeIsTheProductOfTheExtents) { EXPECT_EQ((Shape<3>{2, 3, 4}).size(), 24); }

TEST(Shape, NegativeExtentIsRefusedAlsoBesideAZero) {
  EXPECT_THROW_WITH((Shape<2>{2, -1}).size(), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
  EXPECT_THROW_WITH((Shape<2>{0, -1}).size(), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
  EXPECT_THROW_WITH((Shape<2>{-2, -3}).size(), ShapeError,
                    "Shape: every extent must be >= 0; got extent -2");
}

TEST(Shape, ProductThatOverflowsIsRefused) {
  const Index large = Index{1} << 32;
  EXPECT_THROW_WITH((Shape<2>{large, large}).size(), ShapeError,
                    "Shape: the number of elements must fit std::ptrdiff_t; got extent 4294967296, "
                    "after a product of 4294967296");
  EXPECT_EQ((Shape<2>{large, large / 4}).size(), Index{1} << 62);
  EXPECT_EQ((Shape<2>{std::numeric_limits<Index>::max(), 1}).size(),
            std::numeric_limits<Index>::max());
}

TEST(Shape, ZeroExtentBesideHugeOnesIsNoOverflow) {
  const Index large = Index{1} << 62;
  EXPECT_EQ((Shape<3>{large, large, 0}).size(), 0);
}

TEST(Shape, FromVectorKeepsTheOrder) {
  EXPECT_EQ(Shape<3>::from({4, 5, 6}), (Shape<3>{4, 5, 6}));
  EXPECT_EQ((Shape<3>{4, 5, 6}).to_vector(), (std::vector<Index>{4, 5, 6}));
}

TEST(Shape, FromVectorOfAnotherRankIsRefused) {
  EXPECT_THROW_WITH(
      Shape<2>::from({4, 5, 6}), ShapeError,
      "Shape::from: the number of extents must equal the rank; got extents [4, 5, 6], "
      "rank 2");
}

TEST(Shape, ComparesAllExtents) {
  EXPECT_TRUE((Shape<2>{1, 2}) == (Shape<2>{1, 2}));
  EXPECT_TRUE((Shape<2>{1, 2}) != (Shape<2>{2, 1}));
}

TEST(Shape, PrintsAsAList) {
  std::ostringstream out;
  out << Shape<4>{2, 12, 5, 64} << Shape<1>{7} << Shape<0>();
  EXPECT_EQ(out.str(), "[2, 12, 5, 64][7][]");
}

}  // namespace
}  // namespace eigenhead
