#pragma once

#include "line_tasks.hpp"
#include "task_models.hpp"

#include "eigenhead/core/tensor.hpp"

#include <CLI/App.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

// What `embed` and `similarity` share: lines of text to vectors, some hundred lines at a time.

struct SentenceLineOptions {
  LineTaskOptions lines;
  SentenceSettings sentence;

  void add(CLI::App& command);
};

/// Some lines and their vectors.
struct EmbeddedLines {
  std::vector<std::size_t> numbers;     ///< of the lines, from 1
  std::vector<std::string> texts;       ///< empty for a line that could not be read
  std::vector<std::string> errors;      ///< why a line could not be read; empty: it could be
  eigenhead::Tensor<float, 2> vectors;  ///< [lines, dimension]; NaN for a line with an error
};

/// Calls `take` for blocks of the lines whose number is first_line + a multiple of step; then says
/// how many lines were cut. Throws for a line that cannot be read; with --keep-going it is counted
/// in what is returned.
std::size_t embed_lines(const SentenceLineOptions& options, const SentenceModel& model,
                        std::size_t first_line, std::size_t step, const std::string& command,
                        const std::function<void(const EmbeddedLines&)>& take);
