#include "eigenhead/tasks/sentence_encoder.hpp"

#include "eigenhead/io/safetensors_writer.hpp"
#include "models/checkpoint_copy.hpp"
#include "models/fixture_case.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// The folder tests/data/heads/sentences in a temporary one, to be changed.
class FolderCopy {
 public:
  FolderCopy() {
    fs::copy(test_data() / "heads/sentences", folder_.path(), fs::copy_options::recursive);
  }

  std::string path() const { return folder_.path().string(); }
  fs::path file(const std::string& name) const { return folder_ / name; }
  SentenceConfig config() const { return load_sentence_config(path()); }

  void change(const std::string& name, const std::string& key, const Json& value) const {
    Json json = Json::parse(read_file(file(name)));
    json[key] = value;
    write_file(file(name), json.dump());
  }

 private:
  TemporaryFolder folder_;
};

std::vector<Json> expected() {
  return Json::parse(read_file(test_data() / "heads/expected.json")).at("sentences");
}

template <class Scalar>
Tensor<Scalar, 2> rows_of(const std::vector<Json>& items, const char* key) {
  Tensor<Scalar, 2> rows(Shape<2>{items.size(), items.front().at(key).size()});
  for (std::size_t i = 0; i < items.size(); ++i)
    for (std::size_t k = 0; k < items[i].at(key).size(); ++k)
      rows(static_cast<Index>(i), static_cast<Index>(k)) = items[i].at(key)[k].get<Scalar>();
  return rows;
}

std::string minilm() { return (test_data() / "fixtures/tiny-minilm").string(); }

std::vector<std::string> minilm_sentences() {
  return Json::parse(read_file(test_data() / "fixtures/tiny-minilm/sentences.json"))
      .get<std::vector<std::string>>();
}

template <class Scalar>
void expect_minilm() {
  const auto encoder = SentenceEncoder<Scalar>::from_pretrained(minilm());
  expect_near(
      encoder(minilm_sentences()),
      FixtureCase<Scalar>("fixtures/tiny-minilm", "").template expected<2>("sentence_embeddings"),
      FixtureCase<Scalar>::kTolerance);
}

TEST(SentenceEncoder, FolderOfSentenceTransformersGivesItsEmbeddings) {
  expect_minilm<float>();
  expect_minilm<double>();
}

template <class Scalar>
void expect_every_module(double tolerance) {
  const auto encoder =
      SentenceEncoder<Scalar>::from_pretrained((test_data() / "heads/sentences").string());
  EXPECT_EQ(encoder.dimension(), 10);
  EXPECT_EQ(encoder.max_length(), 12);
  for (const Json& item : expected()) {
    SentenceOptions options;
    options.prompt = item.at("prompt").get<std::string>();
    expect_near(encoder({item.at("text").get<std::string>()}, options),
                rows_of<Scalar>({item}, "embedding"), tolerance);
  }
}

TEST(SentenceEncoder, EveryModeDensePromptsAndTruncationTakePart) {
  expect_every_module<float>(2e-5);
  expect_every_module<double>(1e-10);
}

TEST(SentenceEncoder, OptionsGoBeforeTheFolder) {
  const auto encoder = SentenceEncoder<double>::from_pretrained(minilm());
  const std::vector<std::string> texts = minilm_sentences();
  const FixtureCase<double> wanted("fixtures/tiny-minilm", "");
  SentenceOptions options;
  options.is_normalized = false;
  expect_near(encoder(texts, options), wanted.expected<2>("mean_pooled"), 1e-11);
  options.pooling = {Pooling::cls};
  expect_near(encoder(texts, options), wanted.expected<2>("cls_pooled"), 1e-11);
  options.pooling = {Pooling::max, Pooling::cls};
  EXPECT_EQ(encoder.dimension(options), 96);
  const Tensor<double, 2> both = encoder(texts, options);
  expect_near(Tensor<double, 2>(both.slice(1, 0, 48)), wanted.expected<2>("max_pooled"), 1e-11);
  expect_near(Tensor<double, 2>(both.slice(1, 48, 96)), wanted.expected<2>("cls_pooled"), 1e-11);
}

TEST(SentenceEncoder, TruncatedVectorsAreNormalizedWhenAsked) {
  const auto encoder = SentenceEncoder<double>::from_pretrained(minilm());
  const Tensor<double, 2> whole = encoder({"a text"});
  SentenceOptions options;
  options.truncate_dim = 7;
  const Tensor<double, 2> cut = encoder({"a text"}, options);
  expect_equal(cut, Tensor<double, 2>(whole.slice(1, 0, 7)));
  options.is_normalized = true;
  expect_near(encoder({"a text"}, options), l2_normalize<double>(cut), 1e-15);
  options.truncate_dim = 1000;  // more than there are
  EXPECT_EQ(encoder.dimension(options), 48);
}

TEST(SentenceEncoder, BitsDoNotDependOnTheOtherTexts) {
  const auto encoder = SentenceEncoder<float>::from_pretrained(minilm());
  const std::vector<std::string> texts{"a", "a much longer text of many words", "", "two words"};
  for (const Index batch_size : {1, 3, 32}) {
    SentenceOptions options;
    options.batch_size = batch_size;
    const Tensor<float, 2> vectors = encoder(texts, options);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto row = static_cast<Index>(i);
      expect_equal(Tensor<float, 2>(vectors.slice(0, row, row + 1)), encoder({texts[i]}));
    }
  }
  EXPECT_EQ(encoder(std::vector<std::string>()).shape(), (Shape<2>{0, 48}));
}

TEST(SentenceEncoder, PromptsAreFoundByName) {
  const FolderCopy copy;
  const auto item = expected()[1];
  const std::vector<std::string> text{item.at("text").get<std::string>()};
  SentenceOptions options;
  options.prompt_name = "query";
  const auto encoder = SentenceEncoder<double>::from_pretrained(copy.path());
  expect_near(encoder(text, options), rows_of<double>({item}, "embedding"), 1e-10);
  copy.change("config_sentence_transformers.json", "default_prompt_name", "query");
  expect_near(SentenceEncoder<double>::from_pretrained(copy.path())(text),
              rows_of<double>({item}, "embedding"), 1e-10);
  options.prompt_name = "passages";
  EXPECT_THROW_WITH(encoder(text, options), ValueError,
                    "SentenceEncoder: prompt_name must be one of the folder's prompts; got "
                    "\"passages\"; prompts \"passage\", \"query\"");
  options.prompt = "query: ";
  EXPECT_THROW_WITH(encoder(text, options), ValueError,
                    "SentenceEncoder: prompt and prompt_name must not both be given; got prompt "
                    "\"query: \", prompt_name \"passages\"");
}

TEST(SentenceEncoder, WrongCountsAreRefused) {
  const auto encoder = SentenceEncoder<float>::from_pretrained(minilm());
  SentenceOptions options;
  options.batch_size = 0;
  EXPECT_THROW_WITH(encoder({"a"}, options), ValueError,
                    "SentenceEncoder: batch_size and truncate_dim must be >= 1; got batch_size 0, "
                    "truncate_dim 1");
}

TEST(SentenceEncoder, WithoutModulesTheMeanIsTaken) {
  const CheckpointCopy copy("fixtures/tiny-minilm");
  fs::copy(fs::path(minilm()) / "tokenizer.json", fs::path(copy.path()) / "tokenizer.json");
  const auto encoder = SentenceEncoder<double>::from_pretrained(copy.path());
  EXPECT_EQ(encoder.max_length(), 64);
  expect_near(encoder(minilm_sentences()),
              FixtureCase<double>("fixtures/tiny-minilm", "").expected<2>("mean_pooled"), 1e-11);
}

TEST(SentenceEncoder, LowerCasingLeavesAccents) {
  const FolderCopy copy;
  write_file(copy.file("tokenizer_config.json"), R"({"do_lower_case": false})");
  const auto ids = [&](const char* text) {
    return SentenceEncoder<float>::from_pretrained(copy.path()).tokenizer().encode_ids(text);
  };
  EXPECT_EQ(ids("ADA"), ids("B"));  // unknown
  copy.change("sentence_bert_config.json", "do_lower_case", true);
  EXPECT_EQ(ids("ADA"), ids("ada"));
  EXPECT_EQ(ids("\xc3\xa1"
                "da"),
            ids("B"));  // an accent that is not stripped
}

TEST(SentenceEncoder, DenseWithoutBiasAndWithOtherActivations) {
  const FolderCopy copy;
  copy.change("2_Dense/config.json", "bias", false);
  copy.change("2_Dense/config.json", "activation_function", "torch.nn.modules.linear.Identity");
  const auto encoder = SentenceEncoder<double>::from_pretrained(copy.path());
  SentenceOptions options;
  options.is_normalized = false;
  const SafetensorsFile file = SafetensorsFile::open(copy.file("2_Dense/model.safetensors"));
  const auto weight = file.tensor<double, 2>("linear.weight");  // [10, 72]
  // A linear map: f(x) of every mode from the weights.
  const TokenBatch batch(encoder.tokenize({"ada wrote notes"}));
  const Tensor<double, 2> pooled =
      pool<double>(encoder.model()(batch).last_hidden_state, batch, encoder.config().pooling);
  expect_near(encoder({"ada wrote notes"}, options),
              Tensor<double, 2>(pooled.matrix() * weight.matrix().transpose()), 1e-12);
  copy.change("2_Dense/config.json", "use_residual", true);
  EXPECT_THROW_WITH(
      SentenceEncoder<double>::from_pretrained(copy.path()), FormatError,
      "SentenceEncoder::from_pretrained: " + quote(copy.file("2_Dense/config.json").string()) +
          " must have no use_residual; got use_residual true");
}

TEST(SentenceEncoder, UnknownActivationOfDenseNamesItsFile) {
  const FolderCopy copy;
  copy.change("2_Dense/config.json", "activation_function", "torch.nn.modules.activation.ELU");
  EXPECT_THROW_WITH(
      SentenceEncoder<double>::from_pretrained(copy.path()), ValueError,
      "SentenceEncoder::from_pretrained: " + quote(copy.file("2_Dense/config.json").string()) +
          " must name a known activation; got \"elu\"; activation_from_name: name must be one of "
          "gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu, relu6, silu, swish, "
          "mish, tanh, sigmoid, linear; got \"elu\"");
}

TEST(SentenceEncoder, DenseOfAnotherWidthIsRefused) {
  const FolderCopy copy;
  copy.change("1_Pooling/config.json", "pooling_mode", "mean");
  EXPECT_THROW_WITH(SentenceEncoder<double>::from_pretrained(copy.path()), ShapeError,
                    "SentenceEncoder::from_pretrained: tensor \"linear.weight\" must have the "
                    "shape of the configuration; got tensor [10, 72], configuration [10, 12]");
}

TEST(LoadSentenceConfig, NewWordsGoBeforeOldOnes) {
  const FolderCopy copy;
  EXPECT_EQ(copy.config().pooling, (std::vector<Pooling>{Pooling::max, Pooling::mean, Pooling::cls,
                                                         Pooling::mean_sqrt_length,
                                                         Pooling::weighted_mean, Pooling::last}));
  EXPECT_FALSE(copy.config().includes_prompt);
  copy.change("1_Pooling/config.json", "pooling_mode", "lasttoken");
  EXPECT_EQ(copy.config().pooling, std::vector<Pooling>{Pooling::last});
  copy.change("1_Pooling/config.json", "pooling_mode", "median");
  EXPECT_THROW_WITH(copy.config(), FormatError,
                    "load_sentence_config: " + quote(copy.file("1_Pooling/config.json").string()) +
                        " must name pooling modes cls, max, mean, mean_sqrt_len_tokens, "
                        "weightedmean or lasttoken; got \"\\\"median\\\"\"");
}

TEST(LoadSentenceConfig, OldBooleansHaveTheirOwnOrder) {
  const FolderCopy copy;
  write_file(copy.file("1_Pooling/config.json"),
             R"({"pooling_mode_lasttoken": true, "pooling_mode_weightedmean_tokens": true,
                 "pooling_mode_mean_sqrt_len_tokens": true, "pooling_mode_mean_tokens": true,
                 "pooling_mode_max_tokens": true, "pooling_mode_cls_token": true})");
  EXPECT_EQ(copy.config().pooling, (std::vector<Pooling>{Pooling::cls, Pooling::max, Pooling::mean,
                                                         Pooling::mean_sqrt_length,
                                                         Pooling::weighted_mean, Pooling::last}));
  write_file(copy.file("1_Pooling/config.json"), R"({"pooling_mode_cls_token": false})");
  EXPECT_EQ(copy.config().pooling, std::vector<Pooling>{Pooling::mean});
  EXPECT_TRUE(copy.config().includes_prompt);
}

TEST(LoadSentenceConfig, OtherModulesAreRefusedByName) {
  const FolderCopy copy;
  const std::string prefix =
      "load_sentence_config: " + quote(copy.file("modules.json").string()) + " must ";
  Json modules = Json::parse(read_file(copy.file("modules.json")));
  modules[2]["type"] = "sentence_transformers.models.LSTM";
  write_file(copy.file("modules.json"), modules.dump());
  EXPECT_THROW_WITH(copy.config(), FormatError,
                    prefix +
                        "list Transformer, Pooling, then any of Dense and Normalize; got "
                        "module 2, type \"LSTM\"");
  modules[2]["type"] = "sentence_transformers.base.modules.dense.Dense";  // newer paths
  modules[0]["path"] = "0_Transformer";
  write_file(copy.file("modules.json"), modules.dump());
  EXPECT_EQ(copy.config().modules.size(), 2u);
  EXPECT_EQ(copy.config().transformer.filename(), "0_Transformer");
  write_file(copy.file("modules.json"), "[]");
  EXPECT_THROW_WITH(copy.config(), FormatError,
                    prefix + "list a Transformer and a Pooling module; got elements 0");
}

TEST(LoadSentenceConfig, PromptsMustBeTexts) {
  const FolderCopy copy;
  copy.change("config_sentence_transformers.json", "prompts", {"query: "});
  EXPECT_THROW_WITH(
      copy.config(), FormatError,
      "load_sentence_config: " + quote(copy.file("config_sentence_transformers.json").string()) +
          " must have an object under \"prompts\"; got type array");
}

}  // namespace
}  // namespace eigenhead
