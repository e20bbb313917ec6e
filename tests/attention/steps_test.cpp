#include "eigenhead/attention/steps.hpp"

#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/ops/softmax.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace eigenhead {
namespace {

TEST(AttentionStepByStep, SecondCourseFileGivesItsNumbers) {
  const std::string folder = "fixtures/notebooks/attention_layers/";
  const auto data = fixture<double, 2>(folder + "data.npy");
  const auto project = [&](const std::string& name) {  // data * W, not W^T
    return Tensor<double, 2>(data.matrix() *
                             fixture<double, 2>(folder + name + "_weights.npy").matrix());
  };
  const AttentionSteps<double> steps =
      attention_step_by_step(project("query"), project("key"), project("value"));
  expect_near(steps.weights, fixture<double, 2>(folder + "attention_scores.f64.npy"), 1e-14);
  expect_near(steps.output, fixture<double, 2>(folder + "weighted_values.f64.npy"), 1e-14);
  const Tensor<double, 2> unscaled = softmax(steps.products);
  expect_near(unscaled, fixture<double, 2>(folder + "attention_scores_unscaled.npy"), 1e-6);
}

TEST(AttentionStepByStep, EveryStepOfATwoByTwoExample) {
  const Tensor<double, 2> q({2, 4}, {1, 1, 1, 1, 2, 0, 0, 0});
  const Tensor<double, 2> k({2, 4}, {1, 1, 0, 0, 0, 0, 0, 4});
  const Tensor<double, 2> v({2, 1}, {10, 20});
  AttentionOptions<double> options;
  options.causal = CausalAlignment::top_left;
  const AttentionSteps<double> steps = attention_step_by_step(q, k, v, options);
  const double hidden = -std::numeric_limits<double>::infinity();
  expect_equal(steps.products, Tensor<double, 2>({2, 2}, {2, 4, 2, 0}));
  expect_equal(steps.scores, Tensor<double, 2>({2, 2}, {1, 2, 1, 0}));
  expect_equal(steps.masked, Tensor<double, 2>({2, 2}, {1, hidden, 1, 0}));
  const double first = 1 / (1 + std::exp(-1.0));
  expect_near(steps.weights, Tensor<double, 2>({2, 2}, {1, 0, first, 1 - first}), 1e-15);
  expect_near(steps.output, Tensor<double, 2>({2, 1}, {10, 10 * first + 20 * (1 - first)}), 1e-14);
}

TEST(AttentionStepByStep, EqualsScaledDotProductAttention) {
  const auto q = fixture<double, 2>("fixtures/sdpa/plain_2d/q.f64.npy");
  const auto k = fixture<double, 2>("fixtures/sdpa/plain_2d/k.f64.npy");
  const auto v = fixture<double, 2>("fixtures/sdpa/plain_2d/v.f64.npy");
  AttentionOptions<double> options;
  options.with_weights = true;
  options.causal = CausalAlignment::bottom_right;
  const auto expected = scaled_dot_product_attention(q, k, v, options);
  const AttentionSteps<double> steps = attention_step_by_step(q, k, v, options);
  expect_near(steps.weights, expected.weights, 1e-15);
  expect_near(steps.output, expected.output, 1e-15);
}

TEST(AttentionStepByStep, KeepsTheContractOfMasksStridesAndEmptyRows) {
  const auto q = fixture<double, 2>("fixtures/sdpa/plain_2d/q.f64.npy");
  const auto k = fixture<double, 2>("fixtures/sdpa/plain_2d/k.f64.npy");
  auto v = fixture<double, 2>("fixtures/sdpa/plain_2d/v.f64.npy");
  v[1].fill(std::numeric_limits<double>::quiet_NaN());  // hidden from every query
  Tensor<bool, 2> is_visible(Shape<2>{3, 5});
  for (Index s = 0; s < 5; ++s) is_visible(0, s) = is_visible(2, s) = s != 1;  // query 1: no key
  const Tensor<double, 2> k_by_column(k.transpose(0, 1));
  AttentionOptions<double> options;
  options.is_visible = is_visible;
  options.with_weights = true;
  const auto expected = scaled_dot_product_attention(q, k, v, options);
  const auto steps = attention_step_by_step(q, k_by_column.transpose(0, 1), v, options);
  expect_near(steps.output, expected.output, 1e-15);
  expect_near(steps.weights, expected.weights, 1e-15);
  options.empty_rows = EmptyRows::uniform;
  EXPECT_EQ(attention_step_by_step(q, k, v, options).weights(1, 3), 0.2);
}

TEST(AttentionStepByStep, ShapesAreCheckedAsInAttention) {
  const Tensor<float, 2> q(Shape<2>{3, 4});
  const Tensor<float, 2> k(Shape<2>{3, 5});
  EXPECT_THROW_WITH(attention_step_by_step(q, k, k), ShapeError,
                    "scaled_dot_product_attention: key head_dim must equal query head_dim; got "
                    "query [1, 1, 3, 4], key [1, 1, 3, 5]");
}

}  // namespace
}  // namespace eigenhead
