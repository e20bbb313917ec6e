#include "eigenhead/models/bert.hpp"

#include "eigenhead/core/file.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "models/checkpoint_copy.hpp"
#include "models/fixture_case.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

const fs::path kTiny = "fixtures/tiny-bert";
const fs::path kMiniLm = "fixtures/tiny-minilm";

template <class Scalar>
const Bert<Scalar>& tiny_model() {
  static const auto model = Bert<Scalar>::from_pretrained((test_data() / kTiny).string());
  return model;
}

template <class Scalar>
EncoderOutput<Scalar> full_output(const EncoderModel<Scalar>& model, const TokenBatch& batch) {
  EncoderOptions options;
  options.with_hidden_states = options.with_attentions = true;
  return model(batch, options);
}

// ---- fixtures/tiny-bert and tiny-minilm: every array of every case

class TinyBert : public testing::TestWithParam<std::string> {
 protected:
  template <class Scalar>
  static void expect_fixture() {
    const FixtureCase<Scalar> fixture_case(kTiny, GetParam());
    const TokenBatch batch = fixture_case.batch();
    const Bert<Scalar>& model = tiny_model<Scalar>();
    const EncoderOutput<Scalar> output = full_output(model, batch);
    fixture_case.expect_encoder_output(output);
    fixture_case.expect_sequences(output.pooler_output,
                                  fixture_case.template expected<2>("pooler_output"),
                                  FixtureCase<Scalar>::kTolerance);
    fixture_case.expect_rows(model.masked_language_model_logits(batch, output.last_hidden_state),
                             fixture_case.template expected<3>("logits"),
                             FixtureCase<Scalar>::kLogitTolerance);
    fixture_case.expect_sequences(model.next_sentence_logits(batch, output.pooler_output),
                                  fixture_case.template expected<2>("seq_relationship_logits"),
                                  FixtureCase<Scalar>::kLogitTolerance);
  }
};

TEST_P(TinyBert, DoubleMatchesEveryArray) { expect_fixture<double>(); }
TEST_P(TinyBert, FloatMatchesEveryArray) { expect_fixture<float>(); }

INSTANTIATE_TEST_SUITE_P(All, TinyBert, testing::Values("", "notype_", "allmasked_"),
                         [](const auto& test) { return case_name(test.param); });

/// Folders without prefix and heads, with the buffer embeddings.position_ids. What is pooled from
/// this output: pooling_test.cpp.
template <class Scalar>
void expect_minilm() {
  const auto model = Bert<Scalar>::from_pretrained((test_data() / kMiniLm).string());
  EXPECT_EQ(model.unused_tensors(), Names());
  EXPECT_FALSE(model.has_masked_language_model_head());
  EXPECT_FALSE(model.has_next_sentence_head());
  const FixtureCase<Scalar> fixture_case(kMiniLm, "");
  const EncoderOutput<Scalar> output = full_output(model, fixture_case.batch());
  fixture_case.expect_encoder_output(output);
  fixture_case.expect_sequences(output.pooler_output,
                                fixture_case.template expected<2>("pooler_output"),
                                FixtureCase<Scalar>::kTolerance);
}

TEST(TinyMiniLm, DoubleMatchesEveryArrayOfTheModel) { expect_minilm<double>(); }
TEST(TinyMiniLm, FloatMatchesEveryArrayOfTheModel) { expect_minilm<float>(); }

TEST(BertFixtures, NoArrayIsLeftOut) {
  const std::set<std::string> inputs{"input_ids", "attention_mask", "token_type_ids"};
  const std::set<std::string> compared{"last_hidden_state", "hidden_states", "attentions",
                                       "pooler_output", "logits", "seq_relationship_logits",
                                       // by pooling_test.cpp
                                       "mean_pooled", "sentence_embeddings", "cls_pooled",
                                       "max_pooled", "mean_sqrt_len_pooled", "cosine_similarity"};
  for (const fs::path& folder : {kTiny, kMiniLm})
    for (const auto& entry : fs::directory_iterator(test_data() / folder)) {
      std::string name = entry.path().filename().string();
      if (entry.path().extension() != ".npy") continue;
      for (const char* prefix : {"notype_", "allmasked_"})
        if (name.rfind(prefix, 0) == 0) name.erase(0, std::string(prefix).size());
      name.erase(name.find('.'));
      EXPECT_EQ(inputs.count(name) + compared.count(name), 1u) << entry.path();
    }
}

// ---- Batches

TEST(BertBatch, BitsDependOnNeitherNeighboursPaddingNorThreads) {
  const FixtureCase<float> pairs(kTiny, "");
  const Bert<float>& model = tiny_model<float>();
  const EncoderOutput<float> together = model(pairs.batch());
  ThreadPool pool(3);
  EncoderOptions options;
  options.executor = &pool;
  expect_equal(model(pairs.batch(), options).pooler_output, together.pooler_output);
  for (Index b = 0; b < pairs.ids().extent(0); ++b) {
    std::vector<std::int32_t> ids;
    std::vector<std::int32_t> types;
    for (Index t = 0; t < pairs.ids().extent(1) && pairs.mask()(b, t) == 1; ++t) {
      ids.push_back(pairs.ids()(b, t));
      types.push_back(pairs.types()(b, t));
    }
    const TokenBatch alone = batch_of(ids, types);
    const EncoderOutput<float> single = model(alone);
    expect_equal(
        Tensor<float, 2>(single.last_hidden_state[0]),
        Tensor<float, 2>(together.last_hidden_state[b].slice(0, 0, alone.padded_length())));
    expect_equal(Tensor<float, 1>(single.pooler_output[0]),
                 Tensor<float, 1>(together.pooler_output[b]));
  }
}

TEST(BertBatch, OneTokenAndTheLongestSequenceAreTaken) {
  EXPECT_EQ(tiny_model<float>()(batch_of({4})).last_hidden_state.shape(), (Shape<3>{1, 1, 32}));
  const TokenBatch longest = batch_of(std::vector<std::int32_t>(64, 4));
  EXPECT_TRUE(tiny_model<float>()(longest).last_hidden_state.matrix(0).allFinite());
}

TEST(BertBatch, LeftPaddingShiftsPositionsAndThePoolerReadsTheFirstToken) {
  const Tensor<std::int32_t, 2> ids({1, 4}, {0, 0, 4, 9});
  const Tensor<std::int32_t, 2> mask({1, 4}, {0, 0, 1, 1});
  const Bert<double>& model = tiny_model<double>();
  const EncoderOutput<double> output = model(TokenBatch(ids, mask));
  const SafetensorsFile file = SafetensorsFile::open(test_data() / kTiny / "model.safetensors");
  const auto weight = file.tensor<double, 2>("bert.pooler.dense.weight");
  const auto bias = file.tensor<double, 1>("bert.pooler.dense.bias");
  const Tensor<double, 1> expected =
      (output.last_hidden_state.vector(0, 2) * weight.matrix().transpose() + bias.vector())
          .array()
          .tanh()
          .matrix();
  expect_near(Tensor<double, 1>(output.pooler_output[0]), expected, 1e-14);
}

TEST(BertRefuses, TokenTypePastTypeVocabSize) {
  EXPECT_THROW_WITH(tiny_model<float>()(batch_of({4, 5, 6}, {0, 1, 2})), ValueError,
                    "Encoder: token type id must be >= 0 and < type_vocab_size 2; got 2 at [0, 2]");
  EXPECT_THROW_WITH(
      tiny_model<float>()(batch_of({4}, {-1})), ValueError,
      "Encoder: token type id must be >= 0 and < type_vocab_size 2; got -1 at [0, 0]");
}

TEST(BertRefuses, TokenIdPastTheVocabularyAndTooLongSequence) {
  EXPECT_THROW_WITH(tiny_model<float>()(batch_of({4, 182})), ValueError,
                    "Encoder: token id must be >= 0 and < vocab_size 182; got 182 at [0, 1]; was "
                    "another vocabulary used to tokenize?");
  EXPECT_THROW_WITH(tiny_model<float>()(batch_of(std::vector<std::int32_t>(65, 4))), ValueError,
                    "Encoder: a sequence must not be longer than the positions of the model; got "
                    "length 65, positions 64; truncate it when encoding the text");
}

// ---- Variants of the checkpoint that must give the same

/// A copy of the tiny checkpoint, for changing and breaking it.
class BertCheckpoint : public testing::Test, public CheckpointCopy {
 protected:
  BertCheckpoint() : CheckpointCopy(kTiny) {}
  Bert<float> load() const { return Bert<float>::from_pretrained(path()); }

  /// Bit for bit the outputs of the original checkpoint.
  void expect_same_model() const {
    const FixtureCase<float> pairs(kTiny, "");
    const Bert<float> model = load();
    const EncoderOutput<float> actual = model(pairs.batch());
    const EncoderOutput<float> expected = tiny_model<float>()(pairs.batch());
    expect_equal(actual.last_hidden_state, expected.last_hidden_state);
    expect_equal(actual.pooler_output, expected.pooler_output);
    expect_equal(model.masked_language_model_logits(pairs.batch(), actual.last_hidden_state),
                 tiny_model<float>().masked_language_model_logits(pairs.batch(),
                                                                  expected.last_hidden_state));
    expect_equal(model.next_sentence_logits(pairs.batch(), actual.pooler_output),
                 tiny_model<float>().next_sentence_logits(pairs.batch(), expected.pooler_output));
    EXPECT_EQ(model.unused_tensors(), Names());
  }

  /// `name` with its end `from` replaced by `to`.
  static std::string with_end(std::string name, const std::string& from, const std::string& to) {
    if (name.size() >= from.size() && name.substr(name.size() - from.size()) == from)
      name.replace(name.size() - from.size(), from.size(), to);
    return name;
  }
};

TEST_F(BertCheckpoint, PrefixIsOptional) {
  renamed([](const std::string& name) {
    return name.rfind("bert.", 0) == 0 ? name.substr(5) : name;
  }).save(weights());
  expect_same_model();
}

TEST_F(BertCheckpoint, NewNamesOfLayerNormsAreTakenAsTheOldOnes) {
  renamed([](const std::string& name) {
    return with_end(with_end(name, "LayerNorm.gamma", "LayerNorm.weight"), "LayerNorm.beta",
                    "LayerNorm.bias");
  }).save(weights());
  expect_same_model();
}

TEST_F(BertCheckpoint, BuffersAreNotLookedAt) {
  SafetensorsWriter writer = unchanged();
  writer.add("bert.embeddings.position_ids", Tensor<std::int64_t, 2>(Shape<2>{1, 64}));
  writer.add("bert.embeddings.token_type_ids", Tensor<std::int64_t, 2>(Shape<2>{1, 64}));
  writer.save(weights());
  expect_same_model();
}

TEST_F(BertCheckpoint, CopiesOfTheTiedTensorsAreTaken) {
  SafetensorsWriter writer = unchanged();
  writer.add("cls.predictions.decoder.weight",
             original.tensor<float, 2>("bert.embeddings.word_embeddings.weight"));
  writer.add("cls.predictions.decoder.bias", original.tensor<float, 1>("cls.predictions.bias"));
  writer.save(weights());
  expect_same_model();
}

TEST_F(BertCheckpoint, BiasOfTheDecoderMayHaveItsOtherName) {
  renamed([](const std::string& name) {
    return name == "cls.predictions.bias" ? "cls.predictions.decoder.bias" : name;
  }).save(weights());
  expect_same_model();
}

TEST_F(BertCheckpoint, ShardsAreOneCheckpoint) {
  const auto in_first = [](const std::string& name) { return name.size() % 2 == 0; };
  const auto part = [&](bool is_first) {
    return renamed(
        [&](const std::string& name) { return in_first(name) == is_first ? name : std::string(); });
  };
  part(true).save(fs::path(path()) / "model-00001-of-00002.safetensors");
  part(false).save(fs::path(path()) / "model-00002-of-00002.safetensors");
  nlohmann::json index;
  for (const std::string& name : original.names())
    index["weight_map"][name] =
        in_first(name) ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors";
  write_file(fs::path(path()) / "model.safetensors.index.json", index.dump());
  fs::remove(weights());
  expect_same_model();
}

TEST_F(BertCheckpoint, TensorsAtAnyAddressAreRead) {
  std::string bytes = read_file(weights());
  for (int added = 1; added < 4; ++added) {
    bytes.insert(8 + 4824, " ");  // the end of the header
    bytes[0] = static_cast<char>(bytes[0] + 1);
    write_file(weights(), bytes);
    ASSERT_FALSE(SafetensorsFile::open(weights()).is_viewable_as<float>("cls.predictions.bias"));
    expect_same_model();
  }
}

// ---- Checkpoints with more or less in them

TEST_F(BertCheckpoint, TensorsWithoutUseAreListed) {
  SafetensorsWriter writer = unchanged();
  writer.add("classifier.weight", Tensor<float, 2>(Shape<2>{3, 32}));
  // gamma and beta are old words only at the end of a name.
  writer.add("bert.embeddings.LayerNorm.gamma.mean", Tensor<float, 1>(32));
  writer.add("bert.encoder.layer.2.output.dense.bias", Tensor<float, 1>(32));
  writer.save(weights());
  EXPECT_EQ(load().unused_tensors(),
            (Names{"bert.embeddings.LayerNorm.gamma.mean", "bert.encoder.layer.2.output.dense.bias",
                   "classifier.weight"}));
}

TEST_F(BertCheckpoint, WithoutPoolerThereIsNoPooledOutputAndNoNextSentence) {
  save_without("pooler");
  const Bert<float> model = load();
  EXPECT_FALSE(model.encoder().has_pooler());
  EXPECT_FALSE(model.has_next_sentence_head());
  EXPECT_TRUE(model(batch_of({4, 9})).pooler_output.is_empty());
  EXPECT_EQ(model.unused_tensors(),
            (Names{"cls.seq_relationship.bias", "cls.seq_relationship.weight"}));
}

TEST_F(BertCheckpoint, WithoutHeadsTheEncoderIsTheSame) {
  save_without("cls.");
  const Bert<float> model = load();
  EXPECT_FALSE(model.has_masked_language_model_head());
  EXPECT_FALSE(model.has_next_sentence_head());
  expect_equal(model(batch_of({4, 9})).pooler_output,
               tiny_model<float>()(batch_of({4, 9})).pooler_output);
}

TEST_F(BertCheckpoint, UntiedDecoderIsUsed) {
  SafetensorsWriter writer = unchanged();
  writer.add("cls.predictions.decoder.weight", Tensor<float, 2>(Shape<2>{182, 32}));  // zeros
  writer.save(weights());
  const Tensor<float, 2> logits =
      load().masked_language_model_logits(Tensor<float, 2>(Shape<2>{1, 32}));
  expect_equal(Tensor<float, 1>(logits[0]), original.tensor<float, 1>("cls.predictions.bias"));
}

TEST_F(BertCheckpoint, UntiedDecoderMustBeThere) {
  change_config("tie_word_embeddings", false);
  EXPECT_THROW_WITH(load(), FormatError,
                    "Bert::from_pretrained: the checkpoint must hold the tensor "
                    "\"bert.cls.predictions.decoder.weight\" or "
                    "\"cls.predictions.decoder.weight\"; got 46 other tensors");
}

TEST_F(BertCheckpoint, MissingTensorIsNamedWithEveryNameTried) {
  save_without("layer.1.attention.self.key.weight");
  EXPECT_THROW_WITH(load(), FormatError,
                    "Bert::from_pretrained: the checkpoint must hold the tensor "
                    "\"bert.encoder.layer.1.attention.self.key.weight\" or "
                    "\"encoder.layer.1.attention.self.key.weight\"; got 45 other tensors");
}

TEST_F(BertCheckpoint, MissingLayerNormIsNamedWithItsOldNamesToo) {
  save_without("embeddings.LayerNorm.gamma");
  EXPECT_THROW_WITH(load(), FormatError,
                    "Bert::from_pretrained: the checkpoint must hold the tensor "
                    "\"bert.embeddings.LayerNorm.weight\" or \"embeddings.LayerNorm.weight\" or "
                    "\"bert.embeddings.LayerNorm.gamma\" or \"embeddings.LayerNorm.gamma\"; got 45 "
                    "other tensors");
}

TEST_F(BertCheckpoint, TensorOfOtherShapeIsNamed) {
  change_config("type_vocab_size", 3);
  EXPECT_THROW_WITH(load(), ShapeError,
                    "Bert::from_pretrained: tensor "
                    "\"bert.embeddings.token_type_embeddings.weight\" must have the shape of the "
                    "configuration; got tensor [2, 32], configuration [3, 32]");
}

// ---- config.json

TEST_F(BertCheckpoint, EveryKeyOfTheConfigurationIsRead) {
  write_file(config(),
             R"({"vocab_size": 11, "hidden_size": 12, "num_hidden_layers": 3,
                 "num_attention_heads": 4, "intermediate_size": 5, "hidden_act": "gelu_new",
                 "max_position_embeddings": 6, "type_vocab_size": 7, "layer_norm_eps": 1e-5,
                 "pad_token_id": 8, "tie_word_embeddings": false})");
  const EncoderConfig read = load_bert_config(config());
  EXPECT_EQ(read.model_type, "bert");
  EXPECT_EQ(read.vocab_size, 11);
  EXPECT_EQ(read.hidden_size, 12);
  EXPECT_EQ(read.num_layers, 3);
  EXPECT_EQ(read.num_heads, 4);
  EXPECT_EQ(read.intermediate_size, 5);
  EXPECT_EQ(read.activation, Activation::gelu_tanh);
  EXPECT_EQ(read.max_position_embeddings, 6);
  EXPECT_EQ(read.type_vocab_size, 7);
  EXPECT_EQ(read.layer_norm_epsilon, 1e-5);
  EXPECT_EQ(read.pad_token_id, 8);
  EXPECT_FALSE(read.has_tied_decoder);
}

TEST_F(BertCheckpoint, AbsentKeysHaveTheDefaultsOfBertBase) {
  write_file(config(), "{}");
  const EncoderConfig read = load_bert_config(config());
  EXPECT_EQ(read.model_type, "bert");
  EXPECT_EQ(read.vocab_size, 30522);
  EXPECT_EQ(read.hidden_size, 768);
  EXPECT_EQ(read.num_layers, 12);
  EXPECT_EQ(read.num_heads, 12);
  EXPECT_EQ(read.intermediate_size, 3072);
  EXPECT_EQ(read.activation, Activation::gelu_erf);
  EXPECT_EQ(read.max_position_embeddings, 512);
  EXPECT_EQ(read.type_vocab_size, 2);
  EXPECT_EQ(read.layer_norm_epsilon, 1e-12);
  EXPECT_EQ(read.pad_token_id, 0);
  EXPECT_TRUE(read.has_tied_decoder);
}

TEST_F(BertCheckpoint, DecodersAndRelativePositionsAreRefusedByName) {
  const std::string in = ", in " + quote(config().string());
  const auto expect_refused = [&](const char* key, const nlohmann::json& value,
                                  const std::string& message) {
    const auto good = nlohmann::json::parse(read_file(config()));
    change_config(key, value);
    EXPECT_THROW_WITH(load(), ValueError, "load_bert_config: " + message + in);
    write_file(config(), good.dump());
  };
  expect_refused("is_decoder", true, "is_decoder must be false; got is_decoder true");
  expect_refused("add_cross_attention", true,
                 "add_cross_attention must be false; got add_cross_attention true");
  expect_refused("position_embedding_type", "relative_key",
                 "position_embedding_type must be \"absolute\"; got position_embedding_type "
                 "\"relative_key\"");
  expect_refused("model_type", "distilbert",
                 "model_type must be \"bert\"; got model_type \"distilbert\"");
}

TEST_F(BertCheckpoint, WrongConfigurationIsRefused) {
  change_config("num_attention_heads", 5);
  EXPECT_THROW_WITH(load(), ValueError,
                    "load_bert_config: num_heads must divide hidden_size; got num_heads 5, "
                    "hidden_size 32");
  change_config("num_attention_heads", 4);
  change_config("type_vocab_size", -1);
  EXPECT_THROW_WITH(load(), ValueError,
                    "load_bert_config: type_vocab_size must be >= 0; got type_vocab_size -1");
  change_config("type_vocab_size", 2);
  change_config("layer_norm_eps", -1);
  EXPECT_THROW_WITH(load(), ValueError,
                    "load_bert_config: layer_norm_epsilon must be >= 0; got layer_norm_epsilon -1");
  change_config("layer_norm_eps", "small");
  EXPECT_THROW_WITH(load(), FormatError,
                    "load_bert_config: " + quote(config().string()) +
                        " must have a number under \"layer_norm_eps\"; got value "
                        "\"\\\"small\\\"\"");
}

TEST_F(BertCheckpoint, EveryActivationOfTheConfigurationIsUsed) {
  change_config("hidden_act", "relu");
  const Tensor<float, 3> relu = load()(batch_of({4, 9, 5})).last_hidden_state;
  change_config("hidden_act", "gelu_new");
  const Tensor<float, 3> gelu_tanh = load()(batch_of({4, 9, 5})).last_hidden_state;
  const Tensor<float, 3> gelu_erf = tiny_model<float>()(batch_of({4, 9, 5})).last_hidden_state;
  EXPECT_GT((relu.matrix(0) - gelu_erf.matrix(0)).cwiseAbs().maxCoeff(), 0.01f);
  EXPECT_GT((gelu_tanh.matrix(0) - gelu_erf.matrix(0)).cwiseAbs().maxCoeff(), 1e-5f);
  expect_near(gelu_tanh, gelu_erf, 5e-3);
}

}  // namespace
}  // namespace eigenhead
