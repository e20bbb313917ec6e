#include "eigenhead/kernels/packed_matrix.hpp"

#include "eigenhead/kernels/matmul.hpp"
#include "support/kernel_sets.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

TEST(PanelGrid, ColumnsAreDividedIntoPanelsOfNearlyEqualWidth) {
  const auto& kernels = detail::matmul_kernels<float>(KernelSet::reference);  // 4 vectors of 4
  const auto widths = [&](Index columns) {
    const detail::PanelGrid<float> grid(kernels, columns);
    std::vector<Index> result;
    for (Index p = 0; p < grid.num_panels(); ++p) result.push_back(grid.width(p));
    return result;
  };
  EXPECT_EQ(widths(0), std::vector<Index>());
  EXPECT_EQ(widths(1), (std::vector<Index>{4}));
  EXPECT_EQ(widths(16), (std::vector<Index>{16}));
  EXPECT_EQ(widths(17), (std::vector<Index>{8, 12}));
  EXPECT_EQ(widths(32), (std::vector<Index>{16, 16}));
  EXPECT_EQ(widths(33), (std::vector<Index>{12, 12, 12}));
}

TEST(PackPanels, PanelHoldsColumnsSideBySideForEachDepthAndZerosBehindTheLast) {
  const auto& kernels = detail::matmul_kernels<float>(KernelSet::reference);
  const detail::PanelGrid<float> grid(kernels, 5);                    // one panel of 8
  const std::vector<float> weight = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};  // [5, 2]
  std::vector<float> panel(16, -1.0f);
  detail::pack_panels<float>(grid, {weight.data(), 2, 1}, 5, 2, panel.data());
  EXPECT_EQ(panel, (std::vector<float>{1, 3, 5, 7, 9, 0, 0, 0, 2, 4, 6, 8, 10, 0, 0, 0}));
}

TEST(PackPanels, BothOrientationsGiveTheSamePanelsForEveryShape) {
  for_each_kernel_set([](KernelSet set) {
    const auto& kernels = detail::matmul_kernels<float>(set);
    for (const Index columns : {1, 4, 7, 8, 16, 23, 48, 61, 100}) {
      for (const Index depth : {1, 3, 8, 16, 21}) {
        Tensor<float, 2> weight(Shape<2>{columns, depth});
        std::iota(weight.begin(), weight.end(), 1.0f);
        const Tensor<float, 2> transposed(weight.matrix().transpose());
        const detail::PanelGrid<float> grid(kernels, columns);
        Tensor<float, 1> a(grid.padded_columns() * depth);
        Tensor<float, 1> b(grid.padded_columns() * depth);
        a.fill(-1);
        b.fill(-2);
        detail::pack_panels<float>(grid, {weight.data(), depth, 1}, columns, depth, a.data());
        detail::pack_panels<float>(grid, {transposed.data(), 1, columns}, columns, depth, b.data());
        ASSERT_EQ(a.vector(), b.vector()) << columns << " x " << depth;
        for (Index p = 0; p < grid.num_panels(); ++p)
          for (Index k = 0; k < depth; ++k)
            for (Index n = 0; n < grid.width(p); ++n) {
              const Index column = grid.begin(p) + n;
              ASSERT_EQ(a(grid.begin(p) * depth + k * grid.width(p) + n),
                        column < columns ? weight(column, k) : 0.0f)
                  << columns << " x " << depth << " at " << column << ", " << k;
            }
      }
    }
  });
}

TEST(MatmulPrecision, NamesGiveThePrecisionsAndOthersAreRefused) {
  for (const char* name : {"highest", "highest_by_pieces", "high", "medium"})
    EXPECT_EQ(to_string(matmul_precision_from_name(name)), name);
  EXPECT_THROW_WITH(matmul_precision_from_name("low"), ValueError,
                    "matmul_precision_from_name: name must be highest, highest_by_pieces, high or "
                    "medium; got \"low\"");
}

TEST(PackedMatrix, IsEmptyByDefault) {
  const PackedMatrix<float> packed;
  EXPECT_EQ(packed.shape(), (Shape<2>{0, 0}));
}

TEST(PackedMatrix, OfSeveralMatricesIsThatOfTheirRowsOneBelowTheOther) {
  for_each_kernel_set([](KernelSet) {
    Tensor<float, 2> all(Shape<2>{150, 7});
    std::iota(all.begin(), all.end(), 1.0f);
    const Tensor<float, 2> transposed(all.matrix().transpose());  // the same rows at other strides
    const std::vector<TensorView<const float, 2>> parts = {
        all.slice(0, 0, 5), all.slice(0, 5, 5), transposed.transpose(0, 1).slice(0, 5, 20),
        all.slice(0, 20, 140), all.slice(0, 140, 150)};
    for (const MatmulPrecision precision : {MatmulPrecision::highest, MatmulPrecision::medium}) {
      const PackedMatrix<float> packed(parts, precision);
      const PackedMatrix<float> expected(all, precision);
      ASSERT_EQ(packed.shape(), all.shape());
      ASSERT_EQ(packed.packed_bytes(), expected.packed_bytes());
      EXPECT_EQ(std::memcmp(packed.panel(0), expected.panel(0),
                            static_cast<std::size_t>(packed.packed_bytes())),
                0);
    }
  });
}

TEST(PackedMatrix, NoMatrixOrOneOfAnotherWidthIsRefused) {
  const std::vector<TensorView<const float, 2>> none;
  EXPECT_THROW_WITH(PackedMatrix<float>{none}, ShapeError,
                    "PackedMatrix: weights must be one matrix or more; got matrices 0");
  const Tensor<float, 2> first(Shape<2>{3, 4});
  const Tensor<float, 2> other(Shape<2>{3, 5});
  const std::vector<TensorView<const float, 2>> both = {first, other};
  EXPECT_THROW_WITH(PackedMatrix<float>{both}, ShapeError,
                    "PackedMatrix: weights must have one number of in_features; got first [3, 4], "
                    "other [3, 5]");
}

TEST(PackedMatrix, CopiesAndMovesMultiplyAsTheOriginal) {
  const Tensor<double, 2> input({1, 2}, {1, 10});
  PackedMatrix<double> packed(Tensor<double, 2>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const PackedMatrix<double> copy = packed;
  const PackedMatrix<double> moved = std::move(packed);
  for (const PackedMatrix<double>* matrix : {&copy, &moved}) {
    Tensor<double, 2> output(Shape<2>{1, 3});
    multiply<double>(input, *matrix, output);
    EXPECT_EQ(output(0, 0), 21);
    EXPECT_EQ(output(0, 1), 43);
    EXPECT_EQ(output(0, 2), 65);
  }
}

}  // namespace
}  // namespace eigenhead
