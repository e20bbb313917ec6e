#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <cmath>
#include <cstdint>

namespace eigenhead {

/// Which two elements of a head make a pair that is rotated together (R elements are rotated).
enum class RotaryLayout {
  half_split,  ///< i and i + R / 2: GPT-NeoX, ModernBERT, Llama in Hugging Face Transformers
  interleaved  ///< 2 * i and 2 * i + 1: the paper, GPT-J, Llama's original weights
};

/// The rotation of each pair at each position.
template <class Scalar = float>
struct RotaryTable {
  Tensor<Scalar, 2> cosine = {};  ///< [positions, R / 2]
  Tensor<Scalar, 2> sine = {};    ///< [positions, R / 2]
};

/// The table of the paper: pair i is turned by position * theta^(-2 i / rotary_dim) radians.
///
/// @param num_positions  0 or more; positions are 0 .. num_positions - 1
/// @param rotary_dim     R, even; head_dim, or less to leave the last elements as they are
/// @param theta          > 0; 10000 in the paper, larger for long texts (ModernBERT 160000)
/// @throws ValueError unless rotary_dim is even and >= 0 and theta > 0, ShapeError if num_positions
///         is negative
///
/// Angles are computed in double and their functions rounded to Scalar. Tables made in float, as
/// by Hugging Face Transformers, are off by about position * 6e-8.
template <class Scalar = float>
RotaryTable<Scalar> rotary_table(Index num_positions, Index rotary_dim, double theta = 10000) {
  check<ValueError>(rotary_dim >= 0 && rotary_dim % 2 == 0 && theta > 0,
                    "rotary_table: rotary_dim must be even and >= 0, and theta > 0", "rotary_dim",
                    rotary_dim, "theta", theta);
  const Shape<2> shape{num_positions, rotary_dim / 2};
  RotaryTable<Scalar> table;
  table.cosine = Tensor<Scalar, 2>::uninitialized(shape);
  table.sine = Tensor<Scalar, 2>::uninitialized(shape);
  for (Index pair = 0; pair < shape[1]; ++pair) {
    const double frequency =
        std::pow(theta, -2 * static_cast<double>(pair) / static_cast<double>(rotary_dim));
    for (Index position = 0; position < num_positions; ++position) {
      const double angle = static_cast<double>(position) * frequency;
      table.cosine(position, pair) = static_cast<Scalar>(std::cos(angle));
      table.sine(position, pair) = static_cast<Scalar>(std::sin(angle));
    }
  }
  return table;
}

namespace detail {

template <class Scalar, int Rank>
void rotate_pairs(const TensorView<const Scalar, Rank>& input, const RotaryTable<Scalar>& table,
                  const TensorView<const std::int32_t, 1>& position_ids, RotaryLayout layout,
                  const TensorView<Scalar, Rank>& output) {
  if constexpr (Rank > 2) {
    for (Index i = 0; i < input.extent(0); ++i)
      rotate_pairs<Scalar, Rank - 1>(input[i], table, position_ids, layout, output[i]);
  } else {
    const bool is_interleaved = layout == RotaryLayout::interleaved;
    const Index num_pairs = table.cosine.extent(1);
    for (Index token = 0; token < input.extent(0); ++token) {
      const Index position = position_ids.is_empty() ? token : position_ids(token);
      for (Index pair = 0; pair < num_pairs; ++pair) {
        const Index first = is_interleaved ? 2 * pair : pair;
        const Index second = is_interleaved ? first + 1 : first + num_pairs;
        const Scalar x = input(token, first);
        const Scalar y = input(token, second);
        const Scalar cosine = table.cosine(position, pair);
        const Scalar sine = table.sine(position, pair);
        output(token, first) = cosine * x - sine * y;
        output(token, second) = sine * x + cosine * y;
      }
      for (Index i = 2 * num_pairs; i < input.extent(1); ++i) output(token, i) = input(token, i);
    }
  }
}

}  // namespace detail

/// Rotary position embedding: each pair (x, y) of a query or key becomes
/// (cos * x - sin * y, sin * x + cos * y), turned in proportion to the position of its token.
///
/// @param input         [.., T, D], as [heads, T, D] or [batch, heads, T, D]
/// @param table         [positions, R / 2] each, R <= D; elements R .. D - 1 stay as they are
/// @param position_ids  [T], each 0 <= id < positions; an empty view means 0 .. T - 1. Sequences of
///                      a batch that have different positions are rotated one by one
/// @param layout        which elements make a pair; a wrong one is not noticed but gives nonsense
/// @param output        the shape of input; may be the same memory
/// @throws ShapeError if the shapes do not fit each other, ValueError naming the first position id
///         that is outside the table
///
/// Applied to query and key, scores depend on differences of positions only. Source: Su et al.
/// 2021, eq. 34; RotaryEmbedding of ONNX opset 23.
template <class Scalar, int Rank>
void rotary_embedding(TensorView<const Scalar, Rank> input, const RotaryTable<Scalar>& table,
                      TensorView<const std::int32_t, 1> position_ids, RotaryLayout layout,
                      OutputView<Scalar, Rank> output) {
  static_assert(Rank >= 2, "eigenhead: rotary_embedding takes [.., T, D]");
  const Index num_positions = table.cosine.extent(0);
  check<ShapeError>(table.sine.shape() == table.cosine.shape() &&
                        2 * table.cosine.extent(1) <= input.extent(Rank - 1),
                    "rotary_embedding: cosine and sine must be [positions, at most D / 2]",
                    "cosine", table.cosine.shape(), "sine", table.sine.shape(), "input",
                    input.shape());
  check<ShapeError>(output.shape() == input.shape(),
                    "rotary_embedding: output must have the shape of input", "input", input.shape(),
                    "output", output.shape());
  if (position_ids.is_empty())
    check<ShapeError>(input.extent(Rank - 2) <= num_positions,
                      "rotary_embedding: table must have a row for each token", "input",
                      input.shape(), "cosine", table.cosine.shape());
  else
    check<ShapeError>(position_ids.extent(0) == input.extent(Rank - 2),
                      "rotary_embedding: position_ids must be one for each token", "input",
                      input.shape(), "position_ids", position_ids.shape());
  for (Index token = 0; token < position_ids.extent(0); ++token)
    if (position_ids(token) < 0 || position_ids(token) >= num_positions)
      fail<ValueError>("rotary_embedding: position id must be >= 0 and < positions ", num_positions,
                       " of the table; got ", position_ids(token), " at ", Shape<1>{token});
  if (input.is_empty()) return;
  detail::rotate_pairs<Scalar, Rank>(input, table, position_ids, layout, output);
}

}  // namespace eigenhead
