#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace eigenhead {

enum class Side { left, right };

enum class TruncationStrategy {
  none,
  longest_first,  ///< cuts the longer text down to the other, then both alike
  only_first,
  only_second
};

struct Truncation {
  TruncationStrategy strategy = TruncationStrategy::none;
  /// The most tokens of an encoding, special ones counted.
  Index max_length = 512;
  /// How many tokens two overflowing windows that follow each other share.
  Index stride = 0;
  /// The side of a text where tokens are cut off.
  Side side = Side::right;
};

namespace detail {

/// What truncate asks of its options, whether or not the text is too long.
inline void check_truncation(const Truncation& truncation, Index num_special_tokens) {
  if (truncation.strategy == TruncationStrategy::none) return;
  if (truncation.stride < 0)
    fail<ValueError>("truncate: stride must be >= 0; got stride ", truncation.stride);
  if (truncation.max_length < num_special_tokens)
    fail<ValueError>("truncate: max_length must leave room for the special tokens; got max_length ",
                     truncation.max_length, ", special tokens ", num_special_tokens);
}

/// Windows [begin, end) of `window` tokens that cover `length` tokens, the last may be shorter.
inline std::vector<std::pair<Index, Index>> truncation_windows(Index length, Index window,
                                                               Index stride, Side side) {
  std::vector<std::pair<Index, Index>> windows;
  for (Index begin = 0;; begin += window - stride) {
    const Index end = std::min(begin + window, length);
    if (side == Side::right)
      windows.emplace_back(begin, end);
    else
      windows.emplace_back(length - end, length - begin);
    if (end == length) return windows;
  }
}

/// Leaves the first window of `length` tokens and moves the others to encoding.overflowing.
inline void truncate_one(Encoding& encoding, Index length, const Truncation& truncation) {
  if (length >= encoding.size()) return;
  Encoding result;
  if (length == 0) {
    result.overflowing.push_back(std::move(encoding));
  } else {
    check<ValueError>(truncation.stride < length,
                      "truncate: stride must be less than the tokens that a text keeps", "stride",
                      truncation.stride, "tokens kept", length);
    const auto windows =
        truncation_windows(encoding.size(), length, truncation.stride, truncation.side);
    result = slice_tokens(encoding, windows[0].first, windows[0].second);
    for (std::size_t i = 1; i < windows.size(); ++i)
      result.overflowing.push_back(slice_tokens(encoding, windows[i].first, windows[i].second));
  }
  encoding = std::move(result);
}

/// How many tokens longest_first leaves of two texts that together have more than `budget`: the
/// shorter stays whole when it fits; an odd token goes to the longer text, of equal ones to the
/// second.
inline std::pair<Index, Index> longest_first_lengths(Index first, Index second, Index budget) {
  const Index shorter = std::min(first, second);
  Index kept_of_shorter = shorter;
  Index kept_of_longer = std::max(shorter, budget - shorter);
  if (kept_of_shorter + kept_of_longer > budget) {
    kept_of_shorter = budget / 2;
    kept_of_longer = budget - kept_of_shorter;
  }
  if (first > second) return {kept_of_longer, kept_of_shorter};
  return {kept_of_shorter, kept_of_longer};
}

inline void truncate_target(Encoding* target, Index excess, const Truncation& truncation) {
  check<ValueError>(target != nullptr,
                    "truncate: strategy only_second must come with a second text; got one text");
  check<ValueError>(target->size() > excess,
                    "truncate: the text to truncate must have more tokens than must go", "tokens",
                    target->size(), "to remove", excess, "raise max_length or use longest_first");
  truncate_one(*target, target->size() - excess, truncation);
}

}  // namespace detail

/// Cuts `first`, and `second` where it is not nullptr, so that both together with
/// `num_special_tokens` more have at most max_length tokens. What is cut off goes to their
/// `overflowing`, in windows as long as what stays, which share `stride` tokens.
///
/// @throws ValueError if max_length < num_special_tokens (where the reference would wrap around and
///         not truncate at all), stride < 0, stride >= the tokens that a truncated text keeps, or
///         only_first and only_second cannot remove enough or have no text to remove from
/// Follows Hugging Face tokenizers 0.22.2 (utils/truncation.rs).
inline void truncate(Encoding& first, Encoding* second, const Truncation& truncation,
                     Index num_special_tokens) {
  if (truncation.strategy == TruncationStrategy::none) return;
  detail::check_truncation(truncation, num_special_tokens);
  const Index budget = truncation.max_length - num_special_tokens;
  const Index second_size = second ? second->size() : 0;
  const Index excess = first.size() + second_size - budget;
  if (excess <= 0) return;
  if (budget > 0 && truncation.strategy != TruncationStrategy::longest_first) {
    const bool is_first = truncation.strategy == TruncationStrategy::only_first;
    return detail::truncate_target(is_first ? &first : second, excess, truncation);
  }
  if (!second) return detail::truncate_one(first, budget, truncation);
  const auto [kept_first, kept_second] =
      detail::longest_first_lengths(first.size(), second_size, budget);
  detail::truncate_one(first, kept_first, truncation);
  detail::truncate_one(*second, kept_second, truncation);
}

}  // namespace eigenhead
