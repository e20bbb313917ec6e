#pragma once

#include "eigenhead/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eigenhead {

/// The token ids of many texts, one after another in one list, without padding.
struct TokenIdBatch {
  std::vector<std::int32_t> token_ids;
  /// Text i has the ids from starts[i] up to starts[i + 1]; one entry more than texts.
  std::vector<Index> starts = {0};

  /// The number of texts.
  Index size() const { return static_cast<Index>(starts.size()) - 1; }

  /// The ids of text `i`.
  std::vector<std::int32_t> row(Index i) const {
    const auto place = starts.begin() + i;
    return {token_ids.begin() + place[0], token_ids.begin() + place[1]};
  }
};

namespace detail {

inline void append_batch(TokenIdBatch& batch, const TokenIdBatch& tail) {
  const Index offset = batch.starts.back();
  batch.token_ids.insert(batch.token_ids.end(), tail.token_ids.begin(), tail.token_ids.end());
  for (std::size_t i = 1; i < tail.starts.size(); ++i)
    batch.starts.push_back(offset + tail.starts[i]);
}

}  // namespace detail

}  // namespace eigenhead
