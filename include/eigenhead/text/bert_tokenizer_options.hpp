#pragma once

#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/offset_unit.hpp"
#include "eigenhead/text/padding.hpp"
#include "eigenhead/text/sequence_template.hpp"
#include "eigenhead/text/truncation.hpp"
#include "eigenhead/text/word_piece.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eigenhead {

/// How the special tokens of a model are spelled.
struct SpecialTokens {
  std::string cls = "[CLS]";
  std::string sep = "[SEP]";
  std::string pad = "[PAD]";
  std::string unk = "[UNK]";
  std::string mask = "[MASK]";
};

struct BertTokenizerOptions {
  BertNormalizer normalizer = {};
  WordPieceOptions word_piece = {};
  SpecialTokens special_tokens = {};
  /// Unset: the special tokens that are in the vocabulary.
  std::optional<std::vector<AddedToken>> added_tokens = {};
  /// Unset: BERT's, which needs [CLS] and [SEP] in the vocabulary. A template whose `pair` lacks a
  /// text is for single texts only.
  std::optional<SequenceTemplate> sequence_template = {};
  /// What DecodeOptions::clean_up_tokens is when unset.
  bool clean_up_tokens = true;
};

struct EncodeOptions {
  bool add_special_tokens = true;
  /// Reads special tokens in the text, such as [MASK], as ordinary text.
  bool split_special_tokens = false;
  Truncation truncation = {};
  Padding padding = {};
  OffsetUnit offset_unit = OffsetUnit::byte;
  EncodingColumns columns = {};
  /// Takes the readable way to the same tokens, about thirty times slower.
  bool uses_reference = false;
};

}  // namespace eigenhead
