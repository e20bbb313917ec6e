#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/token_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// Memory that grows to the largest matrix asked for and is used again.
template <class Scalar>
class ReusedMatrix {
 public:
  /// [rows, columns]; elements mean nothing.
  TensorView<Scalar, 2> view(Index rows, Index columns) {
    if (memory_.size() < rows * columns)
      memory_ = Tensor<Scalar, 1>::uninitialized(Shape<1>{rows * columns});
    return {memory_.data(), Shape<2>{rows, columns}};
  }

 private:
  Tensor<Scalar, 1> memory_;
};

/// What one thread needs while it encodes a part of a batch.
template <class Scalar>
struct EncoderArena {
  ReusedMatrix<Scalar> embeddings;  // [n, E], where E is not C
  ReusedMatrix<Scalar> hidden;      // [n, C]
  ReusedMatrix<Scalar> wide;        // [n, 3C] and then [n, F]: never both
  ReusedMatrix<Scalar> attended;    // [n, C]
  ReusedMatrix<Scalar> first_rows;  // [sequences, C]
  std::vector<std::int32_t> position_ids;
};

/// Sequences first <= b < last of a batch, encoded together.
struct BatchPart {
  Index first;
  Index last;
  Index num_tokens;
};

/// Consecutive sequences, each part as long as it can be with at most `most_tokens` tokens, but at
/// least one sequence.
inline void cut_batch(const TokenBatch& batch, Index most_tokens, std::vector<BatchPart>& parts) {
  parts.clear();
  for (Index b = 0; b < batch.batch_size(); ++b) {
    const Index length = batch[b].length();
    if (parts.empty() || parts.back().num_tokens + length > most_tokens) parts.push_back({b, b, 0});
    parts.back().last = b + 1;
    parts.back().num_tokens += length;
  }
}

}  // namespace detail

/// The memory that a call of an encoder needs beside its output. A program that keeps it from call
/// to call does not allocate it again once it has seen the largest batch; outputs whose shape
/// changes, and the scratch of attention, still are.
///
/// For one call at a time; any encoder of this Scalar may use it.
template <class Scalar>
class EncoderWorkspace {
 public:
  // For encoders.
  std::vector<detail::BatchPart> parts;

  std::unique_ptr<detail::EncoderArena<Scalar>> take_arena() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty()) return std::make_unique<detail::EncoderArena<Scalar>>();
    std::unique_ptr<detail::EncoderArena<Scalar>> arena = std::move(idle_.back());
    idle_.pop_back();
    return arena;
  }

  void give_back(std::unique_ptr<detail::EncoderArena<Scalar>> arena) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(arena));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<detail::EncoderArena<Scalar>>> idle_;
};

}  // namespace eigenhead
