#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eigenhead {

/// What attention_viewer() shows: weights, and anything else that is known about the tokens. Views
/// must last as long as the call.
struct AttentionViewerContent {
  std::vector<TensorView<const float, 3>> attentions = {};  ///< [H, T, T] for each layer
  std::vector<std::string> tokens = {};                     ///< one a position, or none: numbers

  /// 1 for tokens such as [CLS], one a token. None: tokens like [CLS], <s> and <|end|> count.
  std::vector<std::int32_t> special_tokens_mask = {};
  /// Which tokens are pieces of one word: neighbours with the same number. None: a token that
  /// starts with ## continues a word, or, where some start with U+0120 or U+2581, one that does
  /// not.
  std::vector<std::optional<int>> word_ids = {};
  Index sentence_b_start = 0;  ///< where the second text begins; 0: there is none

  TensorView<const float, 3> points = {};     ///< [states, T, 2] for the embedding view, or empty
  std::vector<std::string> state_names = {};  ///< one a state, or none: numbers
  std::string x_label = {};                   ///< of points, such as "PC1 (43.1 %)"
  std::string y_label = {};

  std::vector<TensorView<const float, 3>> queries = {};  ///< [H, T, D] for each layer, or none
  std::vector<TensorView<const float, 3>> keys = {};     ///< likewise
};

/// How attention_viewer() shows it.
struct AttentionViewerOptions {
  std::string title = {};
  std::vector<Index> layer_numbers = {};  ///< what the layers are called; none: from 0
  /// Numbers keep float32: weights take four times as much, queries and keys twice as much.
  bool is_float32 = false;
};

}  // namespace eigenhead
