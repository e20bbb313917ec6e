#include "eigenhead/text/load_tokenizer.hpp"

#include "support/data.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"
#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using Ids = std::vector<std::int32_t>;
using Tokens = std::vector<std::string>;

class LoadTokenizer : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    write_file(folder_ / name, text);
  }

  BertTokenizer load_folder(const LoadTokenizerOptions& options = {}) const {
    return load_tokenizer(folder_.path(), options);
  }

  TemporaryFolder folder_;
};

const std::string kToyVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nThe\n##s\n\xC3\xA9\ne\n";

nlohmann::json toy_json() {
  return nlohmann::json::parse(R"({
    "truncation": {"max_length": 3, "strategy": "LongestFirst", "stride": 0},
    "padding": {"strategy": {"Fixed": 9}, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
    "added_tokens": [
      {"id": 2, "content": "[CLS]", "special": true, "normalized": false},
      {"id": 3, "content": "[SEP]", "special": true, "normalized": false},
      {"id": 8, "content": "", "special": false},
      {"id": 9, "content": "<x>", "single_word": false, "lstrip": true, "rstrip": false,
       "normalized": false, "special": false}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": false},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100,
              "vocab": {"the": 5, "The": 6, "##s": 7, "[PAD]": 0, "[UNK]": 1, "[CLS]": 2,
                        "[SEP]": 3, "[MASK]": 4}}
  })");
}

std::string message_of(const nlohmann::json& root) {
  try {
    parse_tokenizer_json(root.dump());
  } catch (const FormatError& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(LoadTokenizer, BundledModelHasTheTokenizerOfItsVocabulary) {
  const BertTokenizer tokenizer = load_tokenizer(bundled_model());
  EXPECT_EQ(tokenizer.vocab_size(), 30522);
  EXPECT_EQ(tokenizer.encode("The capital of France is [MASK].").token_ids,
            (Ids{101, 1996, 3007, 1997, 2605, 2003, 103, 1012, 102}));
}

TEST_F(LoadTokenizer, TinyModelFixtureIsTokenizedAsRecorded) {
  const std::filesystem::path folder = test_data() / "fixtures/tiny-distilbert";
  const nlohmann::json sentences = nlohmann::json::parse(read_file(folder / "tokenization.json"));
  ASSERT_FALSE(sentences.empty());
  for (const char* name : {"", "tokenizer.json", "vocab.txt"}) {
    const BertTokenizer tokenizer = load_tokenizer(folder / name);
    for (const nlohmann::json& sentence : sentences) {
      const auto text = sentence["text"].get<std::string>();
      const Encoding encoding =
          sentence.contains("pair")
              ? tokenizer.encode_pair(text, sentence["pair"].get<std::string>())
              : tokenizer.encode(text);
      EXPECT_EQ(nlohmann::json(encoding.token_ids), sentence["input_ids"]) << name;
      EXPECT_EQ(nlohmann::json(encoding.tokens), sentence["tokens"]) << name;
      EXPECT_EQ(nlohmann::json(encoding.token_type_ids), sentence["token_type_ids"]) << name;
    }
  }
}

TEST_F(LoadTokenizer, PublishedModelsEncodeTheirEdgeCasesFromEitherFile) {
  const std::string data = EIGENHEAD_TOKENIZER_DATA;
  if (data.empty())
    GTEST_SKIP() << "needs the files of published models: configure with "
                    "-DEIGENHEAD_TOKENIZER_DATA=DIR, where DIR/<model>/ holds edge.jsonl, "
                    "vocab.txt, tokenizer.json and tokenizer_config.json";
  for (const std::string model : {"bert-base-uncased", "bert-base-cased", "bert-base-chinese",
                                  "bert-base-multilingual-uncased"}) {
    SCOPED_TRACE(model);
    const std::filesystem::path folder = std::filesystem::path(data) / model;
    expect_edge_cases(load_tokenizer(folder), folder / "edge.jsonl");
    expect_edge_cases(load_tokenizer(folder / "tokenizer.json"), folder / "edge.jsonl");
    std::filesystem::copy(folder / "vocab.txt", folder_ / "vocab.txt",
                          std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy(folder / "tokenizer_config.json", folder_ / "tokenizer_config.json",
                          std::filesystem::copy_options::overwrite_existing);
    expect_edge_cases(load_folder(), folder / "edge.jsonl");
  }
}

TEST_F(LoadTokenizer, VocabularyAloneIsLowerCasedUnlessTheCallerKnowsBetter) {
  write("vocab.txt", kToyVocabulary);
  EXPECT_EQ(load_tokenizer(folder_ / "vocab.txt").encode("The").token_ids, (Ids{2, 5, 3}));
  LoadTokenizerOptions options;
  options.lowercase = false;
  EXPECT_EQ(load_folder(options).encode("The \xC3\xA9").token_ids, (Ids{2, 6, 8, 3}));
  options.strip_accents = true;
  EXPECT_EQ(load_folder(options).encode("\xC3\xA9").token_ids, (Ids{2, 9, 3}));
  options.handle_chinese_chars = false;
  EXPECT_FALSE(load_folder(options).options().normalizer.handle_chinese_chars);
}

TEST_F(LoadTokenizer, TokenizerConfigGoesBeforeTheNormalizerOfTokenizerJson) {
  write("tokenizer.json", toy_json().dump());
  EXPECT_EQ(load_folder().encode("The").token_ids, (Ids{2, 6, 3}));
  write("tokenizer_config.json",
        R"({"do_lower_case": true, "strip_accents": false, "tokenize_chinese_chars": false,
            "model_max_length": 1e30})");
  const BertTokenizer tokenizer = load_folder();
  EXPECT_EQ(tokenizer.encode("The").token_ids, (Ids{2, 5, 3}));
  EXPECT_EQ(tokenizer.options().normalizer.strip_accents, false);
  EXPECT_FALSE(tokenizer.options().normalizer.handle_chinese_chars);
  write("tokenizer_config.json", R"({"strip_accents": null})");
  EXPECT_EQ(load_folder().options().normalizer.strip_accents, std::nullopt);
}

TEST_F(LoadTokenizer, StoredTruncationAndPaddingAreNotApplied) {
  const BertTokenizer tokenizer = parse_tokenizer_json(toy_json().dump());
  EXPECT_EQ(tokenizer.encode("the the the the").token_ids, (Ids{2, 5, 5, 5, 5, 3}));
}

// The reference does not heed the ids of added tokens either: they follow the vocabulary in turn.
TEST_F(LoadTokenizer, AddedTokensKeepTheirFlagsAndEmptyOnesAreIgnored) {
  const BertTokenizer tokenizer = parse_tokenizer_json(toy_json().dump());
  EXPECT_EQ(tokenizer.vocab_size(), 9);
  const Encoding encoding = tokenizer.encode("the  <x> the");
  EXPECT_EQ(encoding.token_ids, (Ids{2, 5, 8, 5, 3}));
  EXPECT_EQ(encoding.tokens[2], "  <x>");
}

TEST_F(LoadTokenizer, SequenceOfOneStepIsThatStep) {
  nlohmann::json root = toy_json();
  root["normalizer"] = {{"type", "Sequence"}, {"normalizers", {root["normalizer"]}}};
  root["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {root["pre_tokenizer"]}}};
  EXPECT_EQ(parse_tokenizer_json(root.dump()).encode("The").token_ids, (Ids{2, 6, 3}));
  root["normalizer"]["normalizers"].push_back({{"type", "Lowercase"}});
  EXPECT_EQ(message_of(root),
            "parse_tokenizer_json: \"tokenizer.json\" must have a BertNormalizer, alone; got "
            "\"Sequence\"");
}

TEST_F(LoadTokenizer, FolderOfAnotherFamilyIsRefusedByItsName) {
  write("merges.txt", "#version: 0.2");
  EXPECT_THROW_WITH(load_folder(), FormatError,
                    "load_tokenizer: folder must hold a WordPiece tokenizer as BERT's; got " +
                        quote(folder_.path().string()) +
                        " with merges.txt of byte-pair encoding (GPT-2, RoBERTa)");
}

TEST_F(LoadTokenizer, VocabularyOfAnotherKindOfTokenizerIsRefused) {
  write("vocab.txt", kToyVocabulary);
  for (const std::string name : {"BertTokenizer", "DistilBertTokenizerFast", "BertTokenizerFast"}) {
    write("tokenizer_config.json", R"({"tokenizer_class": ")" + name + "\"}");
    EXPECT_EQ(load_folder().encode("The").token_ids, (Ids{2, 5, 3}));
  }
  write("tokenizer_config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})");
  EXPECT_THROW_WITH(load_folder(), FormatError,
                    "load_tokenizer: " + quote((folder_ / "tokenizer_config.json").string()) +
                        " must name a tokenizer that works as BERT's, or tokenizer.json must be "
                        "there to describe it; got tokenizer_class \"BertJapaneseTokenizer\"");
}

TEST_F(LoadTokenizer, SpecialTokensAreSpelledAsTheFilesSay) {
  write("vocab.txt", "<pad>\n<unk>\n<s>\n</s>\n<mask>\nthe\n<own>\n");
  write("special_tokens_map.json",
        R"({"cls_token": "<s>", "sep_token": {"content": "</s>"}, "unk_token": "<wrong>"})");
  write("tokenizer_config.json",
        R"({"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>",
            "added_tokens_decoder": {"6": {"content": "<own>", "special": true},
                                     "7": {"content": "<new>", "special": false}}})");
  const BertTokenizer tokenizer = load_folder();
  EXPECT_EQ(tokenizer.special_ids().cls, 2);
  EXPECT_EQ(tokenizer.special_ids().pad, 0);
  EXPECT_EQ(tokenizer.special_ids().unk, 1);
  EXPECT_EQ(tokenizer.encode("the<mask>what<own><new>").token_ids, (Ids{2, 5, 4, 1, 6, 7, 3}));
}

TEST_F(LoadTokenizer, TemplateOfTheFileIsUsed) {
  nlohmann::json root = toy_json();
  root["post_processor"] = nlohmann::json::parse(R"({
    "type": "TemplateProcessing",
    "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "end", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "B", "type_id": 2}}, {"SpecialToken": {"id": "end", "type_id": 3}},
             {"Sequence": {"id": "A", "type_id": 0}}],
    "special_tokens": {"end": {"id": "end", "ids": [3, 2], "tokens": ["[SEP]", "[CLS]"]}}})");
  const BertTokenizer tokenizer = parse_tokenizer_json(root.dump());
  EXPECT_EQ(tokenizer.encode("the").token_ids, (Ids{5, 3, 2}));
  const Encoding pair = tokenizer.encode_pair("the", "The");
  EXPECT_EQ(pair.token_ids, (Ids{6, 3, 2, 5}));
  EXPECT_EQ(pair.token_type_ids, (Ids{2, 3, 3, 0}));
}

TEST_F(LoadTokenizer, NullPartsMeanNoNormalizerAndNoSpecialTokens) {
  nlohmann::json root = toy_json();
  root["normalizer"] = nullptr;
  root["post_processor"] = nullptr;
  const BertTokenizer tokenizer = parse_tokenizer_json(root.dump());
  EXPECT_EQ(tokenizer.encode_pair("The", "the").token_ids, (Ids{6, 5}));
  EXPECT_EQ(tokenizer.encode_pair("The", "the").token_type_ids, (Ids{0, 1}));
  EXPECT_EQ(tokenizer.encode("\x01the").token_ids, (Ids{1}));
}

TEST_F(LoadTokenizer, SequenceOfOneBertNormalizerIsThatNormalizer) {
  nlohmann::json root = toy_json();
  root["normalizer"] = {{"type", "Sequence"}, {"normalizers", {root["normalizer"]}}};
  EXPECT_EQ(parse_tokenizer_json(root.dump()).encode("The").token_ids, (Ids{2, 6, 3}));
}

TEST_F(LoadTokenizer, OtherModelsAreRefusedByName) {
  nlohmann::json root = toy_json();
  root["model"] = {{"type", "BPE"}, {"vocab", nlohmann::json::object()}};
  EXPECT_EQ(message_of(root),
            "parse_tokenizer_json: \"tokenizer.json\" must have a WordPiece model; got \"BPE\"");
  root["model"] = {{"merges", nlohmann::json::array()}, {"vocab", nlohmann::json::object()}};
  EXPECT_EQ(message_of(root),
            "parse_tokenizer_json: \"tokenizer.json\" must have a WordPiece model; got \"BPE\"");
  root["model"] = {{"vocab", nlohmann::json::array()}};
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have a WordPiece model; got \"Unigram\"");
}

TEST_F(LoadTokenizer, OtherPartsAreRefusedByName) {
  nlohmann::json root = toy_json();
  root["normalizer"] = {{"type", "NFKC"}};
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have a BertNormalizer, alone; got \"NFKC\"");
  root = toy_json();
  root["pre_tokenizer"] = {{"type", "Metaspace"}};
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have a BertPreTokenizer; got \"Metaspace\"");
  root = toy_json();
  root["post_processor"] = {{"type", "RobertaProcessing"}};
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have a BertProcessing or TemplateProcessing; "
      "got \"RobertaProcessing\"");
}

TEST_F(LoadTokenizer, BrokenVocabularyIsRefused) {
  nlohmann::json root = toy_json();
  root["model"]["vocab"] = nullptr;
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have an object under \"vocab\"; got \"null\"");
  root["model"]["vocab"] = {{"a", 0.5}};
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have integer ids in \"vocab\"; got \"0.5\"");
  root["model"]["vocab"] = {{"a", 1}, {"b", 1}};
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must hold a usable tokenizer; got \"Vocabulary: an "
      "id must belong to one token; got id 1 of \"a\" and \"b\"\"");
}

TEST_F(LoadTokenizer, BrokenTemplatesAreRefused) {
  nlohmann::json root = toy_json();
  root["post_processor"]["cls"] = {"[CLS]"};
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have a token and its id under \"cls\" and "
      "\"sep\"; got \"[\\\"[CLS]\\\"]\"");
  const nlohmann::json a = {{"Sequence", {{"id", "A"}}}};
  const nlohmann::json b = {{"Sequence", {{"id", "B"}}}};
  const nlohmann::json c = {{"Sequence", {{"id", "C"}}}};
  const auto message_of_template = [&](const nlohmann::json& single,
                                       const nlohmann::json& special) {
    root["post_processor"] = {{"type", "TemplateProcessing"},
                              {"single", single},
                              {"pair", {a, b}},
                              {"special_tokens", special}};
    return message_of(root);
  };
  const nlohmann::json none = nlohmann::json::object();
  EXPECT_EQ(message_of_template(nullptr, none),
            "parse_tokenizer_json: \"tokenizer.json\" must have lists as templates; got \"null\"");
  EXPECT_EQ(message_of_template({a, b}, none),
            "parse_tokenizer_json: \"tokenizer.json\" must hold a usable tokenizer; got "
            "\"BertTokenizer: the template for one text must hold no second text; got second texts "
            "1\"");
  EXPECT_EQ(message_of_template(nlohmann::json::array({c}), none),
            "parse_tokenizer_json: \"tokenizer.json\" must have templates of the texts A and B; "
            "got \"C\"");
  EXPECT_EQ(
      message_of_template({a, {{"SpecialToken", {{"id", "x"}}}}},
                          {{"x", {{"ids", {1}}, {"tokens", nlohmann::json::array()}}}}),
      "parse_tokenizer_json: \"tokenizer.json\" must have as many ids as tokens for every special "
      "token of its template; got \"{\\\"ids\\\":[1],\\\"tokens\\\":[]}\"");
  EXPECT_EQ(message_of_template(nlohmann::json::array({"A"}), none),
            "parse_tokenizer_json: \"tokenizer.json\" must hold an object around \"Sequence\"; got "
            "\"string\"");
}

TEST_F(LoadTokenizer, TextThatIsNoJsonObjectIsRefused) {
  EXPECT_THROW_WITH(
      parse_tokenizer_json("[]"), FormatError,
      "parse_tokenizer_json: \"tokenizer.json\" must hold a JSON object; got \"array\"");
  EXPECT_THROW(parse_tokenizer_json("{"), FormatError);
}

TEST_F(LoadTokenizer, AddedTokenKeysOfTheConfigMustBeIds) {
  write("vocab.txt", kToyVocabulary);
  write("tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "<x>"}}})");
  EXPECT_THROW_WITH(load_folder(), FormatError,
                    "load_tokenizer: " + quote((folder_ / "tokenizer_config.json").string()) +
                        " must have ids as keys of \"added_tokens_decoder\"; got key \"x\"");
}

TEST_F(LoadTokenizer, EmptyAddedTokenKeyOfTheConfigIsRefused) {
  write("vocab.txt", kToyVocabulary);
  write("tokenizer_config.json", R"({"added_tokens_decoder": {"": {"content": "<x>"}}})");
  EXPECT_THROW_WITH(load_folder(), FormatError,
                    "load_tokenizer: " + quote((folder_ / "tokenizer_config.json").string()) +
                        " must have ids as keys of \"added_tokens_decoder\"; got key \"\"");
}

TEST_F(LoadTokenizer, AddedTokensOfTheConfigMustBeAnObjectOrNull) {
  write("vocab.txt", kToyVocabulary);
  write("tokenizer_config.json", R"({"added_tokens_decoder": [{"content": "<x>"}]})");
  EXPECT_THROW_WITH(load_folder(), FormatError,
                    "load_tokenizer: " + quote((folder_ / "tokenizer_config.json").string()) +
                        " must have an object under \"added_tokens_decoder\"; got array");
  write("tokenizer_config.json", R"({"added_tokens_decoder": "x"})");
  EXPECT_THROW(load_folder(), FormatError);
  write("tokenizer_config.json", R"({"added_tokens_decoder": null})");
  EXPECT_EQ(load_folder().vocab_size(), 10);
}

TEST_F(LoadTokenizer, AddedTokensOfTheTokenizerMustBeAListOrNull) {
  nlohmann::json root = toy_json();
  root["added_tokens"] = nullptr;
  EXPECT_EQ(parse_tokenizer_json(root.dump()).encode("the").token_ids, (Ids{2, 5, 3}));
  root["added_tokens"] = {{"a", {{"id", 9}, {"content", "<x>"}}}};
  EXPECT_EQ(message_of(root),
            "parse_tokenizer_json: \"tokenizer.json\" must have a list under \"added_tokens\"; got "
            "\"object\"");
}

TEST_F(LoadTokenizer, NegativeLengthOfWordsIsRefused) {
  nlohmann::json root = toy_json();
  root["model"]["max_input_chars_per_word"] = -1;
  EXPECT_EQ(
      message_of(root),
      "parse_tokenizer_json: \"tokenizer.json\" must have a max_input_chars_per_word >= 0; got "
      "\"-1\"");
}

TEST_F(LoadTokenizer, DecoderOfAnotherKindIsRefused) {
  nlohmann::json root = toy_json();
  root["decoder"] = {{"type", "ByteLevel"}};
  EXPECT_EQ(message_of(root),
            "parse_tokenizer_json: \"tokenizer.json\" must have a WordPiece decoder or null; got "
            "\"ByteLevel\"");
}

TEST_F(LoadTokenizer, DecoderWithAnotherPrefixThanTheModelIsRefused) {
  nlohmann::json root = toy_json();
  root["decoder"]["prefix"] = "@@";
  EXPECT_EQ(message_of(root),
            "parse_tokenizer_json: \"tokenizer.json\" must have a decoder with the prefix of the "
            "model; got \"@@\"");
  root["model"]["continuing_subword_prefix"] = "@@";
  EXPECT_EQ(message_of(root), "no error");
}

TEST_F(LoadTokenizer, CleanupOfTheDecoderIsTheDefaultOfDecoding) {
  nlohmann::json root = toy_json();
  root["model"]["vocab"]["."] = 8;
  EXPECT_EQ(parse_tokenizer_json(root.dump()).decode({5, 8}), "the.");
  root["decoder"]["cleanup"] = false;
  const BertTokenizer tokenizer = parse_tokenizer_json(root.dump());
  EXPECT_EQ(tokenizer.decode({5, 8}), "the .");
  DecodeOptions options;
  options.clean_up_tokens = true;
  EXPECT_EQ(tokenizer.decode({5, 8}, options), "the.");
  root["decoder"] = nullptr;
  EXPECT_EQ(parse_tokenizer_json(root.dump()).decode({5, 7, 8}), "thes.");
}

TEST_F(LoadTokenizer, VocabularyThatCannotMakeATokenizerIsABrokenFile) {
  write("vocab.txt", "just\nwords\n");
  EXPECT_THROW_WITH(
      load_folder(), FormatError,
      "load_tokenizer: " + quote((folder_ / "vocab.txt").string()) +
          " must hold a usable tokenizer; got \"BertTokenizer: vocabulary must hold "
          "\"[CLS]\" and \"[SEP]\"; got tokens 2; or set options.sequence_template\"");
}

TEST_F(LoadTokenizer, FolderWithoutTokenizerIsRefused) {
  EXPECT_THROW_WITH(load_folder(), FileError,
                    "load_tokenizer: folder must hold tokenizer.json or vocab.txt; got folder " +
                        quote(folder_.path().string()));
}

TEST_F(LoadTokenizer, AbsentFileIsRefused) {
  EXPECT_THROW_WITH(load_tokenizer(folder_ / "none.txt"), FileError,
                    "load_tokenizer: file must exist and be readable; got " +
                        quote((folder_ / "none.txt").string()));
}

TEST_F(LoadTokenizer, PathThatTheSystemCannotHoldIsRefused) {
  const std::string path(5000, 'x');
  EXPECT_THROW_WITH(load_tokenizer(path), FileError,
                    "load_tokenizer: file must exist and be readable; got " + quote(path));
}

}  // namespace
}  // namespace eigenhead
