#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul_precision.hpp"

#include <functional>
#include <vector>

namespace eigenhead {

/// How the weights of an encoder are packed for products, once, when it is made.
struct PackingOptions {
  /// Of the products with weights and, as AttentionOptions::precision, of attention.
  MatmulPrecision precision = MatmulPrecision::highest;
  /// Layers are packed in parallel on it; null: on the calling thread. Not kept.
  Executor* executor = nullptr;
};

/// What an encoder returns beside the last hidden state. Asking for more changes no bit of the
/// rest.
struct EncoderOptions {
  bool with_hidden_states = false;
  bool with_attentions = false;
  /// Many texts are encoded in parallel on it, few by dividing each product; null: on the calling
  /// thread. The bits do not depend on it.
  Executor* executor = nullptr;
  bool with_queries_keys_values = false;
  /// The layers, from 0, whose attentions, queries, keys and values are wanted; empty: all.
  std::vector<int> layers = {};
  /// The heads whose attentions are wanted, in this order; empty: all.
  std::vector<int> heads = {};
  /// Attentions are the mean over all heads: one instead of H. Not together with heads.
  bool has_averaged_attentions = false;
};

namespace detail {

/// Nothing but the last hidden state, on this executor.
inline EncoderOptions options_with(Executor* executor) {
  EncoderOptions options;
  options.executor = executor;
  return options;
}

}  // namespace detail

/// Functions that a call of an encoder calls on its way; they may read and edit. Those that are not
/// set cost nothing. With an executor they run on its threads, those of different sequences at the
/// same time.
template <class Scalar>
struct EncoderHooks {
  /// Called with hidden [n, C], the tokens of one sequence (its row in the batch), as state 0
  /// behind the embeddings and as state i behind layer i, counted from 1. The next layer reads what
  /// it leaves; so do outputs.
  std::function<void(int state, Index sequence, TensorView<Scalar, 2> hidden)> hidden_state = {};
  /// Called with the attention weights [H, n, n] of one sequence in a layer, counted from 0. Then
  /// they are applied to the values as they are left. Weights that are not edited give the output
  /// of a call without this hook up to rounding, at MatmulPrecision::medium that of bfloat16.
  std::function<void(int layer, Index sequence, TensorView<Scalar, 3> weights)> attention = {};
};

}  // namespace eigenhead
