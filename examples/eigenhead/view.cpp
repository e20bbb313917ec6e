// eigenhead view: pictures of anybody's attention weights.

#include "attention_files.hpp"
#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/safetensors.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace eigenhead;

namespace {

struct ViewArguments {
  std::string input;
  std::string tokens;
  std::optional<std::string> title;
  AttentionFiles files;
};

/// An array of integers or null under `key` of tokens.json; `function` takes each.
template <class Function>
void for_each_number(const nlohmann::json& json, const std::string& key, const std::string& source,
                     Function&& function) {
  if (!json.is_object() || !json.contains(key)) return;
  const nlohmann::json& values = json.at(key);
  const std::string start = "view: " + quote(source) + " must hold ";
  const std::string end = " under " + quote(key);
  check_json_integers(values, start + "an array" + end,
                      {.rule = start + "integers or null" + end,
                       .least = std::numeric_limits<std::int32_t>::min(),
                       .may_be_null = true});
  for (const nlohmann::json& value : values) function(value);
}

/// The tokens: an array of strings, or an object with one under "tokens", as `attention` writes.
void read_tokens(const std::string& path, AttentionRecord& record) {
  const nlohmann::json json = parse_json(read_file(path, "view"), "view", path);
  const bool has_tokens = json.is_array() || (json.is_object() && json.contains("tokens"));
  check<FormatError>(
      has_tokens,
      "view: " + quote(path) + " must be an array of tokens or hold one under \"tokens\"", "type",
      json.type_name());
  const nlohmann::json& tokens = json.is_array() ? json : json.at("tokens");
  check<FormatError>(tokens.is_array(), "view: " + quote(path) + " must hold tokens as an array",
                     "type", tokens.type_name());
  for (const nlohmann::json& token : tokens) {
    if (!token.is_string())
      fail<FormatError>("view: ", quote(path), " must hold tokens as strings; got element ",
                        token.dump());
    record.tokens.push_back(token.get<std::string>());
  }
  if (json.is_object() && json.contains("sentence"))
    record.title = json_value<std::string>(json, "sentence", "view", path);
  if (json.is_object() && json.contains("pair"))
    record.title += " | " + json_value<std::string>(json, "pair", "view", path);
  if (json.is_object() && json.contains("sentence_b_start"))
    record.sentence_b_start = json_value<std::int32_t>(json, "sentence_b_start", "view", path);
  for_each_number(json, "special_tokens_mask", path, [&](const nlohmann::json& value) {
    record.special_tokens_mask.push_back(value.is_null() ? 0 : value.get<std::int32_t>());
  });
  for_each_number(json, "word_ids", path, [&](const nlohmann::json& value) {
    record.word_ids.push_back(value.is_null() ? std::nullopt
                                              : std::optional<int>(value.get<std::int32_t>()));
  });
}

/// A tensor of the file, or that of its first and only text when it has a batch axis, as `encode`
/// writes.
template <int Rank>
Tensor<float, Rank> read_tensor(const SafetensorsFile& file, const std::string& name) {
  const std::vector<Index>& shape = file.info(name).shape;
  if (shape.size() == Rank + 1) {
    if (shape[0] != 1)
      fail<ShapeError>("view: ", quote(name), " must be of one text; got a batch of ", shape[0]);
    const Tensor<float, Rank + 1> batch = file.tensor<float, Rank + 1>(name);
    return Tensor<float, Rank>(batch[0]);
  }
  return file.tensor<float, Rank>(name);
}

/// I of the tensors that are called `start`I, in order.
std::vector<Index> numbers_after(const SafetensorsFile& file, const std::string& start) {
  std::vector<Index> numbers;
  for (const std::string& name : file.names()) {
    if (name.compare(0, start.size(), start) != 0) continue;
    Index number = 0;
    std::from_chars(name.data() + start.size(), name.data() + name.size(), number);
    if (name == start + std::to_string(number) && number >= 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void view(const ViewArguments& options) {
  AttentionRecord record;
  if (!options.tokens.empty()) read_tokens(options.tokens, record);
  if (options.title) record.title = *options.title;
  const SafetensorsFile file = SafetensorsFile::open(options.input);
  for (const Index i : numbers_after(file, "hidden_states.")) {
    record.state_numbers.push_back(i);
    record.hidden_states.push_back(read_tensor<2>(file, "hidden_states." + std::to_string(i)));
  }
  for (const Index i : numbers_after(file, "attentions.")) {
    if (!options.files.has_layer(i)) continue;
    const std::string number = std::to_string(i);
    record.layers.push_back(i);
    record.attentions.push_back(read_tensor<3>(file, "attentions." + number));
    if (file.contains("queries." + number))
      record.queries.push_back(read_tensor<3>(file, "queries." + number));
    if (file.contains("keys." + number))
      record.keys.push_back(read_tensor<3>(file, "keys." + number));
  }
  check<FormatError>(
      !record.attentions.empty(),
      "view: " + quote(options.input) +
          " must hold attentions.0, attentions.1, ... of a layer asked for; got none");
  options.files.check_layers(record.layers, "view");
  options.files.write(record, "view");
}

}  // namespace

void add_view(CLI::App& program) {
  const auto options = std::make_shared<ViewArguments>();
  CLI::App& command = *program.add_subcommand("view", "Pictures of anybody's attention weights");
  command
      .add_option("--input", options->input,
                  "A safetensors file with attentions.I [H, T, T] for layer I and, if you have "
                  "them, hidden_states.I [T, C], queries.I and keys.I [H, T, D]")
      ->required();
  command.add_option("--tokens", options->tokens,
                     "A JSON file: an array of T strings, or the tokens.json of `attention`; "
                     "default: tokens are numbered");
  command.add_option("--title", options->title, "The title of the page; default: the sentence");
  options->files.add(command);
  command.footer(
      "Writes what `attention` writes, without the data.\n"
      "Example: eigenhead view --input weights.safetensors --tokens tokens.json --output-dir out");
  command.callback([options] { view(*options); });
}
