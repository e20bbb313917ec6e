#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/ops/activation.hpp"

#include <string>

namespace eigenhead {

/// The sizes of a post-LayerNorm encoder, in BERT's words whatever the family calls them.
struct EncoderConfig {
  std::string model_type;             ///< "distilbert", ...
  Index vocab_size = 0;               ///< V
  Index hidden_size = 0;              ///< C
  Index intermediate_size = 0;        ///< F, the width of the feed-forward part
  int num_layers = 0;                 ///< L
  int num_heads = 0;                  ///< H
  Index max_position_embeddings = 0;  ///< the longest sequence
  Activation activation = Activation::gelu_erf;
  double layer_norm_epsilon = 1e-12;

  Index head_dim() const { return num_heads > 0 ? hidden_size / num_heads : 0; }
};

/// Throws ValueError unless every size is positive and the heads divide the hidden size; the
/// message starts with `function`.
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
}

}  // namespace eigenhead
