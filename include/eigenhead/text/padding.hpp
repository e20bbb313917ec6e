#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/truncation.hpp"

#include <cstdint>
#include <string>

namespace eigenhead {

enum class PaddingStrategy {
  none,
  longest,  ///< to the longest encoding of the batch
  fixed     ///< to Padding::length
};

struct Padding {
  PaddingStrategy strategy = PaddingStrategy::none;
  /// The number of tokens for PaddingStrategy::fixed; longer encodings stay as they are.
  Index length = 0;
  /// Lengths are rounded up to a multiple of this, fixed ones too.
  Index pad_to_multiple_of = 1;
  /// The side where padding goes.
  Side side = Side::right;
};

/// The number of tokens to pad to when the longest encoding has `longest`.
/// Throws ValueError if length < 0 or pad_to_multiple_of < 1.
inline Index padded_length(const Padding& padding, Index longest) {
  check<ValueError>(padding.length >= 0, "padded_length: length must be >= 0", "length",
                    padding.length);
  check<ValueError>(padding.pad_to_multiple_of >= 1,
                    "padded_length: pad_to_multiple_of must be >= 1", "pad_to_multiple_of",
                    padding.pad_to_multiple_of);
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
  const Encoding padding =
      detail::make_template_tokens(length - encoding.size(), pad_id, pad_token, 0, true);
  detail::insert_tokens(encoding, side == Side::left ? 0 : encoding.size(), padding);
}

}  // namespace eigenhead
