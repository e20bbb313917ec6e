#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/text.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

// What several subcommands share: their common options and how they read and write.

/// --input, --output, --threads and --quiet.
struct CommonOptions {
  std::string input = "-";
  std::string output = "-";
  int threads = 0;
  bool is_quiet = false;

  void add_input(CLI::App& command, const std::string& what);
  void add_output(CLI::App& command, const std::string& what);
  void add_threads(CLI::App& command);
  void add_quiet(CLI::App& command);

  /// A pool of --threads threads; all cores by default.
  eigenhead::ThreadPool make_pool() const { return eigenhead::ThreadPool(threads); }
};

/// --model, and the folder that it stands for.
struct ModelOption {
  std::string name;

  void add(CLI::App& command);
  /// --model, else EIGENHEAD_MODEL, else the bundled model. Throws FileError when it is not there.
  std::filesystem::path folder() const;
};

/// The options of `tokenize` that say how a text becomes an encoding.
struct EncodingOptions {
  bool has_no_special_tokens = false;
  std::optional<eigenhead::Index> max_length;
  std::string truncation = "longest_first";
  std::string truncation_side = "right";
  eigenhead::Index stride = 0;
  std::string padding;
  std::string padding_side = "right";
  std::string offset_unit = "byte";

  void add_length(CLI::App& command);
  void add_all(CLI::App& command);
  eigenhead::EncodeOptions make() const;
};

/// The lines of a file, or of standard input for "-". Throws FileError when it cannot be read.
class LineReader {
 public:
  explicit LineReader(const std::string& path);
  /// False at the end. A carriage return at the end of the line is dropped.
  bool next(std::string& line);
  std::size_t line_number() const { return line_number_; }

 private:
  std::string path_;
  std::ifstream file_;
  std::istream* stream_;
  std::size_t line_number_ = 0;
};

/// Runs `write` on standard output for "-", else on a temporary file that gets its name at the end.
void write_output(const std::string& path, const std::function<void(std::ostream&)>& write);

/// A line of input: a text or a pair of texts.
struct TextLine {
  std::string text;
  std::optional<std::string> pair;

  /// The line itself or, with is_jsonl, a JSON string or {"text": ..., "text_pair": ...}.
  static TextLine parse(const std::string& line, bool is_jsonl, std::size_t line_number);
  eigenhead::Encoding encode(const eigenhead::BertTokenizer& tokenizer,
                             const eigenhead::EncodeOptions& options) const;
};

/// One line of JSON; bytes that are not UTF-8 become U+FFFD.
std::string to_json_line(const nlohmann::ordered_json& json);

/// Says on standard error how far long work is: only on a terminal, after a second, at most once a
/// second.
class Progress {
 public:
  /// total = 0: not known.
  Progress(const std::string& unit, std::size_t total, bool is_quiet);
  ~Progress();
  void advance(std::size_t count);

 private:
  std::string unit_;
  std::size_t total_;
  bool is_shown_;
  bool has_printed_ = false;
  std::size_t done_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = start_;
};
