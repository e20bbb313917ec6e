#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace eigenhead::detail {

/// 128 bits, since C++ has no integer of that width.
struct WideWord {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

/// The whole product of two 64-bit numbers.
inline WideWord wide_product(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kLowHalf = 0xffffffffu;
  const std::uint64_t low = (a & kLowHalf) * (b & kLowHalf);
  const std::uint64_t middle = (a >> 32) * (b & kLowHalf) + (low >> 32);
  const std::uint64_t other_middle = (a & kLowHalf) * (b >> 32) + (middle & kLowHalf);
  return {(a >> 32) * (b >> 32) + (middle >> 32) + (other_middle >> 32),
          other_middle << 32 | (low & kLowHalf)};
}

/// a * b + c modulo 2^128.
inline WideWord wide_multiply_add(const WideWord& a, const WideWord& b, const WideWord& c) {
  WideWord result = wide_product(a.low, b.low);
  result.high += a.high * b.low + a.low * b.high + c.high;
  result.low += c.low;
  if (result.low < c.low) ++result.high;
  return result;
}

/// The seeding of numpy.random.SeedSequence(seed): four 64-bit words in which each bit of the seed
/// may change every bit. Source: M. O'Neill, "Simple Portable C++ Seed Entropy", 2015.
inline std::array<std::uint64_t, 4> numpy_seed_words(std::uint64_t seed) {
  std::uint32_t multiplier = 0x43b0d7e5u;
  const auto hash = [&multiplier](std::uint32_t value) {
    value ^= multiplier;
    multiplier *= 0x931e8875u;
    value *= multiplier;
    return value ^ value >> 16;
  };
  std::array<std::uint32_t, 4> pool = {static_cast<std::uint32_t>(seed),
                                       static_cast<std::uint32_t>(seed >> 32), 0, 0};
  for (std::uint32_t& word : pool) word = hash(word);
  for (std::size_t source = 0; source < pool.size(); ++source)
    for (std::size_t target = 0; target < pool.size(); ++target) {
      if (source == target) continue;
      const std::uint32_t mixed = 0xca01f9ddu * pool[target] - 0x4973f715u * hash(pool[source]);
      pool[target] = mixed ^ mixed >> 16;
    }
  std::array<std::uint64_t, 4> words = {};
  multiplier = 0x8b51f9ddu;
  for (std::size_t i = 0; i < 2 * words.size(); ++i) {
    std::uint32_t value = pool[i % pool.size()] ^ multiplier;
    multiplier *= 0x58f38dedu;
    value *= multiplier;
    value ^= value >> 16;
    words[i / 2] |= static_cast<std::uint64_t>(value) << 32 * (i % 2);
  }
  return words;
}

/// The bit generator PCG XSL RR 128/64 as numpy.random.PCG64(seed) seeds and reads it.
/// Source: M. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms
/// for Random Number Generation", 2014.
class Pcg64 {
 public:
  explicit Pcg64(std::uint64_t seed) {
    const std::array<std::uint64_t, 4> words = numpy_seed_words(seed);
    increment_ = {words[2] << 1 | words[3] >> 63, words[3] << 1 | 1};
    // From state 0 the first step leads to the increment; then the seed is added.
    state_ = wide_multiply_add({0, 1}, increment_, {words[0], words[1]});
    step();
  }

  std::uint64_t next_u64() {
    step();
    const std::uint64_t folded = state_.high ^ state_.low;
    const std::uint64_t rotation = state_.high >> 58;
    return folded >> rotation | folded << ((64 - rotation) & 63);
  }

  /// The low half of next_u64(); the high half is kept for the next call of this function.
  std::uint32_t next_u32() {
    has_kept_half_ = !has_kept_half_;
    if (!has_kept_half_) return kept_half_;
    const std::uint64_t word = next_u64();
    kept_half_ = static_cast<std::uint32_t>(word >> 32);
    return static_cast<std::uint32_t>(word);
  }

 private:
  void step() {
    constexpr WideWord kMultiplier = {0x2360ed051fc65da4u, 0x4385df649fccf645u};
    state_ = wide_multiply_add(state_, kMultiplier, increment_);
  }

  WideWord state_;
  WideWord increment_;
  bool has_kept_half_ = false;
  std::uint32_t kept_half_ = 0;
};

}  // namespace eigenhead::detail
