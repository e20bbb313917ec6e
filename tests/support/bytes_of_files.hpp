#pragma once

#include <cstddef>
#include <cstring>
#include <fstream>
#include <string>

namespace eigenhead {

/// Memory of this process that shows files, in bytes, as /proc says; 0 where there is none.
inline std::size_t bytes_of_files() {
  std::ifstream status("/proc/self/status");
  std::size_t kibibytes = 0;
  for (std::string line; std::getline(status, line);)
    for (const char* name : {"RssFile:", "RssShmem:"})  // the latter where the folder is in memory
      if (line.rfind(name, 0) == 0) kibibytes += std::stoul(line.substr(std::strlen(name)));
  return 1024 * kibibytes;
}

}  // namespace eigenhead
