#pragma once

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/attention_viewer.hpp"

#include <CLI/App.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// What `attention` and `view` have in common: a text's attention and the files that show it.

/// Tokens and what a model made of them.
struct AttentionRecord {
  std::string title;
  std::vector<std::string> tokens;
  std::vector<std::int32_t> special_tokens_mask;
  std::vector<std::optional<int>> word_ids;
  eigenhead::Index sentence_b_start = 0;                   // 0: one sentence
  std::vector<eigenhead::Index> layers;                    // their numbers
  std::vector<eigenhead::Tensor<float, 3>> attentions;     // [H, T, T] for each layer
  std::vector<eigenhead::Tensor<float, 3>> queries;        // [H, T, D], or none
  std::vector<eigenhead::Tensor<float, 3>> keys;           // [H, T, D], or none
  std::vector<eigenhead::Tensor<float, 2>> hidden_states;  // [T, C] for each state, or none
  std::vector<eigenhead::Index> state_numbers;             // one a state, or none: from 0
};

/// --output-dir, --layers and the formats to write.
struct AttentionFiles {
  std::string output_dir = ".";
  std::vector<eigenhead::Index> layers;
  bool is_float32 = false;
  bool with_vega_lite = false;
  bool with_projector = false;
  bool has_no_query_key = false;
  bool is_quiet = false;

  void add(CLI::App& command);
  /// Whether layer `number` was asked for; all are, unless some are named.
  bool has_layer(eigenhead::Index number) const;
  /// Throws ValueError, naming `function`, when a layer was asked for that is not in `present`.
  void check_layers(const std::vector<eigenhead::Index>& present,
                    const std::string& function) const;
  /// Makes the folder and writes attention.html, a picture a layer, one of the hidden states, and
  /// the formats asked for. `function` starts messages.
  void write(const AttentionRecord& record, const std::string& function) const;
};
