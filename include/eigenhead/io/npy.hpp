#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/dtype.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace eigenhead {

/// A parsed .npy file: its type, its extents, and its elements as bytes in row-major order.
struct NpyArray {
  DType dtype = DType::f32;
  std::vector<Index> shape;  ///< outermost first; empty for rank 0 (one element)
  std::string bytes;
};

namespace detail {

/// The header of an .npy file.
struct NpyHeader {
  DType dtype = DType::f32;
  std::vector<Index> shape;
  bool is_column_major = false;
};

/// Reads the header of an .npy file: a Python dictionary literal with exactly the keys 'descr',
/// 'fortran_order' and 'shape'. Every message starts with "load_npy: ".
class NpyHeaderParser {
 public:
  explicit NpyHeaderParser(std::string_view text) : text_(text) {}

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
      check<FormatError>(!has_key && (key == "descr" || key == "fortran_order" || key == "shape"),
                         "load_npy: header must have the keys descr, fortran_order and shape once",
                         "key", quote(key));
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
    check<FormatError>(
        has_descr && has_order && has_shape && text_.empty(),
        "load_npy: header must be one dictionary with descr, fortran_order and shape",
        "what follows it", quote(text_));
    return header;
  }

 private:
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
    check<FormatError>(accept(c), "load_npy: header must be a Python dictionary",
                       "instead of '" + std::string(1, c) + "'", quote(text_.substr(0, 20)));
  }

  std::string quoted_text() {
    expect('\'');
    const std::size_t end = text_.find('\'');
    check<FormatError>(end != std::string_view::npos, "load_npy: header text must end with a quote",
                       "text", quote(text_));
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
    fail<FormatError>(
        "load_npy: element type must be a little-endian number or a boolean; got descr ",
        quote(descr));
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
    fail<FormatError>("load_npy: fortran_order must be True or False; got ",
                      quote(text_.substr(0, 20)));
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
    check<FormatError>(!digits.empty() && digits.size() <= kMostDigits,
                       "load_npy: every extent must be an integer >= 0 that fits std::ptrdiff_t",
                       "digits", quote(digits), "before", quote(text_.substr(0, 20)));
    return static_cast<Index>(std::stoll(digits));
  }

  std::string_view text_;
};

constexpr std::string_view kNpyMagic{"\x93NUMPY", 6};

/// The number of elements of `shape`; at most `limit` + 1, so that it cannot overflow.
inline std::size_t count_up_to(const std::vector<Index>& shape, std::size_t limit) {
  if (std::count(shape.begin(), shape.end(), 0) > 0) return 0;
  std::size_t count = 1;
  for (const Index extent : shape) {
    if (count > limit / static_cast<std::size_t>(extent)) return limit + 1;
    count *= static_cast<std::size_t>(extent);
  }
  return count;
}

/// The elements of a column-major array (first axis fastest) in row-major order.
inline std::string row_major_bytes(std::string_view bytes, const std::vector<Index>& shape,
                                   std::size_t element_bytes) {
  std::vector<std::size_t> strides;  // in bytes, of the column-major array
  std::size_t stride = element_bytes;
  for (const Index extent : shape) {
    strides.push_back(stride);
    stride *= static_cast<std::size_t>(extent);
  }
  std::string result;
  result.reserve(bytes.size());
  std::vector<Index> position(shape.size());
  std::size_t offset = 0;
  while (result.size() < bytes.size()) {
    result.append(bytes.substr(offset, element_bytes));
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++position[axis] < shape[axis]) break;
      offset -= strides[axis] * static_cast<std::size_t>(shape[axis]);
      position[axis] = 0;
    }
  }
  return result;
}

}  // namespace detail

/// Parses the bytes of an .npy file (versions 1.0 to 3.0, little endian, C or Fortran order).
///
/// Throws FormatError when the bytes are no .npy file, have another element type, or do not hold
/// exactly the elements that the header announces; nothing of the claimed size is allocated before.
/// Source: numpy.lib.format. Not supported: structured, complex, text and object arrays.
inline NpyArray parse_npy(std::string_view file) {
  check<FormatError>(file.substr(0, 6) == detail::kNpyMagic && file.size() >= 10,
                     "load_npy: file must start with the .npy magic and a header length", "bytes",
                     file.size());
  const int major = static_cast<unsigned char>(file[6]);
  check<FormatError>(major >= 1 && major <= 3, "load_npy: version must be 1, 2 or 3", "version",
                     major);
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t header_begin = 8 + length_bytes;
  const std::uint64_t header_size = detail::little_endian(file.substr(8, length_bytes));
  check<FormatError>(file.size() >= header_begin && file.size() - header_begin >= header_size,
                     "load_npy: header must end inside the file", "header bytes", header_size,
                     "file bytes", file.size());

  const auto header_bytes = static_cast<std::size_t>(header_size);
  const detail::NpyHeader header =
      detail::NpyHeaderParser(file.substr(header_begin, header_bytes)).parse();
  const std::string_view data = file.substr(header_begin + header_bytes);
  const auto element_bytes = static_cast<std::size_t>(bits_of(header.dtype) / 8);
  const std::size_t count = detail::count_up_to(header.shape, data.size());
  check<FormatError>(count <= data.size() && count * element_bytes == data.size(),
                     "load_npy: the data must have the size that the header announces", "shape",
                     detail::extents_to_string(header.shape), "type", name_of(header.dtype),
                     "data bytes", data.size());
  return {header.dtype, header.shape,
          header.is_column_major ? detail::row_major_bytes(data, header.shape, element_bytes)
                                 : std::string(data)};
}

/// Reads an .npy file; see parse_npy. Throws FileError when it cannot be read.
inline NpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path, "load_npy"));
}

/// The elements of an array of any rank, rank 0 included, in row-major order, converted by
/// convert_elements.
template <class Scalar>
Tensor<Scalar, 1> elements_of(const NpyArray& array) {
  auto tensor = Tensor<Scalar, 1>::uninitialized(Shape<1>{detail::checked_size(array.shape)});
  convert_elements(array.dtype, reinterpret_cast<const unsigned char*>(array.bytes.data()),
                   tensor.size(), tensor.data(), "load_npy");
  return tensor;
}

/// An array as a tensor, converted by convert_elements. Throws ShapeError when the rank differs and
/// FormatError when an element does not fit an integer type.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> to_tensor(const NpyArray& array) {
  check<ShapeError>(array.shape.size() == static_cast<std::size_t>(Rank),
                    "load_npy: the rank of the array must be " + std::to_string(Rank), "shape",
                    detail::extents_to_string(array.shape));
  auto tensor = Tensor<Scalar, Rank>::uninitialized(Shape<Rank>::from(array.shape));
  convert_elements(array.dtype, reinterpret_cast<const unsigned char*>(array.bytes.data()),
                   tensor.size(), tensor.data(), "load_npy");
  return tensor;
}

/// Reads an .npy file into a tensor of any numeric type; see to_tensor.
/// Throws FileError, FormatError (see parse_npy) or ShapeError when the rank differs.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> load_npy(const std::filesystem::path& path) {
  return to_tensor<Scalar, Rank>(read_npy(path));
}

/// Writes a tensor as .npy version 1.0, C order, little endian; the file appears only when
/// complete. Throws FileError when it cannot be written.
template <class Scalar, int Rank>
void save_npy(const std::filesystem::path& path, TensorView<const Scalar, Rank> view) {
  static_assert(!std::is_same_v<Scalar, Eigen::bfloat16>, "eigenhead: NumPy has no bfloat16");
  constexpr const char* kKind = std::is_same_v<Scalar, bool>  ? "|b"
                                : !std::is_integral_v<Scalar> ? "<f"
                                : std::is_signed_v<Scalar>    ? (sizeof(Scalar) == 1 ? "|i" : "<i")
                                                              : (sizeof(Scalar) == 1 ? "|u" : "<u");
  std::string extents;
  for (const Index extent : view.shape()) extents += std::to_string(extent) + ", ";
  if (Rank > 1) extents.resize(extents.size() - 2);
  std::string header = "{'descr': '" + std::string(kKind) + std::to_string(sizeof(Scalar)) +
                       "', 'fortran_order': False, 'shape': (" +
                       (Rank == 1 ? extents.substr(0, extents.size() - 1) : extents) + "), }";
  // The data start at a multiple of 64 bytes and the header ends with a line feed.
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  const Tensor<Scalar, Rank> contiguous(view);
  write_file(
      path,
      [&](std::ostream& out) {
        out << detail::kNpyMagic << '\x01' << '\0' << static_cast<char>(header.size() & 255)
            << static_cast<char>(header.size() >> 8) << header;
        out.write(
            reinterpret_cast<const char*>(contiguous.data()),
            static_cast<std::streamsize>(contiguous.size() * static_cast<Index>(sizeof(Scalar))));
      },
      "save_npy");
}

}  // namespace eigenhead
