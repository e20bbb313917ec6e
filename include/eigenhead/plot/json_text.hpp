#pragma once

#include "eigenhead/core/utf8.hpp"

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

// JSON as text, for figures and pages; core alone has no JSON library.

namespace eigenhead::detail {

/// `text` as a JSON string that may stand inside an HTML <script> element: <, > and & are escaped,
/// too. Ill-formed UTF-8 becomes U+FFFD.
inline std::string json_string(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string result = "\"";
  while (!text.empty()) {
    const char32_t c = take_code_point(text);
    const bool is_escaped = c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' ||
                            c == 0x7f || c == 0x2028 || c == 0x2029;
    if (is_escaped) {
      result += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) result += kHex[c >> shift & 15u];
    } else {
      append_utf8(c, result);
    }
  }
  return result + '"';
}

/// The shortest text that reads back as `value`; null for NaN and infinities, which JSON lacks.
template <class Scalar>
std::string json_number(Scalar value) {
  if (!std::isfinite(value)) return "null";
  char buffer[64];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

/// "[a, b]" of pieces that are JSON.
inline std::string json_array(const std::vector<std::string>& pieces) {
  std::string result = "[";
  for (const std::string& piece : pieces) result += (result.size() > 1 ? "," : "") + piece;
  return result + "]";
}

}  // namespace eigenhead::detail
