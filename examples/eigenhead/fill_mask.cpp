// eigenhead fill-mask: the most probable tokens for each [MASK].

#include "commands.hpp"
#include "line_tasks.hpp"
#include "task_models.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace eigenhead;
using Json = nlohmann::ordered_json;

namespace {

struct FillMaskArguments {
  LineTaskOptions lines;
  EncodingOptions encoding;
  Index top_k = 5;
  std::string offset_unit;
};

Json to_json(const std::vector<MaskPrediction>& masks, const std::string& text,
             const std::string& offset_unit) {
  Json result = Json::array();
  for (const MaskPrediction& mask : masks) {
    Json predictions = Json::array();
    for (const TokenPrediction& prediction : mask.predictions)
      predictions.push_back({{"token", prediction.token},
                             {"token_id", prediction.token_id},
                             {"probability", prediction.probability}});
    result.push_back({{"position", mask.position},
                      {"offsets", offsets_to_json(mask.range, text, offset_unit)},
                      {"predictions", predictions}});
  }
  return {{"masks", result}};
}

void fill_mask(const FillMaskArguments& options) {
  ThreadPool pool = options.lines.common.make_pool();
  const TaskModel model(options.lines.model.folder(), options.lines.precision, pool);
  const EncodeOptions encode_options = options.encoding.make();
  answer_lines(options.lines, [&](const std::vector<NumberedLine>& lines) {
    std::vector<std::string> texts;
    std::vector<Encoding> encodings;
    for (const NumberedLine& line : lines) {
      texts.push_back(parse_single_text(line.text, options.lines.is_jsonl, line.number));
      encodings.push_back(model.tokenizer().encode(texts.back(), encode_options));
    }
    const auto masks = model.fill_mask(encodings, {.top_k = options.top_k, .executor = &pool});
    std::vector<Json> answers;
    for (std::size_t i = 0; i < masks.size(); ++i)
      answers.push_back(to_json(masks[i], texts[i], options.offset_unit));
    return answers;
  });
}

}  // namespace

void add_fill_mask(CLI::App& program) {
  const auto options = std::make_shared<FillMaskArguments>();
  CLI::App& command = *program.add_subcommand(
      "fill-mask", "Text lines with [MASK] to the tokens that may be there");
  options->lines.add(command, "Text with [MASK], a line each",
                     "Each line is a JSON string, or {\"text\": ...}");
  options->lines.add_batch_size(command);
  options->encoding.add_length(command);
  command.add_option("--top-k", options->top_k, "Tokens for each mask")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  add_offset_unit(command, options->offset_unit);
  command.footer("Example: echo 'The king of [MASK] sent messengers.' | eigenhead fill-mask");
  command.callback([options] { fill_mask(*options); });
}
