#pragma once

#include "eigenhead/attention/fused.hpp"
#include "eigenhead/attention/packed_keys.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/query_block.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

// Decoding: few queries and many keys. The keys are cut into parts that threads share; what is
// known of a row after each part is merged as merge.hpp merges whole results, but before the
// division.

namespace eigenhead::detail {

/// Keys of a part. Parts are cut by this number alone and never by the number of threads, on which
/// bits must not depend; blocks of keys do not cross them.
inline constexpr Index kKeysOfPart = 2 * kKeyBlock;

/// The keys of a problem in parts that hold either past or new ones.
template <class Scalar>
std::vector<KeyRange> key_parts(const AttentionProblem<Scalar>& problem) {
  std::vector<KeyRange> parts;
  const Index past = problem.past_key.extent(2);
  for (const KeyRange& keys : {KeyRange{0, past}, KeyRange{past, problem.score_shape()[3]}})
    for (Index begin = keys.begin; begin < keys.end; begin += kKeysOfPart)
      parts.push_back({begin, std::min(begin + kKeysOfPart, keys.end)});
  return parts;
}

/// What is known of the rows of a block after some of the keys.
template <class Scalar>
struct PartialRows {
  std::vector<OnlineRow<Scalar>> rows;
  Tensor<Scalar, 2> output;
};

/// Adds what other keys gave the same rows.
template <class Scalar>
void merge(const PartialRows<Scalar>& part, FusedScratch<Scalar>& merged) {
  for (std::size_t i = 0; i < part.rows.size(); ++i) {
    const OnlineRow<Scalar>& from = part.rows[i];
    OnlineRow<Scalar>& row = merged.rows[i];
    const Scalar maximum = std::max(row.maximum, from.maximum);
    const Scalar factor = rescaling(row.maximum, maximum);
    const Scalar from_factor = rescaling(from.maximum, maximum);
    row.maximum = maximum;
    row.sum = row.sum * factor + from.sum * from_factor;
    row.has_seen = row.has_seen || from.has_seen;
    row.is_unusual = row.is_unusual || from.is_unusual;
    const Index width = part.output.extent(1);
    const Scalar* values = part.output.data() + static_cast<Index>(i) * width;
    Scalar* output = merged.output.data() + static_cast<Index>(i) * width;
    for (Index d = 0; d < width; ++d) output[d] = output[d] * factor + values[d] * from_factor;
  }
}

/// Every block on every part of the keys, in parallel if there is an executor; then block by block.
template <class Problem, class Scalar = typename Problem::ScalarType>
void attend_split(const Problem& problem, const FusedAttention<Problem>& kernel,
                  const QueryBlocks& blocks, Executor* executor) {
  const std::vector<KeyRange> parts = key_parts<Scalar>(problem);
  const auto num_parts = static_cast<Index>(parts.size());
  std::vector<PartialRows<Scalar>> partial(static_cast<std::size_t>(blocks.size() * num_parts));
  parallel_for(executor, blocks.size() * num_parts, 1, [&](Index begin, Index end) {
    FusedScratch<Scalar> scratch;
    for (Index i = begin; i < end; ++i) {
      const QueryBlock block = blocks[i / num_parts];
      const Index part = i % num_parts;
      const KeyRange keys =
          common_keys(visible_keys(problem, block), parts[static_cast<std::size_t>(part)]);
      if (part > 0 && keys.size() == 0) continue;  // nothing to merge; the first has the sink
      kernel.begin(block, part == 0, scratch);
      kernel.attend_keys(block, keys, scratch);
      std::swap(partial[static_cast<std::size_t>(i)].rows, scratch.rows);
      std::swap(partial[static_cast<std::size_t>(i)].output, scratch.output);
    }
  });

  FusedScratch<Scalar> merged;
  for (Index i = 0; i < blocks.size(); ++i) {
    PartialRows<Scalar>* of_block = partial.data() + i * num_parts;
    std::swap(merged.rows, of_block[0].rows);
    std::swap(merged.output, of_block[0].output);
    for (Index part = 1; part < num_parts; ++part) merge(of_block[part], merged);
    kernel.finish(blocks[i], merged);
  }
}

}  // namespace eigenhead::detail
