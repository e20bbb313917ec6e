#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

// Replaces operator new and delete of a whole test program, so that a test can count: to be
// included by one file of a program.

namespace eigenhead {

/// What the program has allocated with new; a test may set most_bytes.
struct CountedMemory {
  std::atomic<std::size_t> num_allocations{0};
  std::atomic<std::size_t> bytes{0};       ///< now
  std::atomic<std::size_t> most_bytes{0};  ///< at any time
};

inline CountedMemory& counted_memory() {
  static CountedMemory memory;
  return memory;
}

namespace detail {

/// Memory behind a block of `alignment` bytes that holds its size; null when there is none.
inline void* allocate_counted(std::size_t size, std::size_t alignment) noexcept {
  const std::size_t blocks = (size + alignment - 1) / alignment + 1;
  void* const block = std::aligned_alloc(alignment, blocks * alignment);
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof size);
  CountedMemory& counts = counted_memory();
  ++counts.num_allocations;
  counts.bytes += size;
  counts.most_bytes = std::max(counts.most_bytes.load(), counts.bytes.load());
  return static_cast<char*>(block) + alignment;
}

inline void* require(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// Inlined, g++ would see that what `new` gave is freed.
[[gnu::noinline]] inline void free_counted(void* memory, std::size_t alignment) noexcept {
  if (memory == nullptr) return;
  void* const block = static_cast<char*>(memory) - alignment;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  counted_memory().bytes -= size;
  std::free(block);
}

inline constexpr std::size_t kNewAlignment = alignof(std::max_align_t);

}  // namespace detail

}  // namespace eigenhead

void* operator new(std::size_t size) {
  using namespace eigenhead::detail;
  return require(allocate_counted(size, kNewAlignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return eigenhead::detail::allocate_counted(size, eigenhead::detail::kNewAlignment);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  using namespace eigenhead::detail;
  return require(allocate_counted(size, static_cast<std::size_t>(alignment)));
}
void operator delete(void* memory) noexcept {
  eigenhead::detail::free_counted(memory, eigenhead::detail::kNewAlignment);
}
void operator delete(void* memory, std::size_t) noexcept {
  eigenhead::detail::free_counted(memory, eigenhead::detail::kNewAlignment);
}
void operator delete(void* memory, std::align_val_t alignment) noexcept {
  eigenhead::detail::free_counted(memory, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
  eigenhead::detail::free_counted(memory, static_cast<std::size_t>(alignment));
}
