#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/masked_language_model_head.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/ops/linear.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// The heads of a checkpoint; those that it lacks are not set.
template <class Scalar>
struct EncoderHeads {
  std::optional<MaskedLanguageModelHead<Scalar>> masked_language_model = {};
  std::optional<LinearWeights<Scalar>> next_sentence = {};  ///< [2, C], on the pooled output
};

/// An encoder and the heads of pre-training that its checkpoint has: what load_encoder returns and
/// Bert, DistilBert and AutoModel build on.
///
/// Objects are const after construction; any number of threads may call them.
template <class Scalar>
class EncoderModel {
 public:
  /// @param unused_tensors  what unused_tensors() returns
  /// @throws ShapeError when a head does not have the sizes of the encoder, ValueError when there
  ///         is a next-sentence head without a pooler
  explicit EncoderModel(Encoder<Scalar> encoder, EncoderHeads<Scalar> heads = {},
                        std::vector<std::string> unused_tensors = {})
      : encoder_(std::move(encoder)),
        heads_(std::move(heads)),
        unused_tensors_(std::move(unused_tensors)) {
    check_heads();
  }

  const EncoderConfig& config() const { return encoder_.config(); }
  const Encoder<Scalar>& encoder() const { return encoder_; }
  bool has_masked_language_model_head() const { return heads_.masked_language_model.has_value(); }
  bool has_next_sentence_head() const { return heads_.next_sentence.has_value(); }

  /// The tensors of the checkpoint that this model has no use for, such as other heads.
  const std::vector<std::string>& unused_tensors() const { return unused_tensors_; }

  /// Encodes a batch (or one Encoding); see Encoder::operator().
  EncoderOutput<Scalar> operator()(const TokenBatch& batch,
                                   const EncoderOptions& options = {}) const {
    return encoder_(batch, options);
  }

  /// Logits over the vocabulary of some positions.
  ///
  /// @param hidden  [rows, C], rows of last_hidden_state
  /// @return        [rows, V]
  /// @throws ValueError when the checkpoint has no such head, ShapeError when C differs
  Tensor<Scalar, 2> masked_language_model_logits(TensorView<const Scalar, 2> hidden) const {
    check<ValueError>(has_masked_language_model_head(),
                      "masked_language_model_logits: model must have a masked-language-model head; "
                      "got none");
    return eigenhead::masked_language_model_logits(encoder_, *heads_.masked_language_model, hidden);
  }

  /// Logits of every position of a batch: [B, T, V]; rows of masked positions are zero.
  ///
  /// @param last_hidden_state  [B, T, C], the encoder's output for the same batch
  /// @throws ShapeError when last_hidden_state is not that of the batch, else as above
  Tensor<Scalar, 3> masked_language_model_logits(
      const TokenBatch& batch, TensorView<const Scalar, 3> last_hidden_state) const {
    detail::check_rows(last_hidden_state, batch, "masked_language_model_logits");
    return detail::map_tokens(
        batch, last_hidden_state, config().vocab_size,
        [this](const Tensor<Scalar, 2>& rows) { return masked_language_model_logits(rows); });
  }

  /// Logits of "the second text follows the first" (index 0) and "it does not" (index 1):
  /// pooler_output * weight^T + bias, Hugging Face's seq_relationship_logits.
  ///
  /// @param pooler_output  [B, C], the encoder's output for the same batch
  /// @return               [B, 2]; zero for a sequence without any token
  /// @throws ValueError when the checkpoint has no such head, ShapeError when pooler_output is not
  ///         that of the batch
  Tensor<Scalar, 2> next_sentence_logits(const TokenBatch& batch,
                                         TensorView<const Scalar, 2> pooler_output) const {
    check<ValueError>(has_next_sentence_head(),
                      "next_sentence_logits: model must have a next-sentence head; got none");
    const Shape<2> pooled{batch.batch_size(), config().hidden_size};
    check<ShapeError>(pooler_output.shape() == pooled,
                      "next_sentence_logits: pooler_output must be that of the batch",
                      "pooler_output", pooler_output.shape(), "batch", pooled);
    Tensor<Scalar, 2> logits(Shape<2>{batch.batch_size(), 2});
    for (Index b = 0; b < batch.batch_size(); ++b)
      if (batch[b].length() > 0)
        linear<Scalar>(pooler_output.slice(0, b, b + 1), heads_.next_sentence->weight,
                       heads_.next_sentence->bias, logits.slice(0, b, b + 1));
    return logits;
  }

 private:
  void check_heads() const {
    const Index hidden_size = config().hidden_size;
    if (const auto& head = heads_.masked_language_model) {
      const std::string name = "EncoderModel: masked_language_model ";
      const Shape<1> row{hidden_size};
      detail::check_weight(head->transform, Shape<2>{hidden_size, hidden_size}, name + "transform");
      detail::check_weight(head->norm, row, name + "norm");
      detail::check_weight(head->bias, Shape<1>{config().vocab_size}, name + "bias");
      if (!head->decoder.is_empty())
        detail::check_weight(head->decoder, Shape<2>{config().vocab_size, hidden_size},
                             name + "decoder");
    }
    if (const auto& head = heads_.next_sentence) {
      check<ValueError>(encoder_.has_pooler(),
                        "EncoderModel: encoder must have a pooler below a next-sentence head; got "
                        "none");
      detail::check_weight(*head, Shape<2>{2, hidden_size}, "EncoderModel: next_sentence");
    }
  }

  Encoder<Scalar> encoder_;
  EncoderHeads<Scalar> heads_;
  std::vector<std::string> unused_tensors_;
};

}  // namespace eigenhead
