// ONNX's node tests of the Attention operator, opset 23 and 24.

#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "onnx/node_case.hpp"
#include "support/kernel_sets.hpp"
#include "support/near.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

enum Input : std::size_t { kQuery, kKey, kValue, kMask, kPastKey, kPastValue, kValidLengths };
enum Output : std::size_t { kY, kPresentKey, kPresentValue, kScores };

bool is_given(const NodeCase& node, Input input) { return !node.input(input).empty(); }

const std::vector<Index>& shape_of(const NodeCase& node, const std::string& name) {
  return node.tensors.info(name).shape;
}

/// [B, heads, length, D], also where ONNX has [B, length, heads * D].
TensorView<float, 4> by_heads(Tensor<float, 1>& elements, const std::vector<Index>& shape,
                              Index num_heads) {
  if (shape.size() == 4) return elements.reshape(Shape<4>::from(shape));
  return elements.reshape(Shape<4>{shape.at(0), shape.at(1), num_heads, shape.at(2) / num_heads})
      .transpose(1, 2);
}

/// One of the tensors of the operator, as float.
struct Operand {
  Operand(const NodeCase& node, const std::string& name, const char* heads_attribute)
      : elements(node.tensors.elements<float>(name)),
        view(by_heads(elements, shape_of(node, name), node.attribute<Index>(heads_attribute, 0))) {}
  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;

  Tensor<float, 1> elements;
  TensorView<float, 4> view;
};

/// The mask in rank 4. ONNX hides keys beyond the end of a short one, our masks have no end.
template <class Value>
Tensor<Value, 4> read_mask(const NodeCase& node, Index key_length, Value hidden) {
  std::vector<Index> shape = shape_of(node, node.input(kMask));
  const auto elements = node.tensors.elements<Value>(node.input(kMask));
  shape.insert(shape.begin(), 4 - shape.size(), Index{1});
  const TensorView<const Value, 4> given = elements.reshape(Shape<4>::from(shape));
  shape[3] = key_length;
  Tensor<Value, 4> mask(Shape<4>::from(shape));
  mask.fill(hidden);
  copy<Value, 4>(given, mask.slice(3, 0, given.extent(3)));
  return mask;
}

/// What ONNX calls present: `past` and, behind it, `next`.
Tensor<float, 4> join(const TensorView<const float, 4>& past,
                      const TensorView<const float, 4>& next) {
  Shape<4> shape = next.shape();
  shape[2] += past.extent(2);
  Tensor<float, 4> all(shape);
  copy<float, 4>(past, all.slice(2, 0, past.extent(2)));
  copy<float, 4>(next, all.slice(2, past.extent(2), shape[2]));
  return all;
}

/// Inputs that must outlive the call, and the options that look at them.
struct Arguments {
  explicit Arguments(const NodeCase& node);

  Operand query, key, value;
  Tensor<float, 4> past_key, past_value, bias;
  Tensor<bool, 4> is_visible;
  Tensor<Index, 1> valid_lengths;
  AttentionOptions<float> options;
};

Arguments::Arguments(const NodeCase& node)
    : query(node, node.input(kQuery), "q_num_heads"),
      key(node, node.input(kKey), "kv_num_heads"),
      value(node, node.input(kValue), "kv_num_heads") {
  if (is_given(node, kPastKey)) {
    options.past_key = past_key = node.tensors.tensor<float, 4>(node.input(kPastKey));
    options.past_value = past_value = node.tensors.tensor<float, 4>(node.input(kPastValue));
  }
  const Index key_length = past_key.extent(2) + key.view.extent(2);
  if (is_given(node, kMask) && node.tensors.info(node.input(kMask)).dtype == DType::boolean)
    options.is_visible = is_visible = read_mask<bool>(node, key_length, false);
  else if (is_given(node, kMask))
    options.attention_bias = bias =
        read_mask<float>(node, key_length, -std::numeric_limits<float>::infinity());
  if (is_given(node, kValidLengths))
    options.valid_lengths = valid_lengths =
        node.tensors.tensor<Index, 1>(node.input(kValidLengths));
  const float scale = node.attribute("scale", 0.0f);
  const float soft_cap = node.attribute("softcap", 0.0f);
  if (scale != 0) options.scale = scale;  // 0 is ONNX's "not given"
  if (soft_cap != 0) options.soft_cap = soft_cap;
  if (node.attribute("is_causal", 0) != 0)
    options.causal =
        is_given(node, kValidLengths) ? CausalAlignment::bottom_right : CausalAlignment::top_left;
}

/// Every attribute is understood, so that none is passed over.
void expect_known_attributes(const NodeCase& node) {
  const std::set<std::string> known = {
      "is_causal", "kv_num_heads",          "q_num_heads",      "scale",
      "softcap",   "qk_matmul_output_mode", "softmax_precision"};
  for (const auto& item : node.attributes.items())
    EXPECT_EQ(known.count(item.key()), 1u) << item.key();
  EXPECT_LE(node.inputs.size(), 7u);
  EXPECT_LE(node.outputs.size(), 4u);
  constexpr int kFloat = 1;  // TensorProto.FLOAT: all of ours is computed in float
  EXPECT_EQ(node.attribute("softmax_precision", kFloat), kFloat);
}

/// Y and qk_matmul_output.
void expect_results(const NodeCase& node, const Arguments& arguments, MatmulPrecision precision,
                    double tolerance) {
  const auto expected = node.tensors.elements<float>(node.output(kY));
  ASSERT_GT(expected.size(), 0);
  Tensor<float, 1> y(expected.size());
  AttentionOptions<float> options = arguments.options;
  options.precision = precision;
  AttentionOutputViews<float> views;
  views.output =
      by_heads(y, shape_of(node, node.output(kY)), node.attribute<Index>("q_num_heads", 0));
  Tensor<float, 4> scores;
  if (!node.output(kScores).empty()) {
    constexpr int kWeights = 3;
    const int mode = node.attribute("qk_matmul_output_mode", 0);
    ASSERT_TRUE(mode >= 0 && mode <= kWeights) << mode;
    scores = Tensor<float, 4>(Shape<4>::from(shape_of(node, node.output(kScores))));
    (mode == kWeights ? views.weights : views.scores) = scores.view();
    if (mode != kWeights) options.score_stage = static_cast<ScoreStage>(mode);
  }
  scaled_dot_product_attention<float>(arguments.query.view, arguments.key.view,
                                      arguments.value.view, options, views);
  expect_near(y, expected, tolerance);
  if (!node.output(kScores).empty())
    expect_near(scores, node.tensors.tensor<float, 4>(node.output(kScores)), tolerance);
}

class OnnxAttention : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OnnxAttention);
INSTANTIATE_TEST_SUITE_P(Onnx, OnnxAttention, testing::ValuesIn(node_case_names({"Attention"})),
                         NodeCaseName());

TEST_P(OnnxAttention, GivesTheExpectedOutputs) {
  const NodeCase node(GetParam());
  expect_known_attributes(node);
  const Arguments arguments(node);
  for_each_kernel_set([&](KernelSet) {
    expect_results(node, arguments, MatmulPrecision::highest, node.tolerance());
    expect_results(node, arguments, MatmulPrecision::medium, 1e-2);
  });
  if (!node.output(kPresentKey).empty())
    expect_equal(join(arguments.past_key, arguments.key.view),
                 node.tensors.tensor<float, 4>(node.output(kPresentKey)));
  if (!node.output(kPresentValue).empty())
    expect_equal(join(arguments.past_value, arguments.value.view),
                 node.tensors.tensor<float, 4>(node.output(kPresentValue)));
}

TEST(OnnxAttentionCases, AreAllRun) {
  if (onnx_node_tests().empty())
    GTEST_SKIP()
        << "ONNX's node tests were not run: configure with -DEIGENHEAD_ONNX_NODE_TESTS=DIR, "
           "where DIR holds manifest.json and vectors/";
  std::set<std::string> not_run;
  const nlohmann::json manifest = node_manifest();
  for (const nlohmann::json& item : manifest)
    if (item.at("op") == "Attention")
      not_run.insert("GivesTheExpectedOutputs/" +
                     NodeCaseName()(testing::TestParamInfo<std::string>(item.at("case"), 0)));
  EXPECT_GE(not_run.size(), 76u);
  const testing::UnitTest& program = *testing::UnitTest::GetInstance();
  for (int suite = 0; suite < program.total_test_suite_count(); ++suite)
    for (int test = 0; test < program.GetTestSuite(suite)->total_test_count(); ++test)
      not_run.erase(program.GetTestSuite(suite)->GetTestInfo(test)->name());
  EXPECT_EQ(not_run, std::set<std::string>());
}

}  // namespace
}  // namespace eigenhead
