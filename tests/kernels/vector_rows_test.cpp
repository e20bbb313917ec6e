#include "eigenhead/kernels/vector_rows.hpp"

#include "eigenhead/core/tensor.hpp"

#include "support/kernel_sets.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace eigenhead {
namespace {

class VectorRows : public testing::TestWithParam<KernelSet> {
 protected:
  ForcedKernels forced_{GetParam()};
};

TEST_P(VectorRows, GatherRowsOfOneTableCopiesThem) {
  const Tensor<float, 2> words({3, 2}, {0, 1, 10, 11, 20, 21});
  const Tensor<std::int32_t, 1> ids({4}, {2, 0, 2, 1});
  Tensor<float, 2> output({4, 2});
  gather_rows<float>({{words, ids}}, output);
  expect_equal(output, Tensor<float, 2>({4, 2}, {20, 21, 0, 1, 20, 21, 10, 11}));
}

TEST_P(VectorRows, GatherRowsAddsTablesInOrder) {
  const Tensor<float, 2> words({1, 1}, {16777216.0f});
  const Tensor<float, 2> positions({2, 1}, {0, 1});
  const Tensor<float, 2> types({1, 1}, {1});
  const Tensor<std::int32_t, 1> zeros({2}, {0, 0});
  const Tensor<std::int32_t, 1> counting({2}, {0, 1});
  Tensor<float, 2> output({2, 1});
  gather_rows<float>({{words, zeros}, {positions, counting}}, output);
  expect_equal(output, Tensor<float, 2>({2, 1}, {16777216.0f, 16777216.0f}));  // rounded
  // (2^24 + 1) + 1 and not 2^24 + (1 + 1)
  gather_rows<float>({{words, zeros}, {positions, counting}, {types, zeros}}, output);
  expect_equal(output, Tensor<float, 2>({2, 1}, {16777216.0f, 16777216.0f}));
}

TEST_P(VectorRows, GatherRowsReadsAndWritesStridedRows) {
  const Tensor<double, 2> wide({2, 4}, {0, 1, 2, 3, 4, 5, 6, 7});
  const Tensor<std::int32_t, 1> ids({2}, {1, 0});
  Tensor<double, 2> output({2, 4});
  gather_rows<double>({{wide.slice(1, 1, 3), ids}}, output.slice(1, 2, 4));
  expect_equal(output, Tensor<double, 2>({2, 4}, {0, 0, 5, 6, 0, 0, 1, 2}));
}

TEST_P(VectorRows, GatherRowsRefusesWhatDoesNotFit) {
  const Tensor<float, 2> words({3, 2});
  const Tensor<std::int32_t, 1> ids({2}, {0, 3});
  const Tensor<std::int32_t, 1> negative({2}, {-1, 0});
  Tensor<float, 2> output({2, 2});
  Tensor<float, 2> longer({2, 3});
  EXPECT_THROW_WITH(gather_rows<float>({{words, ids}}, output), ValueError,
                    "gather_rows: id must be >= 0 and < 3; got 3 at [1]");
  EXPECT_THROW_WITH(gather_rows<float>({{words, negative}}, output), ValueError,
                    "gather_rows: id must be >= 0 and < 3; got -1 at [0]");
  EXPECT_THROW_WITH(gather_rows<float>({{words, ids}}, longer), ShapeError,
                    "gather_rows: output must have a row for each id, as long as those of every "
                    "table; got table [3, 2], ids [2], output [2, 3]");
  EXPECT_THROW_WITH(gather_rows<float>({}, output), ValueError,
                    "gather_rows: there must be one to three tables; got tables 0");
  EXPECT_THROW_WITH(gather_rows<float>({{words.transpose(0, 1), ids}}, longer), ShapeError,
                    "gather_rows: the last axis of every table must be contiguous; got table "
                    "[2, 3], strides [1, 2]");
  EXPECT_THROW_WITH(gather_rows<float>({{words, ids}}, output.transpose(0, 1)), ShapeError,
                    "gather_rows: the last axis of output must be contiguous; got output [2, 2], "
                    "strides [1, 2]");
}

TEST_P(VectorRows, MeanOfRowsIsTheSumByTheirNumber) {
  for (const Index num_rows : {1, 2, 15, 16, 17, 40}) {
    for (const Index length : {1, 7, 67, 150}) {
      Tensor<double, 2> rows({num_rows, length});
      for (Index i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<double>(i % 7 - i % 5);
      Tensor<double, 1> mean(Shape<1>{length});
      mean.fill(-1);
      mean_of_rows<double>(rows, mean);
      for (Index i = 0; i < length; ++i) {
        double sum = 0;
        for (Index row = 0; row < num_rows; ++row) sum += rows(row, i);
        EXPECT_EQ(mean(i), sum / static_cast<double>(num_rows));
      }
    }
  }
}

TEST_P(VectorRows, MeanOfNoRowsIsZero) {
  const Tensor<float, 2> rows(Shape<2>{0, 3});
  Tensor<float, 1> mean({3}, {1, 2, 3});
  mean_of_rows<float>(rows, mean);
  expect_equal(mean, Tensor<float, 1>({3}, {0, 0, 0}));
}

TEST_P(VectorRows, MeanOfRowsRefusesWhatDoesNotFit) {
  const Tensor<float, 2> rows({2, 3});
  Tensor<float, 1> mean({3}, {0, 0, 0});
  Tensor<float, 1> shorter({2}, {0, 0});
  EXPECT_THROW_WITH(mean_of_rows<float>(rows, shorter), ShapeError,
                    "mean_of_rows: mean must have the length of a row; got rows [2, 3], mean [2]");
  EXPECT_THROW_WITH(mean_of_rows<float>(rows.transpose(0, 1), shorter), ShapeError,
                    "mean_of_rows: the last axes must be contiguous; got rows [1, 3], mean [1]");
}

INSTANTIATE_TEST_SUITE_P(Sets, VectorRows, testing::ValuesIn(tested_kernel_sets()),
                         [](const auto& test) { return to_string(test.param); });

}  // namespace
}  // namespace eigenhead
