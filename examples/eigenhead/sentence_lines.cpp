#include "sentence_lines.hpp"

#include "eigenhead/core/error.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <limits>
#include <utility>

using namespace eigenhead;

namespace {

constexpr std::size_t kBlockLines = 1024;

/// The text of a line, or why it cannot be read.
void read_line(const SentenceLineOptions& options, const NumberedLine& line, EmbeddedLines& block) {
  block.numbers.push_back(line.number);
  block.texts.emplace_back();
  block.errors.emplace_back();
  try {
    block.texts.back() = parse_single_text(line.text, options.lines.is_jsonl, line.number);
  } catch (const Error& error) {
    if (!options.lines.keeps_going) throw;
    std::cerr << "eigenhead: " << error.what() << '\n';
    block.errors.back() = error.what();
  }
}

void embed_block(const SentenceLineOptions& options, const SentenceModel& model,
                 EmbeddedLines& block, std::size_t& num_cut) {
  block.vectors = model.embed(block.texts, options.sentence, num_cut);
  for (std::size_t i = 0; i < block.errors.size(); ++i)
    if (!block.errors[i].empty())
      block.vectors.vector(static_cast<Index>(i))
          .setConstant(std::numeric_limits<float>::quiet_NaN());
}

}  // namespace

void SentenceLineOptions::add(CLI::App& command) {
  lines.common.add_threads(command);
  lines.common.add_quiet(command);
  lines.model.add(command);
  lines.add_precision(command);
  command.add_flag("--jsonl", lines.is_jsonl, "Each line is a JSON string, or {\"text\": ...}");
  command.add_flag("--keep-going", lines.keeps_going,
                   "A line that cannot be read is named, the rest goes on; exit status 1");
  command.add_option("--batch-size", sentence.batch_size, "Texts encoded at a time")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  CLI::Option* const prompt =
      command.add_option("--prompt", sentence.prompt, "Put before each line");
  command.add_option("--prompt-name", sentence.prompt_name, "A prompt of the folder, by its name")
      ->excludes(prompt);
  command.add_option("--pooling", sentence.pooling, "Default: the folder's")
      ->check(CLI::IsMember({"mean", "cls", "max", "mean_sqrt_length"}));
  command.add_option("--truncate-dim", sentence.truncate_dim, "Only the first components")
      ->check(CLI::Range(1, 1 << 30));
}

std::size_t embed_lines(const SentenceLineOptions& options, const SentenceModel& model,
                        std::size_t first_line, std::size_t step, const std::string& command,
                        const std::function<void(const EmbeddedLines&)>& take) {
  LineReader reader(options.lines.common.input);
  Progress progress("lines", 0, options.lines.common.is_quiet);
  std::size_t num_failed = 0, num_cut = 0;
  EmbeddedLines block;
  const auto flush = [&] {
    if (block.texts.empty()) return;
    embed_block(options, model, block, num_cut);
    take(block);
    for (const std::string& error : block.errors) num_failed += !error.empty();
    progress.advance(block.texts.size());
    block = {};
  };
  for (std::string line; reader.next(line);) {
    const std::size_t number = reader.line_number();
    if (number < first_line || (number - first_line) % step != 0) continue;
    read_line(options, {line, number}, block);
    if (block.texts.size() == kBlockLines) flush();
  }
  flush();
  report_cut_lines(command, num_cut, model.max_length(), options.lines.common.is_quiet);
  return num_failed;
}
