// eigenhead decode: lines of token ids to lines of text.

#include "commands.hpp"
#include "shared.hpp"
#include "tokenize_blocks.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/text.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

using namespace eigenhead;

namespace {

constexpr std::size_t kBatchSize = 256;  // lines of a task

struct DecodeArguments {
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
  const std::string source = "line " + std::to_string(line_number);
  const nlohmann::json json = parse_json(line, "decode", source);
  const std::string start = "decode: " + quote(source) + " must ";
  check_json_integers(json, start + "be a JSON array of ids",
                      {.rule = start + "hold integers from 0 to 2147483647"});
  return json.get<std::vector<std::int32_t>>();
}

void decode(const DecodeArguments& options) {
  const BertTokenizer tokenizer = load_tokenizer(options.model.folder());
  DecodeOptions decode_options;
  decode_options.skip_special_tokens = !options.keeps_special_tokens;
  decode_options.clean_up_text = options.cleans_up;
  convert_lines(
      options.common, {.lines_of_part = kBatchSize},
      [&](const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
          std::size_t first_line) {
        std::string text;
        for (std::size_t i = begin; i < end; ++i) {
          append_json(text, tokenizer.decode(parse_ids(lines[i], first_line + i), decode_options));
          text += '\n';
        }
        return text;
      });
}

}  // namespace

void add_decode(CLI::App& program) {
  const auto options = std::make_shared<DecodeArguments>();
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
