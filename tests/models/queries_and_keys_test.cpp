#include "eigenhead/models/queries_and_keys.hpp"

#include "eigenhead/models/distilbert.hpp"
#include "eigenhead/text/load_tokenizer.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

namespace eigenhead {
namespace {

EncoderOutput<double> encode(const DistilBert<double>& model, bool with_hidden_states) {
  const Encoding encoding = load_tokenizer(bundled_model().string()).encode("The cat sat, tired.");
  EncoderOptions options;
  options.with_hidden_states = with_hidden_states;
  options.with_attentions = true;
  return model(encoding, options);
}

TEST(QueriesAndKeys, SoftmaxOfTheirScaledProductsIsTheAttention) {
  const auto model = DistilBert<double>::from_pretrained(bundled_model().string());
  const EncoderOutput<double> output = encode(model, true);
  const QueriesAndKeys<double> result = queries_and_keys(model.encoder(), output);
  ASSERT_EQ(result.queries.size(), output.attentions.size());
  ASSERT_EQ(result.keys.size(), output.attentions.size());
  for (std::size_t layer = 0; layer < result.queries.size(); ++layer) {
    const Tensor<double, 3>& query = result.queries[layer];
    Tensor<double, 3> expected(Shape<3>{query.extent(0), query.extent(1), query.extent(1)});
    for (Index h = 0; h < query.extent(0); ++h) {
      const double scale = 1 / std::sqrt(static_cast<double>(query.extent(2)));
      expected.matrix(h) = query.matrix(h) * result.keys[layer].matrix(h).transpose() * scale;
      for (Index i = 0; i < query.extent(1); ++i) {
        expected.vector(h, i) = expected.vector(h, i).array().exp();
        expected.vector(h, i) /= expected.vector(h, i).sum();
      }
    }
    expect_near(Tensor<double, 3>(output.attentions[layer][0]), expected, 1e-12);
  }
}

TEST(QueriesAndKeys, OutputWithoutHiddenStatesIsRefused) {
  const auto model = DistilBert<double>::from_pretrained(bundled_model().string());
  EXPECT_THROW_WITH(queries_and_keys(model.encoder(), encode(model, false)), ValueError,
                    "queries_and_keys: output must have the hidden states of every layer; got "
                    "hidden_states 0, layers 4; ask for them by "
                    "EncoderOptions::with_hidden_states");
}

TEST(QueriesAndKeys, SequenceOutsideTheBatchIsRefused) {
  const auto model = DistilBert<double>::from_pretrained(bundled_model().string());
  EXPECT_THROW_WITH(
      queries_and_keys(model.encoder(), encode(model, true), 1), ValueError,
      "queries_and_keys: sequence must be in the batch; got sequence 1, batch_size 1");
}

}  // namespace
}  // namespace eigenhead
