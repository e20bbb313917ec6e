#include "eigenhead/plot/bar_chart.hpp"

#include "support/golden.hpp"
#include "support/throws.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

TEST(BarChart, SmallFigureEqualsTheStoredFile) {
  BarChartOptions options;
  options.title = "Explained variance";
  options.x_label = "Principal component";
  options.y_label = "Explained variance ratio";
  options.has_cumulative_line = true;
  const Figure figure = bar_chart(Tensor<double, 1>({3}, {0.5, 0.25, 0.125}), options);
  expect_xml(figure.to_string());
  expect_golden("plot/bar_chart.svg", figure.to_string());
}

TEST(BarChart, BarsStandOnZeroAndNegativeOnesHang) {
  const Figure figure = bar_chart(Tensor<float, 1>({2}, {2, -1}));
  const std::string& svg = figure.to_string();
  const auto number = [&](const std::string& name, std::size_t from) {
    const std::size_t at = svg.find(" " + name + "=\"", from) + name.size() + 3;
    return std::stod(svg.substr(at));
  };
  const std::size_t second = svg.rfind("<rect", svg.find("<title>1: -1</title>"));
  const std::size_t first = svg.rfind("<rect", svg.find("<title>0: 2</title>"));
  EXPECT_NEAR(number("y", first) + number("height", first), number("y", second), 0.02);
  EXPECT_NEAR(number("height", first), 2 * number("height", second), 0.03);
}

TEST(BarChart, CumulativeLineTellsTheSumSoFar) {
  BarChartOptions options;
  options.has_cumulative_line = true;
  EXPECT_NE(bar_chart(Tensor<double, 1>({2}, {0.5, 0.25}), options)
                .to_string()
                .find("<title>up to 1: 0.75</title>"),
            std::string::npos);
}

TEST(BarChart, ZerosAndSingleBarsAreWellFormed) {
  expect_xml(bar_chart(Tensor<float, 1>(3)).to_string());
  expect_xml(bar_chart(Tensor<float, 1>({1}, {-4})).to_string());
  expect_xml(bar_chart(Tensor<float, 1>(2000)).to_string());
}

TEST(BarChart, WrongArgumentsAreRefused) {
  EXPECT_THROW_WITH(bar_chart(Tensor<float, 1>()), ShapeError,
                    "bar_chart: values must not be empty; got values [0]");
  BarChartOptions options;
  options.labels = {"a", "b"};
  EXPECT_THROW_WITH(bar_chart(Tensor<float, 1>(3), options), ShapeError,
                    "bar_chart: labels must have one label per position; got 2 labels, "
                    "values [3]");
  options = {};
  options.range = ValueRange{0, 1};
  options.has_cumulative_line = true;
  EXPECT_THROW_WITH(bar_chart(Tensor<float, 1>({2}, {1, 0.5f}), options), ValueError,
                    "bar_chart: range must contain all values; got value 1.5");
  options = {};
  options.height = 10;
  EXPECT_THROW_WITH(bar_chart(Tensor<float, 1>(3), options), ValueError,
                    "bar_chart: width and height must be from 240 x 180 to 100000 x 100000; got "
                    "width 640, height 10");
}

}  // namespace
}  // namespace eigenhead
