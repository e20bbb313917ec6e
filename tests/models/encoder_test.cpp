#include "eigenhead/models/encoder.hpp"

#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/layer_norm.hpp"
#include "eigenhead/ops/linear.hpp"

#include "models/small_encoder.hpp"
#include "support/counted_memory.hpp"
#include "support/kernel_sets.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

std::size_t count_allocations() { return counted_memory().num_allocations; }

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

TEST(Encoder, ProjectionsOfOtherSizesAreRefused) {
  const std::string rule = " must have the sizes of the configuration; got ";
  expect_refused("layer 0 query weight" + rule + "[7, 2], configuration [2, 2]",
                 [](Weights& w) { w.layers[0].query.weight = kWrongMatrix; });
  expect_refused("layer 0 key bias" + rule + "[7], configuration [2]",
                 [](Weights& w) { w.layers[0].key.bias = kWrongVector; });
  expect_refused("layer 0 value weight" + rule + "[7, 2], configuration [2, 2]",
                 [](Weights& w) { w.layers[0].value.weight = kWrongMatrix; });
  expect_refused("layer 0 attention_output bias" + rule + "[7], configuration [2]",
                 [](Weights& w) { w.layers[0].attention_output.bias = kWrongVector; });
}

TEST(Encoder, NumberOfLayersMustAgree) {
  auto config = small_config();
  config.num_layers = 2;
  EXPECT_THROW_WITH(Encoder<double>(config, small_weights()), ValueError,
                    "Encoder: weights must have num_layers layers; got layers 1, num_layers 2");
}

TEST(Encoder, ConfigurationWithoutSizesIsRefused) {
  EXPECT_THROW_WITH(
      Encoder<double>(EncoderConfig(), small_weights()), ValueError,
      "Encoder: every size of the configuration must be >= 1; got vocab_size 0, hidden_size 0, "
      "intermediate_size 0, num_layers 0, num_heads 0, max_position_embeddings 0");
}

/// Sizes that fill no register: head_dim 7, hidden size 21, feed-forward 50.
EncoderConfig odd_config(Activation activation = Activation::gelu_erf) {
  EncoderConfig config;
  config.model_type = "test";
  config.vocab_size = 97;
  config.hidden_size = 21;
  config.intermediate_size = 50;
  config.num_layers = 3;
  config.num_heads = 3;
  config.max_position_embeddings = 600;
  config.type_vocab_size = 2;
  config.activation = activation;
  return config;
}

const Encoder<float>& odd_encoder() {
  static const Encoder<float> encoder(odd_config(), RandomEncoderWeights<float>(odd_config())());
  return encoder;
}

const Encoder<float>& medium_encoder() {
  static const Encoder<float> encoder = [] {
    PackingOptions packing;
    packing.precision = MatmulPrecision::medium;
    return Encoder<float>(odd_config(), RandomEncoderWeights<float>(odd_config())(), packing);
  }();
  return encoder;
}

/// `length` tokens that depend on `seed`, the first `left` masked, and every `hole`-th one behind.
Encoding odd_text(int length, int seed, int left = 0, int hole = 1000) {
  Encoding encoding;
  for (int t = 0; t < length; ++t) {
    encoding.token_ids.push_back((t * 31 + seed * 17) % 97);
    encoding.token_type_ids.push_back((t + seed) % 2);
    encoding.attention_mask.push_back(t >= left && (t + 1) % hole != 0 ? 1 : 0);
  }
  return encoding;
}

/// Of all kinds: long and short, without tokens, masked throughout, left padding, holes.
std::vector<Encoding> odd_texts(int longest = 560) {
  std::vector<Encoding> texts{odd_text(0, 1),        odd_text(5, 2, 5),    odd_text(9, 3, 4),
                              odd_text(12, 4, 0, 3), odd_text(longest, 5), odd_text(30, 6, 2, 7)};
  for (int i = 0; i < 60; ++i) texts.push_back(odd_text(1 + i * 13 % 41, i));
  return texts;
}

EncoderOptions everything() {
  EncoderOptions options;
  options.with_hidden_states = options.with_attentions = options.with_queries_keys_values = true;
  return options;
}

template <class Scalar>
void expect_same(const RaggedEncoderOutput<Scalar>& actual,
                 const RaggedEncoderOutput<Scalar>& expected) {
  expect_equal(actual.last_hidden_state, expected.last_hidden_state);
  expect_equal(actual.pooler_output, expected.pooler_output);
  ASSERT_EQ(actual.attentions.size(), expected.attentions.size());
  for (std::size_t i = 0; i < expected.attentions.size(); ++i) {
    expect_equal(actual.hidden_states[i], expected.hidden_states[i]);
    expect_equal(actual.queries[i], expected.queries[i]);
    ASSERT_EQ(actual.attentions[i].size(), expected.attentions[i].size());
    for (std::size_t b = 0; b < expected.attentions[i].size(); ++b)
      expect_equal(actual.attentions[i][b], expected.attentions[i][b]);
  }
}

TEST(EncoderBits, DoNotDependOnTheBatchItsOrderOrPadding) {
  const std::vector<Encoding> texts = odd_texts();
  const RaggedEncoderOutput<float> together = odd_encoder().encode_ragged(texts, everything());
  std::vector<Encoding> reversed(texts.rbegin(), texts.rend());
  const EncoderOutput<float> backwards = odd_encoder()(reversed);
  for (std::size_t b = 0; b < texts.size(); ++b) {
    const RaggedEncoderOutput<float> alone = odd_encoder().encode_ragged(texts[b], everything());
    const Index begin = together.offsets[b];
    const Index end = together.offsets[b + 1];
    expect_equal(Tensor<float, 2>(together.last_hidden_state.slice(0, begin, end)),
                 alone.last_hidden_state);
    expect_equal(Tensor<float, 1>(together.pooler_output[static_cast<Index>(b)]),
                 Tensor<float, 1>(alone.pooler_output[0]));
    expect_equal(together.attentions[2][b], alone.attentions[2][0]);
    const TokenBatch batch(texts[b]);
    const Index row = static_cast<Index>(texts.size() - 1 - b);
    for (Index i = 0; i < end - begin; ++i)
      EXPECT_EQ(backwards.last_hidden_state.vector(
                    row, batch[0].position_ids[static_cast<std::size_t>(i)]),
                alone.last_hidden_state.vector(i));
  }
}

TEST(EncoderBits, DoNotDependOnTheNumberOfThreads) {
  for (const std::vector<Encoding>& texts :
       {odd_texts(), std::vector<Encoding>{odd_text(500, 1)}}) {
    const RaggedEncoderOutput<float> serial = odd_encoder().encode_ragged(texts, everything());
    for (const int threads : {1, 2, 5}) {
      ThreadPool pool(threads);
      EncoderOptions options = everything();
      options.executor = &pool;
      expect_same(odd_encoder().encode_ragged(texts, options), serial);
    }
  }
}

TEST(EncoderBits, DoNotDependOnTheThreadsThatPackedTheWeights) {
  ThreadPool pool(3);
  PackingOptions packing;
  packing.executor = &pool;
  const Encoder<float> encoder(odd_config(), RandomEncoderWeights<float>(odd_config())(), packing);
  expect_equal(encoder(odd_texts()).last_hidden_state,
               odd_encoder()(odd_texts()).last_hidden_state);
}

TEST(EncoderPrecision, HighestByPiecesIsHighestBitForBitWhereItTakesNoPieces) {
  for_each_kernel_set([](KernelSet set) {
    PackingOptions packing;
    const Encoder<float> highest(odd_config(), RandomEncoderWeights<float>(odd_config())(),
                                 packing);
    packing.precision = MatmulPrecision::highest_by_pieces;
    const Encoder<float> encoder(odd_config(), RandomEncoderWeights<float>(odd_config())(),
                                 packing);
    EXPECT_NE(to_string(encoder.describe()).find("precision highest_by_pieces"), std::string::npos);
    const Tensor<float, 3> expected = highest(odd_text(40, 1)).last_hidden_state;
    if (set == KernelSet::amx)
      expect_near(encoder(odd_text(40, 1)).last_hidden_state, expected, 1e-5);
    else
      expect_equal(encoder(odd_text(40, 1)).last_hidden_state, expected);
  });
}

TEST(EncoderBits, AtMediumPrecisionDependNeitherOnTheBatchNorOnThreads) {
  ThreadPool pool(3);
  EncoderOptions options;
  options.executor = &pool;
  const std::vector<Encoding> texts = odd_texts(100);
  const RaggedEncoderOutput<float> together = medium_encoder().encode_ragged(texts, options);
  for (std::size_t b = 0; b < texts.size(); b += 3) {
    const RaggedEncoderOutput<float> alone = medium_encoder().encode_ragged(texts[b], everything());
    expect_equal(Tensor<float, 2>(together.last_hidden_state.slice(0, together.offsets[b],
                                                                   together.offsets[b + 1])),
                 alone.last_hidden_state);
  }
}

TEST(Encoder, AttentionHasThePrecisionOfTheWeights) {
  const EncoderOutput<float> output = medium_encoder()(odd_text(40, 1), everything());
  AttentionOptions<float> options;
  options.precision = MatmulPrecision::medium;
  options.with_weights = true;
  const auto attended = scaled_dot_product_attention<float, 3>(
      heads_of<float>(output.queries[1][0], 3), heads_of<float>(output.keys[1][0], 3),
      heads_of<float>(output.values[1][0], 3), options);
  expect_equal(attended.weights, Tensor<float, 3>(output.attentions[1][0]));
  expect_near(output.last_hidden_state, odd_encoder()(odd_text(40, 1)).last_hidden_state, 0.05);
  EncoderHooks<float> hooks;
  hooks.attention = [](int, Index, TensorView<float, 3>) {};
  expect_near(medium_encoder()(odd_text(40, 1), {}, hooks).last_hidden_state,
              output.last_hidden_state, 0.05);
}

TEST(EncoderBits, DoNotDependOnWhatElseIsAskedFor) {
  const EncoderOutput<float> plain = odd_encoder()(odd_texts(90));
  const EncoderOutput<float> all = odd_encoder()(odd_texts(90), everything());
  expect_equal(all.last_hidden_state, plain.last_hidden_state);
  expect_equal(all.hidden_states.back(), plain.last_hidden_state);
  expect_equal(all.pooler_output, plain.pooler_output);
  EXPECT_TRUE(plain.hidden_states.empty() && plain.attentions.empty() && plain.queries.empty());
}

TEST(EncoderOutput, PaddedRowsAreTheRaggedOnesAndZeros) {
  const std::vector<Encoding> texts = odd_texts(90);
  const TokenBatch batch(texts);
  const EncoderOutput<float> padded = odd_encoder()(batch, everything());
  const RaggedEncoderOutput<float> ragged = odd_encoder().encode_ragged(batch, everything());
  EXPECT_EQ(padded.last_hidden_state.shape(), (Shape<3>{66, 90, 21}));
  EXPECT_EQ(ragged.offsets.size(), 67u);
  for (Index b = 0; b < batch.batch_size(); ++b) {
    const Index begin = ragged.offsets[static_cast<std::size_t>(b)];
    Index token = 0;
    for (Index t = 0; t < batch.padded_length(); ++t) {
      const bool is_token =
          token < batch[b].length() && batch[b].position_ids[static_cast<std::size_t>(token)] == t;
      if (!is_token) {
        EXPECT_TRUE(padded.last_hidden_state.vector(b, t).isZero(0));
        EXPECT_TRUE(padded.values[1].vector(b, t).isZero(0));
        EXPECT_TRUE(padded.attentions[1].vector(b, 2, t).isZero(0));
        continue;
      }
      EXPECT_EQ(padded.last_hidden_state.vector(b, t),
                ragged.last_hidden_state.vector(begin + token));
      EXPECT_EQ(padded.hidden_states[1].vector(b, t),
                ragged.hidden_states[1].vector(begin + token));
      EXPECT_EQ(padded.values[1].vector(b, t), ragged.values[1].vector(begin + token));
      for (Index i = 0; i < batch[b].length(); ++i)
        EXPECT_EQ(padded.attentions[1](b, 2, t, batch[b].position_ids[static_cast<std::size_t>(i)]),
                  ragged.attentions[1][static_cast<std::size_t>(b)](2, token, i));
      ++token;
    }
  }
}

TEST(EncoderOutput, IsEmptyForAnEmptyBatchAndEmptyTexts) {
  const EncoderOutput<float> nothing = odd_encoder()(std::vector<Encoding>{}, everything());
  EXPECT_EQ(nothing.last_hidden_state.shape(), (Shape<3>{0, 0, 21}));
  const EncoderOutput<float> empty = odd_encoder()(odd_text(0, 1), everything());
  EXPECT_EQ(empty.last_hidden_state.shape(), (Shape<3>{1, 0, 21}));
  EXPECT_TRUE(empty.pooler_output.vector(0).isZero(0));
}

TEST(EncoderOutput, ChosenLayersAndHeadsAreThoseOfAll) {
  const std::vector<Encoding> texts{odd_text(9, 1), odd_text(6, 2, 0, 3)};
  const EncoderOutput<float> all = odd_encoder()(texts, everything());
  EncoderOptions options = everything();
  options.layers = {2, 0};
  options.heads = {2, 1};
  const EncoderOutput<float> some = odd_encoder()(texts, options);
  EXPECT_TRUE(some.attentions[1].is_empty() && some.keys[1].is_empty());
  expect_equal(some.keys[2], all.keys[2]);
  EXPECT_EQ(some.attentions[2].shape(), (Shape<4>{2, 2, 9, 9}));
  expect_equal(Tensor<float, 3>(some.attentions[2].select(1, 0)),
               Tensor<float, 3>(all.attentions[2].select(1, 2)));
  expect_equal(Tensor<float, 3>(some.attentions[2].select(1, 1)),
               Tensor<float, 3>(all.attentions[2].select(1, 1)));
}

TEST(EncoderOutput, AveragedAttentionsAreTheMeanOverTheHeads) {
  const Encoding text = odd_text(9, 1);
  EncoderOptions options = everything();
  const Tensor<float, 4> all = odd_encoder()(text, options).attentions[1];
  options.has_averaged_attentions = true;
  const Tensor<float, 4> mean = odd_encoder()(text, options).attentions[1];
  ASSERT_EQ(mean.shape(), (Shape<4>{1, 1, 9, 9}));
  for (Index t = 0; t < 9; ++t)
    for (Index s = 0; s < 9; ++s)
      EXPECT_NEAR(mean(0, 0, t, s), (all(0, 0, t, s) + all(0, 1, t, s) + all(0, 2, t, s)) / 3,
                  1e-6);
}

TEST(EncoderOutput, SoftmaxOfQueriesTimesKeysIsTheAttention) {
  const EncoderOutput<float> output = odd_encoder()(odd_text(8, 3, 2, 5), everything());
  const Tensor<float, 4>& attention = output.attentions[1];
  for (const Index t : {2, 7}) {
    double total = 0;
    Tensor<double, 1> expected(8);
    for (const Index s : {2, 3, 5, 6, 7}) {
      double score = 0;
      for (Index c = 14; c < 21; ++c)
        score += static_cast<double>(output.queries[1](0, t, c)) * output.keys[1](0, s, c);
      total += expected(s) = std::exp(score / std::sqrt(7.0));
    }
    for (Index s = 0; s < 8; ++s) EXPECT_NEAR(attention(0, 2, t, s), expected(s) / total, 1e-6);
  }
}

TEST(EncoderOptions, LayersAndHeadsThatAreNotThereAreRefused) {
  EncoderOptions options;
  options.layers = {1, 3};
  EXPECT_THROW_WITH(odd_encoder()(odd_text(3, 1), options), ValueError,
                    "Encoder: layers must be >= 0 and < num_layers 3; got 3");
  options.layers.clear();
  options.heads = {-1};
  EXPECT_THROW_WITH(odd_encoder()(odd_text(3, 1), options), ValueError,
                    "Encoder: heads must be >= 0 and < num_heads 3; got -1");
  options.heads = {1};
  options.has_averaged_attentions = true;
  EXPECT_THROW_WITH(odd_encoder()(odd_text(3, 1), options), ValueError,
                    "Encoder: heads must be empty with has_averaged_attentions, the mean over all; "
                    "got heads 1");
}

TEST(EncoderHooks, SeeTheHiddenStatesAndTheAttentions) {
  const std::vector<Encoding> texts{odd_text(4, 1), odd_text(0, 2), odd_text(7, 3)};
  const RaggedEncoderOutput<float> expected = odd_encoder().encode_ragged(texts, everything());
  int num_states = 0;
  int num_attentions = 0;
  EncoderHooks<float> hooks;
  hooks.hidden_state = [&](int state, Index b, TensorView<float, 2> hidden) {
    const Index* offset = &expected.offsets[static_cast<std::size_t>(b)];
    const Tensor<float, 2>& rows = expected.hidden_states[static_cast<std::size_t>(state)];
    expect_near(Tensor<float, 2>(hidden), Tensor<float, 2>(rows.slice(0, offset[0], offset[1])),
                1e-5);
    ++num_states;
  };
  hooks.attention = [&](int layer, Index b, TensorView<float, 3> weights) {
    expect_near(Tensor<float, 3>(weights),
                expected.attentions[static_cast<std::size_t>(layer)][static_cast<std::size_t>(b)],
                1e-5);
    ++num_attentions;
  };
  const RaggedEncoderOutput<float> output = odd_encoder().encode_ragged(texts, everything(), hooks);
  EXPECT_EQ(num_states, 2 * 4);
  EXPECT_EQ(num_attentions, 2 * 3);
  expect_near(output.last_hidden_state, expected.last_hidden_state, 1e-5);
}

TEST(EncoderHooks, AStateOfAnotherTextPatchedInGivesThatTextsOutput) {
  const EncoderOutput<float> source = odd_encoder()(odd_text(6, 1), everything());
  EncoderHooks<float> hooks;
  hooks.hidden_state = [&](int state, Index b, TensorView<float, 2> hidden) {
    if (state == 1 && b == 1) copy<float, 2>(source.hidden_states[1][0], hidden);
  };
  const std::vector<Encoding> texts{odd_text(3, 2), odd_text(6, 4)};
  const EncoderOutput<float> patched = odd_encoder()(texts, everything(), hooks);
  expect_equal(Tensor<float, 2>(patched.last_hidden_state[1]),
               Tensor<float, 2>(source.last_hidden_state[0]));
  expect_equal(Tensor<float, 2>(patched.hidden_states[1][1]),
               Tensor<float, 2>(source.hidden_states[1][0]));
  expect_equal(Tensor<float, 2>(patched.last_hidden_state[0].slice(0, 0, 3)),
               Tensor<float, 2>(odd_encoder()(texts[0]).last_hidden_state.matrix(0)));
}

TEST(EncoderHooks, AHeadWhoseWeightsAreZeroAddsNothing) {
  // The same as a head of layer 1 whose values are zero.
  EncoderWeights<float> weights = RandomEncoderWeights<float>(odd_config())();
  LinearWeights<float>& value = weights.layers[1].value;
  value.weight.matrix().middleRows(7, 7).setZero();
  value.bias.vector().segment(7, 7).setZero();
  const Encoder<float> without_head(odd_config(), std::move(weights));
  EncoderHooks<float> hooks;
  hooks.attention = [](int layer, Index, TensorView<float, 3> heads) {
    if (layer == 1) heads[1].fill(0);
  };
  EncoderOptions options;
  options.with_attentions = true;
  const Encoding text = odd_text(11, 1, 3);
  const EncoderOutput<float> ablated = odd_encoder()(text, options, hooks);
  expect_near(ablated.last_hidden_state, without_head(text).last_hidden_state, 2e-5);
  EXPECT_TRUE(ablated.attentions[1].matrix(0, 1).isZero(0));
  EXPECT_FALSE(ablated.attentions[1].matrix(0, 2).isZero(0));
  options.heads = {1};
  EXPECT_TRUE(odd_encoder()(text, options, hooks).attentions[1].matrix(0, 0).isZero(0));
  options.heads.clear();
  options.has_averaged_attentions = true;
  EXPECT_NEAR(odd_encoder()(text, options, hooks).attentions[1].matrix(0, 0).row(5).sum(), 2.0 / 3,
              1e-6);
}

TEST(Encoder, EveryActivationIsApplied) {
  for (const Activation activation :
       {Activation::gelu_erf, Activation::gelu_tanh, Activation::quick_gelu, Activation::relu,
        Activation::relu6, Activation::silu, Activation::mish, Activation::tanh,
        Activation::sigmoid, Activation::identity}) {
    EncoderConfig config = odd_config(activation);
    config.num_layers = 1;
    EncoderWeights<double> weights = RandomEncoderWeights<double>(config)();
    // Attention adds nothing, and its norm does nothing to a normalised row.
    EncoderLayer<double>& layer = weights.layers[0];
    layer.attention_output = {Tensor<double, 2>(Shape<2>{21, 21}), Tensor<double, 1>(21)};
    const EncoderLayer<double> plain = layer;
    const Encoder<double> encoder(config, std::move(weights));
    const EncoderOutput<double> output = encoder(odd_text(5, 1), everything());
    Tensor<double, 2> hidden(output.hidden_states[0][0]);
    layer_norm<double>(hidden, plain.attention_norm.gain, plain.attention_norm.bias, 1e-12, hidden);
    Tensor<double, 2> wide = linear(hidden, plain.intermediate.weight, plain.intermediate.bias);
    for (double& x : wide) x = activate(activation, x);
    hidden.matrix() += linear(wide, plain.output.weight, plain.output.bias).matrix();
    layer_norm<double>(hidden, plain.output_norm.gain, plain.output_norm.bias, 1e-12, hidden);
    expect_near(Tensor<double, 2>(output.last_hidden_state[0]), hidden, 1e-12);
  }
}

TEST(Encoder, FloatAgreesWithDouble) {
  EncoderConfig config = odd_config();
  const EncoderOutput<double> exact =
      Encoder<double>(config, RandomEncoderWeights<double>(config)())(odd_texts());
  const EncoderOutput<float> output = odd_encoder()(odd_texts());
  for (Index i = 0; i < exact.last_hidden_state.size(); ++i)
    ASSERT_NEAR(output.last_hidden_state.data()[i], exact.last_hidden_state.data()[i], 5e-5);
}

TEST(Encoder, EmbeddingsOfAnotherWidthAreProjected) {
  EncoderConfig config = odd_config();
  config.embedding_size = 13;
  config.num_layers = 1;
  const EncoderWeights<double> weights = RandomEncoderWeights<double>(config)();
  const Encoding text = odd_text(4, 1);
  const EncoderOutput<double> output = Encoder<double>(config, weights)(text, everything());
  Tensor<double, 2> rows(Shape<2>{4, 13});
  for (Index t = 0; t < 4; ++t) {
    const auto i = static_cast<std::size_t>(t);
    rows.vector(t) = weights.word_embeddings.vector(text.token_ids[i]) +
                     weights.token_type_embeddings.vector(text.token_type_ids[i]) +
                     weights.position_embeddings.vector(t);
  }
  layer_norm<double>(rows, weights.embedding_norm.gain, weights.embedding_norm.bias, 1e-12, rows);
  expect_near(
      Tensor<double, 2>(output.hidden_states[0][0]),
      linear(rows, weights.embedding_projection->weight, weights.embedding_projection->bias),
      1e-12);
  EncoderWeights<double> without = weights;
  without.embedding_projection.reset();
  EXPECT_THROW_WITH(
      Encoder<double>(config, std::move(without)), ShapeError,
      "Encoder: weights must have an embedding_projection where embedding_size is not "
      "hidden_size; got embedding_size 13, hidden_size 21");
}

TEST(Encoder, PositionsCountFromAnOffsetAndWithoutPadding) {
  EncoderConfig config = odd_config();
  EncoderWeights<double> weights = RandomEncoderWeights<double>(config)();
  const Tensor<double, 3> expected =
      Encoder<double>(config, weights)(odd_text(5, 2)).last_hidden_state;
  // The same positions two rows further down.
  Tensor<double, 2> moved(Shape<2>{602, 21});
  moved.matrix().bottomRows(600) = weights.position_embeddings.matrix();
  weights.position_embeddings = std::move(moved);
  config.max_position_embeddings = 602;
  config.position_offset = 2;
  config.has_positions_without_padding = true;
  const Encoder<double> encoder(config, std::move(weights));
  expect_near(encoder(odd_text(5, 2)).last_hidden_state, expected, 1e-14);
  Encoding shifted = odd_text(5, 2);  // three columns of left padding
  for (auto* column : {&shifted.token_ids, &shifted.token_type_ids, &shifted.attention_mask})
    column->insert(column->begin(), 3, 0);
  expect_near(Tensor<double, 2>(encoder(shifted).last_hidden_state.matrix(0).bottomRows(5)),
              Tensor<double, 2>(expected[0]), 1e-14);
  EXPECT_THROW_WITH(encoder(odd_text(601, 1)), ValueError,
                    "Encoder: a sequence must not be longer than the positions of the model; got "
                    "length 601, positions 600; truncate it when encoding the text");
}

TEST(Encoder, BiasByDistanceIsAddedToTheScores) {
  EncoderConfig config = odd_config();
  config.num_layers = 1;
  config.max_position_embeddings = 9;
  RandomEncoderWeights<double> random(config);
  EncoderWeights<double> weights = random();
  weights.bias_by_distance = random.random(Shape<2>{3, 17}, 3);
  const Tensor<double, 2> bias = weights.bias_by_distance;
  const Encoder<double> encoder(config, std::move(weights));
  for (const Encoding& text : {odd_text(7, 1), odd_text(9, 2, 2, 4)}) {  // without and with holes
    const EncoderOutput<double> output = encoder(text, everything());
    EncoderOptions one_head = everything();
    one_head.heads = {2};
    expect_near(Tensor<double, 3>(encoder(text, one_head).attentions[0].select(1, 0)),
                Tensor<double, 3>(output.attentions[0].select(1, 2)), 1e-14);
    const std::vector<std::int32_t> columns = TokenBatch(text)[0].position_ids;
    for (const std::int32_t t : columns) {
      double total = 0;
      Tensor<double, 1> expected(output.attentions[0].extent(3));
      for (const std::int32_t s : columns) {
        const double score = output.queries[0].vector(0, t).segment(14, 7).dot(
            output.keys[0].vector(0, s).segment(14, 7));
        total += expected(s) = std::exp(score / std::sqrt(7.0) + bias(2, 8 + s - t));
      }
      for (const std::int32_t s : columns)
        EXPECT_NEAR(output.attentions[0](0, 2, t, s), expected(s) / total, 1e-12);
    }
  }
}

TEST(Encoder, TenThousandTextsAreEncoded) {
  std::vector<Encoding> texts;
  for (int i = 0; i < 10000; ++i) texts.push_back(odd_text(1 + i % 3, i % 7));
  const RaggedEncoderOutput<float> output = odd_encoder().encode_ragged(texts);
  EXPECT_EQ(output.offsets.back(), 19999);
  expect_equal(Tensor<float, 1>(output.last_hidden_state[19998]),
               Tensor<float, 1>(odd_encoder()(texts.back()).last_hidden_state.vector(0, 0)));
}

TEST(HeadsOf, ColumnsMustFitTheHeads) {
  const Tensor<float, 2> rows(Shape<2>{5, 21});
  EXPECT_THROW_WITH(heads_of(rows, 4), ShapeError,
                    "heads_of: num_heads must be >= 1 and divide the columns of rows; got rows "
                    "[5, 21], num_heads 4");
  EXPECT_THROW_WITH(heads_of(rows, 0), ShapeError,
                    "heads_of: num_heads must be >= 1 and divide the columns of rows; got rows "
                    "[5, 21], num_heads 0");
}

TEST(EncoderDescription, CountsParametersAndBytes) {
  const EncoderDescription description = odd_encoder().describe();
  // Tables 97 + 600 + 2 rows, norm; 3 layers of 4 squares, feed-forward, 2 norms; pooler.
  const Index layer = 4 * (21 * 21 + 21) + 2 * 21 * 50 + 50 + 21 + 4 * 21;
  EXPECT_EQ(description.num_parameters, 699 * 21 + 2 * 21 + 3 * layer + 21 * 21 + 21);
  const Index matrices = 3 * (4 * 21 * 21 + 2 * 21 * 50) + 21 * 21;
  EXPECT_GE(description.packed_bytes, 4 * matrices);
  EXPECT_EQ(description.table_bytes, 4 * (description.num_parameters - matrices));
  EXPECT_EQ(description.kernel_set, active_kernels());
  const std::string text = to_string(description);
  EXPECT_EQ(text.rfind("test: 3 layers, 3 heads, hidden size 21, feed-forward 50; " +
                           to_string(active_kernels()) + " kernels, precision highest; ",
                       0),
            0u)
      << text;
}

TEST(EncoderWorkspace, RepeatedCallsAllocateNothingBesideAttention) {
  const TokenBatch batch(std::vector<Encoding>(30, odd_text(20, 1)));
  const Encoder<float>& encoder = odd_encoder();
  EncoderWorkspace<float> workspace;
  EncoderOutput<float> output;
  encoder.encode(batch, output, workspace, everything());
  const Tensor<float, 3> first = output.last_hidden_state;
  const float* const memory = output.attentions[2].data();
  const std::size_t before_encoder = count_allocations();
  encoder.encode(batch, output, workspace, everything());
  const std::size_t of_encoder = count_allocations() - before_encoder;
  expect_equal(output.last_hidden_state, first);
  EXPECT_EQ(output.attentions[2].data(), memory);

  // Attention has scratch of its own; the same calls of it alone.
  const Tensor<float, 4> x(Shape<4>{1, 3, 20, 7});
  Tensor<float, 4> attended(x.shape());
  Tensor<float, 4> weights(Shape<4>{1, 3, 20, 20});
  AttentionOutputViews<float> output_only;
  output_only.output = attended;
  AttentionOutputViews<float> weights_only;
  weights_only.weights = weights;
  const std::size_t before_attention = count_allocations();
  for (int i = 0; i < 3 * 30; ++i) {
    scaled_dot_product_attention<float>(x, x, x, {}, output_only);
    scaled_dot_product_attention<float>(x, x, x, {}, weights_only);
  }
  EXPECT_EQ(of_encoder, count_allocations() - before_attention);
}

}  // namespace
}  // namespace eigenhead
