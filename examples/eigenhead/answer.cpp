// eigenhead answer: the spans of contexts that answer questions.

#include "commands.hpp"
#include "line_tasks.hpp"
#include "task_models.hpp"

#include "eigenhead/io/json.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace eigenhead;
using Json = nlohmann::ordered_json;

namespace {

struct AnswerArguments {
  LineTaskOptions lines;
  AnswerOptions answer;
  std::string question;
  std::string offset_unit;
};

Json answer_line(const AnswerArguments& options, const TaskModel& model, const AnswerOptions& how,
                 const NumberedLine& line) {
  std::string question = options.question;
  std::string context = line.text;
  if (question.empty()) {
    const std::string source = "line " + std::to_string(line.number);
    const nlohmann::json json = parse_json(line.text, "read_jsonl", source);
    question = json_value<std::string>(json, "question", "read_jsonl", source);
    context = json_value<std::string>(json, "context", "read_jsonl", source);
  }
  Json answers = Json::array();
  for (const Answer& answer : model.answer(question, context, how))
    answers.push_back({{"text", answer.text},
                       {"score", answer.score},
                       {"offsets", offsets_to_json(answer.range, context, options.offset_unit)}});
  return {{"answers", answers}};
}

void answer(const AnswerArguments& options) {
  ThreadPool pool = options.lines.common.make_pool();
  const TaskModel model(options.lines.model.folder(), options.lines.precision, pool);
  AnswerOptions how = options.answer;
  how.executor = &pool;
  answer_lines(options.lines, [&](const std::vector<NumberedLine>& lines) {
    std::vector<Json> answers;
    for (const NumberedLine& line : lines)
      answers.push_back(answer_line(options, model, how, line));
    return answers;
  });
}

}  // namespace

void add_answer(CLI::App& program) {
  const auto options = std::make_shared<AnswerArguments>();
  CLI::App& command =
      *program.add_subcommand("answer", "Questions and contexts to the spans that answer them");
  options->lines.add(
      command, R"({"question": ..., "context": ...}, a line each; with --question a context)", "");
  command.add_option("--question", options->question, "One question for all lines");
  command.add_option("--top-k", options->answer.top_k, "Answers for each line")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  command.add_option("--max-answer-length", options->answer.max_answer_length, "In tokens")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command.add_flag("--no-answer", options->answer.may_have_no_answer,
                   "Also the empty answer with its score, for models of SQuAD 2");
  command.add_option("--max-length", options->answer.max_length,
                     "Tokens of a window; default: 384 or what the model takes");
  command.add_option("--stride", options->answer.stride,
                     "Tokens that two windows share; default: 128 or half of a window");
  add_offset_unit(command, options->offset_unit);
  command.footer(
      "Example: echo 'Ada lived in London.' | eigenhead answer --question 'Where did Ada live?'");
  command.callback([options] { answer(*options); });
}
