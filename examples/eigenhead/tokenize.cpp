// eigenhead tokenize: lines of text to lines of JSON.

#include "commands.hpp"
#include "shared.hpp"
#include "tokenize_blocks.hpp"

#include "eigenhead/text.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

constexpr std::size_t kBatchSize = 1024;  // lines that are padded together

struct TokenizeArguments {
  CommonOptions common;
  ModelOption model;
  EncodingOptions encoding;
  bool is_jsonl = false;
  bool has_ids_only = false;
};

void append_column(std::string& text, const char* key, const std::vector<std::int32_t>& numbers) {
  text += key;
  append_json(text, numbers.data(), numbers.size());
}

void append_encoding(std::string& text, const Encoding& encoding) {
  append_column(text, "{\"input_ids\":", encoding.token_ids);
  append_column(text, ",\"token_type_ids\":", encoding.token_type_ids);
  append_column(text, ",\"attention_mask\":", encoding.attention_mask);
  append_column(text, ",\"special_tokens_mask\":", encoding.special_tokens_mask);
  text += ",\"tokens\":";
  append_json_list(text, encoding.tokens.size(),
                   [&](std::size_t i) { append_json(text, encoding.tokens[i]); });
  text += ",\"offsets\":";
  append_json_list(text, encoding.offsets.size(), [&](std::size_t i) {
    text += '[';
    append_json(text, encoding.offsets[i].begin);
    text += ',';
    append_json(text, encoding.offsets[i].end);
    text += ']';
  });
  text += ",\"word_ids\":";
  append_json_list(text, encoding.word_ids.size(), [&](std::size_t i) {
    if (encoding.word_ids[i])
      append_json(text, *encoding.word_ids[i]);
    else
      text += "null";
  });
  text += ",\"overflowing\":";
  append_json_list(text, encoding.overflowing.size(),
                   [&](std::size_t i) { append_encoding(text, encoding.overflowing[i]); });
  text += '}';
}

/// Turns lines into lines of JSON.
class Worker {
 public:
  explicit Worker(const TokenizeArguments& options)
      : options_(options),
        tokenizer_(load_tokenizer(options.model.folder())),
        encode_options_(options.encoding.make()),
        padding_(std::exchange(encode_options_.padding, Padding())) {
    if (options.has_ids_only) encode_options_.columns = {false, false, false};
  }

  /// Lines come in multiples of this, so that lines padded together do not depend on a pipe's
  /// speed.
  std::size_t lines_of_block() const {
    return padding_.strategy == PaddingStrategy::longest ? kBatchSize : 1;
  }

  /// The JSON of lines[begin, end). `first_line` is the number of lines[0].
  std::string run(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                  std::size_t first_line) const {
    const bool is_plain = !options_.is_jsonl && options_.has_ids_only &&
                          padding_.strategy == PaddingStrategy::none &&
                          encode_options_.truncation.strategy == TruncationStrategy::none;
    return is_plain ? encode_ids(lines, begin, end) : encode(lines, begin, end, first_line);
  }

 private:
  std::string encode_ids(const std::vector<std::string_view>& lines, std::size_t begin,
                         std::size_t end) const {
    const std::vector<std::string_view> texts(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                                              lines.begin() + static_cast<std::ptrdiff_t>(end));
    const TokenIdBatch rows = tokenizer_.encode_ids_batch(texts, encode_options_);
    std::string text;
    text.reserve(rows.token_ids.size() * 6);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      append_json(text, rows.token_ids.data() + rows.starts[i],
                  static_cast<std::size_t>(rows.starts[i + 1] - rows.starts[i]));
      text += '\n';
    }
    return text;
  }

  std::string encode(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                     std::size_t first_line) const {
    std::string text;
    if (padding_.strategy != PaddingStrategy::none) {
      std::vector<Encoding> encodings(end - begin);
      for (std::size_t i = begin; i < end; ++i)
        encode_line(encodings[i - begin], lines[i], first_line + i);
      tokenizer_.pad_batch(encodings, padding_);
      for (const Encoding& encoding : encodings) append_line(text, encoding);
      return text;
    }
    Encoding encoding;  // its memory is used again and again
    for (std::size_t i = begin; i < end; ++i) {
      encode_line(encoding, lines[i], first_line + i);
      append_line(text, encoding);
    }
    return text;
  }

  void encode_line(Encoding& encoding, std::string_view line, std::size_t number) const {
    if (options_.is_jsonl)
      encoding =
          TextLine::parse(std::string(line), true, number).encode(tokenizer_, encode_options_);
    else
      tokenizer_.encode_into(encoding, line, encode_options_);
  }

  void append_line(std::string& text, const Encoding& encoding) const {
    if (options_.has_ids_only)
      append_json(text, encoding.token_ids.data(), encoding.token_ids.size());
    else
      append_encoding(text, encoding);
    text += '\n';
  }

  const TokenizeArguments& options_;
  BertTokenizer tokenizer_;
  EncodeOptions encode_options_;
  Padding padding_;  // of whole batches
};

void tokenize(const TokenizeArguments& options) {
  const Worker worker(options);
  convert_lines(options.common, {kBatchSize, worker.lines_of_block()},
                [&](const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                    std::size_t first_line) { return worker.run(lines, begin, end, first_line); });
}

}  // namespace

void add_tokenize(CLI::App& program) {
  const auto options = std::make_shared<TokenizeArguments>();
  CLI::App& command =
      *program.add_subcommand("tokenize", "Text lines to tokens, a JSON object each");
  options->common.add_input(command, "Text, a line each");
  options->common.add_output(command, "JSON lines");
  options->common.add_threads(command);
  options->common.add_quiet(command);
  options->model.add(command);
  options->encoding.add_all(command);
  command.add_flag("--jsonl", options->is_jsonl,
                   R"(Each line is a JSON string, or {"text": ..., "text_pair": ...})");
  command.add_flag("--ids-only", options->has_ids_only, "A JSON array of ids for each line");
  command.footer("Example: echo 'Hello world!' | eigenhead tokenize --ids-only");
  command.callback([options] { tokenize(*options); });
}
