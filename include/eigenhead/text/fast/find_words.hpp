#pragma once

#include "eigenhead/text/fast/avx512_bytes.hpp"
#include "eigenhead/text/fast/word_table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace eigenhead::detail {

/// Places of words in a text: word i is bytes [begins[i], ends[i]), after which
/// ShortWord::kReadBytes must be readable.
struct WordPlaces {
  const char* text;
  const std::uint16_t* begins;
  const std::uint16_t* ends;
  std::size_t count;
};

/// find_words without AVX-512.
inline void find_words_portable(const WordTable& table, const WordPlaces& places,
                                std::int32_t* ids) {
  constexpr std::size_t kGroup = 32;
  std::array<ShortWord, kGroup> words;
  std::array<std::size_t, kGroup> slots;
  for (std::size_t begin = 0; begin < places.count; begin += kGroup) {
    const std::size_t end = std::min(begin + kGroup, places.count);
    for (std::size_t i = begin; i < end; ++i) {
      words[i - begin] =
          ShortWord::load(places.text + places.begins[i],
                          static_cast<std::size_t>(places.ends[i] - places.begins[i]));
      slots[i - begin] = table.locate(words[i - begin]);
    }
    for (std::size_t i = begin; i < end; ++i)
      ids[i] = table.find_at(slots[i - begin], words[i - begin]);
  }
}

#if EIGENHEAD_HAS_AVX512_BYTES

namespace avx512 {

/// bytes + places[i] for i = 0, 2, 4, 6.
template <class Place>
EIGENHEAD_TARGET_AVX512_BYTES inline __m512i load_4(const char* bytes, const Place* places) {
  const __m128i words[4] = {_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + places[0])),
                            _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + places[2])),
                            _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + places[4])),
                            _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + places[6]))};
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(words[0]), words[1], 1);
  const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(words[2]), words[3], 1);
  return _mm512_maskz_inserti64x4(0xFF, _mm512_castsi256_si512(low), high, 1);
}

/// ShortWord::load for four words; `lengths`: that of its word in every byte.
EIGENHEAD_TARGET_AVX512_BYTES inline __m512i short_words(__m512i words, __m512i lengths) {
  const __m512i places = _mm512_maskz_broadcast_i32x4(
      0xFFFF, _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  const __m512i last_bytes = _mm512_maskz_broadcast_i32x4(
      0xFFFF, _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1));
  return _mm512_or_si512(
      _mm512_maskz_mov_epi8(_mm512_cmplt_epu8_mask(places, lengths), words),
      _mm512_and_si512(_mm512_maskz_slli_epi64(0xFF, lengths, ShortWord::kLengthShift - 56),
                       last_bytes));
}

EIGENHEAD_TARGET_AVX512_BYTES inline __m512i set_all(std::uint64_t value) {
  return _mm512_set1_epi64(static_cast<long long>(value));
}

/// WordTable::scale.
EIGENHEAD_TARGET_AVX512_BYTES inline __m512i scale(__m512i hash, std::uint64_t count) {
  return _mm512_maskz_srli_epi64(
      0xFF, _mm512_maskz_mul_epu32(0xFF, _mm512_maskz_srli_epi64(0xFF, hash, 32), set_all(count)),
      32);
}

// Without optimization the gather is a macro, with a conversion that is not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"

/// WordTable::locate.
EIGENHEAD_TARGET_AVX512_BYTES inline __m512i locate(const WordTable& table, __m512i low,
                                                    __m512i high) {
  __m512i hash = _mm512_add_epi64(_mm512_mullo_epi64(low, set_all(ShortWord::kLowFactor)),
                                  _mm512_mullo_epi64(high, set_all(ShortWord::kHighFactor)));
  hash = _mm512_mullo_epi64(_mm512_xor_si512(hash, _mm512_maskz_srli_epi64(0xFF, hash, 32)),
                            set_all(ShortWord::kLastFactor));
  // Four bytes for each pilot of two: the last one has another after it.
  const __m256i pilots =
      _mm512_mask_i64gather_epi32(_mm256_setzero_si256(), 0xFF, scale(hash, table.num_buckets()),
                                  table.pilots(), sizeof(std::uint16_t));
  const __m512i next_pilots = _mm512_add_epi64(
      _mm512_and_si512(_mm512_maskz_cvtepu32_epi64(0xFF, pilots), set_all(0xFFFF)), set_all(1));
  const __m512i factors = _mm512_mullo_epi64(next_pilots, set_all(WordTable::kPilotFactor));
  return scale(_mm512_mullo_epi64(hash, factors), table.num_slots());
}

#pragma GCC diagnostic pop

/// WordTable::find.
EIGENHEAD_TARGET_AVX512_BYTES inline __m256i find(const WordTable& table, __m512i low,
                                                  __m512i high) {
  alignas(64) std::uint64_t slot[8];
  _mm512_store_si512(slot, _mm512_maskz_slli_epi64(0xFF, locate(table, low, high), 4));
  const __m512i even_slots = load_4(table.slots(), slot);
  const __m512i odd_slots = load_4(table.slots(), slot + 1);
  const __m512i found = _mm512_maskz_unpackhi_epi64(0xFF, even_slots, odd_slots);
  const __m512i difference = _mm512_or_si512(
      _mm512_xor_si512(low, _mm512_maskz_unpacklo_epi64(0xFF, even_slots, odd_slots)),
      _mm512_maskz_andnot_epi64(0xFF, set_all(WordTable::kIdBits), _mm512_xor_si512(high, found)));
  const __m512i id = _mm512_maskz_srli_epi64(
      0xFF, _mm512_and_si512(found, set_all(WordTable::kIdBits)), WordTable::kIdShift);
  const __m512i id_or_none = _mm512_mask_mov_epi64(
      _mm512_set1_epi64(WordTable::kNone), _mm512_testn_epi64_mask(difference, difference), id);
  return _mm512_maskz_cvtepi64_epi32(0xFF, id_or_none);
}

/// detail::find_words.
EIGENHEAD_TARGET_AVX512_BYTES inline void find_words(const WordTable& table,
                                                     const WordPlaces& places, std::int32_t* ids) {
  // Which bytes of eight lengths of two bytes go where.
  const __m512i even = _mm512_maskz_inserti64x4(
      0xFF, _mm512_castsi256_si512(_mm256_setr_m128i(_mm_set1_epi8(0), _mm_set1_epi8(4))),
      _mm256_setr_m128i(_mm_set1_epi8(8), _mm_set1_epi8(12)), 1);
  const __m512i odd = _mm512_add_epi8(even, _mm512_set1_epi8(2));
  for (std::size_t i = 0; i < places.count; i += 8) {
    const auto is_word =
        static_cast<__mmask8>(places.count - i < 8 ? (1u << (places.count - i)) - 1 : 255u);
    const __m128i begins = _mm_maskz_loadu_epi16(is_word, places.begins + i);
    const __m128i ends = _mm_maskz_loadu_epi16(is_word, places.ends + i);
    const __m512i lengths = _mm512_castsi128_si512(
        _mm_min_epu16(_mm_sub_epi16(ends, begins), _mm_set1_epi16(ShortWord::kMaxBytes + 1)));
    alignas(16) std::uint16_t begin[8];
    _mm_store_si128(reinterpret_cast<__m128i*>(begin), begins);
    const __m512i even_words =
        short_words(load_4(places.text, begin),
                    _mm512_maskz_permutexvar_epi8(~std::uint64_t{0}, even, lengths));
    const __m512i odd_words =
        short_words(load_4(places.text, begin + 1),
                    _mm512_maskz_permutexvar_epi8(~std::uint64_t{0}, odd, lengths));
    const __m512i low = _mm512_maskz_unpacklo_epi64(0xFF, even_words, odd_words);
    const __m512i high = _mm512_maskz_unpackhi_epi64(0xFF, even_words, odd_words);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(ids + i), find(table, low, high));
  }
}

}  // namespace avx512

#endif

/// What find_words may write beyond the ids.
inline constexpr std::size_t kIdSlack = 7;

/// The id of each word, or kNone.
inline void find_words(const WordTable& table, const WordPlaces& places, std::int32_t* ids) {
#if EIGENHEAD_HAS_AVX512_BYTES
  if (has_avx512_bytes()) return avx512::find_words(table, places, ids);
#endif
  find_words_portable(table, places, ids);
}

}  // namespace eigenhead::detail
