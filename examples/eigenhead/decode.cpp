// eigenhead decode: lines of token ids to lines of text.

#include "commands.hpp"
#include "shared.hpp"
#include "tokenize_blocks.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/text.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

using namespace eigenhead;

namespace {

constexpr std::size_t kBatchSize = 256;  // lines of a task

struct Options {
  CommonOptions common;
  ModelOption model;
  bool keeps_special_tokens = false;
  bool cleans_up = false;
};

/// Reads [1, 2, 3]. False for anything else, be it right or wrong.
bool parse_plain_ids(std::string_view line, std::vector<std::int32_t>& ids) {
  const char* place = line.data();
  const char* const end = place + line.size();
  const auto skip_spaces = [&] {
    while (place != end && *place == ' ') ++place;
  };
  if (place == end || *place != '[') return false;
  do {
    ++place;
    skip_spaces();
    std::int32_t id = 0;
    const bool has_leading_zero = end - place > 1 && *place == '0' && place[1] >= '0';
    if (place == end || *place < '0' || *place > '9' || has_leading_zero) return false;
    const auto result = std::from_chars(place, end, id);
    if (result.ec != std::errc()) return false;
    place = result.ptr;
    ids.push_back(id);
    skip_spaces();
  } while (place != end && *place == ',');
  return end - place == 1 && *place == ']';
}

std::vector<std::int32_t> parse_ids(std::string_view line, std::size_t line_number) {
  std::vector<std::int32_t> ids;
  if (parse_plain_ids(line, ids)) return ids;
  ids.clear();
  const std::string source = "line " + std::to_string(line_number);
  const nlohmann::json json = parse_json(line, "decode", source);
  check<FormatError>(json.is_array(), "decode: " + quote(source) + " must be a JSON array of ids",
                     "type", json.type_name());
  for (const nlohmann::json& id : json) {
    check<FormatError>(id.is_number_integer() && id.get<std::int64_t>() >= 0 &&
                           id.get<std::int64_t>() <= std::numeric_limits<std::int32_t>::max(),
                       "decode: " + quote(source) + " must hold integers from 0 to 2147483647",
                       "element", id.dump());
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

void decode(const Options& options) {
  const BertTokenizer tokenizer = load_tokenizer(options.model.folder());
  DecodeOptions decode_options;
  decode_options.skip_special_tokens = !options.keeps_special_tokens;
  decode_options.clean_up_text = options.cleans_up;
  ThreadPool pool = options.common.make_pool();
  LineBlocks blocks(options.common.input);
  Progress progress("lines", 0, options.common.is_quiet);
  write_output(options.common.output, [&](std::ostream& out) {
    for (;;) {
      const std::vector<std::string_view>& lines = blocks.next();
      if (lines.empty()) return;
      std::vector<std::string> parts((lines.size() - 1) / kBatchSize + 1);
      parallel_for(pool, static_cast<Index>(parts.size()), 1, [&](Index begin, Index end) {
        for (auto part = static_cast<std::size_t>(begin); part < static_cast<std::size_t>(end);
             ++part)
          for (std::size_t i = part * kBatchSize;
               i < std::min((part + 1) * kBatchSize, lines.size()); ++i) {
            append_json(parts[part], tokenizer.decode(parse_ids(lines[i], blocks.first_line() + i),
                                                      decode_options));
            parts[part] += '\n';
          }
      });
      for (const std::string& part : parts) out << part;
      progress.advance(lines.size());
    }
  });
}

}  // namespace

void add_decode(CLI::App& program) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = *program.add_subcommand("decode", "Token ids to text, a JSON string each");
  options->common.add_input(command, "JSON arrays of ids, a line each");
  options->common.add_output(command, "JSON lines");
  options->common.add_threads(command);
  options->common.add_quiet(command);
  options->model.add(command);
  command.add_flag("--keep-special-tokens", options->keeps_special_tokens,
                   "Writes [CLS], [SEP], ... too");
  command.add_flag("--clean-up", options->cleans_up,
                   "Cleans up spaces in the joined text as transformers does");
  command.footer("Example: echo '[101, 7592, 2088, 999, 102]' | eigenhead decode");
  command.callback([options] { decode(*options); });
}
