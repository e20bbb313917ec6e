#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// A word of up to 13 bytes as two numbers: its bytes, zeros, and its length in the highest four
/// bits of 128. Longer words become numbers that are those of no word.
struct ShortWord {
  static constexpr std::size_t kMaxBytes = 13;
  static constexpr std::size_t kReadBytes = 16;
  static constexpr unsigned kLengthShift = 60;
  static constexpr std::uint64_t kLowFactor = 0x9E3779B97F4A7C15u;
  static constexpr std::uint64_t kHighFactor = 0xC2B2AE3D27D4EB4Fu;
  static constexpr std::uint64_t kLastFactor = 0xD6E8FEB86659FD93u;

  std::uint64_t low;
  std::uint64_t high;

  /// The first `length` bytes at `bytes`, of which kReadBytes must be readable.
  static ShortWord load(const char* bytes, std::size_t length) {
    static constexpr std::array<unsigned char, 30> kMask = {255, 255, 255, 255, 255, 255, 255,
                                                            255, 255, 255, 255, 255, 255, 255};
    const std::size_t filled = std::min(length, kMaxBytes + 1);
    const unsigned char* mask = kMask.data() + (kMaxBytes + 1 - filled);
    return {read(bytes) & read(mask), (read(bytes + 8) & read(mask + 8)) |
                                          static_cast<std::uint64_t>(filled) << kLengthShift};
  }

  std::uint64_t hash() const {
    std::uint64_t mixed = low * kLowFactor + high * kHighFactor;
    mixed ^= mixed >> 32;
    return mixed * kLastFactor;
  }

 private:
  static std::uint64_t read(const void* bytes) {
    std::uint64_t value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
};

/// The ids of whole words of up to 13 bytes, one look into memory each: a perfect hash table, where
/// each bucket of about four words has a pilot that sends all of them to different slots. A word
/// that finds no place (none does in practice) is simply not there.
class WordTable {
 public:
  static constexpr std::int32_t kNone = -1;
  /// A slot is a ShortWord with its id in bits that are zero in every word: 20 of its upper half.
  static constexpr unsigned kIdShift = 40;
  static constexpr std::uint64_t kMaxId = (1u << 20) - 1;
  static constexpr std::uint64_t kIdBits = kMaxId << kIdShift;
  static constexpr std::uint64_t kPilotFactor = 0x9E3779B97F4A7C15u;

  using Entry = std::pair<std::string_view, std::int32_t>;

  WordTable() : WordTable(std::vector<Entry>()) {}

  explicit WordTable(const std::vector<Entry>& words) {
    std::vector<Keyed> keys;
    keys.reserve(words.size());
    for (const auto& [word, id] : words) {
      if (word.size() > ShortWord::kMaxBytes || static_cast<std::uint64_t>(id) > kMaxId) continue;
      char bytes[ShortWord::kReadBytes] = {};
      std::copy(word.begin(), word.end(), bytes);
      const ShortWord key = ShortWord::load(bytes, word.size());
      keys.push_back({key.hash(), Slot(key, id)});
    }
    slots_.resize(keys.size() + keys.size() / 8 + 1);
    pilots_.resize(keys.size() / 4 + 2);
    place(keys);
  }

  /// The only place where a word can be. The processor starts to fetch it, so that who looks for
  /// many words does not wait for one after the other.
  std::size_t locate(const ShortWord& word) const {
    const std::uint64_t hash = word.hash();
    const std::size_t slot = slot_of(hash, pilots_[bucket_of(hash)]);
#if defined(__GNUC__)
    __builtin_prefetch(slots_.data() + slot);
#endif
    return slot;
  }

  /// The id of a word, or kNone.
  std::int32_t find(const ShortWord& word) const { return find_at(locate(word), word); }

  /// The same for a word that was located.
  std::int32_t find_at(std::size_t place, const ShortWord& word) const {
    const Slot& slot = slots_[place];
    const std::uint64_t difference = (slot.low ^ word.low) | ((slot.high ^ word.high) & ~kIdBits);
    return difference == 0 ? slot.id() : kNone;
  }

  /// What locate and find_at look at, for find_words.
  std::size_t num_buckets() const { return pilots_.size() - 1; }
  const void* pilots() const { return pilots_.data(); }
  std::size_t num_slots() const { return slots_.size(); }
  const char* slots() const { return reinterpret_cast<const char*>(slots_.data()); }

  std::size_t num_bytes() const {
    return slots_.size() * sizeof(Slot) + pilots_.size() * sizeof(Pilot);
  }

 private:
  using Pilot = std::uint16_t;

  struct Slot {
    std::uint64_t low = 0;
    std::uint64_t high = ~std::uint64_t{0};  // the length of no word

    Slot() = default;
    Slot(const ShortWord& word, std::int32_t id)
        : low(word.low), high(word.high | static_cast<std::uint64_t>(id) << kIdShift) {}
    std::int32_t id() const { return static_cast<std::int32_t>((high & kIdBits) >> kIdShift); }
    bool is_free() const { return high == ~std::uint64_t{0}; }
  };

  struct Keyed {
    std::uint64_t hash;
    Slot slot;
  };

  /// Maps the upper half of `hash` to [0, count).
  static std::size_t scale(std::uint64_t hash, std::size_t count) {
    return static_cast<std::size_t>((hash >> 32) * static_cast<std::uint64_t>(count) >> 32);
  }

  std::size_t bucket_of(std::uint64_t hash) const { return scale(hash, num_buckets()); }

  std::size_t slot_of(std::uint64_t hash, unsigned pilot) const {
    return scale(hash * ((pilot + 1) * kPilotFactor), slots_.size());
  }

  /// Places the buckets, those with the most keys first.
  void place(const std::vector<Keyed>& keys) {
    std::vector<std::size_t> starts(pilots_.size() + 1, 0);
    for (const Keyed& key : keys) ++starts[bucket_of(key.hash) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    std::vector<const Keyed*> by_bucket(keys.size());
    std::vector<std::size_t> next(starts.begin(), starts.end() - 1);
    for (const Keyed& key : keys) by_bucket[next[bucket_of(key.hash)]++] = &key;
    std::vector<std::size_t> order(pilots_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return starts[a + 1] - starts[a] > starts[b + 1] - starts[b];
    });
    for (const std::size_t bucket : order)
      place_bucket(bucket, by_bucket.data() + starts[bucket],
                   by_bucket.data() + starts[bucket + 1]);
  }

  void place_bucket(std::size_t bucket, const Keyed* const* begin, const Keyed* const* end) {
    unsigned pilot = 0;
    while (pilot < std::numeric_limits<Pilot>::max() && !fits(begin, end, pilot)) ++pilot;
    pilots_[bucket] = static_cast<Pilot>(pilot);
    for (; begin != end; ++begin) {
      Slot& slot = slots_[slot_of((*begin)->hash, pilot)];
      if (slot.is_free()) slot = (*begin)->slot;
    }
  }

  /// Whether the pilot sends the keys to free slots, each to another.
  bool fits(const Keyed* const* begin, const Keyed* const* end, unsigned pilot) const {
    for (const Keyed* const* key = begin; key != end; ++key) {
      const std::size_t slot = slot_of((*key)->hash, pilot);
      if (!slots_[slot].is_free()) return false;
      for (const Keyed* const* other = begin; other != key; ++other)
        if (slot_of((*other)->hash, pilot) == slot) return false;
    }
    return true;
  }

  std::vector<Slot> slots_;
  std::vector<Pilot> pilots_;  // by bucket, and one more
};

}  // namespace eigenhead::detail
