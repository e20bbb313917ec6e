#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/task_heads.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/tasks/task_options.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/encoding.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

template <class Scalar>
std::vector<TokenPrediction> likely_tokens(TensorView<const Scalar, 1> logits,
                                           const BertTokenizer& tokenizer, Index top_k) {
  const std::vector<double> probability = probabilities(logits);
  std::vector<TokenPrediction> predictions;
  for (const std::size_t id : largest(probability, static_cast<std::size_t>(top_k))) {
    const auto token_id = static_cast<std::int32_t>(id);
    predictions.push_back(
        {token_id, tokenizer.id_to_token(token_id).value_or(""), probability[id]});
  }
  return predictions;
}

/// The masks of an encoding, without predictions.
inline std::vector<MaskPrediction> find_masks(const Encoding& encoding, std::int32_t mask_id) {
  std::vector<MaskPrediction> masks;
  for (Index i = 0; i < encoding.size(); ++i)
    if (encoding.token_ids[static_cast<std::size_t>(i)] == mask_id)
      masks.push_back({i, encoding.token_to_chars(i).value_or(TextRange()), {}});
  return masks;
}

}  // namespace detail

/// The most probable tokens for each mask of each text; several masks of a text are predicted each
/// by itself, with the others masked.
///
/// @param encodings  of texts by the same tokenizer, padded or not
/// @return           for each text a MaskPrediction for each of its masks, in the text's order
/// @throws ValueError when the model has no masked-language-model head, top_k < 1, the tokenizer
///         has no mask token or a text holds none; else as the encoder for too long texts
/// Logits are computed for the masks only. Source: transformers' FillMaskPipeline.
template <class Scalar>
std::vector<std::vector<MaskPrediction>> fill_mask_batch(const EncoderModel<Scalar>& model,
                                                         const BertTokenizer& tokenizer,
                                                         const std::vector<Encoding>& encodings,
                                                         const FillMaskOptions& options = {}) {
  check<ValueError>(model.has_masked_language_model_head(),
                    "fill_mask: model must have a masked-language-model head; got none");
  check<ValueError>(options.top_k >= 1, "fill_mask: top_k must be >= 1", "top_k", options.top_k);
  const std::string mask_token = quote(tokenizer.options().special_tokens.mask);
  check<ValueError>(tokenizer.special_ids().mask.has_value(),
                    "fill_mask: tokenizer must have the mask token " + mask_token + "; got none");
  std::vector<std::vector<MaskPrediction>> result(encodings.size());
  if (encodings.empty()) return result;
  for (std::size_t b = 0; b < encodings.size(); ++b) {
    result[b] = detail::find_masks(encodings[b], *tokenizer.special_ids().mask);
    if (result[b].empty())
      fail<ValueError>("fill_mask: text must hold the mask token ", mask_token, "; got ",
                       encodings[b].size(), " tokens without it",
                       encodings.size() > 1 ? ", in text " + std::to_string(b) : "");
  }
  const Tensor<Scalar, 3> hidden =
      model(TokenBatch(encodings), detail::options_with(options.executor))
          .last_hidden_state;  // [B, T, C]
  parallel_for(options.executor, hidden.extent(0), 1, [&](Index begin, Index end) {
    for (Index b = begin; b < end; ++b)
      for (MaskPrediction& mask : result[static_cast<std::size_t>(b)]) {
        const TensorView<const Scalar, 2> row =
            hidden[b].slice(0, mask.position, mask.position + 1);
        const Tensor<Scalar, 2> logits = model.masked_language_model_logits(row);  // [1, V]
        mask.predictions = detail::likely_tokens<Scalar>(logits[0], tokenizer, options.top_k);
      }
  });
  return result;
}

/// fill_mask_batch of one text. Example: examples/09_fill_mask.cpp
///
///     fill_mask(model, tokenizer, "The king of [MASK].")[0].predictions[0].token
template <class Scalar>
std::vector<MaskPrediction> fill_mask(const EncoderModel<Scalar>& model,
                                      const BertTokenizer& tokenizer, const TextInput& text,
                                      const FillMaskOptions& options = {}) {
  return std::move(fill_mask_batch(model, tokenizer, {tokenizer.encode(text)}, options).front());
}

}  // namespace eigenhead
