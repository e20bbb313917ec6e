#pragma once

#include "eigenhead/attention/attention_kernels.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/query_block.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

// Blocks of keys and values in the layout of the matrix kernels.

namespace eigenhead::detail {

/// Keys that are packed at once: K and V of a head of 64 floats take 96 KiB each and stay in L2; as
/// pairs of bfloat16 half of that.
inline constexpr Index kKeyBlock = 384;
/// Between rows of scores; a multiple of 4 KiB would make all rows compete for the same cache
/// lines.
inline constexpr Index kScoreStride = kKeyBlock + 16;

template <class Scalar, int Rank>
void resize(Tensor<Scalar, Rank>& tensor, const Shape<Rank>& shape) {
  if (tensor.shape() != shape) tensor = Tensor<Scalar, Rank>::uninitialized(shape);
}

/// Calls function(block) for the blocks that hold the keys of `all`. Blocks begin at fixed places,
/// so that a row's bits do not depend on its neighbours, and hold either past or new keys.
template <class Scalar, class Function>
void for_each_key_block(const AttentionProblem<Scalar>& problem, const KeyRange& all,
                        const Function& function) {
  const Index past = problem.past_key.extent(2);
  for (const KeyRange& part : {KeyRange{0, past}, KeyRange{past, problem.score_shape()[3]}}) {
    const KeyRange some = common_keys(all, part);
    if (some.size() == 0) continue;
    const Index skipped = (some.begin - part.begin) / kKeyBlock * kKeyBlock;
    for (Index begin = part.begin + skipped; begin < some.end; begin += kKeyBlock)
      function(KeyRange{begin, std::min(begin + kKeyBlock, some.end)});
  }
}

/// As TileProduct, for `rows` rows and the panels of a grid that hold the first `columns` columns,
/// perhaps some columns more. `product` is that of the first panel; panels are depth numbers apart
/// for each of their columns.
template <class Scalar>
void multiply_panels(const PanelGrid<Scalar>& grid, const TileProduct<Scalar>& product, Index depth,
                     Index rows, Index columns) {
  const MatmulKernels<Scalar>& kernels = grid.kernels();
  if (kernels.begin_work != nullptr) kernels.begin_work();
  for (Index p = 0; p < grid.num_panels() && grid.begin(p) < columns; ++p) {
    TileProduct<Scalar> part = product;
    part.panel += grid.begin(p) * depth;
    part.sums += grid.begin(p);
    multiply_panel(kernels, part, rows, grid.width(p));
  }
  if (kernels.end_work != nullptr) kernels.end_work();
}

/// A block of keys, transposed in panels: products with a query then need no sum across a register.
template <class Scalar>
class PackedKeys {
 public:
  void pack(const AttentionKernels<Scalar>& kernels, const AttentionProblem<Scalar>& problem,
            const QueryBlock& block, const KeyRange& keys) {
    const Index count = keys.size();
    const Index head_dim = problem.query.extent(3);
    depth_ = kernels.depth(head_dim);
    grid_ = PanelGrid<Scalar>(kernels.products, count);
    resize(panels_, Shape<1>{kKeyBlock * depth_});
    StridedRows<Scalar> source = problem.keys_from(block.batch, block.first_head, keys.begin);
    if (kernels.bfloat16 != nullptr) {
      resize(pairs_, Shape<1>{kKeyBlock * depth_});
      kernels.split({source.data, Shape<2>{count, head_dim},
                     Shape<2>{source.row_stride, source.column_stride}},
                    pairs_.data());
      source = {pairs_.data(), depth_, 1};
    }
    pack_panels(grid_, PanelSource<Scalar>{source.data, source.row_stride, source.column_stride},
                count, depth_, panels_.data());
  }

  /// scores [rows, count] = queries [rows, kernels.depth(D)] * K^T, and perhaps some numbers behind
  /// `count`
  void multiply(const Scalar* queries, Index rows, Index count, Scalar* scores,
                Index scores_stride) const {
    multiply_panels(grid_,
                    TileProduct<Scalar>{queries, depth_, 1, panels_.data(), depth_, scores,
                                        scores_stride, true},
                    depth_, rows, count);
  }

 private:
  PanelGrid<Scalar> grid_;
  Index depth_ = 0;
  Tensor<Scalar, 1> panels_;
  Tensor<Scalar, 1> pairs_;  // before they are transposed
};

/// A block of values in panels of columns. Values that are not finite are replaced by zeros and
/// remembered: a weight of 0 must not make them NaN.
template <class Scalar>
class PackedValues {
 public:
  void pack(const AttentionKernels<Scalar>& kernels, const AttentionProblem<Scalar>& problem,
            const QueryBlock& block, const KeyRange& keys) {
    const Index value_dim = problem.value.extent(3);
    depth_ = kernels.depth(keys.size());
    grid_ = PanelGrid<Scalar>(kernels.products, value_dim);
    resize(panels_, Shape<1>{grid_.padded_columns() * kernels.depth(kKeyBlock)});
    unusual_keys_.clear();
    const StridedRows<Scalar> source =
        problem.values_from(block.batch, block.first_head, keys.begin);
    if (source.column_stride == 1 && fill(kernels, source, keys.size(), value_dim)) return;
    fill(kernels, copy_finite(kernels, problem, block, keys), keys.size(), value_dim);
  }

  /// A copy of the values of the block, rows without gaps, with zeros for what is not finite.
  StridedRows<Scalar> copy_finite(const AttentionKernels<Scalar>& kernels,
                                  const AttentionProblem<Scalar>& problem, const QueryBlock& block,
                                  const KeyRange& keys) {
    const Index value_dim = problem.value.extent(3);
    const StridedRows<Scalar> source =
        problem.values_from(block.batch, block.first_head, keys.begin);
    unusual_keys_.clear();
    resize(rows_, Shape<1>{kKeyBlock * value_dim});
    for (Index key = 0; key < keys.size(); ++key) {
      const Scalar* from = source.data + key * source.row_stride;
      Scalar* to = rows_.data() + key * value_dim;
      for (Index d = 0; d < value_dim; ++d) to[d] = from[d * source.column_stride];
      if (kernels.scores.is_finite(to, value_dim)) continue;
      unusual_keys_.push_back(key);
      std::fill_n(to, value_dim, Scalar(0));
    }
    return {rows_.data(), value_dim, 1};
  }

  /// output [rows, padded columns] += weights [rows, count] * V
  void multiply(const AttentionKernels<Scalar>& kernels, const Scalar* weights,
                Index weights_stride, Index rows, Index count, Scalar* output) {
    const Index columns = grid_.padded_columns();
    const auto add = [&](const Scalar* left, Index stride, Index num_rows, Scalar* sums) {
      multiply_panels(grid_,
                      TileProduct<Scalar>{left, stride, 1, panels_.data(), kernels.depth(count),
                                          sums, columns, false},
                      depth_, num_rows, columns);
    };
    if (kernels.bfloat16 == nullptr) return add(weights, weights_stride, rows, output);
    const Index pairs = kernels.depth(count);
    resize(weight_pairs_, Shape<1>{kSplitRows * kernels.depth(kKeyBlock)});
    for (Index row = 0; row < rows; row += kSplitRows) {
      const Index num_rows = std::min(kSplitRows, rows - row);
      kernels.split(
          {weights + row * weights_stride, Shape<2>{num_rows, count}, Shape<2>{weights_stride, 1}},
          weight_pairs_.data());
      add(weight_pairs_.data(), pairs, num_rows, output + row * columns);
    }
  }

  /// Whether one of the weights [count] is not 0 where the value is not finite.
  bool gives_weight_to_unusual(const Scalar* weights, Index count) const {
    for (const Index key : unusual_keys_)
      if (key < count && weights[key] != 0) return true;
    return false;
  }

 private:
  /// Rows of weights whose pairs wait in L1 for the product, 12 KiB; what a product may touch.
  static constexpr Index kSplitRows = 16;
  static_assert(kSplitRows == MatmulKernels<Scalar>::kMaxExtraRows + 1);

  /// Fills the panels from `count` rows without gaps; returns whether all values are finite.
  bool fill(const AttentionKernels<Scalar>& kernels, const StridedRows<Scalar>& source, Index count,
            Index value_dim) {
    bool is_all_finite = true;
    for (Index p = 0; p < grid_.num_panels(); ++p) {
      const Index begin = grid_.begin(p);
      const Index columns = std::min(value_dim - begin, grid_.width(p));
      is_all_finite = kernels.copy_rows()(source.data + begin, source.row_stride, count, columns,
                                          panels_.data() + begin * depth_, grid_.width(p)) &&
                      is_all_finite;
    }
    return is_all_finite;
  }

  PanelGrid<Scalar> grid_;
  Index depth_ = 0;
  Tensor<Scalar, 1> panels_;
  Tensor<Scalar, 1> rows_;          // see copy_finite()
  Tensor<Scalar, 1> weight_pairs_;  // [kSplitRows, pairs of weights]
  std::vector<Index> unusual_keys_;
};

/// The queries of the block, multiplied by the scale: queries [rows, D]; or their pairs, [rows,
/// kernels.depth(D)].
template <class Scalar>
void copy_scaled_queries(const AttentionProblem<Scalar>& problem,
                         const AttentionKernels<Scalar>& kernels, const QueryBlock& block,
                         bool has_pairs, Tensor<Scalar, 2>& queries) {
  const Index head_dim = problem.query.extent(3);
  const Index depth = has_pairs ? kernels.depth(head_dim) : head_dim;
  resize(queries, Shape<2>{block.num_rows() + kernels.num_extra_rows(), depth});
  std::vector<Scalar> scaled(static_cast<std::size_t>(has_pairs ? head_dim : 0));
  for (Index row = 0; row < block.num_rows(); ++row) {
    const StridedRow<const Scalar> query =
        row_of(problem.query, block.batch, block.head(row), block.query(row));
    Scalar* to = has_pairs ? scaled.data() : queries.data() + row * depth;
    if (query.stride == 1)
      kernels.scores.scale(query.data, head_dim, problem.scale, to);
    else
      for (Index d = 0; d < head_dim; ++d) to[d] = problem.scale * query.data[d * query.stride];
    if (has_pairs) kernels.split({to, Shape<2>{1, head_dim}}, queries.data() + row * depth);
  }
  std::fill(queries.data() + block.num_rows() * depth, queries.end(), Scalar(0));
}

/// to [count] = factor * from
template <class Scalar>
void write_row(const AttentionKernels<Scalar>& kernels, const Scalar* from, Index count,
               Scalar factor, const StridedRow<Scalar>& to) {
  if (to.stride == 1)
    kernels.scores.scale(from, count, factor, to.data);
  else
    for (Index i = 0; i < count; ++i) to.data[i * to.stride] = factor * from[i];
}

}  // namespace eigenhead::detail
