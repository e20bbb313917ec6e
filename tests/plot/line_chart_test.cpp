#include "eigenhead/plot/line_chart.hpp"

#include "support/golden.hpp"
#include "support/throws.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace eigenhead {
namespace {

TEST(LineChart, SmallFigureEqualsTheStoredFile) {
  LineChartOptions options;
  options.title = "Mean entropy";
  options.x_label = "Layer";
  options.y_label = "Entropy (nats)";
  options.series = {"Head 0", "Head 1"};
  const Figure figure =
      line_chart(Tensor<float, 2>({2, 3}, {1.5f, 1.25f, 0.5f, 2, 1.75f, 1}), options);
  expect_xml(figure.to_string());
  expect_golden("plot/line_chart.svg", figure.to_string());
}

TEST(LineChart, MarkerTellsSeriesPositionAndValueOnHover) {
  LineChartOptions options;
  options.series = {"Head 0"};
  options.labels = {"first"};
  EXPECT_NE(line_chart(Tensor<float, 2>({1, 1}, {0.25f}), options)
                .to_string()
                .find("<title>Head 0, first: 0.25</title>"),
            std::string::npos);
}

TEST(LineChart, SeriesThatDoNotFitTheLegendAreCounted) {
  LineChartOptions options;
  for (int i = 0; i < 64; ++i) options.series.push_back("s" + std::to_string(i));
  const Figure figure = line_chart(Tensor<float, 2>({64, 2}), options);
  expect_xml(figure.to_string());
  EXPECT_NE(figure.to_string().find(" more</text>"), std::string::npos);
  EXPECT_EQ(figure.to_string().find(">s40</text>"), std::string::npos);
}

TEST(LineChart, LongSeriesHasALineWithoutMarkersAndFewLabels) {
  const Figure figure = line_chart(Tensor<double, 2>({1, 1000}));
  expect_xml(figure.to_string());
  EXPECT_EQ(figure.to_string().find("<circle"), std::string::npos);
  EXPECT_LT(figure.to_string().size(), 30000u);
}

TEST(LineChart, WrongArgumentsAreRefused) {
  LineChartOptions options;
  EXPECT_THROW_WITH(line_chart(Tensor<float, 2>({0, 3})), ShapeError,
                    "line_chart: values must not be empty; got values [0, 3]");
  options.labels = {"a"};
  EXPECT_THROW_WITH(line_chart(Tensor<float, 2>({1, 3}), options), ShapeError,
                    "line_chart: labels must have one label per position; got 1 labels, "
                    "values [1, 3]");
  options = {};
  options.series = {"a"};
  EXPECT_THROW_WITH(line_chart(Tensor<float, 2>({2, 3}), options), ShapeError,
                    "line_chart: series must have one name per row; got 1 labels, values [2, 3]");
  options = {};
  options.range = ValueRange{0, 1};
  EXPECT_THROW_WITH(line_chart(Tensor<float, 2>({1, 1}, {2}), options), ValueError,
                    "line_chart: range must contain all values; got value 2");
  EXPECT_THROW_WITH(line_chart(Tensor<float, 2>({65, 1})), ValueError,
                    "line_chart: values must have at most 64 rows; got values [65, 1]");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW_WITH(line_chart(Tensor<double, 2>({1, 1}, {nan})), ValueError,
                    "line_chart: values must be finite and below 1e300; got value nan");
}

}  // namespace
}  // namespace eigenhead
