#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace eigenhead {

/// The environment without a Hugging Face cache. Sets variables and restores them at the end.
class ModelCacheEnvironment {
 public:
  ModelCacheEnvironment() {
    for (const char* name : {"HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"}) set(name, nullptr);
  }
  ~ModelCacheEnvironment() {
    for (const auto& [name, value] : saved_) assign(name.c_str(), value ? value->c_str() : nullptr);
  }

  void set(const char* name, const char* value) {
    const char* const old = std::getenv(name);
    saved_.emplace(name, old != nullptr ? std::optional<std::string>(old) : std::nullopt);
    assign(name, value);
  }

 private:
  static void assign(const char* name, const char* value) {
    if (value != nullptr)
      ::setenv(name, value, 1);
    else
      ::unsetenv(name);
  }

  std::map<std::string, std::optional<std::string>> saved_;
};

}  // namespace eigenhead
