#pragma once

#include "eigenhead/core/file.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace eigenhead {

/// What a run of the program left behind.
struct Outcome {
  int status = 0;
  std::string output;
  std::string error;
};

/// Tests that run the eigenhead program as a user runs it.
class ProgramTest : public testing::Test {
 protected:
  /// Runs `eigenhead <arguments>` in the test's folder with `input` on standard input.
  Outcome run(const std::string& arguments, const std::string& input = "") const {
    write_file(folder_ / "stdin.txt", input);
    const std::string command = "cd '" + folder_.path().string() + "' && '" EIGENHEAD_PROGRAM "' " +
                                arguments + " <stdin.txt >stdout.txt 2>stderr.txt";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), read_file(folder_ / "stdout.txt"),
            read_file(folder_ / "stderr.txt")};
  }

  /// The lines of `text`, a JSON value each.
  static std::vector<nlohmann::json> json_lines(const std::string& text) {
    std::vector<nlohmann::json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
      lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  TemporaryFolder folder_;
};

}  // namespace eigenhead
