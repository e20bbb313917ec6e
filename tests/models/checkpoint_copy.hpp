#pragma once

#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "support/data.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <string>

namespace eigenhead {

/// A copy of a checkpoint in a temporary folder, to be changed or broken.
class CheckpointCopy {
 public:
  /// @param folder  of tests/data
  explicit CheckpointCopy(const std::filesystem::path& folder)
      : original(SafetensorsFile::open(test_data() / folder / "model.safetensors")) {
    write_file(config(), read_file(test_data() / folder / "config.json"));
    write_file(weights(), read_file(test_data() / folder / "model.safetensors"));
  }

  std::string path() const { return folder_.path().string(); }
  std::filesystem::path config() const { return folder_ / "config.json"; }
  std::filesystem::path weights() const { return folder_ / "model.safetensors"; }

  void change_config(const std::string& key, const nlohmann::json& value) const {
    auto json = nlohmann::json::parse(read_file(config()));
    json[key] = value;
    write_file(config(), json.dump());
  }

  /// The tensors under the names that `rename` returns; "" leaves a tensor out.
  template <class Rename>
  SafetensorsWriter renamed(const Rename& rename) const {
    SafetensorsWriter writer;
    for (const std::string& name : original.names()) {
      const std::string new_name = rename(name);
      const TensorInfo& info = original.info(name);
      if (!new_name.empty())
        writer.add_bytes(new_name, info.dtype, info.shape, std::string(original.bytes(name)));
    }
    return writer;
  }

  SafetensorsWriter unchanged() const {
    return renamed([](const std::string& name) { return name; });
  }

  /// Leaves out every tensor whose name contains `part`.
  void save_without(const std::string& part) const {
    renamed([&](const std::string& name) {
      return name.find(part) == std::string::npos ? name : std::string();
    }).save(weights());
  }

  const SafetensorsFile original;

 private:
  TemporaryFolder folder_;
};

}  // namespace eigenhead
