#pragma once

#include "eigenhead/core/file.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace eigenhead {

/// How a file comes into memory.
enum class FileAccess {
  map,  ///< pages are read when touched; the file must not shrink or change while in use
  read  ///< the whole file is copied into memory first
};

/// The bytes of a file, read-only. Copies are cheap and share the memory, which lives as long as
/// the last of them.
///
/// A mapped file that another program truncates in place raises SIGBUS when read; replacing it by
/// rename, as write_file does, is safe. FileAccess::read is proof against both.
class MappedFile {
 public:
  /// The bytes of the file at `path`. Where the system or the kind of file does not allow mapping,
  /// the file is read. Throws FileError, naming `function`, when it cannot be read.
  static MappedFile open(const std::filesystem::path& path, FileAccess access = FileAccess::map,
                         std::string_view function = "MappedFile") {
    MappedFile file;
    if (access == FileAccess::map && file.map(path)) return file;
    return from_memory(read_file(path, function));
  }

  /// The given bytes, as if they came from a file.
  static MappedFile from_memory(std::string bytes) {
    const auto owner = std::make_shared<const std::string>(std::move(bytes));
    MappedFile file;
    file.bytes_ = *owner;
    file.owner_ = owner;
    return file;
  }

  std::string_view bytes() const { return bytes_; }

  /// Gives back the memory that a mapped file takes for a part of bytes(), which has been used and
  /// is read from the file again should somebody touch it. A file that was read keeps its memory.
  void release(std::string_view part) const {
#if __has_include(<sys/mman.h>)
    if (!is_mapped_) return;
    // Whole pages only: those at the ends may hold something else that is in use.
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto offset = static_cast<std::size_t>(part.data() - bytes_.data());
    const std::size_t begin = (offset + page - 1) / page * page;
    const std::size_t end = (offset + part.size()) / page * page;
    if (begin < end)
      ::madvise(const_cast<char*>(bytes_.data()) + begin, end - begin, MADV_DONTNEED);
#else
    static_cast<void>(part);
#endif
  }

 private:
  MappedFile() = default;

#if __has_include(<sys/mman.h>)
  /// False when the file cannot be mapped: absent, not a regular file, or empty.
  bool map(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    struct stat status = {};
    const bool is_regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    const auto size = static_cast<std::size_t>(is_regular ? status.st_size : 0);
    void* const address =
        size == 0 ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    ::close(descriptor);  // the mapping stays
    if (address == MAP_FAILED) return false;
    bytes_ = std::string_view(static_cast<const char*>(address), size);
    is_mapped_ = true;
    owner_ = std::shared_ptr<const void>(
        address, [size](const void* memory) { ::munmap(const_cast<void*>(memory), size); });
    return true;
  }
#else
  bool map(const std::filesystem::path&) { return false; }
#endif

  std::string_view bytes_;
  bool is_mapped_ = false;
  std::shared_ptr<const void> owner_;
};

}  // namespace eigenhead
