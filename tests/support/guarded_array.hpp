#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

#include <sys/mman.h>
#include <unistd.h>

namespace eigenhead {

/// `size` numbers that end where a page begins that nobody may touch: reading or writing behind
/// them ends the program. Before them stand bytes of 0xa5, which has_clean_front() looks at.
template <class Scalar>
class GuardedArray {
  static_assert(std::is_trivially_copyable_v<Scalar>);

 public:
  explicit GuardedArray(std::ptrdiff_t size) : size_(size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(Scalar);
    front_ = (bytes / page + 1) * page;
    mapped_ = front_ + page;
    memory_ = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    ::mprotect(static_cast<char*>(memory_) + front_, page, PROT_NONE);
    front_ -= bytes;
    std::memset(memory_, 0xa5, front_ + bytes);
  }
  GuardedArray(const GuardedArray&) = delete;
  GuardedArray& operator=(const GuardedArray&) = delete;
  ~GuardedArray() { ::munmap(memory_, mapped_); }

  Scalar* data() { return reinterpret_cast<Scalar*>(static_cast<char*>(memory_) + front_); }
  Scalar* begin() { return data(); }
  Scalar* end() { return data() + size_; }
  Scalar& operator[](std::ptrdiff_t i) { return data()[i]; }

  /// Whether nobody wrote before the numbers.
  bool has_clean_front() const {
    for (std::size_t i = 0; i < front_; ++i)
      if (static_cast<const unsigned char*>(memory_)[i] != 0xa5) return false;
    return true;
  }

 private:
  std::ptrdiff_t size_;
  std::size_t front_ = 0;
  std::size_t mapped_ = 0;
  void* memory_ = nullptr;
};

}  // namespace eigenhead
