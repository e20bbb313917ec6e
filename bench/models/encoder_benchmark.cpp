// Question: how many tokens a second does an encoder take, for the bundled tiny model and for a
// random one of DistilBERT-base's size?

#include "eigenhead/models/distilbert.hpp"

#include "eigenhead/io/npy.hpp"

#include "support/verified.hpp"

#include <string>
#include <utility>

namespace {

using namespace eigenhead;

template <class Scalar>
LinearWeights<Scalar> random_linear(Index out_features, Index in_features, unsigned seed) {
  LinearWeights<Scalar> w{bench_input<Scalar, 2>(Shape<2>{out_features, in_features}, seed),
                          Tensor<Scalar, 1>(out_features)};
  w.weight.matrix() *= Scalar(0.05);
  return w;
}

template <class Scalar>
LayerNormWeights<Scalar> identity_norm(Index size) {
  LayerNormWeights<Scalar> norm{Tensor<Scalar, 1>(size), Tensor<Scalar, 1>(size)};
  norm.gain.fill(1);
  return norm;
}

/// DistilBERT-base but for a vocabulary of 1,000; the same numbers for every Scalar.
template <class Scalar>
Encoder<Scalar> random_encoder() {
  EncoderConfig config;
  config.model_type = "distilbert";
  config.vocab_size = 1000;
  config.hidden_size = 768;
  config.intermediate_size = 3072;
  config.num_layers = 6;
  config.num_heads = 12;
  config.max_position_embeddings = 512;
  EncoderWeights<Scalar> weights;
  weights.word_embeddings = bench_input<Scalar, 2>(Shape<2>{1000, 768}, 1);
  weights.position_embeddings = bench_input<Scalar, 2>(Shape<2>{512, 768}, 2);
  weights.embedding_norm = identity_norm<Scalar>(768);
  for (unsigned i = 0; i < 6; ++i) {
    LinearWeights<Scalar> q = random_linear<Scalar>(768, 768, 10 * i + 3);
    LinearWeights<Scalar> k = random_linear<Scalar>(768, 768, 10 * i + 4);
    LinearWeights<Scalar> v = random_linear<Scalar>(768, 768, 10 * i + 5);
    LinearWeights<Scalar> o = random_linear<Scalar>(768, 768, 10 * i + 6);
    weights.layers.push_back(
        {MultiHeadAttention<Scalar>(
             12, {std::move(q.weight), std::move(q.bias), std::move(k.weight), std::move(k.bias),
                  std::move(v.weight), std::move(v.bias), std::move(o.weight), std::move(o.bias)}),
         identity_norm<Scalar>(768), random_linear<Scalar>(3072, 768, 10 * i + 7),
         random_linear<Scalar>(768, 3072, 10 * i + 8), identity_norm<Scalar>(768)});
  }
  return Encoder<Scalar>(std::move(config), std::move(weights));
}

TokenBatch tokens(Index batch_size, Index length) {
  Tensor<std::int32_t, 2> ids(Shape<2>{batch_size, length});
  Tensor<std::int32_t, 2> mask(ids.shape());
  mask.fill(1);
  for (Index i = 0; i < ids.size(); ++i) ids.data()[i] = static_cast<std::int32_t>(i * 7 % 997);
  return TokenBatch(ids, mask);
}

void time_encoder(benchmark::State& state, const Encoder<float>& encoder) {
  const TokenBatch batch = tokens(state.range(0), state.range(1));
  for (auto _ : state) benchmark::DoNotOptimize(encoder(batch));
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}

/// Checked against what the original library gives for a sentence.
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
  time_encoder(state, model.encoder());
}
BENCHMARK(tiny_distilbert)->ArgNames({"batch", "length"})->Args({1, 16})->Args({8, 128});

/// Checked against the same weights in double.
void random_distilbert_base(benchmark::State& state) {
  static const Encoder<float> encoder = random_encoder<float>();
  static const bool is_checked = [] {
    const Tensor<float, 3> actual = encoder(tokens(1, 16)).last_hidden_state;
    const Tensor<double, 3> exact = random_encoder<double>()(tokens(1, 16)).last_hidden_state;
    for (Index c = 0; c < 768; ++c)
      require_near(actual(0, 15, c), exact(0, 15, c), 1e-4, "hidden state");
    return true;
  }();
  benchmark::DoNotOptimize(is_checked);
  time_encoder(state, encoder);
}
BENCHMARK(random_distilbert_base)
    ->ArgNames({"batch", "length"})
    ->Args({1, 16})
    ->Args({1, 128})
    ->Unit(benchmark::kMillisecond);

}  // namespace
