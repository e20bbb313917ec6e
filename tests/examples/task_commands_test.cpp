// The subcommands for tasks, run as a user runs them: fill-mask, classify, entities, answer, embed,
// similarity. Their numbers are those of tests/data/heads/generate.py and of sentence-transformers.

#include "eigenhead/core/file.hpp"
#include "eigenhead/io/npy.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using Json = nlohmann::json;

class TaskCommands : public ProgramTest {
 protected:
  static std::string model(const std::string& name) {
    return " --model '" + (test_data() / name).string() + "' ";
  }

  static Json expected(const char* task) {
    return Json::parse(read_file(test_data() / "heads/expected.json")).at(task);
  }
};

TEST_F(TaskCommands, FillMaskAnswersEachLine) {
  const Outcome outcome =
      run("fill-mask --top-k 2", "The king of [MASK] sent messengers.\nHe [MASK] the [MASK].\n");
  EXPECT_EQ(outcome.status, 0);
  const std::vector<Json> lines = json_lines(outcome.output);
  ASSERT_EQ(lines.size(), 2u);
  const Json& mask = lines[0].at("masks").at(0);
  EXPECT_EQ(mask.at("position"), 4);
  EXPECT_EQ(mask.at("offsets"), Json({12, 18}));
  EXPECT_EQ(mask.at("predictions").size(), 2u);
  EXPECT_EQ(mask.at("predictions")[0].at("token"), "israel");
  EXPECT_EQ(lines[1].at("masks").size(), 2u);
}

TEST_F(TaskCommands, FillMaskNamesTheLineWithoutMask) {
  const std::string input = "A [MASK].\nNothing to fill.\nThe [MASK].\n";
  const Outcome outcome = run("fill-mask --output out.jsonl", input);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.error,
            "eigenhead: line 2: fill_mask: text must hold the mask token \"[MASK]\"; got 6 tokens "
            "without it\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.jsonl"));
}

TEST_F(TaskCommands, AnswersBeforeAFaultyLineAreWritten) {
  const std::string input = "A [MASK].\nNothing to fill.\nThe [MASK].\n";
  for (const char* batch_size : {"1", "2", "32"}) {
    const Outcome outcome = run(std::string("fill-mask --batch-size ") + batch_size, input);
    EXPECT_EQ(outcome.status, 1);
    const std::vector<Json> lines = json_lines(outcome.output);
    ASSERT_EQ(lines.size(), 1u) << batch_size;
    EXPECT_EQ(lines[0].at("masks").size(), 1u);
  }
}

TEST_F(TaskCommands, PairsAreRefusedWhereTheyHaveNoMeaning) {
  const std::string pair = "{\"text\": \"a [MASK]\", \"text_pair\": \"b\"}\n";
  const std::string message =
      "read_jsonl: \"line 1\" must be one text, not a pair; got text_pair \"b\"\n";
  EXPECT_EQ(run("fill-mask --jsonl", pair).error, "eigenhead: line 1: " + message);
  EXPECT_EQ(run("entities --jsonl" + model("heads/bert-token"), pair).error,
            "eigenhead: line 1: " + message);
  EXPECT_EQ(run("embed --jsonl --format jsonl", pair).error, "eigenhead: " + message);
  EXPECT_EQ(run("similarity --jsonl --query a", pair).error, "eigenhead: " + message);
}

TEST_F(TaskCommands, OptionsWithoutMeaningAreWrongUsage) {
  EXPECT_EQ(run("answer --batch-size 2 --question a", "b\n").status, 2);
  EXPECT_EQ(run("similarity --no-normalize --query a", "b\n").status, 2);
}

TEST_F(TaskCommands, KeepGoingAnswersTheOtherLinesAndEndsWith1) {
  const std::string input = "A [MASK].\nNothing to fill.\nThe [MASK].\n";
  const std::string message =
      "fill_mask: text must hold the mask token \"[MASK]\"; got 6 tokens without it";
  for (const char* batch_size : {"1", "2", "32"}) {
    const Outcome outcome = run(
        std::string("fill-mask --keep-going --output out.jsonl --batch-size ") + batch_size, input);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.error, "eigenhead: line 2: " + message +
                                 "\neigenhead: answer_lines: every line must have an answer; got "
                                 "lines without one 1\n");
    const std::vector<Json> lines = json_lines(read_file(folder_ / "out.jsonl"));
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[1], Json({{"error", message}}));
    EXPECT_EQ(lines[2].at("masks").size(), 1u);
  }
}

TEST_F(TaskCommands, FillMaskRefusesLongLinesUnlessTheyMayBeCut) {
  std::string text = "[MASK]";
  for (int i = 0; i < 200; ++i) text += " king";
  const Outcome outcome = run("fill-mask", text + "\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.error.find("eigenhead: line 1: Encoder: "), std::string::npos) << outcome.error;
  EXPECT_EQ(run("fill-mask --max-length 128", text + "\n").status, 0);
}

TEST_F(TaskCommands, ModelWithoutTheHeadIsRefused) {
  EXPECT_EQ(run("classify", "a\n").error,
            "eigenhead: line 1: classify: model must have a sequence-classification head; got "
            "architecture \"DistilBertForMaskedLM\"\n");
}

TEST_F(TaskCommands, ClassifyReadsTextsAndPairs) {
  std::string input;
  const Json items = expected("bert_sequence");
  for (const Json& item : items) {
    Json line{{"text", item.at("text")}};
    if (!item.at("pair").is_null()) line["text_pair"] = item.at("pair");
    input += line.dump() + "\n";
  }
  const auto lines =
      json_lines(run("classify --jsonl" + model("heads/bert-sequence"), input).output);
  ASSERT_EQ(lines.size(), items.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto wanted = items[i].at("probabilities").get<std::vector<double>>();
    const auto best = std::max_element(wanted.begin(), wanted.end()) - wanted.begin();
    const char* const labels[] = {"contradiction", "entailment", "neutral"};
    EXPECT_EQ(lines[i].at("labels").size(), 3u);
    EXPECT_EQ(lines[i].at("labels")[0].at("label"), labels[best]);
    EXPECT_NEAR(lines[i].at("labels")[0].at("score").get<double>(),
                wanted[static_cast<std::size_t>(best)], 2e-5);
  }
  const auto logits =
      json_lines(run("classify --score none" + model("heads/bert-sequence"), "a\n").output);
  EXPECT_GT(std::abs(logits[0].at("labels")[0].at("score").get<double>() +
                     logits[0].at("labels")[1].at("score").get<double>() +
                     logits[0].at("labels")[2].at("score").get<double>() - 1),
            1e-3);
}

TEST_F(TaskCommands, ClassifySaysHowManyLinesItCut) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "ada ";
  const std::string command = "classify" + model("heads/bert-sequence");
  EXPECT_EQ(run(command, text + "\nada\n").error,
            "eigenhead: classify: cut to 32 tokens: 1 line\n");
  EXPECT_EQ(run(command + "--quiet", text + "\n" + text + "\n").error, "");
}

TEST_F(TaskCommands, EntitiesHaveOffsetsInTheWantedUnit) {
  const Json item = expected("bert_token")[0];
  const std::string command = "entities --strategy first" + model("heads/bert-token");
  const auto text = item.at("text").get<std::string>();
  const Json found = json_lines(run(command, text + "\n").output).at(0).at("entities");
  const Json& wanted = item.at("entities").at("first");
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].at("label"), wanted[i].at("label"));
    EXPECT_EQ(found[i].at("offsets"), Json({wanted[i].at("start"), wanted[i].at("end")}));
    EXPECT_NEAR(found[i].at("score").get<double>(), wanted[i].at("score").get<double>(), 2e-5);
  }
  const std::string accented = "\xc3\xa9 London";
  const Json bytes = json_lines(run(command + "--ignored-labels X", accented + "\n").output)[0];
  const Json points = json_lines(
      run(command + "--ignored-labels X --offset-unit code_point", accented + "\n").output)[0];
  EXPECT_EQ(bytes.at("entities").back().at("offsets")[1], 9);
  EXPECT_EQ(points.at("entities").back().at("offsets")[1], 8);
}

TEST_F(TaskCommands, AnswerTakesJsonOrOneQuestion) {
  const Json item = expected("distilbert_answers")[1];
  const std::string options = "answer --top-k 4 --max-answer-length 4 --max-length 24 --stride 8" +
                              model("heads/distilbert-answers");
  const Json line{{"question", item.at("question")}, {"context", item.at("context")}};
  const Outcome by_json = run(options, line.dump() + "\n");
  const Json answers = json_lines(by_json.output).at(0).at("answers");
  ASSERT_EQ(answers.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const Json& wanted = item.at("answers")[i];
    EXPECT_EQ(answers[i].at("offsets"), Json({wanted.at("start"), wanted.at("end")}));
    EXPECT_NEAR(answers[i].at("score").get<double>(), wanted.at("score").get<double>(), 2e-5);
  }
  EXPECT_EQ(run(options + "--question '" + item.at("question").get<std::string>() + "'",
                item.at("context").get<std::string>() + "\n")
                .output,
            by_json.output);
  const Outcome failed = run(options, "{\"question\": \"who?\"}\n");
  EXPECT_EQ(failed.status, 1);
  EXPECT_EQ(failed.error,
            "eigenhead: line 1: read_jsonl: \"line 1\" must have the key \"context\"; got 1 other "
            "keys\n");
}

TEST_F(TaskCommands, EncodeWritesTheLogitsOfEveryHead) {
  const auto encode = [&](const std::string& name, const Json& line) {
    EXPECT_EQ(
        run("encode --jsonl --output out.safetensors" + model("heads/" + name), line.dump()).error,
        "");
    return SafetensorsFile::open(folder_ / "out.safetensors", FileAccess::read);
  };
  const auto expect_values = [](const auto& tensor, const Json& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(tensor.data()[i], values[i].get<double>(), 2e-5) << i;
  };
  const Json text = expected("bert_sequence")[0];
  expect_values(encode("bert-sequence", text.at("text")).tensor<float, 2>("logits"),
                text.at("logits"));
  const Json tokens = expected("bert_token")[0];
  const auto rows = encode("bert-token", tokens.at("text")).tensor<float, 3>("logits");
  ASSERT_EQ(rows.extent(1), static_cast<Index>(tokens.at("logits").size()));
  expect_values(rows[0][3], tokens.at("logits")[3]);
  const SafetensorsFile answers =
      encode("distilbert-answers", {{"text", "who ?"}, {"text_pair", "ada lovelace"}});
  EXPECT_EQ((answers.tensor<float, 2>("start_logits").shape()), (Shape<2>{1, 7}));
  EXPECT_NE((answers.tensor<float, 2>("start_logits")(0, 4)),
            (answers.tensor<float, 2>("end_logits")(0, 4)));
  EXPECT_FALSE(answers.contains("logits"));
}

class SentenceCommands : public TaskCommands {
 protected:
  static std::string minilm() { return model("fixtures/tiny-minilm"); }

  static std::vector<std::string> sentences() {
    return Json::parse(read_file(test_data() / "fixtures/tiny-minilm/sentences.json"))
        .get<std::vector<std::string>>();
  }

  static std::string input() {
    std::string text;
    for (const std::string& sentence : sentences()) text += sentence + "\n";
    return text;
  }

  static Tensor<float, 2> embeddings() {
    return fixture<float, 2>("fixtures/tiny-minilm/sentence_embeddings.npy");
  }
};

TEST_F(SentenceCommands, EmbedWritesTheVectorsOfSentenceTransformers) {
  ASSERT_EQ(run("embed --output out.npy" + minilm(), input()).status, 0);
  const auto vectors = load_npy<float, 2>(folder_ / "out.npy");
  expect_near(vectors, embeddings(), 2e-5);
  const auto lines = json_lines(run("embed --format jsonl" + minilm(), input()).output);
  ASSERT_EQ(static_cast<Index>(lines.size()), vectors.extent(0));
  EXPECT_EQ(lines[1].get<std::vector<float>>(),
            std::vector<float>(vectors[1].data(), vectors[1].data() + 48));
  std::istringstream tsv(run("embed --format tsv --truncate-dim 2" + minilm(), input()).output);
  float x = 0, y = 0;
  ASSERT_TRUE(tsv >> x >> y);
  EXPECT_EQ(x, vectors(0, 0));
  EXPECT_EQ(y, vectors(0, 1));
}

TEST_F(SentenceCommands, EmbedOptionsGoBeforeTheFolder) {
  ASSERT_EQ(run("embed --no-normalize --pooling cls --output out.npy" + minilm(), input()).status,
            0);
  expect_near(load_npy<float, 2>(folder_ / "out.npy"),
              fixture<float, 2>("fixtures/tiny-minilm/cls_pooled.npy"), 2e-5);
}

TEST_F(SentenceCommands, ShardsTogetherAreTheWhole) {
  const Tensor<float, 2> whole = embeddings();
  for (const Index shard : {1, 2}) {
    ASSERT_EQ(
        run("embed --output out.npy --shard " + std::to_string(shard) + "/2" + minilm(), input())
            .status,
        0);
    const auto part = load_npy<float, 2>(folder_ / "out.npy");
    EXPECT_EQ(part.extent(0), shard == 1 ? 3 : 2);
    for (Index i = 0; i < part.extent(0); ++i)
      EXPECT_TRUE((is_near<float, float, 1>(part[i], whole[2 * i + shard - 1], 2e-5)));
  }
  EXPECT_EQ(run("embed --output out.npy --shard 3/2" + minilm(), "").status, 2);
  EXPECT_EQ(run("embed --output out.npy --shard 1" + minilm(), "").status, 2);
}

TEST_F(SentenceCommands, EmbedNeedsAFileForNpyAndTakesNoLines) {
  EXPECT_EQ(run("embed" + minilm(), "").error,
            "eigenhead: embed: output must be a file for --format npy; got output \"-\"\n");
  ASSERT_EQ(run("embed --output out.npy" + minilm(), "").status, 0);
  EXPECT_EQ((load_npy<float, 2>(folder_ / "out.npy").shape()), (Shape<2>{0, 48}));
}

TEST_F(SentenceCommands, EmbedRefusesAPipeForNpy) {
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  const Outcome outcome = run("embed --output pipe" + minilm(), "a\n");
  close(reader);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.error,
            "eigenhead: embed: output must be a file that can be written anywhere\n");
}

TEST_F(SentenceCommands, EmbedTakesPromptsAndSaysWhatItCut) {
  const Json item = expected("sentences")[1];
  const std::string folder = model("heads/sentences");
  const std::string line = item.at("text").get<std::string>() + "\n";
  const std::string by_name = run("embed --format jsonl --prompt-name query" + folder, line).output;
  EXPECT_EQ(run("embed --format jsonl --prompt 'query: '" + folder, line).output, by_name);
  const Json vector = json_lines(by_name).at(0);
  for (std::size_t i = 0; i < vector.size(); ++i)
    EXPECT_NEAR(vector[i].get<double>(), item.at("embedding")[i].get<double>(), 2e-5);
  EXPECT_EQ(run("embed --format jsonl" + folder, "a b c d e f g h i j k\na\n").error,
            "eigenhead: embed: cut to 12 tokens: 1 line\n");
  EXPECT_EQ(run("embed --format jsonl --prompt-name x" + folder, line).error,
            "eigenhead: SentenceEncoder: prompt_name must be one of the folder's prompts; got "
            "\"x\"; prompts \"passage\", \"query\"\n");
}

TEST_F(SentenceCommands, EmbedKeepsGoing) {
  const std::string lines = "\"a\"\nbroken\n{\"text\": \"b\"}\n";
  const std::string message =
      "read_jsonl: \"line 2\" must be valid JSON in UTF-8; got an error at byte 0";
  EXPECT_EQ(run("embed --jsonl --format jsonl" + minilm(), lines).status, 1);
  const Outcome outcome = run("embed --jsonl --format jsonl --keep-going" + minilm(), lines);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.error, "eigenhead: " + message +
                               "\neigenhead: embed: every line must have an answer; got lines "
                               "without one 1\n");
  const auto answers = json_lines(outcome.output);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[1], Json({{"error", message}}));
  EXPECT_EQ(answers[2].size(), 48u);
  EXPECT_EQ(run("embed --jsonl --keep-going --output out.npy" + minilm(), lines).status, 1);
  const auto vectors = load_npy<float, 2>(folder_ / "out.npy");
  EXPECT_TRUE(std::isnan(vectors(1, 0)));
  EXPECT_FALSE(std::isnan(vectors(2, 0)));
}

TEST_F(SentenceCommands, EmbedGivesTheSameBitsWithAnyThreadsAndBatches) {
  std::string text;
  for (int i = 0; i < 1500; ++i)
    text += "line " + std::to_string(i % 37) + (i % 3 ? " of words\n" : "\n");
  ASSERT_EQ(run("embed --threads 1 --output a.npy" + minilm(), text).status, 0);
  ASSERT_EQ(run("embed --threads 3 --batch-size 7 --output b.npy" + minilm(), text).status, 0);
  EXPECT_EQ(read_file(folder_ / "a.npy"), read_file(folder_ / "b.npy"));
}

TEST_F(SentenceCommands, SimilarityPutsTheNearestLineFirst) {
  const Tensor<float, 2> cosines = fixture<float, 2>("fixtures/tiny-minilm/cosine_similarity.npy");
  const auto lines = json_lines(
      run("similarity --top-k 3 --query '" + sentences()[1] + "'" + minilm(), input()).output);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].at("line"), 2);
  EXPECT_EQ(lines[0].at("text"), sentences()[1]);
  float before = 2;
  for (const Json& line : lines) {
    const auto score = line.at("similarity").get<float>();
    EXPECT_NEAR(score, cosines(1, line.at("line").get<Index>() - 1), 2e-5);
    EXPECT_LE(score, before);
    before = score;
  }
}

}  // namespace
}  // namespace eigenhead
