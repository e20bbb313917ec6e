#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/auto_model.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/task_config.hpp"
#include "eigenhead/models/task_heads.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/tasks/task_options.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

inline ScoreFunction automatic_score_function(const TaskConfig& task) {
  const std::string& activation = task.cross_encoder_activation;
  if (activation.find("Identity") != std::string::npos) return ScoreFunction::none;
  if (activation.find("Sigmoid") != std::string::npos) return ScoreFunction::sigmoid;
  if (task.problem_type == "regression") return ScoreFunction::none;
  if (task.problem_type == "multi_label_classification" || task.labels.size() == 1)
    return ScoreFunction::sigmoid;
  return ScoreFunction::softmax;
}

template <class Scalar>
std::vector<double> scores_of(TensorView<const Scalar, 1> logits, ScoreFunction function) {
  if (function == ScoreFunction::softmax) return probabilities(logits);
  std::vector<double> scores;
  for (Index i = 0; i < logits.extent(0); ++i) {
    const auto logit = static_cast<double>(logits(i));
    scores.push_back(function == ScoreFunction::none ? logit : 1 / (1 + std::exp(-logit)));
  }
  return scores;
}

/// Longer texts are cut to what the model takes.
template <class Scalar>
EncodeOptions truncated_to(const AutoModel<Scalar>& model) {
  EncodeOptions options;
  options.truncation.strategy = TruncationStrategy::longest_first;
  options.truncation.max_length = model.config().max_length();
  return options;
}

}  // namespace detail

/// The labels of each text with their scores, the best first.
///
/// ScoreFunction::automatic is softmax; sigmoid for problem_type "multi_label_classification" and
/// for a single label, as transformers' pipeline does; the logit itself for "regression"; and what
/// a CrossEncoder's config.json names, if it does (the rankers of MS MARCO: the logit).
///
/// @param encodings  of texts or pairs of texts, padded or not
/// @return           for each text every label of the model
/// @throws ValueError when the model has no sequence-classification head; else as the encoder
/// Source: transformers' TextClassificationPipeline; sentence-transformers' CrossEncoder.
template <class Scalar>
std::vector<std::vector<LabelScore>> classify_batch(const AutoModel<Scalar>& model,
                                                    const std::vector<Encoding>& encodings,
                                                    const ClassifyOptions& options = {}) {
  check<ValueError>(model.has_sequence_classification_head(),
                    "classify: model must have a sequence-classification head", "architecture",
                    quote(model.task().architecture));
  std::vector<std::vector<LabelScore>> result;
  if (encodings.empty()) return result;
  const ScoreFunction function = options.score_function == ScoreFunction::automatic
                                     ? detail::automatic_score_function(model.task())
                                     : options.score_function;
  const TokenBatch batch(encodings);
  const Tensor<Scalar, 2> logits = model.sequence_classification_logits(
      batch, model(batch, detail::options_with(options.executor)));  // [B, labels]
  for (Index b = 0; b < batch.batch_size(); ++b) {
    const std::vector<double> scores = detail::scores_of<Scalar>(logits[b], function);
    result.emplace_back();
    for (const std::size_t i : detail::largest(scores, scores.size()))
      result.back().push_back({model.labels()[i], scores[i]});
  }
  return result;
}

/// classify_batch of one text, which is cut to what the model takes.
///
///     classify(model, tokenizer, "A good film.")[0].label
template <class Scalar>
std::vector<LabelScore> classify(const AutoModel<Scalar>& model, const BertTokenizer& tokenizer,
                                 const TextInput& text, const ClassifyOptions& options = {}) {
  const Encoding encoding = tokenizer.encode(text, detail::truncated_to(model));
  return std::move(classify_batch(model, {encoding}, options).front());
}

/// classify_batch of a pair of texts, such as a question and a passage; the longer one is cut.
template <class Scalar>
std::vector<LabelScore> classify_pair(const AutoModel<Scalar>& model,
                                      const BertTokenizer& tokenizer, const TextInput& text,
                                      const TextInput& pair, const ClassifyOptions& options = {}) {
  const Encoding encoding = tokenizer.encode_pair(text, pair, detail::truncated_to(model));
  return std::move(classify_batch(model, {encoding}, options).front());
}

/// How probable it is that the second text follows the first: softmax(next_sentence_logits)[0].
///
/// @throws ValueError when the model has no next-sentence head (BERT's pre-training checkpoints
///         have one)
/// Both texts together are cut to what the model takes.
template <class Scalar>
double next_sentence_probability(const AutoModel<Scalar>& model, const BertTokenizer& tokenizer,
                                 const TextInput& text, const TextInput& next) {
  const TokenBatch batch(tokenizer.encode_pair(text, next, detail::truncated_to(model)));
  const Tensor<Scalar, 2> logits = model.next_sentence_logits(batch, model(batch).pooler_output);
  return detail::probabilities<Scalar>(logits[0])[0];
}

}  // namespace eigenhead
