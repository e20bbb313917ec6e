#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

/// A strict reader of the XML that figures use: elements, quoted attributes, text, the five
/// predefined entities and numeric references. Everything else, and any ill-formed UTF-8 or
/// forbidden character, is an error. So are numbers that are not finite and negative sizes.
class XmlChecker {
 public:
  explicit XmlChecker(std::string_view text) : text_(text) {}

  /// What is wrong and where; empty for a well-formed document with one root element.
  std::string error() {
    check_characters();
    if (problem_.empty()) check_elements();
    return problem_;
  }

 private:
  bool fail(const std::string& problem) {
    if (problem_.empty())
      problem_ = problem + " at byte " + std::to_string(at_) + ": " +
                 std::string(text_.substr(at_ < 30 ? 0 : at_ - 30, 60));
    return false;
  }

  bool is_at(std::string_view expected) const {
    return text_.substr(at_, expected.size()) == expected;
  }

  bool check_characters() {
    for (at_ = 0; at_ < text_.size();) {
      const auto lead = static_cast<unsigned char>(text_[at_]);
      const std::size_t length = lead < 0x80   ? 1
                                 : lead < 0xc2 ? 0
                                 : lead < 0xe0 ? 2
                                 : lead < 0xf0 ? 3
                                 : lead < 0xf5 ? 4
                                               : 0;
      if (length == 0 || at_ + length > text_.size()) return fail("ill-formed UTF-8");
      unsigned code_point = length == 1 ? lead : lead & (0x7fu >> length);
      for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text_[at_ + i]);
        if ((next & 0xc0) != 0x80) return fail("ill-formed UTF-8");
        code_point = code_point << 6 | (next & 0x3fu);
      }
      const bool is_overlong = (length == 3 && code_point < 0x800) ||
                               (length == 4 && (code_point < 0x10000 || code_point > 0x10ffff));
      if (is_overlong || (code_point >= 0xd800 && code_point < 0xe000))
        return fail("ill-formed UTF-8");
      const bool is_control = code_point < 0x20 && code_point != '\t' && code_point != '\n';
      if (is_control || code_point == 0xfffe || code_point == 0xffff)
        return fail("forbidden character");
      at_ += length;
    }
    return true;
  }

  bool check_elements() {
    at_ = 0;
    bool had_root = false;
    while (at_ < text_.size()) {
      if (is_at("</")) {
        if (!check_end_tag()) return false;
      } else if (is_at("<")) {
        if (open_.empty() && had_root) return fail("second root element");
        had_root = true;
        if (!check_start_tag()) return false;
      } else if (!check_text()) {
        return false;
      }
    }
    if (!open_.empty()) return fail("element " + open_.back() + " is not closed");
    return had_root || fail("no root element");
  }

  std::string take_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || is_at("-") || is_at(":")))
      ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool check_end_tag() {
    at_ += 2;
    const std::string name = take_name();
    if (open_.empty() || open_.back() != name || !is_at(">")) return fail("unbalanced end tag");
    open_.pop_back();
    ++at_;
    return true;
  }

  bool check_start_tag() {
    ++at_;
    const std::string name = take_name();
    if (name.empty()) return fail("element without name");
    std::set<std::string> attributes;
    while (is_at(" ")) {
      ++at_;
      const std::string attribute = take_name();
      if (attribute.empty() || !attributes.insert(attribute).second)
        return fail("attribute without name, or twice");
      if (!is_at("=\"")) return fail("attribute without quoted value");
      at_ += 2;
      const std::size_t begin = at_;
      while (at_ < text_.size() && !is_at("\""))
        if (!check_character_data()) return false;
      const std::string_view value = text_.substr(begin, at_ - begin);
      if (value == "nan" || value == "inf" || value == "-nan" || value == "-inf" || value == "-0")
        return fail("attribute that is not a number");
      if ((attribute == "width" || attribute == "height") && value.substr(0, 1) == "-")
        return fail("negative " + attribute);
      if (!is_at("\"")) return fail("attribute without end");
      ++at_;
    }
    if (is_at("/>")) {
      at_ += 2;
      return true;
    }
    if (!is_at(">")) return fail("start tag without end");
    ++at_;
    open_.push_back(name);
    return true;
  }

  bool check_text() {
    if (open_.empty() && !is_at("\n")) return fail("text outside the root element");
    return check_character_data();
  }

  bool check_character_data() {
    if (is_at("<")) return fail("'<' in a value");
    if (is_at("]]>")) return fail("']]>' in text");
    if (!is_at("&")) {
      ++at_;
      return true;
    }
    for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;"}) {
      if (!is_at(entity)) continue;
      at_ += entity.size();
      return true;
    }
    return fail("unknown entity");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
  std::string problem_;
};

/// The document is well-formed XML.
inline void expect_xml(std::string_view text) { EXPECT_EQ(XmlChecker(text).error(), ""); }

}  // namespace eigenhead
