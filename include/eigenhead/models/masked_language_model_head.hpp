#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/layer_norm.hpp"
#include "eigenhead/ops/linear.hpp"

namespace eigenhead {

/// The masked-language-model head: logits = norm(activation(transform(h))) * decoder^T + bias.
template <class Scalar>
struct MaskedLanguageModelHead {
  LinearWeights<Scalar> transform;  ///< [C, C]
  LayerNormWeights<Scalar> norm;
  Tensor<Scalar, 2> decoder;  ///< [V, C]; empty: tied to the word embeddings
  Tensor<Scalar, 1> bias;     ///< [V]
};

/// Logits over the vocabulary: norm(activation(transform(h))) * decoder^T + bias.
///
/// @param hidden  [rows, C], rows of the encoder's last_hidden_state
/// @return        [rows, V]
/// @throws ShapeError when C is not that of the head
/// Source: Devlin et al. 2018; transformers' BertLMPredictionHead.
template <class Scalar>
Tensor<Scalar, 2> masked_language_model_logits(const Encoder<Scalar>& encoder,
                                               const MaskedLanguageModelHead<Scalar>& head,
                                               TensorView<const Scalar, 2> hidden) {
  const EncoderConfig& config = encoder.config();
  Tensor<Scalar, 2> transformed =
      linear(hidden, head.transform.weight, head.transform.bias);  // [rows, C]
  activate<Scalar, 2>(config.activation, transformed, transformed);
  layer_norm<Scalar>(transformed, head.norm.gain, head.norm.bias,
                     static_cast<Scalar>(config.layer_norm_epsilon), transformed);
  const Tensor<Scalar, 2>& decoder =
      head.decoder.is_empty() ? encoder.word_embeddings() : head.decoder;
  return linear(transformed, decoder, head.bias);
}

}  // namespace eigenhead
