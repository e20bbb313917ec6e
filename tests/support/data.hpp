#pragma once

#include "eigenhead/io/npy.hpp"

#include <filesystem>

namespace eigenhead {

/// tests/data of the source tree.
inline std::filesystem::path test_data() { return EIGENHEAD_TEST_DATA; }

/// The bundled model, examples/models/tiny-distilbert.
inline std::filesystem::path bundled_model() { return EIGENHEAD_BUNDLED_MODEL; }

/// tests/data/<name>, an .npy file, converted to Scalar.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> fixture(const std::filesystem::path& name) {
  return load_npy<Scalar, Rank>(test_data() / name);
}

}  // namespace eigenhead
