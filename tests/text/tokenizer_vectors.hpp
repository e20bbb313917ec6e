#pragma once

#include "eigenhead/core/file.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "support/data.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace eigenhead {

/// The vocabulary of bert-base-uncased, read once.
inline const Vocabulary& uncased_vocabulary() {
  static const Vocabulary vocabulary =
      Vocabulary::from_text(read_file(bundled_model() / "vocab.txt"));
  return vocabulary;
}

inline const BertTokenizer& uncased_tokenizer() {
  static const BertTokenizer tokenizer(uncased_vocabulary());
  return tokenizer;
}

/// Ids: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4, letters a to j 5 to 14, then words.
inline Vocabulary toy_vocabulary() {
  return Vocabulary::from_text(
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"
      "hello\nworld\nplay\n##ing\n##ed\nun\n##play\n,\n.\n!\n");
}

/// One JSON value a line.
inline std::vector<nlohmann::json> read_json_lines(const std::filesystem::path& path) {
  std::istringstream lines(read_file(path));
  std::vector<nlohmann::json> values;
  for (std::string line; std::getline(lines, line);) values.push_back(nlohmann::json::parse(line));
  return values;
}

/// The columns of `encoding` under the names of the vector files.
inline nlohmann::json to_json(const Encoding& encoding) {
  const auto or_null = [](const std::vector<std::optional<int>>& values) {
    nlohmann::json list = nlohmann::json::array();
    for (const std::optional<int>& value : values)
      list.push_back(value ? nlohmann::json(*value) : nlohmann::json());
    return list;
  };
  nlohmann::json offsets = nlohmann::json::array();
  for (const TextRange range : encoding.offsets) offsets.push_back({range.begin, range.end});
  nlohmann::json overflowing = nlohmann::json::array();
  for (const Encoding& rest : encoding.overflowing) overflowing.push_back(to_json(rest));
  return {{"ids", encoding.token_ids},
          {"tokens", encoding.tokens},
          {"type_ids", encoding.token_type_ids},
          {"attention_mask", encoding.attention_mask},
          {"special_tokens_mask", encoding.special_tokens_mask},
          {"offsets", offsets},
          {"word_ids", or_null(encoding.word_ids)},
          {"sequence_ids", or_null(encoding.sequence_ids)},
          {"overflowing", overflowing}};
}

/// Every column that `expected` has is the same in `encoding`; so for what overflows.
inline void expect_columns(const nlohmann::json& actual, const nlohmann::json& expected) {
  for (const auto& [key, value] : actual.items()) {
    if (!expected.contains(key)) continue;
    if (key != "overflowing") {
      EXPECT_EQ(value, expected[key]) << key;
      continue;
    }
    ASSERT_EQ(value.size(), expected[key].size()) << key;
    for (std::size_t i = 0; i < value.size(); ++i) {
      SCOPED_TRACE("overflowing " + std::to_string(i));
      expect_columns(value[i], expected[key][i]);
    }
  }
}

/// Every text of an edge.jsonl gives the recorded encoding and decodes to the recorded texts.
inline void expect_edge_cases(const BertTokenizer& tokenizer, const std::filesystem::path& path) {
  EncodeOptions encode_options;
  encode_options.offset_unit = OffsetUnit::code_point;
  DecodeOptions keep_special_tokens;
  keep_special_tokens.skip_special_tokens = false;
  const std::vector<nlohmann::json> vectors = read_json_lines(path);
  ASSERT_EQ(vectors.size(), 160u);
  for (const nlohmann::json& expected : vectors) {
    SCOPED_TRACE(expected["text"].dump());
    const Encoding encoding = tokenizer.encode(expected["text"].get<std::string>(), encode_options);
    expect_columns(to_json(encoding), expected);
    EXPECT_EQ(tokenizer.decode(encoding.token_ids, keep_special_tokens), expected["decoded"]);
    EXPECT_EQ(tokenizer.decode(encoding.token_ids), expected["decoded_skip_special"]);
  }
}

}  // namespace eigenhead
