#pragma once

#include "shared.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

// What the subcommands share that answer line by line with a model.

/// Their options.
struct LineTaskOptions {
  CommonOptions common;
  ModelOption model;
  std::string precision = "highest";
  bool is_jsonl = false;
  bool keeps_going = false;
  int batch_size = 1;

  /// `lines` says what a line is, `jsonl` what it is with --jsonl.
  void add(CLI::App& command, const std::string& lines, const std::string& jsonl);
  void add_precision(CLI::App& command);
  /// For commands that answer several lines faster than one after the other.
  void add_batch_size(CLI::App& command);
};

/// A line of input with its number, from 1.
struct NumberedLine {
  std::string text;
  std::size_t number = 0;
};

/// The answers to some lines, one for each.
using AnswerLines =
    std::function<std::vector<nlohmann::ordered_json>(const std::vector<NumberedLine>&)>;

/// Calls `answer` for batches of lines and writes its answers, a line of JSON each, in their order.
///
/// Throws the first error with the number of its line before the message, after the answers to the
/// lines before. With --keep-going the
/// answer to such a line is {"error": message}, the message goes to standard error, too, and what
/// is thrown comes after the last line.
void answer_lines(const LineTaskOptions& options, const AnswerLines& answer);

/// [begin, end] of a range in bytes of `text`, in the unit of --offset-unit.
nlohmann::ordered_json offsets_to_json(eigenhead::TextRange range, const std::string& text,
                                       const std::string& unit);

/// Says on standard error how many lines were cut; nothing for none.
void report_cut_lines(const std::string& command, std::size_t count, eigenhead::Index max_length,
                      bool is_quiet);

/// Throws unless every line was answered: the end of --keep-going.
void check_no_failed_lines(const std::string& command, std::size_t count);
