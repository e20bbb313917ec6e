#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/auto_model.hpp"
#include "eigenhead/models/task_heads.hpp"
#include "eigenhead/tasks/entity_groups.hpp"
#include "eigenhead/tasks/task_options.hpp"
#include "eigenhead/tasks/text_windows.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// The tokens of a window that stand in the text, with the probabilities of their labels.
template <class Scalar>
std::vector<LabelledToken> labelled_tokens(const Encoding& encoding,
                                           TensorView<const Scalar, 2> logits) {
  std::vector<LabelledToken> tokens;
  for (std::size_t i = 0; i < encoding.token_ids.size(); ++i)
    if (encoding.word_ids[i])
      tokens.push_back({encoding.offsets[i], *encoding.word_ids[i],
                        probabilities<Scalar>(logits[static_cast<Index>(i)])});
  return tokens;
}

/// Texts cut into windows, and the text of each window.
struct TextWindows {
  std::vector<Encoding> windows = {};
  std::vector<std::size_t> texts = {};
};

inline TextWindows entity_windows(const BertTokenizer& tokenizer,
                                  const std::vector<std::string>& texts,
                                  const FindEntitiesOptions& options, Index longest) {
  EncodeOptions encode_options;
  encode_options.columns.has_tokens = false;
  Truncation& truncation = encode_options.truncation;
  truncation.strategy = TruncationStrategy::longest_first;
  truncation.max_length = options.max_length.value_or(longest);
  truncation.stride = options.stride.value_or(truncation.max_length / 4);
  SerialExecutor serial;
  std::vector<Encoding> encodings =
      tokenizer.encode_batch(texts, encode_options, options.executor ? *options.executor : serial);
  TextWindows result;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<Encoding> windows = windows_of(std::move(encodings[i]));
    result.texts.insert(result.texts.end(), windows.size(), i);
    result.windows.insert(result.windows.end(), std::make_move_iterator(windows.begin()),
                          std::make_move_iterator(windows.end()));
  }
  return result;
}

/// Appends what is not to be ignored.
inline void append_entities(std::vector<Entity> entities, const std::vector<std::string>& ignored,
                            std::vector<Entity>& result) {
  for (Entity& entity : entities)
    if (std::find(ignored.begin(), ignored.end(), entity.label) == ignored.end())
      result.push_back(std::move(entity));
}

}  // namespace detail

/// The entities of each text: what a token-classification model labels, words and word pieces of
/// one entity merged as `strategy` says.
///
/// A text longer than max_length tokens is cut into windows that share `stride` tokens; of entities
/// that two windows give in the same place the longer, then the surer is kept.
///
/// @return  for each text its entities in the text's order, without the ignored labels; ranges
///          count bytes of the text
/// @throws ValueError when the model has no token-classification head; else as the tokenizer for
///         max_length and stride
/// Source: transformers' TokenClassificationPipeline.
template <class Scalar>
std::vector<std::vector<Entity>> find_entities_batch(const AutoModel<Scalar>& model,
                                                     const BertTokenizer& tokenizer,
                                                     const std::vector<std::string>& texts,
                                                     const FindEntitiesOptions& options = {}) {
  check<ValueError>(model.has_token_classification_head(),
                    "find_entities: model must have a token-classification head", "architecture",
                    quote(model.task().architecture));
  std::vector<std::vector<Entity>> result(texts.size());
  std::vector<int> num_windows(texts.size(), 0);
  const detail::TextWindows cut =
      detail::entity_windows(tokenizer, texts, options, model.config().max_length());
  detail::label_windows(
      model.encoder(), *model.task_heads().token_classification, cut.windows, options.executor,
      [&](std::size_t w, const Tensor<Scalar, 2>& logits) {  // [n, labels]
        ++num_windows[cut.texts[w]];
        detail::append_entities(
            detail::merge_tokens(detail::labelled_tokens<Scalar>(cut.windows[w], logits),
                                 model.labels(), options.strategy),
            options.ignored_labels, result[cut.texts[w]]);
      });
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (num_windows[i] > 1) result[i] = detail::without_overlaps(std::move(result[i]));
    for (Entity& entity : result[i]) entity.text = detail::part_of(texts[i], entity.range);
  }
  return result;
}

/// find_entities_batch of one text.
///
///     for (const Entity& entity : find_entities(model, tokenizer, "Ada lived in London."))
///       std::cout << entity.text << ' ' << entity.label << '\n';
template <class Scalar>
std::vector<Entity> find_entities(const AutoModel<Scalar>& model, const BertTokenizer& tokenizer,
                                  const std::string& text,
                                  const FindEntitiesOptions& options = {}) {
  return std::move(find_entities_batch(model, tokenizer, {text}, options).front());
}

}  // namespace eigenhead
