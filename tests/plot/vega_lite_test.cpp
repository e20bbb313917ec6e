#include "eigenhead/plot/vega_lite.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>

namespace eigenhead {
namespace {

using Json = nlohmann::json;

TEST(VegaLiteHeatmap, HoldsEveryCellWithItsLabels) {
  HeatmapOptions options;
  options.title = "Head 0";
  options.row_labels = options.column_labels = {"a", "a"};  // repeated tokens stay apart
  options.range = ValueRange{0, 1};
  const Json json = Json::parse(vega_lite_heatmap(
      Tensor<float, 2>({2, 2}, {0.1f, 1, std::numeric_limits<float>::quiet_NaN(), 0}), options));
  EXPECT_EQ(json.at("$schema"), "https://vega.github.io/schema/vega-lite/v5.json");
  EXPECT_EQ(json.at("title"), "Head 0");
  const Json& values = json.at("data").at("values");
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(values[1].dump(), R"({"column":1,"from":"a","row":0,"to":"a","value":1})");
  EXPECT_EQ(values[0].at("value"), 0.1);
  EXPECT_TRUE(values[2].at("value").is_null());
  const Json& encoding = json.at("encoding");
  EXPECT_EQ(encoding.at("x").at("axis").at("labelExpr"), R"(["a","a"][datum.value])");
  EXPECT_EQ(encoding.at("color").at("scale").dump(),
            R"({"clamp":true,"domain":[0,1],"scheme":"viridis"})");
}

TEST(VegaLiteHeatmap, DivergingMapHasASymmetricDomain) {
  HeatmapOptions options;
  options.colormap = Colormap::red_blue;
  const Json json = Json::parse(vega_lite_heatmap(Tensor<double, 2>({1, 2}, {-1, 3}), options));
  EXPECT_EQ(json.at("encoding").at("color").at("scale").at("domain").dump(), "[-3,3]");
  EXPECT_EQ(json.at("encoding").at("color").at("scale").at("scheme"), "redblue");
}

TEST(VegaLiteHeatmap, WhatHeatmapRefusesIsRefused) {
  EXPECT_THROW_WITH(vega_lite_heatmap(Tensor<float, 2>({0, 2})), ShapeError,
                    "vega_lite_heatmap: values must not be empty; got values [0, 2]");
  HeatmapOptions options;
  options.row_labels = {"a"};
  EXPECT_THROW_WITH(vega_lite_heatmap(Tensor<float, 2>({2, 2}), options), ShapeError,
                    "vega_lite_heatmap: row_labels must have one label per row; got 1 labels, "
                    "values [2, 2]");
  options.row_labels.clear();
  options.column_labels = {"a"};
  EXPECT_THROW_WITH(vega_lite_heatmap(Tensor<float, 2>({2, 2}), options), ShapeError,
                    "vega_lite_heatmap: column_labels must have one label per column; got 1 "
                    "labels, values [2, 2]");
  options.column_labels.clear();
  options.range = ValueRange{1, 1};
  EXPECT_THROW_WITH(vega_lite_heatmap(Tensor<float, 2>({2, 2}), options), ValueError,
                    "vega_lite_heatmap: range must be finite with minimum < maximum; got minimum "
                    "1, maximum 1");
}

TEST(VegaLiteScatter, HoldsPointsLabelsAndGroups) {
  ScatterOptions options;
  options.labels = {"</script>", "b"};
  options.groups = {"x", "y"};
  options.x_label = "PC1";
  const std::string text = vega_lite_scatter(Tensor<float, 2>({2, 2}, {1, 2, 3, 4.5f}), options);
  EXPECT_EQ(text.find("</script"), text.npos);
  const Json json = Json::parse(text);
  EXPECT_EQ(json.at("data").at("values")[1].dump(), R"({"group":"y","label":"b","x":3,"y":4.5})");
  EXPECT_EQ(json.at("encoding").at("x").at("title"), "PC1");
  EXPECT_EQ(json.at("layer").size(), 2u);
  EXPECT_EQ(json.at("layer")[0].at("encoding").at("color").at("field"), "group");
}

TEST(VegaLiteScatter, PointsOfAnotherShapeAreRefused) {
  EXPECT_THROW_WITH(vega_lite_scatter(Tensor<float, 2>({2, 3})), ShapeError,
                    "vega_lite_scatter: points must be [n, 2] with n >= 1; got points [2, 3]");
  ScatterOptions options;
  options.labels = {"a"};
  EXPECT_THROW_WITH(vega_lite_scatter(Tensor<float, 2>({2, 2}), options), ShapeError,
                    "vega_lite_scatter: labels must have one label per point; got 1 labels, "
                    "points [2, 2]");
  options.labels.clear();
  options.groups = {"a"};
  EXPECT_THROW_WITH(vega_lite_scatter(Tensor<float, 2>({2, 2}), options), ShapeError,
                    "vega_lite_scatter: groups must have one name per point; got 1 labels, "
                    "points [2, 2]");
}

}  // namespace
}  // namespace eigenhead
