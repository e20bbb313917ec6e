#include "eigenhead/plot/scatter.hpp"

#include "support/golden.hpp"
#include "support/throws.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {
namespace {

bool has(const Figure& figure, std::string_view text) {
  return figure.to_string().find(text) != std::string::npos;
}

TEST(Scatter, SmallFigureEqualsTheStoredFile) {
  ScatterOptions options;
  options.title = "Token embeddings";
  options.x_label = "PC1 (43.1 %)";
  options.y_label = "PC2 (17.9 %)";
  options.labels = {"cat", "dog", "\u5317\u4eac", "Paris"};
  options.groups = {"animal", "animal", "city", "city"};
  const Tensor<float, 2> points({4, 2}, {1, 2, 1.02f, 2.01f, -1, -2, -1.5f, 0.5f});
  const Figure figure = scatter(points, options);
  expect_xml(figure.to_string());
  expect_golden("plot/scatter.svg", figure.to_string());
}

TEST(Scatter, PointTellsLabelGroupAndPlaceOnHover) {
  ScatterOptions options;
  options.labels = {"cat"};
  options.groups = {"animal"};
  EXPECT_TRUE(has(scatter(Tensor<float, 2>({1, 2}, {0.5f, -2}), options),
                  "<title>cat [animal]: (0.5, -2)</title>"));
  EXPECT_TRUE(has(scatter(Tensor<float, 2>({1, 2}, {0.5f, -2})), "<title>0: (0.5, -2)</title>"));
}

TEST(Scatter, GroupsDifferByShapeAndByColor) {
  const detail::ThemeColors colors = detail::theme_colors(Theme::light);
  std::set<std::string> markers;
  std::set<std::string> first_colors;
  for (std::size_t group = 0; group < detail::kMostGroups; ++group) {
    detail::SvgWriter svg;
    detail::draw_marker(svg, 0, 0, group, colors, {});
    markers.insert(svg.take());
    if (group < 8) first_colors.insert(detail::group_color(group, colors));
  }
  EXPECT_EQ(markers.size(), detail::kMostGroups);
  EXPECT_EQ(first_colors.size(), 8u);
}

TEST(Scatter, EqualAspectGivesAUnitTheSameLengthOnBothAxes) {
  detail::Axes axes({}, {0, 10}, {0, 1}, 700, 500);
  const auto x_unit = [&] { return axes.x_pixel(1) - axes.x_pixel(0); };
  const auto y_unit = [&] { return axes.y_pixel(0) - axes.y_pixel(1); };
  EXPECT_GT(y_unit(), 5 * x_unit());
  axes.make_equal();
  EXPECT_NEAR(x_unit(), y_unit(), 1e-9);
  EXPECT_NEAR(axes.x_pixel(0), axes.frame().left, 1e-9);
}

TEST(Scatter, EveryLabelIsDrawnOrCounted) {
  Tensor<double, 2> points({30, 2});  // all at one place
  ScatterOptions options;
  for (int i = 0; i < 30; ++i) options.labels.push_back("label number " + std::to_string(i));
  const Figure figure = scatter(points, options);
  expect_xml(figure.to_string());
  std::size_t drawn = 0;
  for (const std::string& label : options.labels) drawn += has(figure, ">" + label + "</text>");
  EXPECT_GE(drawn, 4u);
  ASSERT_LT(drawn, 30u);
  EXPECT_TRUE(has(figure, ">" + std::to_string(30 - drawn) + " of 30 labels show on hover only<"));
}

TEST(Scatter, HostileLabelsAreText) {
  ScatterOptions options;
  options.labels = {"</script><img src=x onerror=alert(1)>", "\xff]]>"};
  options.groups = {"<b>", "\"&"};
  options.title = options.x_label = options.y_label = "<i>";
  const Figure figure = scatter(Tensor<float, 2>({2, 2}, {0, 0, 1, 1}), options);
  expect_xml(figure.to_string());
  EXPECT_FALSE(has(figure, "<img"));
  EXPECT_FALSE(has(figure, "<b>"));
  EXPECT_FALSE(has(figure, "<i>"));
}

TEST(Scatter, ExtremeCoordinatesAreWellFormed) {
  for (const Tensor<double, 2>& points :
       {Tensor<double, 2>({1, 2}), Tensor<double, 2>({2, 2}, {9e299, -9e299, -9e299, 9e299}),
        Tensor<double, 2>({2, 2}, {1e-300, 0, 2e-300, 1e-310}),
        Tensor<double, 2>({2, 2}, {1e16, 1, 1e16 + 2, 1})}) {
    for (const bool is_equal : {false, true}) {
      ScatterOptions options;
      options.has_equal_aspect = is_equal;
      expect_xml(scatter(points, options).to_string());
    }
  }
}

TEST(Scatter, NumbersThatLeaveNoRoomForTheFrameAreRefused) {
  ScatterOptions options;
  options.x_label = "x";
  options.y_label = "y";
  options.groups = {"a", "b"};
  options.height = 300;
  const Tensor<double, 2> points({2, 2}, {0, -4.4e299, 1, -4.4001e299});
  for (double width = 240; width <= 400; width += 20) {
    options.width = width;
    std::string refusal;
    try {
      expect_xml(scatter(points, options).to_string());
    } catch (const ValueError& error) {
      refusal = error.what();
    }
    EXPECT_EQ(refusal.empty(), width >= 340) << width << ": " << refusal;
  }
  options.width = 260;
  EXPECT_THROW_WITH(scatter(points, options), ValueError,
                    "scatter: width must leave 40 pixels for the frame; got width 260, frame -23");
}

TEST(Scatter, WrongShapesAreRefusedWithNumbers) {
  EXPECT_THROW_WITH(scatter(Tensor<float, 2>({0, 2})), ShapeError,
                    "scatter: points must be [n, 2] with n >= 1; got points [0, 2]");
  EXPECT_THROW_WITH(scatter(Tensor<float, 2>({4, 3})), ShapeError,
                    "scatter: points must be [n, 2] with n >= 1; got points [4, 3]");
  ScatterOptions options;
  options.labels = {"a", "b", "c"};
  EXPECT_THROW_WITH(scatter(Tensor<float, 2>({4, 2}), options), ShapeError,
                    "scatter: labels must have one label per point; got 3 labels, points [4, 2]");
  options.labels.clear();
  options.groups = {"a"};
  EXPECT_THROW_WITH(scatter(Tensor<float, 2>({4, 2}), options), ShapeError,
                    "scatter: groups must have one name per point; got 1 labels, points [4, 2]");
}

TEST(Scatter, WrongValuesAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW_WITH(scatter(Tensor<double, 2>({2, 2}, {0, 0, 0, nan})), ValueError,
                    "scatter: points must be finite and below 1e300; got value nan, at [1, 1]");
  ScatterOptions options;
  options.width = 100;
  EXPECT_THROW_WITH(scatter(Tensor<double, 2>({1, 2}), options), ValueError,
                    "scatter: width and height must be from 240 x 180 to 100000 x 100000; got "
                    "width 100, height 540");
  ScatterOptions many;
  for (int i = 0; i < 65; ++i) many.groups.push_back(std::to_string(i));
  EXPECT_THROW_WITH(scatter(Tensor<double, 2>({65, 2}), many), ValueError,
                    "scatter: groups must have at most 64 different names; got names 65");
}

TEST(Scatter, GivenRangesPlaceThePoints) {
  ScatterOptions options;
  options.x_range = ValueRange{0, 2};
  options.y_range = ValueRange{0, 2};
  options.width = 340;
  // The frame is from 20 + 22 + 8 to 340 - 20 pixels wide; 1 lies in its middle.
  const std::string svg = scatter(Tensor<float, 2>({1, 2}, {1, 1}), options).to_string();
  const std::string start = "<circle cx=\"";
  const auto at = svg.find(start);
  ASSERT_NE(at, svg.npos);
  const double left = std::stod(svg.substr(svg.find("<rect x=\"") + 9));
  EXPECT_NEAR(std::stod(svg.substr(at + start.size())), (left - 0.5 + 320) / 2, 0.01);
}

TEST(Scatter, PointsOutsideAGivenRangeAreRefused) {
  ScatterOptions options;
  options.y_range = ValueRange{0, 2};
  EXPECT_THROW_WITH(scatter(Tensor<float, 2>({1, 2}, {5, 3}), options), ValueError,
                    "scatter: y_range must contain all points; got value 3");
  options.y_range = {};
  options.x_range = ValueRange{0, 2};
  EXPECT_THROW_WITH(scatter(Tensor<float, 2>({1, 2}, {5, 3}), options), ValueError,
                    "scatter: x_range must contain all points; got value 5");
  options.x_range = ValueRange{2, 2};
  EXPECT_THROW(scatter(Tensor<float, 2>({1, 2}, {2, 3}), options), ValueError);
}

}  // namespace
}  // namespace eigenhead
