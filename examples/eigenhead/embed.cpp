// eigenhead embed: lines of text to vectors.

#include "commands.hpp"
#include "sentence_lines.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/io/npy.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

using namespace eigenhead;

namespace {

struct EmbedArguments {
  SentenceLineOptions sentences;
  std::string format = "npy";
  std::string shard = "1/1";
};

/// I and N of "I/N".
std::pair<std::size_t, std::size_t> parse_shard(const std::string& shard) {
  std::pair<std::size_t, std::size_t> result{0, 0};
  const char* const end = shard.data() + shard.size();
  const auto first = std::from_chars(shard.data(), end, result.first);
  const bool has_slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  if (!has_slash) return {0, 0};
  const auto second = std::from_chars(first.ptr + 1, end, result.second);
  if (second.ec != std::errc() || second.ptr != end) return {0, 0};
  return result;
}

/// The header of an .npy file of float32 [rows, columns], always of the same size.
std::string npy_header(std::size_t rows, Index columns) {
  return eigenhead::detail::npy_header<float>(Shape<2>{static_cast<Index>(rows), columns}, 128);
}

/// Writes blocks of vectors in the format that is asked for.
class VectorWriter {
 public:
  VectorWriter(const std::string& format, Index dimension, std::ostream& out)
      : format_(format), dimension_(dimension), out_(out) {
    if (format_ == "npy") write_header();
  }

  void write(const EmbeddedLines& lines) {
    num_rows_ += lines.texts.size();
    if (format_ == "npy") {
      out_.write(reinterpret_cast<const char*>(lines.vectors.data()),
                 static_cast<std::streamsize>(lines.vectors.size()) *
                     static_cast<std::streamsize>(sizeof(float)));
      return;
    }
    std::string text;
    for (std::size_t i = 0; i < lines.texts.size(); ++i)
      append_row(text, lines.vectors[static_cast<Index>(i)], lines.errors[i]);
    out_ << text;
  }

  /// The number of rows is known at the end only.
  void finish() {
    if (format_ == "npy") write_header();
  }

 private:
  void write_header() {
    out_.seekp(0);
    check<FileError>(out_.good(), "embed: output must be a file that can be written anywhere");
    out_ << npy_header(num_rows_, dimension_);
  }

  void append_row(std::string& text, TensorView<const float, 1> row,
                  const std::string& error) const {
    const bool is_json = format_ == "jsonl";
    if (!error.empty()) {
      text += is_json ? to_json_line({{"error", error}}) : "\n";
      return;
    }
    if (is_json) text += '[';
    for (Index i = 0; i < row.extent(0); ++i) {
      if (i > 0) text += is_json ? ',' : '\t';
      char digits[32];
      text.append(digits, std::to_chars(digits, digits + sizeof digits, row(i)).ptr);
    }
    text += is_json ? "]\n" : "\n";
  }

  std::string format_;
  Index dimension_;
  std::ostream& out_;
  std::size_t num_rows_ = 0;
};

void embed(const EmbedArguments& options) {
  const LineTaskOptions& lines = options.sentences.lines;
  check<ValueError>(options.format != "npy" || lines.common.output != "-",
                    "embed: output must be a file for --format npy", "output",
                    quote(lines.common.output));
  const auto [shard, num_shards] = parse_shard(options.shard);
  ThreadPool pool = lines.common.make_pool();
  const SentenceModel model(lines.model.folder(), lines.precision, pool);
  const Index dimension = model.dimension(options.sentences.sentence);
  std::size_t num_failed = 0;
  write_output(lines.common.output, [&, first = shard, step = num_shards](std::ostream& out) {
    VectorWriter writer(options.format, dimension, out);
    num_failed = embed_lines(options.sentences, model, first, step, "embed",
                             [&](const EmbeddedLines& block) { writer.write(block); });
    writer.finish();
  });
  check_no_failed_lines("embed", num_failed);
}

}  // namespace

void add_embed(CLI::App& program) {
  const auto options = std::make_shared<EmbedArguments>();
  CLI::App& command =
      *program.add_subcommand("embed", "Text lines to vectors whose products tell likeness");
  CommonOptions& common = options->sentences.lines.common;
  common.add_input(command, "Text, a line each");
  common.add_output(command, "The .npy file [lines, dimension], JSON or TSV lines");
  options->sentences.add(command);
  command.add_flag_function(
      "--normalize,!--no-normalize",
      [&sentence = options->sentences.sentence](std::int64_t count) {
        sentence.is_normalized = count > 0;
      },
      "Vectors of length 1, or not; default: as the folder says");
  command.add_option("--format", options->format, "Of the output")
      ->check(CLI::IsMember({"npy", "jsonl", "tsv"}))
      ->capture_default_str();
  command
      .add_option("--shard", options->shard,
                  "I/N: only lines I, I + N, I + 2 N ..., for job arrays; I from 1 to N")
      ->check([](const std::string& text) {
        const auto [shard, num_shards] = parse_shard(text);
        return shard >= 1 && shard <= num_shards ? std::string() : "must be I/N with 1 <= I <= N";
      })
      ->capture_default_str();
  command.footer("Example: eigenhead embed --input texts.txt --output vectors.npy");
  command.callback([options] { embed(*options); });
}
