#include "eigenhead/models/encoder.hpp"

#include "models/small_encoder.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

TEST(Encoder, LayersThatAddNothingKeepTheNormalizedEmbedding) {
  const Encoder<double> encoder(small_config(), small_weights());
  const Tensor<std::int32_t, 2> ids({1, 3}, {0, 1, 2});
  const Tensor<std::int32_t, 2> mask({1, 3}, {1, 0, 1});
  EncoderOptions options;
  options.with_hidden_states = options.with_attentions = true;
  const EncoderOutput<double> output = encoder(TokenBatch(ids, mask), options);
  // A row (a, b) with a > b normalises to (1, -1); the masked row stays zero.
  expect_near(output.last_hidden_state, Tensor<double, 3>({1, 3, 2}, {1, -1, 0, 0, 1, -1}), 1e-9);
  ASSERT_EQ(output.hidden_states.size(), 2u);
  expect_near(output.hidden_states[0], output.last_hidden_state, 1e-9);
  // Equal scores: each valid query looks at both valid keys alike.
  ASSERT_EQ(output.attentions.size(), 1u);
  expect_near(output.attentions[0],
              Tensor<double, 4>({1, 1, 3, 3}, {0.5, 0, 0.5, 0, 0, 0, 0.5, 0, 0.5}), 1e-15);
}

TEST(Encoder, TokenTypesAreAddedBeforeTheNorm) {
  EncoderConfig config = small_config();
  config.type_vocab_size = 2;
  EncoderWeights<double> weights = small_weights();
  weights.token_type_embeddings = Tensor<double, 2>({2, 2}, {0, 0, 0, 5});
  const Encoder<double> encoder(config, std::move(weights));
  const Tensor<std::int32_t, 2> ids({1, 2}, {0, 0});  // word embedding (1, 0)
  const Tensor<std::int32_t, 2> mask({1, 2}, {1, 1});
  const Tensor<std::int32_t, 2> types({1, 2}, {0, 1});
  expect_near(encoder(TokenBatch(ids, mask, types)).last_hidden_state,
              Tensor<double, 3>({1, 2, 2}, {1, -1, -1, 1}), 1e-9);
  expect_near(encoder(TokenBatch(ids, mask)).last_hidden_state,
              Tensor<double, 3>({1, 2, 2}, {1, -1, 1, -1}), 1e-9);
}

TEST(Encoder, PoolerReadsTheFirstValidTokenAndIsZeroWithoutOne) {
  EncoderWeights<double> weights = small_weights();
  weights.pooler = {Tensor<double, 2>({2, 2}, {1, 2, 3, 4}), Tensor<double, 1>({2}, {0.5, -0.5})};
  const Encoder<double> encoder(small_config(), std::move(weights));
  EXPECT_TRUE(encoder.has_pooler());
  const Tensor<std::int32_t, 2> ids({2, 3}, {1, 0, 1, 0, 0, 0});
  const Tensor<std::int32_t, 2> mask({2, 3}, {0, 1, 1, 0, 0, 0});
  // The first valid row is (1, -1): W h + b = (-0.5, -1.5).
  expect_near(encoder(TokenBatch(ids, mask)).pooler_output,
              Tensor<double, 2>({2, 2}, {std::tanh(-0.5), std::tanh(-1.5), 0, 0}), 1e-9);
}

TEST(Encoder, WithoutPoolerThereIsNoPooledOutput) {
  const Encoder<double> encoder(small_config(), small_weights());
  EXPECT_FALSE(encoder.has_pooler());
  const Tensor<std::int32_t, 2> ids({1, 1}, {0});
  const Tensor<std::int32_t, 2> mask({1, 1}, {1});
  EXPECT_TRUE(encoder(TokenBatch(ids, mask)).pooler_output.is_empty());
}

/// `change` breaks one weight; the message names it with both shapes.
template <class Change>
void expect_refused(const std::string& message, const Change& change) {
  EncoderWeights<double> weights = small_weights();
  change(weights);
  EXPECT_THROW_WITH(Encoder<double>(small_config(), std::move(weights)), ShapeError,
                    "Encoder: " + message);
}

using Weights = EncoderWeights<double>;
const Tensor<double, 2> kWrongMatrix(Shape<2>{7, 2});
const Tensor<double, 1> kWrongVector(7);

TEST(Encoder, EmbeddingsOfOtherSizesAreRefused) {
  const std::string rule = " must have the sizes of the configuration; got ";
  expect_refused("word_embeddings" + rule + "[7, 2], configuration [3, 2]",
                 [](Weights& w) { w.word_embeddings = kWrongMatrix; });
  expect_refused("position_embeddings" + rule + "[7, 2], configuration [5, 2]",
                 [](Weights& w) { w.position_embeddings = kWrongMatrix; });
  expect_refused("embedding_norm gain" + rule + "[7], configuration [2]",
                 [](Weights& w) { w.embedding_norm.gain = kWrongVector; });
  expect_refused("embedding_norm bias" + rule + "[7], configuration [2]",
                 [](Weights& w) { w.embedding_norm.bias = kWrongVector; });
}

TEST(Encoder, TokenTypesAndPoolerOfOtherSizesAreRefused) {
  const std::string rule = " must have the sizes of the configuration; got ";
  expect_refused("token_type_embeddings" + rule + "[7, 2], configuration [0, 0]",
                 [](Weights& w) { w.token_type_embeddings = kWrongMatrix; });
  expect_refused("pooler weight" + rule + "[7, 2], configuration [2, 2]", [](Weights& w) {
    w.pooler = {kWrongMatrix, Tensor<double, 1>(2)};
  });
}

TEST(Encoder, LayerWeightsOfOtherSizesAreRefused) {
  const std::string rule = " must have the sizes of the configuration; got ";
  expect_refused("layer 0 attention_norm gain" + rule + "[7], configuration [2]",
                 [](Weights& w) { w.layers[0].attention_norm.gain = kWrongVector; });
  expect_refused("layer 0 intermediate weight" + rule + "[7, 2], configuration [4, 2]",
                 [](Weights& w) { w.layers[0].intermediate.weight = kWrongMatrix; });
  expect_refused("layer 0 intermediate bias" + rule + "[7], configuration [4]",
                 [](Weights& w) { w.layers[0].intermediate.bias = kWrongVector; });
  expect_refused("layer 0 output weight" + rule + "[7, 2], configuration [2, 4]",
                 [](Weights& w) { w.layers[0].output.weight = kWrongMatrix; });
  expect_refused("layer 0 output bias" + rule + "[7], configuration [2]",
                 [](Weights& w) { w.layers[0].output.bias = kWrongVector; });
  expect_refused("layer 0 output_norm bias" + rule + "[7], configuration [2]",
                 [](Weights& w) { w.layers[0].output_norm.bias = kWrongVector; });
}

TEST(Encoder, AttentionOfOtherSizesIsRefused) {
  const auto attention = [](Index rows, Index columns) {
    MultiHeadAttentionWeights<double> w;
    w.query_weight = w.key_weight = w.value_weight = Tensor<double, 2>(Shape<2>{rows, columns});
    w.output_weight = Tensor<double, 2>(Shape<2>{columns, rows});
    return MultiHeadAttention<double>(1, std::move(w));
  };
  expect_refused(
      "layer 0 query_weight must have the sizes of the configuration; got [4, 2], configuration "
      "[2, 2]",
      [&](Weights& w) { w.layers[0].attention = attention(4, 2); });
}

TEST(Encoder, NumberOfLayersMustAgree) {
  auto config = small_config();
  config.num_layers = 2;
  EXPECT_THROW_WITH(Encoder<double>(config, small_weights()), ValueError,
                    "Encoder: weights must have num_layers layers; got layers 1, num_layers 2");
}

TEST(Encoder, NumberOfHeadsMustAgree) {
  auto config = small_config();
  config.num_heads = 2;
  EXPECT_THROW_WITH(Encoder<double>(config, small_weights()), ValueError,
                    "Encoder: layer 0 must have num_heads heads; got 1, num_heads 2");
}

TEST(Encoder, ConfigurationWithoutSizesIsRefused) {
  EXPECT_THROW_WITH(
      Encoder<double>(EncoderConfig(), small_weights()), ValueError,
      "Encoder: every size of the configuration must be >= 1; got vocab_size 0, hidden_size 0, "
      "intermediate_size 0, num_layers 0, num_heads 0, max_position_embeddings 0");
}

}  // namespace
}  // namespace eigenhead
