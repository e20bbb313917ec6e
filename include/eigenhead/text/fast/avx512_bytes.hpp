#pragma once

// The stages of text_masks.hpp with AVX-512 as Intel has it since Ice Lake and AMD since Zen 4.
//
// The attribute stands on every function, as on those of kernels/: the program may run on older
// processors, too. A function that has it calls no template of the standard library, contains no
// lambda, and is called only where has_avx512_bytes() is true. Of some intrinsics it is the form
// with a mask of all lanes that is called: GCC 12 warns of the other, which begins with an
// undefined value.

#include "eigenhead/text/fast/byte_masks.hpp"

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__)
#define EIGENHEAD_HAS_AVX512_BYTES 1
#define EIGENHEAD_TARGET_AVX512_BYTES \
  __attribute__((target("avx2,popcnt,avx512f,avx512vl,avx512bw,avx512dq,avx512vbmi,avx512vbmi2")))
#include <immintrin.h>
#else
#define EIGENHEAD_HAS_AVX512_BYTES 0
#endif

namespace eigenhead::detail {

#if EIGENHEAD_HAS_AVX512_BYTES

/// Whether the processor has the instructions of EIGENHEAD_TARGET_AVX512_BYTES and the system saves
/// their registers.
inline bool has_avx512_bytes() {
  static const bool has =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
  return has;
}

namespace avx512 {

/// A bit for each byte in [first, first + count).
EIGENHEAD_TARGET_AVX512_BYTES inline std::uint64_t is_in(__m512i bytes, char first, char count) {
  return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(first)),
                                _mm512_set1_epi8(count));
}

/// detail::text_masks; no byte beyond the text is read.
EIGENHEAD_TARGET_AVX512_BYTES inline void text_masks(const char* text, std::size_t size,
                                                     bool folds_case, char* folded,
                                                     ByteMasks* masks) {
  const __m512i case_bit = _mm512_set1_epi8(folds_case ? 0x20 : 0);
  const __m512i blank = _mm512_set1_epi8(' ');
  for (std::size_t place = 0; place < size; place += 64, ++masks) {
    const std::uint64_t is_text =
        size - place < 64 ? (std::uint64_t{1} << (size - place)) - 1 : ~std::uint64_t{0};
    const __m512i x = _mm512_mask_loadu_epi8(blank, is_text, text + place);
    const std::uint64_t letter = is_in(_mm512_or_si512(x, _mm512_set1_epi8(0x20)), 'a', 26);
    const std::uint64_t space = _mm512_cmpeq_epi8_mask(x, blank) | is_in(x, '\t', 2) |
                                _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\r'));
    masks->alphanumeric = letter | is_in(x, '0', 10);
    masks->punctuation = is_in(x, 0x21, 0x5E) & ~masks->alphanumeric;
    masks->other = ~(masks->alphanumeric | masks->punctuation | space);
    masks->lead_e2 = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\xE2'));
    _mm512_storeu_si512(folded + place,
                        _mm512_mask_blend_epi8(letter, x, _mm512_or_si512(x, case_bit)));
  }
}

/// Writes 64 * group + i for each of the first 32 `places` i.
EIGENHEAD_TARGET_AVX512_BYTES inline void store_places(__m256i places, std::size_t group,
                                                       std::uint16_t* list) {
  const __m512i origin = _mm512_set1_epi16(static_cast<short>(64 * group));
  _mm512_storeu_si512(list,
                      _mm512_add_epi16(_mm512_maskz_cvtepu8_epi16(0xFFFFFFFF, places), origin));
}

/// detail::list_bits.
EIGENHEAD_TARGET_AVX512_BYTES inline std::size_t list_bits(const std::uint64_t* bits,
                                                           std::size_t num_groups,
                                                           std::uint16_t* list) {
  static constexpr unsigned char kPlaces[64] = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
      22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
      44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  const __m512i all_places = _mm512_loadu_si512(kPlaces);
  std::size_t size = 0;
  for (std::size_t group = 0; group < num_groups; ++group) {
    const __m512i places = _mm512_maskz_compress_epi8(bits[group], all_places);
    const auto num_places = static_cast<std::size_t>(_mm_popcnt_u64(bits[group]));
    store_places(_mm512_maskz_extracti64x4_epi64(0xFF, places, 0), group, list + size);
    if (num_places > 32)
      store_places(_mm512_maskz_extracti64x4_epi64(0xFF, places, 1), group, list + size + 32);
    size += num_places;
  }
  return size;
}

}  // namespace avx512

#endif

}  // namespace eigenhead::detail
