#include "eigenhead/plot/svg.hpp"

#include "support/throws.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <locale>
#include <string>

namespace eigenhead::detail {
namespace {

TEST(XmlChecker, AcceptsAndRefusesWhatXmlDoes) {
  expect_xml("<a b=\"1\"><c/>x &amp; y<d></d></a>\n");
  for (const char* const broken :
       {"", "<a>", "<a></b>", "<a/><b/>", "<a b=1/>", "<a b=\"1\" b=\"2\"/>", "<a b=\"<\"/>",
        "<a>&nbsp;</a>", "<a>&</a>", "<a>]]></a>", "<a>\x01</a>", "<a>\xff</a>",
        "<a>\xed\xa0\x80</a>", "x<a/>", "<a b=\"nan\"/>", "<a width=\"-1\"/>",
        "<a height=\"-0.5\"/>", "<a>\xef\xbf\xbf</a>", "<a b=\"1/>"})
    EXPECT_NE(XmlChecker(broken).error(), "") << broken;
}

TEST(SvgNumber, HasAtMostTwoDecimalsAndNoTrailingZeros) {
  EXPECT_EQ(svg_number(1.0), "1");
  EXPECT_EQ(svg_number(0.5), "0.5");
  EXPECT_EQ(svg_number(-12.346), "-12.35");
  EXPECT_EQ(svg_number(1200), "1200");
  EXPECT_EQ(svg_number(-0.0), "0");
  EXPECT_EQ(svg_number(-0.001), "0");
}

TEST(SvgNumber, ValueThatIsNotFiniteIsRefused) {
  EXPECT_THROW_WITH(svg_number(std::numeric_limits<double>::infinity()), ValueError,
                    "svg_number: value must be finite; got value inf");
}

TEST(FormatFixed, KeepsItsDecimalsAndDropsTheSignOfZero) {
  EXPECT_EQ(format_fixed(0.125, 2), "0.12");
  EXPECT_EQ(format_fixed(3, 2), "3.00");
  EXPECT_EQ(format_fixed(-0.001, 2), "0.00");
  EXPECT_EQ(format_fixed(-0.01, 2), "-0.01");
  EXPECT_EQ(format_fixed(1e300, 2).size(), 304u);
}

TEST(FormatGeneral, IsShortAndNamesWhatIsNotFinite) {
  EXPECT_EQ(format_general(0.13712, 3), "0.137");
  EXPECT_EQ(format_general(1.24e-5, 2), "1.2e-05");
  EXPECT_EQ(format_general(std::numeric_limits<double>::quiet_NaN(), 3), "NaN");
  EXPECT_EQ(format_general(-std::numeric_limits<double>::infinity(), 3), "-\u221e");
}

struct CommaPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(SvgNumber, IgnoresTheGlobalLocale) {
  const std::locale before = std::locale::global(std::locale(std::locale(), new CommaPoint));
  EXPECT_EQ(svg_number(1234.5), "1234.5");
  EXPECT_EQ(format_fixed(0.5, 1), "0.5");
  EXPECT_EQ(format_general(1234.5, 6), "1234.5");
  std::locale::global(before);
}

TEST(EscapeXml, MarkupBecomesText) {
  EXPECT_EQ(escape_xml("</script><img src=x onerror=alert(1)>"),
            "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;");
  EXPECT_EQ(escape_xml("]]>"), "]]&gt;");
  EXPECT_EQ(escape_xml("\"it's\" &lt;"), "&quot;it&#39;s&quot; &amp;lt;");
  EXPECT_EQ(escape_xml("<!-- -->"), "&lt;!-- --&gt;");
}

TEST(EscapeXml, ForbiddenCharactersVanishAndIllFormedBytesAreReplaced) {
  EXPECT_EQ(escape_xml(std::string("a\0b\x01\r\x1f", 6)), "ab");
  EXPECT_EQ(escape_xml("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(escape_xml("\ufffe\uffff"), "");
  EXPECT_EQ(escape_xml("\xff"), "\ufffd");
  EXPECT_EQ(escape_xml("\u5317\U0001f600"), "\u5317\U0001f600");
}

TEST(SvgWriter, NestsElementsAndShowsHoverText) {
  SvgWriter svg;
  svg.open("g", {{"fill", "a\"b"}});
  svg.element("rect", {{"x", 1}, {"y", 2.5}}, "<hover>");
  svg.element("rect", {{"x", 0}});
  svg.close();
  const std::string text = svg.take();
  EXPECT_EQ(text,
            "<g fill=\"a&quot;b\">\n<rect x=\"1\" y=\"2.5\"><title>&lt;hover&gt;</title></rect>\n"
            "<rect x=\"0\"/>\n</g>\n");
  expect_xml(text);
}

TEST(SvgWriter, ShortenedLabelKeepsItsFullTextForHovering) {
  SvgWriter svg;
  TextStyle style;
  style.fill = "#000000";
  svg.label(1, 10, "aaaaaaaaaa", style, 12 * 0.6 * 4);
  svg.label(1, 10, "aa", style, 100);
  EXPECT_EQ(svg.take(),
            "<text x=\"1\" y=\"14.2\" fill=\"#000000\"><title>aaaaaaaaaa</title>aa\u2026</text>\n"
            "<text x=\"1\" y=\"14.2\" fill=\"#000000\">aa</text>\n");
}

TEST(SvgWriter, RotatedTextTurnsAboutItsAnchor) {
  SvgWriter svg;
  TextStyle style;
  style.fill = "red";
  style.anchor = "end";
  style.rotation = -45;
  svg.text(10, 20, "cat", style);
  EXPECT_EQ(svg.take(),
            "<text x=\"10\" y=\"20\" transform=\"rotate(-45 10 20)\" dy=\"4.2\" "
            "text-anchor=\"end\" fill=\"red\">cat</text>\n");
}

}  // namespace
}  // namespace eigenhead::detail
