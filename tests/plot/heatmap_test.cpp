#include "eigenhead/plot/heatmap.hpp"

#include "support/count_text.hpp"
#include "support/golden.hpp"
#include "support/special_values.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <locale>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {
namespace {

bool has(const Figure& figure, std::string_view text) {
  return figure.to_string().find(text) != std::string::npos;
}

Tensor<float, 2> small_weights() {
  return Tensor<float, 2>({3, 3}, {1, 0, 0, 0.25f, 0.75f, 0, 0.137f, 0.363f, 0.5f});
}

HeatmapOptions small_options() {
  HeatmapOptions options;
  options.title = "Causal attention";
  options.row_labels = options.column_labels = {"[CLS]", "cat", "sat"};
  options.x_label = "Key Index";
  options.y_label = "Query Index";
  options.color_bar_label = "Attention Weight";
  options.range = ValueRange{0, 1};
  return options;
}

TEST(Heatmap, SmallFigureEqualsTheStoredFile) {
  const Figure figure = heatmap(small_weights(), small_options());
  expect_xml(figure.to_string());
  expect_golden("plot/heatmap.svg", figure.to_string());
}

TEST(Heatmap, DarkFigureWithValuesThatAreNotFiniteEqualsTheStoredFile) {
  HeatmapOptions options;
  options.theme = Theme::dark;
  options.colormap = Colormap::red_blue;
  const Tensor<float, 2> values({2, 3}, {-1, 0.5f, kNaN<float>, -kInfinity<float>, 2, 0});
  const Figure figure = heatmap(values, options);
  expect_xml(figure.to_string());
  expect_golden("plot/heatmap_dark.svg", figure.to_string());
}

TEST(Heatmap, CellTellsLabelsAndValueOnHover) {
  const Figure figure = heatmap(small_weights(), small_options());
  EXPECT_TRUE(has(figure, "<title>query sat \u2192 key [CLS]: 0.137</title>"));
  EXPECT_TRUE(has(heatmap(small_weights()), "<title>query 2 \u2192 key 0: 0.137</title>"));
}

TEST(Heatmap, CellsHaveTheColorsOfTheExplicitRange) {
  const Figure figure = heatmap(small_weights(), small_options());
  EXPECT_TRUE(has(figure, "fill=\"#fde725\"><title>query [CLS] \u2192 key [CLS]: 1</title>"));
  EXPECT_TRUE(has(figure, "fill=\"#440154\"><title>query [CLS] \u2192 key cat: 0</title>"));
  EXPECT_TRUE(has(figure, "fill=\"#21918c\"><title>query sat \u2192 key sat: 0.5</title>"));
}

TEST(Heatmap, AutomaticRangeIsSymmetricForADivergingMap) {
  HeatmapOptions options;
  options.colormap = Colormap::red_blue;
  const Figure figure = heatmap(Tensor<double, 2>({1, 2}, {0, 4}), options);
  EXPECT_TRUE(has(figure, "fill=\"#f6f7f7\"><title>query 0 \u2192 key 0: 0<"));
  EXPECT_TRUE(has(figure, "fill=\"#053061\"><title>query 0 \u2192 key 1: 4<"));
}

TEST(Heatmap, ConstantMatrixHasTheMiddleColor) {
  const Figure figure = heatmap(Tensor<float, 2>({2, 2}, {3, 3, 3, 3}));
  expect_xml(figure.to_string());
  EXPECT_TRUE(has(figure, "fill=\"#21918c\"><title>query 0 \u2192 key 0: 3<"));
}

TEST(Heatmap, EveryShapeAndExtremeValueIsWellFormed) {
  const double huge = std::numeric_limits<double>::max();
  const double tiny = std::numeric_limits<double>::denorm_min();
  for (const Tensor<double, 2>& values :
       {Tensor<double, 2>({1, 1}, {0.5}), Tensor<double, 2>({1, 9}), Tensor<double, 2>({9, 1}),
        Tensor<double, 2>({1, 2}, {-huge, huge}), Tensor<double, 2>({1, 2}, {0, tiny}),
        Tensor<double, 2>({1, 2}, {double{kNaN<float>}, double{kInfinity<float>}}),
        Tensor<double, 2>({1, 2}, {1e-12, 1e12}), Tensor<double, 2>({60, 2}),
        Tensor<double, 2>({2, 700})}) {
    const Figure figure = heatmap(values);
    expect_xml(figure.to_string());
  }
}

TEST(Heatmap, ValuesStandInTheCellsOfSmallMatricesOnly) {
  EXPECT_TRUE(has(heatmap(small_weights()), ">0.36</text>"));
  EXPECT_FALSE(has(heatmap(Tensor<float, 2>({21, 3})), ">0.00</text>"));
  HeatmapOptions options;
  options.shows_values = false;
  EXPECT_FALSE(has(heatmap(small_weights(), options), ">0.36</text>"));
  options.shows_values = true;
  EXPECT_TRUE(has(heatmap(Tensor<float, 2>({21, 3}), options), ">0.00</text>"));
}

TEST(Heatmap, HostileTokensAreText) {
  HeatmapOptions options = small_options();
  options.row_labels = {"</script><img src=x onerror=alert(1)>", "]]> \"'&lt;",
                        std::string("a\0\x1b\xff\xed\xa0\x80", 7)};
  options.column_labels = {"\u202eright", std::string(10000, 'w'), "<!--"};
  options.title = options.x_label = options.color_bar_label = options.row_labels[0];
  options.y_label = options.row_name = options.row_labels[1];
  const Figure figure = heatmap(small_weights(), options);
  expect_xml(figure.to_string());
  EXPECT_FALSE(has(figure, "<img"));
  EXPECT_FALSE(has(figure, "<script"));
  EXPECT_TRUE(has(figure, "a\ufffd\ufffd\ufffd\ufffd"));
  EXPECT_LT(figure.to_string().size(), 40000u);
}

TEST(Heatmap, LongLabelIsShortenedAndWholeOnHover) {
  HeatmapOptions options = small_options();
  options.row_labels[1] = "a very long token that nobody expected";
  const Figure figure = heatmap(small_weights(), options);
  EXPECT_TRUE(has(figure, "<title>a very long token that nobody expected</title>a very long"));
}

TEST(Heatmap, CrowdedLabelsAreThinnedOut) {
  HeatmapOptions options;
  for (int i = 0; i < 90; ++i) options.row_labels.push_back("token" + std::to_string(i));
  const Figure figure = heatmap(Tensor<float, 2>({90, 3}), options);
  EXPECT_EQ(count(figure, ">token"), 18u);  // cells of 5 pixels, every fifth of 90 labels
}

TEST(Heatmap, FiveHundredTwelveTokensAreOneSmallImage) {
  Tensor<float, 2> values({512, 512});
  for (Index i = 0; i < values.size(); ++i)
    values.data()[i] = i % 512 > i / 512 ? kNaN<float> : static_cast<float>(i % 97);
  const Figure figure = heatmap(values);
  EXPECT_LT(figure.to_string().size(), 400000u);
  EXPECT_EQ(count(figure, "<image "), 1u);
  expect_xml(figure.to_string());
}

TEST(Heatmap, SavesItsCellsAsAPng) {
  const TemporaryFolder folder;
  heatmap(small_weights()).save(folder / "x.png");
  EXPECT_EQ(read_file(folder / "x.png").substr(16, 8),
            std::string("\0\0\0\x84\0\0\0\x84", 8));  // 3 x 3 cells of 44 pixels
}

TEST(Heatmap, TenThousandCellsAreStillVectors) {
  EXPECT_EQ(count(heatmap(Tensor<float, 2>({100, 100})), "<image "), 0u);
  EXPECT_EQ(count(heatmap(Tensor<float, 2>({100, 101})), "<image "), 1u);
}

TEST(Heatmap, StridedViewOfAnotherTypeDrawsTheSame) {
  const Tensor<double, 2> transposed({2, 2}, {1, 3, 2, 4});
  EXPECT_EQ(heatmap(Tensor<float, 2>({2, 2}, {1, 2, 3, 4})).to_string(),
            heatmap(transposed.transpose(0, 1)).to_string());
}

struct CommaPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

TEST(Heatmap, GlobalLocaleDoesNotChangeTheFigure) {
  const std::string expected = heatmap(small_weights(), small_options()).to_string();
  const std::locale before = std::locale::global(std::locale(std::locale(), new CommaPoint));
  const std::string actual = heatmap(small_weights(), small_options()).to_string();
  std::locale::global(before);
  EXPECT_EQ(actual, expected);
}

TEST(Heatmap, FigureRefersToNothingOutside) {
  const std::string svg = heatmap(small_weights(), small_options()).to_string();
  EXPECT_EQ(svg.find("http", svg.find("http") + 1), std::string::npos);  // only the name space
  EXPECT_EQ(svg.find("id=\""), std::string::npos);  // so that figures may share a page
}

TEST(Heatmap, EmptyValuesAreRefused) {
  EXPECT_THROW_WITH(heatmap(Tensor<float, 2>({0, 4})), ShapeError,
                    "heatmap: values must not be empty; got values [0, 4]");
}

TEST(Heatmap, WrongNumberOfLabelsIsRefusedWithBothNumbers) {
  HeatmapOptions options;
  options.row_labels = {"a", "b", "c"};
  EXPECT_THROW_WITH(heatmap(Tensor<float, 2>({4, 4}), options), ShapeError,
                    "heatmap: row_labels must have one label per row; got 3 labels, values [4, 4]");
  options.row_labels.clear();
  options.column_labels = {"a"};
  EXPECT_THROW_WITH(
      heatmap(Tensor<float, 2>({4, 4}), options), ShapeError,
      "heatmap: column_labels must have one label per column; got 1 labels, values [4, 4]");
}

TEST(Heatmap, EmptyRangeIsRefused) {
  HeatmapOptions options;
  options.range = ValueRange{1, 1};
  EXPECT_THROW_WITH(heatmap(Tensor<float, 2>({1, 1}), options), ValueError,
                    "heatmap: range must be finite with minimum < maximum; got minimum 1, "
                    "maximum 1");
  options.range = ValueRange{0, std::numeric_limits<double>::infinity()};
  EXPECT_THROW(heatmap(Tensor<float, 2>({1, 1}), options), ValueError);
}

}  // namespace
}  // namespace eigenhead
