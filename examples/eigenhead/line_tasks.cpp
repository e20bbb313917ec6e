#include "line_tasks.hpp"

#include "eigenhead/core/error.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <ostream>
#include <utility>

using namespace eigenhead;

namespace {

/// Answers batches; a batch that fails is answered line by line to find the one at fault.
class Answerer {
 public:
  Answerer(const LineTaskOptions& options, const AnswerLines& answer)
      : options_(options), answer_(answer) {}

  void run(const std::vector<NumberedLine>& lines, std::ostream& out) {
    std::vector<nlohmann::ordered_json> answers;
    try {
      answers = answer_(lines);
    } catch (const Error&) {
      for (const NumberedLine& line : lines) out << to_json_line(run(line));
    }
    for (const nlohmann::ordered_json& json : answers) out << to_json_line(json);
  }

  std::size_t num_failed() const { return num_failed_; }

 private:
  nlohmann::ordered_json run(const NumberedLine& line) {
    try {
      return answer_({line}).at(0);
    } catch (const Error& error) {
      const std::string message = "line " + std::to_string(line.number) + ": " + error.what();
      if (!options_.keeps_going) throw ValueError(message);
      ++num_failed_;
      std::cerr << "eigenhead: " << message << '\n';
      return {{"error", error.what()}};
    }
  }

  const LineTaskOptions& options_;
  const AnswerLines& answer_;
  std::size_t num_failed_ = 0;
};

}  // namespace

void LineTaskOptions::add(CLI::App& command, const std::string& lines, const std::string& jsonl) {
  common.add_input(command, lines);
  common.add_output(command, "JSON lines");
  common.add_threads(command);
  common.add_quiet(command);
  model.add(command);
  add_precision(command);
  if (!jsonl.empty()) command.add_flag("--jsonl", is_jsonl, jsonl);
  command.add_flag("--keep-going", keeps_going,
                   "A line without an answer is named, the rest goes on; exit status 1");
}

void LineTaskOptions::add_batch_size(CLI::App& command) {
  batch_size = 32;
  command.add_option("--batch-size", batch_size, "Lines answered at a time")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
}

void LineTaskOptions::add_precision(CLI::App& command) {
  command.add_option("--precision", precision, "Of matrix products and attention")
      ->check(CLI::IsMember({"highest", "highest_by_pieces", "high", "medium"}))
      ->capture_default_str();
}

void answer_lines(const LineTaskOptions& options, const AnswerLines& answer) {
  LineReader reader(options.common.input);
  Progress progress("lines", 0, options.common.is_quiet);
  Answerer answerer(options, answer);
  write_output(options.common.output, [&](std::ostream& out) {
    std::vector<NumberedLine> lines;
    const auto flush = [&] {
      if (lines.empty()) return;
      answerer.run(lines, out);
      progress.advance(lines.size());
      lines.clear();
    };
    for (std::string line; reader.next(line);) {
      lines.push_back({line, reader.line_number()});
      if (lines.size() == static_cast<std::size_t>(options.batch_size)) flush();
    }
    flush();
  });
  check_no_failed_lines("answer_lines", answerer.num_failed());
}

nlohmann::ordered_json offsets_to_json(TextRange range, const std::string& text,
                                       const std::string& unit) {
  eigenhead::detail::convert_offsets(&range, &range + 1, text, offset_unit_of(unit));
  return {range.begin, range.end};
}

void report_cut_lines(const std::string& command, std::size_t count, Index max_length,
                      bool is_quiet) {
  if (count == 0 || is_quiet) return;
  std::cerr << "eigenhead: " << command << ": cut to " << max_length << " tokens: " << count
            << (count == 1 ? " line" : " lines") << '\n';
}

void check_no_failed_lines(const std::string& command, std::size_t count) {
  check<ValueError>(count == 0, command + ": every line must have an answer", "lines without one",
                    count);
}
