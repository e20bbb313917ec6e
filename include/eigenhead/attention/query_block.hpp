#pragma once

#include "eigenhead/attention/problem.hpp"
#include "eigenhead/core/shape.hpp"

#include <algorithm>

namespace eigenhead::detail {

/// Queries that are attended together: neighbouring queries of heads that read the same keys. Row r
/// is query first_query + r % num_queries of head first_head + r / num_queries.
struct QueryBlock {
  Index batch;
  Index first_head;
  Index num_heads;
  Index first_query;
  Index num_queries;

  Index num_rows() const { return num_heads * num_queries; }
  Index head(Index row) const { return first_head + row / num_queries; }
  Index query(Index row) const { return first_query + row % num_queries; }
};

/// From the first to the last key that any query of the block may see.
template <class Problem>
KeyRange visible_keys(const Problem& problem, const QueryBlock& block) {
  KeyRange all{0, 0};
  for (Index t = block.first_query; t < block.first_query + block.num_queries; ++t)
    all = union_of(all, problem.key_range(block.batch, t));
  return all;
}

/// Queries of heads that read the same keys are joined up to so many.
inline constexpr Index kMostJoinedRows = 192;

/// A problem cut into blocks of at most `largest` queries, which may be computed in any order. Few
/// queries (decoding) are joined with those of the heads of their group, so that keys are read
/// once. Blocks begin at multiples of 8 queries, the rows of the largest tile of a product.
class QueryBlocks {
 public:
  /// `largest` is a multiple of 8.
  QueryBlocks(const Shape<4>& scores, Index num_key_heads, Index largest)
      : num_heads_(scores[1]), num_queries_(scores[2]) {
    const Index group = num_heads_ / num_key_heads;
    heads_ = num_queries_ * group <= std::min(largest, kMostJoinedRows) ? group : 1;
    tiles_ = (num_queries_ + kTile - 1) / kTile;
    parts_ = (tiles_ + largest / kTile - 1) / (largest / kTile);
    size_ = scores[0] * (num_heads_ / heads_) * parts_;
  }

  Index size() const { return size_; }

  QueryBlock operator[](Index i) const {
    const Index part = i % parts_;
    const Index heads_per_batch = num_heads_ / heads_;
    const Index head = i / parts_ % heads_per_batch * heads_;
    const Index begin = tiles_ * part / parts_ * kTile;
    const Index end = std::min(tiles_ * (part + 1) / parts_ * kTile, num_queries_);
    return {i / parts_ / heads_per_batch, head, heads_, begin, end - begin};
  }

 private:
  static constexpr Index kTile = 8;

  Index num_heads_, num_queries_;
  Index heads_;  // in a block
  Index tiles_;  // of the queries of a head
  Index parts_;  // blocks for the queries of a head
  Index size_;
};

}  // namespace eigenhead::detail
