#include "eigenhead/models/masked_language_model_head.hpp"

#include "models/small_encoder.hpp"
#include "support/near.hpp"

#include <gtest/gtest.h>

namespace eigenhead {
namespace {

/// transform = (x, y) -> (x, 2 y + 1), decoder rows (1, 0), (0, 1), (1, 1).
MaskedLanguageModelHead<double> small_head() {
  MaskedLanguageModelHead<double> head;
  head.transform = {Tensor<double, 2>({2, 2}, {1, 0, 0, 2}), Tensor<double, 1>({2}, {0, 1})};
  head.norm = {Tensor<double, 1>({2}, {1, 2}), Tensor<double, 1>({2}, {0, 3})};
  head.decoder = Tensor<double, 2>({3, 2}, {1, 0, 0, 1, 1, 1});
  head.bias = Tensor<double, 1>({3}, {10, 20, 30});
  return head;
}

Encoder<double> small_encoder(Activation activation) {
  EncoderConfig config = small_config();
  config.activation = activation;
  return Encoder<double>(config, small_weights());
}

TEST(MaskedLanguageModelHead, LogitsAreNormalizedTransformedRowsTimesTheDecoderPlusBias) {
  // (5, 3) -> (5, 7) -> (-1, 1) -> gain and bias (-1, 5).
  expect_near(masked_language_model_logits<double>(small_encoder(Activation::identity),
                                                   small_head(), Tensor<double, 2>({1, 2}, {5, 3})),
              Tensor<double, 2>({1, 3}, {9, 25, 34}), 1e-9);
}

TEST(MaskedLanguageModelHead, ActivationIsThatOfTheEncoder) {
  // (5, -3) -> (5, -5) -> relu (5, 0) -> (1, -1) -> gain and bias (1, 1).
  // (-9, -3) -> (-9, -5) -> relu (0, 0) -> (0, 0) -> (0, 3).
  expect_near(masked_language_model_logits<double>(small_encoder(Activation::relu), small_head(),
                                                   Tensor<double, 2>({2, 2}, {5, -3, -9, -3})),
              Tensor<double, 2>({2, 3}, {11, 21, 32, 10, 23, 33}), 1e-9);
}

TEST(MaskedLanguageModelHead, WithoutDecoderTheWordEmbeddingsAreIt) {
  MaskedLanguageModelHead<double> head = small_head();
  head.decoder = {};  // word embeddings (1, 0), (0, 1), (5, 3)
  expect_near(masked_language_model_logits<double>(small_encoder(Activation::identity), head,
                                                   Tensor<double, 2>({1, 2}, {5, 3})),
              Tensor<double, 2>({1, 3}, {9, 25, 40}), 1e-9);
}

}  // namespace
}  // namespace eigenhead
