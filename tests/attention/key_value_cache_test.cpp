#include "eigenhead/attention/key_value_cache.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"
#include "support/waves.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace eigenhead {
namespace {

constexpr Index kLength = 37;

/// A sequence of two items, four query heads and two key heads.
struct Sequence {
  Tensor<float, 4> query = waves<float>({2, 4, kLength, 8}, 1.1);
  Tensor<float, 4> key = waves<float>({2, 2, kLength, 8}, 1.7);
  Tensor<float, 4> value = waves<float>({2, 2, kLength, 5}, 2.3);

  AttentionOutput<float, 4> at_once(AttentionOptions<float> options) const {
    options.kernel = AttentionKernel::reference;
    return scaled_dot_product_attention(query, key, value, options);
  }

  /// Output and log_sum_exp of all tokens, `step` tokens at a time.
  AttentionOutput<float, 4> by_steps(KeyValueCache<float>& cache, Index step,
                                     AttentionOptions<float> options) const {
    AttentionOutput<float, 4> all;
    all.output = Tensor<float, 4>(Shape<4>{2, 4, kLength, 5});
    all.log_sum_exp = Tensor<float, 3>(Shape<3>{2, 4, kLength});
    options.with_log_sum_exp = true;
    for (Index begin = 0; begin < kLength; begin += step) {
      const Index end = std::min(begin + step, kLength);
      cache.append(key.slice(2, begin, end), value.slice(2, begin, end));
      const AttentionOutput<float, 4> some =
          scaled_dot_product_attention(query.slice(2, begin, end), cache, options);
      copy<float, 4>(some.output, all.output.view().slice(2, begin, end));
      copy<float, 3>(some.log_sum_exp, all.log_sum_exp.view().slice(2, begin, end));
    }
    return all;
  }
};

KeyValueCache<float> cache_of(Index capacity, WhenFull when_full = WhenFull::refuse) {
  return {Shape<4>{2, 2, capacity, 8}, 5, when_full};
}

TEST(KeyValueCache, DecodingStepByStepIsOneCausalCall) {
  const Sequence sequence;
  for (const CausalAlignment causal : {CausalAlignment::top_left, CausalAlignment::bottom_right})
    for (const Index step : {1, 5, 37}) {
      AttentionOptions<float> options;
      options.causal = causal;
      options.with_log_sum_exp = true;
      KeyValueCache<float> cache = cache_of(kLength);
      const auto expected = sequence.at_once(options);
      const auto actual = sequence.by_steps(cache, step, options);
      expect_near(actual.output, expected.output, 1e-6);
      expect_near(actual.log_sum_exp, expected.log_sum_exp, 1e-6);
      EXPECT_EQ(cache.size(), kLength);
    }
}

TEST(KeyValueCache, RingIsAWindow) {
  const Sequence sequence;
  const Tensor<float, 1> slopes({4}, {0.5f, 0.25f, 0.125f, 0.0625f});
  for (const Index step : {1, 3, 4})
    for (const Index capacity : {10, 11, 36}) {
      AttentionOptions<float> options;
      options.causal = CausalAlignment::top_left;
      options.window_left = 6;
      options.alibi_slopes = slopes;
      options.with_log_sum_exp = true;
      KeyValueCache<float> ring = cache_of(capacity, WhenFull::drop_oldest);
      const auto expected = sequence.at_once(options);
      const auto actual = sequence.by_steps(ring, step, options);
      expect_near(actual.output, expected.output, 1e-6);
      expect_near(actual.log_sum_exp, expected.log_sum_exp, 1e-6);
      EXPECT_EQ(ring.size(), capacity);
      EXPECT_EQ(ring.length(), kLength);
    }
}

TEST(KeyValueCache, RingHoldsTheNewestTokensInOrder) {
  const Sequence sequence;
  for (const Index step : {1, 2, 7, 20}) {
    KeyValueCache<float> ring = cache_of(7, WhenFull::drop_oldest);
    for (Index begin = 0; begin < kLength; begin += step) {
      const Index end = std::min(begin + step, kLength);
      ring.append(sequence.key.slice(2, begin, end), sequence.value.slice(2, begin, end));
      const Index first = std::max(end - 7, Index{0});
      const Index older = ring.older_key().extent(2);
      ASSERT_EQ(older + ring.key().extent(2), end - first);
      ASSERT_EQ(ring.length() - ring.size(), first);
      expect_equal(Tensor<float, 4>(ring.older_key()),
                   Tensor<float, 4>(sequence.key.slice(2, first, first + older)));
      expect_equal(Tensor<float, 4>(ring.older_value()),
                   Tensor<float, 4>(sequence.value.slice(2, first, first + older)));
      expect_equal(Tensor<float, 4>(ring.key()),
                   Tensor<float, 4>(sequence.key.slice(2, first + older, end)));
      expect_equal(Tensor<float, 4>(ring.value()),
                   Tensor<float, 4>(sequence.value.slice(2, first + older, end)));
    }
  }
}

TEST(KeyValueCache, ClearedCacheBeginsAgain) {
  const Sequence sequence;
  AttentionOptions<float> options;
  options.causal = CausalAlignment::bottom_right;
  KeyValueCache<float> cache = cache_of(kLength);
  const auto first = sequence.by_steps(cache, 4, options);
  cache.clear();
  EXPECT_EQ(cache.size(), 0);
  EXPECT_EQ(cache.key().extent(2), 0);
  expect_equal(sequence.by_steps(cache, 4, options).output, first.output);
}

TEST(KeyValueCache, QueryOffsetOfTheCallerStays) {
  const Sequence sequence;
  KeyValueCache<float> cache = cache_of(kLength);
  cache.append(sequence.key, sequence.value);
  AttentionOptions<float> options;
  options.causal = CausalAlignment::top_left;
  options.query_offset = 0;
  const auto query = sequence.query.slice(2, 0, 1);
  const auto first = scaled_dot_product_attention(query, cache, options);  // sees the first key
  EXPECT_NEAR(first.output(1, 3, 0, 2), sequence.value(1, 1, 0, 2), 1e-7);
}

TEST(KeyValueCache, WritesIntoGivenViews) {
  const Sequence sequence;
  KeyValueCache<float> cache = cache_of(kLength);
  cache.append(sequence.key, sequence.value);
  Tensor<float, 4> output(Shape<4>{2, 4, kLength, 5});
  AttentionOutputViews<float> views;
  views.output = output;
  scaled_dot_product_attention<float>(sequence.query, cache, {}, views);
  expect_equal(output, scaled_dot_product_attention(sequence.query, cache).output);
}

// ---- Messages -----------------------------------------------------------------------------------

TEST(KeyValueCache, NoCapacityIsRefused) {
  EXPECT_THROW_WITH(cache_of(0), ValueError,
                    "KeyValueCache: capacity must be >= 1; got key_shape [2, 2, 0, 8]");
}

TEST(KeyValueCache, TokensOfOtherSizesAreRefused) {
  const Sequence sequence;
  KeyValueCache<float> cache = cache_of(4);
  const std::string rule =
      "KeyValueCache::append: key and value must have the sizes of the cache and one length; got ";
  EXPECT_THROW_WITH(cache.append(sequence.key.slice(2, 0, 2), sequence.value.slice(2, 0, 1)),
                    ShapeError,
                    rule +
                        "key [2, 2, 2, 8], value [2, 2, 1, 5], key of the cache [2, 2, 4, 8], "
                        "value of the cache [2, 2, 4, 5]");
  EXPECT_THROW_WITH(cache.append(sequence.query.slice(2, 0, 1), sequence.value.slice(2, 0, 1)),
                    ShapeError,
                    rule +
                        "key [2, 4, 1, 8], value [2, 2, 1, 5], key of the cache [2, 2, 4, 8], "
                        "value of the cache [2, 2, 4, 5]");
}

TEST(KeyValueCache, TokensThatDoNotFitAreRefusedAndNothingIsWritten) {
  const Sequence sequence;
  KeyValueCache<float> cache = cache_of(4);
  cache.append(sequence.key.slice(2, 0, 3), sequence.value.slice(2, 0, 3));
  EXPECT_THROW_WITH(cache.append(sequence.key.slice(2, 3, 5), sequence.value.slice(2, 3, 5)),
                    ValueError,
                    "KeyValueCache::append: capacity must hold all tokens; got capacity 4, length "
                    "3, new tokens 2");
  EXPECT_EQ(cache.size(), 3);
}

TEST(KeyValueCache, PastKeysBesideACacheAreRefused) {
  const Sequence sequence;
  KeyValueCache<float> cache = cache_of(kLength);
  cache.append(sequence.key, sequence.value);
  AttentionOptions<float> options;
  options.past_key = sequence.key;
  EXPECT_THROW_WITH(scaled_dot_product_attention(sequence.query, cache, options), ValueError,
                    "scaled_dot_product_attention: past_key and past_value must not be given "
                    "together with a cache, which holds them; got past_key [2, 2, 37, 8]");
}

TEST(KeyValueCache, QueryThatWasNotAppendedIsRefused) {
  const Sequence sequence;
  KeyValueCache<float> cache = cache_of(kLength);
  cache.append(sequence.key.slice(2, 0, 2), sequence.value.slice(2, 0, 2));
  EXPECT_THROW_WITH(scaled_dot_product_attention(sequence.query, cache), ShapeError,
                    "scaled_dot_product_attention: query must not be longer than what the cache "
                    "holds; its tokens are appended first; got query_length 37, size 2");
}

}  // namespace
}  // namespace eigenhead
