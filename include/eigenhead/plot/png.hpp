#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/plot/colormap.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

inline void append_big_endian(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<unsigned char>(value >> shift & 255u));
}

/// CRC-32 of ISO 3309, as in PNG chunks.
inline std::uint32_t crc32(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      entries[i] = i;
      for (int bit = 0; bit < 8; ++bit)
        entries[i] = entries[i] >> 1 ^ (entries[i] & 1u ? 0xedb88320u : 0u);
    }
    return entries;
  }();
  std::uint32_t crc = ~0u;
  for (const char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 255u] ^ crc >> 8;
  return ~crc;
}

/// `bytes` as a zlib stream of stored (uncompressed) blocks.
inline std::string zlib_stored(std::string_view bytes) {
  constexpr std::size_t kLongestBlock = 65535;
  std::string result = "\x78\x01";
  std::size_t begin = 0;
  do {
    const std::string_view block = bytes.substr(begin, kLongestBlock);
    begin += block.size();
    result += begin == bytes.size() ? '\1' : '\0';
    for (const std::size_t length : {block.size(), ~block.size()}) {
      result += static_cast<char>(static_cast<unsigned char>(length & 255u));
      result += static_cast<char>(static_cast<unsigned char>(length >> 8 & 255u));
    }
    result += block;
  } while (begin < bytes.size());
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  append_big_endian(result, b << 16 | a);
  return result;
}

/// A PNG file whose pixels are indices into `palette` (at most 256 colours), row by row from the
/// top.
inline std::string palette_png(const std::vector<std::uint8_t>& pixels, Index width,
                               const std::vector<Color>& palette) {
  const auto row_size = static_cast<std::size_t>(width);
  std::string rows;
  rows.reserve(pixels.size() + pixels.size() / row_size);
  for (std::size_t begin = 0; begin < pixels.size(); begin += row_size) {
    rows += '\0';  // filter: none
    for (std::size_t i = begin; i < begin + row_size; ++i) rows += static_cast<char>(pixels[i]);
  }
  std::string header;
  append_big_endian(header, static_cast<std::uint32_t>(row_size));
  append_big_endian(header, static_cast<std::uint32_t>(pixels.size() / row_size));
  header += {8, 3, 0, 0, 0};  // bits, palette colour, deflate, adaptive filters, not interlaced
  std::string colors;
  for (const Color color : palette)
    for (const std::uint8_t channel : {color.red, color.green, color.blue})
      colors += static_cast<char>(channel);

  std::string file = "\x89PNG\r\n\x1a\n";
  const auto append_chunk = [&](std::string_view type, std::string_view content) {
    const std::string chunk = std::string(type) + std::string(content);
    append_big_endian(file, static_cast<std::uint32_t>(content.size()));
    file += chunk;
    append_big_endian(file, crc32(chunk));
  };
  append_chunk("IHDR", header);
  append_chunk("PLTE", colors);
  append_chunk("IDAT", zlib_stored(rows));
  append_chunk("IEND", {});
  return file;
}

/// RFC 4648 base64 with padding.
inline std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t present = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < present ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      result += j <= present ? kDigits[group >> (18 - 6 * j) & 63u] : '=';
  }
  return result;
}

}  // namespace eigenhead::detail
