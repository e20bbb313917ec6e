#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/dtype.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/safetensors_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

/// Collects tensors and metadata and writes them as one safetensors file.
///
///     SafetensorsWriter writer;
///     writer.add("output", output);           // copies; std::move(output) does not
///     writer.add_metadata("format", "pt");
///     writer.save("attention.safetensors");
///
/// The bytes depend on the content only, not on the order of the calls: tensors by descending
/// element size, then by name; the header is padded with spaces to a multiple of 8 bytes, so that
/// every tensor lies aligned in the file.
class SafetensorsWriter {
 public:
  /// Adds a tensor of bool, an integer type, half, bfloat16, float or double.
  /// Throws ValueError when the name is taken or is "__metadata__".
  template <class Scalar, int Rank>
  void add(const std::string& name, Tensor<Scalar, Rank> tensor) {
    const auto owner = std::make_shared<const Tensor<Scalar, Rank>>(std::move(tensor));
    const auto size = static_cast<std::size_t>(owner->size()) * sizeof(Scalar);
    const std::string_view bytes(reinterpret_cast<const char*>(owner->data()), size);
    add_entry(name, {dtype_of<Scalar>(), owner->shape().to_vector(), bytes, owner},
              "SafetensorsWriter::add");
  }

  /// Adds a tensor of any type and rank from its row-major little-endian elements.
  /// Throws ValueError as add(), and ShapeError when `bytes` has not the size of the shape.
  void add_bytes(const std::string& name, DType dtype, const std::vector<Index>& shape,
                 std::string bytes) {
    const auto count = static_cast<std::size_t>(detail::checked_size(shape));
    const auto bits = static_cast<std::size_t>(bits_of(dtype));
    check<ShapeError>(
        count * bits / bits == count && count * bits % 8 == 0 && count * bits / 8 == bytes.size(),
        "SafetensorsWriter::add_bytes: bytes must have the size of the shape", "tensor",
        quote(name), "shape", detail::extents_to_string(shape), "type", name_of(dtype), "bytes",
        bytes.size());
    const auto owner = std::make_shared<const std::string>(std::move(bytes));
    add_entry(name, {dtype, shape, *owner, owner}, "SafetensorsWriter::add_bytes");
  }

  /// Adds a free text to the header. Throws ValueError when the key is taken.
  void add_metadata(const std::string& key, const std::string& value) {
    check<ValueError>(metadata_.emplace(key, value).second,
                      "SafetensorsWriter::add_metadata: metadata keys must be unique", "key",
                      quote(key));
  }

  /// Writes the file; it appears under its name only when complete, so a mapped file of that name
  /// stays as it was for its readers. Throws FileError when it cannot be written, and ValueError
  /// when a text is not UTF-8 or the header exceeds 100,000,000 bytes, which no reader accepts.
  void save(const std::filesystem::path& path) const {
    const std::string header = header_text("SafetensorsWriter::save");
    write_file(
        path, [&](std::ostream& out) { write(header, out); }, "SafetensorsWriter::save");
  }

  /// The bytes that save() writes. Throws ValueError as save().
  std::string to_bytes() const {
    std::ostringstream out;
    write(header_text("SafetensorsWriter::to_bytes"), out);
    return out.str();
  }

 private:
  struct Entry {
    DType dtype;
    std::vector<Index> shape;
    std::string_view bytes;
    std::shared_ptr<const void> owner;
  };

  void add_entry(const std::string& name, Entry entry, std::string_view function) {
    if (name == detail::kSafetensorsMetadataKey)
      fail<ValueError>(function, ": tensor name must not be the key of the metadata; got name ",
                       quote(name));
    if (!tensors_.emplace(name, std::move(entry)).second)
      fail<ValueError>(function, ": tensor names must be unique; got name ", quote(name));
  }

  using Named = std::pair<const std::string, Entry>;

  std::vector<const Named*> in_file_order() const {
    std::vector<const Named*> ordered;
    for (const Named& tensor : tensors_) ordered.push_back(&tensor);
    // Stable, so that the order of the map, by name, stays within a size.
    std::stable_sort(ordered.begin(), ordered.end(), [](const Named* a, const Named* b) {
      return bits_of(a->second.dtype) > bits_of(b->second.dtype);
    });
    return ordered;
  }

  static std::string json_string(const std::string& text, std::string_view function) {
    try {
      return nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
      fail<ValueError>(function, ": names and metadata must be UTF-8; got ", quote(text));
    }
  }

  std::string header_text(std::string_view function) const {
    const auto in_quotes = [&](const std::string& name) { return json_string(name, function); };
    std::string text = "{";
    if (!metadata_.empty()) {
      text += "\"__metadata__\":{";
      for (const auto& [key, value] : metadata_)
        text += in_quotes(key) + ":" + in_quotes(value) + ",";
      text.back() = '}';
      text += ',';
    }
    std::size_t position = 0;
    for (const Named* tensor : in_file_order()) {
      const Entry& entry = tensor->second;
      std::string shape;
      for (const Index extent : entry.shape) {
        if (!shape.empty()) shape += ',';
        shape += std::to_string(extent);
      }
      text += in_quotes(tensor->first) + ":{\"dtype\":\"" + name_of(entry.dtype) +
              "\",\"shape\":[" + shape + "],\"data_offsets\":[" + std::to_string(position) + ",";
      position += entry.bytes.size();
      text += std::to_string(position) + "]},";
    }
    if (text.size() > 1) text.pop_back();
    text += '}';
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > detail::kLargestSafetensorsHeader)
      fail<ValueError>(function, ": header must have at most ", detail::kLargestSafetensorsHeader,
                       " bytes; got bytes ", text.size());
    return text;
  }

  void write(const std::string& header, std::ostream& out) const {
    for (int shift = 0; shift < 64; shift += 8)
      out.put(static_cast<char>(static_cast<std::uint64_t>(header.size()) >> shift & 255));
    out << header;
    for (const Named* tensor : in_file_order()) {
      const std::string_view bytes = tensor->second.bytes;
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
  }

  std::map<std::string, Entry> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace eigenhead
