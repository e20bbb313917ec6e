#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <unistd.h>

namespace eigenhead {

/// An empty folder of the running test, removed with all its content at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("eigenhead-") + test->test_suite_name() + "-" + test->name();
    for (char& c : name)
      if (c == '/') c = '-';                   // of parameterised tests
    name += "-" + std::to_string(::getpid());  // the same test may run in two builds at a time
    path_ = std::filesystem::path(testing::TempDir()) / name;
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

  /// The path of `name` in this folder.
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace eigenhead
