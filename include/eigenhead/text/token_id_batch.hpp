#pragma once

#include "eigenhead/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
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

/// The rows of all batches, one after another.
inline TokenIdBatch join_batches(std::vector<TokenIdBatch> batches) {
  if (batches.size() == 1) return std::move(batches.front());
  std::size_t num_ids = 0, num_rows = 0;
  for (const TokenIdBatch& batch : batches) {
    num_ids += batch.token_ids.size();
    num_rows += batch.starts.size() - 1;
  }
  TokenIdBatch joined;
  joined.token_ids.reserve(num_ids);
  joined.starts.reserve(num_rows + 1);
  for (const TokenIdBatch& batch : batches) {
    const auto offset = static_cast<Index>(joined.token_ids.size());
    joined.token_ids.insert(joined.token_ids.end(), batch.token_ids.begin(), batch.token_ids.end());
    for (std::size_t i = 1; i < batch.starts.size(); ++i)
      joined.starts.push_back(offset + batch.starts[i]);
  }
  return joined;
}

}  // namespace detail

}  // namespace eigenhead
