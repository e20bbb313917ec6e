#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/dtype.hpp"
#include "eigenhead/io/npy_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace eigenhead {

/// A parsed .npy file: its type, its extents, and its elements as bytes in row-major order. What
/// reads it checks that there are as many bytes as type and shape need.
struct NpyArray {
  DType dtype = DType::f32;
  std::vector<Index> shape;  ///< outermost first; empty for rank 0 (one element)
  std::string bytes;
};

namespace detail {

inline constexpr std::string_view kNpyMagic{"\x93NUMPY", 6};

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

/// True when `num_bytes` bytes are exactly the elements of an array.
inline bool is_npy_size(DType dtype, const std::vector<Index>& shape, std::size_t num_bytes) {
  const std::size_t count = count_up_to(shape, num_bytes);
  return count <= num_bytes && count * static_cast<std::size_t>(bits_of(dtype)) / 8 == num_bytes;
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
/// Throws FormatError, naming `function`, when the bytes are no .npy file, have another element
/// type, or do not hold exactly the elements that the header announces; nothing of the claimed size
/// is allocated before.
/// Source: numpy.lib.format. Not supported: structured, complex, text and object arrays.
inline NpyArray parse_npy(std::string_view file, std::string_view function = "parse_npy") {
  const std::string prefix = std::string(function) + ": ";
  check<FormatError>(file.substr(0, 6) == detail::kNpyMagic && file.size() >= 10,
                     prefix + "file must start with the .npy magic and a header length", "bytes",
                     file.size());
  const int major = static_cast<unsigned char>(file[6]);
  check<FormatError>(major >= 1 && major <= 3, prefix + "version must be 1, 2 or 3", "version",
                     major);
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t header_begin = 8 + length_bytes;
  const std::uint64_t header_size = detail::little_endian(file.substr(8, length_bytes));
  check<FormatError>(file.size() >= header_begin && file.size() - header_begin >= header_size,
                     prefix + "header must end inside the file", "header bytes", header_size,
                     "file bytes", file.size());

  const auto header_bytes = static_cast<std::size_t>(header_size);
  const detail::NpyHeader header =
      detail::NpyHeaderParser(file.substr(header_begin, header_bytes), function).parse();
  const std::string_view data = file.substr(header_begin + header_bytes);
  check<FormatError>(detail::is_npy_size(header.dtype, header.shape, data.size()),
                     prefix + "the data must have the size that the header announces", "shape",
                     detail::extents_to_string(header.shape), "type", name_of(header.dtype),
                     "data bytes", data.size());
  if (!header.is_column_major) return {header.dtype, header.shape, std::string(data)};
  const auto element_bytes = static_cast<std::size_t>(bits_of(header.dtype) / 8);
  return {header.dtype, header.shape, detail::row_major_bytes(data, header.shape, element_bytes)};
}

/// Reads an .npy file; see parse_npy. Throws FileError, naming `function`, when it cannot be read.
inline NpyArray read_npy(const std::filesystem::path& path,
                         std::string_view function = "read_npy") {
  return parse_npy(read_file(path, function), function);
}

namespace detail {

/// The elements of `array` as a tensor of its shape, or of its size.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> convert_npy(const NpyArray& array, const Shape<Rank>& shape,
                                 std::string_view function) {
  if (!is_npy_size(array.dtype, array.shape, array.bytes.size()))
    fail<ShapeError>(function, ": bytes must have the size of the shape; got shape ",
                     extents_to_string(array.shape), ", type ", name_of(array.dtype), ", bytes ",
                     array.bytes.size());
  auto tensor = Tensor<Scalar, Rank>::uninitialized(shape);
  convert_elements(array.dtype, reinterpret_cast<const unsigned char*>(array.bytes.data()),
                   tensor.size(), tensor.data(), function);
  return tensor;
}

}  // namespace detail

/// The elements of an array of any rank, rank 0 included, in row-major order, converted by
/// convert_elements. Throws ShapeError when `bytes` has not the size of the shape, and FormatError
/// when an element does not fit an integer type.
template <class Scalar>
Tensor<Scalar, 1> elements_of(const NpyArray& array) {
  return detail::convert_npy<Scalar>(array, Shape<1>{detail::checked_size(array.shape)},
                                     "elements_of");
}

/// An array as a tensor, converted by convert_elements. Throws, naming `function`, ShapeError when
/// the rank differs or `bytes` has not the size of the shape, and FormatError when an element does
/// not fit an integer type.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> to_tensor(const NpyArray& array, std::string_view function = "to_tensor") {
  if (array.shape.size() != static_cast<std::size_t>(Rank))
    fail<ShapeError>(function, ": the rank of the array must be ", Rank, "; got shape ",
                     detail::extents_to_string(array.shape));
  return detail::convert_npy<Scalar>(array, Shape<Rank>::from(array.shape), function);
}

/// Reads an .npy file into a tensor of any numeric type; see to_tensor.
/// Throws FileError, FormatError (see parse_npy) or ShapeError when the rank differs.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> load_npy(const std::filesystem::path& path) {
  return to_tensor<Scalar, Rank>(read_npy(path, "load_npy"), "load_npy");
}

namespace detail {

/// What stands before the elements of an .npy file, version 1.0, C order: a multiple of 64 bytes,
/// at least `least_bytes`.
template <class Scalar, int Rank>
std::string npy_header(const Shape<Rank>& shape, std::size_t least_bytes = 0) {
  static_assert(!std::is_same_v<Scalar, Eigen::bfloat16>, "eigenhead: NumPy has no bfloat16");
  constexpr const char* kKind = std::is_same_v<Scalar, bool>  ? "|b"
                                : !std::is_integral_v<Scalar> ? "<f"
                                : std::is_signed_v<Scalar>    ? (sizeof(Scalar) == 1 ? "|i" : "<i")
                                                              : (sizeof(Scalar) == 1 ? "|u" : "<u");
  std::string extents;
  for (const Index extent : shape) extents += std::to_string(extent) + ", ";
  if (Rank > 1) extents.resize(extents.size() - 2);
  std::string header = "{'descr': '" + std::string(kKind) + std::to_string(sizeof(Scalar)) +
                       "', 'fortran_order': False, 'shape': (" +
                       (Rank == 1 ? extents.substr(0, extents.size() - 1) : extents) + "), }";
  constexpr std::size_t kBefore = 10;
  const std::size_t bytes = std::max(kBefore + header.size() + 1, least_bytes);
  header.resize((bytes + 63) / 64 * 64 - kBefore - 1, ' ');
  header += '\n';
  std::string start(kNpyMagic);
  start +=
      {'\x01', '\0', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  return start + header;
}

}  // namespace detail

/// Writes a tensor as .npy version 1.0, C order, little endian; the file appears only when
/// complete. Throws FileError when it cannot be written.
template <class Scalar, int Rank>
void save_npy(const std::filesystem::path& path, TensorView<const Scalar, Rank> view) {
  const Tensor<Scalar, Rank> contiguous(view);
  write_file(
      path,
      [&](std::ostream& out) {
        out << detail::npy_header<Scalar>(view.shape());
        out.write(
            reinterpret_cast<const char*>(contiguous.data()),
            static_cast<std::streamsize>(contiguous.size() * static_cast<Index>(sizeof(Scalar))));
      },
      "save_npy");
}

}  // namespace eigenhead
