// eigenhead tokenize: lines of text to lines of JSON.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/text.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;
using Json = nlohmann::ordered_json;

namespace {

struct Options {
  CommonOptions common;
  ModelOption model;
  EncodingOptions encoding;
  bool is_jsonl = false;
  bool has_ids_only = false;
};

Json to_json(const Encoding& encoding) {
  Json offsets = Json::array();
  for (const TextRange& range : encoding.offsets) offsets.push_back({range.begin, range.end});
  Json word_ids = Json::array();
  for (const std::optional<int>& word : encoding.word_ids)
    word_ids.push_back(word ? Json(*word) : Json(nullptr));
  Json overflowing = Json::array();
  for (const Encoding& window : encoding.overflowing) overflowing.push_back(to_json(window));
  return {{"input_ids", encoding.token_ids},
          {"token_type_ids", encoding.token_type_ids},
          {"attention_mask", encoding.attention_mask},
          {"special_tokens_mask", encoding.special_tokens_mask},
          {"tokens", encoding.tokens},
          {"offsets", offsets},
          {"word_ids", word_ids},
          {"overflowing", overflowing}};
}

void tokenize(const Options& options) {
  constexpr std::size_t kBatchSize = 1024;  // lines in memory at a time
  const BertTokenizer tokenizer = load_tokenizer(options.model.folder());
  EncodeOptions encode_options = options.encoding.make();
  const Padding padding = std::exchange(encode_options.padding, Padding());  // of whole batches
  ThreadPool pool = options.common.make_pool();
  LineReader reader(options.common.input);
  Progress progress("lines", 0, options.common.is_quiet);
  write_output(options.common.output, [&](std::ostream& out) {
    for (bool is_at_end = false; !is_at_end;) {
      std::vector<TextLine> lines;
      for (std::string line; lines.size() < kBatchSize;) {
        is_at_end = !reader.next(line);
        if (is_at_end) break;
        lines.push_back(TextLine::parse(line, options.is_jsonl, reader.line_number()));
      }
      std::vector<Encoding> encodings(lines.size());
      parallel_for(pool, static_cast<Index>(lines.size()), 16, [&](Index begin, Index end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
          encodings[i] = lines[i].encode(tokenizer, encode_options);
      });
      tokenizer.pad_batch(encodings, padding);
      for (const Encoding& encoding : encodings)
        out << to_json_line(options.has_ids_only ? Json(encoding.token_ids) : to_json(encoding));
      progress.advance(lines.size());
    }
  });
}

}  // namespace

void add_tokenize(CLI::App& program) {
  const auto options = std::make_shared<Options>();
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
