#include "shared.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/model_folder.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>
#include <thread>
#include <utility>

using namespace eigenhead;

void CommonOptions::add_input(CLI::App& command, const std::string& what) {
  command.add_option("--input", input, what + "; - is standard input")->capture_default_str();
}

void CommonOptions::add_output(CLI::App& command, const std::string& what) {
  command.add_option("--output", output, what + "; - is standard output")->capture_default_str();
}

void CommonOptions::add_threads(CLI::App& command) {
  threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  command.add_option("--threads", threads, "Threads to use")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
}

void CommonOptions::add_quiet(CLI::App& command) {
  command.add_flag("--quiet", is_quiet, "No progress on standard error");
}

void ModelOption::add(CLI::App& command) {
  command.add_option("--model", name,
                     "Model folder, or the name of a model in the local Hugging Face cache; "
                     "default: $EIGENHEAD_MODEL, else the bundled tiny model");
}

std::filesystem::path ModelOption::folder() const {
  if (!name.empty()) return find_model_folder(name);
  const char* from_environment = std::getenv("EIGENHEAD_MODEL");
  if (from_environment != nullptr && *from_environment != '\0')
    return find_model_folder(from_environment);
  return find_model_folder(EIGENHEAD_BUNDLED_MODEL);
}

void EncodingOptions::add_length(CLI::App& command) {
  command.add_option("--max-length", max_length,
                     "Cut to this many tokens, special ones counted; default: never cut");
  command.add_option("--truncation", truncation, "Which text of a pair is cut")
      ->check(CLI::IsMember({"longest_first", "only_first", "only_second"}))
      ->capture_default_str();
  command.add_option("--truncation-side", truncation_side, "Where it is cut")
      ->check(CLI::IsMember({"left", "right"}))
      ->capture_default_str();
}

void EncodingOptions::add_all(CLI::App& command) {
  command.add_flag("--no-special-tokens", has_no_special_tokens, "Without [CLS] and [SEP]");
  add_length(command);
  command.add_option("--stride", stride, "Tokens that overflowing windows share")
      ->capture_default_str();
  command
      .add_option("--padding", padding,
                  "\"longest\" (of each batch of lines) or a number of tokens; default: none")
      ->check([](const std::string& text) {
        const bool is_number =
            !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == text.npos;
        return text == "longest" || is_number ? std::string() : "must be longest or a number";
      });
  command.add_option("--padding-side", padding_side, "Where padding goes")
      ->check(CLI::IsMember({"left", "right"}))
      ->capture_default_str();
  add_offset_unit(command, offset_unit);
}

EncodeOptions EncodingOptions::make() const {
  const auto side = [](const std::string& word) {
    return word == "left" ? Side::left : Side::right;
  };
  EncodeOptions options;
  options.add_special_tokens = !has_no_special_tokens;
  if (max_length) {
    options.truncation.strategy = truncation == "only_first"    ? TruncationStrategy::only_first
                                  : truncation == "only_second" ? TruncationStrategy::only_second
                                                                : TruncationStrategy::longest_first;
    options.truncation.max_length = *max_length;
    options.truncation.stride = stride;
    options.truncation.side = side(truncation_side);
  }
  if (padding == "longest") options.padding.strategy = PaddingStrategy::longest;
  if (!padding.empty() && padding != "longest") {
    options.padding.strategy = PaddingStrategy::fixed;
    options.padding.length = std::stol(padding);
  }
  options.padding.side = side(padding_side);
  options.offset_unit = offset_unit_of(offset_unit);
  return options;
}

void add_offset_unit(CLI::App& command, std::string& unit) {
  unit = "byte";
  command.add_option("--offset-unit", unit, "What offsets count")
      ->check(CLI::IsMember({"byte", "code_point", "utf16"}))
      ->capture_default_str();
}

OffsetUnit offset_unit_of(const std::string& unit) {
  return unit == "code_point" ? OffsetUnit::code_point
         : unit == "utf16"    ? OffsetUnit::utf16
                              : OffsetUnit::byte;
}

LineReader::LineReader(const std::string& path) : path_(path), stream_(&std::cin) {
  if (path == "-") return;
  check<FileError>(!std::filesystem::is_directory(path),
                   "read_lines: input must be a file; got the folder " + quote(path));
  file_.open(path, std::ios::binary);
  check<FileError>(file_.good(),
                   "read_lines: input must exist and be readable; got " + quote(path));
  stream_ = &file_;
}

bool LineReader::next(std::string& line) {
  if (!std::getline(*stream_, line)) {
    check<FileError>(!stream_->bad(),
                     "read_lines: input must be readable to its end; got " + quote(path_));
    return false;
  }
  ++line_number_;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

void write_output(const std::string& path, const std::function<void(std::ostream&)>& write) {
  if (path != "-") return write_file(path, write, "write_output");
  write(std::cout);
  std::cout.flush();
  check<FileError>(std::cout.good(), "write_output: standard output must take the whole output");
}

TextLine TextLine::parse(const std::string& line, bool is_jsonl, std::size_t line_number) {
  if (!is_jsonl) return {line, std::nullopt};
  return from_json(parse_json(line, "read_jsonl", "line " + std::to_string(line_number)),
                   line_number);
}

TextLine TextLine::from_json(const nlohmann::json& json, std::size_t line_number) {
  const std::string source = "line " + std::to_string(line_number);
  if (json.is_string()) return {json.get<std::string>(), std::nullopt};
  TextLine result{json_value<std::string>(json, "text", "read_jsonl", source), std::nullopt};
  if (json.contains("text_pair"))
    result.pair = json_value<std::string>(json, "text_pair", "read_jsonl", source);
  return result;
}

Encoding TextLine::encode(const BertTokenizer& tokenizer, const EncodeOptions& options) const {
  return pair ? tokenizer.encode_pair(text, *pair, options) : tokenizer.encode(text, options);
}

std::string parse_single_text(const std::string& line, bool is_jsonl, std::size_t line_number) {
  TextLine result = TextLine::parse(line, is_jsonl, line_number);
  if (result.pair)
    fail<FormatError>("read_jsonl: ", quote("line " + std::to_string(line_number)),
                      " must be one text, not a pair; got text_pair ", quote(*result.pair));
  return std::move(result.text);
}

void check_json_integers(const nlohmann::json& json, const std::string& array_rule,
                         const IntegerRule& rule) {
  check<FormatError>(json.is_array(), array_rule, "type", json.type_name());
  for (const nlohmann::json& value : json) {
    if (value.is_null() && rule.may_be_null) continue;
    const bool is_integer = eigenhead::detail::is_json_of_type<std::int32_t>(value);
    if (!is_integer || value.get<Index>() < rule.least || value.get<Index>() > rule.greatest)
      fail<FormatError>(rule.rule, "; got element ", value.dump());
  }
}

std::string to_json_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

Progress::Progress(const std::string& unit, std::size_t total, bool is_quiet)
    : unit_(unit), total_(total), is_shown_(!is_quiet && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (has_printed_) std::cerr << "\r\x1b[K";
}

void Progress::advance(std::size_t count) {
  done_ += count;
  const auto now = std::chrono::steady_clock::now();
  if (!is_shown_ || now - last_ < std::chrono::seconds(1)) return;
  last_ = now;
  has_printed_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done_) / seconds;
  std::cerr << "\r\x1b[K" << done_ << ' ' << unit_ << ", " << static_cast<long>(rate) << "/s";
  if (total_ > done_)
    std::cerr << ", " << static_cast<long>(static_cast<double>(total_ - done_) / rate) << " s left";
  std::cerr << std::flush;
}
