#include "eigenhead/plot/heatmap_grid.hpp"

#include "support/count_text.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace eigenhead {
namespace {

TEST(HeatmapGrid, SmallFigureEqualsTheStoredFile) {
  HeatmapGridOptions options;
  options.heatmap.title = "Two heads";
  options.heatmap.row_labels = options.heatmap.column_labels = {"cat", "sat"};
  options.heatmap.color_bar_label = "Attention Weight";
  options.heatmap.range = ValueRange{0, 1};
  const Tensor<float, 3> values({2, 2, 2}, {1, 0, 0.5f, 0.5f, 0.25f, 0.75f, 0.125f, 0.875f});
  const Figure figure = heatmap_grid(values, options);
  expect_xml(figure.to_string());
  expect_golden("plot/heatmap_grid.svg", figure.to_string());
}

TEST(HeatmapGrid, HeadsAreNumberedAndHoverNamesThem) {
  const Figure figure = heatmap_grid(Tensor<float, 3>({3, 2, 2}));
  for (const char* const title : {">Head 0<", ">Head 1<", ">Head 2<"})
    EXPECT_EQ(count(figure, title), 1u);
  EXPECT_EQ(count(figure, "<title>Head 2, query 1 \u2192 key 0: 0</title>"), 1u);
}

TEST(HeatmapGrid, LayersAreRowsAndHeadsAreColumns) {
  const Figure figure = heatmap_grid(Tensor<float, 4>({2, 3, 4, 4}));
  EXPECT_EQ(count(figure, ">Layer 1 Head 2<"), 1u);
  EXPECT_GT(figure.width(), figure.height());
  expect_xml(figure.to_string());
}

TEST(HeatmapGrid, AllHeadsShareOneScale) {
  const Figure figure = heatmap_grid(Tensor<float, 3>({2, 1, 1}, {0, 1}));
  EXPECT_EQ(count(figure, "fill=\"#440154\"><title>Head 0, query 0 \u2192 key 0: 0<"), 1u);
  EXPECT_EQ(count(figure, "fill=\"#fde725\"><title>Head 1, query 0 \u2192 key 0: 1<"), 1u);
}

TEST(HeatmapGrid, TokensStandOnTheOuterAxesOnly) {
  HeatmapGridOptions options;
  options.heatmap.row_labels = {"r0", "r1"};
  options.heatmap.column_labels = {"c0", "c1"};
  options.columns = 2;
  // Two rows of two heads: labels at two left sides and two lower sides.
  EXPECT_EQ(count(heatmap_grid(Tensor<float, 3>({4, 2, 2}), options), ">r0</text>"), 2u);
  EXPECT_EQ(count(heatmap_grid(Tensor<float, 3>({4, 2, 2}), options), ">c0</text>"), 2u);
  // The third head stands alone in its row: the second has nothing below and keeps its labels.
  EXPECT_EQ(count(heatmap_grid(Tensor<float, 3>({3, 2, 2}), options), ">c0</text>"), 2u);
}

TEST(HeatmapGrid, EveryTokenOfASentenceIsDrawnOnceAnAxis) {
  for (const Index num_tokens : {Index{13}, Index{24}, Index{32}}) {
    HeatmapGridOptions options;
    for (Index i = 0; i < num_tokens; ++i) {
      options.heatmap.row_labels.push_back("row" + std::to_string(i));
      options.heatmap.column_labels.push_back("column" + std::to_string(i));
    }
    const Figure figure = heatmap_grid(Tensor<float, 3>({4, num_tokens, num_tokens}), options);
    expect_xml(figure.to_string());
    for (Index i = 0; i < num_tokens; ++i) {  // four heads side by side: one left side, four lower
      EXPECT_EQ(count(figure, ">row" + std::to_string(i) + "</text>"), 1u) << i;
      EXPECT_EQ(count(figure, ">column" + std::to_string(i) + "</text>"), 4u) << i;
    }
  }
}

TEST(HeatmapGrid, GivenTitlesAreUsed) {
  HeatmapGridOptions options;
  options.titles = {"A", "<B>"};
  const Figure figure = heatmap_grid(Tensor<float, 3>({2, 2, 2}), options);
  EXPECT_EQ(count(figure, ">&lt;B&gt;</text>"), 1u);
  EXPECT_EQ(count(figure, "Head"), 0u);
}

TEST(HeatmapGrid, ManyCellsBecomeOneImageAHead) {
  const Figure figure = heatmap_grid(Tensor<float, 4>({12, 12, 24, 24}));
  EXPECT_EQ(count(figure, "<image "), 144u);
  EXPECT_LT(figure.to_string().size(), 500000u);
  expect_xml(figure.to_string());
}

TEST(HeatmapGrid, MoreTokensThanPixelsStillFit) {
  const Figure figure = heatmap_grid(Tensor<float, 3>({4, 300, 300}));
  EXPECT_LT(figure.width(), 1100);
  expect_xml(figure.to_string());
}

TEST(HeatmapGrid, WrongShapesAreRefused) {
  HeatmapGridOptions options;
  options.titles = {"A"};
  EXPECT_THROW_WITH(heatmap_grid(Tensor<float, 3>({2, 4, 4}), options), ShapeError,
                    "heatmap_grid: titles must have one title per head; got 1 labels, values "
                    "[2, 4, 4]");
  options.titles.clear();
  options.heatmap.row_labels = {"a", "b"};
  EXPECT_THROW_WITH(heatmap_grid(Tensor<float, 3>({2, 4, 4}), options), ShapeError,
                    "heatmap_grid: row_labels must have one label per row; got 2 labels, values "
                    "[2, 4, 4]");
  EXPECT_THROW_WITH(heatmap_grid(Tensor<float, 3>({0, 4, 4})), ShapeError,
                    "heatmap_grid: values must not be empty; got values [0, 4, 4]");
  EXPECT_THROW_WITH(heatmap_grid(Tensor<float, 4>({1, 0, 4, 4})), ShapeError,
                    "heatmap_grid: values must not be empty; got values [1, 0, 4, 4]");
  options.heatmap.row_labels.clear();
  options.columns = -1;
  EXPECT_THROW_WITH(heatmap_grid(Tensor<float, 3>({2, 4, 4}), options), ValueError,
                    "heatmap_grid: columns must be >= 0; got columns -1");
}

TEST(HeatmapGrid, LabelsOverTheEmptyEndOfTheLastRowStayShort) {
  HeatmapGridOptions options;
  options.columns = 2;
  options.heatmap.column_labels = {"relationships-and-more", "b"};
  const std::string svg = heatmap_grid(Tensor<float, 3>({3, 2, 2}), options).to_string();
  // Beside the last panel the gap of 38 pixels, 54 along the label; under it the usual 110.
  EXPECT_NE(svg.find("</title>relati\u2026"), svg.npos);
  EXPECT_NE(svg.find("</title>relationships-\u2026"), svg.npos);
}

}  // namespace
}  // namespace eigenhead
