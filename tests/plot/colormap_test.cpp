#include "eigenhead/plot/colormap.hpp"

#include "support/special_values.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

std::vector<std::string> anchors(Colormap colormap) {
  std::vector<std::string> colors;
  for (const int index : {0, 64, 128, 192, 255})
    colors.push_back(to_string(color_at(colormap, index / 256.0)));
  return colors;
}

// Published by matplotlib 3.6.3.
TEST(Colormap, AnchorsEqualThePublishedTables) {
  using Colors = std::vector<std::string>;
  EXPECT_EQ(anchors(Colormap::viridis),
            (Colors{"#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"}));
  EXPECT_EQ(anchors(Colormap::reds),
            (Colors{"#fff5f0", "#fcbba1", "#fb694a", "#ca181d", "#67000d"}));
  EXPECT_EQ(anchors(Colormap::red_blue),
            (Colors{"#67001f", "#e58368", "#f6f7f7", "#68abd0", "#053061"}));
  EXPECT_EQ(anchors(Colormap::greys),
            (Colors{"#ffffff", "#d9d9d9", "#959595", "#515151", "#000000"}));
}

TEST(Colormap, IndexIsTheFloorOf256TClampedToTheTable) {
  EXPECT_EQ(detail::color_index(0), 0u);
  EXPECT_EQ(detail::color_index(0.999 / 256), 0u);
  EXPECT_EQ(detail::color_index(1.0 / 256), 1u);
  EXPECT_EQ(detail::color_index(0.5), 128u);
  EXPECT_EQ(detail::color_index(1), 255u);
  EXPECT_EQ(detail::color_index(-3), 0u);
  EXPECT_EQ(detail::color_index(1e300), 255u);
}

TEST(Colormap, ValuesThatAreNotFiniteHaveAColorThatNoOtherValueHas) {
  for (const Colormap colormap :
       {Colormap::viridis, Colormap::reds, Colormap::red_blue, Colormap::greys}) {
    for (const double t : {kNaN<double>, kInfinity<double>, -kInfinity<double>})
      EXPECT_EQ(color_at(colormap, t), non_finite_color(colormap));
    for (int i = 0; i < 256; ++i)
      EXPECT_NE(color_at(colormap, i / 256.0), non_finite_color(colormap)) << i;
  }
}

TEST(Colormap, LuminanceOfViridisRisesAndOfRedsAndGreysFalls) {
  // Over three entries, since rounding to 8 bits may hide or turn the step of one.
  for (int i = 3; i < 256; ++i) {
    const auto step = [&](Colormap colormap) {
      return detail::luminance(color_at(colormap, i / 256.0)) -
             detail::luminance(color_at(colormap, (i - 3) / 256.0));
    };
    EXPECT_GT(step(Colormap::viridis), 0) << i;
    EXPECT_LE(step(Colormap::reds), 0) << i;
    EXPECT_LE(step(Colormap::greys), 0) << i;
  }
}

TEST(Colormap, TextOnEveryColorIsReadable) {
  for (const Colormap colormap :
       {Colormap::viridis, Colormap::reds, Colormap::red_blue, Colormap::greys}) {
    for (int i = 0; i < 256; ++i) {
      const Color color = color_at(colormap, i / 256.0);
      EXPECT_GE(detail::contrast(color, detail::readable_on(color)), 4.0) << i;
    }
  }
}

TEST(Colormap, ContrastOfBlackAndWhiteIs21) {
  EXPECT_NEAR(detail::contrast(Color{0, 0, 0}, Color{255, 255, 255}), 21, 1e-12);
}

}  // namespace
}  // namespace eigenhead
