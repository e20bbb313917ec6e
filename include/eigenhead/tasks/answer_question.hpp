#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/auto_model.hpp"
#include "eigenhead/models/task_heads.hpp"
#include "eigenhead/tasks/task_options.hpp"
#include "eigenhead/tasks/text_windows.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// The spans of one window with their scores.
class AnswerSpans {
 public:
  /// @param logits  [T, 2]
  template <class Scalar>
  AnswerSpans(const Encoding& window, TensorView<const Scalar, 2> logits) {
    std::vector<Index> columns{0};  // [CLS] takes part in the softmax: it stands for "no answer"
    for (Index i = 0; i < window.size(); ++i) {
      const auto place = static_cast<std::size_t>(i);
      if (window.sequence_ids[place] != 1) continue;
      columns.push_back(i);
      words_.push_back(*window.word_to_chars(*window.word_ids[place], 1));
    }
    Tensor<Scalar, 2> scores(Shape<2>{2, columns.size()});  // of starts and of ends
    for (std::size_t i = 0; i < columns.size(); ++i)
      for (Index side = 0; side < 2; ++side)
        scores(side, static_cast<Index>(i)) = logits(columns[i], side);
    starts_ = probabilities<Scalar>(scores[0]);
    ends_ = probabilities<Scalar>(scores[1]);
  }

  double no_answer_score() const { return starts_[0] * ends_[0]; }

  /// Adds every span of at most max_length tokens, widened to whole words; no text yet.
  void append_to(std::vector<Answer>& answers, Index max_length) const {
    for (std::size_t begin = 0; begin < words_.size(); ++begin) {
      const std::size_t limit =
          std::min(words_.size(), begin + static_cast<std::size_t>(max_length));
      for (std::size_t end = begin; end < limit; ++end)
        answers.push_back(
            {"", {words_[begin].begin, words_[end].end}, starts_[begin + 1] * ends_[end + 1]});
    }
  }

 private:
  std::vector<TextRange> words_;       // of the context's tokens, as far as they stand here
  std::vector<double> starts_, ends_;  // of [CLS], then of the context's tokens
};

/// The best `count` answers; the same span counts once.
inline std::vector<Answer> best_answers(std::vector<Answer> answers, Index count) {
  std::stable_sort(answers.begin(), answers.end(),
                   [](const Answer& a, const Answer& b) { return a.score > b.score; });
  std::vector<Answer> best;
  for (Answer& answer : answers) {
    if (static_cast<Index>(best.size()) == count) break;
    const bool is_known = std::any_of(
        best.begin(), best.end(), [&](const Answer& other) { return other.range == answer.range; });
    if (!is_known) best.push_back(std::move(answer));
  }
  return best;
}

/// The windows of a question with its context.
template <class Scalar>
std::vector<Encoding> question_windows(const AutoModel<Scalar>& model,
                                       const BertTokenizer& tokenizer, const std::string& question,
                                       const std::string& context, const AnswerOptions& options) {
  constexpr Index kLongestWindow = 384;
  constexpr Index kLargestStride = 128;
  EncodeOptions encode_options;
  encode_options.columns.has_tokens = false;
  Truncation& truncation = encode_options.truncation;
  truncation.strategy = TruncationStrategy::only_second;
  truncation.max_length =
      options.max_length.value_or(std::min(kLongestWindow, model.config().max_length()));
  truncation.stride = options.stride.value_or(std::min(kLargestStride, truncation.max_length / 2));
  return windows_of(tokenizer.encode_pair(question, context, encode_options));
}

}  // namespace detail

/// The spans of `context` that answer `question`, the best first.
///
/// A context that does not fit beside the question is cut into windows that share `stride` tokens;
/// the scores of a window are softmaxes over its own tokens. Spans are widened to whole words, and
/// the same span counts once.
///
/// @return  up to top_k answers; ranges count bytes of the context
/// @throws ValueError when the model has no question-answering head, top_k or max_answer_length is
///         < 1, the context holds no token, or (by the tokenizer) the question leaves no room for
///         the context or stride is too large
/// Source: transformers' QuestionAnsweringPipeline.
template <class Scalar>
std::vector<Answer> answer_question(const AutoModel<Scalar>& model, const BertTokenizer& tokenizer,
                                    const std::string& question, const std::string& context,
                                    const AnswerOptions& options = {}) {
  check<ValueError>(model.has_question_answering_head(),
                    "answer_question: model must have a question-answering head", "architecture",
                    quote(model.task().architecture));
  check<ValueError>(options.top_k >= 1 && options.max_answer_length >= 1,
                    "answer_question: top_k and max_answer_length must be >= 1", "top_k",
                    options.top_k, "max_answer_length", options.max_answer_length);
  const std::vector<Encoding> windows =
      detail::question_windows(model, tokenizer, question, context, options);
  std::vector<Answer> answers;
  double no_answer_score = 1;
  detail::label_windows(
      model.encoder(), *model.task_heads().question_answering, windows, options.executor,
      [&](std::size_t w, const Tensor<Scalar, 2>& logits) {  // [n, 2]
        const detail::AnswerSpans spans(windows[w], TensorView<const Scalar, 2>(logits));
        spans.append_to(answers, options.max_answer_length);
        answers = detail::best_answers(std::move(answers), options.top_k);
        no_answer_score = std::min(no_answer_score, spans.no_answer_score());
      });
  check<ValueError>(!answers.empty(), "answer_question: context must hold a token", "context",
                    quote(context));
  if (options.may_have_no_answer) answers.push_back({"", {}, no_answer_score});
  answers = detail::best_answers(std::move(answers), options.top_k);
  for (Answer& answer : answers) answer.text = detail::part_of(context, answer.range);
  return answers;
}

}  // namespace eigenhead
