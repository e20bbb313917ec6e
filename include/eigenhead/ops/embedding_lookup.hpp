#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/vector_functions.hpp"

#include <cstdint>

namespace eigenhead {

/// The rows of a table that the ids name: output[i] = table[token_ids[i]].
///
/// @param table      [vocab_size, C]
/// @param token_ids  [rows], each 0 <= id < vocab_size
/// @return           [rows, C]
/// @throws ValueError naming the first id that is outside, ShapeError if the last axis of the table
/// is
///         not contiguous
/// Source: torch.nn.functional.embedding.
template <class Scalar>
Tensor<Scalar, 2> embedding_lookup(TensorView<const Scalar, 2> table,
                                   TensorView<const std::int32_t, 1> token_ids) {
  const Index vocab_size = table.extent(0);
  auto output = Tensor<Scalar, 2>::uninitialized(Shape<2>{token_ids.extent(0), table.extent(1)});
  const auto add_rows = vector_kernels<Scalar>().add_rows;
  for (Index row = 0; row < token_ids.extent(0); ++row) {
    const std::int32_t id = token_ids(row);
    if (id < 0 || id >= vocab_size)
      fail<ValueError>("embedding_lookup: token id must be >= 0 and < vocab_size ", vocab_size,
                       "; got ", id, " at ", Shape<1>{row},
                       "; was another vocabulary used to tokenize?");
    const Scalar* const wanted = table.vector(id).data();
    add_rows(&wanted, 1, table.extent(1), output.vector(row).data());
  }
  return output;
}

}  // namespace eigenhead
