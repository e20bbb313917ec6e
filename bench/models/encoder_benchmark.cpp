// Questions: how many tokens a second does an encoder of the size of MiniLM-L6, DistilBERT or
// BERT-base take, what does it cost to ask for everything inside, and what do two threads bring?
// Only tokens that take part are counted. The comparison with onnxruntime, load and memory:
// scripts/compare_encoder.

#include "eigenhead/models/distilbert.hpp"

#include "eigenhead/io/npy.hpp"

#include "support/random_encoder.hpp"
#include "support/verified.hpp"

#include <map>
#include <string>
#include <vector>

namespace {

using namespace eigenhead;

Encoding text_of(Index length, Index seed) {
  Encoding text;
  for (Index t = 0; t < length; ++t)
    text.token_ids.push_back(static_cast<std::int32_t>(1000 + (seed * length + t) * 7919 % 20000));
  text.attention_mask.assign(text.token_ids.size(), 1);
  return text;
}

TokenBatch batch_of(Index batch_size, Index length) {
  std::vector<Encoding> texts;
  for (Index b = 0; b < batch_size; ++b) texts.push_back(text_of(length, b));
  return texts;
}

/// The random encoder of a size, checked against the same weights in double.
const Encoder<float>& encoder_of(const std::string& name) {
  static std::map<std::string, Encoder<float>> encoders;
  const auto found = encoders.find(name);
  if (found != encoders.end()) return found->second;
  const EncoderConfig config = config_of_model(name);
  const Encoder<float>& encoder =
      encoders.emplace(name, Encoder<float>(config, RandomWeights<float>(config)())).first->second;
  const Encoder<double> exact(config, RandomWeights<double>(config)());
  const Tensor<double, 3> expected = exact(batch_of(2, 12)).last_hidden_state;
  const Tensor<float, 3> actual = encoder(batch_of(2, 12)).last_hidden_state;
  for (Index i = 0; i < expected.size(); ++i)
    require_near(actual.data()[i], expected.data()[i], 5e-5, "hidden state");
  return encoder;
}

void time_encoder(benchmark::State& state, const Encoder<float>& encoder, const TokenBatch& batch,
                  const EncoderOptions& options = {}) {
  EncoderWorkspace<float> workspace;
  RaggedEncoderOutput<float> output;
  for (auto _ : state) {
    encoder.encode(batch, output, workspace, options);
    benchmark::DoNotOptimize(output.last_hidden_state.data());
  }
  state.SetItemsProcessed(state.iterations() * output.offsets.back());
  state.SetLabel(to_string(encoder.describe().kernel_set));
}

void tokens(benchmark::State& state, const std::string& name) {
  time_encoder(state, encoder_of(name), batch_of(state.range(0), state.range(1)));
}

void all_attentions_and_hidden_states(benchmark::State& state, const std::string& name) {
  EncoderOptions options;
  options.with_attentions = options.with_hidden_states = true;
  time_encoder(state, encoder_of(name), batch_of(state.range(0), state.range(1)), options);
}

void two_threads(benchmark::State& state, const std::string& name) {
  ThreadPool pool(2);
  EncoderOptions options;
  options.executor = &pool;
  time_encoder(state, encoder_of(name), batch_of(state.range(0), state.range(1)), options);
}

/// 32 texts of 4 to 19 tokens, as short sentences are.
void ragged(benchmark::State& state, const std::string& name) {
  std::vector<Encoding> texts;
  for (Index b = 0; b < 32; ++b) texts.push_back(text_of(4 + b * 7 % 16, b));
  time_encoder(state, encoder_of(name), texts);
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"batch", "length"})
      ->Unit(benchmark::kMillisecond)
      ->MinTime(0.1)
      ->UseRealTime();
}

void all_shapes(benchmark::internal::Benchmark* benchmark) {
  shapes(benchmark);
  benchmark->Args({1, 16})->Args({1, 128})->Args({8, 128})->Args({32, 32})->Args({2, 512});
}

BENCHMARK_CAPTURE(tokens, minilm, "minilm")->Apply(all_shapes);
BENCHMARK_CAPTURE(ragged, minilm, "minilm")->Apply(shapes);
BENCHMARK_CAPTURE(all_attentions_and_hidden_states, minilm, "minilm")
    ->Apply(shapes)
    ->Args({8, 128});
BENCHMARK_CAPTURE(two_threads, minilm, "minilm")->Apply(shapes)->Args({1, 128})->Args({32, 32});
BENCHMARK_CAPTURE(tokens, distilbert, "distilbert")->Apply(shapes)->Args({1, 16})->Args({1, 128});
BENCHMARK_CAPTURE(tokens, bert_base, "bert-base")->Apply(shapes)->Args({1, 16})->Args({1, 128});

/// The bundled model, checked against what the original library gives for a sentence.
void tiny_distilbert(benchmark::State& state) {
  static const auto model = DistilBert<float>::from_pretrained(EIGENHEAD_BUNDLED_MODEL);
  const std::string folder = EIGENHEAD_TEST_DATA "/fixtures/tiny-trained/";
  Encoding sentence;  // "Transformers capture contextual relationships."
  sentence.token_ids = {101, 19081, 5425, 6123, 8787, 6550, 1012, 102};
  sentence.attention_mask.assign(8, 1);
  const auto expected = load_npy<float, 3>(folder + "1_last_hidden_state.npy");
  const Tensor<float, 3> actual = model(sentence).last_hidden_state;
  for (Index t = 0; t < 8; ++t)
    for (Index c = 0; c < 64; ++c)
      require_near(actual.at(0, t, c), expected.at(0, t, c), 2e-5, "hidden state");
  time_encoder(state, model.encoder(), batch_of(state.range(0), state.range(1)));
}
BENCHMARK(tiny_distilbert)->ArgNames({"batch", "length"})->Args({1, 16})->Args({8, 128});

}  // namespace
