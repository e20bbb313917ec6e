#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/closest_name.hpp"
#include "eigenhead/io/dtype.hpp"
#include "eigenhead/io/mapped_file.hpp"
#include "eigenhead/io/safetensors_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eigenhead {

/// The tensors of a safetensors file, or of the shards of a checkpoint.
///
///     const auto file = SafetensorsFile::open("model.safetensors");
///     Tensor<float, 2> table = file.tensor<float, 2>("embeddings.word_embeddings.weight");
///
/// Opening checks the whole header; values are read when asked for and are not inspected (they may
/// be NaN). Copies are cheap and share the memory. Every function may be called from several
/// threads.
class SafetensorsFile {
 public:
  /// Opens the file at `path`; see MappedFile for what mapping asks of the file.
  ///
  /// @throws FileError if the file cannot be read
  /// @throws FormatError, naming file, tensor, rule and values, unless the file is exactly a valid
  ///         header and the data of its tensors, each byte belonging to one of them
  /// Source: https://github.com/huggingface/safetensors, README.md and src/tensor.rs.
  static SafetensorsFile open(const std::filesystem::path& path,
                              FileAccess access = FileAccess::map) {
    return {MappedFile::open(path, access, "load_safetensors"), path.string()};
  }

  /// The same for bytes in memory, called `source` in messages.
  static SafetensorsFile from_memory(std::string bytes, std::string source = "memory") {
    return {MappedFile::from_memory(std::move(bytes)), std::move(source)};
  }

  /// In the order of the data in the file.
  const std::vector<std::string>& names() const { return names_; }

  bool contains(const std::string& name) const { return tensors_.count(name) == 1; }

  /// Type, shape and byte range. Throws ValueError for an unknown name, hinting at a similar one.
  const TensorInfo& info(const std::string& name) const { return find(name).second.info; }

  /// The free texts of the header ("format": "pt").
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// A copy of the tensor, converted to Scalar by convert_elements.
  ///
  /// @throws ValueError for an unknown name, ShapeError if its rank is not Rank, FormatError if its
  ///         type has no conversion or an element does not fit an integer type
  template <class Scalar, int Rank>
  Tensor<Scalar, Rank> tensor(const std::string& name) const {
    const Named& tensor = find(name);
    return converted<Scalar>(tensor, shape_of<Rank>(tensor));
  }

  /// As tensor(), for who needs the file's copy no longer: the memory that a mapped file takes for
  /// the elements is given back while they are copied, so that a large tensor is never in memory
  /// twice.
  template <class Scalar, int Rank>
  Tensor<Scalar, Rank> take(const std::string& name) const {
    static_assert(std::is_floating_point_v<Scalar>, "eigenhead: take() is for weights");
    constexpr Index kPart = Index{1} << 18;
    const Named& tensor = find(name);
    const Entry& entry = tensor.second;
    const std::size_t element_size = static_cast<std::size_t>(bits_of(entry.info.dtype)) / 8;
    auto result = Tensor<Scalar, Rank>::uninitialized(shape_of<Rank>(tensor));
    Index begin = 0;
    do {  // once also for a tensor without elements, whose type may be refused
      const Index count = std::min(kPart, result.size() - begin);
      const std::string_view part =
          entry.bytes.substr(static_cast<std::size_t>(begin) * element_size,
                             static_cast<std::size_t>(count) * element_size);
      convert(tensor, part, count, result.data() + begin);
      files_[entry.file].memory.release(part);
      begin += count;
    } while (begin < result.size());
    return result;
  }

  /// As tensor(), but of any rank, rank 0 included: the elements in row-major order.
  template <class Scalar>
  Tensor<Scalar, 1> elements(const std::string& name) const {
    const Named& tensor = find(name);
    return converted<Scalar>(tensor, Shape<1>{detail::checked_size(tensor.second.info.shape)});
  }

  /// True when view<Scalar> can show the tensor: same type, and memory aligned for it (which files
  /// of some old writers lack).
  template <class Scalar>
  bool is_viewable_as(const std::string& name) const {
    return is_viewable_as<Scalar>(find(name));
  }

  /// The tensor in the memory of the file, without a copy: valid as long as this object or a copy
  /// of it lives. Throws as tensor(), and FormatError unless is_viewable_as<Scalar>(name).
  template <class Scalar, int Rank>
  TensorView<const Scalar, Rank> view(const std::string& name) const {
    const Named& tensor = find(name);
    const Shape<Rank> shape = shape_of<Rank>(tensor);
    if (!is_viewable_as<Scalar>(tensor))
      refuse<FormatError>(tensor, "be aligned and of type ", name_of(dtype_of<Scalar>()),
                          " for a view; got ", name_of(tensor.second.info.dtype),
                          "; read it by tensor()");
    return {reinterpret_cast<const Scalar*>(tensor.second.bytes.data()), shape};
  }

  /// The stored bytes of a tensor of any type and rank; valid as long as a view.
  std::string_view bytes(const std::string& name) const { return find(name).second.bytes; }

  /// Gives back the memory that a mapped file takes for a tensor that has been copied; see
  /// MappedFile::release. Throws ValueError for an unknown name.
  void release(const std::string& name) const {
    const Entry& entry = find(name).second;
    files_[entry.file].memory.release(entry.bytes);
  }

  /// The same for all tensors. What is read of them meanwhile or later comes from the file again.
  void release() const {
    for (const File& file : files_) file.memory.release(file.memory.bytes());
  }

  /// Adds the tensors of another file, as for the shards of a checkpoint. Metadata that are already
  /// there stay. Throws FormatError when a tensor is in both.
  void merge(const SafetensorsFile& other) {
    for (const std::string& name : other.names_)
      if (contains(name))
        fail<FormatError>("load_safetensors: tensor ", quote(name),
                          " must be in one file only; got file ", quote(source_of(find(name))),
                          ", file ", quote(other.source_of(other.find(name))));
    const std::size_t first_file = files_.size();
    files_.insert(files_.end(), other.files_.begin(), other.files_.end());
    names_.insert(names_.end(), other.names_.begin(), other.names_.end());
    metadata_.insert(other.metadata_.begin(), other.metadata_.end());
    for (auto [name, entry] : other.tensors_) {
      entry.file += first_file;
      tensors_.emplace(name, entry);
    }
  }

 private:
  struct File {
    MappedFile memory;
    std::string source;
  };

  struct Entry {
    TensorInfo info;
    std::string_view bytes;
    std::size_t file;  // index in files_
  };

  using Named = std::pair<const std::string, Entry>;

  SafetensorsFile(MappedFile memory, std::string source) {
    const detail::SafetensorsHeader header(memory.bytes(), source);
    metadata_ = header.metadata();
    for (const auto& [name, info] : header.tensors()) {
      names_.push_back(name);
      tensors_.emplace(name,
                       Entry{info, header.data().substr(info.begin, info.end - info.begin), 0});
    }
    files_.push_back({std::move(memory), std::move(source)});
  }

  const std::string& source_of(const Named& tensor) const {
    return files_[tensor.second.file].source;
  }

  const Named& find(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found != tensors_.end()) return *found;
    const std::string closest = detail::closest_name(name, names_);
    fail<ValueError>("load_safetensors: tensor name must be one of the ", names_.size(),
                     " in the file; got ", quote(name), " (file ", quote(files_.front().source),
                     ")", closest.empty() ? "" : "; did you mean " + quote(closest) + "?");
  }

  template <int Rank>
  Shape<Rank> shape_of(const Named& tensor) const {
    const std::vector<Index>& extents = tensor.second.info.shape;
    if (extents.size() != static_cast<std::size_t>(Rank))
      refuse<ShapeError>(tensor, "have rank ", Rank, "; got shape ",
                         detail::extents_to_string(extents));
    return Shape<Rank>::from(extents);
  }

  template <class Scalar, int Rank>
  Tensor<Scalar, Rank> converted(const Named& tensor, const Shape<Rank>& shape) const {
    auto result = Tensor<Scalar, Rank>::uninitialized(shape);
    convert(tensor, tensor.second.bytes, shape.size(), result.data());
    return result;
  }

  /// target [count] = the elements in `bytes`, which are of the type of the tensor
  template <class Scalar>
  void convert(const Named& tensor, std::string_view bytes, Index count, Scalar* target) const {
    convert_elements(tensor.second.info.dtype, reinterpret_cast<const unsigned char*>(bytes.data()),
                     count, target,
                     "load_safetensors: tensor " + quote(tensor.first) + " (file " +
                         quote(source_of(tensor)) + ")");
  }

  template <class Exception, class... Pieces>
  [[noreturn]] void refuse(const Named& tensor, const Pieces&... pieces) const {
    fail<Exception>("load_safetensors: tensor ", quote(tensor.first), " must ", pieces...,
                    " (file ", quote(source_of(tensor)), ")");
  }

  template <class Scalar>
  static bool is_viewable_as(const Named& tensor) {
    static_assert(!std::is_same_v<Scalar, bool>,
                  "eigenhead: a file's BOOL bytes need not be 0 or 1; use tensor<bool, Rank>");
    return tensor.second.info.dtype == dtype_of<Scalar>() &&
           reinterpret_cast<std::uintptr_t>(tensor.second.bytes.data()) % alignof(Scalar) == 0;
  }

  std::vector<File> files_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, Entry> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace eigenhead
