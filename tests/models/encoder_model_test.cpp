#include "eigenhead/models/encoder_model.hpp"

#include "models/small_encoder.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace eigenhead {
namespace {

/// transform = identity, decoder rows (1, 0), (0, 1), (1, 1).
EncoderHeads<double> small_heads() {
  EncoderHeads<double> heads;
  MaskedLanguageModelHead<double> head;
  head.transform = {Tensor<double, 2>({2, 2}, {1, 0, 0, 1}), Tensor<double, 1>(2)};
  head.norm = identity_norm();
  head.decoder = Tensor<double, 2>({3, 2}, {1, 0, 0, 1, 1, 1});
  head.bias = Tensor<double, 1>({3}, {10, 20, 30});
  heads.masked_language_model = std::move(head);
  heads.next_sentence = {Tensor<double, 2>({2, 2}, {1, 2, 3, 4}), Tensor<double, 1>({2}, {5, 6})};
  return heads;
}

EncoderModel<double> small_model(EncoderHeads<double> heads = small_heads()) {
  EncoderWeights<double> weights = small_weights();
  weights.pooler = {Tensor<double, 2>(Shape<2>{2, 2}), Tensor<double, 1>(2)};
  EncoderConfig config = small_config();
  config.activation = Activation::identity;
  return EncoderModel<double>(Encoder<double>(config, std::move(weights)), std::move(heads));
}

/// Two sequences of two columns; the second without any token.
TokenBatch two_sequences() {
  const Tensor<std::int32_t, 2> ids({2, 2}, {0, 1, 0, 0});
  return {ids, Tensor<std::int32_t, 2>({2, 2}, {0, 1, 0, 0})};
}

TEST(MaskedLanguageModelLogits, OfRowsAreThoseOfTheHead) {
  // (5, 3) normalises to (1, -1).
  expect_near(small_model().masked_language_model_logits(Tensor<double, 2>({1, 2}, {5, 3})),
              Tensor<double, 2>({1, 3}, {11, 19, 30}), 1e-9);
}

TEST(MaskedLanguageModelLogits, RowsOfMaskedPositionsAreZero) {
  const Tensor<double, 3> hidden({2, 2, 2}, {7, 7, 5, 3, 7, 7, 7, 7});
  expect_near(small_model().masked_language_model_logits(two_sequences(), hidden),
              Tensor<double, 3>({2, 2, 3}, {0, 0, 0, 11, 19, 30, 0, 0, 0, 0, 0, 0}), 1e-9);
}

TEST(MaskedLanguageModelLogits, OfAnotherBatchAreRefused) {
  EXPECT_THROW_WITH(small_model().masked_language_model_logits(
                        two_sequences(), Tensor<double, 3>(Shape<3>{2, 3, 2})),
                    ShapeError,
                    "masked_language_model_logits: last_hidden_state must have the batch_size and "
                    "padded length of the batch; got last_hidden_state [2, 3, 2], batch [2, 2]");
}

TEST(MaskedLanguageModelLogits, WithoutTheHeadAreRefused) {
  const EncoderModel<double> model = small_model({});
  EXPECT_FALSE(model.has_masked_language_model_head());
  EXPECT_THROW_WITH(model.masked_language_model_logits(Tensor<double, 2>(Shape<2>{1, 2})),
                    ValueError,
                    "masked_language_model_logits: model must have a masked-language-model head; "
                    "got none");
}

TEST(NextSentenceLogits, AreZeroForASequenceWithoutTokens) {
  const Tensor<double, 2> pooled({2, 2}, {1, -1, 0, 0});
  expect_near(small_model().next_sentence_logits(two_sequences(), pooled),
              Tensor<double, 2>({2, 2}, {4, 5, 0, 0}), 1e-15);
}

TEST(NextSentenceLogits, OfAnotherBatchAreRefused) {
  EXPECT_THROW_WITH(
      small_model().next_sentence_logits(two_sequences(), Tensor<double, 2>(Shape<2>{3, 2})),
      ShapeError,
      "next_sentence_logits: pooler_output must be that of the batch; got "
      "pooler_output [3, 2], batch [2, 2]");
}

TEST(NextSentenceLogits, WithoutTheHeadAreRefused) {
  EXPECT_THROW_WITH(
      small_model({}).next_sentence_logits(two_sequences(), Tensor<double, 2>(Shape<2>{2, 2})),
      ValueError, "next_sentence_logits: model must have a next-sentence head; got none");
}

TEST(EncoderModel, HeadsOfOtherSizesAreRefused) {
  EncoderHeads<double> heads = small_heads();
  heads.masked_language_model->decoder = Tensor<double, 2>(Shape<2>{7, 2});
  EXPECT_THROW_WITH(small_model(heads), ShapeError,
                    "EncoderModel: masked_language_model decoder must have the sizes of the "
                    "configuration; got [7, 2], configuration [3, 2]");
  heads = small_heads();
  heads.masked_language_model->norm.gain = Tensor<double, 1>(7);
  EXPECT_THROW_WITH(small_model(heads), ShapeError,
                    "EncoderModel: masked_language_model norm gain must have the sizes of the "
                    "configuration; got [7], configuration [2]");
}

TEST(EncoderModel, EveryPartOfTheHeadsIsChecked) {
  using Heads = EncoderHeads<double>;
  const auto expect_refused = [](const auto& change) {
    Heads heads = small_heads();
    change(heads);
    EXPECT_THROW(small_model(std::move(heads)), ShapeError);
  };
  const Tensor<double, 2> matrix(Shape<2>{7, 2});
  const Tensor<double, 1> vector(7);
  expect_refused([&](Heads& heads) { heads.masked_language_model->transform.weight = matrix; });
  expect_refused([&](Heads& heads) { heads.masked_language_model->transform.bias = vector; });
  expect_refused([&](Heads& heads) { heads.masked_language_model->norm.bias = vector; });
  expect_refused([&](Heads& heads) { heads.masked_language_model->bias = vector; });
  expect_refused([&](Heads& heads) { heads.next_sentence->weight = matrix; });
  expect_refused([&](Heads& heads) { heads.next_sentence->bias = vector; });
}

TEST(EncoderModel, NextSentenceHeadWithoutPoolerIsRefused) {
  EXPECT_THROW_WITH(
      EncoderModel<double>(Encoder<double>(small_config(), small_weights()), small_heads()),
      ValueError, "EncoderModel: encoder must have a pooler below a next-sentence head; got none");
}

}  // namespace
}  // namespace eigenhead
