#include "eigenhead/attention/multi_head_attention.hpp"

#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

// ---- The course exercise: no biases, no output projection, head_dim chosen freely ---------------

void expect_course_exercise(const std::string& folder, int num_heads) {
  const auto stacked =
      [&](const std::string& name) {  // [heads, head_dim, C] -> [heads * head_dim, C]
        const auto w = fixture<double, 3>(folder + name);
        return Tensor<double, 2>(w.reshape(Shape<2>{w.extent(0) * w.extent(1), w.extent(2)}));
      };
  const auto x = fixture<double, 2>(folder + "X.npy");
  MultiHeadAttentionWeights<double> weights;
  weights.query_weight = stacked("W_q.npy");
  weights.key_weight = stacked("W_k.npy");
  weights.value_weight = stacked("W_v.npy");
  const MultiHeadAttention<double> attention(num_heads, std::move(weights));
  MultiHeadAttentionOptions<double> options;
  options.attention.with_weights = true;
  const auto result = attention(x.reshape(Shape<3>{1, x.extent(0), x.extent(1)}), options);
  expect_near(Tensor<double, 2>(result.output[0]),
              fixture<double, 2>(folder + "multi_head_output.f64.npy"), 1e-14);
  expect_near(Tensor<double, 3>(result.weights[0]),
              fixture<double, 3>(folder + "weights_per_head.npy"), 1e-6);
}

TEST(MultiHeadAttention, CourseExerciseWithTwoHeadsGivesItsNumbers) {
  expect_course_exercise("fixtures/notebooks/exercise3/", 2);
}

TEST(MultiHeadAttention, CourseExerciseWithThreeHeadsOfTwoGivesItsNumbers) {
  expect_course_exercise("fixtures/notebooks/exercise3_3heads/", 3);
}

// ---- torch.nn.MultiheadAttention --------------------------------------------------------------

using Json = nlohmann::json;

Json manifest() { return Json::parse(read_file(test_data() / "fixtures/mha/manifest.json")); }

template <class Scalar>
MultiHeadAttention<Scalar> torch_module(const std::string& name) {
  const std::filesystem::path folder = "fixtures/mha/modules/" + name;
  const auto exists = [&](const std::string& file) {
    return std::filesystem::exists(test_data() / folder / file);
  };
  Tensor<Scalar, 2> in_proj_weight;
  Tensor<Scalar, 1> in_proj_bias;
  if (exists("in_proj_weight.npy"))
    in_proj_weight = fixture<Scalar, 2>(folder / "in_proj_weight.npy");
  if (exists("in_proj_bias.npy")) in_proj_bias = fixture<Scalar, 1>(folder / "in_proj_bias.npy");
  MultiHeadAttentionWeights<Scalar> w = unpack_in_proj<Scalar>(in_proj_weight, in_proj_bias);
  if (in_proj_weight.is_empty()) {
    w.query_weight = fixture<Scalar, 2>(folder / "q_proj_weight.npy");
    w.key_weight = fixture<Scalar, 2>(folder / "k_proj_weight.npy");
    w.value_weight = fixture<Scalar, 2>(folder / "v_proj_weight.npy");
  }
  if (exists("out_proj.bias.npy")) w.output_bias = fixture<Scalar, 1>(folder / "out_proj.bias.npy");
  w.output_weight = fixture<Scalar, 2>(folder / "out_proj.weight.npy");
  if (exists("bias_k.npy")) {
    const auto bias_k = fixture<Scalar, 3>(folder / "bias_k.npy");  // [1, 1, E]
    const auto bias_v = fixture<Scalar, 3>(folder / "bias_v.npy");
    w.appended_key = Tensor<Scalar, 1>(bias_k[0][0]);
    w.appended_value = Tensor<Scalar, 1>(bias_v[0][0]);
  }
  const Json all = manifest();
  const Json& args = all.at("modules").at(name).at("args");
  w.has_zero_key = args.value("add_zero_attn", false);
  return MultiHeadAttention<Scalar>(args.at("num_heads").get<int>(), std::move(w));
}

/// One case, with torch's conventions turned into ours: batch first, true = may be seen.
template <class Scalar>
class TorchCase {
 public:
  explicit TorchCase(const Json& c)
      : folder_("fixtures/mha/" + c.at("name").get<std::string>()),
        module_(c.at("module").get<std::string>()),
        is_sequence_first_(module_ == "self16h4_seqfirst") {}

  void expect_match(double tolerance) const {
    const MultiHeadAttention<Scalar> attention = torch_module<Scalar>(module_);
    const Tensor<Scalar, 3> query = input("query");
    const Tensor<Scalar, 3> key = input("key");
    const Shape<4> shape{query.extent(0), attention.num_heads(), query.extent(1), key.extent(1)};
    const Tensor<bool, 4> is_visible = visible(shape);
    const Tensor<Scalar, 4> bias = attention_bias(shape);
    MultiHeadAttentionOptions<Scalar> options;
    options.attention.is_visible = is_visible;
    options.attention.attention_bias = bias;
    options.attention.with_weights = options.attention.with_averaged_weights = true;
    const auto result = attention(query, key, input("value"), options);
    expect_rows(result.output.reshape(Shape<4>{1, shape[0], shape[2], result.output.extent(2)}),
                "output", tolerance);
    expect_rows(result.weights, "weights_heads", tolerance);
    expect_rows(
        result.averaged_weights.reshape(Shape<4>{1, shape[0], shape[2], result.weights.extent(3)}),
        "weights_avg", tolerance);
  }

 private:
  bool has(const std::string& name) const {
    return std::filesystem::exists(test_data() / folder_ / (name + ".npy"));
  }

  /// The file in rank 4, missing leading axes being 1.
  template <class Element>
  Tensor<Element, 4> read(const std::string& name) const {
    NpyArray array = read_npy(test_data() / folder_ / (name + ".npy"));
    array.shape.insert(array.shape.begin(), 4 - array.shape.size(), Index{1});
    return to_tensor<Element, 4>(array);
  }

  Tensor<Scalar, 3> input(const std::string& name) const {
    const Tensor<Scalar, 4> x = read<Scalar>(has(name) ? name : "query");
    return is_sequence_first_ ? Tensor<Scalar, 3>(x[0].transpose(0, 1)) : Tensor<Scalar, 3>(x[0]);
  }

  /// An attn_mask is [T, S] or [B * H, T, S], a key_padding_mask [B, S] or [S].
  template <class Element>
  static Element mask_at(const Tensor<Element, 4>& mask, bool is_padding, const Shape<4>& shape,
                         const Shape<4>& at) {
    if (is_padding) return mask(0, 0, mask.extent(2) == 1 ? 0 : at[0], at[3]);
    return mask(0, mask.extent(1) == 1 ? 0 : at[0] * shape[1] + at[1], at[2], at[3]);
  }

  template <class Function>
  void for_each_mask(bool is_boolean, const Function& function) const {
    for (const bool is_padding : {false, true}) {
      const std::string name = is_padding ? "key_padding_mask" : "attn_mask";
      if (!has(name)) continue;
      if ((read_npy(test_data() / folder_ / (name + ".npy")).dtype == DType::boolean) == is_boolean)
        function(name, is_padding);
    }
  }

  template <class Function>
  static void for_each_place(const Shape<4>& shape, const Function& function) {
    for (Index b = 0; b < shape[0]; ++b)
      for (Index h = 0; h < shape[1]; ++h)
        for (Index t = 0; t < shape[2]; ++t)
          for (Index s = 0; s < shape[3]; ++s) function(Shape<4>{b, h, t, s});
  }

  Tensor<bool, 4> visible(const Shape<4>& shape) const {
    Tensor<bool, 4> result(shape);
    result.fill(true);
    for_each_mask(true, [&](const std::string& name, bool is_padding) {
      const Tensor<bool, 4> hidden = read<bool>(name);
      for_each_place(shape, [&](const Shape<4>& at) {
        if (mask_at(hidden, is_padding, shape, at)) result(at[0], at[1], at[2], at[3]) = false;
      });
    });
    return result;
  }

  Tensor<Scalar, 4> attention_bias(const Shape<4>& shape) const {
    Tensor<Scalar, 4> result(shape);
    for_each_mask(false, [&](const std::string& name, bool is_padding) {
      const Tensor<Scalar, 4> added = read<Scalar>(name);
      for_each_place(shape, [&](const Shape<4>& at) {
        result(at[0], at[1], at[2], at[3]) += mask_at(added, is_padding, shape, at);
      });
    });
    return result;
  }

  /// Where torch gives NaN (every key masked) the weights are zero and the output is the same for
  /// every query: that of no attention.
  void expect_rows(TensorView<const Scalar, 4> actual, const std::string& name,
                   double tolerance) const {
    Tensor<double, 4> expected = read<double>(name + ".f64");
    if (is_sequence_first_ && name == "output")
      expected = Tensor<double, 4>(expected.transpose(1, 2));
    ASSERT_EQ(expected.size(), actual.size());
    const Tensor<double, 4> wanted(expected.reshape(actual.shape()));
    for (Index i = 0; i < actual.extent(0); ++i)
      for (Index j = 0; j < actual.extent(1); ++j)
        for (Index k = 0; k < actual.extent(2); ++k) {
          if (!std::isnan(wanted(i, j, k, 0)))
            EXPECT_TRUE((is_near<Scalar, double, 1>(actual[i][j][k], wanted[i][j][k], tolerance)))
                << name << ' ' << i << ' ' << j << ' ' << k;
          else if (name == "output")
            EXPECT_TRUE((is_near<Scalar, Scalar, 1>(actual[i][j][k], actual[i][j][0], 0)));
          else
            EXPECT_EQ(actual[i][j].matrix().row(k).cwiseAbs().maxCoeff(), 0);
        }
  }

  std::filesystem::path folder_;
  std::string module_;
  bool is_sequence_first_;
};

class TorchMultiHeadAttention : public testing::TestWithParam<Json> {};

TEST_P(TorchMultiHeadAttention, DoubleMatches) {
  TorchCase<double>(GetParam()).expect_match(1e-12);
}
TEST_P(TorchMultiHeadAttention, FloatMatches) { TorchCase<float>(GetParam()).expect_match(5e-6); }

INSTANTIATE_TEST_SUITE_P(All, TorchMultiHeadAttention,
                         testing::ValuesIn(manifest().at("cases").get<std::vector<Json>>()),
                         [](const auto& test) {
                           return test.param.at("name").template get<std::string>();
                         });

// ---- Options and refusals -----------------------------------------------------------------------

MultiHeadAttentionWeights<float> small_weights() {  // 2 heads, head_dim 3, C = 4, D_v = 1
  MultiHeadAttentionWeights<float> w;
  w.query_weight = Tensor<float, 2>(Shape<2>{6, 4});
  w.key_weight = Tensor<float, 2>(Shape<2>{6, 4});
  w.value_weight = Tensor<float, 2>({2, 4}, {1, 0, 0, 0, 0, 1, 0, 0});
  return w;
}

TEST(MultiHeadAttention, HeadDimAndValueHeadDimAreFree) {
  const MultiHeadAttention<float> attention(2, small_weights());
  EXPECT_EQ(attention.num_heads(), 2);
  EXPECT_EQ(attention.head_dim(), 3);
  EXPECT_EQ(attention.value_head_dim(), 1);
  const Tensor<float, 3> x({1, 2, 4}, {1, 10, 0, 0, 3, 30, 0, 0});
  const auto result = attention(x);  // zero queries and keys: the mean of the values
  expect_equal(result.output, Tensor<float, 3>({1, 2, 2}, {2, 20, 2, 20}));
  EXPECT_TRUE(result.weights.is_empty());
  EXPECT_TRUE(result.averaged_weights.is_empty());
}

TEST(MultiHeadAttention, MaskReachesEveryHead) {
  const MultiHeadAttention<float> attention(2, small_weights());
  const Tensor<float, 3> x({1, 2, 4}, {1, 10, 0, 0, 3, 30, 0, 0});
  const Tensor<bool, 1> is_visible({2}, {false, true});
  MultiHeadAttentionOptions<float> options;
  options.attention.is_visible = is_visible;
  options.attention.with_averaged_weights = true;
  const auto result = attention(x, options);
  expect_equal(result.output, Tensor<float, 3>({1, 2, 2}, {3, 30, 3, 30}));
  expect_equal(result.averaged_weights, Tensor<float, 3>({1, 2, 2}, {0, 1, 0, 1}));
  EXPECT_TRUE(result.weights.is_empty());
}

TEST(MultiHeadAttention, StridedInputsAndThreadsGiveTheSameBits) {
  MultiHeadAttentionWeights<float> w;
  for (Tensor<float, 2>* weight :
       {&w.query_weight, &w.key_weight, &w.value_weight, &w.output_weight}) {
    *weight = Tensor<float, 2>(Shape<2>{16, 16});
    for (Index i = 0; i < weight->size(); ++i)
      weight->data()[i] = static_cast<float>(std::sin(1.3 * static_cast<double>(i)));
  }
  w.key_bias = Tensor<float, 1>(16);
  w.key_bias.fill(0.5f);
  const MultiHeadAttention<float> attention(4, std::move(w));
  Tensor<float, 3> sequence_first(Shape<3>{40, 3, 16});  // [T, B, C]
  for (Index i = 0; i < sequence_first.size(); ++i)
    sequence_first.data()[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i)));
  const Tensor<float, 3> x(sequence_first.transpose(0, 1));
  const auto expected = attention(x);
  expect_equal(attention(sequence_first.transpose(0, 1)).output, expected.output);
  expect_equal(attention(x.slice(0, 1, 2)).output,
               Tensor<float, 3>(expected.output.slice(0, 1, 2)));
  ThreadPool pool(3);
  MultiHeadAttentionOptions<float> options;
  options.attention.executor = &pool;
  expect_equal(attention(x, options).output, expected.output);
}

TEST(MultiHeadAttention, NoHeadsAreRefused) {
  EXPECT_THROW_WITH(MultiHeadAttention<float>(0, small_weights()), ValueError,
                    "MultiHeadAttention: num_heads must be >= 1; got num_heads 0");
}

TEST(MultiHeadAttention, RowsThatDoNotDivideIntoHeadsAreRefused) {
  EXPECT_THROW_WITH(MultiHeadAttention<float>(4, small_weights()), ShapeError,
                    "MultiHeadAttention: query_weight must have a number of rows that num_heads "
                    "divides; got query_weight [6, 4], num_heads 4");
  EXPECT_THROW_WITH(MultiHeadAttention<float>(3, small_weights()), ShapeError,
                    "MultiHeadAttention: value_weight must have a number of rows that num_heads "
                    "divides; got value_weight [2, 4], num_heads 3");
}

TEST(MultiHeadAttention, KeyWeightOfOtherRowsIsRefused) {
  auto w = small_weights();
  w.key_weight = Tensor<float, 2>(Shape<2>{4, 4});
  EXPECT_THROW_WITH(MultiHeadAttention<float>(2, std::move(w)), ShapeError,
                    "MultiHeadAttention: key_weight must have the rows of query_weight; got "
                    "query_weight [6, 4], key_weight [4, 4]");
}

TEST(MultiHeadAttention, BiasOfOtherLengthIsRefused) {
  auto w = small_weights();
  w.query_bias = Tensor<float, 1>(5);
  EXPECT_THROW_WITH(
      MultiHeadAttention<float>(2, std::move(w)), ShapeError,
      "MultiHeadAttention: query_bias must be empty or have one value for each row of "
      "its weight; got query_bias [5], weight [6, 4]");
}

TEST(MultiHeadAttention, EachBiasIsChecked) {
  const std::string rule = " must be empty or have one value for each row of its weight; got ";
  auto w = small_weights();
  w.key_bias = Tensor<float, 1>(5);
  EXPECT_THROW_WITH(MultiHeadAttention<float>(2, std::move(w)), ShapeError,
                    "MultiHeadAttention: key_bias" + rule + "key_bias [5], weight [6, 4]");
  w = small_weights();
  w.value_bias = Tensor<float, 1>(5);
  EXPECT_THROW_WITH(MultiHeadAttention<float>(2, std::move(w)), ShapeError,
                    "MultiHeadAttention: value_bias" + rule + "value_bias [5], weight [2, 4]");
  w = small_weights();
  w.output_bias = Tensor<float, 1>(5);
  EXPECT_THROW_WITH(MultiHeadAttention<float>(2, std::move(w)), ShapeError,
                    "MultiHeadAttention: output_bias" + rule + "output_bias [5], weight [0, 0]");
}

TEST(MultiHeadAttention, OutputWeightOfOtherWidthIsRefused) {
  auto w = small_weights();
  w.output_weight = Tensor<float, 2>(Shape<2>{4, 3});
  EXPECT_THROW_WITH(MultiHeadAttention<float>(2, std::move(w)), ShapeError,
                    "MultiHeadAttention: output_weight must have one column for each row of "
                    "value_weight; got value_weight [2, 4], output_weight [4, 3]");
}

TEST(MultiHeadAttention, AppendedKeysAreSeenThroughEveryMask) {
  auto w = small_weights();
  w.appended_key = Tensor<float, 1>(6);
  w.appended_value = Tensor<float, 1>({2}, {6, 60});
  w.has_zero_key = true;
  const MultiHeadAttention<float> attention(2, std::move(w));
  const Tensor<float, 3> x({1, 2, 4}, {1, 10, 0, 0, 3, 30, 0, 0});
  MultiHeadAttentionOptions<float> options;
  options.attention.causal = CausalAlignment::top_left;
  options.attention.with_weights = true;
  const auto causal = attention(x, options);  // scores are all 0
  expect_near(Tensor<float, 2>(causal.weights[0][0]),
              Tensor<float, 2>({2, 4}, {1 / 3.f, 0, 1 / 3.f, 1 / 3.f, .25f, .25f, .25f, .25f}),
              1e-7);
  expect_near(causal.output, Tensor<float, 3>({1, 2, 2}, {7 / 3.f, 70 / 3.f, 2.5f, 25}), 1e-5);
  const Tensor<Index, 1> no_keys({1}, {0});
  options.attention.valid_lengths = no_keys;
  expect_near(attention(x, options).output, Tensor<float, 3>({1, 2, 2}, {3, 30, 3, 30}), 1e-5);
}

TEST(MultiHeadAttention, AppendedKeysStandBehindPastAndNewOnes) {
  auto w = small_weights();
  w.has_zero_key = true;
  const MultiHeadAttention<float> attention(2, std::move(w));
  const Tensor<float, 3> x({1, 1, 4}, {3, 30, 0, 0});
  const Tensor<float, 4> past_key(Shape<4>{1, 2, 2, 3});
  Tensor<float, 4> past_value(Shape<4>{1, 2, 2, 1});
  past_value.fill(9);
  MultiHeadAttentionOptions<float> options;
  options.attention.past_key = past_key;
  options.attention.past_value = past_value;
  options.attention.window_left = 1;  // hides the first past key
  options.attention.with_averaged_weights = true;
  const auto result = attention(x, options);
  const float third = 1 / 3.f;
  expect_near(result.averaged_weights, Tensor<float, 3>({1, 1, 4}, {0, third, third, third}), 1e-7);
  expect_near(result.output, Tensor<float, 3>({1, 1, 2}, {4, 13}), 1e-5);
}

TEST(MultiHeadAttention, AppendedKeyOfOtherSizeOrWithoutValueIsRefused) {
  const std::string rule =
      "MultiHeadAttention: appended_key and appended_value must both be empty or have one value "
      "for each row of key_weight and value_weight; got ";
  auto w = small_weights();
  w.appended_key = Tensor<float, 1>(6);
  EXPECT_THROW_WITH(MultiHeadAttention<float>(2, std::move(w)), ShapeError,
                    rule + "appended_key [6], appended_value [0]");
  w = small_weights();
  w.appended_key = Tensor<float, 1>(5);
  w.appended_value = Tensor<float, 1>(2);
  EXPECT_THROW_WITH(MultiHeadAttention<float>(2, std::move(w)), ShapeError,
                    rule + "appended_key [5], appended_value [2]");
}

TEST(UnpackInProj, RowsThatAreNoThirdsAreRefused) {
  EXPECT_THROW_WITH(
      unpack_in_proj<float>(Tensor<float, 2>(Shape<2>{4, 2}), Tensor<float, 1>()), ShapeError,
      "unpack_in_proj: in_proj_weight must be empty or have 3 * E rows; got in_proj_weight [4, 2]");
  EXPECT_THROW_WITH(
      unpack_in_proj<float>(Tensor<float, 2>(), Tensor<float, 1>(5)), ShapeError,
      "unpack_in_proj: in_proj_bias must be empty or have 3 * E values; got in_proj_bias [5]");
}

TEST(MultiHeadAttention, InputOfOtherWidthIsRefused) {
  const MultiHeadAttention<float> attention(2, small_weights());
  EXPECT_THROW_WITH(attention(Tensor<float, 3>(Shape<3>{1, 2, 5})), ShapeError,
                    "MultiHeadAttention: query must have as many features as its weight has "
                    "columns; got query [1, 2, 5], weight [6, 4]");
}

TEST(MultiHeadAttention, KeyAndValueOfOtherWidthAreRefused) {
  const MultiHeadAttention<float> attention(2, small_weights());
  const Tensor<float, 3> x(Shape<3>{1, 2, 4});
  const Tensor<float, 3> wide(Shape<3>{1, 2, 5});
  EXPECT_THROW_WITH(attention(x, wide, x), ShapeError,
                    "MultiHeadAttention: key must have as many features as its weight has columns; "
                    "got key [1, 2, 5], weight [6, 4]");
  EXPECT_THROW_WITH(attention(x, x, wide), ShapeError,
                    "MultiHeadAttention: value must have as many features as its weight has "
                    "columns; got value [1, 2, 5], weight [2, 4]");
}

}  // namespace
}  // namespace eigenhead
