#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/tasks/entity_groups.hpp"
#include "eigenhead/text/encoding.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What goes into and comes out of fill_mask, classify, find_entities and answer_question, for code
// that passes it on without instantiating a model.

namespace eigenhead {

struct FillMaskOptions {
  Index top_k = 5;  ///< predictions for each mask
  Executor* executor = nullptr;
};

/// A token that may stand where the mask is.
struct TokenPrediction {
  std::int32_t token_id = 0;
  std::string token = {};
  double probability = 0;  ///< softmax of the logits over the whole vocabulary
};

/// What a masked-language model would put in the place of one mask.
struct MaskPrediction {
  Index position = 0;    ///< of the mask token in the encoding
  TextRange range = {};  ///< of the mask in the text, where the encoding has offsets
  std::vector<TokenPrediction> predictions = {};  ///< the most probable first
};

/// What turns logits into scores.
enum class ScoreFunction {
  automatic,  ///< as config.json says, see classify
  none,       ///< the logits: regression, rankings
  sigmoid,    ///< each label by itself
  softmax     ///< one of the labels
};

struct ClassifyOptions {
  ScoreFunction score_function = ScoreFunction::automatic;
  Executor* executor = nullptr;
};

struct LabelScore {
  std::string label = {};
  double score = 0;
};

struct FindEntitiesOptions {
  EntityStrategy strategy = EntityStrategy::simple;
  std::vector<std::string> ignored_labels = {"O"};
  /// Tokens of a window of a long text; unset: what the model takes.
  std::optional<Index> max_length = {};
  /// Tokens that two windows share; unset: a quarter of max_length.
  std::optional<Index> stride = {};
  Executor* executor = nullptr;
};

struct AnswerOptions {
  Index top_k = 1;
  Index max_answer_length = 15;  ///< in tokens
  /// Adds the empty answer, whose score is that of the span [CLS] to [CLS]: for models of SQuAD 2.
  bool may_have_no_answer = false;
  /// Tokens of a window, the question's and the special ones included; unset: 384 or what the model
  /// takes if that is less.
  std::optional<Index> max_length = {};
  /// Tokens of the context that two windows share; unset: 128 or half of max_length if that is
  /// less.
  std::optional<Index> stride = {};
  Executor* executor = nullptr;
};

/// A span of the context; the text is empty for "there is no answer".
struct Answer {
  std::string text = {};
  TextRange range = {};  ///< in the context, in bytes
  double score = 0;      ///< probability of the start times that of the end
};

}  // namespace eigenhead
