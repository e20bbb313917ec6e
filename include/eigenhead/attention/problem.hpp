#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace eigenhead::detail {

/// The score of a key that a query may not see.
template <class Scalar>
inline constexpr Scalar kHidden = -std::numeric_limits<Scalar>::infinity();

/// Farther than any key; sums of three of them do not overflow.
inline constexpr Index kUnlimited = std::numeric_limits<Index>::max() / 4;

/// Keys begin <= s < end.
struct KeyRange {
  Index begin;
  Index end;
  Index size() const { return end - begin; }
};

/// The keys of `part` that are in `range`, too; when there are none, an empty range inside `part`.
inline KeyRange common_keys(const KeyRange& range, const KeyRange& part) {
  const Index begin = std::clamp(range.begin, part.begin, part.end);
  return {begin, std::clamp(range.end, begin, part.end)};
}

inline KeyRange union_of(const KeyRange& a, const KeyRange& b) {
  if (a.begin >= a.end) return b;
  if (b.begin >= b.end) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

/// The last axis of a tensor at one place.
template <class Scalar>
struct StridedRow {
  Scalar* data;
  Index stride;
};

/// The last two axes of a tensor from one row on.
template <class Scalar>
struct StridedRows {
  const Scalar* data;
  Index row_stride;
  Index column_stride;
};

/// view[b][h][t], unchecked: inside loops over queries and keys. View is a TensorView of rank 4.
template <class View>
auto row_of(const View& view, Index b, Index h, Index t) {
  return StridedRow<std::remove_pointer_t<decltype(view.data())>>{
      view.data() + b * view.stride(0) + h * view.stride(1) + t * view.stride(2), view.stride(3)};
}

/// The arguments of one call after all checks: masks expanded, defaults filled in. Views that were
/// not given have no data.
template <class Scalar>
struct AttentionProblem {
  using ScalarType = Scalar;
  static constexpr bool kHasModifier = false;

  TensorView<const Scalar, 4> query, key, value, past_key, past_value;
  Scalar scale = 1;
  Scalar soft_cap = 0;  // 0: none
  Index window_left = kUnlimited;
  Index window_right = kUnlimited;  // 0 when causal
  Index query_offset = 0;
  bool is_aligned_to_end = false;  // query_offset is key_length(b) - T instead
  TensorView<const bool, 4> is_visible;
  TensorView<const bool, 2> key_is_valid;
  TensorView<const Index, 1> valid_lengths;
  TensorView<const Scalar, 4> attention_bias;
  TensorView<const Scalar, 1> alibi_slopes, sinks;
  bool is_alibi_symmetric = false;
  EmptyRows empty_rows = EmptyRows::zeros;
  ScoreStage score_stage = ScoreStage::scaled;

  /// [B, H, T, S], S with past keys
  Shape<4> score_shape() const {
    return {query.extent(0), query.extent(1), query.extent(2), past_key.extent(2) + key.extent(2)};
  }

  /// The logit that joins the softmax of head h; -infinity where there is none.
  Scalar sink(Index h) const { return sinks.data() ? sinks(h) : kHidden<Scalar>; }

  /// Whether a query that may see no key has anything but zeros and log_sum_exp -infinity, or could
  /// be taken for one that has.
  bool has_special_empty_rows() const {
    return empty_rows == EmptyRows::uniform || sinks.data() != nullptr;
  }

  Index key_head(Index h) const { return h / (query.extent(1) / key.extent(1)); }

  /// Key [D] and value [D_v] number s of query head h, past ones first.
  TensorView<const Scalar, 1> key_row(Index b, Index h, Index s) const {
    const StridedRows<Scalar> rows = keys_from(b, h, s);
    return {rows.data, Shape<1>{key.extent(3)}, Shape<1>{rows.column_stride}};
  }
  TensorView<const Scalar, 1> value_row(Index b, Index h, Index s) const {
    const StridedRows<Scalar> rows = values_from(b, h, s);
    return {rows.data, Shape<1>{value.extent(3)}, Shape<1>{rows.column_stride}};
  }

  /// The rows from number s on, up to the last past one or the last new one.
  StridedRows<Scalar> keys_from(Index b, Index h, Index s) const {
    return rows_from(past_key, key, b, h, s);
  }
  StridedRows<Scalar> values_from(Index b, Index h, Index s) const {
    return rows_from(past_value, value, b, h, s);
  }

  Index key_length(Index b) const {
    return valid_lengths.data() ? valid_lengths(b) : score_shape()[3];
  }

  /// Where query t stands among the keys; may lie outside of them.
  Index position(Index b, Index t) const {
    return t + (is_aligned_to_end ? key_length(b) - query.extent(2) : query_offset);
  }

  /// Keys outside are hidden from query t by causality, window or valid length.
  KeyRange key_range(Index b, Index t) const {
    const Index end = std::min(position(b, t) + window_right + 1, key_length(b));
    return {std::max(position(b, t) - window_left, Index{0}), std::max(end, Index{0})};
  }

  /// Whether query t may see key s: nothing of key_range, masks and bias hides it.
  bool may_see(Index b, Index h, Index t, Index s) const {
    const KeyRange range = key_range(b, t);
    return range.begin <= s && s < range.end && (!is_visible.data() || is_visible(b, h, t, s)) &&
           (!key_is_valid.data() || key_is_valid(b, s)) &&
           (!attention_bias.data() || attention_bias(b, h, t, s) != kHidden<Scalar>);
  }

  /// The soft-capped score of a key that the query may see, before the bias; see ModifiedProblem.
  Scalar modified(Scalar score, Index, Index, Index, Index) const { return score; }

  /// What is added to the score: bias and ALiBi.
  Scalar bias(Index b, Index h, Index t, Index s) const {
    Scalar sum = attention_bias.data() ? attention_bias(b, h, t, s) : 0;
    if (alibi_slopes.data()) {
      const auto distance = static_cast<Scalar>(s - position(b, t));
      sum += alibi_slopes(h) * (is_alibi_symmetric ? -std::abs(distance) : distance);
    }
    return sum;
  }

 private:
  StridedRows<Scalar> rows_from(const TensorView<const Scalar, 4>& past,
                                const TensorView<const Scalar, 4>& next, Index b, Index h,
                                Index s) const {
    const bool is_past = s < past.extent(2);
    const TensorView<const Scalar, 4>& view = is_past ? past : next;
    const auto row = row_of(view, b, key_head(h), is_past ? s : s - past.extent(2));
    return {row.data, view.stride(2), row.stride};
  }
};

/// A problem whose scores pass through a function of the caller, compiled into the loops.
template <class Scalar, class ScoreModifier>
struct ModifiedProblem : AttentionProblem<Scalar> {
  static constexpr bool kHasModifier = true;

  ModifiedProblem(const AttentionProblem<Scalar>& problem, const ScoreModifier& score_modifier)
      : AttentionProblem<Scalar>(problem), modifier(score_modifier) {}

  Scalar modified(Scalar score, Index b, Index h, Index t, Index s) const {
    return static_cast<Scalar>(modifier(score, b, h, t, s));
  }

  const ScoreModifier& modifier;
};

/// [.., T, D] as [B, H, T, D]: missing leading axes have extent 1.
template <class Scalar, int Rank>
TensorView<const Scalar, 4> as_rank_4(const TensorView<const Scalar, Rank>& view) {
  static_assert(Rank >= 2 && Rank <= 4, "eigenhead: attention takes rank 2, 3 or 4");
  Shape<4> shape{1, 1, 1, 1};
  Shape<4> strides;
  for (int axis = 0; axis < Rank; ++axis) {
    shape[4 - Rank + axis] = view.extent(axis);
    strides[4 - Rank + axis] = view.stride(axis);
  }
  return {view.data(), shape, strides};
}

}  // namespace eigenhead::detail
