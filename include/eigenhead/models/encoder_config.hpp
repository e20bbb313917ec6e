#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/ops/activation.hpp"

#include <string>

namespace eigenhead {

/// The sizes of a post-LayerNorm encoder, in BERT's words whatever the family calls them.
struct EncoderConfig {
  std::string model_type;             ///< as in config.json: "bert", "distilbert", ...
  Index vocab_size = 0;               ///< V
  Index embedding_size = 0;           ///< E, the width of the embedding tables; 0: hidden_size
  Index hidden_size = 0;              ///< C
  Index intermediate_size = 0;        ///< F, the width of the feed-forward part
  int num_layers = 0;                 ///< L
  int num_heads = 0;                  ///< H
  Index max_position_embeddings = 0;  ///< rows of the position table
  Index position_offset = 0;          ///< the position id of the first token
  /// Whether position ids count the tokens that take part (RoBERTa, MPNet), not the columns of the
  /// mask. They differ with left padding and holes only.
  bool has_positions_without_padding = false;
  Index num_relative_buckets = 0;  ///< rows of MPNet's table of relative positions; 0: none
  Index type_vocab_size = 0;       ///< number of token types; 0: the model has none
  Index pad_token_id = 0;          ///< what fills token_ids where attention_mask is 0
  Activation activation = Activation::gelu_erf;
  double layer_norm_epsilon = 1e-12;
  /// True: a masked-language-model head may leave out its decoder, the word embeddings are it.
  bool has_tied_decoder = true;

  Index head_dim() const { return num_heads > 0 ? hidden_size / num_heads : 0; }

  /// E, also where embedding_size is not given.
  Index table_width() const { return embedding_size > 0 ? embedding_size : hidden_size; }

  /// The longest sequence, padding included.
  Index max_length() const { return max_position_embeddings - position_offset; }
};

/// Throws ValueError unless every size is positive (of token types there may be none), the heads
/// divide the hidden size and layer_norm_epsilon is not negative; the message starts with
/// `function`.
inline void check_config(const EncoderConfig& config, const std::string& function) {
  check<ValueError>(config.vocab_size > 0 && config.hidden_size > 0 &&
                        config.intermediate_size > 0 && config.num_layers > 0 &&
                        config.num_heads > 0 && config.max_position_embeddings > 0,
                    function + ": every size of the configuration must be >= 1", "vocab_size",
                    config.vocab_size, "hidden_size", config.hidden_size, "intermediate_size",
                    config.intermediate_size, "num_layers", config.num_layers, "num_heads",
                    config.num_heads, "max_position_embeddings", config.max_position_embeddings);
  check<ValueError>(config.hidden_size % config.num_heads == 0,
                    function + ": num_heads must divide hidden_size", "num_heads", config.num_heads,
                    "hidden_size", config.hidden_size);
  check<ValueError>(
      config.position_offset >= 0 && config.position_offset < config.max_position_embeddings,
      function + ": position_offset must be >= 0 and < max_position_embeddings", "position_offset",
      config.position_offset, "max_position_embeddings", config.max_position_embeddings);
  check<ValueError>(config.embedding_size >= 0, function + ": embedding_size must be >= 0",
                    "embedding_size", config.embedding_size);
  check<ValueError>(config.type_vocab_size >= 0, function + ": type_vocab_size must be >= 0",
                    "type_vocab_size", config.type_vocab_size);
  check<ValueError>(config.layer_norm_epsilon >= 0, function + ": layer_norm_epsilon must be >= 0",
                    "layer_norm_epsilon", config.layer_norm_epsilon);
}

}  // namespace eigenhead
