#pragma once

#include "eigenhead/core/shape.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// A part [begin, end) of a text, in the unit that EncodeOptions::offset_unit names.
struct TextRange {
  Index begin = 0;
  Index end = 0;

  friend bool operator==(TextRange a, TextRange b) { return a.begin == b.begin && a.end == b.end; }
  friend bool operator!=(TextRange a, TextRange b) { return !(a == b); }
};

/// The tokens of a text or of a pair of texts, a column for each thing to know about a token.
struct Encoding {
  /// What a model takes as input_ids.
  std::vector<std::int32_t> token_ids;
  /// 0 for the first text and the special tokens around it, 1 for the second.
  std::vector<std::int32_t> token_type_ids;
  /// 0 for padding, 1 for everything else.
  std::vector<std::int32_t> attention_mask;
  /// 1 for tokens that were put there around the texts and for padding, 0 for what stood in a text,
  /// were it the letters [MASK].
  std::vector<std::int32_t> special_tokens_mask;
  std::vector<std::string> tokens;
  /// Where the token stands in its text; [0, 0) for tokens that stand in none.
  std::vector<TextRange> offsets;
  /// The number of the word in its text, from 0; unset for tokens that stand in no text.
  std::vector<std::optional<int>> word_ids;
  /// 0 for tokens of the first text, 1 for those of the second; unset for all others.
  std::vector<std::optional<int>> sequence_ids;
  /// What truncation cut off, as windows of the same length with their own special tokens.
  std::vector<Encoding> overflowing;

  /// The number of tokens.
  Index size() const { return static_cast<Index>(token_ids.size()); }

  /// The token over the character at `place` of text `sequence`, if there is one. `place` counts
  /// what offsets count; of words that were given one by one the first that is that long counts.
  std::optional<Index> char_to_token(Index place, int sequence = 0) const {
    for (Index token = 0; token < size(); ++token) {
      const TextRange range = column(offsets, token);
      if (column(sequence_ids, token) == sequence && range.begin <= place && place < range.end)
        return token;
    }
    return std::nullopt;
  }

  /// The number of the word over the character at `place` of text `sequence`.
  std::optional<int> char_to_word(Index place, int sequence = 0) const {
    const std::optional<Index> token = char_to_token(place, sequence);
    return token ? column(word_ids, *token) : std::nullopt;
  }

  /// The place of a token in its text; unset for a token that stands in none or does not exist.
  std::optional<TextRange> token_to_chars(Index token) const {
    if (token < 0 || token >= size() || !column(sequence_ids, token)) return std::nullopt;
    return column(offsets, token);
  }

  /// Tokens [begin, end) of the word with number `word` of text `sequence`.
  std::optional<TextRange> word_to_tokens(int word, int sequence = 0) const {
    std::optional<TextRange> range;
    for (Index token = 0; token < size(); ++token) {
      if (column(sequence_ids, token) != sequence || column(word_ids, token) != word) continue;
      if (!range) range = TextRange{token, token};
      range->end = token + 1;
    }
    return range;
  }

  /// The place of the word with number `word` in text `sequence`.
  std::optional<TextRange> word_to_chars(int word, int sequence = 0) const {
    const std::optional<TextRange> range = word_to_tokens(word, sequence);
    if (!range) return std::nullopt;
    return TextRange{column(offsets, range->begin).begin, column(offsets, range->end - 1).end};
  }

 private:
  /// What a column says about a token; nothing if the column was not asked for.
  template <class Value>
  static Value column(const std::vector<Value>& values, Index token) {
    return values.empty() ? Value() : values[static_cast<std::size_t>(token)];
  }
};

/// Columns of an Encoding that can be left out to save time: they stay empty. The token strings
/// take more of it than everything else together.
struct EncodingColumns {
  bool has_tokens = true;
  bool has_offsets = true;
  /// word_ids and sequence_ids.
  bool has_words = true;
};

namespace detail {

/// Calls function(a.column, b.column) for each column.
template <class EncodingA, class EncodingB, class Function>
void for_each_column(EncodingA& a, EncodingB& b, Function&& function) {
  function(a.token_ids, b.token_ids);
  function(a.token_type_ids, b.token_type_ids);
  function(a.attention_mask, b.attention_mask);
  function(a.special_tokens_mask, b.special_tokens_mask);
  function(a.tokens, b.tokens);
  function(a.offsets, b.offsets);
  function(a.word_ids, b.word_ids);
  function(a.sequence_ids, b.sequence_ids);
}

/// Appends the tokens of `source` to `target`. A column that one of them leaves out is left alone:
/// it then has fewer entries than there are tokens, and drop_columns ends it.
inline void append_tokens(Encoding& target, const Encoding& source) {
  const std::size_t target_size = target.token_ids.size();
  const std::size_t source_size = source.token_ids.size();
  for_each_column(target, source, [=](auto& to, const auto& from) {
    if (to.size() == target_size && from.size() == source_size)
      to.insert(to.end(), from.begin(), from.end());
  });
}

/// Tokens [begin, end) without what overflows.
inline Encoding slice_tokens(const Encoding& source, Index begin, Index end) {
  Encoding result;
  const std::size_t size = source.token_ids.size();
  for_each_column(result, source, [=](auto& to, const auto& from) {
    if (from.size() == size) to.assign(from.begin() + begin, from.begin() + end);
  });
  return result;
}

/// Removes all tokens and keeps the memory.
inline void clear_columns(Encoding& encoding) {
  for_each_column(encoding, encoding, [](auto& column, auto&) { column.clear(); });
  encoding.overflowing.clear();
}

/// Empties the columns that are not wanted, of what overflows, too.
inline void drop_columns(Encoding& encoding, const EncodingColumns& columns) {
  if (!columns.has_tokens) encoding.tokens.clear();
  if (!columns.has_offsets) encoding.offsets.clear();
  if (!columns.has_words) encoding.word_ids.clear();
  if (!columns.has_words) encoding.sequence_ids.clear();
  for (Encoding& rest : encoding.overflowing) drop_columns(rest, columns);
}

/// A token that stands in no text.
inline Encoding make_template_token(std::int32_t id, const std::string& token,
                                    std::int32_t type_id) {
  Encoding result;
  result.token_ids = {id};
  result.token_type_ids = {type_id};
  result.attention_mask = {1};
  result.special_tokens_mask = {1};
  result.tokens = {token};
  result.offsets.resize(1);
  result.word_ids.resize(1);
  result.sequence_ids.resize(1);
  return result;
}

/// Appends `tail` to `head`, and each way to combine what overflows of both to head.overflowing.
inline void append_encoding(Encoding& head, const Encoding& tail) {
  std::vector<Encoding> overflowing;
  const auto combine = [&](const Encoding& a, const Encoding& b) {
    overflowing.push_back(slice_tokens(a, 0, a.size()));
    append_tokens(overflowing.back(), b);
  };
  for (const Encoding& head_rest : head.overflowing) {
    combine(head_rest, tail);
    for (const Encoding& tail_rest : tail.overflowing) combine(head_rest, tail_rest);
  }
  for (const Encoding& tail_rest : tail.overflowing) combine(head, tail_rest);
  append_tokens(head, tail);
  head.overflowing = std::move(overflowing);
}

}  // namespace detail

}  // namespace eigenhead
