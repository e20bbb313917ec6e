#pragma once

#include "core/bits.hpp"
#include "support/data.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace eigenhead {

/// One part of tests/data/random/<file>, such as "torch_cpu_seed0". What these files hold beyond
/// our features: numpy_generator_seed* (PCG64), mha_8_2, bernoulli_half_8 and dropout_p0.1_20.
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

#ifdef __GLIBC__
/// The stored normal numbers were made with glibc's log, cos and sin; others may round differently.
constexpr double kLibmTolerance = 0;
#else
constexpr double kLibmTolerance = 1e-6;
#endif

}  // namespace eigenhead
