#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/gram_matrix.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace eigenhead::detail {

/// buffer = (block - means) * factor and means = the column means of `block` [n, w], n >= 1.
///
/// @param means   [w]
/// @param buffer  at least [n, w]; the result is its upper left corner
///
/// Everything is computed from differences to the first row: the mean of a constant column is
/// exactly its value, and a large common offset costs no digits, also in float.
template <class Scalar>
TensorView<const Scalar, 2> center_block(TensorView<const Scalar, 2> block, Scalar factor,
                                         TensorView<double, 1> means, Tensor<Scalar, 2>& buffer) {
  const Index num_rows = block.extent(0);
  const Index width = block.extent(1);
  const TensorView<Scalar, 2> centered = buffer.slice(0, 0, num_rows).slice(1, 0, width);
  if (block.stride(1) != 1) {
    copy<Scalar, 2>(block, centered);
    block = centered;
  }
  const Tensor<Scalar, 1> first(block[0]);
  Tensor<Scalar, 1> sums(width);
  for (Index row = 0; row < num_rows; ++row) {
    centered.vector(row) = block.vector(row) - first.vector();
    sums.vector() += centered.vector(row);
  }
  sums.vector() /= static_cast<Scalar>(num_rows);
  for (Index row = 0; row < num_rows; ++row) {
    centered.vector(row) -= sums.vector();
    if (factor != 1) centered.vector(row) *= factor;
  }
  for (Index i = 0; i < width; ++i)
    means(i) = static_cast<double>(first(i)) + static_cast<double>(sums(i));
  return centered;
}

/// (x - means) * factor for x [n, p], n >= 1, and its sum of squares, in two passes over x.
///
/// Differences to the first row, as in center_block.
template <class Scalar>
struct CenteredCopy {
  Tensor<double, 1> means;
  Tensor<Scalar, 2> rows;
  double sum_of_squares = 0;

  CenteredCopy(TensorView<const Scalar, 2> x, Scalar factor, Executor* executor)
      : means(x.extent(1)), rows(Tensor<Scalar, 2>::uninitialized(x.shape())) {
    if (x.stride(1) != 1) {
      copy<Scalar, 2>(x, rows);
      x = rows;
    }
    const Tensor<Scalar, 1> first(x[0]);
    const Tensor<Scalar, 1> shift = mean_difference(x, first, executor);
    for (Index i = 0; i < means.size(); ++i)
      means(i) = static_cast<double>(first(i)) + static_cast<double>(shift(i));
    Tensor<double, 1> squares(x.extent(0));
    parallel_for(executor, x.extent(0), 1, [&](Index begin, Index end) {
      for (Index row = begin; row < end; ++row) {
        VectorMap<Scalar> centered = rows.vector(row);
        centered = ((x.vector(row) - first.vector()) - shift.vector()) * factor;
        // Few enough at a time to be added in Scalar.
        for (Index i = 0; i < centered.size(); i += kDepthBlock)
          squares(row) += static_cast<double>(
              centered.segment(i, std::min(kDepthBlock, centered.size() - i)).squaredNorm());
      }
    });
    sum_of_squares = squares.vector().sum();
  }

 private:
  /// The column means of x - first. In shares of rows: no bit depends on the number of threads.
  static Tensor<Scalar, 1> mean_difference(TensorView<const Scalar, 2> x,
                                           const Tensor<Scalar, 1>& first, Executor* executor) {
    const Index num_shares = std::min(Index{16}, x.extent(0));
    Tensor<Scalar, 2> sums({num_shares, x.extent(1)});
    parallel_for(executor, num_shares, 1, [&](Index begin, Index end) {
      for (Index share = begin; share < end; ++share) {
        const Index last = part_begin(x.extent(0), num_shares, share + 1);
        for (Index row = part_begin(x.extent(0), num_shares, share); row < last; ++row)
          sums.vector(share) += x.vector(row) - first.vector();
      }
    });
    for (Index share = 1; share < num_shares; ++share) sums.vector(0) += sums.vector(share);
    return Tensor<Scalar, 1>(sums.vector(0) / static_cast<Scalar>(x.extent(0)));
  }
};

/// The sum over 0 <= i < num_blocks of B_i^T B_i [size, size], B_i = block(i, buffer) of at most
/// kDepthBlock rows; each thread has its own buffer of `buffer_shape`.
///
/// The same bits on any number of threads. Sums in Scalar, which for float are moved into double
/// before they grow long.
template <class Scalar, class Block>
Tensor<double, 2> sum_of_grams(Index size, Index num_blocks, const Shape<2>& buffer_shape,
                               Executor* executor, const Block& block) {
  constexpr Index kBlocksInScalar = 64;
  const MatmulKernels<Scalar>& kernels = matmul_kernels<Scalar>(active_kernels());
  const Index concurrency = executor == nullptr ? 1 : executor->concurrency();
  const Index num_threads = std::max(Index{1}, std::min(num_blocks, concurrency));
  std::vector<Tensor<Scalar, 2>> buffers;
  std::vector<GramBlock<Scalar>> parts;
  for (Index i = 0; i < num_threads; ++i) {
    buffers.push_back(Tensor<Scalar, 2>::uninitialized(buffer_shape));
    if (num_threads > 1) parts.emplace_back(kernels, size);
  }
  GramBlock<Scalar> sum(kernels, size);
  auto gram = Tensor<Scalar, 2>::uninitialized({size, size});
  Tensor<double, 2> total({size, size});
  for (Index begin = 0; begin < num_blocks; begin += kBlocksInScalar) {
    const Index end = std::min(num_blocks, begin + kBlocksInScalar);
    sum.add(block(begin, buffers[0]), true);
    for (Index first = begin + 1; first < end; first += num_threads) {
      const Index count = std::min(num_threads, end - first);
      if (num_threads == 1) {
        sum.add(block(first, buffers[0]), false);
        continue;
      }
      executor->run(count, [&](Index i) {
        const auto thread = static_cast<std::size_t>(i);
        parts[thread].add(block(first + i, buffers[thread]), true);
      });
      for (Index i = 0; i < count; ++i) sum.add(parts[static_cast<std::size_t>(i)]);
    }
    sum.write(gram);
    total.matrix() += gram.matrix().template cast<double>();
  }
  return total;
}

/// The means [p] of x [n, p], n >= 1, and the scatter matrix [p, p], the sum over rows of
/// d d^T with d = (row - means) * factor.
///
/// One pass over x: blocks of rows are centred by their own means, and what lies between the means
/// of the blocks is added at the end. Nothing cancels, and no copy of x is made.
template <class Scalar>
struct BlockMoments {
  Tensor<double, 1> means;
  Tensor<double, 2> scatter;

  BlockMoments(TensorView<const Scalar, 2> x, Scalar factor, Executor* executor)
      : means(x.extent(1)) {
    const Index num_samples = x.extent(0);
    const Index num_blocks = divide_up(num_samples, kDepthBlock);
    const auto begin_of = [&](Index block) { return part_begin(num_samples, num_blocks, block); };
    Tensor<double, 2> block_means({num_blocks, x.extent(1)});
    const TensorView<double, 2> all_means = block_means;
    scatter = sum_of_grams<Scalar>(x.extent(1), num_blocks, {kDepthBlock, x.extent(1)}, executor,
                                   [&](Index block, Tensor<Scalar, 2>& buffer) {
                                     return center_block<Scalar>(
                                         x.slice(0, begin_of(block), begin_of(block + 1)), factor,
                                         all_means[block], buffer);
                                   });
    const auto weight = [&](Index block) {
      return static_cast<double>(begin_of(block + 1) - begin_of(block));
    };
    for (Index block = 1; block < num_blocks; ++block)
      means.vector() += weight(block) * (block_means.vector(block) - block_means.vector(0));
    means.vector() = means.vector() / static_cast<double>(num_samples) + block_means.vector(0);
    for (Index block = 0; block < num_blocks; ++block)
      block_means.vector(block) = (block_means.vector(block) - means.vector()) *
                                  (std::sqrt(weight(block)) * static_cast<double>(factor));
    if (num_blocks == 1) return;
    scatter.matrix() +=
        sum_of_grams<double>(x.extent(1), divide_up(num_blocks, kDepthBlock), {0, 0}, executor,
                             [&](Index block, Tensor<double, 2>&) -> TensorView<const double, 2> {
                               return block_means.slice(
                                   0, block * kDepthBlock,
                                   std::min(num_blocks, (block + 1) * kDepthBlock));
                             })
            .matrix();
  }
};

/// The means [p] of x [n, p], n < p, and the inner products [n, n] of the rows of
/// (x - means) * factor. A pass over x by blocks of columns.
template <class Scalar>
struct RowProducts {
  Tensor<double, 1> means;
  Tensor<double, 2> products;

  RowProducts(TensorView<const Scalar, 2> x, Scalar factor, Executor* executor)
      : means(x.extent(1)) {
    const Index num_blocks = divide_up(x.extent(1), kDepthBlock);
    const TensorView<double, 1> all_means = means;
    products =
        sum_of_grams<Scalar>(x.extent(0), num_blocks, {x.extent(0), kDepthBlock}, executor,
                             [&](Index block, Tensor<Scalar, 2>& buffer) {
                               const Index begin = part_begin(x.extent(1), num_blocks, block);
                               const Index end = part_begin(x.extent(1), num_blocks, block + 1);
                               return center_block<Scalar>(x.slice(1, begin, end), factor,
                                                           all_means.slice(0, begin, end), buffer)
                                   .transpose(0, 1);
                             });
  }
};

}  // namespace eigenhead::detail
