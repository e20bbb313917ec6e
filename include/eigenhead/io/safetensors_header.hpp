#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/io/dtype.hpp"
#include "eigenhead/io/json.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace eigenhead {

/// What a safetensors file says about one of its tensors.
struct TensorInfo {
  DType dtype = DType::f32;
  std::vector<Index> shape;  ///< outermost first; empty for rank 0 (one element)
  std::size_t begin = 0;     ///< bytes begin <= i < end, counted from the start of the data
  std::size_t end = 0;
};

namespace detail {

inline constexpr std::size_t kLargestSafetensorsHeader = 100'000'000;
inline constexpr const char* kSafetensorsMetadataKey = "__metadata__";

/// Reads and checks everything of a safetensors file but the values of its tensors.
///
/// Accepts what the reference implementation accepts, but refuses repeated keys, extents over
/// std::ptrdiff_t, zero bytes after the JSON, and nesting over 4 levels (which can only stand under
/// keys that the format does not know). Nothing is allocated beyond a multiple of the header's
/// bytes that are really there. Source: safetensors/src/tensor.rs (SafeTensors::read_metadata,
/// Metadata::validate).
class SafetensorsHeader {
 public:
  /// Throws FormatError unless `file` is a valid safetensors file; `source` is its name in
  /// messages.
  SafetensorsHeader(std::string_view file, std::string source) : source_(std::move(source)) {
    const std::size_t header_size = checked_header_size(file);
    const std::string_view text = file.substr(8, header_size);
    data_ = file.substr(8 + header_size);
    if (text.substr(0, 3) == "\xef\xbb\xbf") refuse("header must not start with a byte-order mark");
    const nlohmann::json json = parse_json(text, "load_safetensors", "header of " + source_, 4);
    if (!json.is_object()) refuse("header must be a JSON object; got ", json.type_name());
    for (const auto& [name, value] : json.items()) {
      if (name == kSafetensorsMetadataKey)
        read_metadata(value);
      else
        tensors_.emplace_back(name, read_tensor(name, value));
    }
    check_data_is_covered_once();
  }

  /// In the order of their data.
  const std::vector<std::pair<std::string, TensorInfo>>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// What follows the header.
  std::string_view data() const { return data_; }

 private:
  template <class... Pieces>
  [[noreturn]] void refuse(const Pieces&... pieces) const {
    fail<FormatError>("load_safetensors: ", pieces..., " (file ", quote(source_), ")");
  }

  template <class... Pieces>
  [[noreturn]] void refuse_tensor(const std::string& name, const Pieces&... pieces) const {
    refuse("tensor ", quote(name), " must ", pieces...);
  }

  std::size_t checked_header_size(std::string_view file) const {
    if (file.size() < 8)
      refuse("file must start with the 8 bytes of the header length; got ", file.size(), " bytes");
    const std::uint64_t size = little_endian(file.substr(0, 8));
    if (size > kLargestSafetensorsHeader)
      refuse("header must have at most ", kLargestSafetensorsHeader, " bytes; got ", size);
    if (size > file.size() - 8)
      refuse("header must end inside the file; got end ", size + 8, ", file has ", file.size(),
             " bytes");
    return static_cast<std::size_t>(size);
  }

  void read_metadata(const nlohmann::json& json) {
    if (!json.is_object()) refuse("__metadata__ must be an object; got ", json.type_name());
    for (const auto& [key, value] : json.items()) {
      if (!value.is_string())
        refuse("__metadata__ must have a string under ", quote(key), "; got ", value.type_name());
      metadata_[key] = value.get_ref<const std::string&>();
    }
  }

  TensorInfo read_tensor(const std::string& name, const nlohmann::json& json) const {
    if (!json.is_object()) refuse_tensor(name, "be a JSON object; got ", json.type_name());
    TensorInfo info;
    info.dtype = read_dtype(name, member(name, json, "dtype"));
    for (const std::uint64_t extent : integers(name, "shape", member(name, json, "shape"))) {
      if (extent > static_cast<std::uint64_t>(std::numeric_limits<Index>::max()))
        refuse_tensor(name, "have extents that fit std::ptrdiff_t; got ", extent);
      info.shape.push_back(static_cast<Index>(extent));
    }
    const auto offsets = integers(name, "data_offsets", member(name, json, "data_offsets"));
    if (offsets.size() != 2)
      refuse_tensor(name, "have two data_offsets, begin and end; got ", offsets.size());
    for (const std::uint64_t offset : offsets)
      if (offset > std::numeric_limits<std::size_t>::max())
        refuse_tensor(name, "have data_offsets that fit std::size_t; got ", offset);
    info.begin = static_cast<std::size_t>(offsets[0]);
    info.end = static_cast<std::size_t>(offsets[1]);
    return info;
  }

  const nlohmann::json& member(const std::string& name, const nlohmann::json& json,
                               const char* key) const {
    const auto found = json.find(key);
    if (found == json.end())
      refuse_tensor(name, "have the key ", quote(key), "; got ", json.size(), " other keys");
    return *found;
  }

  DType read_dtype(const std::string& name, const nlohmann::json& json) const {
    if (!json.is_string()) refuse_tensor(name, "have a string as dtype; got ", json.type_name());
    const auto& text = json.get_ref<const std::string&>();
    const std::optional<DType> dtype = dtype_named(text);
    if (!dtype) refuse_tensor(name, "have a known dtype such as \"F32\"; got ", quote(text));
    return *dtype;
  }

  std::vector<std::uint64_t> integers(const std::string& name, const char* key,
                                      const nlohmann::json& json) const {
    if (!json.is_array()) refuse_tensor(name, "have an array as ", key, "; got ", json.type_name());
    std::vector<std::uint64_t> values;
    for (const nlohmann::json& value : json) {
      if (!value.is_number_unsigned())
        refuse_tensor(name, "have plain integers 0 <= i < 2^64 in ", key, "; got ",
                      quote(value.dump(-1, ' ', true)));
      values.push_back(value.get<std::uint64_t>());
    }
    return values;
  }

  /// Sorts the tensors by offset; together they must be the data, without gap or overlap.
  void check_data_is_covered_once() {
    std::stable_sort(tensors_.begin(), tensors_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.second.begin, a.second.end) < std::tie(b.second.begin, b.second.end);
    });
    std::size_t position = 0;
    for (const auto& [name, info] : tensors_) {
      if (info.begin != position)
        refuse_tensor(name, "begin where the previous tensor ends; got begin ", info.begin,
                      ", previous end ", position);
      if (info.end < info.begin)
        refuse_tensor(name, "have data_offsets in order; got begin ", info.begin, ", end ",
                      info.end);
      const std::size_t size = checked_bytes(name, info);
      if (info.end - info.begin != size)
        refuse_tensor(name, "have as many bytes as its shape needs; got data_offsets [", info.begin,
                      ", ", info.end, "], shape ", extents_to_string(info.shape), " of ",
                      name_of(info.dtype), " = ", size, " bytes");
      position = info.end;
    }
    if (position > data_.size())
      refuse_tensor(tensors_.back().first, "end inside the file; got end ", position, ", file has ",
                    data_.size(), " bytes of data");
    if (position < data_.size())
      refuse("file must end with its last tensor; got ", data_.size() - position, " bytes more");
  }

  std::size_t checked_bytes(const std::string& name, const TensorInfo& info) const {
    constexpr std::size_t kLargest = std::numeric_limits<std::size_t>::max();
    // From left to right as in the reference: a zero does not excuse an overflow before it.
    std::size_t bits = 1;
    const auto multiply = [&](std::size_t factor) {
      if (factor != 0 && bits > kLargest / factor)
        refuse_tensor(name, "have a number of bits that fits std::size_t; got shape ",
                      extents_to_string(info.shape), " of ", name_of(info.dtype));
      bits *= factor;
    };
    for (const Index extent : info.shape) multiply(static_cast<std::size_t>(extent));
    multiply(static_cast<std::size_t>(bits_of(info.dtype)));
    if (bits % 8 != 0)
      refuse_tensor(name, "fill whole bytes; got shape ", extents_to_string(info.shape), " of ",
                    name_of(info.dtype));
    return bits / 8;
  }

  std::string source_;
  std::string_view data_;
  std::vector<std::pair<std::string, TensorInfo>> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace detail

}  // namespace eigenhead
