#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/utf8.hpp"
#include "eigenhead/plot/label_text.hpp"

#include <charconv>
#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// `value` with `decimals` digits after the point, whatever the locale; never "-0".
inline std::string format_fixed(double value, int decimals) {
  char buffer[400];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals).ptr;
  std::string text(buffer, end);
  if (text[0] == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
  return text;
}

/// `value` with `digits` significant digits, as short as possible: 0.137, 1.2e-05; NaN and infinity
/// signs.
inline std::string format_general(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "\u221e" : "-\u221e";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits).ptr;
  return std::string(buffer, end);
}

/// A coordinate: at most two decimals, no trailing zeros. Throws ValueError when not finite.
inline std::string svg_number(double value) {
  check<ValueError>(std::isfinite(value), "svg_number: value must be finite", "value", value);
  std::string text = format_fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// `text` as the content of an XML element or quoted attribute: markup is escaped, characters that
/// XML forbids vanish, ill-formed UTF-8 becomes U+FFFD.
inline std::string escape_xml(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const char32_t code_point = take_code_point(text);
    switch (code_point) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      case 0xfffe:
      case 0xffff: break;
      default:
        if (!is_control(code_point) || code_point == '\t' || code_point == '\n')
          append_utf8(code_point, result);
    }
  }
  return result;
}

/// `name="value"` of an element; numbers are formatted, text is escaped.
struct SvgAttribute {
  SvgAttribute(std::string_view attribute_name, std::string_view text)
      : name(attribute_name), value(escape_xml(text)) {}

  template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
  SvgAttribute(std::string_view attribute_name, Number number)
      : name(attribute_name), value(svg_number(static_cast<double>(number))) {}

  std::string_view name;
  std::string value;
};

using SvgAttributes = std::initializer_list<SvgAttribute>;

/// How a piece of text is drawn. `anchor` is "start", "middle" or "end"; `rotation` turns about the
/// anchor, in degrees clockwise.
struct TextStyle {
  std::string fill;
  std::string_view anchor = "start";
  double size = 12;
  double rotation = 0;
  bool is_bold = false;
};

/// Writes elements in order; open() and close() nest.
class SvgWriter {
 public:
  void open(std::string_view name, SvgAttributes attributes) {
    start_tag(name, attributes);
    text_ += ">\n";
    open_elements_.emplace_back(name);
  }

  void close() {
    text_ += "</" + open_elements_.back() + ">\n";
    open_elements_.pop_back();
  }

  /// An element without children, except `hover`, which browsers show under the pointer.
  void element(std::string_view name, SvgAttributes attributes, std::string_view hover = {}) {
    start_tag(name, attributes);
    if (hover.empty()) {
      text_ += "/>\n";
    } else {
      text_ += "><title>" + escape_xml(hover) + "</title></" + std::string(name) + ">\n";
    }
  }

  /// The name of the element opened last: its accessible name, shown by hovering.
  void title(std::string_view name) { text_ += "<title>" + escape_xml(name) + "</title>\n"; }

  /// One line of text whose middle height is at `y`. `hover` holds the full text of a shortened
  /// one.
  void text(double x, double y, std::string_view content, const TextStyle& style,
            std::string_view hover = {}) {
    // 0.35 em lower is the baseline of text centred at y; dominant-baseline is not known
    // everywhere.
    const double baseline = style.rotation == 0 ? y + 0.35 * style.size : y;
    text_ += "<text";
    attribute({"x", x});
    attribute({"y", baseline});
    if (style.rotation != 0) {
      attribute({"transform", "rotate(" + svg_number(style.rotation) + " " + svg_number(x) + " " +
                                  svg_number(y) + ")"});
      attribute({"dy", 0.35 * style.size});
    }
    if (style.anchor != "start") attribute({"text-anchor", style.anchor});
    if (style.size != 12) attribute({"font-size", style.size});
    if (style.is_bold) attribute({"font-weight", 600});
    attribute({"fill", style.fill});
    text_ += ">";
    if (!hover.empty()) text_ += "<title>" + escape_xml(hover) + "</title>";
    text_ += escape_xml(content) + "</text>\n";
  }

  /// A label drawn within `limit` pixels; what does not fit is shown by hovering.
  void label(double x, double y, std::string_view content, const TextStyle& style, double limit) {
    const std::string whole = visible_label(content);
    const std::string drawn = shorten(whole, limit / style.size, advance);
    text(x, y, drawn, style, drawn == whole ? std::string_view() : content);
  }

  /// The document so far; every opened element must be closed.
  std::string take() { return std::move(text_); }

 private:
  void start_tag(std::string_view name, SvgAttributes attributes) {
    text_ += '<';
    text_ += name;
    for (const SvgAttribute& item : attributes) attribute(item);
  }

  void attribute(const SvgAttribute& item) {
    text_ += ' ';
    text_ += item.name;
    text_ += "=\"" + item.value + '"';
  }

  std::string text_;
  std::vector<std::string> open_elements_;
};

}  // namespace eigenhead::detail
