#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/truncation.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace eigenhead {

enum class PaddingStrategy {
  none,
  longest,  ///< to the longest encoding of the batch
  fixed     ///< to Padding::length
};

struct Padding {
  PaddingStrategy strategy = PaddingStrategy::none;
  /// The number of tokens for PaddingStrategy::fixed, at most 2147483647; longer encodings stay as
  /// they are.
  Index length = 0;
  /// Lengths are rounded up to a multiple of this, at most 2147483647, fixed ones too.
  Index pad_to_multiple_of = 1;
  /// The side where padding goes.
  Side side = Side::right;
};

namespace detail {

/// 2^31 - 1: neither sums nor memory overflow in silence below it.
inline constexpr Index kLargestPadding = 2147483647;

inline void check_padding(const char* name, Index value, Index lowest) {
  if (value < lowest)
    fail<ValueError>("padded_length: ", name, " must be >= ", lowest, "; got ", name, ' ', value);
  if (value > kLargestPadding)
    fail<ValueError>("padded_length: ", name, " must be <= ", kLargestPadding, "; got ", name, ' ',
                     value);
}

}  // namespace detail

/// The number of tokens to pad to when the longest encoding has `longest`.
/// Throws ValueError unless 0 <= length, longest and 1 <= pad_to_multiple_of, all at most 2^31 - 1.
inline Index padded_length(const Padding& padding, Index longest) {
  detail::check_padding("length", padding.length, 0);
  detail::check_padding("pad_to_multiple_of", padding.pad_to_multiple_of, 1);
  detail::check_padding("longest", longest, 0);
  if (padding.strategy == PaddingStrategy::none) return 0;
  const Index length = padding.strategy == PaddingStrategy::fixed ? padding.length : longest;
  const Index factor = padding.pad_to_multiple_of;
  return (length + factor - 1) / factor * factor;
}

/// Puts padding tokens on one side of `encoding`, and of all that overflows from it, until each has
/// `length` tokens; what is longer stays. Padding has type 0, attention 0 and special mask 1.
inline void pad(Encoding& encoding, Index length, Side side, std::int32_t pad_id,
                const std::string& pad_token) {
  for (Encoding& rest : encoding.overflowing) pad(rest, length, side, pad_id, pad_token);
  if (encoding.size() >= length) return;
  const std::size_t size = encoding.token_ids.size();
  const std::size_t count = static_cast<std::size_t>(length) - size;
  const auto fill = [=](auto& column, const auto& value) {
    const bool is_left_out = column.size() != size;
    if (!is_left_out)
      column.insert(side == Side::left ? column.begin() : column.end(), count, value);
  };
  fill(encoding.token_type_ids, 0);
  fill(encoding.attention_mask, 0);
  fill(encoding.special_tokens_mask, 1);
  fill(encoding.tokens, pad_token);
  fill(encoding.offsets, TextRange());
  fill(encoding.word_ids, std::optional<int>());
  fill(encoding.sequence_ids, std::optional<int>());
  fill(encoding.token_ids, pad_id);
}

}  // namespace eigenhead
