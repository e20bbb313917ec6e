#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder_output.hpp"
#include "eigenhead/models/token_batch.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace eigenhead {

/// How the rows of a text's tokens become one vector. n = number of rows h_1 ... h_n.
enum class Pooling {
  cls,               ///< h_1, the row of [CLS]
  max,               ///< the maximum of each component
  mean,              ///< sum h_i / n
  mean_sqrt_length,  ///< sum h_i / sqrt(n)
  weighted_mean,     ///< sum w_i h_i / sum w_i, w_i = column of the token in the mask, from 1
  last               ///< h_n
};

namespace detail {

/// The pooled row of one sequence from the rows of its tokens that take part, of which there is at
/// least one: `row(i)` is that of the token in columns[i].
template <class Scalar, class Row>
void pool_sequence(const Row& row, const std::vector<std::int32_t>& columns, std::size_t first,
                   Pooling mode, OutputView<Scalar, 1> output) {
  VectorMap<Scalar> pooled = output.vector();
  switch (mode) {
    case Pooling::cls: pooled = row(first); return;
    case Pooling::last: pooled = row(columns.size() - 1); return;
    case Pooling::max:
      pooled = row(first);
      for (std::size_t i = first; i < columns.size(); ++i) pooled = pooled.cwiseMax(row(i));
      return;
    default: break;
  }
  pooled.setZero();
  Scalar total = 0;
  for (std::size_t i = first; i < columns.size(); ++i) {
    const Scalar weight = mode == Pooling::weighted_mean ? static_cast<Scalar>(columns[i] + 1) : 1;
    pooled += weight * row(i);
    total += weight;
  }
  pooled /= mode == Pooling::mean_sqrt_length ? std::sqrt(total) : total;
}

/// Every mode side by side; `row_of(b)` gives what pool_sequence calls `row` for sequence b.
template <class Scalar, class RowOf>
Tensor<Scalar, 2> pool_batch(const RowOf& row_of, Index hidden_size, const TokenBatch& batch,
                             const std::vector<Pooling>& modes, Index first_column) {
  Tensor<Scalar, 2> pooled(
      Shape<2>{batch.batch_size(), static_cast<Index>(modes.size()) * hidden_size});
  for (Index b = 0; b < batch.batch_size(); ++b) {
    const std::vector<std::int32_t>& columns = batch[b].position_ids;
    const auto first = std::lower_bound(columns.begin(), columns.end(), first_column);
    if (first == columns.end()) continue;
    for (std::size_t i = 0; i < modes.size(); ++i) {
      const Index begin = static_cast<Index>(i) * hidden_size;
      pool_sequence<Scalar>(row_of(b), columns, static_cast<std::size_t>(first - columns.begin()),
                            modes[i], pooled[b].slice(0, begin, begin + hidden_size));
    }
  }
  return pooled;
}

}  // namespace detail

/// One vector for each text from the rows of its tokens; masked positions take no part. Several
/// modes are concatenated in their order.
///
/// @param last_hidden_state  [B, T, C], an encoder's output for the same batch
/// @param first_column       tokens before it take no part either, such as those of a prompt
/// @return                   [B, modes * C]; zero for a text without any token
/// @throws ShapeError when last_hidden_state is not that of the batch
/// Source: sentence-transformers' Pooling. Where first_column or left padding leave out column 0,
/// cls is the first row that takes part, as in its newest version; older ones take column 0.
template <class Scalar>
Tensor<Scalar, 2> pool(TensorView<const Scalar, 3> last_hidden_state, const TokenBatch& batch,
                       const std::vector<Pooling>& modes, Index first_column = 0) {
  detail::check_rows(last_hidden_state, batch, "pool");
  const auto row_of = [&](Index b) {
    return [&, b](std::size_t i) { return last_hidden_state.vector(b, batch[b].position_ids[i]); };
  };
  return detail::pool_batch<Scalar>(row_of, last_hidden_state.extent(2), batch, modes,
                                    first_column);
}

/// The same from an output without padding.
template <class Scalar>
Tensor<Scalar, 2> pool(const RaggedEncoderOutput<Scalar>& output, const TokenBatch& batch,
                       const std::vector<Pooling>& modes, Index first_column = 0) {
  const TensorView<const Scalar, 2> rows = output.last_hidden_state;
  check<ShapeError>(static_cast<Index>(output.offsets.size()) == batch.batch_size() + 1,
                    "pool: output must be that of the batch", "offsets", output.offsets.size(),
                    "batch_size", batch.batch_size());
  const auto row_of = [&](Index b) {
    const Index begin = output.offsets[static_cast<std::size_t>(b)];
    return [&, begin](std::size_t i) { return rows.vector(begin + static_cast<Index>(i)); };
  };
  return detail::pool_batch<Scalar>(row_of, rows.extent(1), batch, modes, first_column);
}

/// The same with one mode: [B, C].
template <class Scalar>
Tensor<Scalar, 2> pool(TensorView<const Scalar, 3> last_hidden_state, const TokenBatch& batch,
                       Pooling mode = Pooling::mean) {
  return pool(last_hidden_state, batch, std::vector<Pooling>{mode});
}

/// Rows of length 1: v / max(||v||, 1e-12), so that dot products are cosines. A zero row stays
/// zero.
///
/// @param rows    [rows, C]
/// @param output  the shape of rows; may be the same memory
/// @throws ShapeError when the shapes differ
/// Source: torch.nn.functional.normalize.
template <class Scalar>
void l2_normalize(TensorView<const Scalar, 2> rows, OutputView<Scalar, 2> output) {
  check<ShapeError>(rows.shape() == output.shape(),
                    "l2_normalize: output must have the shape of rows", "rows", rows.shape(),
                    "output", output.shape());
  for (Index i = 0; i < rows.extent(0); ++i)
    output.vector(i) = rows.vector(i) / std::max(rows.vector(i).norm(), static_cast<Scalar>(1e-12));
}

/// The same as a new tensor.
template <class Scalar>
Tensor<Scalar, 2> l2_normalize(TensorView<const Scalar, 2> rows) {
  auto output = Tensor<Scalar, 2>::uninitialized(rows.shape());
  l2_normalize<Scalar>(rows, output);
  return output;
}

}  // namespace eigenhead
