#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// A word of up to 16 bytes as two numbers; the bytes that it does not fill are 0.
struct ShortWord {
  static constexpr std::size_t kMaxBytes = 16;

  std::uint64_t low;
  std::uint64_t high;

  /// The first `length` of the 16 bytes at `bytes`, which all must be readable.
  static ShortWord load(const char* bytes, std::size_t length) {
    static constexpr std::array<unsigned char, 32> kMask = {255, 255, 255, 255, 255, 255, 255, 255,
                                                            255, 255, 255, 255, 255, 255, 255, 255};
    const unsigned char* mask = kMask.data() + (kMaxBytes - std::min(length, kMaxBytes));
    return {read(bytes) & read(mask), read(bytes + 8) & read(mask + 8)};
  }

  std::uint64_t hash() const {
    std::uint64_t mixed = low * 0x9E3779B97F4A7C15u + high * 0xC2B2AE3D27D4EB4Fu;
    mixed ^= mixed >> 32;
    return mixed * 0xD6E8FEB86659FD93u;
  }

 private:
  static std::uint64_t read(const void* bytes) {
    std::uint64_t value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
};

/// The ids of whole words of up to 16 bytes, one look into memory each: a perfect hash table, where
/// each bucket of about four words has a pilot that sends all of them to different slots. A word
/// that finds no place (none does in practice) is simply not there.
class WordTable {
 public:
  static constexpr std::int32_t kNone = -1;

  using Entry = std::pair<std::string_view, std::int32_t>;

  WordTable() : WordTable(std::vector<Entry>()) {}

  explicit WordTable(const std::vector<Entry>& words) {
    std::vector<Keyed> keys;
    keys.reserve(words.size());
    for (const auto& [word, id] : words) {
      if (word.size() > ShortWord::kMaxBytes) continue;
      char bytes[ShortWord::kMaxBytes] = {};
      std::copy(word.begin(), word.end(), bytes);
      const ShortWord key = ShortWord::load(bytes, word.size());
      keys.push_back({key.hash(), {key, id, static_cast<std::uint32_t>(word.size())}});
    }
    slots_.resize(keys.size() + keys.size() / 4 + 1);
    pilots_.resize(keys.size() / 4 + 1);
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
  std::int32_t find(const ShortWord& word, std::size_t length) const {
    return find_at(locate(word), word, length);
  }

  /// The same for a word that was located.
  std::int32_t find_at(std::size_t place, const ShortWord& word, std::size_t length) const {
    const Slot& slot = slots_[place];
    const std::uint64_t difference =
        (slot.word.low ^ word.low) | (slot.word.high ^ word.high) | (slot.length ^ length);
    return difference == 0 ? slot.id : kNone;
  }

  std::size_t num_bytes() const { return slots_.size() * sizeof(Slot) + pilots_.size(); }

 private:
  struct alignas(32) Slot {
    ShortWord word = {0, 0};
    std::int32_t id = kNone;
    std::uint32_t length = 0;
  };

  struct Keyed {
    std::uint64_t hash;
    Slot slot;
  };

  /// Maps the upper half of `hash` to [0, count).
  static std::size_t scale(std::uint64_t hash, std::size_t count) {
    return static_cast<std::size_t>((hash >> 32) * static_cast<std::uint64_t>(count) >> 32);
  }

  std::size_t bucket_of(std::uint64_t hash) const { return scale(hash, pilots_.size()); }

  std::size_t slot_of(std::uint64_t hash, unsigned pilot) const {
    return scale(hash * ((pilot + 1) * 0x9E3779B97F4A7C15u), slots_.size());
  }

  /// Places the buckets, those with the most keys first.
  void place(const std::vector<Keyed>& keys) {
    std::vector<std::vector<const Keyed*>> buckets(pilots_.size());
    for (const Keyed& key : keys) buckets[bucket_of(key.hash)].push_back(&key);
    std::vector<std::size_t> order(buckets.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return buckets[a].size() > buckets[b].size();
    });
    std::vector<bool> is_taken(slots_.size(), false);
    for (const std::size_t bucket : order) {
      unsigned pilot = 0;
      while (pilot < 255 && !fits(buckets[bucket], pilot, is_taken)) ++pilot;
      pilots_[bucket] = static_cast<std::uint8_t>(pilot);
      for (const Keyed* key : buckets[bucket]) {
        const std::size_t slot = slot_of(key->hash, pilot);
        if (!is_taken[slot]) slots_[slot] = key->slot;
        is_taken[slot] = true;
      }
    }
  }

  /// Whether the pilot sends the keys to free slots, each to another.
  bool fits(const std::vector<const Keyed*>& keys, unsigned pilot,
            const std::vector<bool>& is_taken) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::size_t slot = slot_of(keys[i]->hash, pilot);
      if (is_taken[slot]) return false;
      for (std::size_t j = 0; j < i; ++j)
        if (slot_of(keys[j]->hash, pilot) == slot) return false;
    }
    return true;
  }

  std::vector<Slot> slots_;
  std::vector<std::uint8_t> pilots_;  // by bucket
};

}  // namespace eigenhead::detail
