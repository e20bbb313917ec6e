#include "eigenhead/plot/heatmap_geometry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace eigenhead::detail {
namespace {

HeatmapContent heads(Index num_panels, Index panels_across, Index num_tokens) {
  HeatmapContent content;
  content.num_panels = num_panels;
  content.panels_across = panels_across;
  content.num_rows = content.num_columns = num_tokens;
  return content;
}

HeatmapOptions labelled(Index num_tokens) {
  HeatmapOptions options;
  options.row_labels = std::vector<std::string>(static_cast<std::size_t>(num_tokens), "embedding");
  options.column_labels = options.row_labels;
  return options;
}

TEST(HeatmapGeometry, UpToThirtyTwoLabelsAllAreDrawnWithoutTouching) {
  for (Index num_tokens = 1; num_tokens <= 32; ++num_tokens) {
    const HeatmapGeometry page = heatmap_geometry(heads(4, 4, num_tokens), labelled(num_tokens));
    EXPECT_EQ(page.rows.step, 1);
    EXPECT_EQ(page.columns.step, 1);
    EXPECT_GE(page.cell, 15);                   // a line of 12 pixels beside the rows
    EXPECT_GE(page.cell * std::sqrt(0.5), 12);  // between lines turned by 45 degrees
  }
  EXPECT_GT(heatmap_geometry(heads(4, 4, 33), labelled(33)).rows.step, 1);
}

TEST(HeatmapGeometry, PanelsLabelsAndColorBarLieBesideEachOtherInsideThePage) {
  for (const Index num_tokens : {Index{1}, Index{13}, Index{24}, Index{60}}) {
    const HeatmapGeometry page = heatmap_geometry(heads(4, 2, num_tokens), labelled(num_tokens));
    EXPECT_GE(page.left, kMargin + page.rows.widest);
    EXPECT_GT(page.panel_left(1), page.panel_left(0) + page.panel_width());
    EXPECT_GT(page.panel_top(2), page.panel_top(0) + page.panel_height());
    EXPECT_GT(page.bar_left(), page.panel_left(1) + page.panel_width());
    EXPECT_GT(page.width, page.bar_left() + page.kBarWidth);
    EXPECT_GT(page.height, page.panel_top(2) + page.panel_height() + page.column_space);
  }
}

}  // namespace
}  // namespace eigenhead::detail
