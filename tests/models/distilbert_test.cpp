#include "eigenhead/models/distilbert.hpp"

#include "eigenhead/core/file.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/ops/softmax.hpp"
#include "models/checkpoint_copy.hpp"
#include "models/fixture_case.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

namespace fs = std::filesystem;

const fs::path kTinyDistilBert = "fixtures/tiny-distilbert";

template <class Scalar>
const DistilBert<Scalar>& tiny_distilbert() {
  static const auto model =
      DistilBert<Scalar>::from_pretrained((test_data() / kTinyDistilBert).string());
  return model;
}

// ---- fixtures/tiny-distilbert: every array of every case

class TinyDistilBert : public testing::TestWithParam<std::string> {
 protected:
  template <class Scalar>
  static void expect_fixture() {
    const FixtureCase<Scalar> fixture_case(kTinyDistilBert, GetParam());
    const TokenBatch batch = fixture_case.batch();
    EncoderOptions options;
    options.with_hidden_states = options.with_attentions = true;
    const EncoderOutput<Scalar> output = tiny_distilbert<Scalar>()(batch, options);
    fixture_case.expect_encoder_output(output);
    EXPECT_TRUE(output.pooler_output.is_empty());
    fixture_case.expect_rows(
        tiny_distilbert<Scalar>().masked_language_model_logits(batch, output.last_hidden_state),
        fixture_case.template expected<3>("logits"), FixtureCase<Scalar>::kLogitTolerance);
  }
};

TEST_P(TinyDistilBert, DoubleMatchesEveryArray) { expect_fixture<double>(); }
TEST_P(TinyDistilBert, FloatMatchesEveryArray) { expect_fixture<float>(); }

INSTANTIATE_TEST_SUITE_P(All, TinyDistilBert,
                         testing::Values("", "leftpad_", "holes_", "allmasked_", "single_",
                                         "maxlen_"),
                         [](const auto& test) { return case_name(test.param); });

TEST(TinyDistilBertForPca, LastHiddenStateMatches) {
  const auto ids = fixture<std::int32_t, 2>(kTinyDistilBert / "pca_input_ids.npy");
  Tensor<std::int32_t, 2> mask(ids.shape());
  mask.fill(1);
  const EncoderOutput<float> output = tiny_distilbert<float>()(TokenBatch(ids, mask));
  const NpyArray array = read_npy(test_data() / kTinyDistilBert / "pca_last_hidden_state.npy");
  if (array.shape.size() == 3)
    expect_near(output.last_hidden_state, to_tensor<float, 3>(array), 2e-5);
  else
    expect_near(Tensor<float, 2>(output.last_hidden_state[0]), to_tensor<float, 2>(array), 2e-5);
}

// ---- The bundled model on the course sentences

class BundledModel : public testing::TestWithParam<int> {
 protected:
  static nlohmann::json text() {
    return nlohmann::json::parse(read_file(test_data() / "fixtures/tiny-trained/texts.json"))
        .at(static_cast<std::size_t>(GetParam()));
  }

  static TokenBatch batch() {
    Encoding encoding;
    encoding.token_ids = text().at("input_ids").get<std::vector<std::int32_t>>();
    encoding.attention_mask.assign(encoding.token_ids.size(), 1);
    return TokenBatch(encoding);
  }

  static fs::path file(const std::string& name) {
    return "fixtures/tiny-trained/" + std::to_string(GetParam()) + "_" + name + ".npy";
  }
};

TEST_P(BundledModel, HiddenStateAndAttentionsMatch) {
  const auto model = DistilBert<float>::from_pretrained(bundled_model().string());
  EncoderOptions options;
  options.with_attentions = true;
  const EncoderOutput<float> output = model(batch(), options);
  expect_near(output.last_hidden_state, fixture<float, 3>(file("last_hidden_state")), 2e-5);
  const auto attentions = fixture<float, 5>(file("attentions"));
  ASSERT_EQ(static_cast<Index>(output.attentions.size()), attentions.extent(0));
  for (std::size_t i = 0; i < output.attentions.size(); ++i)
    expect_near(output.attentions[i], Tensor<float, 4>(attentions[static_cast<Index>(i)]), 2e-5);
}

INSTANTIATE_TEST_SUITE_P(CourseSentences, BundledModel, testing::Range(0, 4));

TEST(BundledModelHead, FillsTheMaskAsTheReference) {
  const auto texts =
      nlohmann::json::parse(read_file(test_data() / "fixtures/tiny-trained/texts.json"));
  const auto& text = texts.at(3);
  const auto ids = text.at("input_ids").get<std::vector<std::int32_t>>();
  Encoding encoding;
  encoding.token_ids = ids;
  encoding.attention_mask.assign(ids.size(), 1);
  const auto model = DistilBert<double>::from_pretrained(bundled_model().string());
  const EncoderOutput<double> output = model(encoding);
  const Index mask_position = std::find(ids.begin(), ids.end(), 103) - ids.begin();
  const Tensor<double, 2> logits = model.masked_language_model_logits(
      output.last_hidden_state[0].slice(0, mask_position, mask_position + 1));
  const Tensor<double, 2> probabilities = softmax(logits);
  std::vector<Index> best(static_cast<std::size_t>(logits.extent(1)));
  for (std::size_t i = 0; i < best.size(); ++i) best[i] = static_cast<Index>(i);
  std::partial_sort(best.begin(), best.begin() + 5, best.end(),
                    [&](Index a, Index b) { return logits(0, a) > logits(0, b); });
  std::vector<std::string> vocabulary;
  std::ifstream lines(bundled_model() / "vocab.txt");
  for (std::string line; std::getline(lines, line);) vocabulary.push_back(line);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(vocabulary[static_cast<std::size_t>(best[i])],
              text.at("fill_mask").at(i).at(0).get<std::string>());
    EXPECT_NEAR(probabilities(0, best[i]), text.at("fill_mask").at(i).at(1).get<double>(), 1e-5);
  }
}

// ---- Batches

TEST(HeadsOf, SoftmaxOfScaledProductsOfQueriesAndKeysIsTheAttention) {
  const auto model = DistilBert<double>::from_pretrained(bundled_model().string());
  EncoderOptions options;
  options.with_attentions = options.with_queries_keys_values = true;
  const EncoderOutput<double> output = model(batch_of({2, 10, 20, 30, 40, 3}), options);
  for (std::size_t layer = 0; layer < output.attentions.size(); ++layer) {
    const TensorView<const double, 3> query =
        heads_of(output.queries[layer][0], model.config().num_heads);
    const TensorView<const double, 3> key =
        heads_of(output.keys[layer][0], model.config().num_heads);
    Tensor<double, 3> scores(Shape<3>{query.extent(0), query.extent(1), query.extent(1)});
    const double scale = 1 / std::sqrt(static_cast<double>(query.extent(2)));
    for (Index h = 0; h < query.extent(0); ++h)
      scores.matrix(h) = query.matrix(h) * key.matrix(h).transpose() * scale;
    expect_near(Tensor<double, 3>(output.attentions[layer][0]), softmax<double, 3>(scores), 1e-12);
  }
}

TEST(DistilBertBatch, BitsDependOnNeitherNeighboursPaddingNorThreads) {
  const auto ids = fixture<std::int32_t, 2>(kTinyDistilBert / "input_ids.npy");
  const auto mask = fixture<std::int32_t, 2>(kTinyDistilBert / "attention_mask.npy");
  const DistilBert<float>& model = tiny_distilbert<float>();
  const EncoderOutput<float> together = model(TokenBatch(ids, mask));
  ThreadPool pool(3);
  EncoderOptions options;
  options.executor = &pool;
  expect_equal(model(TokenBatch(ids, mask), options).last_hidden_state, together.last_hidden_state);
  for (Index b = 0; b < ids.extent(0); ++b) {
    Encoding alone;
    for (Index t = 0; t < ids.extent(1) && mask(b, t) == 1; ++t)
      alone.token_ids.push_back(ids(b, t));
    alone.attention_mask.assign(alone.token_ids.size(), 1);
    const EncoderOutput<float> single = model(alone);
    const Index length = single.last_hidden_state.extent(1);
    expect_equal(Tensor<float, 2>(single.last_hidden_state[0]),
                 Tensor<float, 2>(together.last_hidden_state[b].slice(0, 0, length)));
  }
}

TEST(DistilBertBatch, OutputsNotAskedForAreAbsent) {
  const auto ids = fixture<std::int32_t, 2>(kTinyDistilBert / "input_ids.npy");
  const auto mask = fixture<std::int32_t, 2>(kTinyDistilBert / "attention_mask.npy");
  const EncoderOutput<float> output = tiny_distilbert<float>()(TokenBatch(ids, mask));
  EXPECT_TRUE(output.hidden_states.empty());
  EXPECT_TRUE(output.attentions.empty());
}

// ---- Refusals

TEST(DistilBertRefuses, TokenIdPastTheVocabulary) {
  EXPECT_THROW_WITH(tiny_distilbert<float>()(batch_of({4, 182})), ValueError,
                    "Encoder: token id must be >= 0 and < vocab_size 182; got 182 at [0, 1]; was "
                    "another vocabulary used to tokenize?");
}

TEST(DistilBertRefuses, NegativeTokenId) {
  EXPECT_THROW_WITH(tiny_distilbert<float>()(batch_of({-1})), ValueError,
                    "Encoder: token id must be >= 0 and < vocab_size 182; got -1 at [0, 0]; was "
                    "another vocabulary used to tokenize?");
}

TEST(DistilBertRefuses, SequencePastMaxPositionEmbeddings) {
  EXPECT_THROW_WITH(tiny_distilbert<float>()(batch_of(std::vector<std::int32_t>(65, 4))),
                    ValueError,
                    "Encoder: a sequence must not be longer than the positions of the model; got "
                    "length 65, positions 64; truncate it when encoding the text");
}

TEST(DistilBertRefuses, LogitsForAnotherBatch) {
  const auto& model = tiny_distilbert<float>();
  EXPECT_THROW_WITH(
      model.masked_language_model_logits(batch_of({4, 5}), Tensor<float, 3>(Shape<3>{1, 3, 32})),
      ShapeError,
      "masked_language_model_logits: last_hidden_state must have the batch_size and padded length "
      "of the batch; got "
      "last_hidden_state [1, 3, 32], batch [1, 2]");
}

/// A copy of the tiny checkpoint, for changing and breaking it.
class BrokenDistilBert : public testing::Test, public CheckpointCopy {
 protected:
  BrokenDistilBert() : CheckpointCopy(kTinyDistilBert) {}
  DistilBert<float> load() const { return DistilBert<float>::from_pretrained(path()); }

  /// Stores every tensor as Stored, rounded to Rounded before.
  template <class Stored, class Rounded>
  void store_as() const {
    SafetensorsWriter writer;
    for (const std::string& name : original.names())
      if (original.info(name).shape.size() == 2)
        writer.add(name, cast<Stored>(cast<Rounded>(original.tensor<float, 2>(name))));
      else
        writer.add(name, cast<Stored>(cast<Rounded>(original.tensor<float, 1>(name))));
    writer.save(weights());
  }

  /// Weights rounded to Half give the same bits whether the file holds them as Half or as F32.
  template <class Half>
  void expect_exact_widening() const {
    store_as<Half, Half>();
    const Tensor<float, 3> narrow = load()(batch_of({4, 9, 5})).last_hidden_state;
    store_as<float, Half>();
    expect_equal(narrow, load()(batch_of({4, 9, 5})).last_hidden_state);
  }
};

TEST_F(BrokenDistilBert, PrefixIsOptionalAndTheHeadToo) {
  renamed([](const std::string& name) {
    const std::string prefix = "distilbert.";
    return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : std::string();
  }).save(weights());
  const DistilBert<float> model = load();
  EXPECT_FALSE(model.has_masked_language_model_head());
  expect_equal(model(batch_of({4, 9, 5})).last_hidden_state,
               tiny_distilbert<float>()(batch_of({4, 9, 5})).last_hidden_state);
}

TEST_F(BrokenDistilBert, UntiedDecoderIsUsed) {
  SafetensorsWriter writer = unchanged();
  writer.add("vocab_projector.weight", Tensor<float, 2>(Shape<2>{182, 32}));  // zeros
  writer.save(weights());
  const Tensor<float, 2> logits =
      load().masked_language_model_logits(Tensor<float, 2>(Shape<2>{1, 32}));
  expect_equal(Tensor<float, 1>(logits[0]), original.tensor<float, 1>("vocab_projector.bias"));
}

TEST_F(BrokenDistilBert, TensorsWithoutUseAreListed) {
  EXPECT_TRUE(load().unused_tensors().empty());
  SafetensorsWriter writer = unchanged();
  writer.add("classifier.weight", Tensor<float, 1>(3));
  writer.add("pooler.dense.weight", Tensor<float, 1>(3));  // DistilBERT has no pooler
  writer.add("embeddings.position_ids", Tensor<std::int64_t, 1>(3));
  writer.save(weights());
  EXPECT_EQ(load().unused_tensors(),
            (std::vector<std::string>{"classifier.weight", "pooler.dense.weight"}));
}

TEST_F(BrokenDistilBert, TokenTypesAreNotLookedAt) {
  expect_equal(load()(batch_of({4, 9, 5}, {0, 7, -1})).last_hidden_state,
               load()(batch_of({4, 9, 5})).last_hidden_state);
}

TEST_F(BrokenDistilBert, HalfWeightsAreWidenedExactly) { expect_exact_widening<Eigen::half>(); }

TEST_F(BrokenDistilBert, Bfloat16WeightsAreWidenedExactly) {
  expect_exact_widening<Eigen::bfloat16>();
}

TEST_F(BrokenDistilBert, MissingTensorIsNamedWithEveryNameTried) {
  save_without("layer.1.ffn.lin2.bias");
  EXPECT_THROW_WITH(load(), FormatError,
                    "DistilBert::from_pretrained: the checkpoint must hold the tensor "
                    "\"distilbert.transformer.layer.1.ffn.lin2.bias\" or "
                    "\"transformer.layer.1.ffn.lin2.bias\"; got 40 other tensors");
}

TEST_F(BrokenDistilBert, TensorOfOtherShapeIsNamed) {
  change_config("hidden_dim", 63);
  EXPECT_THROW_WITH(load(), ShapeError,
                    "DistilBert::from_pretrained: tensor "
                    "\"distilbert.transformer.layer.0.ffn.lin1.weight\" must have the shape of the "
                    "configuration; got tensor [64, 32], configuration [63, 32]");
}

TEST_F(BrokenDistilBert, HeadsThatDoNotDivideAreRefused) {
  change_config("n_heads", 5);
  EXPECT_THROW_WITH(load(), ValueError,
                    "load_distilbert_config: num_heads must divide hidden_size; got num_heads 5, "
                    "hidden_size 32");
}

TEST_F(BrokenDistilBert, SizeOfZeroIsRefused) {
  change_config("n_layers", 0);
  EXPECT_THROW_WITH(load(), ValueError,
                    "load_distilbert_config: every size of the configuration must be >= 1; got "
                    "vocab_size 182, hidden_size 32, intermediate_size 64, num_layers 0, num_heads "
                    "4, max_position_embeddings 64");
}

TEST_F(BrokenDistilBert, UnknownActivationIsRefused) {
  change_config("activation", "softsign");
  EXPECT_THROW_WITH(load(), ValueError,
                    "load_distilbert_config: \"" + config().string() +
                        "\" must name a known activation; got \"softsign\"; activation_from_name: "
                        "name must be one of gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, "
                        "quick_gelu, relu, relu6, silu, swish, mish, tanh, sigmoid, linear; got "
                        "\"softsign\"");
}

TEST_F(BrokenDistilBert, OtherFamilyIsRefusedByName) {
  change_config("model_type", "roberta");
  EXPECT_THROW_WITH(load(), ValueError,
                    "load_distilbert_config: model_type must be \"distilbert\"; got model_type "
                    "\"roberta\", in \"" +
                        config().string() + "\"");
}

TEST_F(BrokenDistilBert, ConfigurationOfWrongTypeIsRefused) {
  change_config("dim", "32");
  EXPECT_THROW_WITH(load(), FormatError,
                    "load_distilbert_config: \"" + config().string() +
                        "\" must have an integer in range under \"dim\"; got value \"\\\"32\\\"\"");
}

TEST_F(BrokenDistilBert, MissingConfigurationIsRefused) {
  fs::remove(config());
  EXPECT_THROW_WITH(
      load(), FileError,
      "load_distilbert_config: file must exist and be readable; got \"" + config().string() + "\"");
}

TEST_F(BrokenDistilBert, TruncatedWeightsAreRefused) {
  fs::resize_file(weights(), 5000);
  EXPECT_THROW(load(), FormatError);
}

}  // namespace
}  // namespace eigenhead
