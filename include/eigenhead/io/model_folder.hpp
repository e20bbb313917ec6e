#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/mapped_file.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/io/sharded_safetensors.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace eigenhead {

/// The folder in which Hugging Face's programs keep downloaded models: HF_HUB_CACHE, else
/// HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub.
/// Source: huggingface_hub/constants.py.
inline std::filesystem::path hugging_face_cache() {
  const auto variable = [](const char* name) -> std::optional<std::filesystem::path> {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
  if (const auto cache = variable("HF_HUB_CACHE")) return *cache;
  if (const auto home = variable("HF_HOME")) return *home / "hub";
  if (const auto cache = variable("XDG_CACHE_HOME")) return *cache / "huggingface" / "hub";
  for (const char* name : {"HOME", "USERPROFILE"})
    if (const auto home = variable(name)) return *home / ".cache" / "huggingface" / "hub";
  return {};
}

namespace detail {

/// The folders in `folder`, sorted by name; none when it is not there.
inline std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  const std::filesystem::directory_iterator end;
  // A range-based loop would throw where the next entry cannot be read.
  for (std::filesystem::directory_iterator entry(folder, error); entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) folders.push_back(entry->path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// The snapshot of a cached model that refs/main names, else the one that was changed last.
inline std::optional<std::filesystem::path> current_snapshot(const std::filesystem::path& model) {
  const auto snapshots = folders_in(model / "snapshots");
  if (snapshots.empty()) return std::nullopt;
  std::error_code error;
  if (std::filesystem::is_regular_file(model / "refs" / "main", error)) {
    std::string revision = read_file(model / "refs" / "main", "find_model_folder");
    revision.erase(revision.find_last_not_of(" \r\n") + 1);
    for (const auto& snapshot : snapshots)
      if (snapshot.filename() == revision) return snapshot;
  }
  return *std::max_element(snapshots.begin(), snapshots.end(), [&](const auto& a, const auto& b) {
    return std::filesystem::last_write_time(a, error) < std::filesystem::last_write_time(b, error);
  });
}

/// ORG/NAME or NAME of a folder "models--ORG--NAME" or "models--NAME"; empty for any other.
inline std::string cached_model_name(const std::filesystem::path& folder) {
  constexpr std::string_view kPrefix = "models--";
  std::string name = folder.filename().string();
  if (name.substr(0, kPrefix.size()) != kPrefix) return "";
  name.erase(0, kPrefix.size());
  const std::size_t dashes = name.find("--");
  if (dashes != std::string::npos) name.replace(dashes, 2, "/");
  return name;
}

}  // namespace detail

/// The folder of the model that `name` stands for: a folder, or a model that Hugging Face's
/// programs have downloaded before (nothing is downloaded here), such as "distilbert-base-uncased"
/// or "sentence-transformers/all-MiniLM-L6-v2"; without its organisation a name is searched in all.
///
/// @throws FileError when there is none, saying where it looked, or when the name without
///         organisation stands for several
inline std::filesystem::path find_model_folder(const std::string& name) {
  std::error_code error;
  if (!name.empty() && std::filesystem::is_directory(name, error)) return name;

  const std::filesystem::path cache = hugging_face_cache();
  std::vector<std::filesystem::path> snapshots;
  std::string names;
  for (const auto& folder : detail::folders_in(cache)) {
    const std::string cached = detail::cached_model_name(folder);
    const bool is_exact = cached == name;
    if (cached.empty() || cached.substr(is_exact ? 0 : cached.find('/') + 1) != name) continue;
    const auto snapshot = detail::current_snapshot(folder);
    if (!snapshot) continue;
    if (is_exact) return *snapshot;
    snapshots.push_back(*snapshot);
    names += (names.empty() ? "" : ", ") + quote(cached);
  }
  if (snapshots.size() == 1) return snapshots.front();
  if (snapshots.empty())
    fail<FileError>(
        "find_model_folder: model must be a folder or a name in the Hugging Face cache; got ",
        quote(name), "; looked for the folder ",
        quote(std::filesystem::absolute(name, error).string()), " and for a snapshot in ",
        quote(cache.string()));
  fail<FileError>("find_model_folder: model must stand for one model of the cache; got ",
                  quote(name), "; write one of ", names);
}

/// Opens the weights in a model folder: model.safetensors, else the shards that
/// model.safetensors.index.json lists.
///
/// @throws FileError when there are none, FormatError when they are broken (see SafetensorsFile) or
///         in another format only
inline SafetensorsFile open_weights(const std::filesystem::path& folder,
                                    FileAccess access = FileAccess::map) {
  const auto holds = [&](const char* file) {
    std::error_code error;
    return std::filesystem::exists(folder / file, error);
  };
  if (holds("model.safetensors"))
    return SafetensorsFile::open(folder / "model.safetensors", access);
  if (holds("model.safetensors.index.json"))
    return open_sharded_safetensors(folder / "model.safetensors.index.json", access);
  for (const char* file : {"pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5"})
    if (holds(file))
      fail<FormatError>("open_weights: folder must hold model.safetensors; got ", quote(file),
                        " in ", quote(folder.string()),
                        "; convert it in Python by model.save_pretrained(folder, "
                        "safe_serialization=True)");
  fail<FileError>(
      "open_weights: folder must hold model.safetensors or "
      "model.safetensors.index.json; got ",
      quote(folder.string()));
}

}  // namespace eigenhead
