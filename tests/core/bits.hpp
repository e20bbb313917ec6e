#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace eigenhead {

/// The float or double whose bits are the hexadecimal number `text`, as "3fc53f5c".
template <class Scalar>
Scalar from_bits(const std::string& text) {
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  const auto bits = static_cast<Bits>(std::stoull(text, nullptr, 16));
  Scalar value;
  static_assert(sizeof value == sizeof bits);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace eigenhead
