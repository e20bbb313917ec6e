#include "eigenhead/attention/scaled_dot_product_attention.hpp"

#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"
#include "support/waves.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace eigenhead {
namespace {

using Json = nlohmann::json;

Json fixture_cases() {
  return Json::parse(read_file(test_data() / "fixtures/sdpa/manifest.json")).at("cases");
}

// ---- Every case of fixtures/sdpa, in the rank of its files ------------------------------------

class AttentionFixture : public testing::TestWithParam<Json> {
 protected:
  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path("fixtures/sdpa") / GetParam().at("name").get<std::string>() / name;
  }

  /// A mask has any rank: [key], [query, key], ... It is read as rank 4.
  template <class Scalar>
  Tensor<Scalar, 4> mask(const std::string& name) const {
    NpyArray array = read_npy(test_data() / file(name));
    array.shape.insert(array.shape.begin(), 4 - array.shape.size(), Index{1});
    return to_tensor<Scalar, 4>(array);
  }

  template <class Scalar, int Rank>
  AttentionOutput<Scalar, Rank> attend(AttentionOptions<Scalar> options) const {
    const Json& c = GetParam();
    const auto q = fixture<Scalar, Rank>(file("q.f64.npy"));
    const auto k = fixture<Scalar, Rank>(file("k.f64.npy"));
    const auto v = fixture<Scalar, Rank>(file("v.f64.npy"));
    if (!c.at("scale").is_null()) options.scale = c.at("scale").get<Scalar>();
    if (c.at("is_causal").get<bool>())
      options.causal = c.at("causal_alignment") == "bottom_right" ? CausalAlignment::bottom_right
                                                                  : CausalAlignment::top_left;
    Tensor<bool, 4> is_visible;
    Tensor<Scalar, 4> bias;
    if (!c.at("mask").is_null()) {
      if (c.at("mask").at("kind") == "bool")
        options.is_visible = is_visible = mask<bool>("mask.bool.npy");
      else
        options.attention_bias = bias = mask<Scalar>("mask.f64.npy");
    }
    options.with_weights = options.with_log_sum_exp = true;
    return scaled_dot_product_attention(q, k, v, options);
  }

  template <class Scalar, int Rank>
  void expect_fixture() const {
    const bool is_double = std::is_same_v<Scalar, double>;
    const bool has_huge_scores = GetParam().at("name") == "large_logits_random";
    const double tolerance = is_double         ? 1e-11 * (has_huge_scores ? 1 : 1e-2)
                             : has_huge_scores ? 1e-3
                                               : 1e-6;
    const AttentionOutput<Scalar, Rank> actual = attend<Scalar, Rank>({});
    expect_near(actual.output, fixture<double, Rank>(file("out.f64.npy")), tolerance);
    expect_near(actual.weights, fixture<double, Rank>(file("weights.f64.npy")), tolerance);
    const auto log_sum_exp = fixture<double, Rank - 1>(file("lse.f64.npy"));
    const double largest = GetParam().at("max_abs_scaled_score").get<double>();
    expect_near(actual.log_sum_exp, log_sum_exp, tolerance * std::max(1.0, largest));
    if (!std::filesystem::exists(test_data() / file("out_uniform.f64.npy"))) return;
    AttentionOptions<Scalar> uniform;
    uniform.empty_rows = EmptyRows::uniform;
    const AttentionOutput<Scalar, Rank> mean = attend<Scalar, Rank>(uniform);
    expect_near(mean.output, fixture<double, Rank>(file("out_uniform.f64.npy")), tolerance);
    expect_near(mean.weights, fixture<double, Rank>(file("weights_uniform.f64.npy")), tolerance);
    expect_near(mean.log_sum_exp, log_sum_exp, tolerance);
  }

  template <class Scalar>
  void expect_fixture_of_any_rank() const {
    switch (GetParam().at("q").size()) {
      case 2: return expect_fixture<Scalar, 2>();
      case 3: return expect_fixture<Scalar, 3>();
      default: return expect_fixture<Scalar, 4>();
    }
  }
};

TEST_P(AttentionFixture, DoubleMatches) { expect_fixture_of_any_rank<double>(); }
TEST_P(AttentionFixture, FloatMatches) { expect_fixture_of_any_rank<float>(); }

INSTANTIATE_TEST_SUITE_P(All, AttentionFixture,
                         testing::ValuesIn(fixture_cases().get<std::vector<Json>>()),
                         [](const auto& test) {
                           return test.param.at("name").template get<std::string>();
                         });

// ---- The course exercise ----------------------------------------------------------------------

TEST(ScaledDotProductAttention, CourseExerciseGivesItsNumbers) {
  const std::string folder = "fixtures/notebooks/exercise2/";
  AttentionOptions<double> options;
  options.with_scores = options.with_weights = true;
  const auto result = scaled_dot_product_attention(fixture<double, 2>(folder + "Q.npy"),
                                                   fixture<double, 2>(folder + "K.npy"),
                                                   fixture<double, 2>(folder + "V.npy"), options);
  expect_near(result.scores, fixture<double, 2>(folder + "scores.npy"), 1e-15);
  expect_near(result.weights, fixture<double, 2>(folder + "weights.npy"), 1e-15);
  expect_near(result.output, fixture<double, 2>(folder + "output.npy"), 1e-15);
}

// ---- Properties -------------------------------------------------------------------------------

class ScaledDotProductAttentionProperties : public testing::Test {
 protected:
  const Tensor<double, 4> q = waves<double>({2, 4, 3, 8}, 1.1);
  const Tensor<double, 4> k = waves<double>({2, 2, 5, 8}, 1.7);
  const Tensor<double, 4> v = waves<double>({2, 2, 5, 6}, 2.3);
};

TEST_F(ScaledDotProductAttentionProperties, ResultsNotAskedForAreEmpty) {
  const auto result = scaled_dot_product_attention(q, k, v);
  EXPECT_EQ(result.output.shape(), (Shape<4>{2, 4, 3, 6}));
  EXPECT_TRUE(result.scores.is_empty());
  EXPECT_TRUE(result.weights.is_empty());
  EXPECT_TRUE(result.log_sum_exp.is_empty());
}

TEST_F(ScaledDotProductAttentionProperties, ScoresAreScaledProductsBeforeMasks) {
  const Tensor<bool, 1> is_visible({5}, {true, false, true, true, false});
  AttentionOptions<double> options;
  options.is_visible = is_visible;
  options.scale = 0.5;
  options.with_scores = true;
  const auto result = scaled_dot_product_attention(q, k, v, options);
  const Tensor<double, 2> expected = 0.5 * (q.matrix(1, 3) * k.matrix(1, 1).transpose());
  expect_near(Tensor<double, 2>(result.scores[1][3]), expected, 1e-14);
}

TEST_F(ScaledDotProductAttentionProperties, MaskBroadcastsFromTheRight) {
  const Tensor<bool, 1> keys({5}, {true, false, true, true, false});
  Tensor<bool, 4> full(Shape<4>{2, 4, 3, 5});
  for (Index i = 0; i < full.size(); ++i) full.data()[i] = keys(i % 5);
  AttentionOptions<double> options;
  options.is_visible = keys;
  const auto a = scaled_dot_product_attention(q, k, v, options);
  options.is_visible = full;
  const auto b = scaled_dot_product_attention(q, k, v, options);
  expect_equal(a.output, b.output);
}

TEST_F(ScaledDotProductAttentionProperties, MaskOfRank3MeansHeads) {
  Tensor<bool, 3> heads(Shape<3>{4, 1, 5});
  heads.fill(true);
  for (Index s = 1; s < 5; ++s) heads(2, 0, s) = false;  // head 2 sees key 0 only
  AttentionOptions<double> options;
  options.is_visible = heads;
  const auto result = scaled_dot_product_attention(q, k, v, options);
  for (Index b = 0; b < 2; ++b)
    for (Index t = 0; t < 3; ++t)
      for (Index d = 0; d < 6; ++d) EXPECT_EQ(result.output(b, 2, t, d), v(b, 1, 0, d));
}

TEST_F(ScaledDotProductAttentionProperties, BiasOfMinusInfinityEqualsFalse) {
  const double hidden = -std::numeric_limits<double>::infinity();
  const Tensor<bool, 1> is_visible({5}, {true, false, true, true, false});
  const Tensor<double, 1> bias({5}, {0, hidden, 0, 0, hidden});
  AttentionOptions<double> by_mask;
  by_mask.is_visible = is_visible;
  AttentionOptions<double> by_bias;
  by_bias.attention_bias = bias;
  expect_equal(scaled_dot_product_attention(q, k, v, by_mask).output,
               scaled_dot_product_attention(q, k, v, by_bias).output);
}

TEST_F(ScaledDotProductAttentionProperties, NaNAndInfinityBehindAMaskNeverLeak) {
  const double poison[] = {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity()};
  const Tensor<bool, 1> is_visible({5}, {true, false, true, true, true});
  AttentionOptions<double> options;
  options.is_visible = is_visible;
  options.with_weights = options.with_log_sum_exp = true;
  const auto clean = scaled_dot_product_attention(q, k, v, options);
  for (const double bad : poison) {
    Tensor<double, 4> bad_k = k;
    Tensor<double, 4> bad_v = v;
    for (Index b = 0; b < 2; ++b)
      for (Index h = 0; h < 2; ++h) {
        bad_k[b][h][1].fill(bad);
        bad_v[b][h][1].fill(bad);
      }
    const auto result = scaled_dot_product_attention(q, bad_k, bad_v, options);
    expect_equal(result.output, clean.output);
    expect_equal(result.weights, clean.weights);
    expect_equal(result.log_sum_exp, clean.log_sum_exp);
  }
}

TEST_F(ScaledDotProductAttentionProperties, CausalAndMaskCombine) {
  const Tensor<bool, 1> is_visible({5}, {false, true, true, true, true});
  AttentionOptions<double> options;
  options.is_visible = is_visible;
  options.causal = CausalAlignment::top_left;
  options.with_weights = true;
  const auto result = scaled_dot_product_attention(q, k, v, options);
  for (Index t = 0; t < 3; ++t)
    for (Index s = 0; s < 5; ++s)
      EXPECT_EQ(result.weights(0, 0, t, s) > 0, s >= 1 && s <= t) << t << ' ' << s;
}

TEST_F(ScaledDotProductAttentionProperties, ReadsAndWritesAnyStrides) {
  // The same numbers as [B, T, H, D] buffers, seen as [B, H, T, D].
  const auto by_token = [](const Tensor<double, 4>& x) {
    return Tensor<double, 4>(x.transpose(1, 2));
  };
  const Tensor<double, 4> tq = by_token(q);
  const Tensor<double, 4> tk = by_token(k);
  const Tensor<double, 4> tv = by_token(v);
  Tensor<double, 4> out(Shape<4>{2, 3, 4, 6});
  AttentionOutputViews<double> views;
  views.output = out.transpose(1, 2);
  scaled_dot_product_attention<double>(tq.transpose(1, 2), tk.transpose(1, 2), tv.transpose(1, 2),
                                       {}, views);
  expect_equal(Tensor<double, 4>(out.transpose(1, 2)),
               scaled_dot_product_attention(q, k, v).output);
}

TEST_F(ScaledDotProductAttentionProperties, NoKeysGiveTheEmptyRow) {
  AttentionOptions<double> options;
  options.with_log_sum_exp = true;
  const auto result = scaled_dot_product_attention(q, k.slice(2, 0, 0), v.slice(2, 0, 0), options);
  for (const double x : result.output) EXPECT_EQ(x, 0);
  for (const double x : result.log_sum_exp) EXPECT_EQ(x, -std::numeric_limits<double>::infinity());
}

TEST_F(ScaledDotProductAttentionProperties, NoQueriesAndNoBatchGiveNothing) {
  EXPECT_EQ(scaled_dot_product_attention(q.slice(2, 0, 0), k, v).output.shape(),
            (Shape<4>{2, 4, 0, 6}));
  EXPECT_EQ(scaled_dot_product_attention(q.slice(0, 0, 0), k.slice(0, 0, 0), v.slice(0, 0, 0))
                .output.shape(),
            (Shape<4>{0, 4, 3, 6}));
}

// ---- Refusals ---------------------------------------------------------------------------------

TEST(ScaledDotProductAttentionRefuses, KeyOfOtherHeadDim) {
  const Tensor<float, 4> q(Shape<4>{2, 12, 5, 64});
  const Tensor<float, 4> k(Shape<4>{2, 12, 7, 32});
  EXPECT_THROW_WITH(scaled_dot_product_attention(q, k, k), ShapeError,
                    "scaled_dot_product_attention: key head_dim must equal query head_dim; got "
                    "query [2, 12, 5, 64], key [2, 12, 7, 32]");
}

TEST(ScaledDotProductAttentionRefuses, HeadDimOfZero) {
  const Tensor<float, 4> q(Shape<4>{1, 1, 5, 0});
  EXPECT_THROW_WITH(
      scaled_dot_product_attention(q, q, q), ShapeError,
      "scaled_dot_product_attention: head_dim must be at least 1; got query [1, 1, 5, 0]");
}

TEST(ScaledDotProductAttentionRefuses, NoHeads) {
  const Tensor<float, 4> q(Shape<4>{1, 0, 5, 4});
  const Tensor<float, 4> k(Shape<4>{1, 1, 5, 4});
  EXPECT_THROW_WITH(
      scaled_dot_product_attention(q, k, k), ShapeError,
      "scaled_dot_product_attention: num_heads must be at least 1; got query [1, 0, 5, 4]");
}

TEST(ScaledDotProductAttentionRefuses, ValueOfOtherLength) {
  const Tensor<float, 4> q(Shape<4>{1, 2, 5, 4});
  const Tensor<float, 4> v(Shape<4>{1, 2, 6, 4});
  EXPECT_THROW_WITH(scaled_dot_product_attention(q, q, v), ShapeError,
                    "scaled_dot_product_attention: value must have the heads and length of key; "
                    "got key [1, 2, 5, 4], value [1, 2, 6, 4]");
}

TEST(ScaledDotProductAttentionRefuses, OtherBatchSize) {
  const Tensor<float, 4> q(Shape<4>{1, 2, 5, 4});
  const Tensor<float, 4> k(Shape<4>{3, 2, 5, 4});
  EXPECT_THROW_WITH(scaled_dot_product_attention(q, k, k), ShapeError,
                    "scaled_dot_product_attention: query, key and value must have the same "
                    "batch_size; got query [1, 2, 5, 4], key [3, 2, 5, 4], value [3, 2, 5, 4]");
}

TEST(ScaledDotProductAttentionRefuses, HeadsThatDoNotGroup) {
  const Tensor<float, 4> q(Shape<4>{1, 8, 5, 4});
  const Tensor<float, 4> k(Shape<4>{1, 3, 5, 4});
  EXPECT_THROW_WITH(scaled_dot_product_attention(q, k, k), ShapeError,
                    "scaled_dot_product_attention: num_heads must be a multiple of "
                    "num_key_value_heads; got query [1, 8, 5, 4], key [1, 3, 5, 4]");
}

TEST(ScaledDotProductAttentionRefuses, MaskThatDoesNotBroadcast) {
  const Tensor<float, 4> q(Shape<4>{1, 2, 5, 4});
  const Tensor<bool, 2> is_visible(Shape<2>{5, 6});
  AttentionOptions<float> options;
  options.is_visible = is_visible;
  EXPECT_THROW_WITH(scaled_dot_product_attention(q, q, q, options), ShapeError,
                    "scaled_dot_product_attention: is_visible must broadcast to [B, H, T, S] [1, "
                    "2, 5, 5]; got [5, 6]");
}

TEST(ScaledDotProductAttentionRefuses, BiasThatDoesNotBroadcast) {
  const Tensor<float, 4> q(Shape<4>{1, 2, 5, 4});
  const Tensor<float, 3> bias(Shape<3>{3, 1, 1});
  AttentionOptions<float> options;
  options.attention_bias = bias;
  EXPECT_THROW_WITH(scaled_dot_product_attention(q, q, q, options), ShapeError,
                    "scaled_dot_product_attention: attention_bias must broadcast to [B, H, T, S] "
                    "[1, 2, 5, 5]; got [3, 1, 1]");
}

TEST(ScaledDotProductAttentionRefuses, OutputViewsOfOtherShape) {
  const Tensor<float, 4> q(Shape<4>{1, 2, 5, 4});
  Tensor<float, 4> small(Shape<4>{1, 2, 5, 3});
  Tensor<float, 3> short_rows(Shape<3>{1, 2, 4});
  const auto attend_into = [&](const AttentionOutputViews<float>& views) {
    scaled_dot_product_attention<float>(q, q, q, {}, views);
  };
  AttentionOutputViews<float> views;
  views.output = small;
  EXPECT_THROW_WITH(attend_into(views), ShapeError,
                    "scaled_dot_product_attention: the view for output must have the shape of the "
                    "result; got view [1, 2, 5, 3], result [1, 2, 5, 4]");
  views = {};
  views.weights = small;
  EXPECT_THROW_WITH(attend_into(views), ShapeError,
                    "scaled_dot_product_attention: the view for weights must have the shape of the "
                    "result; got view [1, 2, 5, 3], result [1, 2, 5, 5]");
  views = {};
  views.scores = small;
  EXPECT_THROW_WITH(attend_into(views), ShapeError,
                    "scaled_dot_product_attention: the view for scores must have the shape of the "
                    "result; got view [1, 2, 5, 3], result [1, 2, 5, 5]");
  views = {};
  views.log_sum_exp = short_rows;
  EXPECT_THROW_WITH(attend_into(views), ShapeError,
                    "scaled_dot_product_attention: the view for log_sum_exp must have the shape of "
                    "the result; got view [1, 2, 4], result [1, 2, 5]");
}

}  // namespace
}  // namespace eigenhead
