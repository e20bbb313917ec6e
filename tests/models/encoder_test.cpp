#include "eigenhead/models/encoder.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

EncoderConfig small_config() {
  EncoderConfig config;
  config.model_type = "test";
  config.vocab_size = 3;
  config.hidden_size = 2;
  config.intermediate_size = 4;
  config.num_layers = 1;
  config.num_heads = 1;
  config.max_position_embeddings = 5;
  return config;
}

LayerNormWeights<double> norm() { return {Tensor<double, 1>({2}, {1, 1}), Tensor<double, 1>(2)}; }

/// All projections are zero: attention and feed-forward add nothing.
EncoderWeights<double> small_weights() {
  const Shape<2> square{2, 2};
  EncoderWeights<double> weights;
  weights.word_embeddings = Tensor<double, 2>({3, 2}, {1, 0, 0, 1, 5, 3});
  weights.position_embeddings = Tensor<double, 2>(Shape<2>{5, 2});
  weights.embedding_norm = norm();
  MultiHeadAttentionWeights<double> attention;
  attention.query_weight = attention.key_weight = attention.value_weight = attention.output_weight =
      Tensor<double, 2>(square);
  weights.layers.push_back({MultiHeadAttention<double>(1, std::move(attention)),
                            norm(),
                            {Tensor<double, 2>(Shape<2>{4, 2}), Tensor<double, 1>(4)},
                            {Tensor<double, 2>(Shape<2>{2, 4}), Tensor<double, 1>(2)},
                            norm()});
  return weights;
}

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
