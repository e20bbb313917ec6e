#include "eigenhead/plot/figure.hpp"

#include "eigenhead/plot/colormap.hpp"

#include "support/temporary_folder.hpp"
#include "support/throws.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>

namespace eigenhead {
namespace {

Figure empty_figure(const std::string& title) {
  detail::SvgWriter svg;
  detail::open_figure(svg, 100, 50.5, detail::theme_colors(Theme::light), title, "Kind", 30);
  return detail::close_figure(svg, 100, 50.5);
}

TEST(Figure, RootHasSizeViewBoxAndAccessibleName) {
  const Figure figure = empty_figure("a<b");
  const std::string& svg = figure.to_string();
  expect_xml(svg);
  EXPECT_EQ(svg.find("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"50.5\" "
                     "viewBox=\"0 0 100 50.5\" role=\"img\" aria-label=\"a&lt;b\""),
            0u);
  EXPECT_NE(svg.find("<title>a&lt;b</title>"), std::string::npos);
  EXPECT_EQ(figure.width(), 100);
  EXPECT_EQ(figure.height(), 50.5);
}

TEST(Figure, WithoutTitleItIsNamedByItsKind) {
  EXPECT_NE(empty_figure("").to_string().find("aria-label=\"Kind\""), std::string::npos);
}

TEST(Figure, StreamAndFileHoldTheSameBytes) {
  const TemporaryFolder folder;
  const Figure figure = empty_figure("x");
  figure.save(folder / "x.svg");
  std::ostringstream out;
  out << figure;
  EXPECT_EQ(out.str(), figure.to_string());
  EXPECT_EQ(read_file(folder / "x.svg"), figure.to_string());
}

TEST(Figure, PngOfPixelsIsWrittenWithScaledCells) {
  const TemporaryFolder folder;
  detail::PixelPicture pixels;
  pixels.indices = {0, 1};
  pixels.width = 2;
  pixels.palette = {{0, 0, 0}, {255, 255, 255}};
  pixels.scale = 3;
  Figure(empty_figure("x"), pixels).save(folder / "x.png");
  const std::string png = read_file(folder / "x.png");
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(png.substr(16, 8), std::string("\0\0\0\6\0\0\0\3", 8));  // 6 x 3 pixels
  EXPECT_EQ(png, detail::palette_png({0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}, 6,
                                     pixels.palette));
}

TEST(Figure, PngOfAFigureWithLettersIsRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW_WITH(empty_figure("x").save(folder / "x.png"), ValueError,
                    "Figure::save: a PNG must be of a single heatmap; got " +
                        quote((folder / "x.png").string()) +
                        "; save an SVG and convert it, for example with rsvg-convert");
  EXPECT_FALSE(std::filesystem::exists(folder / "x.png"));
}

TEST(Figure, SavingIntoAMissingFolderIsRefused) {
  const TemporaryFolder folder;
  const auto path = folder / "missing" / "x.svg";
  EXPECT_THROW_WITH(empty_figure("x").save(path), FileError,
                    "Figure::save: path must be writable; got \"" + path.string() + "\"");
}

TEST(Theme, TextHasAContrastOfAtLeastFourAndAHalf) {
  const auto color = [](const std::string& hex) {
    return detail::color_from(static_cast<std::uint32_t>(std::stoul(hex.substr(1), nullptr, 16)));
  };
  for (const Theme theme : {Theme::light, Theme::dark}) {
    const detail::ThemeColors colors = detail::theme_colors(theme);
    for (const std::string& text : {colors.ink, colors.muted, colors.accent})
      EXPECT_GE(detail::contrast(color(text), color(colors.background)), 4.5) << text;
  }
}

}  // namespace
}  // namespace eigenhead
