#include "eigenhead/text/bert_tokenizer.hpp"

#include "support/counted_memory.hpp"
#include "support/data.hpp"
#include "support/throws.hpp"
#include "text/random_text.hpp"
#include "text/tokenizer_vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

using Ids = std::vector<std::int32_t>;
using Tokens = std::vector<std::string>;

const BertTokenizer& toy_tokenizer() {
  static const BertTokenizer tokenizer(toy_vocabulary());
  return tokenizer;
}

TEST(BertTokenizer, EdgeCasesOfBertBaseUncasedAreEncodedAsTheReferenceDoes) {
  expect_edge_cases(uncased_tokenizer(), test_data() / "tokenizers/bert-base-uncased/edge.jsonl");
}

EncodeOptions options_of(const nlohmann::json& vector) {
  EncodeOptions options;
  options.offset_unit = OffsetUnit::code_point;
  options.truncation.strategy =
      vector["strategy"] == "LongestFirst" ? TruncationStrategy::longest_first
      : vector["strategy"] == "OnlyFirst"  ? TruncationStrategy::only_first
                                           : TruncationStrategy::only_second;
  options.truncation.max_length = vector["max_length"];
  options.truncation.stride = vector["stride"];
  options.truncation.side = vector["direction"] == "left" ? Side::left : Side::right;
  const nlohmann::json& padding = vector["padding"];
  if (padding.is_null()) return options;
  options.padding.strategy = PaddingStrategy::longest;
  options.padding.pad_to_multiple_of = padding.value("padToMultipleOf", 1);
  options.padding.side = padding.value("direction", "right") == "left" ? Side::left : Side::right;
  if (!padding.contains("maxLength")) return options;
  options.padding.strategy = PaddingStrategy::fixed;
  options.padding.length = padding["maxLength"];
  return options;
}

TEST(BertTokenizer, TruncationPairsAndPaddingFollowTheReference) {
  const std::vector<nlohmann::json> vectors =
      read_json_lines(test_data() / "tokenizers/bert-base-uncased/trunc_pad_pair.jsonl");
  ASSERT_EQ(vectors.size(), 597u);
  int num_refused = 0;
  for (const nlohmann::json& vector : vectors) {
    SCOPED_TRACE(vector["text"].dump() + " " + vector["pair"].dump());
    const EncodeOptions options = options_of(vector);
    const auto text = vector["text"].get<std::string>();
    const auto encode = [&] {
      if (vector["pair"].is_null()) return uncased_tokenizer().encode(text, options);
      return uncased_tokenizer().encode_pair(text, vector["pair"].get<std::string>(), options);
    };
    if (!vector.contains("error")) {
      expect_columns(to_json(encode()), vector);
      continue;
    }
    ++num_refused;
    try {
      encode();
      ADD_FAILURE() << "expected " << vector["error"];
    } catch (const ValueError& error) {
      const bool is_too_short = std::string(error.what()).find("more tokens") != std::string::npos;
      EXPECT_EQ(is_too_short ? "SequenceTooShort" : "SecondSequenceNotProvided", vector["error"]);
    }
  }
  EXPECT_EQ(num_refused, 137);
}

TEST(BertTokenizer, SentencesOfTheCourseHaveTheirPublishedIds) {
  const nlohmann::json sentences = nlohmann::json::parse(
      read_file(test_data() / "fixtures/notebooks/tokens_bert_base_uncased.json"));
  ASSERT_EQ(sentences.size(), 3u);
  for (const nlohmann::json& sentence : sentences) {
    const auto text = sentence["text"].get<std::string>();
    const Encoding encoding = uncased_tokenizer().encode(text);
    EXPECT_EQ(nlohmann::json(encoding.token_ids), sentence["input_ids"]);
    EXPECT_EQ(nlohmann::json(encoding.tokens), sentence["tokens"]);
    EXPECT_EQ(nlohmann::json(encoding.attention_mask), sentence["attention_mask"]);
    EncodeOptions options;
    options.add_special_tokens = false;
    const Encoding plain = uncased_tokenizer().encode(text, options);
    EXPECT_EQ(nlohmann::json(plain.token_ids), sentence["without_special_tokens"]);
    EXPECT_EQ(nlohmann::json(plain.tokens), sentence["tokenize"]);
  }
}

TEST(BertTokenizer, PairHasTypesAndSequencesOfItsOwn) {
  const Encoding encoding = toy_tokenizer().encode_pair("a b", "c");
  EXPECT_EQ(encoding.tokens, (Tokens{"[CLS]", "a", "b", "[SEP]", "c", "[SEP]"}));
  EXPECT_EQ(encoding.token_type_ids, (Ids{0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(encoding.special_tokens_mask, (Ids{1, 0, 0, 1, 0, 1}));
  EXPECT_EQ(encoding.sequence_ids[2], 0);
  EXPECT_EQ(encoding.sequence_ids[3], std::nullopt);
  EXPECT_EQ(encoding.sequence_ids[4], 1);
  EXPECT_EQ(encoding.word_ids[4], 0);
  EXPECT_EQ(encoding.offsets[4], (TextRange{0, 1}));
}

TEST(BertTokenizer, EmptySecondTextIsStillAPair) {
  const Encoding encoding = toy_tokenizer().encode_pair("a", "");
  EXPECT_EQ(encoding.tokens, (Tokens{"[CLS]", "a", "[SEP]", "[SEP]"}));
  EXPECT_EQ(encoding.token_type_ids, (Ids{0, 0, 0, 1}));
}

TEST(BertTokenizer, WithoutSpecialTokensTheWholeLengthIsForTheTexts) {
  EncodeOptions options;
  options.add_special_tokens = false;
  options.truncation.strategy = TruncationStrategy::longest_first;
  options.truncation.max_length = 3;
  const Encoding encoding = toy_tokenizer().encode_pair("a b c", "d", options);
  EXPECT_EQ(encoding.tokens, (Tokens{"a", "b", "d"}));
  EXPECT_EQ(encoding.token_type_ids, (Ids{0, 0, 1}));
}

TEST(BertTokenizer, OverflowOfPairsComesInEveryCombination) {
  EncodeOptions options;
  options.truncation.strategy = TruncationStrategy::longest_first;
  options.truncation.max_length = 7;
  const Encoding encoding = toy_tokenizer().encode_pair("a b c d e f g", "h i j", options);
  EXPECT_EQ(toy_tokenizer().decode(encoding.token_ids), "a b h i");
  std::vector<std::string> overflowing;
  for (const Encoding& rest : encoding.overflowing)
    overflowing.push_back(toy_tokenizer().decode(rest.token_ids));
  EXPECT_EQ(overflowing, (Tokens{"c d h i", "c d j", "e f h i", "e f j", "g h i", "g j", "a b j"}));
  EXPECT_EQ(encoding.overflowing[1].token_type_ids, (Ids{0, 0, 0, 0, 1, 1}));
}

TEST(BertTokenizer, BatchIsPaddedToItsLongestText) {
  EncodeOptions options;
  options.padding.strategy = PaddingStrategy::longest;
  const std::vector<Encoding> batch = toy_tokenizer().encode_batch({"a", "a b c", ""}, options);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(batch[0].token_ids, (Ids{2, 5, 3, 0, 0}));
  EXPECT_EQ(batch[1].token_ids, (Ids{2, 5, 6, 7, 3}));
  EXPECT_EQ(batch[2].attention_mask, (Ids{1, 1, 0, 0, 0}));
  EXPECT_TRUE(toy_tokenizer().encode_batch({}, options).empty());
}

TEST(BertTokenizer, BatchOfPairsIsPaddedToItsLongestPair) {
  EncodeOptions options;
  options.padding.strategy = PaddingStrategy::longest;
  options.padding.side = Side::left;
  const std::vector<Encoding> batch =
      toy_tokenizer().encode_pair_batch({{"a", "b"}, {"a b", "c"}}, options);
  EXPECT_EQ(batch[0].token_ids, (Ids{0, 2, 5, 3, 6, 3}));
  EXPECT_EQ(batch[1].token_ids, (Ids{2, 5, 6, 3, 7, 3}));
}

TEST(BertTokenizer, OffsetsCountInTheUnitThatIsAskedFor) {
  const std::string text = "\xF0\x9F\x99\x82 \xC3\xA9 a";  // a smiley, e with acute, a
  const auto last_offset = [&](OffsetUnit unit) {
    EncodeOptions options;
    options.offset_unit = unit;
    return toy_tokenizer().encode(text, options).offsets[3];
  };
  EXPECT_EQ(last_offset(OffsetUnit::byte), (TextRange{8, 9}));
  EXPECT_EQ(last_offset(OffsetUnit::code_point), (TextRange{4, 5}));
  EXPECT_EQ(last_offset(OffsetUnit::utf16), (TextRange{5, 6}));
}

TEST(BertTokenizer, OffsetsInEveryUnitNameTheSamePlace) {
  for (const nlohmann::json& vector :
       read_json_lines(test_data() / "tokenizers/bert-base-uncased/edge.jsonl")) {
    const auto text = vector["text"].get<std::string>();
    const std::vector<SourceCharacter> characters = decode_utf8(text);
    const Encoding in_bytes = uncased_tokenizer().encode(text);
    EncodeOptions options;
    options.offset_unit = OffsetUnit::code_point;
    const Encoding in_code_points = uncased_tokenizer().encode(text, options);
    for (std::size_t i = 0; i < in_bytes.offsets.size(); ++i) {
      const TextRange range = in_code_points.offsets[i];
      if (range.begin == range.end) continue;
      const TextRange expected{characters[static_cast<std::size_t>(range.begin)].begin,
                               characters[static_cast<std::size_t>(range.end) - 1].end};
      EXPECT_EQ(in_bytes.offsets[i], expected) << text;
    }
  }
}

TEST(BertTokenizer, IllFormedBytesAreDroppedAndOffsetsCountThem) {
  EncodeOptions options;
  options.add_special_tokens = false;
  const Encoding encoding = toy_tokenizer().encode("he\xFFllo \xED\xA0\x80 a\xE2\x82", options);
  EXPECT_EQ(encoding.tokens, (Tokens{"hello", "a"}));
  EXPECT_EQ(encoding.offsets[0], (TextRange{0, 6}));
  EXPECT_EQ(encoding.offsets[1], (TextRange{11, 12}));
  options.offset_unit = OffsetUnit::code_point;
  EXPECT_EQ(toy_tokenizer().encode("he\xFFllo \xED\xA0\x80 a", options).offsets[1],
            (TextRange{11, 12}));
}

TEST(BertTokenizer, SpecialTokensInTextAreTokensWithAPlace) {
  const Encoding encoding = toy_tokenizer().encode("hello[MASK]world");
  EXPECT_EQ(encoding.token_ids, (Ids{2, 15, 4, 16, 3}));
  EXPECT_EQ(encoding.special_tokens_mask, (Ids{1, 0, 0, 0, 1}));
  EXPECT_EQ(encoding.offsets[2], (TextRange{5, 11}));
  EXPECT_EQ(encoding.word_ids[2], 1);
  EXPECT_EQ(encoding.word_ids[3], 2);
}

TEST(BertTokenizer, SpecialTokensInTextCanBeReadAsText) {
  EncodeOptions options;
  options.split_special_tokens = true;
  EXPECT_EQ(uncased_tokenizer().encode("[MASK]", options).tokens,
            (Tokens{"[CLS]", "[", "mask", "]", "[SEP]"}));
}

TEST(BertTokenizer, AddedTokensGetIdsBeyondTheVocabulary) {
  BertTokenizerOptions options;
  options.added_tokens = special_tokens_in(toy_vocabulary(), SpecialTokens());
  AddedToken name;
  name.content = "New York";
  name.id = 25;
  name.is_normalized = true;
  options.added_tokens->push_back(name);
  const BertTokenizer tokenizer(toy_vocabulary(), options);
  const Encoding encoding = tokenizer.encode("a NEW YORK b");
  EXPECT_EQ(encoding.token_ids, (Ids{2, 5, 25, 6, 3}));
  EXPECT_EQ(encoding.tokens[2], "new york");
  EXPECT_EQ(encoding.offsets[2], (TextRange{2, 10}));
  EXPECT_EQ(tokenizer.decode(encoding.token_ids), "a New York b");
  EXPECT_EQ(tokenizer.token_to_id("New York"), 25);
  EXPECT_EQ(tokenizer.id_to_token(25), "New York");
  EXPECT_EQ(tokenizer.vocab_size(), 26);
  EXPECT_EQ(toy_tokenizer().vocab_size(), 25);
}

TEST(BertTokenizer, DecodingSkipsUnknownIdsAndSpecialTokensIfWanted) {
  DecodeOptions options;
  EXPECT_EQ(toy_tokenizer().decode({2, 17, 18, 99, -1, 4, 22, 3}, options), "playing,");
  options.skip_special_tokens = false;
  EXPECT_EQ(toy_tokenizer().decode({2, 17, 18, 99, -1, 4, 22, 3}, options),
            "[CLS] playing [MASK], [SEP]");
  EXPECT_EQ(toy_tokenizer().decode({}), "");
}

TEST(BertTokenizer, SpecialIdsAreFoundByName) {
  const SpecialTokenIds& ids = uncased_tokenizer().special_ids();
  EXPECT_EQ(ids.pad, 0);
  EXPECT_EQ(ids.unk, 100);
  EXPECT_EQ(ids.cls, 101);
  EXPECT_EQ(ids.sep, 102);
  EXPECT_EQ(ids.mask, 103);
  EXPECT_EQ(BertTokenizer(Vocabulary::from_text("[CLS]\n[SEP]\n")).special_ids().mask,
            std::nullopt);
}

// Words of the vocabulary that are only letters are one token each, whatever stands around them.
TEST(BertTokenizer, RandomWordsOfTheVocabularySurviveEncodingAndDecoding) {
  std::vector<std::string> words;
  for (std::int32_t id = 1000; id < 30522; ++id) {
    const std::string word(*uncased_vocabulary().id_to_token(id));
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos)
      words.push_back(word);
  }
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    Ids ids = {101};
    for (int i = 0; i < 20; ++i) {
      const std::string& word = words[random() % words.size()];
      text += (i > 0 ? " " : "") + word;
      ids.push_back(*uncased_vocabulary().token_to_id(word));
    }
    ids.push_back(102);
    const Encoding encoding = uncased_tokenizer().encode(text);
    ASSERT_EQ(encoding.token_ids, ids);
    ASSERT_EQ(uncased_tokenizer().decode(ids), text);
  }
}

TEST(BertTokenizer, RandomBytesKeepColumnsAndOffsetsInOrder) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::string text(random() % 60, ' ');
    for (char& byte : text) byte = static_cast<char>(random() % 256);
    const Encoding encoding = uncased_tokenizer().encode(text);
    const auto size = static_cast<std::size_t>(encoding.size());
    ASSERT_EQ(encoding.tokens.size(), size);
    ASSERT_EQ(encoding.offsets.size(), size);
    ASSERT_EQ(encoding.word_ids.size(), size);
    ASSERT_EQ(encoding.sequence_ids.size(), size);
    for (std::size_t i = 1; i + 1 < size; ++i) {
      ASSERT_LT(encoding.offsets[i].begin, encoding.offsets[i].end);
      ASSERT_LE(encoding.offsets[i].end, static_cast<Index>(text.size()));
      if (i > 1) {
        ASSERT_LE(encoding.offsets[i - 1].begin, encoding.offsets[i].begin);
        ASSERT_LE(*encoding.word_ids[i - 1], *encoding.word_ids[i]);
      }
    }
  }
}

TEST(BertTokenizer, SplitWordsKeepTheirNumberAndCountOffsetsFromTheirBegin) {
  const std::vector<std::string> words = {"playing", "", "a, b", "[MASK]"};
  const Encoding encoding = toy_tokenizer().encode(words);
  EXPECT_EQ(encoding.tokens, (Tokens{"[CLS]", "play", "##ing", "a", ",", "b", "[MASK]", "[SEP]"}));
  EXPECT_EQ(encoding.word_ids,
            (std::vector<std::optional<int>>{std::nullopt, 0, 0, 2, 2, 2, 3, std::nullopt}));
  EXPECT_EQ(encoding.offsets[2], (TextRange{4, 7}));
  EXPECT_EQ(encoding.offsets[5], (TextRange{3, 4}));
  EXPECT_EQ(encoding.offsets[6], (TextRange{0, 6}));
  const std::vector<std::string> pair = {"b", "c"};
  EXPECT_EQ(toy_tokenizer().encode_pair(pair, words).word_ids[1], 0);
  EXPECT_EQ(toy_tokenizer().encode_pair(pair, words).word_ids[2], 1);
}

TEST(BertTokenizer, IdsAloneAreThoseOfTheEncoding) {
  EncodeOptions options;
  EXPECT_EQ(toy_tokenizer().encode_ids("a [MASK] playing"), (Ids{2, 5, 4, 17, 18, 3}));
  options.truncation.strategy = TruncationStrategy::longest_first;
  options.truncation.max_length = 4;
  options.padding.strategy = PaddingStrategy::fixed;
  options.padding.length = 5;
  Ids ids = {99};
  toy_tokenizer().encode_ids_into(ids, "a b c d", options);
  EXPECT_EQ(ids, (Ids{2, 5, 6, 3, 0}));
  options.uses_reference = true;
  EXPECT_EQ(toy_tokenizer().encode_ids("a b c d", options), ids);
}

TEST(BertTokenizer, BatchOfIdsHasARowForEachText) {
  RandomText random_text(5);
  std::vector<std::string> texts = {"", "a", "a\nb", "[MASK] b", "\xE2\x80", std::string(9000, 'x'),
                                    ""};
  for (int i = 0; i < 1500; ++i) texts.push_back(random_text());
  ThreadPool pool(2);
  for (const bool add_special_tokens : {true, false})
    for (const TruncationStrategy strategy :
         {TruncationStrategy::none, TruncationStrategy::longest_first}) {
      EncodeOptions options;
      options.add_special_tokens = add_special_tokens;
      options.truncation.strategy = strategy;
      options.truncation.max_length = 8;
      const TokenIdBatch batch = uncased_tokenizer().encode_ids_batch(texts, options, pool);
      ASSERT_EQ(batch.size(), static_cast<Index>(texts.size()));
      EXPECT_EQ(batch.starts.back(), static_cast<Index>(batch.token_ids.size()));
      for (std::size_t i = 0; i < texts.size(); ++i)
        ASSERT_EQ(batch.row(static_cast<Index>(i)),
                  uncased_tokenizer().encode_ids(texts[i], options))
            << quote(texts[i]);
    }
  EXPECT_EQ(uncased_tokenizer().encode_ids_batch(std::vector<std::string_view>()).size(), 0);
}

TEST(BertTokenizer, BatchesDoNotDependOnThreads) {
  RandomText random_text(6);
  std::vector<std::string> texts;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; i < 100; ++i) {
    texts.push_back(random_text());
    pairs.emplace_back(random_text(), random_text());
  }
  EncodeOptions options;
  options.padding.strategy = PaddingStrategy::longest;
  ThreadPool pool(3);
  const std::vector<Encoding> batch = uncased_tokenizer().encode_batch(texts, options, pool);
  const std::vector<Encoding> serial = uncased_tokenizer().encode_batch(texts, options);
  const std::vector<Encoding> pair_batch =
      uncased_tokenizer().encode_pair_batch(pairs, options, pool);
  const std::vector<Encoding> pair_serial = uncased_tokenizer().encode_pair_batch(pairs, options);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(to_json(batch[i]), to_json(serial[i]));
    EXPECT_EQ(to_json(pair_batch[i]), to_json(pair_serial[i]));
  }
}

TEST(BertTokenizer, ColumnsThatAreNotWantedStayEmpty) {
  EncodeOptions options;
  options.truncation.strategy = TruncationStrategy::longest_first;
  options.truncation.max_length = 4;
  options.padding.strategy = PaddingStrategy::fixed;
  options.padding.length = 6;
  const Encoding whole = toy_tokenizer().encode_pair("a b c", "d e", options);
  options.columns = {false, true, false};
  const Encoding part = toy_tokenizer().encode_pair("a b c", "d e", options);
  EXPECT_TRUE(part.tokens.empty());
  EXPECT_TRUE(part.word_ids.empty());
  EXPECT_EQ(part.offsets, whole.offsets);
  EXPECT_EQ(part.token_ids, whole.token_ids);
  EXPECT_EQ(part.attention_mask, whole.attention_mask);
  ASSERT_EQ(part.overflowing.size(), whole.overflowing.size());
  EXPECT_TRUE(part.overflowing[0].tokens.empty());
  EXPECT_EQ(part.overflowing[0].offsets, whole.overflowing[0].offsets);
}

TEST(BertTokenizer, EncodingIsReused) {
  Encoding encoding = uncased_tokenizer().encode("Something else, and longer");
  encoding.overflowing.resize(2);
  uncased_tokenizer().encode_into(encoding, "Hello");
  EXPECT_EQ(to_json(encoding), to_json(uncased_tokenizer().encode("Hello")));
}

TEST(BertTokenizer, SteadyStateAllocatesNothing) {
  // No name here is longer than 15 bytes: those of others have memory of their own.
  const std::string text =
      "Prose, with caf\u00E9s and \u201Cquotes\u201D, \u6771\u4EAC, \uD55C\uAD6D\uC5B4, [MASK], "
      "unaffable words and \xFF ill-formed bytes.";
  EncodeOptions padded;
  padded.padding.strategy = PaddingStrategy::fixed;
  padded.padding.length = 100;
  for (const EncodeOptions& options : {EncodeOptions(), padded}) {
    Encoding encoding;
    Ids ids;
    for (int round = 0; round < 2; ++round) {
      const std::size_t before = counted_memory().num_allocations;
      uncased_tokenizer().encode_into(encoding, text, options);
      uncased_tokenizer().encode_ids_into(ids, text);
      EXPECT_EQ(counted_memory().num_allocations > before, round == 0);
    }
  }
}

TEST(BertTokenizer, HugeTextsTakeTheTimeAndMemoryOfTheirLength) {
  // EIGENHEAD_HUGE_TEXT sets the number of characters, for a run by hand with 100000000.
  const char* wanted = std::getenv("EIGENHEAD_HUGE_TEXT");
  const std::size_t size = wanted != nullptr ? std::stoul(wanted) : 4000000;
  EncodeOptions options;
  options.add_special_tokens = false;
  options.columns.has_tokens = false;
  std::string marks(2 * size, '\xCC');
  for (std::size_t i = 1; i < marks.size(); i += 2) marks[i] = '\x81';  // U+0301
  EXPECT_EQ(uncased_tokenizer().encode(marks, options).size(), 0);
  const Encoding word = uncased_tokenizer().encode(std::string(size, 'a'), options);
  EXPECT_EQ(word.token_ids, Ids{100});
  EXPECT_EQ(word.offsets[0], (TextRange{0, static_cast<Index>(size)}));
  const std::size_t num_tokens = std::min<std::size_t>(size, 4000000);
  const Encoding punctuation = uncased_tokenizer().encode(std::string(num_tokens, '!'), options);
  EXPECT_EQ(punctuation.size(), static_cast<Index>(num_tokens));
  EXPECT_EQ(punctuation.word_ids.back(), static_cast<int>(num_tokens) - 1);
}

TEST(BertTokenizer, TablesAreSmall) {
  EXPECT_GT(uncased_tokenizer().num_table_bytes(), 1000000u);
  EXPECT_LT(uncased_tokenizer().num_table_bytes(), 1500000u);
}

TEST(BertTokenizer, VeryLongWordsAreLeftToTheReference) {
  BertTokenizerOptions options;
  options.word_piece.max_input_chars_per_word = 1000;
  const BertTokenizer tokenizer(toy_vocabulary(), options);
  EXPECT_EQ(tokenizer.num_table_bytes(), 0u);
  const std::string word = "play" + [] {
    std::string rest;
    for (int i = 0; i < 200; ++i) rest += "ing";
    return rest;
  }();
  EXPECT_EQ(tokenizer.encode_ids(word).size(), 203u);
  EXPECT_EQ(tokenizer.encode_ids_batch(std::vector<std::string>{word}).row(0).size(), 203u);
}

TEST(BertTokenizer, UnknownTokenIsMissedOnlyWhenItIsNeeded) {
  const BertTokenizer tokenizer(Vocabulary::from_text("[CLS]\n[SEP]\na\n"));
  EXPECT_EQ(tokenizer.encode_ids("a A"), (Ids{0, 2, 2, 1}));
  for (const std::string text : {"a B", "a \u00E9"})
    EXPECT_THROW_WITH(tokenizer.encode(text), ValueError,
                      "word_piece: vocabulary must hold the unknown token \"[UNK]\" or spell every "
                      "word; got word \"" +
                          std::string(text == "a B" ? "b" : "e") + "\"");
}

TEST(BertTokenizer, AllTokensAreListedWithTheirIds) {
  BertTokenizerOptions options;
  options.added_tokens = special_tokens_in(toy_vocabulary(), SpecialTokens());
  AddedToken name;
  name.content = "New";
  name.id = 25;
  options.added_tokens->push_back(name);
  const BertTokenizer tokenizer(toy_vocabulary(), options);
  const std::map<std::string, std::int32_t> tokens = tokenizer.all_tokens();
  EXPECT_EQ(tokens.size(), 26u);
  EXPECT_EQ(tokens.at("New"), 25);
  EXPECT_EQ(tokens.at("##ing"), 18);
  EXPECT_TRUE(tokenizer.is_special("[MASK]"));
  EXPECT_FALSE(tokenizer.is_special("New"));
}

TEST(BertTokenizer, BatchOfIdsIsDecodedOneByOne) {
  EXPECT_EQ(toy_tokenizer().decode_batch({{17, 18}, {}, {5, 22}}), (Tokens{"playing", "", "a,"}));
}

TEST(BertTokenizer, VocabularyWithoutClsOrSepIsRefused) {
  EXPECT_THROW_WITH(BertTokenizer(Vocabulary::from_text("a\n[CLS]\n")), ValueError,
                    "BertTokenizer: vocabulary must hold \"[CLS]\" and \"[SEP]\"; got tokens 2; or "
                    "set options.sequence_template");
}

TEST(BertTokenizer, EmptyTemplateNeedsNoSpecialTokens) {
  BertTokenizerOptions options;
  TemplatePiece text;
  text.kind = TemplatePiece::Kind::first_text;
  options.sequence_template.emplace();
  options.sequence_template->single = {text};
  const BertTokenizer tokenizer(Vocabulary::from_text("a\nb\n"), options);
  EXPECT_EQ(tokenizer.encode("b a").token_ids, (Ids{1, 0}));
}

TEST(BertTokenizer, PairNeedsATemplateWithBothTexts) {
  BertTokenizerOptions options;
  TemplatePiece text;
  text.kind = TemplatePiece::Kind::first_text;
  options.sequence_template.emplace();
  options.sequence_template->single = {text};
  EXPECT_THROW_WITH(BertTokenizer(toy_vocabulary(), options).encode_pair("a", "b"), ValueError,
                    "BertTokenizer::encode_pair: the template for two texts must hold both; got "
                    "first texts 0, second texts 0");
  options.sequence_template->pair = {text};
  EXPECT_THROW_WITH(BertTokenizer(toy_vocabulary(), options).encode_pair_batch({{"a", "b"}}),
                    ValueError,
                    "BertTokenizer::encode_pair: the template for two texts must hold both; got "
                    "first texts 1, second texts 0");
}

TEST(BertTokenizer, SingleTextNeedsATemplateThatHoldsIt) {
  BertTokenizerOptions options;
  options.sequence_template.emplace();
  const BertTokenizer tokenizer(toy_vocabulary(), options);
  EXPECT_THROW_WITH(
      tokenizer.encode("a"), ValueError,
      "BertTokenizer::encode: the template for one text must hold it; got first texts 0");
}

TEST(BertTokenizer, TemplateForOneTextWithASecondIsRefused) {
  BertTokenizerOptions options;
  TemplatePiece text;
  text.kind = TemplatePiece::Kind::second_text;
  options.sequence_template.emplace();
  options.sequence_template->single = {text};
  EXPECT_THROW_WITH(
      BertTokenizer(toy_vocabulary(), options), ValueError,
      "BertTokenizer: the template for one text must hold no second text; got second texts 1");
}

TEST(BertTokenizer, AddedTokenWithTheIdOfAnotherIsRefused) {
  BertTokenizerOptions options;
  AddedToken token;
  token.content = "x";
  token.id = 5;
  options.added_tokens = {{token}};
  EXPECT_THROW_WITH(BertTokenizer(toy_vocabulary(), options), ValueError,
                    "BertTokenizer: the id of an added token must not belong to another token; got "
                    "id 5, added token \"x\", other token \"a\"");
}

TEST(BertTokenizer, PaddingWithoutPaddingTokenIsRefused) {
  const BertTokenizer tokenizer(Vocabulary::from_text("[CLS]\n[SEP]\n"));
  EncodeOptions options;
  options.padding.strategy = PaddingStrategy::longest;
  EXPECT_THROW_WITH(tokenizer.encode("", options), ValueError,
                    "BertTokenizer::encode: vocabulary must hold the padding token \"[PAD]\"; got "
                    "2 other tokens");
  std::vector<Encoding> batch(1);
  EXPECT_THROW_WITH(tokenizer.pad_batch(batch, options.padding), ValueError,
                    "BertTokenizer::pad_batch: vocabulary must hold the padding token \"[PAD]\"; "
                    "got 2 other tokens");
}

}  // namespace
}  // namespace eigenhead
