// AutoModel and the tasks on it, against tests/data/heads: checkpoints and results of
// tests/data/heads/generate.py. One file, since each that has an encoder costs seconds to compile.

#include "eigenhead/models/auto_model.hpp"
#include "eigenhead/tasks/answer_question.hpp"
#include "eigenhead/tasks/classify.hpp"
#include "eigenhead/tasks/fill_mask.hpp"
#include "eigenhead/tasks/find_entities.hpp"
#include "eigenhead/text/load_tokenizer.hpp"
#include "models/checkpoint_copy.hpp"
#include "models/fixture_case.hpp"
#include "support/data.hpp"
#include "support/model_cache.hpp"
#include "support/near.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

using Json = nlohmann::json;

const Json& expected(const char* task) {
  static const Json all = Json::parse(read_file(test_data() / "heads/expected.json"));
  return all.at(task);
}

std::string folder(const std::string& name) { return (test_data() / "heads" / name).string(); }

/// A checkpoint of tests/data/heads with its tokenizer.
template <class Scalar>
struct Loaded {
  explicit Loaded(const std::string& name)
      : model(AutoModel<Scalar>::from_pretrained(folder(name))),
        tokenizer(load_tokenizer(folder(name))) {}

  AutoModel<Scalar> model;
  BertTokenizer tokenizer;
};

template <class Scalar>
constexpr double kTolerance = std::is_same_v<Scalar, double> ? 1e-10 : 2e-5;

template <class Scalar>
class Tasks : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(Tasks, Scalars);

/// `scores` are those of the labels in the order of the classifier.
void expect_scores(const std::vector<LabelScore>& actual, const std::vector<std::string>& labels,
                   const Json& scores, double tolerance) {
  ASSERT_EQ(actual.size(), scores.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto found = std::find_if(actual.begin(), actual.end(), [&](const LabelScore& score) {
      return score.label == labels[i];
    });
    ASSERT_NE(found, actual.end()) << labels[i];
    EXPECT_NEAR(found->score, scores[i].get<double>(), tolerance) << labels[i];
    if (i > 0) {
      EXPECT_GE(actual[i - 1].score, actual[i].score);
    }
  }
}

TYPED_TEST(Tasks, BertClassifiesTextsAndPairsByItsPooledOutput) {
  const Loaded<TypeParam> bert("bert-sequence");
  EXPECT_EQ(bert.model.task().architecture, "BertForSequenceClassification");
  EXPECT_EQ(bert.model.unused_tensors(), std::vector<std::string>());
  for (const Json& item : expected("bert_sequence")) {
    const auto text = item.at("text").get<std::string>();
    ClassifyOptions options;
    const auto run = [&] {
      return item.at("pair").is_null() ? classify(bert.model, bert.tokenizer, text, options)
                                       : classify_pair(bert.model, bert.tokenizer, text,
                                                       item.at("pair").get<std::string>(), options);
    };
    expect_scores(run(), bert.model.labels(), item.at("probabilities"), kTolerance<TypeParam>);
    options.score_function = ScoreFunction::none;
    expect_scores(run(), bert.model.labels(), item.at("logits"), kTolerance<TypeParam>);
  }
}

TYPED_TEST(Tasks, DistilBertHasReluBelowItsClassifier) {
  const Loaded<TypeParam> distilbert("distilbert-regression");
  for (const Json& item : expected("distilbert_regression")) {
    const std::vector<LabelScore> scores =
        classify(distilbert.model, distilbert.tokenizer, item.at("text").get<std::string>());
    expect_scores(scores, {"LABEL_0"}, Json::array({item.at("logit")}), kTolerance<TypeParam>);
  }
}

TYPED_TEST(Tasks, EntitiesAreThoseOfEveryStrategy) {
  const Loaded<TypeParam> bert("bert-token");
  const std::vector<std::pair<const char*, EntityStrategy>> strategies{
      {"none", EntityStrategy::none},
      {"simple", EntityStrategy::simple},
      {"first", EntityStrategy::first},
      {"average", EntityStrategy::average},
      {"max", EntityStrategy::max}};
  for (const Json& item : expected("bert_token"))
    for (const auto& [name, strategy] : strategies) {
      if (!item.at("entities").contains(name)) continue;
      SCOPED_TRACE(name);
      const auto text = item.at("text").get<std::string>();
      FindEntitiesOptions options;
      options.strategy = strategy;
      if (item.contains("stride")) {
        options.stride = item.at("stride").get<Index>();
        options.max_length = item.at("max_length").get<Index>();
      }
      const std::vector<Entity> entities = find_entities(bert.model, bert.tokenizer, text, options);
      const Json& wanted = item.at("entities").at(name);
      ASSERT_EQ(entities.size(), wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const TextRange range{wanted[i].at("start").get<Index>(), wanted[i].at("end").get<Index>()};
        EXPECT_EQ(entities[i].label, wanted[i].at("label").get<std::string>()) << i;
        EXPECT_EQ(entities[i].range, range) << i;
        EXPECT_EQ(entities[i].text, detail::part_of(text, range)) << i;
        EXPECT_NEAR(entities[i].score, wanted[i].at("score").get<double>(), kTolerance<TypeParam>);
      }
    }
}

TYPED_TEST(Tasks, AnswersAreTheBestSpansOfAllWindows) {
  const Loaded<TypeParam> distilbert("distilbert-answers");
  for (const Json& item : expected("distilbert_answers")) {
    const auto context = item.at("context").get<std::string>();
    AnswerOptions options;
    options.top_k = 4;
    options.max_answer_length = item.at("max_answer_length").get<Index>();
    options.max_length = item.at("max_length").get<Index>();
    options.stride = item.at("stride").get<Index>();
    std::vector<Answer> answers =
        answer_question(distilbert.model, distilbert.tokenizer,
                        item.at("question").get<std::string>(), context, options);
    const Json& wanted = item.at("answers");
    ASSERT_EQ(answers.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const TextRange range{wanted[i].at("start").get<Index>(), wanted[i].at("end").get<Index>()};
      EXPECT_EQ(answers[i].range, range) << i;
      EXPECT_EQ(answers[i].text, detail::part_of(context, range));
      EXPECT_NEAR(answers[i].score, wanted[i].at("score").get<double>(), kTolerance<TypeParam>);
    }
    options.may_have_no_answer = true;
    options.top_k = 100000;
    answers = answer_question(distilbert.model, distilbert.tokenizer,
                              item.at("question").get<std::string>(), context, options);
    const auto none = std::find_if(answers.begin(), answers.end(),
                                   [](const Answer& answer) { return answer.text.empty(); });
    ASSERT_NE(none, answers.end());
    EXPECT_NEAR(none->score, item.at("no_answer").get<double>(), kTolerance<TypeParam>);
  }
}

template <class Scalar>
void expect_hidden(const Loaded<Scalar>& loaded, const TokenBatch& batch, const Json& rows) {
  const Tensor<Scalar, 3> hidden = loaded.model(batch).last_hidden_state;
  ASSERT_EQ(hidden.extent(1), static_cast<Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t k = 0; k < rows[i].size(); ++k)
      EXPECT_NEAR(hidden(0, static_cast<Index>(i), static_cast<Index>(k)), rows[i][k].get<double>(),
                  kTolerance<Scalar>);
}

TYPED_TEST(Tasks, MpnetHasRelativePositionsAndFillsMasks) {
  const Loaded<TypeParam> mpnet("mpnet-masked");
  EXPECT_EQ(mpnet.model.unused_tensors(), std::vector<std::string>());
  EXPECT_EQ(mpnet.model.config().max_length(), 32);
  FillMaskOptions options;
  options.top_k = 3;
  for (const Json& item : expected("mpnet_masked")) {
    const auto text = item.at("text").get<std::string>();
    const Encoding encoding = mpnet.tokenizer.encode(text);
    ASSERT_EQ(encoding.token_ids, item.at("input_ids").get<std::vector<std::int32_t>>());
    expect_hidden(mpnet, encoding, item.at("last_hidden_state"));
    const auto masks = fill_mask(mpnet.model, mpnet.tokenizer, text, options);
    const Json& wanted = item.at("masks");
    ASSERT_EQ(masks.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(masks[i].position, wanted[i].at("position").get<Index>());
      for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_EQ(masks[i].predictions[k].token, wanted[i].at("tokens")[k].get<std::string>());
        EXPECT_NEAR(masks[i].predictions[k].probability,
                    wanted[i].at("probabilities")[k].get<double>(), kTolerance<TypeParam>);
      }
    }
  }
}

TYPED_TEST(Tasks, ElectraProjectsItsEmbeddingsAndClassifiesByGelu) {
  const Loaded<TypeParam> electra("electra-sequence");
  EXPECT_EQ(electra.model.unused_tensors(), std::vector<std::string>());
  ClassifyOptions options;
  options.score_function = ScoreFunction::none;
  for (const Json& item : expected("electra_sequence")) {
    expect_hidden(electra,
                  batch_of(item.at("input_ids").get<std::vector<std::int32_t>>(),
                           item.at("token_type_ids").get<std::vector<std::int32_t>>()),
                  item.at("last_hidden_state"));
    const auto text = item.at("text").get<std::string>();
    const auto scores = item.at("pair").is_null()
                            ? classify(electra.model, electra.tokenizer, text, options)
                            : classify_pair(electra.model, electra.tokenizer, text,
                                            item.at("pair").get<std::string>(), options);
    expect_scores(scores, {"LABEL_0", "LABEL_1"}, item.at("logits"), kTolerance<TypeParam>);
  }
}

TEST(FillMask, PredictsEveryMaskOfTheBundledModel) {
  const auto model = AutoModel<float>::from_pretrained(bundled_model().string());
  const BertTokenizer tokenizer = load_tokenizer(bundled_model());
  FillMaskOptions options;
  options.top_k = 3;
  const std::vector<MaskPrediction> masks =
      fill_mask(model, tokenizer, "The king of [MASK] went [MASK] the house.", options);
  ASSERT_EQ(masks.size(), 2u);
  EXPECT_EQ(masks[0].position, 4);
  EXPECT_EQ(masks[0].range, (TextRange{12, 18}));
  EXPECT_EQ(masks[1].range, (TextRange{24, 30}));
  for (const MaskPrediction& mask : masks) {
    ASSERT_EQ(mask.predictions.size(), 3u);
    EXPECT_GE(mask.predictions[0].probability, mask.predictions[1].probability);
    EXPECT_EQ(tokenizer.token_to_id(mask.predictions[0].token), mask.predictions[0].token_id);
  }
  // Stored outputs of the original library are for other texts: the definition itself is checked.
  const TokenBatch batch(tokenizer.encode("The king of [MASK] went [MASK] the house."));
  const Tensor<float, 3> logits =
      model.masked_language_model_logits(batch, model(batch).last_hidden_state);
  const TokenPrediction& best = masks[1].predictions[0];
  Index argmax = 0;
  const float largest = logits.vector(0, 6).maxCoeff(&argmax);
  EXPECT_EQ(best.token_id, argmax);
  EXPECT_NEAR(best.probability,
              1 / (logits.vector(0, 6).array() - largest).exp().cast<double>().sum(), 1e-6);
}

TEST(FillMask, RefusesTextsWithoutMaskAndModelsWithoutHead) {
  const auto model = AutoModel<float>::from_pretrained(bundled_model().string());
  const BertTokenizer tokenizer = load_tokenizer(bundled_model());
  EXPECT_THROW_WITH(fill_mask(model, tokenizer, "The king."), ValueError,
                    "fill_mask: text must hold the mask token \"[MASK]\"; got 5 tokens without it");
  EXPECT_THROW_WITH(
      fill_mask_batch(model, tokenizer, tokenizer.encode_batch({"[MASK]", "The king."})),
      ValueError,
      "fill_mask: text must hold the mask token \"[MASK]\"; got 5 tokens without it, in text 1");
  FillMaskOptions options;
  options.top_k = 0;
  EXPECT_THROW_WITH(fill_mask(model, tokenizer, "[MASK]", options), ValueError,
                    "fill_mask: top_k must be >= 1; got top_k 0");
  const Loaded<float> bert("bert-token");
  EXPECT_THROW_WITH(fill_mask(bert.model, bert.tokenizer, "[MASK]"), ValueError,
                    "fill_mask: model must have a masked-language-model head; got none");
  EXPECT_EQ(fill_mask_batch(model, tokenizer, {}).size(), 0u);
}

TEST(FillMask, TokenizerWithoutMaskTokenIsRefused) {
  const auto model = AutoModel<float>::from_pretrained(bundled_model().string());
  const BertTokenizer tokenizer(Vocabulary::from_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\nking\n"));
  EXPECT_THROW_WITH(fill_mask(model, tokenizer, "king"), ValueError,
                    "fill_mask: tokenizer must have the mask token \"[MASK]\"; got none");
}

TEST(AutoModel, NameStandsForTheSnapshotInTheCache) {
  const TemporaryFolder cache;
  ModelCacheEnvironment environment;
  environment.set("HF_HUB_CACHE", cache.path().c_str());
  const auto snapshots = cache / "models--ada--entities" / "snapshots";
  for (const char* revision : {"aaa", "bbb"})
    std::filesystem::create_directories(snapshots / revision);
  std::filesystem::copy(folder("bert-token"), snapshots / "aaa");
  std::filesystem::copy(folder("bert-sequence"), snapshots / "bbb");
  std::filesystem::create_directories(cache / "models--ada--entities" / "refs");
  write_file(cache / "models--ada--entities" / "refs" / "main", "aaa\n");
  for (const char* name : {"ada/entities", "entities"})
    EXPECT_TRUE(AutoModel<float>::from_pretrained(name).has_token_classification_head()) << name;
  write_file(cache / "models--ada--entities" / "refs" / "main", "bbb");
  EXPECT_TRUE(AutoModel<float>::from_pretrained("ada/entities").has_sequence_classification_head());
  EXPECT_THROW_WITH(
      AutoModel<float>::from_pretrained("ada/answers"), FileError,
      "find_model_folder: model must be a folder or a name in the Hugging Face cache; got "
      "\"ada/answers\"; looked for the folder " +
          quote(std::filesystem::absolute("ada/answers").string()) + " and for a snapshot in " +
          quote(cache.path().string()));
}

TEST(AutoModel, UnusedTensorsAreThoseThatNoHeadUses) {
  const CheckpointCopy copy("heads/bert-token");
  SafetensorsWriter writer = copy.unchanged();
  writer.add("other", Tensor<float, 1>(1));
  writer.save(copy.weights());
  const auto model = AutoModel<float>::from_pretrained(copy.path());
  const EncoderModel<float>& base = model;
  EXPECT_EQ(model.unused_tensors(), std::vector<std::string>{"other"});
  EXPECT_EQ(base.unused_tensors(), std::vector<std::string>{"other"});
}

TEST(AutoModel, HeadsThatTheCheckpointLacksAreRefusedByName) {
  const Loaded<float> bert("bert-sequence");
  EXPECT_TRUE(bert.model.has_sequence_classification_head());
  EXPECT_FALSE(bert.model.has_token_classification_head());
  EXPECT_FALSE(bert.model.has_question_answering_head());
  EXPECT_THROW_WITH(find_entities(bert.model, bert.tokenizer, "ada"), ValueError,
                    "find_entities: model must have a token-classification head; got architecture "
                    "\"BertForSequenceClassification\"");
  EXPECT_THROW_WITH(answer_question(bert.model, bert.tokenizer, "who", "ada"), ValueError,
                    "answer_question: model must have a question-answering head; got architecture "
                    "\"BertForSequenceClassification\"");
  EXPECT_THROW_WITH(next_sentence_probability(bert.model, bert.tokenizer, "who", "ada"), ValueError,
                    "next_sentence_logits: model must have a next-sentence head; got none");
  const TokenBatch batch(bert.tokenizer.encode("ada"));
  const Tensor<float, 3> hidden = bert.model(batch).last_hidden_state;
  EXPECT_THROW_WITH(bert.model.token_classification_logits(batch, hidden), ValueError,
                    "token_classification_logits: model must have a token-classification head; got "
                    "architecture \"BertForSequenceClassification\"");
  EXPECT_THROW_WITH(bert.model.question_answering_logits(batch, hidden), ValueError,
                    "question_answering_logits: model must have a question-answering head; got "
                    "architecture \"BertForSequenceClassification\"");
  const Loaded<float> tokens("bert-token");
  EXPECT_THROW_WITH(classify(tokens.model, tokens.tokenizer, "ada"), ValueError,
                    "classify: model must have a sequence-classification head; got architecture "
                    "\"BertForTokenClassification\"");
  EXPECT_THROW_WITH(
      tokens.model.sequence_classification_logits(batch, tokens.model(batch)), ValueError,
      "sequence_classification_logits: model must have a sequence-classification head; got "
      "architecture \"BertForTokenClassification\"");
}

TEST(AutoModel, LabelsMustFitTheClassifier) {
  const CheckpointCopy copy("heads/bert-sequence");
  copy.change_config("id2label", {{"0", "no"}, {"1", "yes"}});
  EXPECT_THROW_WITH(AutoModel<float>::from_pretrained(copy.path()), FormatError,
                    "AutoModel::from_pretrained: id2label must name every row of "
                    "\"classifier.weight\"; got labels 2, tensor [3, 12]");
  copy.change_config("id2label", {{"0", "no"}, {"2", "yes"}});
  EXPECT_THROW_WITH(AutoModel<float>::from_pretrained(copy.path()), FormatError,
                    "load_task_config: " + quote(copy.config().string() + ", id2label") +
                        " must have the key \"1\"; got 2 other keys");
  copy.change_config("id2label", Json::array({"no", "yes"}));
  EXPECT_THROW_WITH(AutoModel<float>::from_pretrained(copy.path()), FormatError,
                    "load_task_config: " + quote(copy.config().string()) +
                        " must have an object under \"id2label\"; got type array");
  copy.change_config("id2label", nullptr);
  EXPECT_EQ(AutoModel<float>::from_pretrained(copy.path()).labels(),
            (std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"}));
}

TEST(AutoModel, TensorsTellTheTaskWhereTheConfigDoesNot) {
  const CheckpointCopy sequence("heads/bert-sequence");
  sequence.change_config("architectures", nullptr);
  EXPECT_TRUE(
      AutoModel<float>::from_pretrained(sequence.path()).has_sequence_classification_head());
  const CheckpointCopy token("heads/bert-token");
  token.change_config("architectures", nullptr);
  EXPECT_TRUE(AutoModel<float>::from_pretrained(token.path()).has_token_classification_head());
  // A head for another task stays among the unused tensors.
  token.change_config("architectures", {"BertForMultipleChoice"});
  const auto other = AutoModel<float>::from_pretrained(token.path());
  EXPECT_FALSE(other.has_token_classification_head());
  EXPECT_EQ(other.unused_tensors(),
            (std::vector<std::string>{"classifier.bias", "classifier.weight"}));
}

TEST(AutoModel, BertClassifierNeedsThePooler) {
  const CheckpointCopy copy("heads/bert-sequence");
  copy.save_without("pooler");
  EXPECT_THROW_WITH(AutoModel<float>::from_pretrained(copy.path()), FormatError,
                    "AutoModel::from_pretrained: the checkpoint must hold the pooler below its "
                    "classifier; got none");
}

TEST(AutoModel, HeadsOfPreTrainingStay) {
  const Loaded<float> distilbert("distilbert-answers");
  EXPECT_FALSE(distilbert.model.has_masked_language_model_head());
  const auto bert =
      AutoModel<double>::from_pretrained((test_data() / "fixtures/tiny-bert").string());
  EXPECT_TRUE(bert.has_masked_language_model_head());
  const BertTokenizer tokenizer = load_tokenizer(test_data() / "fixtures/tiny-bert");
  const TokenBatch batch(tokenizer.encode_pair("a cat", "a dog"));
  const Tensor<double, 2> logits = bert.next_sentence_logits(batch, bert(batch).pooler_output);
  EXPECT_NEAR(next_sentence_probability(bert, tokenizer, "a cat", "a dog"),
              1 / (1 + std::exp(logits(0, 1) - logits(0, 0))), 1e-12);
}

/// The score of the only label of a copy of distilbert-regression with a changed configuration.
double score_with(const char* key, const Json& value) {
  const CheckpointCopy copy("heads/distilbert-regression");
  copy.change_config("problem_type", nullptr);
  copy.change_config(key, value);
  const auto model = AutoModel<double>::from_pretrained(copy.path());
  return classify(model, load_tokenizer(folder("distilbert-regression")), "new york is large!")[0]
      .score;
}

TEST(Classify, ScoreFunctionIsThatOfTheConfiguration) {
  const double logit = expected("distilbert_regression")[1].at("logit").get<double>();
  const double sigmoid = 1 / (1 + std::exp(-logit));
  EXPECT_NEAR(score_with("problem_type", "regression"), logit, 1e-10);
  EXPECT_NEAR(score_with("problem_type", nullptr), sigmoid, 1e-10);
  EXPECT_NEAR(score_with("problem_type", "multi_label_classification"), sigmoid, 1e-10);
  EXPECT_NEAR(
      score_with("sbert_ce_default_activation_function", "torch.nn.modules.linear.Identity"), logit,
      1e-10);
  EXPECT_NEAR(score_with("sentence_transformers",
                         {{"activation_fn", "torch.nn.modules.activation.Sigmoid"}}),
              sigmoid, 1e-10);
}

TEST(LoadTaskConfig, ActivationOfACrossEncoderIsTheNewOneElseTheOld) {
  const TemporaryFolder folder;
  const auto activation = [&](const Json& sentence_transformers) {
    const Json json = {{"sbert_ce_default_activation_function", "Identity"},
                       {"sentence_transformers", sentence_transformers}};
    write_file(folder / "config.json", json.dump());
    return load_task_config(folder / "config.json").cross_encoder_activation;
  };
  EXPECT_EQ(activation({{"activation_fn", "Sigmoid"}}), "Sigmoid");
  EXPECT_EQ(activation({{"activation_fn", nullptr}}), "Identity");
  EXPECT_EQ(activation({{"version", "4.1.0"}}), "Identity");
  EXPECT_EQ(activation(nullptr), "Identity");
  EXPECT_THROW_WITH(
      activation({{"activation_fn", 1}}), FormatError,
      "load_task_config: " + quote((folder / "config.json").string() + ", sentence_transformers") +
          " must have a string under \"activation_fn\"; got value \"1\"");
}

TEST(Classify, LongTextsAreCutToTheModel) {
  const Loaded<double> bert("bert-sequence");
  std::string text, cut;
  for (int i = 0; i < 100; ++i) text += i < 30 ? "ada " : "london ";
  for (int i = 0; i < 30; ++i) cut += "ada ";
  EXPECT_EQ(classify(bert.model, bert.tokenizer, text)[0].score,
            classify(bert.model, bert.tokenizer, cut)[0].score);
}

TEST(Classify, BatchGivesTheBitsOfItsTexts) {
  const Loaded<float> bert("bert-sequence");
  const std::vector<std::string> texts{"ada", "the machine of charles babbage was never built", ""};
  const auto batch = classify_batch(bert.model, bert.tokenizer.encode_batch(texts));
  ASSERT_EQ(batch.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(batch[i][0].score, classify(bert.model, bert.tokenizer, texts[i])[0].score) << i;
  EXPECT_EQ(classify_batch(bert.model, {}).size(), 0u);
}

TEST(FindEntities, TextsOfABatchKeepTheirOwnEntities) {
  const Loaded<float> bert("bert-token");
  const std::string text = expected("bert_token")[0].at("text").get<std::string>();
  std::string longer;
  for (int i = 0; i < 20; ++i) longer += text + " ";
  const auto batch = find_entities_batch(bert.model, bert.tokenizer, {text, "", longer, text});
  ASSERT_EQ(batch.size(), 4u);
  EXPECT_EQ(batch[1].size(), 0u);
  EXPECT_GT(batch[2].size(), batch[0].size());
  ASSERT_EQ(batch[3].size(), batch[0].size());
  for (std::size_t i = 0; i < batch[0].size(); ++i)
    EXPECT_EQ(batch[3][i].score, batch[0][i].score) << i;
  EXPECT_EQ(find_entities_batch(bert.model, bert.tokenizer, {}).size(), 0u);
}

TEST(FindEntities, ManyTextsAreThoseOneByOne) {
  const Loaded<float> bert("bert-token");
  std::vector<std::string> texts;  // 20,000 tokens: more than are encoded together
  for (int i = 0; i < 1000; ++i)
    for (const Json& item : expected("bert_token"))
      texts.push_back(item.at("text").get<std::string>());
  const auto batch = find_entities_batch(bert.model, bert.tokenizer, texts);
  const std::size_t num_items = expected("bert_token").size();
  for (std::size_t k = 0; k < num_items; ++k) {
    const auto alone = find_entities(bert.model, bert.tokenizer, texts[k]);
    for (std::size_t i = k; i < texts.size(); i += num_items) {
      ASSERT_EQ(batch[i].size(), alone.size()) << i;
      for (std::size_t e = 0; e < alone.size(); ++e) {
        EXPECT_EQ(batch[i][e].range, alone[e].range) << i;
        EXPECT_EQ(batch[i][e].score, alone[e].score) << i;
      }
    }
  }
}

TEST(FindEntities, IgnoredLabelsAreThoseOfTheOptions) {
  const Loaded<float> bert("bert-token");
  const std::string text = expected("bert_token")[0].at("text").get<std::string>();
  FindEntitiesOptions options;
  options.ignored_labels = {"PER"};
  bool has_outside = false;
  for (const Entity& entity : find_entities(bert.model, bert.tokenizer, text, options)) {
    EXPECT_NE(entity.label, "PER");
    has_outside = has_outside || entity.label == "O";
  }
  EXPECT_TRUE(has_outside);
}

TEST(MergeNeighbours, BeginLabelStartsANewEntity) {
  const auto merged = detail::merge_neighbours({{"I-PER", 0.5, "", {0, 3}},
                                                {"I-PER", 0.7, "", {4, 6}},
                                                {"B-PER", 0.9, "", {7, 9}},
                                                {"MISC", 0.4, "", {10, 12}},
                                                {"MISC", 0.6, "", {13, 15}}});
  ASSERT_EQ(merged.size(), 3u);
  EXPECT_EQ(merged[0].label, "PER");
  EXPECT_DOUBLE_EQ(merged[0].score, 0.6);
  EXPECT_EQ(merged[0].range, (TextRange{0, 6}));
  EXPECT_EQ(merged[1].range, (TextRange{7, 9}));
  EXPECT_EQ(merged[2].label, "MISC");
  EXPECT_EQ(merged[2].range, (TextRange{10, 15}));
}

TEST(MergeNeighbours, LabelKeepsDashesThatAreNotOfBeginAndInside) {
  const auto merged = detail::merge_neighbours({{"date-time", 0.5, "", {0, 3}},
                                                {"date-time", 0.5, "", {4, 6}},
                                                {"I-place-name", 0.5, "", {7, 9}}});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0].label, "date-time");
  EXPECT_EQ(merged[1].label, "place-name");
}

TEST(WithoutOverlaps, LongerThenSurerEntitiesStay) {
  const auto kept = detail::without_overlaps({{"A", 0.9, "", {0, 4}},
                                              {"B", 0.2, "", {2, 9}},
                                              {"C", 0.3, "", {9, 12}},
                                              {"D", 0.4, "", {9, 12}},
                                              {"E", 0.9, "", {10, 11}}});
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].label, "B");
  EXPECT_EQ(kept[1].label, "D");
}

TEST(AnswerQuestion, RefusesEmptyContextsAndCounts) {
  const Loaded<float> distilbert("distilbert-answers");
  const auto answer = [&](const std::string& context, const AnswerOptions& options) {
    return answer_question(distilbert.model, distilbert.tokenizer, "who?", context, options);
  };
  EXPECT_THROW_WITH(answer(" ", {}), ValueError,
                    "answer_question: context must hold a token; got context \" \"");
  AnswerOptions options;
  options.top_k = 0;
  EXPECT_THROW_WITH(answer("ada", options), ValueError,
                    "answer_question: top_k and max_answer_length must be >= 1; got top_k 0, "
                    "max_answer_length 15");
  options = {};
  options.max_length = 5;
  EXPECT_THROW_WITH(answer("ada wrote notes", options), ValueError,
                    "truncate: the text to truncate must have more tokens than must go; got tokens "
                    "3, to remove 3; raise max_length or use longest_first");
}

}  // namespace
}  // namespace eigenhead
