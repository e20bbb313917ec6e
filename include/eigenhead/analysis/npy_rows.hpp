#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/dtype.hpp"
#include "eigenhead/io/mapped_file.hpp"
#include "eigenhead/io/npy.hpp"
#include "eigenhead/io/npy_header.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace eigenhead {

/// The rows of a matrix in an .npy file that may be larger than memory.
///
///     const NpyRows samples = NpyRows::open("samples.npy");
///     MomentAccumulator accumulator;
///     for (Index begin = 0; begin < samples.num_rows(); begin += 4096)
///       accumulator.add(samples.read<float>(begin, std::min(begin + 4096, samples.num_rows())));
///
/// The file is mapped, not read, and must not change meanwhile: see MappedFile.
class NpyRows {
 public:
  /// Throws FileError when the file cannot be read, FormatError when it is no .npy file (see
  /// parse_npy) or in Fortran order, ShapeError unless it holds a matrix.
  static NpyRows open(const std::filesystem::path& path) {
    constexpr std::size_t kLongestHeader = 65536;
    NpyRows rows(MappedFile::open(path, FileAccess::map, "NpyRows::open"));
    const std::string_view bytes = rows.file_.bytes();
    // parse_npy names what is wrong with a short or broken beginning.
    if (bytes.substr(0, 6) != detail::kNpyMagic || bytes.size() < 12)
      parse_npy(bytes, "NpyRows::open");
    const std::size_t length_bytes = bytes[6] == 1 ? 2 : 4;
    const std::size_t begin = 8 + length_bytes;
    const auto size =
        static_cast<std::size_t>(detail::little_endian(bytes.substr(8, length_bytes)));
    check<FormatError>(
        bytes[6] >= 1 && bytes[6] <= 3 && size <= kLongestHeader && bytes.size() >= begin + size,
        "NpyRows::open: file must have a header of version 1 to 3 inside", "header bytes", size,
        "file bytes", bytes.size());
    const detail::NpyHeader header =
        detail::NpyHeaderParser(bytes.substr(begin, size), "NpyRows::open").parse();
    rows.data_ = bytes.substr(begin + size);
    rows.dtype_ = header.dtype;
    if (header.shape.size() != 2)
      fail<ShapeError>("NpyRows::open: array must be a matrix; got shape ",
                       detail::extents_to_string(header.shape));
    check<FormatError>(!header.is_column_major, "NpyRows::open: array must be in C order",
                       "fortran_order", true);
    check<FormatError>(detail::is_npy_size(header.dtype, header.shape, rows.data_.size()),
                       "NpyRows::open: the data must have the size that the header announces",
                       "shape", detail::extents_to_string(header.shape), "type",
                       name_of(header.dtype), "data bytes", rows.data_.size());
    rows.shape_ = Shape<2>{header.shape[0], header.shape[1]};
    return rows;
  }

  Index num_rows() const { return shape_[0]; }
  Index num_columns() const { return shape_[1]; }
  DType dtype() const { return dtype_; }

  /// Rows `begin` <= i < `end`, [end - begin, num_columns], converted as by to_tensor. Throws
  /// ValueError unless 0 <= begin <= end <= num_rows.
  template <class Scalar>
  Tensor<Scalar, 2> read(Index begin, Index end) const {
    check<ValueError>(begin >= 0 && begin <= end && end <= num_rows(),
                      "NpyRows::read: begin and end must satisfy 0 <= begin <= end <= num_rows",
                      "begin", begin, "end", end, "num_rows", num_rows());
    const auto row_bytes = static_cast<std::size_t>(num_columns() * bits_of(dtype_) / 8);
    const std::string_view bytes = data_.substr(static_cast<std::size_t>(begin) * row_bytes,
                                                static_cast<std::size_t>(end - begin) * row_bytes);
    return to_tensor<Scalar, 2>({dtype_, {end - begin, num_columns()}, std::string(bytes)},
                                "NpyRows::read");
  }

 private:
  explicit NpyRows(const MappedFile& file) : file_(file) {}

  MappedFile file_;
  std::string_view data_;
  DType dtype_ = DType::f32;
  Shape<2> shape_;
};

}  // namespace eigenhead
