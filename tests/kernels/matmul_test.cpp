#include "eigenhead/kernels/matmul.hpp"

#include "eigenhead/core/parallel.hpp"
#include "support/guarded_array.hpp"
#include "support/kernel_sets.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace eigenhead {
namespace {

template <class Scalar>
class Multiply : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(Multiply, Scalars);

/// Integers from -8 to 8: sums of up to 800 products are exact in float in any order.
template <class Scalar>
Tensor<Scalar, 2> integers(Index rows, Index columns, unsigned seed) {
  std::mt19937 engine(seed);
  Tensor<Scalar, 2> x(Shape<2>{rows, columns});
  for (Scalar& value : x) value = static_cast<Scalar>(static_cast<int>(engine() % 17) - 8);
  return x;
}

template <class Scalar>
Tensor<Scalar, 2> normal_numbers(Index rows, Index columns, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  Tensor<Scalar, 2> x(Shape<2>{rows, columns});
  for (Scalar& value : x) value = static_cast<Scalar>(normal(engine));
  return x;
}

template <class Scalar>
Tensor<Scalar, 2> plain_product(const Tensor<Scalar, 2>& input, const Tensor<Scalar, 2>& weight) {
  Tensor<Scalar, 2> output(Shape<2>{input.extent(0), weight.extent(0)});
  for (Index m = 0; m < input.extent(0); ++m)
    for (Index n = 0; n < weight.extent(0); ++n)
      for (Index k = 0; k < input.extent(1); ++k) output(m, n) += input(m, k) * weight(n, k);
  return output;
}

/// A matrix inside a larger one whose other elements are NaN: whoever reads them spoils the result,
/// and they must still be the same bits afterwards.
template <class Scalar>
struct Surrounded {
  Surrounded(Index rows, Index columns)
      : memory(Shape<2>{rows + 2, columns + 5}),
        view(memory.view().slice(0, 1, rows + 1).slice(1, 2, columns + 2)) {
    memory.fill(std::numeric_limits<Scalar>::quiet_NaN());
  }

  bool has_clean_border() const {
    for (Index m = 0; m < memory.extent(0); ++m)
      for (Index n = 0; n < memory.extent(1); ++n) {
        const bool is_inside = m >= 1 && m <= view.extent(0) && n >= 2 && n < view.extent(1) + 2;
        if (!is_inside && !std::isnan(memory(m, n))) return false;
      }
    return true;
  }

  Tensor<Scalar, 2> memory;
  TensorView<Scalar, 2> view;
};

/// Products of the first M rows of input and N rows of weight, exact, with sentinels around all.
template <class Scalar>
void expect_exact_product(const Tensor<Scalar, 2>& input, const Tensor<Scalar, 2>& weight,
                          const Tensor<Scalar, 2>& expected, Index rows, Index columns) {
  const Index depth = input.extent(1);
  Surrounded<Scalar> left(rows, depth);
  Surrounded<Scalar> right(columns, depth);
  Surrounded<Scalar> output(rows, columns);
  copy<Scalar, 2>(input.slice(0, 0, rows), left.view);
  copy<Scalar, 2>(weight.slice(0, 0, columns), right.view);
  multiply<Scalar>(left.view, PackedMatrix<Scalar>(right.view), output.view);
  for (Index m = 0; m < rows; ++m)
    for (Index n = 0; n < columns; ++n)
      ASSERT_EQ(output.view(m, n), expected(m, n))
          << "at [" << m << ", " << n << "] of [" << rows << ", " << columns << "], K " << depth;
  ASSERT_TRUE(output.has_clean_border()) << rows << " x " << columns << " x " << depth;
}

TYPED_TEST(Multiply, EveryNumberOfRowsAndColumnsIsExactForIntegers) {
  for_each_kernel_set([](KernelSet) {
    for (const Index depth : {0, 1, 2, 5, 17, 64, 383, 384, 385, 769}) {
      const auto input = integers<TypeParam>(19, depth, 1);
      const auto weight = integers<TypeParam>(67, depth, 2);
      const auto expected = plain_product(input, weight);
      for (const Index rows : {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 19})
        for (Index columns = 0; columns <= 67; ++columns)
          expect_exact_product(input, weight, expected, rows, columns);
    }
  });
}

TYPED_TEST(Multiply, EveryDepthIsExactForIntegers) {
  for_each_kernel_set([](KernelSet) {
    for (Index depth = 0; depth <= 67; ++depth) {
      const auto input = integers<TypeParam>(9, depth, 3);
      const auto weight = integers<TypeParam>(50, depth, 4);
      expect_exact_product(input, weight, plain_product(input, weight), 9, 50);
    }
  });
}

TYPED_TEST(Multiply, ManyRowsAndColumnsAreExactForIntegers) {
  for_each_kernel_set([](KernelSet) {
    for (const Index rows : {127, 128, 129, 300}) {
      const auto input = integers<TypeParam>(rows, 20, 5);
      const auto weight = integers<TypeParam>(200, 20, 6);
      expect_exact_product(input, weight, plain_product(input, weight), rows, 200);
    }
  });
}

TYPED_TEST(Multiply, TransposedInputAndWeightAreReadInPlace) {
  for_each_kernel_set([](KernelSet) {
    const auto input = integers<TypeParam>(13, 21, 7);
    const auto weight = integers<TypeParam>(34, 21, 8);
    const Tensor<TypeParam, 2> input_transposed(input.matrix().transpose());
    const Tensor<TypeParam, 2> weight_transposed(weight.matrix().transpose());
    Tensor<TypeParam, 2> output(Shape<2>{13, 34});
    multiply<TypeParam>(input_transposed.transpose(0, 1),
                        PackedMatrix<TypeParam>(weight_transposed.transpose(0, 1)), output);
    EXPECT_EQ(output.matrix(), plain_product(input, weight).matrix());
  });
}

TYPED_TEST(Multiply, NothingBehindTheMatricesIsTouched) {
  for_each_kernel_set([](KernelSet) {
    for (const Index columns : {1, 3, 8, 15, 17, 33, 49, 67}) {
      const Index rows = 11;
      const Index depth = 5;
      const auto input = integers<TypeParam>(rows, depth, 9);
      const auto weight = integers<TypeParam>(columns, depth, 10);
      GuardedArray<TypeParam> left(rows * depth);
      GuardedArray<TypeParam> right(columns * depth);
      GuardedArray<TypeParam> bias(columns);
      GuardedArray<TypeParam> residual(rows * columns);
      GuardedArray<TypeParam> output(rows * columns);
      std::copy(input.begin(), input.end(), left.begin());
      std::copy(weight.begin(), weight.end(), right.begin());
      std::fill(bias.begin(), bias.end(), TypeParam(3));
      std::fill(residual.begin(), residual.end(), TypeParam(4));
      MultiplyOptions<TypeParam> options;
      options.bias = TensorView<TypeParam, 1>(bias.data(), Shape<1>{columns});
      options.residual = TensorView<TypeParam, 2>(residual.data(), Shape<2>{rows, columns});
      const TensorView<TypeParam, 2> view(output.data(), Shape<2>{rows, columns});
      multiply<TypeParam>(
          TensorView<TypeParam, 2>(left.data(), input.shape()),
          PackedMatrix<TypeParam>(TensorView<TypeParam, 2>(right.data(), weight.shape())), view,
          options);
      EXPECT_EQ(view.matrix(), (plain_product(input, weight).matrix().array() + 7).matrix());
      EXPECT_TRUE(output.has_clean_front());
    }
  });
}

template <class Scalar>
bool has_same_bits(TensorView<const Scalar, 2> a, TensorView<const Scalar, 2> b) {
  if (a.shape() != b.shape()) return false;
  const auto row_bytes = static_cast<std::size_t>(a.extent(1)) * sizeof(Scalar);
  for (Index row = 0; row < a.extent(0); ++row)
    if (std::memcmp(&a(row, 0), &b(row, 0), row_bytes) != 0) return false;
  return true;
}

TYPED_TEST(Multiply, BitsOfARowDependNeitherOnItsNeighboursNorOnItsPlace) {
  for_each_kernel_set([](KernelSet) {
    const auto input = normal_numbers<TypeParam>(140, 800, 11);
    const PackedMatrix<TypeParam> weight(normal_numbers<TypeParam>(70, 800, 12));
    Tensor<TypeParam, 2> all(Shape<2>{140, 70});
    multiply<TypeParam>(input, weight, all);
    for (const Index rows : {1, 2, 3, 5, 8, 13, 139}) {
      for (const Index begin : {Index{0}, Index{1}, 140 - rows}) {
        Tensor<TypeParam, 2> some(Shape<2>{rows, 70});
        multiply<TypeParam>(input.slice(0, begin, begin + rows), weight, some);
        EXPECT_TRUE(has_same_bits<TypeParam>(some, all.slice(0, begin, begin + rows)))
            << rows << " rows from " << begin;
      }
    }
  });
}

TYPED_TEST(Multiply, BitsOfAColumnDependNotOnItsNeighbours) {
  for_each_kernel_set([](KernelSet) {
    const auto input = normal_numbers<TypeParam>(6, 500, 13);
    const auto weight = normal_numbers<TypeParam>(100, 500, 14);
    Tensor<TypeParam, 2> all(Shape<2>{6, 100});
    multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight), all);
    for (const Index begin : {0, 1, 31, 99}) {
      Tensor<TypeParam, 2> some(Shape<2>{6, 100 - begin});
      multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight.slice(0, begin, 100)), some);
      EXPECT_TRUE(has_same_bits<TypeParam>(some, all.slice(1, begin, 100))) << begin;
    }
  });
}

TYPED_TEST(Multiply, NumberOfThreadsDoesNotChangeABit) {
  for_each_kernel_set([](KernelSet) {
    const auto input = normal_numbers<TypeParam>(300, 400, 15);
    const PackedMatrix<TypeParam> weight(normal_numbers<TypeParam>(130, 400, 16));
    Tensor<TypeParam, 2> expected(Shape<2>{300, 130});
    multiply<TypeParam>(input, weight, expected);
    for (const int threads : {1, 2, 3, 7}) {
      ThreadPool pool(threads);
      MultiplyOptions<TypeParam> options;
      options.executor = &pool;
      Tensor<TypeParam, 2> output(Shape<2>{300, 130});
      multiply<TypeParam>(input, weight, output, options);
      EXPECT_TRUE(has_same_bits<TypeParam>(output, expected)) << threads << " threads";
    }
  });
}

TYPED_TEST(Multiply, SetsWithMultiplyAddAgreeBitForBit) {
  if (!is_supported(KernelSet::avx512)) GTEST_SKIP() << "needs avx2 and avx512";
  const auto input = normal_numbers<TypeParam>(17, 900, 17);
  const auto weight = normal_numbers<TypeParam>(85, 900, 18);
  Tensor<TypeParam, 2> avx2(Shape<2>{17, 85});
  Tensor<TypeParam, 2> avx512(Shape<2>{17, 85});
  {
    const ForcedKernels forced(KernelSet::avx2);
    multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight), avx2);
  }
  const ForcedKernels forced(KernelSet::avx512);
  multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight), avx512);
  EXPECT_TRUE(has_same_bits<TypeParam>(avx2, avx512));
}

TYPED_TEST(Multiply, PrecisionsAreTheSameWithoutBfloat16Products) {
  for_each_kernel_set([](KernelSet) {
    const auto input = normal_numbers<TypeParam>(5, 64, 19);
    const auto weight = normal_numbers<TypeParam>(40, 64, 20);
    Tensor<TypeParam, 2> highest(Shape<2>{5, 40});
    multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight), highest);
    for (const MatmulPrecision precision :
         {MatmulPrecision::highest_by_pieces, MatmulPrecision::high, MatmulPrecision::medium}) {
      const PackedMatrix<TypeParam> packed(weight, precision);
      EXPECT_EQ(packed.precision(), precision);
      if (packed.num_bfloat16_products() > 0) continue;  // see bfloat16_kernels_test.cpp
      Tensor<TypeParam, 2> output(Shape<2>{5, 40});
      multiply<TypeParam>(input, packed, output);
      EXPECT_TRUE(has_same_bits<TypeParam>(output, highest));
    }
  });
}

double activation_in_double(EpilogueActivation activation, double x) {
  switch (activation) {
    case EpilogueActivation::none: return x;
    case EpilogueActivation::relu: return std::max(x, 0.0);
    case EpilogueActivation::silu: return x / (1 + std::exp(-x));
    case EpilogueActivation::gelu_erf: return x / 2 * std::erfc(-x / std::sqrt(2.0));
    case EpilogueActivation::gelu_tanh:
      return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
  }
  return 0;
}

constexpr EpilogueActivation kActivations[] = {
    EpilogueActivation::none, EpilogueActivation::relu, EpilogueActivation::silu,
    EpilogueActivation::gelu_erf, EpilogueActivation::gelu_tanh};

TYPED_TEST(Multiply, EpilogueIsActivationOfSumAndBiasPlusResidual) {
  for_each_kernel_set([](KernelSet) {
    const Index rows = 10;
    const auto input = normal_numbers<TypeParam>(rows, 7, 21);
    for (const Index columns : {1, 7, 16, 47, 50}) {
      const auto weight = normal_numbers<TypeParam>(columns, 7, 22);
      const PackedMatrix<TypeParam> packed(weight);
      const Tensor<TypeParam, 1> bias(normal_numbers<TypeParam>(1, columns, 23).matrix().row(0));
      const auto residual = normal_numbers<TypeParam>(rows, columns, 24);
      Tensor<TypeParam, 2> plain(Shape<2>{rows, columns});
      multiply<TypeParam>(input, packed, plain);
      for (const EpilogueActivation activation : kActivations) {
        MultiplyOptions<TypeParam> options;
        options.bias = bias;
        options.activation = activation;
        options.residual = residual;
        Tensor<TypeParam, 2> output(plain.shape());
        multiply<TypeParam>(input, packed, output, options);
        for (Index m = 0; m < rows; ++m) {
          for (Index n = 0; n < columns; ++n) {
            const double expected =
                activation_in_double(activation, static_cast<double>(plain(m, n) + bias(n))) +
                static_cast<double>(residual(m, n));
            ASSERT_NEAR(static_cast<double>(output(m, n)), expected,
                        8 * static_cast<double>(std::numeric_limits<TypeParam>::epsilon()))
                << m << ", " << n << ", activation " << static_cast<int>(activation);
          }
        }
      }
    }
  });
}

TYPED_TEST(Multiply, BiasAndResidualGiveTheBitsOfSeparateAdditions) {
  for_each_kernel_set([](KernelSet) {
    const auto input = normal_numbers<TypeParam>(9, 40, 25);
    const PackedMatrix<TypeParam> weight(normal_numbers<TypeParam>(37, 40, 26));
    const Tensor<TypeParam, 1> bias(normal_numbers<TypeParam>(1, 37, 27).matrix().row(0));
    const auto residual = normal_numbers<TypeParam>(9, 37, 28);
    Tensor<TypeParam, 2> expected(residual.shape());
    multiply<TypeParam>(input, weight, expected);
    expected.matrix().rowwise() += bias.vector();
    expected.matrix() += residual.matrix();
    MultiplyOptions<TypeParam> options;
    options.bias = bias;
    options.residual = residual;
    Tensor<TypeParam, 2> output(residual.shape());
    multiply<TypeParam>(input, weight, output, options);
    EXPECT_TRUE(has_same_bits<TypeParam>(output, expected));

    Tensor<TypeParam, 2> in_place = residual;
    options.residual = in_place;
    multiply<TypeParam>(input, weight, in_place, options);
    EXPECT_TRUE(has_same_bits<TypeParam>(in_place, expected));
  });
}

TYPED_TEST(Multiply, NaNAndInfinityStayInTheirRowsAndColumns) {
  for_each_kernel_set([](KernelSet) {
    const auto infinity = std::numeric_limits<TypeParam>::infinity();
    Tensor<TypeParam, 2> input(Shape<2>{10, 3});
    input.fill(1);
    Tensor<TypeParam, 2> weight(Shape<2>{50, 3});
    weight.fill(1);
    input(4, 1) = infinity;
    weight(49, 2) = std::numeric_limits<TypeParam>::quiet_NaN();
    Tensor<TypeParam, 2> output(Shape<2>{10, 50});
    multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight), output);
    for (Index m = 0; m < 10; ++m) {
      for (Index n = 0; n < 49; ++n)
        ASSERT_EQ(output(m, n), m == 4 ? infinity : TypeParam(3)) << m << ", " << n;
      ASSERT_TRUE(std::isnan(output(m, 49))) << m;
    }
  });
}

TYPED_TEST(Multiply, InfinityTimesZeroAndInfinityMinusInfinityAreNaN) {
  for_each_kernel_set([](KernelSet) {
    const auto infinity = std::numeric_limits<TypeParam>::infinity();
    const Tensor<TypeParam, 2> input({2, 2}, {infinity, 1, infinity, -infinity});
    const Tensor<TypeParam, 2> weight({1, 2}, {1, 1});
    Tensor<TypeParam, 2> output(Shape<2>{2, 1});
    multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight), output);
    EXPECT_EQ(output(0, 0), infinity);
    EXPECT_TRUE(std::isnan(output(1, 0)));
    const Tensor<TypeParam, 2> zero({1, 2}, {0, 1});
    multiply<TypeParam>(input, PackedMatrix<TypeParam>(zero), output);
    EXPECT_TRUE(std::isnan(output(0, 0)));
  });
}

TYPED_TEST(Multiply, LargestNumbersAndDenormalsAreExact) {
  for_each_kernel_set([](KernelSet) {
    const auto largest = std::numeric_limits<TypeParam>::max();
    const auto denormal = std::numeric_limits<TypeParam>::denorm_min();
    const Tensor<TypeParam, 2> input({4, 2},
                                     {largest, 0, largest, largest, denormal, 0, 3, denormal});
    const Tensor<TypeParam, 2> weight({2, 2}, {1, 1, denormal, 2});
    Tensor<TypeParam, 2> output(Shape<2>{4, 2});
    multiply<TypeParam>(input, PackedMatrix<TypeParam>(weight), output);
    EXPECT_EQ(output(0, 0), largest);
    EXPECT_EQ(output(1, 0), std::numeric_limits<TypeParam>::infinity());
    EXPECT_EQ(output(2, 0), denormal);
    EXPECT_EQ(output(3, 1), 5 * denormal);
  });
}

TEST(MultiplyErrors, EachWrongShapeIsRefusedWithBothShapes) {
  const Tensor<float, 2> input(Shape<2>{2, 3});
  const PackedMatrix<float> weight(Tensor<float, 2>(Shape<2>{5, 3}));
  const PackedMatrix<float> other(Tensor<float, 2>(Shape<2>{5, 4}));
  Tensor<float, 2> output(Shape<2>{2, 5});
  EXPECT_THROW_WITH(multiply<float>(input, other, output), ShapeError,
                    "multiply: weight must be [out_features, in_features of input]; got input "
                    "[2, 3], weight [5, 4]");
  Tensor<float, 2> small(Shape<2>{2, 4});
  EXPECT_THROW_WITH(multiply<float>(input, weight, small), ShapeError,
                    "multiply: output must be [rows of input, out_features]; got input [2, 3], "
                    "weight [5, 3], output [2, 4]");
  const Tensor<float, 1> bias(4);
  MultiplyOptions<float> options;
  options.bias = bias;
  EXPECT_THROW_WITH(multiply<float>(input, weight, output, options), ShapeError,
                    "multiply: bias must have one value for each row of weight; got weight "
                    "[5, 3], bias [4]");
  options = {};
  options.residual = small;
  EXPECT_THROW_WITH(multiply<float>(input, weight, output, options), ShapeError,
                    "multiply: residual must have the shape of output; got residual [2, 4], "
                    "output [2, 5]");
  Tensor<float, 2> transposed(Shape<2>{5, 2});
  EXPECT_THROW_WITH(multiply<float>(input, weight, transposed.transpose(0, 1)), ShapeError,
                    "multiply: the last axis of output, bias and residual must be contiguous; got "
                    "strides of output [1, 2], bias [0], residual [0, 0]");
}

}  // namespace
}  // namespace eigenhead
