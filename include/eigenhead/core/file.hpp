#pragma once

#include "eigenhead/core/error.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>

namespace eigenhead {

/// The whole content of a file as bytes. Throws FileError, naming `function`, when `path` is
/// missing, a folder, or cannot be read.
inline std::string read_file(const std::filesystem::path& path,
                             std::string_view function = "read_file") {
  std::error_code error;
  check<FileError>(
      !std::filesystem::is_directory(path, error),
      std::string(function) + ": path must name a file; got the folder " + quote(path.string()));
  std::ifstream file(path, std::ios::binary);
  check<FileError>(file.good(), std::string(function) + ": file must exist and be readable; got " +
                                    quote(path.string()));
  std::string content;
  char block[1 << 16];
  while (file.read(block, sizeof block) || file.gcount() > 0)
    content.append(block, static_cast<std::size_t>(file.gcount()));
  check<FileError>(!file.bad(), std::string(function) + ": file must be readable to its end; got " +
                                    quote(path.string()));
  return content;
}

/// Writes a file under a temporary name beside `path` and renames it when complete, so that `path`
/// never names half a file. `write` puts the content into the stream; what it throws passes through
/// and removes the temporary file. Throws FileError, naming `function`, when writing fails.
/// A link keeps pointing to the file it names; pipes and devices are written directly.
inline void write_file(const std::filesystem::path& path,
                       const std::function<void(std::ostream&)>& write,
                       std::string_view function = "write_file") {
  namespace filesystem = std::filesystem;
  const auto refuse = [&](std::string_view rule) {
    fail<FileError>(function, ": ", rule, "; got ", quote(path.string()));
  };
  std::error_code error;
  const filesystem::file_status status = filesystem::status(path, error);
  if (filesystem::is_directory(status)) refuse("path must name a file, not a folder");
  // Renaming onto /dev/null or /dev/stdout would replace the device or link by a plain file.
  const bool is_replaceable = !filesystem::exists(status) || filesystem::is_regular_file(status);
  const filesystem::path resolved = filesystem::canonical(path, error);
  const filesystem::path target = error ? path : resolved;
  filesystem::path written = target;
  if (is_replaceable) written += ".partial";
  const auto discard = [&] {
    std::error_code ignored;
    if (is_replaceable) filesystem::remove(written, ignored);
  };

  std::ofstream file(written, std::ios::binary | std::ios::trunc);
  if (!file) refuse("path must be writable");
  try {
    write(file);
  } catch (...) {
    file.close();
    discard();
    throw;
  }
  file.close();
  if (!file) {
    discard();
    refuse("the whole content must fit on the disk");
  }
  if (!is_replaceable) return;
  filesystem::rename(written, target, error);
  if (error) {
    discard();
    refuse("path must be replaceable (" + error.message() + ")");
  }
}

/// write_file of bytes that are already there.
inline void write_file(const std::filesystem::path& path, std::string_view content,
                       std::string_view function = "write_file") {
  write_file(
      path,
      [content](std::ostream& out) {
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
      },
      function);
}

}  // namespace eigenhead
