#include "eigenhead/text/write_tokenizer_json.hpp"

#include "eigenhead/text/load_tokenizer.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"
#include "text/random_text.hpp"
#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

/// A tokenizer in which every option differs from its default.
BertTokenizer unusual_tokenizer() {
  BertTokenizerOptions options;
  options.normalizer.clean_text = false;
  options.normalizer.handle_chinese_chars = false;
  options.normalizer.strip_accents = true;
  options.normalizer.lowercase = false;
  options.word_piece.max_input_chars_per_word = 7;
  options.clean_up_tokens = false;
  options.added_tokens = special_tokens_in(toy_vocabulary(), SpecialTokens());
  AddedToken token;
  token.content = "New \"York\"";
  token.id = 25;
  token.is_normalized = token.is_single_word = token.strips_left = token.strips_right = true;
  options.added_tokens->push_back(token);
  options.sequence_template = bert_template("[SEP]", 3, "[MASK]", 4);
  options.sequence_template->pair[3].type_id = 5;
  return BertTokenizer(toy_vocabulary(), options);
}

TEST(ToTokenizerJson, ReadBackItEncodesTheSame) {
  RandomText random_text(3);
  for (const BertTokenizer& tokenizer : {uncased_tokenizer(), unusual_tokenizer()}) {
    const BertTokenizer copy = parse_tokenizer_json(to_tokenizer_json(tokenizer));
    for (int round = 0; round < 200; ++round) {
      const std::string text = random_text() + " New \"York\" ";
      const std::string pair = random_text();
      ASSERT_EQ(to_json(copy.encode_pair(text, pair)), to_json(tokenizer.encode_pair(text, pair)));
      const std::vector<std::int32_t> ids = tokenizer.encode_ids(text);
      ASSERT_EQ(copy.decode(ids), tokenizer.decode(ids));
    }
    EXPECT_EQ(copy.all_tokens(), tokenizer.all_tokens());
    EXPECT_EQ(to_tokenizer_json(copy), to_tokenizer_json(tokenizer));
  }
}

TEST(ToTokenizerJson, HoldsWhatHuggingFaceExpects) {
  const auto json = nlohmann::json::parse(to_tokenizer_json(unusual_tokenizer()));
  EXPECT_EQ(json["version"], "1.0");
  EXPECT_TRUE(json["truncation"].is_null());
  EXPECT_EQ(json["added_tokens"][5],
            nlohmann::json::parse(R"({"id": 25, "content": "New \"York\"", "single_word": true,
                "lstrip": true, "rstrip": true, "normalized": true, "special": false})"));
  EXPECT_EQ(json["normalizer"],
            nlohmann::json::parse(R"({"type": "BertNormalizer", "clean_text": false,
                "handle_chinese_chars": false, "strip_accents": true, "lowercase": false})"));
  EXPECT_EQ(json["pre_tokenizer"]["type"], "BertPreTokenizer");
  EXPECT_EQ(json["post_processor"]["single"],
            nlohmann::json::parse(R"([{"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[MASK]", "type_id": 0}}])"));
  EXPECT_EQ(json["post_processor"]["special_tokens"]["[MASK]"],
            nlohmann::json::parse(R"({"id": "[MASK]", "ids": [4], "tokens": ["[MASK]"]})"));
  EXPECT_EQ(json["decoder"],
            nlohmann::json::parse(R"({"type": "WordPiece", "prefix": "##", "cleanup": false})"));
  EXPECT_EQ(json["model"]["max_input_chars_per_word"], 7);
  EXPECT_EQ(json["model"]["vocab"]["##ing"], 18);
}

TEST(SaveTokenizer, WritesAFileThatLoads) {
  const TemporaryFolder folder;
  save_tokenizer(uncased_tokenizer(), folder / "tokenizer.json");
  EXPECT_EQ(load_tokenizer(folder.path()).encode_ids("Hello"),
            uncased_tokenizer().encode_ids("Hello"));
}

TEST(ToTokenizerJson, TokenThatIsNotUtf8IsRefused) {
  const BertTokenizer tokenizer(Vocabulary::from_text("[CLS]\n[SEP]\na\xFF\n"));
  EXPECT_THROW_WITH(to_tokenizer_json(tokenizer), ValueError,
                    "to_tokenizer_json: every token must be UTF-8; got \"a\xFF\" with id 2");
}

TEST(ToTokenizerJson, AddedTokenThatIsNotUtf8IsRefused) {
  BertTokenizerOptions options;
  options.added_tokens = special_tokens_in(toy_vocabulary(), SpecialTokens());
  options.added_tokens->emplace_back();
  options.added_tokens->back().content = "a\xFF";
  options.added_tokens->back().id = 25;
  EXPECT_THROW_WITH(to_tokenizer_json(BertTokenizer(toy_vocabulary(), options)), ValueError,
                    "to_tokenizer_json: added tokens, template, prefix and unknown token must be "
                    "UTF-8; got [json.exception.type_error.316] invalid UTF-8 byte at index 1: "
                    "0xFF");
}

}  // namespace
}  // namespace eigenhead
