#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace eigenhead::detail {

/// The index of the lowest bit that is set; `bits` must not be 0.
inline unsigned lowest_bit(std::uint64_t bits) {
#if defined(__GNUC__)
  return static_cast<unsigned>(__builtin_ctzll(bits));
#else
  unsigned index = 0;
  for (; (bits & 1) == 0; bits >>= 1) ++index;
  return index;
#endif
}

/// What 64 bytes of text are, a bit each. Bytes without a bit are white space.
struct ByteMasks {
  std::uint64_t alphanumeric;  ///< ASCII letters and digits
  std::uint64_t punctuation;   ///< of ASCII, symbols such as $ included
  std::uint64_t other;         ///< control characters and all beyond ASCII
  std::uint64_t lead_e2;       ///< E2, with which U+2000 to U+2FFF begin

  friend bool operator==(const ByteMasks& a, const ByteMasks& b) {
    return a.alphanumeric == b.alphanumeric && a.punctuation == b.punctuation &&
           a.other == b.other && a.lead_e2 == b.lead_e2;
  }
};

/// The masks of 64 bytes; writes them to `folded`, ASCII letters in lower case if `folds_case`.
inline ByteMasks byte_masks_portable(const char* bytes, bool folds_case, char* folded) {
  ByteMasks masks = {};
  for (unsigned i = 0; i < 64; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const std::uint64_t bit = std::uint64_t{1} << i;
    const bool is_upper = byte - unsigned{'A'} < 26;
    const unsigned lower = byte | 0x20u;
    if (lower - unsigned{'a'} < 26 || byte - unsigned{'0'} < 10)
      masks.alphanumeric |= bit;
    else if (byte - 0x21u < 0x5E)
      masks.punctuation |= bit;
    else if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r')
      masks.other |= bit;
    if (byte == 0xE2) masks.lead_e2 |= bit;
    folded[i] = static_cast<char>(folds_case && is_upper ? lower : byte);
  }
  return masks;
}

#if defined(__SSE2__)

namespace sse2 {

/// 255 where a byte is in [first, first + count).
inline __m128i is_in(__m128i bytes, unsigned char first, unsigned char count) {
  const __m128i shifted = _mm_sub_epi8(bytes, _mm_set1_epi8(static_cast<char>(first)));
  const __m128i last = _mm_set1_epi8(static_cast<char>(count - 1));
  return _mm_cmpeq_epi8(_mm_min_epu8(shifted, last), shifted);
}

inline std::uint64_t bits_of(__m128i bytes, unsigned place) {
  const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
  return static_cast<std::uint64_t>(mask) << place;
}

}  // namespace sse2

inline ByteMasks byte_masks(const char* bytes, bool folds_case, char* folded) {
  const __m128i case_bit = _mm_set1_epi8(folds_case ? 0x20 : 0);
  ByteMasks masks = {};
  std::uint64_t spaces = 0;
  for (unsigned place = 0; place < 64; place += 16) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + place));
    const __m128i upper = sse2::is_in(x, 'A', 26);
    const __m128i lower = sse2::is_in(x, 'a', 26);
    const __m128i digit = sse2::is_in(x, '0', 10);
    const __m128i alphanumeric = _mm_or_si128(_mm_or_si128(upper, lower), digit);
    const __m128i visible = sse2::is_in(x, 0x21, 0x5E);
    const __m128i space =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')), sse2::is_in(x, '\t', 2)),
                     _mm_cmpeq_epi8(x, _mm_set1_epi8('\r')));
    masks.alphanumeric |= sse2::bits_of(alphanumeric, place);
    masks.punctuation |= sse2::bits_of(_mm_andnot_si128(alphanumeric, visible), place);
    masks.lead_e2 |= sse2::bits_of(_mm_cmpeq_epi8(x, _mm_set1_epi8('\xE2')), place);
    spaces |= sse2::bits_of(space, place);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(folded + place),
                     _mm_add_epi8(x, _mm_and_si128(upper, case_bit)));
  }
  masks.other = ~(masks.alphanumeric | masks.punctuation | spaces);
  return masks;
}

#else

inline ByteMasks byte_masks(const char* bytes, bool folds_case, char* folded) {
  return byte_masks_portable(bytes, folds_case, folded);
}

#endif

}  // namespace eigenhead::detail
