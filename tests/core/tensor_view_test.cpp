#include "eigenhead/core/tensor_view.hpp"

#include "eigenhead/core/tensor.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <type_traits>

namespace eigenhead {
namespace {

// A writable view is a read-only view, and not the other way round.
static_assert(std::is_convertible_v<TensorView<float, 2>, TensorView<const float, 2>>);
static_assert(!std::is_constructible_v<TensorView<float, 2>, TensorView<const float, 2>>);
static_assert(!std::is_constructible_v<TensorView<float, 2>, const float*, Shape<2>>);
static_assert(!std::is_convertible_v<TensorView<float, 2>, TensorView<const float, 1>>);
static_assert(!std::is_convertible_v<TensorView<float, 2>, TensorView<const double, 2>>);

template <class View>
using ElementOf = decltype(std::declval<View>()(0, 0));
static_assert(std::is_same_v<ElementOf<TensorView<const float, 2>>, const float&>);
static_assert(std::is_same_v<ElementOf<const TensorView<float, 2>>, float&>,
              "constness is shallow");

template <class Scalar, int Rank>
Scalar deduced_scalar(TensorView<const Scalar, Rank>) {
  return Scalar();
}

Tensor<int, 3> counting() {
  Tensor<int, 3> x(Shape<3>{2, 3, 4});
  std::iota(x.begin(), x.end(), 0);
  return x;
}

TEST(TensorView, ScalarIsDeducedFromTensorAndFromBothViews) {
  Tensor<double, 2> tensor(Shape<2>{1, 1});
  const Tensor<double, 2> constant = tensor;
  const TensorView<const double, 2> view = tensor;
  static_assert(std::is_same_v<decltype(deduced_scalar(tensor)), double>);
  static_assert(std::is_same_v<decltype(deduced_scalar(constant)), double>);
  static_assert(std::is_same_v<decltype(deduced_scalar(tensor.view())), double>);
  static_assert(std::is_same_v<decltype(deduced_scalar(view)), double>);
  EXPECT_EQ(view.data(), tensor.data());
}

TEST(TensorView, DefaultIsEmpty) {
  const TensorView<float, 3> view;
  EXPECT_TRUE(view.is_empty());
  EXPECT_EQ(view.data(), nullptr);
  EXPECT_EQ(view.shape(), (Shape<3>{0, 0, 0}));
}

TEST(TensorView, ContiguousMemoryIsReadInRowMajorOrder) {
  const Tensor<int, 3> x = counting();
  EXPECT_EQ(x.strides(), (Shape<3>{12, 4, 1}));
  EXPECT_EQ(x(1, 2, 3), 23);
  EXPECT_EQ(x.at(1, 0, 2), 14);
  EXPECT_EQ(x[1][2](3), 23);
}

TEST(TensorView, AtRefusesEveryIndexOutside) {
  const Tensor<int, 3> x = counting();
  EXPECT_THROW_WITH(x.at(0, 3, 0), ValueError,
                    "TensorView::at: every index must be inside the shape; got index [0, 3, 0], "
                    "shape [2, 3, 4]");
  EXPECT_THROW(x.at(2, 0, 0), ValueError);
  EXPECT_THROW(x.at(0, 0, 4), ValueError);
  EXPECT_THROW(x.at(0, -1, 0), ValueError);
}

TEST(TensorView, SelectDropsTheAxis) {
  const Tensor<int, 3> x = counting();
  expect_equal(Tensor<int, 2>(x.select(1, 2)),
               Tensor<int, 2>({2, 4}, {8, 9, 10, 11, 20, 21, 22, 23}));
  expect_equal(Tensor<int, 2>(x.select(2, 3)), Tensor<int, 2>({2, 3}, {3, 7, 11, 15, 19, 23}));
}

TEST(TensorView, SelectOutsideIsRefused) {
  const Tensor<int, 3> x = counting();
  EXPECT_THROW_WITH(x.select(1, 3), ValueError,
                    "TensorView::select: index must be inside the axis; got axis 1, index 3, shape "
                    "[2, 3, 4]");
  EXPECT_THROW(x.select(0, -1), ValueError);
  EXPECT_THROW(x.select(3, 0), ValueError);
  EXPECT_THROW(x.select(-1, 0), ValueError);
  EXPECT_THROW(x[2], ValueError);
}

TEST(TensorView, SliceKeepsTheAxis) {
  const Tensor<int, 3> x = counting();
  const TensorView<const int, 3> part = x.slice(2, 1, 3).slice(0, 1, 2);
  EXPECT_EQ(part.shape(), (Shape<3>{1, 3, 2}));
  expect_equal(Tensor<int, 3>(part), Tensor<int, 3>({1, 3, 2}, {13, 14, 17, 18, 21, 22}));
  EXPECT_TRUE(x.slice(1, 3, 3).is_empty());
}

TEST(TensorView, SliceOutsideIsRefused) {
  const Tensor<int, 3> x = counting();
  EXPECT_THROW_WITH(x.slice(1, 2, 4), ValueError,
                    "TensorView::slice: begin and end must satisfy 0 <= begin <= end <= extent; "
                    "got axis 1, begin 2, "
                    "end 4, shape [2, 3, 4]");
  EXPECT_THROW(x.slice(1, 2, 1), ValueError);
  EXPECT_THROW(x.slice(1, -1, 1), ValueError);
  EXPECT_THROW(x.slice(3, 0, 1), ValueError);
}

TEST(TensorView, TransposeExchangesTwoAxes) {
  const Tensor<int, 3> x = counting();
  const TensorView<const int, 3> turned = x.transpose(0, 2);
  EXPECT_EQ(turned.shape(), (Shape<3>{4, 3, 2}));
  EXPECT_EQ(turned(3, 2, 1), x(1, 2, 3));
  EXPECT_FALSE(turned.is_contiguous());
  EXPECT_TRUE(turned.transpose(2, 0).is_contiguous());
}

TEST(TensorView, TransposeOutsideIsRefused) {
  const Tensor<int, 3> x = counting();
  EXPECT_THROW_WITH(x.transpose(0, 3), ValueError,
                    "TensorView::transpose: axes must be inside the rank; got axes [0, 3], shape "
                    "[2, 3, 4]");
  EXPECT_THROW(x.transpose(-1, 0), ValueError);
}

TEST(TensorView, ReshapeKeepsTheOrderOfTheElements) {
  Tensor<int, 3> x = counting();
  const TensorView<int, 2> flat = x.reshape(Shape<2>{6, 4});
  EXPECT_EQ(flat(5, 3), 23);
  flat(5, 3) = -1;
  EXPECT_EQ(x(1, 2, 3), -1);
}

TEST(TensorView, ReshapeOfAnotherSizeOrAStridedViewIsRefused) {
  const Tensor<int, 3> x = counting();
  EXPECT_THROW_WITH(x.reshape(Shape<2>{5, 5}), ShapeError,
                    "TensorView::reshape: the view must be contiguous and keep its size; got shape "
                    "[2, 3, 4], new shape [5, 5], strides [12, 4, 1]");
  EXPECT_THROW_WITH(x.transpose(0, 1).reshape(Shape<1>{24}), ShapeError,
                    "TensorView::reshape: the view must be contiguous and keep its size; got shape "
                    "[3, 2, 4], new shape [24], strides [4, 12, 1]");
}

TEST(TensorView, StrideOfAnAxisOfOneDoesNotMatterForContiguity) {
  const Tensor<int, 3> x = counting();
  EXPECT_TRUE(x.slice(0, 1, 2).slice(1, 0, 1).is_contiguous());
  EXPECT_FALSE(x.slice(1, 0, 1).is_contiguous());
}

TEST(TensorView, EmptyViewIsContiguousAndCanBeReshaped) {
  const Tensor<int, 3> x = counting();
  EXPECT_TRUE(x.slice(1, 2, 2).is_contiguous());
  EXPECT_EQ(x.slice(1, 2, 2).reshape(Shape<2>{0, 7}).shape(), (Shape<2>{0, 7}));
}

TEST(TensorView, EmptyTensorCanBeCutWithoutTouchingMemory) {
  const Tensor<int, 3> x(Shape<3>{2, 0, 3});
  EXPECT_EQ(x.select(2, 1).shape(), (Shape<2>{2, 0}));
  EXPECT_EQ(x.slice(2, 1, 3).shape(), (Shape<3>{2, 0, 2}));
  EXPECT_EQ(x.matrix(1).rows(), 0);
  EXPECT_EQ(x.matrix(1).cols(), 3);
}

TEST(TensorView, StrideZeroBroadcasts) {
  const Tensor<float, 1> row({3}, {1, 2, 3});
  const TensorView<const float, 2> rows(row.data(), Shape<2>{4, 3}, Shape<2>{0, 1});
  EXPECT_FALSE(rows.is_contiguous());
  EXPECT_EQ(rows(3, 2), 3);
  EXPECT_EQ(rows.matrix().colwise().sum(), Eigen::RowVector3f(4, 8, 12));
  EXPECT_EQ((Tensor<float, 2>(rows)(3, 1)), 2);
}

TEST(TensorView, MatrixAndVectorAreMapsOnTheSameMemory) {
  Tensor<int, 3> x = counting();
  x.matrix(1).row(2).setConstant(7);
  EXPECT_EQ(x(1, 2, 3), 7);
  x.vector(0, 1) *= 10;
  EXPECT_EQ(x(0, 1, 3), 70);
  const TensorView<int, 2> middle = x[1].slice(1, 1, 3);  // row stride 4, two columns
  EXPECT_EQ(middle.matrix()(1, 1), 18);
}

TEST(TensorView, MapOfANonContiguousLastAxisIsRefused) {
  const Tensor<int, 2> x(Shape<2>{2, 3});
  EXPECT_THROW_WITH(x.transpose(0, 1).matrix(), ShapeError,
                    "TensorView: the last axis must be contiguous for an Eigen map; got shape "
                    "[3, 2], strides [1, 3]");
  EXPECT_THROW(x.select(1, 0).vector(), ShapeError);
  EXPECT_NO_THROW(x.slice(0, 0, 1).transpose(0, 1).matrix());
}

TEST(TensorView, FillWritesOnlyTheElementsOfTheView) {
  Tensor<int, 2> x(Shape<2>{3, 3});
  x.slice(1, 0, 2).select(0, 1).fill(5);
  x.transpose(0, 1).slice(0, 2, 3).fill(8);
  expect_equal(x, Tensor<int, 2>({3, 3}, {0, 0, 8, 5, 5, 8, 0, 0, 8}));
}

TEST(Copy, GoesThroughTheIndicesOfBothViews) {
  const Tensor<int, 2> x({2, 3}, {1, 2, 3, 4, 5, 6});
  Tensor<int, 2> y(Shape<2>{3, 2});
  copy(x, y.transpose(0, 1));
  expect_equal(y, Tensor<int, 2>({3, 2}, {1, 4, 2, 5, 3, 6}));
}

TEST(Copy, OfEmptyViewsDoesNothing) {
  const Tensor<int, 2> x(Shape<2>{0, 3});
  Tensor<int, 2> y(Shape<2>{0, 3});
  EXPECT_NO_THROW(copy(x, y.view()));
}

TEST(Copy, TargetOfAnotherShapeIsRefused) {
  const Tensor<int, 2> x(Shape<2>{2, 3});
  Tensor<int, 2> y(Shape<2>{3, 2});
  EXPECT_THROW_WITH(copy(x, y.view()), ShapeError,
                    "copy: target must have the shape of source; got source [2, 3], target [3, 2]");
}

TEST(TensorViewMatrix, LeadingIndexOutsideIsRefused) {
  const Tensor<float, 3> x(Shape<3>{2, 2, 2});
  EXPECT_THROW_WITH(
      x.matrix(5), ValueError,
      "TensorView::matrix: every leading index must be inside the shape; got index 5, "
      "of axis 0, shape [2, 2, 2]");
  EXPECT_THROW_WITH(
      x.vector(1, -1), ValueError,
      "TensorView::vector: every leading index must be inside the shape; got index -1, "
      "of axis 1, shape [2, 2, 2]");
}

}  // namespace
}  // namespace eigenhead
