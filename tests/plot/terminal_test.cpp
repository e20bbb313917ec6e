#include "eigenhead/plot/terminal.hpp"

#include "support/special_values.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

using detail::resolve_colors;

Tensor<float, 2> values() {
  return Tensor<float, 2>({3, 2}, {0, 1, 0.5f, kNaN<float>, 0.25f, 0.75f});
}

TEST(TerminalHeatmap, WithoutColorsCharactersShowTheValues) {
  EXPECT_EQ(terminal_heatmap(values()),
            "  @@\n"
            "++??\n"
            "::##\n"
            "0 [ .:-=+*#%@] 1  ? not finite\n");
}

TEST(TerminalHeatmap, LabelsAlignByTheirColumns) {
  TerminalHeatmapOptions options;
  options.title = "Attention";
  options.row_labels = {"\u5317\u4eac", "cafe\u0301", "embedding"};
  options.column_labels = {"\u5317a", "e\u0301"};
  options.longest_label = 5;
  EXPECT_EQ(terminal_heatmap(values(), options),
            "Attention\n"
            "      \u5317\n"
            "      a e\u0301\n"
            " \u5317\u4eac   @@\n"
            " cafe\u0301 ++??\n"
            "embe\u2026 ::##\n"
            "      0 [ .:-=+*#%@] 1  ? not finite\n");
}

TEST(TerminalHeatmap, TrueColorShowsTwoRowsALineByHalfBlocks) {
  TerminalHeatmapOptions options;
  options.colors = TerminalColors::true_color;
  options.colormap = Colormap::greys;
  options.range = ValueRange{0, 1};
  const std::string text = terminal_heatmap(values(), options);
  const std::string expected =
      "\x1b[38;2;255;255;255m\x1b[48;2;149;149;149m\u2580\x1b[38;2;0;0;0m\x1b[48;2;233;196;106m"
      "\u2580\x1b[0m\n"
      "\x1b[38;2;217;217;217m\u2580\x1b[38;2;81;81;81m\u2580\x1b[0m\n"
      "0 \x1b[48;2;";
  EXPECT_EQ(text.substr(0, expected.size()), expected);
  const std::string end = "\x1b[0m 1  \x1b[48;2;233;196;106m  \x1b[0m not finite\n";
  EXPECT_EQ(text.substr(text.size() - end.size()), end);
}

TEST(TerminalHeatmap, PaletteOf256UsesTheNearestColorsAndLabelsGiveALineARow) {
  TerminalHeatmapOptions options;
  options.colors = TerminalColors::palette_256;
  options.colormap = Colormap::greys;
  options.row_labels = {"a", "b"};
  const std::string text = terminal_heatmap(Tensor<float, 2>({2, 1}, {0, 1}), options);
  const std::string expected =
      "a \x1b[48;5;231m  \x1b[0m\n"
      "b \x1b[48;5;16m  \x1b[0m\n"
      "  0 \x1b[48;5;";
  EXPECT_EQ(text.substr(0, expected.size()), expected);
}

TEST(XtermIndex, ExactColorsOfCubeAndRampAreFound) {
  EXPECT_EQ(detail::xterm_index({0, 0, 0}), 16);
  EXPECT_EQ(detail::xterm_index({255, 255, 255}), 231);
  EXPECT_EQ(detail::xterm_index({95, 135, 215}), 16 + 36 * 1 + 6 * 2 + 4);
  EXPECT_EQ(detail::xterm_index({8, 8, 8}), 232);
  EXPECT_EQ(detail::xterm_index({238, 238, 238}), 255);
}

TEST(ResolveColors, FollowsTheEnvironment) {
  EXPECT_EQ(resolve_colors(true, nullptr, "truecolor", "xterm-256color"),
            TerminalColors::true_color);
  EXPECT_EQ(resolve_colors(true, nullptr, "24bit", "xterm"), TerminalColors::true_color);
  EXPECT_EQ(resolve_colors(true, nullptr, nullptr, "xterm-256color"), TerminalColors::palette_256);
  EXPECT_EQ(resolve_colors(true, nullptr, nullptr, "xterm"), TerminalColors::none);
  EXPECT_EQ(resolve_colors(true, "", nullptr, "xterm-256color"), TerminalColors::palette_256);
  EXPECT_EQ(resolve_colors(true, "1", "truecolor", "xterm-256color"), TerminalColors::none);
  EXPECT_EQ(resolve_colors(true, nullptr, "truecolor", "dumb"), TerminalColors::none);
  EXPECT_EQ(resolve_colors(true, nullptr, "truecolor", nullptr), TerminalColors::none);
  EXPECT_EQ(resolve_colors(false, nullptr, "truecolor", "xterm-256color"), TerminalColors::none);
}

TEST(TerminalHeatmap, AutomaticWithoutATerminalHasNoEscapes) {
  EXPECT_EQ(terminal_heatmap(values()).find('\x1b'), std::string::npos);
}

TEST(TerminalHeatmap, TokensCannotSteerTheTerminal) {
  TerminalHeatmapOptions options;
  options.title = "\x1b]0;owned\x07";
  options.row_labels = {"\x1b[2J", "a\u009bb\xff", "\u202e\u061cc\u2066"};
  const std::string text = terminal_heatmap(values(), options);
  EXPECT_EQ(text,
            "]0;owned\n"
            "[2J   @@\n"
            "ab\ufffd ++??\n"
            "  c ::##\n"
            "    0 [ .:-=+*#%@] 1  ? not finite\n");
}

TEST(TerminalHeatmap, WrongArgumentsAreRefused) {
  EXPECT_THROW_WITH(terminal_heatmap(Tensor<float, 2>()), ShapeError,
                    "terminal_heatmap: values must not be empty; got values [0, 0]");
  TerminalHeatmapOptions options;
  options.row_labels = {"a"};
  EXPECT_THROW_WITH(
      terminal_heatmap(values(), options), ShapeError,
      "terminal_heatmap: row_labels must have one label per row; got 1 labels, values [3, 2]");
  options = {};
  options.column_labels = {"a"};
  EXPECT_THROW_WITH(terminal_heatmap(values(), options), ShapeError,
                    "terminal_heatmap: column_labels must have one label per column; got 1 "
                    "labels, values [3, 2]");
  options = {};
  options.longest_label = 0;
  EXPECT_THROW_WITH(terminal_heatmap(values(), options), ValueError,
                    "terminal_heatmap: longest_label must be >= 1; got longest_label 0");
  options = {};
  options.range = ValueRange{2, 1};
  EXPECT_THROW_WITH(terminal_heatmap(values(), options), ValueError,
                    "terminal_heatmap: range must be finite with minimum < maximum; got minimum "
                    "2, maximum 1");
}

}  // namespace
}  // namespace eigenhead
