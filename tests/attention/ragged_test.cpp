#include "eigenhead/attention/ragged.hpp"

#include "eigenhead/attention/alibi.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"
#include "support/waves.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

class RaggedAttention : public testing::Test {
 protected:
  const Tensor<float, 3> q = waves<float, 3>({9, 4, 8}, 1.1);   // 2 + 0 + 4 + 3 tokens
  const Tensor<float, 3> k = waves<float, 3>({12, 2, 8}, 1.7);  // 5 + 2 + 5 + 0 tokens
  const Tensor<float, 3> v = waves<float, 3>({12, 2, 6}, 2.3);
  const Tensor<Index, 1> query_lengths{{5}, {0, 2, 2, 6, 9}};
  const Tensor<Index, 1> key_lengths{{5}, {0, 5, 7, 12, 12}};

  void attend(const Tensor<Index, 1>& queries, const Tensor<Index, 1>& keys,
              const AttentionOptions<float>& options = {}) const {
    ragged_attention(q, k, v, queries, keys, options);
  }
};

TEST_F(RaggedAttention, EverySequenceIsAttendedAlone) {
  const Tensor<float, 1> slopes = alibi_slopes<float>(4);
  AttentionOptions<float> options;
  options.causal = CausalAlignment::bottom_right;
  options.window_left = 2;
  options.alibi_slopes = slopes;
  options.with_weights = options.with_averaged_weights = true;
  options.with_log_sum_exp = options.with_scores = true;
  const auto result = ragged_attention(q, k, v, query_lengths, key_lengths, options);
  ASSERT_EQ(result.weights.size(), 4u);
  for (std::size_t b = 0; b < 4; ++b) {
    const Index i = static_cast<Index>(b);
    const auto part = [&](const Tensor<float, 3>& x, const Tensor<Index, 1>& lengths) {
      return Tensor<float, 3>(x.slice(0, lengths(i), lengths(i + 1)).transpose(0, 1));
    };
    const auto alone = scaled_dot_product_attention(part(q, query_lengths), part(k, key_lengths),
                                                    part(v, key_lengths), options);
    expect_equal(part(result.output, query_lengths), alone.output);
    expect_equal(result.weights[b], alone.weights);
    expect_equal(result.averaged_weights[b], alone.averaged_weights);
    expect_equal(result.scores[b], alone.scores);
    for (Index t = query_lengths(i); t < query_lengths(i + 1); ++t)
      for (Index h = 0; h < 4; ++h)
        EXPECT_EQ(result.log_sum_exp(t, h), alone.log_sum_exp(h, t - query_lengths(i)));
  }
}

TEST_F(RaggedAttention, ResultsNotAskedForAreEmpty) {
  const auto result = ragged_attention(q, k, v, query_lengths, key_lengths);
  EXPECT_EQ(result.output.shape(), (Shape<3>{9, 4, 6}));
  EXPECT_TRUE(result.weights.empty());
  EXPECT_TRUE(result.averaged_weights.empty());
  EXPECT_TRUE(result.scores.empty());
  EXPECT_TRUE(result.log_sum_exp.is_empty());
}

TEST_F(RaggedAttention, OtherNumbersOfSequencesAreRefused) {
  const Tensor<Index, 1> two({3}, {0, 5, 12});
  EXPECT_THROW_WITH(attend(query_lengths, two), ShapeError,
                    "ragged_attention: both cumulative lengths must have B + 1 values; got query "
                    "[5], key [3]");
}

TEST_F(RaggedAttention, NoLengthsAreRefused) {
  const Tensor<Index, 1> none;
  EXPECT_THROW_WITH(attend(none, none), ShapeError,
                    "ragged_attention: cumulative_query_lengths must have B + 1 values; got "
                    "cumulative_query_lengths [0]");
}

TEST_F(RaggedAttention, LengthsThatDoNotCoverTheTokensAreRefused) {
  const Tensor<Index, 1> shorter({5}, {0, 2, 2, 6, 8});
  EXPECT_THROW_WITH(attend(shorter, key_lengths), ValueError,
                    "ragged_attention: cumulative_query_lengths must begin with 0 and end with the "
                    "number of tokens; got first 0, last 8, tokens 9");
  const Tensor<Index, 1> late({5}, {1, 5, 7, 12, 12});
  EXPECT_THROW_WITH(attend(query_lengths, late), ValueError,
                    "ragged_attention: cumulative_key_lengths must begin with 0 and end with the "
                    "number of tokens; got first 1, last 12, tokens 12");
}

TEST_F(RaggedAttention, DecreasingLengthsAreRefused) {
  const Tensor<Index, 1> back({5}, {0, 7, 5, 12, 12});
  EXPECT_THROW_WITH(
      attend(query_lengths, back), ValueError,
      "ragged_attention: cumulative_key_lengths must not decrease; got 7 before 5 at [2]");
}

TEST_F(RaggedAttention, ValueOfOtherTokensIsRefused) {
  EXPECT_THROW_WITH(ragged_attention(q, k, q, query_lengths, key_lengths), ShapeError,
                    "ragged_attention: value must have the tokens of key; got key [12, 2, 8], "
                    "value [9, 4, 8]");
}

TEST_F(RaggedAttention, OptionsOfPaddedBatchesAreRefused) {
  const std::string rule =
      "ragged_attention: options must not hold is_visible, attention_bias, key_is_valid or "
      "valid_lengths, which are [B, .., S]; got one of them given";
  const Tensor<bool, 2> valid(Shape<2>{4, 5});
  const Tensor<Index, 1> lengths(4);
  const Tensor<float, 1> bias(5);
  AttentionOptions<float> options;
  options.is_visible = valid;
  EXPECT_THROW_WITH(attend(query_lengths, key_lengths, options), ValueError, rule);
  options = {};
  options.attention_bias = bias;
  EXPECT_THROW_WITH(attend(query_lengths, key_lengths, options), ValueError, rule);
  options = {};
  options.key_is_valid = valid;
  EXPECT_THROW_WITH(attend(query_lengths, key_lengths, options), ValueError, rule);
  options = {};
  options.valid_lengths = lengths;
  EXPECT_THROW_WITH(attend(query_lengths, key_lengths, options), ValueError, rule);
}

TEST_F(RaggedAttention, PastKeysAreRefused) {
  const Tensor<float, 4> past(Shape<4>{1, 2, 3, 8});
  AttentionOptions<float> options;
  options.past_key = past;
  EXPECT_THROW_WITH(attend(query_lengths, key_lengths, options), ValueError,
                    "ragged_attention: options must not hold past_key or past_value; got past_key "
                    "[1, 2, 3, 8]; pass all keys of a sequence as its tokens");
}

}  // namespace
}  // namespace eigenhead
