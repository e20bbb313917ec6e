#include "eigenhead/core/tensor.hpp"

#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

using Matrix = Tensor<float, 2>;

// Only a tensor that is neither const nor about to end gives a writable view.
static_assert(std::is_convertible_v<Matrix&, TensorView<float, 2>>);
static_assert(!std::is_convertible_v<const Matrix&, TensorView<float, 2>>);
static_assert(!std::is_convertible_v<Matrix, TensorView<float, 2>>);
static_assert(std::is_convertible_v<const Matrix&, TensorView<const float, 2>>);
static_assert(std::is_same_v<decltype(std::declval<const Matrix&>()(0, 0)), const float&>);
static_assert(std::is_same_v<decltype(std::declval<const Matrix&>().data()), const float*>);
static_assert(
    std::is_same_v<decltype(std::declval<const Matrix&>()[0]), TensorView<const float, 1>>);
static_assert(
    std::is_same_v<decltype(std::declval<const Matrix&>().matrix()), MatrixMap<const float>>);
static_assert(std::is_same_v<decltype(std::declval<Matrix&>()[0]), TensorView<float, 1>>);
static_assert(std::is_nothrow_move_constructible_v<Matrix> &&
              std::is_nothrow_move_assignable_v<Matrix>);
static_assert(!std::is_convertible_v<TensorView<const float, 2>, Matrix>, "copies are explicit");

bool is_aligned(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) % detail::kAlignment == 0;
}

TEST(Tensor, DefaultIsEmpty) {
  const Matrix x;
  EXPECT_TRUE(x.is_empty());
  EXPECT_EQ(x.data(), nullptr);
  EXPECT_EQ(x.begin(), x.end());
}

TEST(Tensor, NewElementsAreZero) {
  const Matrix x(Shape<2>{3, 5});
  for (const float value : x) EXPECT_EQ(value, 0.0f);
  EXPECT_EQ((Tensor<double, 1>(4).shape()), (Shape<1>{4}));
}

TEST(Tensor, MemoryIsAlignedTo64BytesForEverySizeAndType) {
  for (Index size = 1; size < 70; ++size) {
    EXPECT_TRUE(is_aligned(Tensor<float, 1>(size).data()));
    EXPECT_TRUE(is_aligned(Tensor<double, 1>(size).data()));
    EXPECT_TRUE(is_aligned(Tensor<bool, 1>(size).data()));
  }
}

TEST(Tensor, ValuesFillTheShapeInRowMajorOrder) {
  const Tensor<int, 2> from_list({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(from_list(1, 0), 4);
  const Tensor<bool, 1> from_vector(Shape<1>{3}, std::vector<bool>{true, false, true});
  EXPECT_TRUE(from_vector(2));
}

TEST(Tensor, WrongNumberOfValuesIsRefused) {
  EXPECT_THROW_WITH((Tensor<int, 2>({2, 3}, {1, 2, 3, 4, 5})), ShapeError,
                    "Tensor: values must be one for each place of the shape; got values 5, "
                    "shape [2, 3]");
  EXPECT_THROW((Tensor<int, 1>(Shape<1>{2}, std::vector<int>{1, 2, 3})), ShapeError);
}

TEST(Tensor, NegativeAndOverflowingShapesAreRefused) {
  EXPECT_THROW_WITH(Matrix(Shape<2>{2, -1}), ShapeError,
                    "Shape: every extent must be >= 0; got extent -1");
  EXPECT_THROW_WITH((Tensor<float, 1>(std::numeric_limits<Index>::max() / 2)), ShapeError,
                    "Tensor: the number of bytes must fit std::ptrdiff_t; got elements "
                    "4611686018427387903");
  const Index large = Index{1} << 40;
  EXPECT_THROW(Matrix(Shape<2>{large, large}), ShapeError);
}

TEST(Tensor, ZeroExtentGivesAnEmptyTensorOfThatShape) {
  const Matrix x(Shape<2>{0, 7});
  EXPECT_TRUE(x.is_empty());
  EXPECT_EQ(x.shape(), (Shape<2>{0, 7}));
  const Matrix copied = x;
  EXPECT_EQ(copied.shape(), x.shape());
}

TEST(Tensor, CopyIsDeep) {
  Matrix x({1, 2}, {1, 2});
  Matrix y = x;
  y(0, 0) = 9;
  EXPECT_EQ(x(0, 0), 1);
  x = y;
  x(0, 1) = 8;
  EXPECT_EQ(y(0, 1), 2);
  EXPECT_NE(x.data(), y.data());
}

TEST(Tensor, AssignmentToItselfKeepsTheElements) {
  Matrix x({1, 2}, {1, 2});
  const Matrix& same = x;
  x = same;
  expect_equal(x, Matrix({1, 2}, {1, 2}));
}

TEST(Tensor, MoveTakesTheMemoryAndLeavesAnEmptyTensor) {
  Matrix x({1, 2}, {1, 2});
  const float* const memory = x.data();
  Matrix y = std::move(x);
  EXPECT_EQ(y.data(), memory);
  EXPECT_EQ(x.data(), nullptr);  // NOLINT(bugprone-use-after-move): the state is documented
  EXPECT_EQ(x.shape(), (Shape<2>{0, 0}));
  x = std::move(y);
  EXPECT_EQ(x.data(), memory);
  EXPECT_TRUE(y.is_empty());
  y = Matrix({1, 1}, {5});
  EXPECT_EQ(y(0, 0), 5);
}

TEST(Tensor, IsMadeFromAnyView) {
  const Matrix x({2, 3}, {1, 2, 3, 4, 5, 6});
  const Matrix turned(x.transpose(0, 1));
  expect_equal(turned, Matrix({3, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_TRUE(turned.is_contiguous());
}

TEST(Tensor, ConstTensorIsReadAndOtherWritten) {
  Matrix x(Shape<2>{2, 2});
  x(0, 1) = 1;
  x.at(1, 0) = 2;
  x[1](1) = 3;
  x.view()(0, 0) = 4;
  const Matrix& constant = x;
  expect_equal(constant, Matrix({2, 2}, {4, 1, 2, 3}));
  EXPECT_THROW(x.at(2, 0), ValueError);
  EXPECT_THROW(constant.at(0, 2), ValueError);
}

TEST(Tensor, IsMadeFromMatrixExpressions) {
  Eigen::Matrix2f a;  // column-major
  a << 1, 2, 3, 4;
  expect_equal(Matrix(a), Matrix({2, 2}, {1, 2, 3, 4}));
  expect_equal(Matrix(a * a), Matrix({2, 2}, {7, 10, 15, 22}));
  expect_equal(Matrix(a.transpose()), Matrix({2, 2}, {1, 3, 2, 4}));
  expect_equal(Matrix(a.array() + 1), Matrix({2, 2}, {2, 3, 4, 5}));
  expect_equal(Matrix(a.block(0, 1, 2, 1)), Matrix({2, 1}, {2, 4}));
  expect_equal(Matrix(Eigen::MatrixXf(0, 3)), Matrix(Shape<2>{0, 3}));
}

TEST(Tensor, RankOneIsMadeFromColumnAndRowVectors) {
  Eigen::Matrix2f a;
  a << 1, 2, 3, 4;
  using Vector = Tensor<float, 1>;
  const Vector first_column({2}, {1, 3});
  const Vector first_row({2}, {1, 2});
  expect_equal(Vector(a.col(0)), first_column);
  expect_equal(Vector(a.row(0)), first_row);
  expect_equal(Vector(a.col(0).array()), first_column);
  expect_equal(Vector(a.row(0).transpose()), first_row);
  expect_equal(Vector(Eigen::Vector2f(1, 3)), first_column);
}

TEST(Tensor, AssignmentOfAnExpressionOfItselfIsSafe) {
  Matrix x({2, 2}, {1, 2, 3, 4});
  x = x.matrix() * x.matrix();
  expect_equal(x, Matrix({2, 2}, {7, 10, 15, 22}));
  x = x.matrix().transpose();
  expect_equal(x, Matrix({2, 2}, {7, 15, 10, 22}));
}

TEST(Cast, ConvertsEveryElementOfAnyView) {
  const Tensor<double, 2> x({2, 2}, {1.75, -2.5, 3, 0});
  expect_equal(cast<int>(x.transpose(0, 1)), Tensor<int, 2>({2, 2}, {1, 3, -2, 0}));
  expect_equal(cast<bool>(x), Tensor<bool, 2>({2, 2}, {true, true, true, false}));
  expect_equal(cast<float>(x), Tensor<float, 2>({2, 2}, {1.75f, -2.5f, 3, 0}));
}

TEST(ViewOf, SharesTheMemoryOfMatricesInBothOrders) {
  Eigen::MatrixXf column_major(2, 3);
  column_major << 1, 2, 3, 4, 5, 6;
  const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major =
      column_major;
  const Matrix expected({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_equal(Matrix(view_of(column_major)), expected);
  expect_equal(Matrix(view_of(row_major)), expected);
  EXPECT_EQ(view_of(column_major).strides(), (Shape<2>{1, 2}));
  EXPECT_EQ(view_of(row_major).strides(), (Shape<2>{3, 1}));
  EXPECT_EQ(view_of(column_major).data(), column_major.data());
}

TEST(ViewOf, FollowsBlocksRowsMapsAndArrays) {
  Eigen::MatrixXf a(3, 3);
  a << 1, 2, 3, 4, 5, 6, 7, 8, 9;
  const auto block = a.block(1, 1, 2, 2);
  expect_equal(Matrix(view_of(block)), Matrix({2, 2}, {5, 6, 8, 9}));
  const auto row = a.row(1);
  expect_equal(Matrix(view_of(row)), Matrix({1, 3}, {4, 5, 6}));
  const auto column = a.col(1);
  expect_equal(Matrix(view_of(column)), Matrix({3, 1}, {2, 5, 8}));
  const Eigen::Map<const Eigen::MatrixXf, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>
      every_second(a.data(), 2, 2, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(6, 2));
  expect_equal(Matrix(view_of(every_second)), Matrix({2, 2}, {1, 3, 7, 9}));
  const Eigen::ArrayXXf array = a.array();
  expect_equal(Matrix(view_of(array)), Matrix(a));
}

template <class Argument, class = void>
struct CanBeViewed : std::false_type {};
template <class Argument>
struct CanBeViewed<Argument, std::void_t<decltype(view_of(std::declval<Argument>()))>>
    : std::true_type {};
static_assert(CanBeViewed<Eigen::MatrixXf&>::value);
static_assert(CanBeViewed<const Eigen::MatrixXf&>::value);
static_assert(!CanBeViewed<Eigen::MatrixXf>::value, "the memory of a temporary is gone");
static_assert(!CanBeViewed<const Eigen::MatrixXf>::value);

}  // namespace
}  // namespace eigenhead
