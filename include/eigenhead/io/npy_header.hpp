#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/io/dtype.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

/// The header of an .npy file.
struct NpyHeader {
  DType dtype = DType::f32;
  std::vector<Index> shape;
  bool is_column_major = false;
};

/// Reads the header of an .npy file: a Python dictionary literal with exactly the keys 'descr',
/// 'fortran_order' and 'shape'. Throws FormatError, naming `function`.
class NpyHeaderParser {
 public:
  NpyHeaderParser(std::string_view text, std::string_view function)
      : header_(text), text_(text), function_(function) {}

  NpyHeader parse() {
    NpyHeader header;
    bool has_descr = false;
    bool has_order = false;
    bool has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted_text();
      expect(':');
      bool& has_key = key == "descr" ? has_descr : key == "fortran_order" ? has_order : has_shape;
      if (has_key || (key != "descr" && key != "fortran_order" && key != "shape"))
        refuse("header must have the keys descr, fortran_order and shape once; got key ",
               quote(key));
      has_key = true;
      if (key == "descr")
        header.dtype = dtype();
      else if (key == "fortran_order")
        header.is_column_major = boolean();
      else
        header.shape = shape();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!has_descr || !has_order || !has_shape || !text_.empty())
      refuse("header must be one dictionary with descr, fortran_order and shape; got ",
             quote(header_));
    return header;
  }

 private:
  template <class... Pieces>
  [[noreturn]] void refuse(const Pieces&... pieces) const {
    fail<FormatError>(function_, ": ", pieces...);
  }

  void skip_space() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
  }

  bool accept(char c) {
    skip_space();
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c))
      refuse("header must be a Python dictionary; got ", quote(text_.substr(0, 20)),
             " instead of '", c, "'");
  }

  std::string quoted_text() {
    expect('\'');
    const std::size_t end = text_.find('\'');
    if (end == std::string_view::npos)
      refuse("header text must end with a quote; got text ", quote(text_));
    std::string value(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return value;
  }

  DType dtype() {
    skip_space();
    const std::string descr = text_.substr(0, 1) == "[" ? "a list" : quoted_text();
    if (descr == "|b1") return DType::boolean;
    if (descr == "|u1") return DType::u8;
    if (descr == "|i1") return DType::i8;
    if (descr == "<u2") return DType::u16;
    if (descr == "<i2") return DType::i16;
    if (descr == "<u4") return DType::u32;
    if (descr == "<i4") return DType::i32;
    if (descr == "<u8") return DType::u64;
    if (descr == "<i8") return DType::i64;
    if (descr == "<f2") return DType::f16;
    if (descr == "<f4") return DType::f32;
    if (descr == "<f8") return DType::f64;
    refuse("element type must be a little-endian number or a boolean; got descr ", quote(descr));
  }

  bool boolean() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(0, word.size()) == word) {
        text_.remove_prefix(word.size());
        return value;
      }
    }
    refuse("fortran_order must be True or False; got ", quote(text_.substr(0, 20)));
  }

  std::vector<Index> shape() {
    std::vector<Index> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(extent());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return extents;
  }

  Index extent() {
    constexpr auto kMostDigits = static_cast<std::size_t>(std::numeric_limits<Index>::digits10);
    skip_space();
    std::string digits;
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      digits += text_[0];
      text_.remove_prefix(1);
    }
    if (digits.empty() || digits.size() > kMostDigits)
      refuse("every extent must be an integer >= 0 that fits std::ptrdiff_t; got digits ",
             quote(digits), ", before ", quote(text_.substr(0, 20)));
    return static_cast<Index>(std::stoll(digits));
  }

  std::string_view header_;
  std::string_view text_;  // what of the header is not yet read
  std::string_view function_;
};

}  // namespace eigenhead::detail
