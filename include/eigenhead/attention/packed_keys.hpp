#pragma once

#include "eigenhead/attention/attention_kernels.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/query_block.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"

#include <algorithm>
#include <vector>

// Blocks of keys and values in the layout of the matrix kernels.

namespace eigenhead::detail {

/// Keys that are packed at once: K and V of a head of 64 floats take 96 KiB each and stay in L2.
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

/// A block of keys, transposed in panels: products with a query then need no sum across a register.
template <class Scalar>
class PackedKeys {
 public:
  void pack(const AttentionKernels<Scalar>& kernels, const AttentionProblem<Scalar>& problem,
            const QueryBlock& block, const KeyRange& keys) {
    const Index count = keys.size();
    head_dim_ = problem.query.extent(3);
    grid_ = PanelGrid<Scalar>(kernels.products, count);
    resize(panels_, Shape<1>{kKeyBlock * head_dim_});
    const StridedRows<Scalar> source = problem.keys_from(block.batch, block.first_head, keys.begin);
    pack_panels(grid_, PanelSource<Scalar>{source.data, source.row_stride, source.column_stride},
                count, head_dim_, panels_.data());
  }

  /// scores [rows, count] = queries [rows, D] * K^T, and perhaps some numbers behind `count`
  void multiply(const AttentionKernels<Scalar>& kernels, const Scalar* queries, Index rows,
                Index count, Scalar* scores, Index scores_stride) const {
    for (Index p = 0; p < grid_.num_panels() && grid_.begin(p) < count; ++p)
      multiply_panel(
          kernels.products,
          TileProduct<Scalar>{queries, head_dim_, 1, panels_.data() + grid_.begin(p) * head_dim_,
                              head_dim_, scores + grid_.begin(p), scores_stride, true},
          rows, grid_.width(p));
  }

 private:
  PanelGrid<Scalar> grid_;
  Index head_dim_ = 0;
  Tensor<Scalar, 1> panels_;
};

/// A block of values in panels of columns. Values that are not finite are replaced by zeros and
/// remembered: a weight of 0 must not make them NaN.
template <class Scalar>
class PackedValues {
 public:
  void pack(const AttentionKernels<Scalar>& kernels, const AttentionProblem<Scalar>& problem,
            const QueryBlock& block, const KeyRange& keys) {
    depth_ = keys.size();
    const Index value_dim = problem.value.extent(3);
    grid_ = PanelGrid<Scalar>(kernels.products, value_dim);
    resize(panels_, Shape<1>{grid_.padded_columns() * kKeyBlock});
    unusual_keys_.clear();
    if (!copy(kernels, problem.values_from(block.batch, block.first_head, keys.begin), value_dim))
      set_unusual_keys_to_zero(kernels);
  }

  /// The values of the block where they lie, whose rows must be without gaps, or a copy with zeros
  /// for what is not finite.
  StridedRows<Scalar> look_at(const AttentionKernels<Scalar>& kernels,
                              const AttentionProblem<Scalar>& problem, const QueryBlock& block,
                              const KeyRange& keys) {
    const Index count = keys.size();
    const Index value_dim = problem.value.extent(3);
    const StridedRows<Scalar> source =
        problem.values_from(block.batch, block.first_head, keys.begin);
    unusual_keys_.clear();
    for (Index key = 0; key < count; ++key)
      if (!kernels.scores.is_finite(source.data + key * source.row_stride, value_dim))
        unusual_keys_.push_back(key);
    if (unusual_keys_.empty()) return source;
    resize(panels_, Shape<1>{kKeyBlock * value_dim});
    for (Index key = 0; key < count; ++key)
      std::copy_n(source.data + key * source.row_stride, value_dim,
                  panels_.data() + key * value_dim);
    for (const Index key : unusual_keys_)
      std::fill_n(panels_.data() + key * value_dim, value_dim, Scalar(0));
    return {panels_.data(), value_dim, 1};
  }

  /// output [rows, padded columns] += weights [rows, count] * V
  void multiply(const AttentionKernels<Scalar>& kernels, const Scalar* weights,
                Index weights_stride, Index rows, Index count, Scalar* output) const {
    for (Index p = 0; p < grid_.num_panels(); ++p)
      multiply_panel(
          kernels.products,
          TileProduct<Scalar>{weights, weights_stride, 1, panels_.data() + grid_.begin(p) * depth_,
                              count, output + grid_.begin(p), grid_.padded_columns(), false},
          rows, grid_.width(p));
  }

  /// Whether one of the weights [count] is not 0 where the value is not finite.
  bool gives_weight_to_unusual(const Scalar* weights, Index count) const {
    for (const Index key : unusual_keys_)
      if (key < count && weights[key] != 0) return true;
    return false;
  }

 private:
  /// Fills the panels; returns whether all values are finite.
  bool copy(const AttentionKernels<Scalar>& kernels, const StridedRows<Scalar>& source,
            Index value_dim) {
    if (source.column_stride != 1) {
      pack_panels(grid_, PanelSource<Scalar>{source.data, source.column_stride, source.row_stride},
                  value_dim, depth_, panels_.data());
      return kernels.scores.is_finite(panels_.data(), grid_.padded_columns() * depth_);
    }
    bool is_all_finite = true;
    for (Index p = 0; p < grid_.num_panels(); ++p) {
      const Index begin = grid_.begin(p);
      const Index columns = std::min(value_dim - begin, grid_.width(p));
      is_all_finite = kernels.scores.copy_rows(source.data + begin, source.row_stride, depth_,
                                               columns, row(p, 0), grid_.width(p)) &&
                      is_all_finite;
    }
    return is_all_finite;
  }

  void set_unusual_keys_to_zero(const AttentionKernels<Scalar>& kernels) {
    for (Index key = 0; key < depth_; ++key) {
      bool is_finite = true;
      for (Index p = 0; p < grid_.num_panels(); ++p)
        is_finite = is_finite && kernels.scores.is_finite(row(p, key), grid_.width(p));
      if (is_finite) continue;
      unusual_keys_.push_back(key);
      for (Index p = 0; p < grid_.num_panels(); ++p)
        std::fill(row(p, key), row(p, key) + grid_.width(p), Scalar(0));
    }
  }

  Scalar* row(Index panel, Index key) {
    return panels_.data() + grid_.begin(panel) * depth_ + key * grid_.width(panel);
  }

  PanelGrid<Scalar> grid_;
  Index depth_ = 0;
  Tensor<Scalar, 1> panels_;
  std::vector<Index> unusual_keys_;
};

/// queries [rows, D] of the block, multiplied by the scale.
template <class Scalar>
void copy_scaled_queries(const AttentionProblem<Scalar>& problem,
                         const AttentionKernels<Scalar>& kernels, const QueryBlock& block,
                         Tensor<Scalar, 2>& queries) {
  const Index head_dim = problem.query.extent(3);
  resize(queries, Shape<2>{block.num_rows(), head_dim});
  for (Index row = 0; row < block.num_rows(); ++row) {
    const StridedRow<const Scalar> query =
        row_of(problem.query, block.batch, block.head(row), block.query(row));
    Scalar* to = queries.data() + row * head_dim;
    if (query.stride == 1)
      kernels.scores.scale(query.data, head_dim, problem.scale, to);
    else
      for (Index d = 0; d < head_dim; ++d) to[d] = problem.scale * query.data[d * query.stride];
  }
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
