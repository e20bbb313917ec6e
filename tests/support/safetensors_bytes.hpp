#pragma once

#include <string>

namespace eigenhead {

/// A safetensors file of any header and data, valid or not: the length of the header, both texts.
inline std::string safetensors_bytes(const std::string& header, const std::string& data = "") {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += static_cast<char>(static_cast<unsigned long long>(header.size()) >> (8 * i) & 255);
  return bytes + header + data;
}

}  // namespace eigenhead
