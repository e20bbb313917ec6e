#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
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

/// The pooled row of one sequence of at least one token; hidden [T, C].
template <class Scalar>
Tensor<Scalar, 1> pool_sequence(TensorView<const Scalar, 2> hidden,
                                const std::vector<std::int32_t>& columns, Pooling mode) {
  if (mode == Pooling::cls) return Tensor<Scalar, 1>(hidden[columns.front()]);
  if (mode == Pooling::last) return Tensor<Scalar, 1>(hidden[columns.back()]);
  if (mode == Pooling::max) {
    Tensor<Scalar, 1> pooled(hidden[columns.front()]);
    for (const std::int32_t column : columns)
      pooled.vector() = pooled.vector().cwiseMax(hidden.vector(column));
    return pooled;
  }
  Tensor<Scalar, 1> pooled(hidden.extent(1));
  Scalar total = 0;
  for (const std::int32_t column : columns) {
    const Scalar weight = mode == Pooling::weighted_mean ? static_cast<Scalar>(column + 1) : 1;
    pooled.vector() += weight * hidden.vector(column);
    total += weight;
  }
  pooled.vector() /= mode == Pooling::mean_sqrt_length ? std::sqrt(total) : total;
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
/// Source: sentence-transformers' Pooling. With left padding its version 2.2.2 differs: cls is
/// column 0 there.
template <class Scalar>
Tensor<Scalar, 2> pool(TensorView<const Scalar, 3> last_hidden_state, const TokenBatch& batch,
                       const std::vector<Pooling>& modes, Index first_column = 0) {
  detail::check_rows(last_hidden_state, batch, "pool");
  const Index hidden_size = last_hidden_state.extent(2);
  Tensor<Scalar, 2> pooled(
      Shape<2>{batch.batch_size(), static_cast<Index>(modes.size()) * hidden_size});
  for (Index b = 0; b < batch.batch_size(); ++b) {
    std::vector<std::int32_t> columns = batch[b].position_ids;
    columns.erase(columns.begin(), std::lower_bound(columns.begin(), columns.end(), first_column));
    if (columns.empty()) continue;
    for (std::size_t i = 0; i < modes.size(); ++i)
      pooled.vector(b).segment(static_cast<Index>(i) * hidden_size, hidden_size) =
          detail::pool_sequence(last_hidden_state[b], columns, modes[i]).vector();
  }
  return pooled;
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
/// @param rows  [rows, C]
/// @return      [rows, C]
/// Source: torch.nn.functional.normalize.
template <class Scalar>
Tensor<Scalar, 2> l2_normalize(TensorView<const Scalar, 2> rows) {
  Tensor<Scalar, 2> normalized(rows);
  for (Index i = 0; i < rows.extent(0); ++i)
    normalized.vector(i) /= std::max(normalized.vector(i).norm(), static_cast<Scalar>(1e-12));
  return normalized;
}

}  // namespace eigenhead
