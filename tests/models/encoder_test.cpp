#include "eigenhead/models/encoder.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
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

TEST(Encoder, WeightsOfOtherSizesAreRefused) {
  auto weights = small_weights();
  weights.word_embeddings = Tensor<double, 2>(Shape<2>{4, 2});
  EXPECT_THROW_WITH(Encoder<double>(small_config(), std::move(weights)), ShapeError,
                    "Encoder: word_embeddings must have the sizes of the configuration; got "
                    "word_embeddings [4, 2], configuration [3, 2]");
  weights = small_weights();
  weights.position_embeddings = Tensor<double, 2>(Shape<2>{6, 2});
  EXPECT_THROW(Encoder<double>(small_config(), std::move(weights)), ShapeError);
  weights = small_weights();
  weights.embedding_norm.gain = Tensor<double, 1>(3);
  EXPECT_THROW_WITH(Encoder<double>(small_config(), std::move(weights)), ShapeError,
                    "Encoder: embedding_norm must have the sizes of the configuration; got "
                    "embedding_norm [3], configuration [2]");
  weights = small_weights();
  weights.layers[0].intermediate.bias = Tensor<double, 1>(5);
  EXPECT_THROW_WITH(Encoder<double>(small_config(), std::move(weights)), ShapeError,
                    "Encoder: intermediate bias must have the sizes of the configuration; got "
                    "intermediate bias [5], configuration [4]");
  weights = small_weights();
  weights.layers[0].output.weight = Tensor<double, 2>(Shape<2>{4, 2});
  EXPECT_THROW(Encoder<double>(small_config(), std::move(weights)), ShapeError);
}

TEST(Encoder, NumberOfLayersMustAgree) {
  auto config = small_config();
  config.num_layers = 2;
  EXPECT_THROW_WITH(Encoder<double>(config, small_weights()), ValueError,
                    "Encoder: there must be num_layers layers; got layers 1, num_layers 2");
}

TEST(Encoder, NumberOfHeadsMustAgree) {
  auto config = small_config();
  config.num_heads = 2;
  EXPECT_THROW_WITH(Encoder<double>(config, small_weights()), ValueError,
                    "Encoder: attention must have num_heads heads; got attention 1, num_heads 2");
}

TEST(Encoder, ConfigurationWithoutSizesIsRefused) {
  EXPECT_THROW_WITH(
      Encoder<double>(EncoderConfig(), small_weights()), ValueError,
      "Encoder: every size of the configuration must be >= 1; got vocab_size 0, hidden_size 0, "
      "intermediate_size 0, num_layers 0, num_heads 0, max_position_embeddings 0");
}

}  // namespace
}  // namespace eigenhead
