// eigenhead decode: lines of token ids to lines of text.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/text.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

using namespace eigenhead;

namespace {

struct Options {
  CommonOptions common;
  ModelOption model;
  bool keeps_special_tokens = false;
  bool cleans_up = false;
};

std::vector<std::int32_t> parse_ids(const std::string& line, std::size_t line_number) {
  const std::string source = "line " + std::to_string(line_number);
  const nlohmann::json json = parse_json(line, "decode", source);
  check<FormatError>(json.is_array(), "decode: " + quote(source) + " must be a JSON array of ids",
                     "type", json.type_name());
  std::vector<std::int32_t> ids;
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
  LineReader reader(options.common.input);
  write_output(options.common.output, [&](std::ostream& out) {
    for (std::string line; reader.next(line);)
      out << to_json_line(tokenizer.decode(parse_ids(line, reader.line_number()), decode_options));
  });
}

}  // namespace

void add_decode(CLI::App& program) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = *program.add_subcommand("decode", "Token ids to text, a JSON string each");
  options->common.add_input(command, "JSON arrays of ids, a line each");
  options->common.add_output(command, "JSON lines");
  options->common.add_quiet(command);
  options->model.add(command);
  command.add_flag("--keep-special-tokens", options->keeps_special_tokens,
                   "Writes [CLS], [SEP], ... too");
  command.add_flag("--clean-up", options->cleans_up,
                   "Cleans up spaces in the joined text as transformers does");
  command.footer("Example: echo '[101, 7592, 2088, 999, 102]' | eigenhead decode");
  command.callback([options] { decode(*options); });
}
