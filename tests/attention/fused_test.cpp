#include "eigenhead/attention/fused.hpp"

#include "eigenhead/attention/alibi.hpp"
#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/kernels/matmul_kernels.hpp"
#include "support/counted_memory.hpp"
#include "support/kernel_sets.hpp"
#include "support/near.hpp"
#include "support/waves.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

// Sizes at the borders of the fused kernel's blocks, and what only it does. Small random problems
// with every option: differential_test.cpp.

namespace eigenhead {
namespace {

template <class Scalar>
AttentionOutput<Scalar, 4> by_reference(const Tensor<Scalar, 4>& q, const Tensor<Scalar, 4>& k,
                                        const Tensor<Scalar, 4>& v,
                                        AttentionOptions<Scalar> options) {
  options.kernel = AttentionKernel::reference;
  return scaled_dot_product_attention(q, k, v, options);
}

template <class Scalar>
void expect_same(const AttentionOutput<Scalar, 4>& actual, const AttentionOutput<Scalar, 4>& wanted,
                 double tolerance) {
  expect_near(actual.output, wanted.output, tolerance);
  expect_near(actual.scores, wanted.scores, tolerance);
  expect_near(actual.weights, wanted.weights, tolerance);
  expect_near(actual.averaged_weights, wanted.averaged_weights, tolerance);
  expect_near(actual.log_sum_exp, wanted.log_sum_exp, 4 * tolerance);
}

template <class Scalar>
class FusedAttentionOf : public testing::Test {
 protected:
  static constexpr double kTolerance = sizeof(Scalar) == 4 ? 2e-6 : 1e-14;
};

using Scalars = testing::Types<float, double>;

/// With and without weights.
constexpr std::pair<MatmulPrecision, bool> kPrecisionsAndWeights[] = {
    {MatmulPrecision::highest, false},
    {MatmulPrecision::highest, true},
    {MatmulPrecision::medium, false},
    {MatmulPrecision::medium, true}};
TYPED_TEST_SUITE(FusedAttentionOf, Scalars);

TYPED_TEST(FusedAttentionOf, BordersOfBlocksGiveTheReference) {
  using Scalar = TypeParam;
  const Index block = detail::kKeyBlock;
  for (const Index key_length : {block - 1, block, block + 1, 2 * block + 17})
    for (const Index query_length : {Index{1}, detail::kQueryTile + 1, detail::kQueryBlock + 1}) {
      const auto q = waves<Scalar>({1, 2, query_length, 20}, 1.1);
      const auto k = waves<Scalar>({1, 2, key_length, 20}, 1.7);
      const auto v = waves<Scalar>({1, 2, key_length, 37}, 2.3);
      AttentionOptions<Scalar> options;
      options.with_log_sum_exp = true;
      const auto expected = by_reference(q, k, v, options);
      for_each_kernel_set([&](KernelSet) {
        expect_same(scaled_dot_product_attention(q, k, v, options), expected, this->kTolerance);
      });
    }
}

TYPED_TEST(FusedAttentionOf, LongRowsWithEveryMaskAndOutputGiveTheReference) {
  using Scalar = TypeParam;
  const auto q = waves<Scalar>({2, 4, 70, 16}, 1.1);
  const auto k = waves<Scalar>({2, 2, 500, 16}, 1.7);
  const auto v = waves<Scalar>({2, 2, 500, 24}, 2.3);
  const auto past_k = waves<Scalar>({2, 2, 390, 16}, 0.3);
  const auto past_v = waves<Scalar>({2, 2, 390, 24}, 0.7);
  const Tensor<Scalar, 1> slopes = alibi_slopes<Scalar>(4);
  const Tensor<Scalar, 1> sinks({4}, {-1, 0, 1, 2});
  const Tensor<Index, 1> lengths({2}, {890, 801});
  Tensor<bool, 3> is_visible(Shape<3>{1, 70, 890});
  for (Index t = 0; t < 70; ++t)
    for (Index s = 0; s < 890; ++s) is_visible(0, t, s) = (3 * t + s) % 7 != 0 && t != 13;
  AttentionOptions<Scalar> options;
  options.past_key = past_k;
  options.past_value = past_v;
  options.alibi_slopes = slopes;
  options.is_alibi_symmetric = true;
  options.sinks = sinks;
  options.valid_lengths = lengths;
  options.is_visible = is_visible;
  options.soft_cap = Scalar(3);
  options.causal = CausalAlignment::bottom_right;
  options.window_left = 450;
  options.with_log_sum_exp = true;
  for (const bool has_weights : {false, true}) {
    options.with_weights = options.with_averaged_weights = options.with_scores = has_weights;
    for (const ScoreStage stage :
         {ScoreStage::scaled, ScoreStage::soft_capped, ScoreStage::biased}) {
      options.score_stage = stage;
      const auto expected = by_reference(q, k, v, options);
      for_each_kernel_set([&](KernelSet) {
        expect_same(scaled_dot_product_attention(q, k, v, options), expected,
                    10 * this->kTolerance);
      });
      if (!has_weights) break;
    }
  }
}

TYPED_TEST(FusedAttentionOf, UnusualValuesReachOnlyQueriesThatSeeThem) {
  using Scalar = TypeParam;
  const auto q = waves<Scalar>({1, 1, 50, 8}, 1.1);
  const auto k = waves<Scalar>({1, 1, 400, 8}, 1.7);
  auto v = waves<Scalar>({1, 1, 400, 8}, 2.3);
  v(0, 0, 20, 3) = std::numeric_limits<Scalar>::quiet_NaN();
  v(0, 0, 395, 5) = std::numeric_limits<Scalar>::infinity();
  Tensor<bool, 2> is_visible(Shape<2>{50, 400});
  is_visible.fill(true);
  for (Index t = 0; t < 50; t += 2) is_visible(t, 20) = is_visible(t, 395) = false;
  AttentionOptions<Scalar> options;
  options.is_visible = is_visible;
  for (const auto& [precision, has_weights] : kPrecisionsAndWeights) {
    options.precision = precision;
    options.with_weights = has_weights;
    for_each_kernel_set([&](KernelSet) {
      const auto result = scaled_dot_product_attention(q, k, v, options);
      for (Index t = 0; t < 50; ++t)
        for (Index d = 0; d < 8; ++d) {
          const Scalar x = result.output(0, 0, t, d);
          if (t % 2 == 0 || (d != 3 && d != 5))
            EXPECT_TRUE(std::isfinite(x)) << t << ' ' << d;
          else if (d == 3)
            EXPECT_TRUE(std::isnan(x)) << t;
          else
            EXPECT_EQ(x, std::numeric_limits<Scalar>::infinity()) << t;
        }
    });
  }
}

TYPED_TEST(FusedAttentionOf, BitsDependNeitherOnThreadsNorOnNeighbours) {
  using Scalar = TypeParam;
  const auto q = waves<Scalar>({3, 4, 250, 16}, 1.1);
  const auto k = waves<Scalar>({3, 2, 500, 16}, 1.7);
  const auto v = waves<Scalar>({3, 2, 500, 24}, 2.3);
  ThreadPool pool(3);
  for (const auto& variant : kPrecisionsAndWeights)
    for_each_kernel_set([&](KernelSet) {
      const auto [precision, has_weights] = variant;
      AttentionOptions<Scalar> options;
      options.precision = precision;
      options.causal = CausalAlignment::bottom_right;
      options.with_weights = options.with_averaged_weights = has_weights;
      options.with_log_sum_exp = true;
      const auto serial = scaled_dot_product_attention(q, k, v, options);
      options.executor = &pool;
      const auto parallel = scaled_dot_product_attention(q, k, v, options);
      expect_equal(parallel.output, serial.output);
      expect_equal(parallel.weights, serial.weights);
      expect_equal(parallel.averaged_weights, serial.averaged_weights);
      expect_equal(parallel.log_sum_exp, serial.log_sum_exp);
      const auto alone = scaled_dot_product_attention(q[1], k[1], v[1], options);
      expect_equal(alone.output, Tensor<Scalar, 3>(serial.output[1]));
    });
}

// ---- MatmulPrecision ---------------------------------------------------------------------------

template <class Scalar>
bool is_equal_in_all_bits(const AttentionOutput<Scalar, 4>& a,
                          const AttentionOutput<Scalar, 4>& b) {
  return std::equal(a.output.begin(), a.output.end(), b.output.begin()) &&
         std::equal(a.weights.begin(), a.weights.end(), b.weights.begin());
}

TYPED_TEST(FusedAttentionOf, MediumIsHighestWithoutFastProductsOfBfloat16AndNearItWithThem) {
  using Scalar = TypeParam;
  const auto q = waves<Scalar>({2, 2, 40, 20}, 1.1);
  const auto k = waves<Scalar>({2, 2, 400, 20}, 1.7);
  const auto v = waves<Scalar>({2, 2, 400, 37}, 2.3);
  for_each_kernel_set([&](KernelSet set) {
    const bool has_products =
        sizeof(Scalar) == sizeof(float) && detail::bfloat16_kernels(set, 1) != nullptr;
    for (const bool has_weights : {false, true}) {
      const auto attend = [&](MatmulPrecision precision, Index num_queries,
                              AttentionKernel kernel) {
        AttentionOptions<Scalar> options;
        options.precision = precision;
        options.kernel = kernel;
        options.with_weights = has_weights;
        return scaled_dot_product_attention<Scalar, 4>(q.slice(2, 0, num_queries), k, v, options);
      };
      const auto expect = [&](bool has_equal_bits, Index num_queries, AttentionKernel kernel) {
        const auto highest = attend(MatmulPrecision::highest, num_queries, kernel);
        const auto medium = attend(MatmulPrecision::medium, num_queries, kernel);
        EXPECT_EQ(is_equal_in_all_bits(medium, highest), has_equal_bits)
            << num_queries << has_weights;
        expect_same(medium, highest, 5e-3);
        EXPECT_TRUE(
            is_equal_in_all_bits(attend(MatmulPrecision::high, num_queries, kernel), highest));
      };
      expect(!has_products, 40, AttentionKernel::fused);
      expect(true, 40, AttentionKernel::reference);
      expect(!has_products || !has_weights, 8, AttentionKernel::fused);  // decoding stays float
    }
    // But not on keys with gaps in their last axis.
    const Tensor<Scalar, 4> transposed(k.transpose(2, 3));
    AttentionOptions<Scalar> options;
    const auto attend = [&] {
      return scaled_dot_product_attention<Scalar, 4>(q.slice(2, 0, 8), transposed.transpose(2, 3),
                                                     v, options);
    };
    const auto highest = attend();
    options.precision = MatmulPrecision::medium;
    EXPECT_EQ(is_equal_in_all_bits(attend(), highest), !has_products);
  });
}

// ---- Decoding: keys in parts -------------------------------------------------------------------

TYPED_TEST(FusedAttentionOf, ManyKeysOfAQueryGiveTheReference) {
  using Scalar = TypeParam;
  const Index part = detail::kKeysOfPart;
  const Tensor<Scalar, 1> sinks({4}, {-1, 0, 1, 2});
  for (const Index past_length : {Index{0}, Index{500}, part, part + 400})
    for (const Index next_length : {Index{1}, part + 1, 2 * part + 100}) {
      const auto q = waves<Scalar>({2, 4, 2, 8}, 1.1);
      const auto k = waves<Scalar>({2, 2, next_length, 8}, 1.7);
      auto v = waves<Scalar>({2, 2, next_length, 9}, 2.3);
      const auto past_k = waves<Scalar>({2, 2, past_length, 8}, 0.3);
      const auto past_v = waves<Scalar>({2, 2, past_length, 9}, 0.7);
      v(1, 1, next_length - 1, 3) = std::numeric_limits<Scalar>::infinity();
      AttentionOptions<Scalar> options;
      options.past_key = past_k;
      options.past_value = past_v;
      options.sinks = sinks;
      options.causal = CausalAlignment::bottom_right;  // the first query does not see the last key
      options.with_log_sum_exp = true;
      for (const bool has_window : {false, true}) {
        if (has_window) options.window_left = part + 10;
        const auto expected = by_reference(q, k, v, options);
        for_each_kernel_set([&](KernelSet) {
          const auto result = scaled_dot_product_attention(q, k, v, options);
          expect_near(result.log_sum_exp, expected.log_sum_exp, 4 * this->kTolerance);
          for (Index h = 0; h < 4; ++h)  // infinity in one value of two heads
            for (Index t = 0; t < 2; ++t)
              for (Index d = 0; d < 9; ++d) {
                const Scalar wanted = expected.output(1, h, t, d);
                if (std::isinf(wanted))
                  EXPECT_EQ(result.output(1, h, t, d), wanted);
                else
                  EXPECT_NEAR(result.output(1, h, t, d), wanted, this->kTolerance);
              }
          EXPECT_TRUE(
              (is_near<Scalar, Scalar, 3>(result.output[0], expected.output[0], this->kTolerance)));
        });
      }
    }
}

TYPED_TEST(FusedAttentionOf, BitsOfDecodingDoNotDependOnThreads) {
  using Scalar = TypeParam;
  const auto q = waves<Scalar>({1, 3, 1, 16}, 1.1);
  const auto k = waves<Scalar>({1, 1, 4000, 16}, 1.7);
  const auto v = waves<Scalar>({1, 1, 4000, 24}, 2.3);
  AttentionOptions<Scalar> options;
  options.with_log_sum_exp = true;
  for_each_kernel_set([&](KernelSet) {
    options.executor = nullptr;
    const auto serial = scaled_dot_product_attention(q, k, v, options);
    for (const int num_threads : {1, 2, 3, 5}) {
      ThreadPool pool(num_threads);
      options.executor = &pool;
      const auto parallel = scaled_dot_product_attention(q, k, v, options);
      expect_equal(parallel.output, serial.output);
      expect_equal(parallel.log_sum_exp, serial.log_sum_exp);
    }
  });
}

// ---- Score modifiers: the rest is in differential_test.cpp -------------------------------------

TEST(FusedAttention, ScoreModifierThatAddsIsABias) {
  const auto q = waves<float>({2, 4, 50, 16}, 1.1);
  const auto k = waves<float>({2, 2, 900, 16}, 1.7);
  const auto v = waves<float>({2, 2, 900, 24}, 2.3);
  Tensor<float, 4> bias(Shape<4>{2, 4, 50, 900});
  const auto distance = [](Index b, Index h, Index t, Index s) {
    return 0.01f * static_cast<float>((b + 1) * (h + 1) * (s % 50 - t));
  };
  for (Index b = 0; b < 2; ++b)
    for (Index h = 0; h < 4; ++h)
      for (Index t = 0; t < 50; ++t)
        for (Index s = 0; s < 900; ++s) bias(b, h, t, s) = distance(b, h, t, s);
  AttentionOptions<float> biased;
  biased.attention_bias = bias;
  AttentionOptions<float> options;
  options.with_log_sum_exp = biased.with_log_sum_exp = true;
  for (const bool has_weights : {false, true}) {
    options.with_weights = biased.with_weights = has_weights;
    const auto expected = by_reference(q, k, v, biased);
    for_each_kernel_set([&](KernelSet) {
      expect_same(
          scaled_dot_product_attention(q, k, v, options,
                                       [&](float score, Index b, Index h, Index t, Index s) {
                                         return score + distance(b, h, t, s);
                                       }),
          expected, 5e-6);
    });
  }
}

// ---- Memory ------------------------------------------------------------------------------------

TEST(FusedAttention, MemoryDoesNotGrowWithTheLength) {
  if (active_kernels() == KernelSet::reference) GTEST_SKIP() << "the reference takes a minute";
  const auto bytes_for = [](Index length) {
    const auto q = waves<float>({1, 1, length, 8}, 1.1);
    Tensor<float, 4> output(q.shape());
    Tensor<float, 3> log_sum_exp(Shape<3>{1, 1, length});
    AttentionOutputViews<float> views;
    views.output = output;
    views.log_sum_exp = log_sum_exp;
    AttentionOptions<float> options;
    const std::size_t before = counted_memory().bytes;
    counted_memory().most_bytes = before;
    scaled_dot_product_attention<float>(q, q, q, options, views);
    return counted_memory().most_bytes - before;
  };
  EXPECT_GT(bytes_for(1024), 50000u);    // else nothing was counted
  EXPECT_LT(bytes_for(16384), 200000u);  // all scores are 1 GiB
}

TEST(FusedAttention, ForcedKernelSetsAndTheReferenceDifferInLastBits) {
  const auto q = waves<float>({1, 1, 40, 64}, 1.1);
  const auto reference = by_reference(q, q, q, {});
  for_each_kernel_set([&](KernelSet set) {
    const auto result = scaled_dot_product_attention(q, q, q);
    const bool is_equal = std::memcmp(result.output.data(), reference.output.data(),
                                      sizeof(float) * static_cast<std::size_t>(q.size())) == 0;
    EXPECT_EQ(is_equal, set == KernelSet::reference) << "the fused kernel did not run, or alone";
  });
}

TEST(FusedAttention, OtherScalarsRunTheReference) {
  const auto q = waves<long double>({1, 1, 3, 4}, 1.1);
  expect_equal(scaled_dot_product_attention(q, q, q).output, by_reference(q, q, q, {}).output);
}

}  // namespace
}  // namespace eigenhead
