// eigenhead similarity: the lines that are most like a query.

#include "commands.hpp"
#include "sentence_lines.hpp"

#include "eigenhead/core/error.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

using namespace eigenhead;

namespace {

struct SimilarityArguments {
  SentenceLineOptions sentences;
  std::string query;
  std::string query_prompt;
  std::string query_prompt_name;
  std::size_t top_k = 10;
};

struct Match {
  std::size_t line = 0;
  float score = 0;
  std::string text;

  bool is_better_than(const Match& other) const {
    return score != other.score ? score > other.score : line < other.line;
  }
};

/// Keeps the best matches only, so that memory does not grow with the number of lines.
void keep_best(std::vector<Match>& matches, std::size_t count) {
  const auto is_better = [](const Match& a, const Match& b) { return a.is_better_than(b); };
  std::sort(matches.begin(), matches.end(), is_better);
  if (matches.size() > count) matches.resize(count);
}

void similarity(const SimilarityArguments& options) {
  const LineTaskOptions& lines = options.sentences.lines;
  ThreadPool pool = lines.common.make_pool();
  const SentenceModel model(lines.model.folder(), lines.precision, pool);
  SentenceLineOptions sentences = options.sentences;
  sentences.sentence.is_normalized = true;  // products are cosines
  SentenceSettings query_settings = sentences.sentence;
  if (!options.query_prompt.empty() || !options.query_prompt_name.empty()) {
    query_settings.prompt = options.query_prompt;
    query_settings.prompt_name = options.query_prompt_name;
  }
  std::size_t num_cut = 0;
  const Tensor<float, 2> query = model.embed({options.query}, query_settings, num_cut);
  report_cut_lines("similarity: query", num_cut, model.max_length(), lines.common.is_quiet);
  std::vector<Match> matches;
  const std::size_t num_failed =
      embed_lines(sentences, model, 1, 1, "similarity", [&](const EmbeddedLines& block) {
        for (std::size_t i = 0; i < block.texts.size(); ++i)
          if (block.errors[i].empty())
            matches.push_back({block.numbers[i],
                               block.vectors.vector(static_cast<Index>(i)).dot(query.vector(0)),
                               block.texts[i]});
        keep_best(matches, options.top_k);
      });
  write_output(lines.common.output, [&](std::ostream& out) {
    for (const Match& match : matches)
      out << to_json_line(
          {{"line", match.line}, {"similarity", match.score}, {"text", match.text}});
  });
  check_no_failed_lines("similarity", num_failed);
}

}  // namespace

void add_similarity(CLI::App& program) {
  const auto options = std::make_shared<SimilarityArguments>();
  CLI::App& command =
      *program.add_subcommand("similarity", "The text lines that are most like a query");
  CommonOptions& common = options->sentences.lines.common;
  common.add_input(command, "Text, a line each");
  common.add_output(command, "JSON lines, the most similar first");
  options->sentences.add(command);
  command.add_option("--query", options->query, "The text to compare with")->required();
  CLI::Option* const prompt =
      command.add_option("--query-prompt", options->query_prompt,
                         "Put before the query; default: what is put before the lines");
  command.add_option("--query-prompt-name", options->query_prompt_name, "Or one of the folder's")
      ->excludes(prompt);
  command.add_option("--top-k", options->top_k, "How many lines")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  command.footer("Example: eigenhead similarity --query 'a king' --input texts.txt");
  command.callback([options] { similarity(*options); });
}
