// Question: how many tokens a second does an encoder take, for the bundled tiny model and for a
// random one of DistilBERT-base's size?

#include "eigenhead/models/distilbert.hpp"

#include "support/verified.hpp"

#include <utility>
#include <vector>

namespace {

using namespace eigenhead;

LinearWeights<float> random_linear(Index out_features, Index in_features, unsigned seed) {
  LinearWeights<float> w{bench_input<float, 2>(Shape<2>{out_features, in_features}, seed),
                         Tensor<float, 1>(out_features)};
  w.weight.matrix() *= 0.05f;
  return w;
}

LayerNormWeights<float> identity_norm(Index size) {
  LayerNormWeights<float> norm{Tensor<float, 1>(size), Tensor<float, 1>(size)};
  norm.gain.fill(1);
  return norm;
}

/// DistilBERT-base but for a vocabulary of 1,000.
Encoder<float> random_encoder() {
  EncoderConfig config;
  config.model_type = "distilbert";
  config.vocab_size = 1000;
  config.hidden_size = 768;
  config.intermediate_size = 3072;
  config.num_layers = 6;
  config.num_heads = 12;
  config.max_position_embeddings = 512;
  EncoderWeights<float> weights;
  weights.word_embeddings = bench_input<float, 2>(Shape<2>{1000, 768}, 1);
  weights.position_embeddings = bench_input<float, 2>(Shape<2>{512, 768}, 2);
  weights.embedding_norm = identity_norm(768);
  for (unsigned i = 0; i < 6; ++i) {
    LinearWeights<float> q = random_linear(768, 768, 10 * i + 3);
    LinearWeights<float> k = random_linear(768, 768, 10 * i + 4);
    LinearWeights<float> v = random_linear(768, 768, 10 * i + 5);
    LinearWeights<float> o = random_linear(768, 768, 10 * i + 6);
    weights.layers.push_back(
        {MultiHeadAttention<float>(
             12, {std::move(q.weight), std::move(q.bias), std::move(k.weight), std::move(k.bias),
                  std::move(v.weight), std::move(v.bias), std::move(o.weight), std::move(o.bias)}),
         identity_norm(768), random_linear(3072, 768, 10 * i + 7),
         random_linear(768, 3072, 10 * i + 8), identity_norm(768)});
  }
  return Encoder<float>(std::move(config), std::move(weights));
}

TokenBatch tokens(Index batch_size, Index length) {
  Tensor<std::int32_t, 2> ids(Shape<2>{batch_size, length});
  Tensor<std::int32_t, 2> mask(ids.shape());
  mask.fill(1);
  for (Index i = 0; i < ids.size(); ++i) ids.data()[i] = static_cast<std::int32_t>(i * 7 % 997);
  return TokenBatch(ids, mask);
}

/// Rows end with a layer normalisation without gain: their mean square must be 1.
void check_and_time(benchmark::State& state, const Encoder<float>& encoder, bool is_normalized) {
  const TokenBatch batch = tokens(state.range(0), state.range(1));
  const EncoderOutput<float> output = encoder(batch);
  const double mean_square = output.last_hidden_state.vector(0, 3).cast<double>().squaredNorm() /
                             static_cast<double>(encoder.config().hidden_size);
  if (is_normalized) require_near(mean_square, 1, 1e-4, "mean square of a row");
  const EncoderOutput<float> alone = encoder(tokens(1, state.range(1)));
  require_near(output.last_hidden_state(0, 3, 5), alone.last_hidden_state(0, 3, 5), 0,
               "a text in a batch against the text alone");
  for (auto _ : state) benchmark::DoNotOptimize(encoder(batch));
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}

void tiny_distilbert(benchmark::State& state) {
  static const auto model = DistilBert<float>::from_pretrained(EIGENHEAD_BUNDLED_MODEL);
  check_and_time(state, model.encoder(), false);
}
BENCHMARK(tiny_distilbert)->ArgNames({"batch", "length"})->Args({1, 16})->Args({8, 128});

void random_distilbert_base(benchmark::State& state) {
  static const Encoder<float> encoder = random_encoder();
  check_and_time(state, encoder, true);
}
BENCHMARK(random_distilbert_base)
    ->ArgNames({"batch", "length"})
    ->Args({1, 16})
    ->Args({1, 128})
    ->Unit(benchmark::kMillisecond);

}  // namespace
