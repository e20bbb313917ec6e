#pragma once

#include "eigenhead/attention/attention_kernels.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/packed_keys.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/query_block.hpp"
#include "eigenhead/attention/reference.hpp"
#include "eigenhead/attention/score_rows.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

// Attention without a matrix of scores in memory. For a block of queries, block after block of keys
// is packed, and for a tile of queries at a time scores, softmax and product with the values are
// computed while they are in cache. The softmax is corrected as larger scores turn up (online
// softmax: Milakov and Gimelshein 2018; Dao et al. 2022).

namespace eigenhead::detail {

/// Least and most queries that share packed keys and values, where there are as many: packing moves
/// one number where they compute with it so often.
inline constexpr Index kSmallQueryBlock = kMostJoinedRows;
inline constexpr Index kQueryBlock = 1024;
/// Queries whose scores with a block of keys wait in L1 for the softmax: 24 KiB of floats.
inline constexpr Index kQueryTile = 16;

/// At most so many queries read keys and values where they lie (decoding), as floats whatever the
/// precision: packing would take longer.
inline constexpr Index kFewRows = 8;

/// What is known of a row (a query of a head) so far.
template <class Scalar>
struct OnlineRow {
  KeyRange range;   // that causality, window and length leave
  Scalar maximum;   // of its scores, and of the sink
  Scalar sum;       // of exp(score - maximum)
  bool has_seen;    // a score above -infinity
  bool is_unusual;  // it gives weight to a value that is not finite
};

/// What sums of exp(score - old_maximum) are multiplied by when the maximum rises.
template <class Scalar>
Scalar rescaling(Scalar old_maximum, Scalar maximum) {
  return old_maximum == maximum ? Scalar(1) : std::exp(old_maximum - maximum);
}

/// Memory of one thread.
template <class Scalar>
struct FusedScratch {
  PackedKeys<Scalar> keys;
  PackedValues<Scalar> values;
  // Rows as a product touches them: see AttentionKernels::num_extra_rows.
  Tensor<Scalar, 2> queries;        // [rows, D], scaled, or their pairs
  Tensor<Scalar, 2> scores;         // [kQueryTile, row of the key block]
  Tensor<Scalar, 2> output;         // [rows, D_v rounded up]
  Tensor<Scalar, 2> output_before;  // the same, before the last block of keys
  std::vector<OnlineRow<Scalar>> rows;
  std::vector<bool> is_unusual;       // of rows: see OnlineRow
  std::vector<Index> reference_rows;  // rows without a key that the reference computes
};

template <class Problem>
class FusedAttention {
  using Scalar = typename Problem::ScalarType;

 public:
  FusedAttention(const Problem& problem, const AttentionOutputViews<Scalar>& outputs,
                 const AttentionKernels<Scalar>& kernels)
      : problem_(problem), outputs_(outputs), kernels_(kernels), score_rows_(problem, kernels_) {}

  /// Writes output and log_sum_exp of a block.
  void attend(const QueryBlock& block, FusedScratch<Scalar>& scratch) const {
    begin(block, true, scratch);
    attend_keys(block, visible_keys(problem_, block), scratch);
    finish(block, scratch);
  }

  /// The three steps of attend(). First: scales the queries and begins every row, with the sink if
  /// it has one.
  void begin(const QueryBlock& block, bool has_sink, FusedScratch<Scalar>& scratch) const {
    const bool has_pairs = kernels_.bfloat16 != nullptr && !is_few(block);
    copy_scaled_queries(problem_, kernels_, block, has_pairs, scratch.queries);
    resize(scratch.scores, Shape<2>{kQueryTile, kScoreStride});
    resize(scratch.output, Shape<2>{block.num_rows() + kernels_.num_extra_rows(),
                                    kernels_.padded_columns(problem_.value.extent(3))});
    std::fill(scratch.output.begin(), scratch.output.end(), Scalar(0));
    scratch.rows.clear();
    scratch.rows.reserve(static_cast<std::size_t>(block.num_rows()));
    for (Index row = 0; row < block.num_rows(); ++row) {
      const KeyRange range = problem_.key_range(block.batch, block.query(row));
      const Scalar sink = has_sink ? problem_.sink(block.head(row)) : kHidden<Scalar>;
      // exp(sink - maximum): 1, or NaN for a sink that is not finite
      const Scalar sum = sink == kHidden<Scalar> ? 0 : std::exp(sink - sink);
      scratch.rows.push_back({range, sink, sum, false, false});
    }
  }

  /// Second: takes the keys of a range, block after block.
  void attend_keys(const QueryBlock& block, const KeyRange& range,
                   FusedScratch<Scalar>& scratch) const {
    for_each_key_block(problem_, range, [&](const KeyRange& keys) {
      if (is_few(block)) return attend_few(block, keys, scratch);
      scratch.keys.pack(kernels_, problem_, block, keys);
      scratch.values.pack(kernels_, problem_, block, keys);
      for (Index row = 0; row < block.num_rows(); row += kQueryTile)
        attend_tile(block, keys, {row, std::min(row + kQueryTile, block.num_rows())}, scratch);
    });
  }

  /// Third: writes the results.
  void finish(const QueryBlock& block, const FusedScratch<Scalar>& scratch) const {
    for (Index r = 0; r < block.num_rows(); ++r) {
      const OnlineRow<Scalar>& row = scratch.rows[static_cast<std::size_t>(r)];
      const Index h = block.head(r);
      const Index t = block.query(r);
      if (row.is_unusual || (!row.has_seen && problem_.has_special_empty_rows())) {
        attend_row(problem_, block.batch, h, t, outputs_);
        continue;
      }
      if (outputs_.log_sum_exp.data())
        outputs_.log_sum_exp(block.batch, h, t) =
            row.sum == 0 ? kHidden<Scalar> : row.maximum + std::log(row.sum);
      if (outputs_.output.data())
        write_row(kernels_, scratch.output.data() + r * scratch.output.extent(1),
                  outputs_.output.extent(3), row.sum == 0 ? Scalar(0) : 1 / row.sum,
                  row_of(outputs_.output, block.batch, h, t));
    }
  }

  /// Whether packing keys and values would cost more than it saves, and they lie without gaps.
  bool is_few(const QueryBlock& block) const {
    const auto has_whole_rows = [](const TensorView<const Scalar, 4>& view) {
      return view.extent(2) == 0 || view.stride(3) == 1;
    };
    return block.num_rows() <= kFewRows && has_whole_rows(problem_.key) &&
           has_whole_rows(problem_.value) && has_whole_rows(problem_.past_key) &&
           has_whole_rows(problem_.past_value);
  }

 private:
  /// Rows of the block, begin <= row < end.
  struct Rows {
    Index begin;
    Index end;
    Index size() const { return end - begin; }
  };

  /// A tile of all rows on keys and values as they lie in memory.
  void attend_few(const QueryBlock& block, const KeyRange& keys,
                  FusedScratch<Scalar>& scratch) const {
    const Index rows = block.num_rows();
    const StridedRows<Scalar> key = problem_.keys_from(block.batch, block.first_head, keys.begin);
    kernels_.few_rows.multiply_rows({scratch.queries.data(), scratch.queries.extent(1), rows,
                                     key.data, key.row_stride, keys.size(), problem_.key.extent(3),
                                     scratch.scores.data(), kScoreStride});
    for (Index row = 0; row < rows; ++row) update_row(block, keys, row, scratch);
    if (!outputs_.output.data()) return;
    resize(scratch.output_before, scratch.output.shape());
    std::copy(scratch.output.begin(), scratch.output.end(), scratch.output_before.begin());
    add_few(rows, keys, problem_.values_from(block.batch, block.first_head, keys.begin), scratch);
    if (kernels_.scores.is_finite(scratch.output.data(), scratch.output.size())) return;
    // Rather than looking at all values before: once more, without those that are not finite.
    std::swap(scratch.output, scratch.output_before);
    add_few(rows, keys, scratch.values.copy_finite(kernels_, problem_, block, keys), scratch);
    mark_unusual({0, rows}, keys.size(), scratch);
  }

  /// output += weights * values
  void add_few(Index rows, const KeyRange& keys, const StridedRows<Scalar>& values,
               FusedScratch<Scalar>& scratch) const {
    kernels_.few_rows.add_weighted_rows({scratch.scores.data(), kScoreStride, rows, values.data,
                                         values.row_stride, keys.size(), problem_.value.extent(3),
                                         scratch.output.data(), scratch.output.extent(1)});
  }

  void attend_tile(const QueryBlock& block, const KeyRange& keys, const Rows& tile,
                   FusedScratch<Scalar>& scratch) const {
    KeyRange seen{0, 0};
    for (Index row = tile.begin; row < tile.end; ++row)
      seen = union_of(seen, scratch.rows[static_cast<std::size_t>(row)].range);
    const KeyRange part = {keys.begin, common_keys(seen, keys).end};
    if (part.size() == 0 || seen.begin >= keys.end) return;
    scratch.keys.multiply(scratch.queries.data() + tile.begin * scratch.queries.extent(1),
                          tile.size(), part.size(), scratch.scores.data(), kScoreStride);
    for (Index row = tile.begin; row < tile.end; ++row) update_row(block, part, row, scratch);
    if (!outputs_.output.data()) return;
    mark_unusual(tile, part.size(), scratch);
    scratch.values.multiply(kernels_, scratch.scores.data(), kScoreStride, tile.size(), part.size(),
                            scratch.output.data() + tile.begin * scratch.output.extent(1));
  }

  /// Scores of a row with some keys become weights, not yet divided by their sum.
  void update_row(const QueryBlock& block, const KeyRange& keys, Index index,
                  FusedScratch<Scalar>& scratch) const {
    OnlineRow<Scalar>& row = scratch.rows[static_cast<std::size_t>(index)];
    const KeyRange own = common_keys(row.range, keys);
    const Index count = own.size();
    Scalar* all = scratch.scores.data() + index % kQueryTile * kScoreStride;
    Scalar* x = all + (own.begin - keys.begin);
    if (count != keys.size()) {
      std::fill(all, x, Scalar(0));
      std::fill(x + count, all + keys.size(), Scalar(0));
    }
    score_rows_.soft_cap(count, x);
    score_rows_.bias_and_mask(block.batch, block.head(index), block.query(index), own, x);
    const Scalar largest = kernels_.vectors.maximum(x, count);
    row.has_seen = row.has_seen || largest > kHidden<Scalar>;
    const Scalar maximum = std::max(row.maximum, largest);
    const Scalar sum =
        kernels_.vectors.exp_minus(x, count, maximum == kHidden<Scalar> ? 0 : maximum, x);
    const Scalar factor = row.sum == 0 ? Scalar(1) : rescaling(row.maximum, maximum);
    row.maximum = maximum;
    row.sum = row.sum * factor + sum;
    if (factor == 1) return;
    Scalar* output = scratch.output.data() + index * scratch.output.extent(1);
    kernels_.scores.scale(output, scratch.output.extent(1), factor, output);
  }

  /// Remembers the rows whose weights of `count` keys reach a value that is not finite.
  void mark_unusual(const Rows& rows, Index count, FusedScratch<Scalar>& scratch) const {
    for (Index row = rows.begin; row < rows.end; ++row)
      if (scratch.values.gives_weight_to_unusual(
              scratch.scores.data() + row % kQueryTile * kScoreStride, count))
        scratch.rows[static_cast<std::size_t>(row)].is_unusual = true;
  }

  const Problem& problem_;
  const AttentionOutputViews<Scalar>& outputs_;
  AttentionKernels<Scalar> kernels_;
  ScoreRows<Problem> score_rows_;
};

}  // namespace eigenhead::detail
