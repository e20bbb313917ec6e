#pragma once

#include "core/bits.hpp"
#include "support/data.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eigenhead {

/// One part of tests/data/random/<file>, such as "torch_cpu_seed0".
inline nlohmann::json golden(const std::string& file, const std::string& part) {
  return nlohmann::json::parse(read_file(test_data() / "random" / file)).at(part);
}

/// A list of bit patterns (float, double) or integers as a tensor.
template <class Scalar>
Tensor<Scalar, 1> golden_values(const nlohmann::json& list) {
  std::vector<Scalar> values;
  for (const nlohmann::json& value : list) {
    if constexpr (std::is_floating_point_v<Scalar>)
      values.push_back(from_bits<Scalar>(value.get<std::string>()));
    else
      values.push_back(value.get<Scalar>());
  }
  return Tensor<Scalar, 1>(Shape<1>{values.size()}, values);
}

/// The FNV-1a hash of all bytes: a million stored numbers in one.
template <class Scalar, int Rank>
std::uint64_t checksum(const Tensor<Scalar, Rank>& values) {
  std::uint64_t hash = 14695981039346656037u;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(values.data());
  for (std::size_t i = 0; i < static_cast<std::size_t>(values.size()) * sizeof(Scalar); ++i)
    hash = (hash ^ bytes[i]) * 1099511628211u;
  return hash;
}

#ifdef __GLIBC__
/// The stored normal numbers were made with glibc's log, cos and sin; others may round differently.
constexpr double kLibmTolerance = 0;
#else
constexpr double kLibmTolerance = 1e-6;
#endif

}  // namespace eigenhead
