#pragma once

#include "eigenhead/text/fast/avx512_bytes.hpp"
#include "eigenhead/text/fast/byte_masks.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace eigenhead::detail {

/// text_masks without AVX-512.
inline void text_masks_portable(std::string_view text, bool folds_case, char* folded,
                                ByteMasks* masks) {
  for (; text.size() >= 64; text.remove_prefix(64), folded += 64)
    *masks++ = byte_masks(text.data(), folds_case, folded);
  if (text.empty()) return;
  std::memset(folded, ' ', 64);
  std::memcpy(folded, text.data(), text.size());
  *masks = byte_masks(folded, folds_case, folded);
}

/// byte_masks of all of a text: `masks` for each 64 bytes, `folded` with white space up to the next
/// multiple of 64.
inline void text_masks(std::string_view text, bool folds_case, char* folded, ByteMasks* masks) {
#if EIGENHEAD_HAS_AVX512_BYTES
  if (has_avx512_bytes())
    return avx512::text_masks(text.data(), text.size(), folds_case, folded, masks);
#endif
  text_masks_portable(text, folds_case, folded, masks);
}

/// list_bits without AVX-512.
inline std::size_t list_bits_portable(const std::uint64_t* bits, std::size_t num_groups,
                                      std::uint16_t* list) {
  std::size_t size = 0;
  for (std::size_t group = 0; group < num_groups; ++group)
    for (std::uint64_t rest = bits[group]; rest != 0; rest &= rest - 1)
      list[size++] = static_cast<std::uint16_t>(64 * group + lowest_bit(rest));
  return size;
}

/// What list_bits may write beyond the list.
inline constexpr std::size_t kListSlack = 32;

/// The numbers of the bits that are set in num_groups * 64, in order; returns how many.
inline std::size_t list_bits(const std::uint64_t* bits, std::size_t num_groups,
                             std::uint16_t* list) {
#if EIGENHEAD_HAS_AVX512_BYTES
  if (has_avx512_bytes()) return avx512::list_bits(bits, num_groups, list);
#endif
  return list_bits_portable(bits, num_groups, list);
}

}  // namespace eigenhead::detail
