#include "eigenhead/random/torch_init.hpp"

#include "random/golden.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace eigenhead {
namespace {

/// The elements in row-major order.
Tensor<float, 1> flat(const Tensor<float, 2>& matrix) {
  return Tensor<float, 1>(matrix.reshape(Shape<1>{matrix.size()}));
}

struct StoredPath {
  const char* file;
  TorchCpuPath path;
};

class TorchInitGolden : public testing::TestWithParam<std::tuple<std::int64_t, StoredPath>> {
 protected:
  static std::int64_t seed() { return std::get<0>(GetParam()); }
  static StoredPath stored() { return std::get<1>(GetParam()); }

  Tensor<float, 1> values(const char* name) const { return golden_values<float>(golden_.at(name)); }

  TorchGenerator generator_{seed(), stored().path};
  nlohmann::json golden_ = golden(stored().file, "torch_cpu_seed" + std::to_string(seed()));
};

INSTANTIATE_TEST_SUITE_P(
    Seeds, TorchInitGolden,
    testing::Combine(testing::Values(0, 42, 1234),
                     testing::Values(StoredPath{"golden_default.json", TorchCpuPath::scalar},
                                     StoredPath{"golden_avx2.json", TorchCpuPath::avx2})));

TEST_P(TorchInitGolden, Linear) {
  const TorchLinear<float> layer = torch_linear(generator_, 4, 3);
  EXPECT_EQ(layer.weight.shape(), (Shape<2>{3, 4}));
  expect_equal(flat(layer.weight), values("linear_4_3_weight"));
  expect_equal(layer.bias, values("linear_4_3_bias"));
}

TEST_P(TorchInitGolden, Embedding) {
  const Tensor<float, 2> table = torch_embedding(generator_, 5, 4);
  EXPECT_EQ(table.shape(), (Shape<2>{5, 4}));
  expect_near(flat(table), values("embedding_5_4"),
              stored().path == TorchCpuPath::avx2 ? 0 : kLibmTolerance);
}

TEST_P(TorchInitGolden, MultiheadAttention) {
  const nlohmann::json& expected = golden_.at("mha_8_2");
  const TorchMultiheadAttention<float> layer = torch_multihead_attention(generator_, 8);
  EXPECT_EQ(layer.in_proj_weight.shape(), (Shape<2>{24, 8}));
  expect_equal(flat(layer.in_proj_weight), golden_values<float>(expected.at("in_proj_weight")));
  expect_equal(layer.in_proj_bias, golden_values<float>(expected.at("in_proj_bias")));
  expect_equal(flat(layer.out_proj.weight), golden_values<float>(expected.at("out_proj.weight")));
  expect_equal(layer.out_proj.bias, golden_values<float>(expected.at("out_proj.bias")));
}

// torch.manual_seed(0); torch.nn.Linear(768, 5, dtype=torch.float64), ATEN_CPU_CAPABILITY=default
TEST(TorchLinear, BoundOfTheWeightsKeepsItsLastBit) {
  TorchGenerator generator(0);
  const TorchLinear<double> layer = torch_linear<double>(generator, 768, 5);
  EXPECT_EQ(checksum(layer.weight), 0x793c11927ecf693bu);
  EXPECT_EQ(checksum(layer.bias), 0xc5f8b595812ad012u);
}

// torch.manual_seed(0); torch.nn.MultiheadAttention(12, 2, bias=False); torch.rand(1),
// ATEN_CPU_CAPABILITY=default
TEST(TorchMultiheadAttention, WithoutBiasDrawsNoBias) {
  TorchGenerator generator(0);
  const TorchMultiheadAttention<float> layer = torch_multihead_attention(generator, 12, false);
  EXPECT_EQ(checksum(layer.in_proj_weight), 0x0a61552e286cc5a0u);
  EXPECT_EQ(checksum(layer.out_proj.weight), 0x6865ca2277739d0du);
  EXPECT_TRUE(layer.in_proj_bias.is_empty());
  EXPECT_TRUE(layer.out_proj.bias.is_empty());
  EXPECT_EQ(generator.rand(1)(0), 0x1.5429a4p-2f);
}

TEST(TorchLinear, WrongSizesAreRefused) {
  TorchGenerator generator(0);
  EXPECT_THROW_WITH(torch_linear(generator, 0, 3), ValueError,
                    "torch_linear: in_features must be > 0; got in_features 0");
  EXPECT_THROW_WITH(torch_linear(generator, 3, -1), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
  EXPECT_THROW_WITH(torch_embedding(generator, -2, 3), ShapeError,
                    "Shape: every extent must be >= 0; got extent -2");
}

}  // namespace
}  // namespace eigenhead
