#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/mapped_file.hpp"
#include "eigenhead/io/safetensors.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace eigenhead {

namespace detail {

/// True for a name that stays in its folder on every system: no separator, drive letter, zero byte.
inline bool is_plain_file_name(std::string_view name) {
  constexpr std::string_view kForbidden("/\\:\0", 4);
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(kForbidden) == std::string_view::npos;
}

/// The tensors of each file that the index lists.
inline std::map<std::string, std::set<std::string>> read_shard_index(
    const std::filesystem::path& index_path) {
  const std::string source = index_path.filename().string();
  const nlohmann::json index =
      parse_json(read_file(index_path, "load_safetensors"), "load_safetensors", source, 4);
  const auto refuse = [&](const auto&... pieces) {
    fail<FormatError>("load_safetensors: ", quote(source), " must ", pieces...);
  };
  if (!index.is_object()) refuse("hold a JSON object; got type ", index.type_name());
  const nlohmann::json weight_map = index.value("weight_map", nlohmann::json());
  if (!weight_map.is_object())
    refuse("have an object under \"weight_map\"; got ", weight_map.type_name());
  if (weight_map.empty()) refuse("list at least one tensor; got an empty \"weight_map\"");
  std::map<std::string, std::set<std::string>> tensors_of;
  for (const auto& [tensor, file] : weight_map.items()) {
    if (!file.is_string() || !is_plain_file_name(file.template get_ref<const std::string&>()))
      refuse("name files in its own folder; got file ", quote(file.dump(-1, ' ', true)),
             ", tensor ", quote(tensor));
    tensors_of[file.template get_ref<const std::string&>()].insert(tensor);
  }
  return tensors_of;
}

}  // namespace detail

/// Opens the shards that a model.safetensors.index.json lists as one file. They lie beside it.
///
/// @throws FileError, FormatError as SafetensorsFile::open, for each shard
/// @throws FormatError when the index is broken, names a file elsewhere, or lists not exactly the
///         tensors of the shards
/// The "total_size" of the index is not looked at.
inline SafetensorsFile open_sharded_safetensors(const std::filesystem::path& index_path,
                                                FileAccess access = FileAccess::map) {
  std::optional<SafetensorsFile> all;
  for (const auto& [file, listed] : detail::read_shard_index(index_path)) {
    const auto shard = SafetensorsFile::open(index_path.parent_path() / file, access);
    for (const std::string& name : listed)
      if (!shard.contains(name))
        fail<FormatError>("load_safetensors: tensor ", quote(name),
                          " must be in the file that the index names; got file ", quote(file));
    for (const std::string& name : shard.names())
      if (listed.count(name) == 0)
        fail<FormatError>("load_safetensors: tensor ", quote(name),
                          " must be listed in the index for its file; got file ", quote(file));
    if (all)
      all->merge(shard);
    else
      all = shard;
  }
  return *all;
}

}  // namespace eigenhead
