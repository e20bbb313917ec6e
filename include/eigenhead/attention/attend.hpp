#pragma once

#include "eigenhead/attention/fused.hpp"
#include "eigenhead/attention/fused_weights.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/problem.hpp"
#include "eigenhead/attention/query_block.hpp"
#include "eigenhead/attention/reference.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/kernel_set.hpp"

#include <type_traits>

namespace eigenhead::detail {

/// Blocks of queries, in parallel if there is an executor. Heads of the blocks count from
/// first_head.
template <class Scalar, class Kernel>
void attend_blocks(const Kernel& kernel, const QueryBlocks& blocks, Index first_head,
                   Executor* executor) {
  const auto run = [&](Index begin, Index end) {
    FusedScratch<Scalar> scratch;
    for (Index i = begin; i < end; ++i) {
      QueryBlock block = blocks[i];
      block.first_head += first_head;
      kernel.attend(block, scratch);
    }
  };
  if (executor == nullptr) return run(0, blocks.size());
  parallel_for(*executor, blocks.size(), 1, run);
}

/// One head after the other, so that no two threads add to the same row of averaged_weights.
template <class Scalar>
void attend_and_average(const AttentionProblem<Scalar>& problem,
                        const FusedAttentionWithWeights<Scalar>& kernel,
                        const TensorView<Scalar, 3>& averaged_weights, Executor* executor) {
  const Shape<4> shape = problem.score_shape();
  const QueryBlocks blocks_of_head({shape[0], 1, shape[2], shape[3]}, 1, kernel.largest_block());
  averaged_weights.fill(0);
  for (Index h = 0; h < shape[1]; ++h) attend_blocks<Scalar>(kernel, blocks_of_head, h, executor);
  divide(averaged_weights, static_cast<Scalar>(shape[1]));
}

/// By the kernel asked for, where it exists for Scalar and active_kernels().
template <class Scalar>
void attend(const AttentionProblem<Scalar>& problem, const AttentionOutputViews<Scalar>& outputs,
            AttentionKernel wanted, Executor* executor) {
  const KernelSet set = active_kernels();
  constexpr bool kHasKernels = std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>;
  if constexpr (kHasKernels)
    if (wanted == AttentionKernel::fused && set != KernelSet::reference) {
      const Index num_key_heads = problem.key.extent(1);
      if (!outputs.scores.data() && !outputs.weights.data() && !outputs.averaged_weights.data()) {
        const FusedAttention<Scalar> kernel(problem, outputs, set);
        const QueryBlocks blocks(problem.score_shape(), num_key_heads, kQueryBlock);
        return attend_blocks<Scalar>(kernel, blocks, 0, executor);
      }
      const FusedAttentionWithWeights<Scalar> kernel(problem, outputs, set);
      if (outputs.averaged_weights.data())
        return attend_and_average(problem, kernel, outputs.averaged_weights, executor);
      const QueryBlocks blocks(problem.score_shape(), num_key_heads, kernel.largest_block());
      return attend_blocks<Scalar>(kernel, blocks, 0, executor);
    }
  attend_by_reference(problem, outputs);
}

}  // namespace eigenhead::detail
