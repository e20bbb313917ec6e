#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace eigenhead {

namespace detail {

/// Adds up the upper triangle of samples^T samples, [D, padded D], a block of samples after the
/// other. The diagonal panels are computed whole; what is below them is not touched.
template <class Scalar>
class GramBlock {
 public:
  GramBlock(const MatmulKernels<Scalar>& kernels, Index num_features)
      : kernels_(kernels),
        grid_(kernels, num_features),
        num_features_(num_features),
        panels_(Tensor<Scalar, 1>::uninitialized(Shape<1>{grid_.padded_columns() * kDepthBlock})),
        sums_(Tensor<Scalar, 2>::uninitialized(
            Shape<2>{grid_.padded_columns(), grid_.padded_columns()})) {}

  /// sums = (is_first ? 0 : sums) + block^T block, block [n, D] with n <= kDepthBlock. One chain,
  /// so that a sum of blocks has the same bits where threads share them.
  void add(TensorView<const Scalar, 2> block, bool is_first) {
    const Index depth = block.extent(0);
    pack_panels<Scalar>(grid_, {block.data(), block.stride(1), block.stride(0)}, num_features_,
                        depth, panels_.data());
    for (Index right = 0; right < grid_.num_panels(); ++right) {
      for (Index left = 0; left <= right; ++left) {
        // A panel is also what stands on the left: its columns are rows of the sum.
        Scalar* sums = sums_.data() + grid_.begin(left) * sums_.stride(0) + grid_.begin(right);
        const TileProduct<Scalar> product = {panels_.data() + grid_.begin(left) * depth,
                                             1,
                                             grid_.width(left),
                                             panels_.data() + grid_.begin(right) * depth,
                                             depth,
                                             sums,
                                             sums_.stride(0),
                                             is_first,
                                             kDepthBlock};
        multiply_panel(kernels_, product, grid_.width(left), grid_.width(right));
      }
    }
  }

  /// sums += the sums of other
  void add(const GramBlock& other) {
    for (Index row = 0; row < num_features_; ++row) {
      const Index length = sums_.extent(1) - row;
      sums_.vector(row).tail(length) += other.sums_.vector(row).tail(length);
    }
  }

  /// The sums and their mirror image, [D, D].
  void write(TensorView<Scalar, 2> gram) const {
    for (Index row = 0; row < num_features_; ++row) {
      for (Index column = row; column < num_features_; ++column)
        gram(row, column) = gram(column, row) = sums_(row, column);
    }
  }

 private:
  const MatmulKernels<Scalar>& kernels_;
  PanelGrid<Scalar> grid_;
  Index num_features_;
  Tensor<Scalar, 1> panels_;  // of the block at hand
  Tensor<Scalar, 2> sums_;
};

}  // namespace detail

/// samples^T * samples, the symmetric update of rank n that PCA and least squares begin with.
///
/// @param samples   [n, D], any strides
/// @param gram      [D, D], any strides; exactly symmetric; must not overlap samples
/// @param executor  where the work runs; null: on the calling thread
/// @throws ShapeError if gram is not [D, D]
///
/// Only the upper triangle is computed, and mirrored. Sums run over blocks of 384 samples: a chain
/// of multiply-adds inside a block, the blocks added in order, on any number of threads. A thread
/// takes memory for another [D, D] and for a block of samples.
template <class Scalar>
void gram_matrix(TensorView<const Scalar, 2> samples, OutputView<Scalar, 2> gram,
                 Executor* executor = nullptr) {
  const Index num_samples = samples.extent(0);
  const Index num_features = samples.extent(1);
  check<ShapeError>(gram.shape() == Shape<2>{num_features, num_features},
                    "gram_matrix: gram must be [D, D] for samples [n, D]", "samples",
                    samples.shape(), "gram", gram.shape());
  if (samples.is_empty()) return gram.fill(Scalar(0));
  const detail::MatmulKernels<Scalar>& kernels = detail::matmul_kernels<Scalar>(active_kernels());
  const Index num_blocks = detail::divide_up(num_samples, detail::kDepthBlock);
  const auto block_of_samples = [&](Index block) {
    return samples.slice(0, block * detail::kDepthBlock,
                         std::min(num_samples, (block + 1) * detail::kDepthBlock));
  };
  detail::GramBlock<Scalar> total(kernels, num_features);
  total.add(block_of_samples(0), true);
  if (executor == nullptr || executor->concurrency() == 1) {
    for (Index block = 1; block < num_blocks; ++block) total.add(block_of_samples(block), false);
    return total.write(gram);
  }
  // As many blocks at once as there are threads, added one after the other as above.
  std::vector<detail::GramBlock<Scalar>> parts;
  for (int i = 0; i < executor->concurrency(); ++i) parts.emplace_back(kernels, num_features);
  for (Index first = 1; first < num_blocks; first += executor->concurrency()) {
    const Index count = std::min(num_blocks - first, static_cast<Index>(executor->concurrency()));
    executor->run(count, [&](Index i) {
      parts[static_cast<std::size_t>(i)].add(block_of_samples(first + i), true);
    });
    for (Index i = 0; i < count; ++i) total.add(parts[static_cast<std::size_t>(i)]);
  }
  total.write(gram);
}

}  // namespace eigenhead
