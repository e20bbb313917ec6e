// How many bytes of text a second does the tokenizer encode: a line a call, many lines a call, one
// long text; ids alone, with offsets, with every column; plain English, English with accents and
// curly quotes, many scripts; and the readable reference, which is the specification? How long do
// the tables take to build, from both kinds of files, and the first text after that? Every sample
// is checked first against the ids of Hugging Face tokenizers, and each way against the reference.

#include "eigenhead/core/file.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/load_tokenizer.hpp"
#include "eigenhead/text/write_tokenizer_json.hpp"
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
const Sample kAccents = {
    "The “bank” of the river is steep, and nobody at the café knows — who’d built the small "
    "wooden bridge across it. ",
    {1996, 1523, 2924, 1524, 1997, 1996, 2314, 2003, 9561, 1010, 1998, 6343, 2012, 1996,
     7668, 4282, 1517, 2040, 1521, 1040, 2328, 1996, 2235, 4799, 2958, 2408, 2009, 1012}};
const Sample kInternational = {
    "Café Zürich: naïve façades — “déjà vu”, 東京 и Москва, 한국어! ",
    {7668, 10204, 1024,  15743, 28708, 1517,  1523,  2139,  3900,  24728, 1524,
     1010, 1879,  1755,  1188,  1191,  14150, 29747, 23925, 25529, 10260, 1010,
     1469, 30006, 30021, 29991, 30014, 30020, 29999, 30008, 999}};

const std::string& vocabulary_text() {
  static const std::string text = read_file(bundled_model() / "vocab.txt");
  return text;
}

const BertTokenizer& tokenizer() {
  static const BertTokenizer tokenizer(Vocabulary::from_text(vocabulary_text()));
  return tokenizer;
}

EncodeOptions plain_options() {
  EncodeOptions options;
  options.add_special_tokens = false;
  return options;
}

/// A wrong result has no speed.
void require(bool is_right, const char* rule) {
  if (is_right) return;
  std::cerr << "benchmark: " << rule << "\n";
  std::exit(1);
}

/// The sample `repetitions` times in one text, after its ids were found right.
std::string repeated(const Sample& sample, int repetitions) {
  std::string text;
  std::vector<std::int32_t> expected;
  for (int i = 0; i < repetitions; ++i) {
    text += sample.text;
    expected.insert(expected.end(), sample.token_ids.begin(), sample.token_ids.end());
  }
  EncodeOptions options = plain_options();
  const std::vector<std::int32_t> ids = tokenizer().encode_ids(text, options);
  const Encoding encoding = tokenizer().encode(text, options);
  options.uses_reference = true;
  const Encoding reference = tokenizer().encode(text, options);
  require(ids == expected && reference.token_ids == expected && encoding.token_ids == expected &&
              encoding.offsets == reference.offsets,
          "the ids of the sample must be those of the reference");
  return text;
}

void set_bytes(benchmark::State& state, std::size_t num_bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(num_bytes));
}

void ids(benchmark::State& state, const Sample& sample, int repetitions) {
  const std::string text = repeated(sample, repetitions);
  const EncodeOptions options = plain_options();
  std::vector<std::int32_t> ids;
  for (auto _ : state) {
    tokenizer().encode_ids_into(ids, text, options);
    benchmark::DoNotOptimize(ids.data());
  }
  set_bytes(state, text.size());
}

void encoding(benchmark::State& state, const Sample& sample, int repetitions,
              EncodingColumns columns) {
  const std::string text = repeated(sample, repetitions);
  EncodeOptions options = plain_options();
  options.columns = columns;
  Encoding encoding;
  for (auto _ : state) {
    tokenizer().encode_into(encoding, text, options);
    benchmark::DoNotOptimize(encoding.token_ids.data());
  }
  set_bytes(state, text.size());
}

void id_batch(benchmark::State& state, const Sample& sample) {
  const std::vector<std::string> texts(20000, repeated(sample, 1));
  const EncodeOptions options = plain_options();
  ThreadPool pool(static_cast<int>(state.range(0)));
  const TokenIdBatch batch = tokenizer().encode_ids_batch(texts, options, pool);
  require(batch.size() == static_cast<Index>(texts.size()), "every text must have a row");
  for (Index i = 0; i < batch.size(); ++i)
    require(batch.row(i) == sample.token_ids, "the ids of a batch must be those of its texts");
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer().encode_ids_batch(texts, options, pool));
  set_bytes(state, texts.size() * texts[0].size());
}

void reference(benchmark::State& state, const Sample& sample, int repetitions) {
  const std::string text = repeated(sample, repetitions);
  EncodeOptions options = plain_options();
  options.uses_reference = true;
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer().encode(text, options));
  set_bytes(state, text.size());
}

void decode(benchmark::State& state) {
  require(tokenizer().decode(kEnglish.token_ids) ==
              "the bank of the river is steep, and nobody knows who built the small wooden bridge "
              "across it.",
          "decoding must give the sample in small letters");
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer().decode(kEnglish.token_ids));
  set_bytes(state, kEnglish.text.size());
}

void build_from_vocabulary(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(BertTokenizer(Vocabulary::from_text(vocabulary_text())));
  state.counters["table_bytes"] = static_cast<double>(tokenizer().num_table_bytes());
}

void build_from_tokenizer_json(benchmark::State& state) {
  const std::string json = to_tokenizer_json(tokenizer());
  require(
      parse_tokenizer_json(json).encode_ids(kEnglish.text) == tokenizer().encode_ids(kEnglish.text),
      "the tokenizer read back must encode the same");
  for (auto _ : state) benchmark::DoNotOptimize(parse_tokenizer_json(json));
}

void first_encode(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const BertTokenizer fresh(Vocabulary::from_text(vocabulary_text()));
    state.ResumeTiming();
    benchmark::DoNotOptimize(fresh.encode(kEnglish.text));
  }
}

constexpr EncodingColumns kOffsets = {false, true, false};
constexpr EncodingColumns kAll = {};

BENCHMARK_CAPTURE(ids, english_line, kEnglish, 1);
BENCHMARK_CAPTURE(ids, english_16_KB, kEnglish, 172);
BENCHMARK_CAPTURE(ids, accents_line, kAccents, 1);
BENCHMARK_CAPTURE(ids, accents_16_KB, kAccents, 172);
BENCHMARK_CAPTURE(ids, international_line, kInternational, 1);
BENCHMARK_CAPTURE(ids, international_16_KB, kInternational, 190);
BENCHMARK_CAPTURE(id_batch, english_lines, kEnglish)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(encoding, english_line_offsets, kEnglish, 1, kOffsets);
BENCHMARK_CAPTURE(encoding, english_16_KB_offsets, kEnglish, 172, kOffsets);
BENCHMARK_CAPTURE(encoding, english_16_KB_all_columns, kEnglish, 172, kAll);
BENCHMARK_CAPTURE(reference, english_line, kEnglish, 1);
BENCHMARK_CAPTURE(reference, english_16_KB, kEnglish, 172);
BENCHMARK_CAPTURE(reference, international_16_KB, kInternational, 190);
BENCHMARK(decode);
BENCHMARK(build_from_vocabulary)->Unit(benchmark::kMillisecond);
BENCHMARK(build_from_tokenizer_json)->Unit(benchmark::kMillisecond);
BENCHMARK(first_encode)->Unit(benchmark::kMicrosecond)->Iterations(20);

}  // namespace
