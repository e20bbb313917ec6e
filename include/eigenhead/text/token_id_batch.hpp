#pragma once

#include "eigenhead/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
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

/// Joins the parts of a batch in their order while other threads still work on later ones.
class BatchJoiner {
 public:
  /// The joined batch gets room for `num_ids` and `num_rows`; more may come.
  BatchJoiner(std::size_t num_parts, std::size_t num_ids, std::size_t num_rows)
      : parts_(num_parts), is_there_(num_parts, false) {
    joined_.token_ids.reserve(num_ids);
    joined_.starts.reserve(num_rows + 1);
  }

  /// Threads may call this at once, for each part once.
  void add(std::size_t part, TokenIdBatch batch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    parts_[part] = std::move(batch);
    is_there_[part] = true;
    for (; next_ < parts_.size() && is_there_[next_]; ++next_)
      append(std::exchange(parts_[next_], TokenIdBatch()));
  }

  /// The rows of all parts, after all were added.
  TokenIdBatch take() { return std::move(joined_); }

 private:
  void append(const TokenIdBatch& part) {
    const auto offset = static_cast<Index>(joined_.token_ids.size());
    joined_.token_ids.insert(joined_.token_ids.end(), part.token_ids.begin(), part.token_ids.end());
    for (std::size_t i = 1; i < part.starts.size(); ++i)
      joined_.starts.push_back(offset + part.starts[i]);
  }

  std::mutex mutex_;
  std::vector<TokenIdBatch> parts_;
  std::vector<bool> is_there_;
  std::size_t next_ = 0;  // the first part that is not joined yet
  TokenIdBatch joined_;
};

}  // namespace detail

}  // namespace eigenhead
