// Checks what compare.mjs writes, line by line, against eigenhead.
//   compare TOKENIZER.json...  < lines          exit status 1 if anything differs
//   compare --save IN.json OUT.json             load_tokenizer, then save_tokenizer

#include "eigenhead/text/load_tokenizer.hpp"
#include "eigenhead/text/write_tokenizer_json.hpp"

#include <iostream>
#include <string>
#include <vector>

using namespace eigenhead;
using Json = nlohmann::json;

namespace {

Json to_json(TextRange range) { return {range.begin, range.end}; }

template <class Value>
Json or_null(const std::optional<Value>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_same_v<Value, TextRange>)
    return to_json(*value);
  else
    return *value;
}

Json to_json(const Encoding& encoding) {
  Json json = {{"ids", encoding.token_ids},
               {"type_ids", encoding.token_type_ids},
               {"attention_mask", encoding.attention_mask},
               {"special_tokens_mask", encoding.special_tokens_mask},
               {"tokens", encoding.tokens},
               {"offsets", Json::array()},
               {"word_ids", Json::array()},
               {"sequence_ids", Json::array()},
               {"overflowing", Json::array()}};
  for (const TextRange range : encoding.offsets) json["offsets"].push_back(to_json(range));
  for (const auto& word : encoding.word_ids) json["word_ids"].push_back(or_null(word));
  for (const auto& sequence : encoding.sequence_ids)
    json["sequence_ids"].push_back(or_null(sequence));
  for (const Encoding& rest : encoding.overflowing) json["overflowing"].push_back(to_json(rest));
  return json;
}

EncodeOptions options_of(const Json& json) {
  const auto side = [](const Json& part) {
    return part["direction"] == "left" ? Side::left : Side::right;
  };
  EncodeOptions options;
  options.offset_unit = OffsetUnit::code_point;
  options.add_special_tokens = json["add_special_tokens"];
  if (const Json& truncation = json["truncation"]; !truncation.is_null()) {
    options.truncation.strategy = TruncationStrategy::longest_first;
    options.truncation.max_length = truncation["max_length"];
    options.truncation.stride = truncation["stride"];
    options.truncation.side = side(truncation);
  }
  if (const Json& padding = json["padding"]; !padding.is_null()) {
    options.padding.length = padding["length"];
    options.padding.strategy =
        options.padding.length > 0 ? PaddingStrategy::fixed : PaddingStrategy::longest;
    options.padding.pad_to_multiple_of = padding["multiple"];
    options.padding.side = side(padding);
  }
  return options;
}

std::vector<Encoding> encode(const BertTokenizer& tokenizer, const Json& batch,
                             EncodeOptions options) {
  Padding padding;  // of the whole batch; the crate's binding takes pairs one by one
  if (batch["kind"] == "text") padding = std::exchange(options.padding, Padding());
  std::vector<Encoding> encodings;
  for (const Json& input : batch["inputs"]) {
    if (batch["kind"] == "text")
      encodings.push_back(tokenizer.encode(input.get<std::string>(), options));
    else if (batch["kind"] == "pair")
      encodings.push_back(
          tokenizer.encode_pair(input[0].get<std::string>(), input[1].get<std::string>(), options));
    else
      encodings.push_back(tokenizer.encode(input.get<std::vector<std::string>>(), options));
  }
  tokenizer.pad_batch(encodings, padding);
  return encodings;
}

Json answers(const Encoding& encoding, const Json& questions) {
  Json list = Json::array();
  for (const Json& question : questions) {
    const int place = question["place"];
    const int sequence = question["sequence"];
    list.push_back({{"place", place},
                    {"sequence", sequence},
                    {"char_to_token", or_null(encoding.char_to_token(place, sequence))},
                    {"char_to_word", or_null(encoding.char_to_word(place, sequence))},
                    {"word_to_tokens", or_null(encoding.word_to_tokens(place, sequence))},
                    {"word_to_chars", or_null(encoding.word_to_chars(place, sequence))},
                    {"token_to_chars", or_null(encoding.token_to_chars(place))}});
  }
  return list;
}

/// Compares a batch three ways: all columns, by the reference, and ids alone. Returns differences.
int compare(const BertTokenizer& tokenizer, const Json& batch) {
  int num_differences = 0;
  const auto expect = [&](const Json& actual, const Json& expected, std::size_t i,
                          const char* what) {
    if (actual == expected) return;
    if (++num_differences <= 3)
      std::cout << what << " differ: " << batch["inputs"][i].dump() << ' '
                << batch["options"].dump() << " tokenizer " << batch["tokenizer"] << "\n  expected "
                << expected.dump() << "\n  got      " << actual.dump() << '\n';
  };
  EncodeOptions options = options_of(batch["options"]);
  const std::vector<Encoding> fast = encode(tokenizer, batch, options);
  options.uses_reference = true;
  const std::vector<Encoding> reference = encode(tokenizer, batch, options);
  options.uses_reference = false;
  DecodeOptions keep;
  keep.skip_special_tokens = false;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < fast.size(); ++i) {
    const Json& expected = batch["expected"][i];
    expect(to_json(fast[i]), expected, i, "fast encodings");
    expect(to_json(reference[i]), expected, i, "reference encodings");
    expect(answers(fast[i], batch["questions"][i]), batch["questions"][i], i, "places");
    const auto ids = expected["ids"].get<std::vector<std::int32_t>>();
    expect(tokenizer.decode(ids, keep), batch["decoded"][i], i, "decoded texts");
    expect(tokenizer.decode(ids), batch["decoded_skip_special"][i], i, "texts without specials");
    if (batch["kind"] == "text") texts.push_back(batch["inputs"][i].get<std::string>());
  }
  if (options.padding.strategy != PaddingStrategy::none) return num_differences;
  const TokenIdBatch rows = tokenizer.encode_ids_batch(texts, options);
  for (std::size_t i = 0; i < texts.size(); ++i)
    expect(rows.row(static_cast<Index>(i)), batch["expected"][i]["ids"], i, "batched ids");
  return num_differences;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "--save") {
    save_tokenizer(load_tokenizer(arguments[1]), arguments[2]);
    return 0;
  }
  std::vector<BertTokenizer> tokenizers;
  for (const std::string& file : arguments) tokenizers.push_back(load_tokenizer(file));
  long num_texts = 0;
  long num_differences = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const Json batch = Json::parse(line);
    num_differences += compare(tokenizers.at(batch["tokenizer"].get<std::size_t>()), batch);
    num_texts += static_cast<long>(batch["inputs"].size());
  }
  std::cout << num_texts << " texts, " << num_differences << " differences\n";
  return num_texts > 0 && num_differences == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "compare: " << error.what() << '\n';
    return 1;
  }
}
