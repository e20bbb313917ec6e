#include "eigenhead/plot/terminal_scatter.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace eigenhead {
namespace {

TerminalScatterOptions small() {
  TerminalScatterOptions options;
  options.columns = 12;
  options.rows = 5;
  return options;
}

TEST(TerminalScatter, WithoutColorsSignsStandForGroups) {
  TerminalScatterOptions options = small();
  options.title = "Points";
  options.groups = {"a", "b"};
  options.x_label = "PC1";
  // The ranges are 0.08 wider at both ends: 0 lies at 0.069 of 12 columns, 1 at 0.931.
  EXPECT_EQ(terminal_scatter(Tensor<float, 2>({2, 2}, {0, 0, 1, 1}), options),
            "Points\n"
            "+------------+\n"
            "|           +|\n"
            "|            |\n"
            "|            |\n"
            "|            |\n"
            "|*           |\n"
            "+------------+\n"
            "x: PC1, -0.08 to 1.08\n"
            "y: -0.08 to 1.08\n"
            "* a\n"
            "+ b\n");
}

TEST(TerminalScatter, LabelsStandBesideTheirPointsWhereThereIsRoom) {
  TerminalScatterOptions options = small();
  options.labels = {"\u5317\u4eac", "right", "covered"};
  const std::string text =
      terminal_scatter(Tensor<float, 2>({3, 2}, {0, 0, 1, 1, 0.1f, 0}), options);
  EXPECT_NE(text.find("|     right *|"), text.npos) << text;
  EXPECT_NE(text.find("|**"), text.npos) << text;
  EXPECT_EQ(text.find("\u5317"), text.npos) << text;
  options.labels = {"\u5317\u4eac", "", ""};
  EXPECT_NE(terminal_scatter(Tensor<float, 2>({3, 2}, {0, 0, 1, 1, 1, 1}), options)
                .find("|* \u5317\u4eac      |"),
            text.npos);
}

TEST(TerminalScatter, ColorsAreHalfBlocks) {
  TerminalScatterOptions options = small();
  options.colors = TerminalColors::true_color;
  const std::string text = terminal_scatter(Tensor<float, 2>({1, 2}, {3, 4}), options);
  EXPECT_EQ(text.substr(0, 3), "\u250c");
  // The middle of 10 half rows is the lower half of the third row; #4499e0 is readable on any
  // ground.
  EXPECT_NE(text.find("\x1b[38;2;68;153;224m\u2584\x1b[0m"), text.npos);
  options.colors = TerminalColors::palette_256;
  EXPECT_NE(terminal_scatter(Tensor<float, 2>({1, 2}, {3, 4}), options).find("\x1b[38;5;"),
            text.npos);
}

TEST(TerminalScatter, TokensCannotSteerTheTerminal) {
  TerminalScatterOptions options = small();
  options.labels = {"a\x1b[2J\u202e"};
  const std::string text = terminal_scatter(Tensor<float, 2>({1, 2}, {0, 0}), options);
  EXPECT_EQ(text.find('\x1b'), text.npos);
  EXPECT_EQ(text.find("\u202e"), text.npos);
}

TEST(TerminalScatter, WhatDoesNotFitIsRefused) {
  EXPECT_THROW_WITH(terminal_scatter(Tensor<float, 2>({2, 3})), ShapeError,
                    "terminal_scatter: points must be [n, 2] with n >= 1; got points [2, 3]");
  TerminalScatterOptions options;
  options.labels = {"a"};
  EXPECT_THROW_WITH(terminal_scatter(Tensor<float, 2>({2, 2}), options), ShapeError,
                    "terminal_scatter: labels must have one label per point; got 1 labels, points "
                    "[2, 2]");
  options.labels.clear();
  options.groups = {"a"};
  EXPECT_THROW_WITH(terminal_scatter(Tensor<float, 2>({2, 2}), options), ShapeError,
                    "terminal_scatter: groups must have one name per point; got 1 labels, points "
                    "[2, 2]");
  options.groups.clear();
  options.rows = 2;
  EXPECT_THROW_WITH(terminal_scatter(Tensor<float, 2>({2, 2}), options), ValueError,
                    "terminal_scatter: the frame must be from 8 x 3 to 1000 x 1000; got columns "
                    "72, rows 2");
  EXPECT_THROW_WITH(
      terminal_scatter(Tensor<float, 2>({1, 2}, {0, std::numeric_limits<float>::quiet_NaN()})),
      ValueError,
      "terminal_scatter: points must be finite and below 1e300; got value nan, at [0, 1]");
}

}  // namespace
}  // namespace eigenhead
