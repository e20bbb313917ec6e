// eigenhead classify: the labels of texts or of pairs of texts with their scores.

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

struct ClassifyArguments {
  LineTaskOptions lines;
  ScoreFunction score_function = ScoreFunction::automatic;
};

void classify(const ClassifyArguments& options) {
  ThreadPool pool = options.lines.common.make_pool();
  const TaskModel model(options.lines.model.folder(), options.lines.precision, pool);
  EncodeOptions encode_options;
  encode_options.truncation.strategy = TruncationStrategy::longest_first;
  encode_options.truncation.max_length = model.max_length();
  std::size_t num_cut = 0;
  answer_lines(options.lines, [&](const std::vector<NumberedLine>& lines) {
    std::vector<Encoding> encodings;
    for (const NumberedLine& line : lines)
      encodings.push_back(TextLine::parse(line.text, options.lines.is_jsonl, line.number)
                              .encode(model.tokenizer(), encode_options));
    std::vector<Json> answers;
    for (const std::vector<LabelScore>& scores :
         model.classify(encodings, {options.score_function, &pool})) {
      Json labels = Json::array();
      for (const LabelScore& score : scores)
        labels.push_back({{"label", score.label}, {"score", score.score}});
      answers.push_back({{"labels", labels}});
    }
    for (const Encoding& encoding : encodings) num_cut += !encoding.overflowing.empty();
    return answers;
  });
  report_cut_lines("classify", num_cut, model.max_length(), options.lines.common.is_quiet);
}

}  // namespace

void add_classify(CLI::App& program) {
  const auto options = std::make_shared<ClassifyArguments>();
  CLI::App& command = *program.add_subcommand("classify", "Text lines to labels with scores");
  options->lines.add(command, "Text, a line each",
                     R"(Each line is a JSON string, or {"text": ..., "text_pair": ...})");
  options->lines.add_batch_size(command);
  static const std::map<std::string, ScoreFunction> kFunctions{
      {"automatic", ScoreFunction::automatic},
      {"none", ScoreFunction::none},
      {"sigmoid", ScoreFunction::sigmoid},
      {"softmax", ScoreFunction::softmax}};
  command
      .add_option("--score", options->score_function,
                  "What makes scores of logits; automatic: as the folder says")
      ->transform(
          CLI::CheckedTransformer(kFunctions).description("{automatic,none,sigmoid,softmax}"));
  command.footer("Example: echo 'A good film.' | eigenhead classify --model distilbert-sst-2");
  command.callback([options] { classify(*options); });
}
