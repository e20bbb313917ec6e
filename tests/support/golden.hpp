#pragma once

#include "support/data.hpp"

#include "eigenhead/core/file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace eigenhead {

/// `text` equals the file tests/data/<name> byte for byte. With EIGENHEAD_UPDATE_GOLDEN set in the
/// environment, the file is written instead; look at it before committing it.
inline void expect_golden(const std::filesystem::path& name, const std::string& text) {
  if (std::getenv("EIGENHEAD_UPDATE_GOLDEN") != nullptr) write_file(test_data() / name, text);
  EXPECT_EQ(text, read_file(test_data() / name)) << "differs from " << name;
}

}  // namespace eigenhead
