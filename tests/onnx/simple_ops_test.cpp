// ONNX's node tests of the operators that have a function of their own here. Attention has its own
// file.

#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/layer_norm.hpp"
#include "eigenhead/ops/rms_norm.hpp"
#include "eigenhead/ops/rotary_embedding.hpp"
#include "eigenhead/ops/softmax.hpp"
#include "onnx/node_case.hpp"
#include "support/near.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

/// The extents before, at and after an axis, as three numbers.
struct SplitShape {
  Index before = 1;
  Index extent = 1;
  Index after = 1;
};

/// `shape` around `axis`, which counts from the end when it is negative.
SplitShape split(const std::vector<Index>& shape, int axis) {
  const auto rank = static_cast<int>(shape.size());
  const auto place = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  SplitShape result;
  for (std::size_t i = 0; i < shape.size(); ++i)
    (i < place ? result.before : i == place ? result.extent : result.after) *= shape[i];
  return result;
}

void expect_first_output(const NodeCase& node, const Tensor<float, 1>& actual) {
  const auto expected = node.tensors.elements<float>(node.output(0));
  ASSERT_GT(expected.size(), 0);
  expect_near(actual, expected, node.tolerance());
}

/// Softmax and LogSoftmax: the axis becomes the last one of a strided view.
template <class Function>
void run_along_axis(const NodeCase& node, Function&& function) {
  const SplitShape shape =
      split(node.tensors.info(node.input(0)).shape, node.attribute("axis", -1));
  auto values = node.tensors.elements<float>(node.input(0));
  function(values.reshape(Shape<3>{shape.before, shape.extent, shape.after}).transpose(1, 2));
  expect_first_output(node, values);
}

void run_softmax(const NodeCase& node) {
  run_along_axis(node, [](TensorView<float, 3> x) { softmax<float, 3>(x, x); });
}

void run_log_softmax(const NodeCase& node) {
  run_along_axis(node, [](TensorView<float, 3> x) { log_softmax<float, 3>(x, x); });
}

void run_gelu(const NodeCase& node) {
  auto values = node.tensors.elements<float>(node.input(0));
  const std::string approximation = node.attribute<std::string>("approximate", "none");
  ASSERT_TRUE(approximation == "none" || approximation == "tanh") << approximation;
  activate<float, 1>(approximation == "tanh" ? Activation::gelu_tanh : Activation::gelu_erf, values,
                     values);
  expect_first_output(node, values);
}

/// LayerNormalization and RMSNormalization: all axes from `axis` on make one row. The optional
/// outputs Mean and InvStdDev are intermediate results, which our functions do not return.
template <class Function>
void run_normalization(const NodeCase& node, Function&& function) {
  const SplitShape shape =
      split(node.tensors.info(node.input(0)).shape, node.attribute("axis", -1));
  auto values = node.tensors.elements<float>(node.input(0));
  const auto gain = node.tensors.elements<float>(node.input(1));
  function(values.reshape(Shape<2>{shape.before, shape.extent * shape.after}), gain,
           node.attribute("epsilon", 1e-5f));
  expect_first_output(node, values);
}

void run_layer_normalization(const NodeCase& node) {
  using Vector = TensorView<const float, 1>;
  run_normalization(node, [&](TensorView<float, 2> x, Vector gain, float epsilon) {
    const auto bias = node.input(2).empty() ? Tensor<float, 1>(gain.extent(0))
                                            : node.tensors.elements<float>(node.input(2));
    layer_norm<float>(x, gain, bias, epsilon, x);
  });
}

void run_rms_normalization(const NodeCase& node) {
  using Vector = TensorView<const float, 1>;
  run_normalization(node, [](TensorView<float, 2> x, Vector gain, float epsilon) {
    rms_norm<float>(x, gain, epsilon, x);
  });
}

/// The input as [batch, heads, T, D], also where ONNX has [batch, T, heads * D].
TensorView<float, 4> by_heads(const NodeCase& node, Tensor<float, 1>& values) {
  const std::vector<Index>& shape = node.tensors.info(node.input(0)).shape;
  if (shape.size() == 4) return values.reshape(Shape<4>::from(shape));
  const Index num_heads = node.attribute<Index>("num_heads", 1);
  return values.reshape(Shape<4>{shape[0], shape[1], num_heads, shape[2] / num_heads})
      .transpose(1, 2);
}

void run_rotary_embedding(const NodeCase& node) {
  auto values = node.tensors.elements<float>(node.input(0));
  const TensorView<float, 4> x = by_heads(node, values);
  const RotaryLayout layout =
      node.attribute("interleaved", 0) != 0 ? RotaryLayout::interleaved : RotaryLayout::half_split;
  const bool has_position_ids = !node.input(3).empty();
  for (Index sequence = 0; sequence < x.extent(0); ++sequence) {
    // Without position ids the tables are [batch, T, R / 2], else [positions, R / 2].
    const auto table_of = [&](const std::string& name) {
      if (has_position_ids) return node.tensors.tensor<float, 2>(name);
      const auto tables = node.tensors.tensor<float, 3>(name);
      return Tensor<float, 2>(tables[sequence]);
    };
    RotaryTable<float> table;
    table.cosine = table_of(node.input(1));
    table.sine = table_of(node.input(2));
    const Index rotary_dim = node.attribute<Index>("rotary_embedding_dim", 0);
    ASSERT_EQ(2 * table.cosine.extent(1), rotary_dim == 0 ? x.extent(3) : rotary_dim);
    Tensor<std::int32_t, 1> position_ids;
    if (has_position_ids) {
      const auto all = node.tensors.tensor<std::int32_t, 2>(node.input(3));
      position_ids = Tensor<std::int32_t, 1>(all[sequence]);
    }
    rotary_embedding<float, 3>(x[sequence], table, position_ids, layout, x[sequence]);
  }
  expect_first_output(node, values);
}

using Run = std::function<void(const NodeCase&)>;

const std::map<std::string, Run>& runs() {
  static const std::map<std::string, Run> all = {
      {"Gelu", run_gelu},
      {"LayerNormalization", run_layer_normalization},
      {"LogSoftmax", run_log_softmax},
      {"RMSNormalization", run_rms_normalization},
      {"RotaryEmbedding", run_rotary_embedding},
      {"Softmax", run_softmax},
  };
  return all;
}

std::set<std::string> simple_ops() {
  std::set<std::string> ops;
  for (const auto& [op, run] : runs()) ops.insert(op);
  return ops;
}

class OnnxSimpleOps : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OnnxSimpleOps);
INSTANTIATE_TEST_SUITE_P(Onnx, OnnxSimpleOps, testing::ValuesIn(node_case_names(simple_ops())),
                         NodeCaseName());

TEST_P(OnnxSimpleOps, GivesTheExpectedOutput) {
  const NodeCase node(GetParam());
  runs().at(node.op)(node);
}

TEST(OnnxNodeTests, EveryOperatorIsRun) {
  if (onnx_node_tests().empty())
    GTEST_SKIP()
        << "ONNX's node tests were not run: configure with -DEIGENHEAD_ONNX_NODE_TESTS=DIR, "
           "where DIR holds manifest.json and vectors/";
  std::set<std::string> expected = simple_ops();
  expected.insert("Attention");  // attention_test.cpp
  std::set<std::string> actual;
  const nlohmann::json manifest = node_manifest();
  for (const nlohmann::json& item : manifest) actual.insert(item.at("op").get<std::string>());
  EXPECT_EQ(actual, expected);
}

}  // namespace
}  // namespace eigenhead
