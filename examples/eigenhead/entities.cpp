// eigenhead entities: what a token-classification model finds in texts, and where.

#include "commands.hpp"
#include "line_tasks.hpp"
#include "task_models.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace eigenhead;
using Json = nlohmann::ordered_json;

namespace {

struct EntitiesArguments {
  LineTaskOptions lines;
  FindEntitiesOptions entities;
  std::string offset_unit;
};

void find_entities(const EntitiesArguments& options) {
  ThreadPool pool = options.lines.common.make_pool();
  const TaskModel model(options.lines.model.folder(), options.lines.precision, pool);
  FindEntitiesOptions entity_options = options.entities;
  entity_options.executor = &pool;
  answer_lines(options.lines, [&](const std::vector<NumberedLine>& lines) {
    std::vector<std::string> texts;
    for (const NumberedLine& line : lines)
      texts.push_back(parse_single_text(line.text, options.lines.is_jsonl, line.number));
    const auto found = model.find_entities(texts, entity_options);
    std::vector<Json> answers;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      Json entities = Json::array();
      for (const Entity& entity : found[i])
        entities.push_back(
            {{"label", entity.label},
             {"score", entity.score},
             {"text", entity.text},
             {"offsets", offsets_to_json(entity.range, texts[i], options.offset_unit)}});
      answers.push_back({{"entities", entities}});
    }
    return answers;
  });
}

}  // namespace

void add_entities(CLI::App& program) {
  const auto options = std::make_shared<EntitiesArguments>();
  CLI::App& command =
      *program.add_subcommand("entities", "Text lines to the names in them with their places");
  options->lines.add(command, "Text, a line each",
                     "Each line is a JSON string, or {\"text\": ...}");
  options->lines.add_batch_size(command);
  static const std::map<std::string, EntityStrategy> kStrategies{
      {"none", EntityStrategy::none},
      {"simple", EntityStrategy::simple},
      {"first", EntityStrategy::first},
      {"average", EntityStrategy::average},
      {"max", EntityStrategy::max}};
  command
      .add_option("--strategy", options->entities.strategy,
                  "How word pieces are merged; default: simple")
      ->transform(
          CLI::CheckedTransformer(kStrategies).description("{none,simple,first,average,max}"));
  command.add_option("--ignored-labels", options->entities.ignored_labels, "Labels to leave out")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--max-length", options->entities.max_length,
                     "Tokens of a window of a long line; default: what the model takes");
  command.add_option("--stride", options->entities.stride,
                     "Tokens that two windows share; default: a quarter of a window");
  add_offset_unit(command, options->offset_unit);
  command.footer("Example: echo 'Ada lived in London.' | eigenhead entities --model bert-base-NER");
  command.callback([options] { find_entities(*options); });
}
