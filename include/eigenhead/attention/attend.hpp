#pragma once

#include "eigenhead/attention/attention_kernels.hpp"
#include "eigenhead/attention/fused.hpp"
#include "eigenhead/attention/fused_weights.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/query_block.hpp"
#include "eigenhead/attention/reference.hpp"
#include "eigenhead/attention/split_keys.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/kernel_set.hpp"

#include <algorithm>
#include <type_traits>

namespace eigenhead::detail {

/// Blocks of queries, in parallel if there is an executor. Heads of the blocks count from
/// first_head.
template <class Scalar, class Kernel>
void attend_blocks(const Kernel& kernel, const QueryBlocks& blocks, Index first_head,
                   Executor* executor) {
  parallel_for(executor, blocks.size(), 1, [&](Index begin, Index end) {
    FusedScratch<Scalar> scratch;
    for (Index i = begin; i < end; ++i) {
      QueryBlock block = blocks[i];
      block.first_head += first_head;
      kernel.attend(block, scratch);
    }
  });
}

/// One head after the other, so that no two threads add to the same row of averaged_weights.
template <class Problem, class Scalar>
void attend_and_average(const Problem& problem, const FusedAttentionWithWeights<Problem>& kernel,
                        const TensorView<Scalar, 3>& averaged_weights, Executor* executor) {
  const Shape<4> shape = problem.score_shape();
  const QueryBlocks blocks_of_head({shape[0], 1, shape[2], shape[3]}, 1, kernel.largest_block());
  averaged_weights.fill(0);
  for (Index h = 0; h < shape[1]; ++h) attend_blocks<Scalar>(kernel, blocks_of_head, h, executor);
  divide(averaged_weights, static_cast<Scalar>(shape[1]));
}

/// The most queries of a block: as many as fill half of an L2 of 1 MiB with their output, but fewer
/// where that would leave less than four blocks for a thread.
template <class Problem>
Index largest_block(const Problem& problem, Executor* executor) {
  constexpr Index kNumbers = 512 * 1024 / static_cast<Index>(sizeof(typename Problem::ScalarType));
  const Index row = std::max(problem.query.extent(3) + problem.value.extent(3), Index{1});
  const Index wanted = executor ? 4 * executor->concurrency() : 1;
  Index largest = std::clamp(kNumbers / row / 8 * 8, kSmallQueryBlock, kQueryBlock);
  while (largest > kSmallQueryBlock &&
         QueryBlocks(problem.score_shape(), problem.key.extent(1), largest).size() < wanted)
    largest = std::max(largest / 16 * 8, kSmallQueryBlock);
  return largest;
}

/// Output and log_sum_exp.
template <class Problem, class Scalar>
void attend_fused(const Problem& problem, const AttentionOutputViews<Scalar>& outputs,
                  const AttentionKernels<Scalar>& kernels, Executor* executor) {
  const FusedAttention<Problem> kernel(problem, outputs, kernels);
  const QueryBlocks blocks(problem.score_shape(), problem.key.extent(1),
                           largest_block(problem, executor));
  if (blocks.size() == 0) return;
  if (problem.score_shape()[3] > kKeysOfPart && kernel.is_few(blocks[0]))
    return attend_split(problem, kernel, blocks, executor);
  attend_blocks<Scalar>(kernel, blocks, 0, executor);
}

/// The same, and weights or scores.
template <class Problem, class Scalar>
void attend_fused_with_weights(const Problem& problem, const AttentionOutputViews<Scalar>& outputs,
                               const AttentionKernels<Scalar>& kernels, Executor* executor) {
  const FusedAttentionWithWeights<Problem> kernel(problem, outputs, kernels);
  if (outputs.averaged_weights.data())
    return attend_and_average(problem, kernel, outputs.averaged_weights, executor);
  const QueryBlocks blocks(problem.score_shape(), problem.key.extent(1), kernel.largest_block());
  attend_blocks<Scalar>(kernel, blocks, 0, executor);
}

/// By the kernel that the options ask for, where it exists for Scalar and active_kernels(). Problem
/// is an AttentionProblem or a ModifiedProblem of the same options.
template <class Problem, class Scalar>
void attend(const Problem& problem, const AttentionOutputViews<Scalar>& outputs,
            const AttentionOptions<Scalar>& options) {
  const KernelSet set = active_kernels();
  constexpr bool kHasKernels = std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>;
  if constexpr (kHasKernels)
    if (options.kernel == AttentionKernel::fused && set != KernelSet::reference) {
      const AttentionKernels<Scalar> kernels(set, options.precision);
      const bool has_rows =
          outputs.scores.data() || outputs.weights.data() || outputs.averaged_weights.data();
      return has_rows ? attend_fused_with_weights(problem, outputs, kernels, options.executor)
                      : attend_fused(problem, outputs, kernels, options.executor);
    }
  attend_by_reference(problem, outputs);
}

}  // namespace eigenhead::detail
