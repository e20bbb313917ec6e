#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/text.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iosfwd>
#include <limits>
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

/// --offset-unit, and the unit that it names.
void add_offset_unit(CLI::App& command, std::string& unit);
eigenhead::OffsetUnit offset_unit_of(const std::string& unit);

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
  static TextLine from_json(const nlohmann::json& json, std::size_t line_number);
  eigenhead::Encoding encode(const eigenhead::BertTokenizer& tokenizer,
                             const eigenhead::EncodeOptions& options) const;
};

/// The text of a line where a pair has no meaning: throws FormatError for one.
std::string parse_single_text(const std::string& line, bool is_jsonl, std::size_t line_number);

/// What the elements of a JSON array must be.
struct IntegerRule {
  std::string rule;  ///< of the message, such as: view: "t.json" must hold integers
  eigenhead::Index least = 0;
  eigenhead::Index greatest = std::numeric_limits<std::int32_t>::max();
  bool may_be_null = false;
};

/// Throws FormatError unless `json` is an array, with the message `array_rule`, and its elements
/// follow the rule.
void check_json_integers(const nlohmann::json& json, const std::string& array_rule,
                         const IntegerRule& rule);

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
