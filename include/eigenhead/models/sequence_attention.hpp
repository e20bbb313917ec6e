#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/packed_encoder.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eigenhead::detail {

/// Attention inside one sequence, from the fused projection where it lies.
template <class Scalar>
class SequenceAttention {
 public:
  /// @param projected  [n, 3C]: queries, keys and values side by side, each head by head
  /// @param columns    of the tokens
  SequenceAttention(const EncoderConfig& config, const PackedEncoder<Scalar>& model,
                    TensorView<const Scalar, 2> projected, const std::vector<std::int32_t>& columns,
                    Executor* executor)
      : config_(config),
        query_(heads(projected, 0)),
        key_(heads(projected, 1)),
        value_(heads(projected, 2)) {
    options_.executor = executor;
    options_.precision = model.precision;
    if (!model.bias_by_distance.is_empty()) set_bias(model.bias_by_distance, columns);
  }

  /// output [n, C] = the heads' outputs side by side
  void attend(const TensorView<Scalar, 2>& output) const {
    AttentionOutputViews<Scalar> views;
    views.output = output_heads(output);
    scaled_dot_product_attention<Scalar>(query_, key_, value_, options_, views);
  }

  /// weights [heads asked for, n, n]; [1, n, n] for their mean
  void show_weights(const EncoderOptions& asked, const TensorView<Scalar, 3>& weights) const {
    AttentionOutputViews<Scalar> views;
    if (asked.has_averaged_attentions) {
      views.averaged_weights = weights;
      return scaled_dot_product_attention<Scalar>(query_, key_, value_, options_, views);
    }
    if (asked.heads.empty()) return all_weights(weights);
    for (std::size_t i = 0; i < asked.heads.size(); ++i) {
      const Index h = asked.heads[i];
      const auto one = [h](const auto& view) { return view.slice(1, h, h + 1); };
      AttentionOptions<Scalar> options = options_;
      if (bias_.data()) options.attention_bias = one(bias_);
      views.weights = as_batch(weights.slice(0, static_cast<Index>(i), static_cast<Index>(i) + 1));
      scaled_dot_product_attention<Scalar>(one(query_), one(key_), one(value_), options, views);
    }
  }

  /// weights [H, n, n]
  void all_weights(const TensorView<Scalar, 3>& weights) const {
    AttentionOutputViews<Scalar> views;
    views.weights = as_batch(weights);
    scaled_dot_product_attention<Scalar>(query_, key_, value_, options_, views);
  }

  /// output [n, C] = weights [H, n, n] times the values
  void apply_weights(TensorView<const Scalar, 3> weights,
                     const TensorView<Scalar, 2>& output) const {
    for (Index h = 0; h < weights.extent(0); ++h)
      multiply<Scalar>(weights[h],
                       PackedMatrix<Scalar>(value_[0][h].transpose(0, 1), options_.precision),
                       output_heads(output)[0][h]);
  }

 private:
  /// [n, 3C] -> [1, H, n, D]
  TensorView<const Scalar, 4> heads(const TensorView<const Scalar, 2>& projected,
                                    Index part) const {
    const Index head_dim = config_.head_dim();
    return {projected.data() + part * config_.hidden_size,
            Shape<4>{1, config_.num_heads, projected.extent(0), head_dim},
            Shape<4>{0, head_dim, projected.stride(0), 1}};
  }

  /// [n, C] -> [1, H, n, D]
  TensorView<Scalar, 4> output_heads(const TensorView<Scalar, 2>& output) const {
    return {output.data(), query_.shape(), Shape<4>{0, query_.extent(3), output.stride(0), 1}};
  }

  static TensorView<Scalar, 4> as_batch(const TensorView<Scalar, 3>& view) {
    const Shape<3>& shape = view.shape();
    const Shape<3>& strides = view.strides();
    return {view.data(), Shape<4>{1, shape[0], shape[1], shape[2]},
            Shape<4>{0, strides[0], strides[1], strides[2]}};
  }

  /// The row of a head holds the bias for distances from 1 - max_length to max_length - 1.
  void set_bias(const Tensor<Scalar, 2>& by_distance, const std::vector<std::int32_t>& columns) {
    const Index length = static_cast<Index>(columns.size());
    const Shape<4> shape{1, config_.num_heads, length, length};
    const Scalar* zero = by_distance.data() + config_.max_length() - 1;
    if (columns.back() - columns.front() + 1 == length) {
      // Without holes the distance is j - i: a step down the queries is a step back in the table.
      bias_ = {zero, shape, Shape<4>{0, by_distance.stride(0), -1, 1}};
    } else {
      bias_with_holes_ = Tensor<Scalar, 4>::uninitialized(shape);
      for (Index h = 0; h < shape[1]; ++h)
        for (Index i = 0; i < length; ++i)
          for (Index j = 0; j < length; ++j)
            bias_with_holes_(0, h, i, j) =
                zero[h * by_distance.stride(0) + columns[static_cast<std::size_t>(j)] -
                     columns[static_cast<std::size_t>(i)]];
      bias_ = bias_with_holes_;
    }
    options_.attention_bias = bias_;
  }

  const EncoderConfig& config_;
  TensorView<const Scalar, 4> query_, key_, value_;
  TensorView<const Scalar, 4> bias_;
  Tensor<Scalar, 4> bias_with_holes_;
  AttentionOptions<Scalar> options_;
};

}  // namespace eigenhead::detail
