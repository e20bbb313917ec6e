#pragma once

#include "eigenhead/version.hpp"

#include <cstddef>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace eigenhead {

/// Base of everything that eigenhead throws.
///
/// The text reads `<function>: <argument> must <rule>; got <values>[; <hint>]`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument has a value that the function cannot take.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// The shapes of the arguments do not fit each other.
class ShapeError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// A file or text is there but broken, or of a kind that is not supported.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// A file cannot be opened, read or written.
class FileError : public Error {
 public:
  using Error::Error;
};

/// `text` in double quotes for a message: control characters and quotes are escaped, and text over
/// 200 bytes is cut between two characters, since names from files may hold anything.
inline std::string quote(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  constexpr char kHex[] = "0123456789abcdef";
  const bool is_cut = text.size() > kLongest;
  if (is_cut) {
    std::size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    } else {
      result += c;
    }
  }
  return result + (is_cut ? "...\"" : "\"");
}

namespace detail {

inline void append_piece(std::ostream& out, bool value) { out << (value ? "true" : "false"); }

template <class Value>
void append_piece(std::ostream& out, const Value& value) {
  out << value;
}

inline void append_named_values(std::ostream&) {}

inline void append_named_values(std::ostream& out, std::string_view hint) { out << "; " << hint; }

template <class Value, class... Rest>
void append_named_values(std::ostream& out, std::string_view name, const Value& value,
                         const Rest&... rest) {
  out << name << ' ';
  append_piece(out, value);
  if constexpr (sizeof...(Rest) >= 2) out << ", ";
  append_named_values(out, rest...);
}

}  // namespace detail

/// Throws `Exception` with all `pieces` written one after the other.
template <class Exception, class... Pieces>
[[noreturn]] void fail(const Pieces&... pieces) {
  std::ostringstream message;
  message.imbue(std::locale::classic());  // 30522, never 30,522
  (detail::append_piece(message, pieces), ...);
  throw Exception(message.str());
}

/// Throws `Exception` unless `holds`: "<rule>; got <name> <value>, <name> <value>[; <hint>]".
///
/// `named_values` are pairs of a name and a value; one more text at the end is a hint.
/// Strings are written as they are: pass `quote(text)` for text that came from outside.
template <class Exception, class... NamedValues>
void check(bool holds, std::string_view rule, const NamedValues&... named_values) {
  if (holds) return;
  std::ostringstream message;
  message.imbue(std::locale::classic());  // 30522, never 30,522
  message << rule;
  if constexpr (sizeof...(NamedValues) >= 2) message << "; got ";
  detail::append_named_values(message, named_values...);
  throw Exception(message.str());
}

}  // namespace eigenhead
