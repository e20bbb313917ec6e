// The eigenhead program, run as a user runs it.

#include "eigenhead/core/file.hpp"
#include "eigenhead/io/npy.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "eigenhead/version.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/program.hpp"
#include "support/xml.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class EigenheadProgram : public ProgramTest {};

TEST_F(EigenheadProgram, VersionIsTheLibrarys) {
  EXPECT_EQ(run("--version").output, std::string(version()) + "\n");
}

TEST_F(EigenheadProgram, WrongUsageExitsWith2) {
  EXPECT_EQ(run("").status, 2);
  EXPECT_EQ(run("nonsense").status, 2);
  EXPECT_EQ(run("tokenize --padding wide").status, 2);
  EXPECT_EQ(run("pca --input x.npy").status, 2);
  EXPECT_EQ(run("tokenize --help").status, 0);
}

TEST_F(EigenheadProgram, TokenizeGivesTheCourseTokens) {
  const Json expected =
      Json::parse(read_file(test_data() / "fixtures/notebooks/tokens_bert_base_uncased.json"));
  std::string input;
  for (const Json& text : expected) input += text.at("text").get<std::string>() + "\n";
  const std::vector<Json> lines = json_lines(run("tokenize", input).output);
  ASSERT_EQ(lines.size(), expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].at("input_ids"), expected[i].at("input_ids"));
    EXPECT_EQ(lines[i].at("tokens"), expected[i].at("tokens"));
    EXPECT_EQ(lines[i].at("attention_mask"), expected[i].at("attention_mask"));
  }
}

TEST_F(EigenheadProgram, TokenizeWritesEveryField) {
  const Json line =
      json_lines(run("tokenize --offset-unit code_point", "h\xc3\xa9 \xc3\xa9!\n").output).at(0);
  EXPECT_EQ(line.dump(),
            R"({"attention_mask":[1,1,1,1,1],"input_ids":[101,2002,1041,999,102],)"
            R"("offsets":[[0,0],[0,2],[3,4],[4,5],[0,0]],"overflowing":[],)"
            R"("special_tokens_mask":[1,0,0,0,1],"token_type_ids":[0,0,0,0,0],)"
            R"("tokens":["[CLS]","he","e","!","[SEP]"],"word_ids":[null,0,1,2,null]})");
}

TEST_F(EigenheadProgram, TokenizeReadsPairsTruncatesAndPads) {
  const Outcome jsonl =
      run("tokenize --jsonl --ids-only", "\"a\"\n{\"text\": \"a\", \"text_pair\": \"b\"}\n");
  EXPECT_EQ(jsonl.output, "[101,1037,102]\n[101,1037,102,1038,102]\n");
  const Outcome cut = run("tokenize --max-length 3 --stride 0", "a b\n");
  const Json line = json_lines(cut.output).at(0);
  EXPECT_EQ(line.at("input_ids"), Json({101, 1037, 102}));
  EXPECT_EQ(line.at("overflowing").at(0).at("input_ids"), Json({101, 1038, 102}));
  EXPECT_EQ(run("tokenize --padding longest --ids-only", "a b\nc\n").output,
            "[101,1037,1038,102]\n[101,1039,102,0]\n");
  EXPECT_EQ(run("tokenize --padding 5 --padding-side left --ids-only", "c\n").output,
            "[0,0,101,1039,102]\n");
}

TEST_F(EigenheadProgram, TokenizeKeepsTheOrderOfManyLinesWithAnyNumberOfThreads) {
  std::string input;
  for (int i = 0; i < 3000; ++i) input += std::to_string(i) + " lines\n";
  const Outcome serial = run("tokenize --threads 1", input);
  EXPECT_EQ(json_lines(serial.output).size(), 3000u);
  EXPECT_EQ(run("tokenize --threads 3", input).output, serial.output);
}

TEST_F(EigenheadProgram, TokenizeLeavesNoHalfFileBehind) {
  const Outcome failed = run("tokenize --jsonl --output out.jsonl", "\"good\"\n{bad\n");
  EXPECT_EQ(failed.status, 1);
  EXPECT_EQ(
      failed.error,
      "eigenhead: read_jsonl: \"line 2\" must be valid JSON in UTF-8; got an error at byte 1\n");
  EXPECT_FALSE(fs::exists(folder_ / "out.jsonl"));
  EXPECT_FALSE(fs::exists(folder_ / "out.jsonl.partial"));
}

TEST_F(EigenheadProgram, DecodeSkipsOrKeepsSpecialTokens) {
  EXPECT_EQ(run("decode", "[101, 7592, 2088, 999, 102]\n").output, "\"hello world!\"\n");
  EXPECT_EQ(run("decode --keep-special-tokens", "[101, 7592, 102]\n").output,
            "\"[CLS] hello [SEP]\"\n");
  EXPECT_EQ(run("decode", "[2123, 1005, 1056]\n").output, "\"don ' t\"\n");
  EXPECT_EQ(run("decode --clean-up", "[2123, 1005, 1056]\n").output, "\"don't\"\n");
}

TEST_F(EigenheadProgram, DecodeRefusesWhatIsNoListOfIds) {
  EXPECT_EQ(run("decode", "{}\n").error,
            "eigenhead: decode: \"line 1\" must be a JSON array of ids; got type object\n");
  EXPECT_EQ(
      run("decode", "[1, -1]\n").error,
      "eigenhead: decode: \"line 1\" must hold integers from 0 to 2147483647; got element -1\n");
}

TEST_F(EigenheadProgram, EncodeGivesTheReferenceArrays) {
  const Json texts = Json::parse(read_file(test_data() / "fixtures/tiny-trained/texts.json"));
  const std::string text = texts.at(1).at("text").get<std::string>();
  ASSERT_EQ(run("encode --output out.safetensors --attentions --hidden-states",
                text + "\nA much longer line of other words follows here to be padded against.\n")
                .status,
            0);
  const SafetensorsFile file = SafetensorsFile::open(folder_ / "out.safetensors");
  const auto expected = fixture<float, 3>("fixtures/tiny-trained/1_last_hidden_state.npy");
  const Index length = expected.extent(1);
  const auto hidden = file.tensor<float, 3>("last_hidden_state");
  EXPECT_EQ(hidden.extent(0), 2);
  expect_near(Tensor<float, 3>(hidden.slice(0, 0, 1).slice(1, 0, length)), expected, 2e-5);
  EXPECT_EQ(hidden.matrix(0).bottomRows(hidden.extent(1) - length).cwiseAbs().maxCoeff(), 0);
  expect_equal(file.tensor<float, 3>("hidden_states.4"), hidden);
  const auto attentions = fixture<float, 5>("fixtures/tiny-trained/1_attentions.npy");
  const auto layer = file.tensor<float, 4>("attentions.3");
  expect_near(Tensor<float, 4>(layer.slice(0, 0, 1).slice(2, 0, length).slice(3, 0, length)),
              Tensor<float, 4>(attentions[3]), 2e-5);
  EXPECT_EQ(file.info("logits").shape, (std::vector<Index>{2, hidden.extent(1), 30522}));
}

TEST_F(EigenheadProgram, EncodeTakesIdsAndAnyBatchSize) {
  const std::string lines =
      "{\"input_ids\": [101, 7592, 102]}\n{\"input_ids\": [101, 7592, 102, 0], \"attention_mask\": "
      "[1, 1, 1, 0]}\n"
      "\"hello\"\n";
  ASSERT_EQ(run("encode --jsonl --output a.safetensors", lines).status, 0);
  ASSERT_EQ(run("encode --jsonl --output b.safetensors --batch-size 1 --threads 1", lines).status,
            0);
  const SafetensorsFile a = SafetensorsFile::open(folder_ / "a.safetensors");
  const SafetensorsFile b = SafetensorsFile::open(folder_ / "b.safetensors");
  const auto hidden = a.tensor<float, 3>("last_hidden_state");
  expect_equal(hidden, b.tensor<float, 3>("last_hidden_state"));
  expect_equal(a.tensor<float, 3>("logits"), b.tensor<float, 3>("logits"));
  expect_equal(Tensor<float, 2>(hidden[0]), Tensor<float, 2>(hidden[1]));
  expect_equal(Tensor<float, 2>(hidden[0]), Tensor<float, 2>(hidden[2]));
}

TEST_F(EigenheadProgram, EncodeRefusesWhatDoesNotFit) {
  std::string long_line;
  for (int i = 0; i < 200; ++i) long_line += "word ";
  EXPECT_EQ(run("encode --output o.safetensors", long_line + "\n").error,
            "eigenhead: encode: every line must fit max_position_embeddings; got tokens 202, "
            "max_position_embeddings 128; --max-length cuts longer lines\n");
  EXPECT_EQ(run("encode --output o.safetensors --max-length 128", long_line + "\n").status, 0);
  EXPECT_EQ(run("encode --output p.safetensors", "").error,
            "eigenhead: encode: input must have at least one line; got lines 0\n");
  EXPECT_EQ(
      run("encode --jsonl --output p.safetensors",
          "{\"input_ids\": [1, 2], \"attention_mask\": [1]}\n")
          .error,
      "eigenhead: encode: \"line 1\" must have one value for each id under \"attention_mask\"; "
      "got ids 2, values 1\n");
  EXPECT_EQ(
      run("encode --jsonl --output p.safetensors", "{\"input_ids\": 5}\n").error,
      "eigenhead: encode: \"line 1\" must hold an array under \"input_ids\"; got type number\n");
  EXPECT_EQ(run("encode --jsonl --output p.safetensors", "{\"input_ids\": [1.5]}\n").error,
            "eigenhead: encode: \"line 1\" must hold integers from 0 to 30521 under "
            "\"input_ids\"; got element 1.5\n");
  EXPECT_EQ(run("encode --jsonl --output p.safetensors", "\"a\"\n{\"input_ids\": [30522]}\n").error,
            "eigenhead: encode: \"line 2\" must hold integers from 0 to 30521 under "
            "\"input_ids\"; got element 30522\n");
  EXPECT_EQ(run("encode --jsonl --output p.safetensors",
                "{\"input_ids\": [1, 2], \"attention_mask\": [1, 2]}\n")
                .error,
            "eigenhead: encode: \"line 1\" must hold integers from 0 to 1 under "
            "\"attention_mask\"; got element 2\n");
  EXPECT_EQ(run("encode --output -", "a\n").error,
            "eigenhead: encode: output must be a file; got output \"-\"\n");
  EXPECT_EQ(run("encode --output p.safetensors --input absent.txt").error,
            "eigenhead: read_lines: input must exist and be readable; got \"absent.txt\"\n");
  EXPECT_FALSE(fs::exists(folder_ / "p.safetensors"));
}

/// --model of the fixture tiny-bert.
const std::string kBert = "--model '" + (test_data() / "fixtures/tiny-bert").string() + "' ";

TEST_F(EigenheadProgram, EncodeGivesEveryOutputOfBert) {
  const fs::path tiny = "fixtures/tiny-bert";
  const auto column = [&](const char* key, Index row) {
    const auto values = fixture<std::int32_t, 2>(tiny / (std::string(key) + ".npy"));
    return std::vector<std::int32_t>(values[row].data(), values[row].data() + values.extent(1));
  };
  std::string lines;
  for (Index row = 0; row < 3; ++row) {
    Json line;
    for (const char* key : {"input_ids", "attention_mask", "token_type_ids"})
      line[key] = column(key, row);
    lines += line.dump() + "\n";
  }
  const Outcome outcome =
      run("encode --jsonl --batch-size 2 --output out.safetensors " + kBert, lines);
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(outcome.error, "");
  const SafetensorsFile file = SafetensorsFile::open(folder_ / "out.safetensors");
  const auto mask = fixture<std::int32_t, 2>(tiny / "attention_mask.npy");
  for (const auto& [name, tolerance] : {std::pair("last_hidden_state", 2e-5), {"logits", 5e-5}}) {
    const auto actual = file.tensor<float, 3>(name);
    const auto expected = fixture<float, 3>(tiny / (std::string(name) + ".npy"));
    ASSERT_EQ(actual.shape(), expected.shape());
    for (Index b = 0; b < mask.extent(0); ++b)
      for (Index t = 0; t < mask.extent(1); ++t)
        if (mask(b, t) == 1)
          expect_near(Tensor<float, 1>(actual[b][t]), Tensor<float, 1>(expected[b][t]), tolerance);
  }
  for (const char* name : {"pooler_output", "seq_relationship_logits"})
    expect_near(file.tensor<float, 2>(name), fixture<float, 2>(tiny / (std::string(name) + ".npy")),
                2e-5);
}

TEST_F(EigenheadProgram, EncodeGivesATextPairItsTokenTypes) {
  const std::string pair = "{\"text\": \"the cat sat\", \"text_pair\": \"a dog\"}\n";
  const Json tokens = json_lines(run("tokenize --jsonl " + kBert, pair).output).at(0);
  EXPECT_EQ(tokens.at("token_type_ids").back(), 1);
  Json without_types = tokens;
  without_types.erase("token_type_ids");
  ASSERT_EQ(run("encode --jsonl --output out.safetensors " + kBert,
                pair + tokens.dump() + "\n" + without_types.dump() + "\n")
                .status,
            0);
  const auto pooled =
      SafetensorsFile::open(folder_ / "out.safetensors").tensor<float, 2>("pooler_output");
  expect_equal(Tensor<float, 1>(pooled[0]), Tensor<float, 1>(pooled[1]));
  EXPECT_GT((pooled.vector(0) - pooled.vector(2)).cwiseAbs().maxCoeff(), 1e-3f);
}

TEST_F(EigenheadProgram, EncodeRefusesTokenTypesThatTheModelLacks) {
  const std::string line = "{\"input_ids\": [1, 2], \"token_type_ids\": [0, 2]}\n";
  EXPECT_EQ(run("encode --jsonl --output p.safetensors " + kBert, line).error,
            "eigenhead: encode: \"line 1\" must hold integers from 0 to 1 under "
            "\"token_type_ids\"; got element 2\n");
  EXPECT_EQ(run("encode --jsonl --output p.safetensors", line).status, 0)
      << "DistilBERT has none and does not look at them";
}

TEST_F(EigenheadProgram, EncodeNamesTensorsThatItDoesNotUseUnlessQuiet) {
  const fs::path tiny = test_data() / "fixtures/tiny-bert";
  for (const char* file : {"config.json", "vocab.txt", "tokenizer_config.json"})
    write_file(folder_ / file, read_file(tiny / file));
  const SafetensorsFile original = SafetensorsFile::open(tiny / "model.safetensors");
  SafetensorsWriter writer;
  for (const std::string& name : original.names())
    writer.add_bytes(name, original.info(name).dtype, original.info(name).shape,
                     std::string(original.bytes(name)));
  writer.add("classifier.bias", Tensor<float, 1>(3));
  writer.save(folder_ / "model.safetensors");
  EXPECT_EQ(run("encode --model . --output out.safetensors", "a cat\n").error,
            "eigenhead: encode: tensors of the checkpoint that are not used: "
            "\"classifier.bias\"\n");
  EXPECT_EQ(run("encode --quiet --model . --output out.safetensors", "a cat\n").error, "");
}

TEST_F(EigenheadProgram, EncodeAndInspectRefuseOtherFamiliesByName) {
  write_file(folder_ / "config.json", R"({"model_type": "roberta"})");
  const std::string message =
      "eigenhead: load_encoder_config: model_type must be \"bert\", \"distilbert\", "
      "\"electra\" or \"mpnet\"; got model_type \"roberta\", in \"./config.json\"\n";
  EXPECT_EQ(run("encode --model . --output out.safetensors", "a\n").error, message);
  EXPECT_EQ(run("inspect .").error, message);
}

TEST_F(EigenheadProgram, AttentionWritesPicturesTokensAndWeights) {
  ASSERT_EQ(run("attention --sentence 'Cats </script> & dogs' --output-dir out/deep").status, 0);
  const fs::path out = folder_ / "out/deep";
  const Json tokens = Json::parse(read_file(out / "tokens.json")).at("tokens");
  EXPECT_EQ(tokens.front(), "[CLS]");
  for (const char* file :
       {"attention_layer_0.svg", "attention_layer_3_head_3.svg", "embeddings_pca.svg"})
    expect_xml(read_file(out / file));
  const auto weights =
      SafetensorsFile::open(out / "attention.safetensors").tensor<float, 3>("attentions.0");
  EXPECT_EQ(weights.shape(),
            (Shape<3>{4, static_cast<Index>(tokens.size()), static_cast<Index>(tokens.size())}));
}

TEST_F(EigenheadProgram, AttentionDrawsInTheTerminal) {
  const Outcome drawn = run("attention --sentence 'Cats and dogs' --terminal");
  EXPECT_EQ(drawn.status, 0);
  EXPECT_NE(drawn.output.find("Layer 3, mean of 4 heads"), std::string::npos);
  EXPECT_EQ(drawn.output.find('\x1b'), std::string::npos) << "no colours outside a terminal";
  EXPECT_FALSE(fs::exists(folder_ / "tokens.json"));
}

TEST_F(EigenheadProgram, AttentionRefusesLayersThatAreNot) {
  const std::string message = "eigenhead: attention: layers must be layers that there are; got 9\n";
  for (const char* where : {"--terminal", "--output-dir out"}) {
    const Outcome outcome = run(std::string("attention --sentence 'A cat' --layers 0,9 ") + where);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.error, message);
    EXPECT_EQ(outcome.output, "");
  }
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(EigenheadProgram, AttentionLeavesOutQueriesAndKeys) {
  ASSERT_EQ(run("attention --sentence 'A cat' --no-query-key --output-dir out").status, 0);
  const std::string page = read_file(folder_ / "out/attention.html");
  EXPECT_EQ(page.find("id=\"query0\""), page.npos);
  EXPECT_NE(page.find("id=\"attention0\""), page.npos);
  EXPECT_TRUE(SafetensorsFile::open(folder_ / "out/attention.safetensors").contains("queries.0"));
}

TEST_F(EigenheadProgram, AttentionRefusesALongSentenceUnlessToldToCut) {
  std::string sentence = "--sentence '";
  for (int i = 0; i < 200; ++i) sentence += "word ";
  sentence += "'";
  EXPECT_EQ(run("attention " + sentence).error,
            "eigenhead: attention: the sentence must fit max_position_embeddings; got tokens 202, "
            "max_position_embeddings 128; --max-length cuts it\n");
  EXPECT_EQ(run("attention --terminal --max-length 5 " + sentence).status, 0);
}

TEST_F(EigenheadProgram, ViewDrawsWhatAttentionWrote) {
  ASSERT_EQ(run("attention --sentence 'Cats play' --pair 'Dogs sleep' --output-dir a --vega-lite "
                "--projector")
                .status,
            0);
  ASSERT_EQ(
      run("view --input a/attention.safetensors --tokens a/tokens.json --output-dir b").status, 0);
  for (const char* file : {"attention.html", "attention_layer_2.svg",
                           "attention_layer_0_head_3.svg", "embeddings_pca.svg"})
    EXPECT_EQ(read_file(folder_ / "a" / file), read_file(folder_ / "b" / file)) << file;
  const std::string page = read_file(folder_ / "a/attention.html");
  for (const char* part : {"value=\"embeddings\"", "value=\"query-key\"", "id=\"attention3\"",
                           "<h1>Cats play | Dogs sleep</h1>", "\"isSecond\":true"})
    EXPECT_NE(page.find(part), page.npos) << part;
  EXPECT_EQ(Json::parse(read_file(folder_ / "a/attention_layer_0_head_3.vl.json")).at("title"),
            "Layer 0 Head 3");
  EXPECT_EQ(read_file(folder_ / "a/projector/metadata.tsv").substr(0, 11), "[CLS]\ncats\n");
}

TEST_F(EigenheadProgram, ViewTakesAnybodysWeightsAndChosenLayers) {
  SafetensorsWriter writer;
  Tensor<float, 4> batch({1, 2, 2, 2}, {1, 0, 0, 1, 0.5f, 0.5f, 0.5f, 0.5f});
  writer.add("attentions.0", batch);
  writer.add("attentions.5", batch);
  writer.save(folder_ / "w.safetensors");
  ASSERT_EQ(run("view --input w.safetensors --layers 5 --output-dir out --title '<b>'").status, 0);
  EXPECT_FALSE(fs::exists(folder_ / "out/attention_layer_0.svg"));
  expect_xml(read_file(folder_ / "out/attention_layer_5.svg"));
  const std::string page = read_file(folder_ / "out/attention.html");
  EXPECT_NE(page.find("<h1>&lt;b&gt;</h1>"), page.npos);
  EXPECT_NE(page.find("<option value=\"0\">5</option>"), page.npos);
  write_file(folder_ / "t.json", "[\"a\", \"b\"]");
  EXPECT_EQ(run("view --input w.safetensors --tokens t.json --output-dir out").status, 0);
}

TEST_F(EigenheadProgram, ViewNamesStatesByTheirNumbers) {
  SafetensorsWriter writer;
  writer.add("attentions.5000", Tensor<float, 3>({1, 2, 2}, {1, 0, 0, 1}));
  writer.add("hidden_states.0", Tensor<float, 2>({2, 2}, {1, 2, 3, 5}));
  writer.add("hidden_states.10", Tensor<float, 2>({2, 2}, {1, 0, 0, 2}));
  writer.add("hidden_states.9", Tensor<float, 2>({2, 2}, {4, 0, 0, 1}));
  writer.add("hidden_states.x", Tensor<float, 1>({1}, {4}));
  writer.save(folder_ / "w.safetensors");
  ASSERT_EQ(run("view --input w.safetensors --output-dir out").error, "");
  const std::string page = read_file(folder_ / "out/attention.html");
  EXPECT_NE(page.find(R"("states":["Embeddings","After layer 8","After layer 9"])"), page.npos);
  EXPECT_NE(page.find("<option value=\"0\">5000</option>"), page.npos);
}

TEST_F(EigenheadProgram, ViewRefusesHiddenStatesOfDifferentShapes) {
  SafetensorsWriter writer;
  writer.add("attentions.0", Tensor<float, 3>({1, 2, 2}, {1, 0, 0, 1}));
  writer.add("hidden_states.0", Tensor<float, 2>({2, 3}));
  writer.add("hidden_states.1", Tensor<float, 2>({4, 3}));
  writer.save(folder_ / "w.safetensors");
  const Outcome outcome = run("view --input w.safetensors --output-dir out");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.error,
            "eigenhead: view: hidden_states must all have the same shape; got first [2, 3], "
            "another [4, 3]\n");
  EXPECT_FALSE(fs::exists(folder_ / "out/attention.html"));
}

TEST_F(EigenheadProgram, ViewRefusesWhatDoesNotFit) {
  SafetensorsWriter writer;
  writer.add("attentions.0", Tensor<float, 3>({1, 2, 2}, {1, 0, 0, 1}));
  writer.save(folder_ / "w.safetensors");
  const auto error_for = [&](const std::string& tokens) {
    write_file(folder_ / "t.json", tokens);
    return run("view --input w.safetensors --tokens t.json --output-dir out").error;
  };
  EXPECT_EQ(error_for("[\"a\"]"),
            "eigenhead: attention_viewer: tokens must have one token per query and key; got 1 "
            "labels, attentions [1, 2, 2]\n");
  EXPECT_EQ(error_for("5"),
            "eigenhead: view: \"t.json\" must be an array of tokens or hold one under \"tokens\"; "
            "got type number\n");
  EXPECT_EQ(error_for("[1, 2]"),
            "eigenhead: view: \"t.json\" must hold tokens as strings; got element 1\n");
  EXPECT_EQ(error_for("{\"tokens\": \"a\"}"),
            "eigenhead: view: \"t.json\" must hold tokens as an array; got type string\n");
  EXPECT_EQ(error_for("{\"tokens\": [\"a\", \"b\"], \"word_ids\": [0, \"x\"]}"),
            "eigenhead: view: \"t.json\" must hold integers or null under \"word_ids\"; got "
            "element \"x\"\n");
  EXPECT_EQ(error_for("{\"tokens\": [\"a\", \"b\"], \"word_ids\": 3}"),
            "eigenhead: view: \"t.json\" must hold an array under \"word_ids\"; got type number\n");
  EXPECT_EQ(run("view --input w.safetensors --layers 1").error,
            "eigenhead: view: \"w.safetensors\" must hold attentions.0, attentions.1, ... of a "
            "layer asked for; got none\n");
  EXPECT_EQ(run("view --input w.safetensors --layers 0,1").error,
            "eigenhead: view: layers must be layers that there are; got 1\n");
  SafetensorsWriter two;
  two.add("attentions.0", Tensor<float, 4>({2, 1, 1, 1}, {1, 1}));
  two.save(folder_ / "two.safetensors");
  EXPECT_EQ(run("view --input two.safetensors").error,
            "eigenhead: view: \"attentions.0\" must be of one text; got a batch of 2\n");
  EXPECT_EQ(run("view").status, 2);
  EXPECT_FALSE(fs::exists(folder_ / "out/attention.html"));
}

TEST_F(EigenheadProgram, PcaReproducesTheFixtureAndItsStoredModel) {
  const fs::path x = test_data() / "fixtures/pca/tall_50x6_n2/X.npy";
  ASSERT_EQ(run("pca --input '" + x.string() +
                "' --output z.npy --components 2 --plot z.svg --model-output m.safetensors")
                .status,
            0);
  expect_near(load_npy<double, 2>(folder_ / "z.npy"),
              fixture<double, 2>("fixtures/pca/tall_50x6_n2/fit_transform_vbased.npy"), 1e-10);
  expect_xml(read_file(folder_ / "z.svg"));
  ASSERT_EQ(run("pca --input '" + x.string() + "' --output y.npy --transform m.safetensors").status,
            0);
  expect_equal(load_npy<double, 2>(folder_ / "y.npy"), load_npy<double, 2>(folder_ / "z.npy"));
}

TEST_F(EigenheadProgram, PcaStreamsWhatItWouldReadAtOnce) {
  const fs::path folder = test_data() / "fixtures/pca";
  const std::string x = " --input '" + (folder / "tall_50x6_n2/X.npy").string() + "' ";
  ASSERT_EQ(run("pca --output z.npy --stream exact --batch-size 7 --model-output m.safetensors" + x)
                .status,
            0);
  const auto scores = load_npy<double, 2>(folder_ / "z.npy");
  expect_near(scores, fixture<double, 2>("fixtures/pca/tall_50x6_n2/fit_transform_vbased.npy"),
              1e-10);
  ASSERT_EQ(run("pca --output y.npy --stream exact --transform m.safetensors" + x).status, 0);
  expect_near(load_npy<double, 2>(folder_ / "y.npy"), scores, 1e-12);
  const fs::path batches = folder / "incremental_41x6_n3_batch10";
  ASSERT_EQ(run("pca --output w.npy --stream incremental --batch-size 10 --components 3 --input '" +
                (batches / "X.npy").string() + "'")
                .status,
            0);
  expect_near(load_npy<double, 2>(folder_ / "w.npy"),
              load_npy<double, 2>(batches / "transform.npy"), 1e-10);
  EXPECT_EQ(run("pca --output w.npy --stream exact --solver full" + x).status, 2);
}

TEST_F(EigenheadProgram, PcaKeepsFloatAndRefusesWhatCannotBePlotted) {
  save_npy(folder_ / "x.npy", Tensor<float, 2>({3, 2}, {1, 2, 3, 5, -1, 0}));
  ASSERT_EQ(run("pca --input x.npy --output z.npy --components all").status, 0);
  EXPECT_EQ(read_npy(folder_ / "z.npy").dtype, DType::f32);
  EXPECT_EQ(run("pca --input x.npy --output w.npy --components 1 --plot w.svg").error,
            "eigenhead: pca: a plot must have at least 2 components; got components 1\n");
  EXPECT_EQ(run("pca --input x.npy --output w.npy --transform x.npy").status, 1);
  EXPECT_FALSE(fs::exists(folder_ / "w.npy"));
}

TEST_F(EigenheadProgram, PcaThatCannotWriteItsScoresLeavesNothingBehind) {
  save_npy(folder_ / "x.npy", Tensor<float, 2>({3, 2}, {1, 2, 3, 5, -1, 0}));
  EXPECT_EQ(run("pca --input x.npy --output absent/z.npy --plot p.svg --model-output m.safetensors")
                .status,
            1);
  EXPECT_FALSE(fs::exists(folder_ / "p.svg"));
  EXPECT_FALSE(fs::exists(folder_ / "m.safetensors"));
}

TEST_F(EigenheadProgram, PcaRefusesAModelThatItDidNotWrite) {
  save_npy(folder_ / "x.npy", Tensor<float, 2>({3, 2}, {1, 2, 3, 5, -1, 0}));
  const fs::path other = test_data() / "fixtures/tiny-distilbert/model.safetensors";
  const Outcome refused =
      run("pca --input x.npy --output z.npy --transform '" + other.string() + "'");
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.error,
            "eigenhead: load_pca: file must have been written by --model-output; got \"" +
                other.string() + "\" without the metadata \"num_samples\"\n");
}

TEST_F(EigenheadProgram, FoldersAreRefusedWhereFilesAreMeant) {
  EXPECT_EQ(run("tokenize --input .").error,
            "eigenhead: read_lines: input must be a file; got the folder \".\"\n");
  EXPECT_EQ(
      run("attention --sentence a --output-dir stdin.txt").error,
      "eigenhead: attention: output-dir must be a folder that can be made; got \"stdin.txt\"\n");
}

TEST_F(EigenheadProgram, InspectShowsTensorsAndConfiguration) {
  const Outcome folder = run("inspect '" + bundled_model().string() + "'");
  EXPECT_NE(folder.output.find("4 layers of 4 heads, hidden size 64"), std::string::npos);
  EXPECT_NE(folder.output.find("distilbert.embeddings.word_embeddings.weight"), std::string::npos);
  const Outcome bert = run("inspect '" + (test_data() / "fixtures/tiny-bert").string() + "'");
  EXPECT_NE(bert.output.find("A bert encoder: 2 layers of 4 heads, hidden size 32"),
            std::string::npos);
  EXPECT_NE(bert.output.find("up to 64 positions, 2 token types."), std::string::npos);
  EXPECT_NE(bert.output.find("bert.embeddings.LayerNorm.gamma "), std::string::npos);
  save_npy(folder_ / "x.npy", Tensor<double, 2>(Shape<2>{3, 2}));
  EXPECT_EQ(run("inspect x.npy").output,
            "name   dtype   shape          bytes\n"
            "x.npy  F64     [3, 2]            48\n"
            "1 tensor                          48\n");
}

TEST_F(EigenheadProgram, UnknownModelSaysWhereItLooked) {
  const Outcome unknown = run("tokenize --model no-such-model", "a\n");
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(
      unknown.error.find("eigenhead: find_model_folder: model must be a folder or a name in the "
                         "Hugging Face cache; got \"no-such-model\""),
      std::string::npos);
}

}  // namespace
}  // namespace eigenhead
