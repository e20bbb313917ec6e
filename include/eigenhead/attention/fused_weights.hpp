#pragma once

#include "eigenhead/attention/attention_kernels.hpp"
#include "eigenhead/attention/fused.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/packed_keys.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/query_block.hpp"
#include "eigenhead/attention/reference.hpp"
#include "eigenhead/attention/score_rows.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace eigenhead::detail {

/// Attention that also returns weights or scores: whole rows of scores, as many at a time as stay
/// in L2, so that every output is written once and nothing is computed twice.
template <class Problem>
class FusedAttentionWithWeights {
  using Scalar = typename Problem::ScalarType;

 public:
  FusedAttentionWithWeights(const Problem& problem, const AttentionOutputViews<Scalar>& outputs,
                            const AttentionKernels<Scalar>& kernels)
      : problem_(problem),
        outputs_(outputs),
        kernels_(kernels),
        score_rows_(problem, kernels_),
        key_length_(problem.score_shape()[3]) {}

  /// Most queries of a block: their scores fill half of an L2 of 1 MiB.
  Index largest_block() const {
    constexpr Index kBytes = 512 * 1024;
    const Index rows = kBytes / (static_cast<Index>(sizeof(Scalar)) * stride());
    return std::clamp(rows / 8 * 8, Index{8}, kSmallQueryBlock);
  }

  /// Writes every output that is wanted, but for averaged_weights, to which it adds.
  void attend(const QueryBlock& block, FusedScratch<Scalar>& scratch) const {
    copy_scaled_queries(problem_, kernels_, block, kernels_.bfloat16 != nullptr, scratch.queries);
    resize(scratch.scores, Shape<2>{block.num_rows() + kernels_.num_extra_rows(), stride()});
    const KeyRange all = key_range(block);
    multiply_keys(block, all, scratch);
    scratch.reference_rows.clear();
    for (Index row = 0; row < block.num_rows(); ++row) softmax_row(block, row, scratch);
    if (outputs_.output.data()) multiply_values(block, all, scratch);
    for (const Index row : scratch.reference_rows)
      attend_row(problem_, block.batch, block.head(row), block.query(row), outputs_);
  }

 private:
  /// Between rows of scores: the keys and what a padded panel may write behind them.
  Index stride() const { return (key_length_ + 63) / 64 * 64 + 16; }

  /// The keys whose scores are wanted. Before the masks, that is all of them.
  KeyRange key_range(const QueryBlock& block) const {
    if (outputs_.scores.data() && problem_.score_stage != ScoreStage::biased)
      return {0, key_length_};
    return visible_keys(problem_, block);
  }

  void multiply_keys(const QueryBlock& block, const KeyRange& all,
                     FusedScratch<Scalar>& scratch) const {
    for_each_key_block(problem_, all, [&](const KeyRange& keys) {
      scratch.keys.pack(kernels_, problem_, block, keys);
      scratch.keys.multiply(scratch.queries.data(), block.num_rows(), keys.size(),
                            scratch.scores.data() + keys.begin, stride());
    });
  }

  /// From products to the scores x that the softmax takes, with the output that lies on the way.
  void finish_scores(Index b, Index h, Index t, Scalar* x) const {
    const auto show = [&](ScoreStage stage) {
      if (outputs_.scores.data() && problem_.score_stage == stage)
        write_row(kernels_, x, key_length_, Scalar(1), row_of(outputs_.scores, b, h, t));
    };
    show(ScoreStage::scaled);
    score_rows_.soft_cap(key_length_, x);
    show(ScoreStage::soft_capped);
    const KeyRange range = common_keys(problem_.key_range(b, t), {0, key_length_});
    std::fill(x, x + range.begin, kHidden<Scalar>);
    std::fill(x + range.end, x + key_length_, kHidden<Scalar>);
    score_rows_.bias_and_mask(b, h, t, range, x + range.begin);
    show(ScoreStage::biased);
  }

  /// From products to weights of one row, with the outputs that lie on the way.
  void softmax_row(const QueryBlock& block, Index row, FusedScratch<Scalar>& scratch) const {
    const Index b = block.batch;
    const Index h = block.head(row);
    const Index t = block.query(row);
    Scalar* x = scratch.scores.data() + row * stride();
    finish_scores(b, h, t, x);
    const Scalar sink = problem_.sink(h);
    const Scalar largest = kernels_.vectors.maximum(x, key_length_);
    const bool has_seen = largest > kHidden<Scalar>;
    if (!has_seen && problem_.has_special_empty_rows()) {
      scratch.reference_rows.push_back(row);
      std::fill(x, x + key_length_, Scalar(0));
      return;
    }
    const Scalar maximum = std::max(sink, largest);
    const Scalar shift = maximum == kHidden<Scalar> ? 0 : maximum;
    const Scalar sum =
        kernels_.vectors.exp_minus(x, key_length_, shift, x) + std::exp(sink - shift);
    kernels_.scores.scale(x, key_length_, sum == 0 ? Scalar(0) : 1 / sum, x);
    if (outputs_.log_sum_exp.data())
      outputs_.log_sum_exp(b, h, t) = sum == 0 ? kHidden<Scalar> : shift + std::log(sum);
    if (outputs_.weights.data())
      write_row(kernels_, x, key_length_, Scalar(1), row_of(outputs_.weights, b, h, t));
    if (outputs_.averaged_weights.data()) add_to_average(x, b, t);
  }

  void add_to_average(const Scalar* weights, Index b, Index t) const {
    const TensorView<Scalar, 3>& average = outputs_.averaged_weights;
    Scalar* row = average.data() + b * average.stride(0) + t * average.stride(1);
    const Scalar* const both[] = {row, weights};
    if (average.stride(2) == 1) return kernels_.vectors.add_rows(both, 2, key_length_, row);
    for (Index s = 0; s < key_length_; ++s) row[s * average.stride(2)] += weights[s];
  }

  void multiply_values(const QueryBlock& block, const KeyRange& all,
                       FusedScratch<Scalar>& scratch) const {
    const Index value_dim = problem_.value.extent(3);
    resize(scratch.output, Shape<2>{block.num_rows() + kernels_.num_extra_rows(),
                                    kernels_.padded_columns(value_dim)});
    std::fill(scratch.output.begin(), scratch.output.end(), Scalar(0));
    scratch.is_unusual.assign(static_cast<std::size_t>(block.num_rows()), false);
    for_each_key_block(problem_, all, [&](const KeyRange& keys) {
      const Scalar* weights = scratch.scores.data() + keys.begin;
      const Index count = keys.size();
      scratch.values.pack(kernels_, problem_, block, keys);
      scratch.values.multiply(kernels_, weights, stride(), block.num_rows(), count,
                              scratch.output.data());
      for (Index row = 0; row < block.num_rows(); ++row)
        if (scratch.values.gives_weight_to_unusual(weights + row * stride(), count))
          scratch.is_unusual[static_cast<std::size_t>(row)] = true;
    });
    for (Index row = 0; row < block.num_rows(); ++row) {
      const StridedRow<Scalar> output =
          row_of(outputs_.output, block.batch, block.head(row), block.query(row));
      if (scratch.is_unusual[static_cast<std::size_t>(row)])
        weighted_sum<Scalar>(problem_, block.batch, block.head(row),
                             {scratch.scores.data() + row * stride(), Shape<1>{key_length_}},
                             {output.data, Shape<1>{value_dim}, Shape<1>{output.stride}});
      else
        write_row(kernels_, scratch.output.data() + row * scratch.output.extent(1), value_dim,
                  Scalar(1), output);
    }
  }

  const Problem& problem_;
  const AttentionOutputViews<Scalar>& outputs_;
  AttentionKernels<Scalar> kernels_;
  ScoreRows<Problem> score_rows_;
  Index key_length_;
};

}  // namespace eigenhead::detail
