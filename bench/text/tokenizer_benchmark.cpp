// How many bytes of text a second does the readable tokenizer encode: short lines one by one, a
// long text, and text full of accents and other scripts? It is the specification that a faster
// tokenizer will be measured against. Every sample is checked first against the ids of Hugging Face
// tokenizers.

#include "eigenhead/core/file.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "support/data.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace eigenhead;

struct Sample {
  std::string text;
  std::vector<std::int32_t> token_ids;  // without special tokens
};

const Sample kEnglish = {
    "The bank of the river is steep, and nobody knows who built the small wooden bridge across "
    "it. ",
    {1996, 2924, 1997, 1996, 2314, 2003, 9561, 1010, 1998, 6343,
     4282, 2040, 2328, 1996, 2235, 4799, 2958, 2408, 2009, 1012}};
const Sample kInternational = {
    "Café Zürich: naïve façades — “déjà vu”, 東京 и Москва, 한국어! ",
    {7668, 10204, 1024,  15743, 28708, 1517,  1523,  2139,  3900,  24728, 1524,
     1010, 1879,  1755,  1188,  1191,  14150, 29747, 23925, 25529, 10260, 1010,
     1469, 30006, 30021, 29991, 30014, 30020, 29999, 30008, 999}};

const BertTokenizer& tokenizer() {
  static const BertTokenizer tokenizer(
      Vocabulary::from_text(read_file(bundled_model() / "vocab.txt")));
  return tokenizer;
}

/// Encodes the sample `repetitions` times in one text.
void encode(benchmark::State& state, const Sample& sample, int repetitions, OffsetUnit unit) {
  EncodeOptions options;
  options.add_special_tokens = false;
  options.offset_unit = unit;
  std::string text;
  std::vector<std::int32_t> expected;
  for (int i = 0; i < repetitions; ++i) {
    text += sample.text;
    expected.insert(expected.end(), sample.token_ids.begin(), sample.token_ids.end());
  }
  if (tokenizer().encode(text, options).token_ids != expected) {
    std::cerr << "benchmark: the ids of the sample must be those of the reference\n";
    std::exit(1);  // a wrong result has no speed
  }
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer().encode(text, options));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(encode, english_line, kEnglish, 1, OffsetUnit::byte);
BENCHMARK_CAPTURE(encode, english_16_KB, kEnglish, 172, OffsetUnit::byte);
BENCHMARK_CAPTURE(encode, english_16_KB_code_points, kEnglish, 172, OffsetUnit::code_point);
BENCHMARK_CAPTURE(encode, international_line, kInternational, 1, OffsetUnit::byte);
BENCHMARK_CAPTURE(encode, international_16_KB, kInternational, 190, OffsetUnit::byte);

}  // namespace
