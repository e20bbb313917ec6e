#include "eigenhead/kernels/score_kernels.hpp"

#include "support/guarded_array.hpp"
#include "support/kernel_sets.hpp"
#include "support/special_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace eigenhead::detail {
namespace {

/// sin(0), sin(1), ... with NaN and infinities strewn in.
template <class Scalar>
std::vector<Scalar> numbers(Index n) {
  std::vector<Scalar> x;
  for (Index i = 0; i < n; ++i) x.push_back(static_cast<Scalar>(std::sin(static_cast<double>(i))));
  for (Index i = 5; i < n; i += 11) x[static_cast<std::size_t>(i)] = -kInfinity<Scalar>;
  for (Index i = 7; i < n; i += 13)
    x[static_cast<std::size_t>(i)] = std::numeric_limits<Scalar>::quiet_NaN();
  return x;
}

template <class Scalar>
class ScoreKernelsOf : public testing::Test {
 protected:
  /// Runs `change` on x of each length, beside pages that must not be touched, and compares with
  /// `expected(i, x[i])`; NaN equals NaN.
  template <class Change, class Expected>
  static void expect_change(const Change& change, const Expected& expected) {
    for_each_kernel_set([&](KernelSet set) {
      for (Index n = 0; n < 70; ++n) {
        const std::vector<Scalar> before = numbers<Scalar>(n);
        GuardedArray<Scalar> x(n);
        std::copy(before.begin(), before.end(), x.data());
        change(score_kernels<Scalar>(set), n, x.data());
        EXPECT_TRUE(x.has_clean_front());
        for (Index i = 0; i < n; ++i) {
          const Scalar wanted = expected(i, before[static_cast<std::size_t>(i)]);
          if (std::isnan(wanted))
            EXPECT_TRUE(std::isnan(x[i])) << n << ' ' << i;
          else
            EXPECT_EQ(x[i], wanted) << n << ' ' << i;
        }
      }
    });
  }
};

using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(ScoreKernelsOf, Scalars);

TYPED_TEST(ScoreKernelsOf, ScaleMultipliesOnce) {
  using Scalar = TypeParam;
  this->expect_change([](const ScoreKernels<Scalar>& kernels, Index n,
                         Scalar* x) { kernels.scale(x, n, Scalar(0.3), x); },
                      [](Index, Scalar x) { return Scalar(0.3) * x; });
}

TYPED_TEST(ScoreKernelsOf, AddBiasHidesWhereTheBiasIsMinusInfinity) {
  using Scalar = TypeParam;
  const auto bias_at = [](Index i) {
    return i % 3 == 1 ? -kInfinity<Scalar> : static_cast<Scalar>(i) / 7;
  };
  this->expect_change(
      [&](const ScoreKernels<Scalar>& kernels, Index n, Scalar* x) {
        GuardedArray<Scalar> bias(n);
        for (Index i = 0; i < n; ++i) bias[i] = bias_at(i);
        kernels.add_bias(bias.data(), n, x);
      },
      [&](Index i, Scalar x) { return i % 3 == 1 ? -kInfinity<Scalar> : x + bias_at(i); });
}

TYPED_TEST(ScoreKernelsOf, AddDistanceCountsFromTheFirst) {
  using Scalar = TypeParam;
  for (const bool is_absolute : {false, true})
    this->expect_change(
        [&](const ScoreKernels<Scalar>& kernels, Index n, Scalar* x) {
          kernels.add_distance(Scalar(0.25), Scalar(-20), is_absolute, n, x);
        },
        [&](Index i, Scalar x) {
          const auto distance = static_cast<Scalar>(i - 20);
          return x + Scalar(0.25) * (is_absolute ? std::abs(distance) : distance);
        });
}

TYPED_TEST(ScoreKernelsOf, HideSelects) {
  using Scalar = TypeParam;
  this->expect_change(
      [](const ScoreKernels<Scalar>& kernels, Index n, Scalar* x) {
        GuardedArray<bool> is_visible(n);
        for (Index i = 0; i < n; ++i) is_visible[i] = i % 5 < 2;
        kernels.hide(is_visible.data(), n, x);
      },
      [](Index i, Scalar x) { return i % 5 < 2 ? x : -kInfinity<Scalar>; });
}

TYPED_TEST(ScoreKernelsOf, IsFiniteFindsOneUnusualNumberAnywhere) {
  using Scalar = TypeParam;
  for_each_kernel_set([](KernelSet set) {
    const ScoreKernels<Scalar>& kernels = score_kernels<Scalar>(set);
    for (Index n = 0; n < 70; ++n) {
      GuardedArray<Scalar> x(n);
      std::fill(x.begin(), x.end(), -std::numeric_limits<Scalar>::max());
      EXPECT_TRUE(kernels.is_finite(x.data(), n)) << n;
      for (Index i = 0; i < n; ++i)
        for (const Scalar unusual :
             {kInfinity<Scalar>, -kInfinity<Scalar>, std::numeric_limits<Scalar>::quiet_NaN()}) {
          const Scalar before = x[i];
          x[i] = unusual;
          EXPECT_FALSE(kernels.is_finite(x.data(), n)) << n << ' ' << i << ' ' << unusual;
          x[i] = before;
        }
    }
  });
}

TYPED_TEST(ScoreKernelsOf, CopyRowsPadsWithZerosAndFindsUnusualNumbers) {
  using Scalar = TypeParam;
  for_each_kernel_set([](KernelSet set) {
    const ScoreKernels<Scalar>& kernels = score_kernels<Scalar>(set);
    constexpr Index kRows = 3;
    constexpr Index kVector = 64 / static_cast<Index>(sizeof(Scalar));
    for (Index columns = 1; columns < 40; ++columns) {
      const Index stride = columns + 5;
      const Index vector = set == KernelSet::avx2 ? kVector / 2 : kVector;
      const Index width = (columns + vector - 1) / vector * vector;
      GuardedArray<Scalar> from(kRows * stride - 5);
      GuardedArray<Scalar> to(kRows * width);
      std::fill(from.begin(), from.end(), kInfinity<Scalar>);  // in the gaps, too
      for (Index r = 0; r < kRows; ++r)
        for (Index c = 0; c < columns; ++c)
          from[r * stride + c] = static_cast<Scalar>(100 * r + c + 1);
      std::fill(to.begin(), to.end(), Scalar(-1));
      EXPECT_TRUE(kernels.copy_rows(from.data(), stride, kRows, columns, to.data(), width));
      for (Index r = 0; r < kRows; ++r)
        for (Index c = 0; c < width; ++c)
          EXPECT_EQ(to[r * width + c], c < columns ? static_cast<Scalar>(100 * r + c + 1) : 0)
              << columns << ' ' << r << ' ' << c;
      EXPECT_TRUE(to.has_clean_front());
      for (const Scalar unusual :
           {kInfinity<Scalar>, -kInfinity<Scalar>, std::numeric_limits<Scalar>::quiet_NaN()}) {
        from[stride + columns - 1] = unusual;
        EXPECT_FALSE(kernels.copy_rows(from.data(), stride, kRows, columns, to.data(), width));
      }
    }
  });
}

// ---- Products of a few rows
// ----------------------------------------------------------------------

/// `rows` rows of `width` numbers in memory that ends with them, neighbours `gap` numbers apart.
template <class Scalar>
struct GuardedRows {
  GuardedRows(Index rows, Index width, Index gap, double frequency)
      : stride(width + gap), numbers(rows * stride - (rows > 0 ? gap : 0)) {
    for (Index i = 0; i < rows * stride - (rows > 0 ? gap : 0); ++i)
      numbers[i] = static_cast<Scalar>(std::sin(frequency * static_cast<double>(i)));
  }

  Scalar& operator()(Index row, Index column) { return numbers[row * stride + column]; }

  Index stride;
  GuardedArray<Scalar> numbers;
};

/// Calls function(num_left, num_right, width) for sizes around those of tiles, vectors and chunks.
template <class Function>
void for_each_size(const Function& function) {
  for (const Index num_left : {1, 2, 3, 4, 5, 8})
    for (const Index num_right : {1, 3, 4, 5, 31, 32, 33, 65})
      for (const Index width : {1, 7, 8, 9, 16, 17, 31, 33, 64, 70, 130})
        function(num_left, num_right, width);
}

TYPED_TEST(ScoreKernelsOf, MultiplyRowsGivesDotProducts) {
  using Scalar = TypeParam;
  for_each_kernel_set([](KernelSet set) {
    for_each_size([&](Index num_left, Index num_right, Index width) {
      GuardedRows<Scalar> left(num_left, width, 3, 1.1);
      GuardedRows<Scalar> right(num_right, width, 5, 1.7);
      GuardedRows<Scalar> output(num_left, num_right, 2, 1);
      few_row_kernels<Scalar>(set).multiply_rows({left.numbers.data(), left.stride, num_left,
                                                  right.numbers.data(), right.stride, num_right,
                                                  width, output.numbers.data(), output.stride});
      EXPECT_TRUE(output.numbers.has_clean_front());
      for (Index m = 0; m < num_left; ++m) {
        for (Index n = 0; n < num_right; ++n) {
          double sum = 0;
          for (Index k = 0; k < width; ++k) sum += double{left(m, k)} * double{right(n, k)};
          ASSERT_NEAR(output(m, n), sum, sizeof(Scalar) == 4 ? 4e-6 : 1e-14) << m << ' ' << n;
        }
        for (Index gap = num_right; gap < num_right + 2 && m + 1 < num_left; ++gap)
          ASSERT_EQ(output(m, gap),
                    static_cast<Scalar>(std::sin(static_cast<double>(m * output.stride + gap))));
      }
    });
  });
}

TYPED_TEST(ScoreKernelsOf, AddWeightedRowsAddsToTheOutput) {
  using Scalar = TypeParam;
  for_each_kernel_set([](KernelSet set) {
    for_each_size([&](Index num_left, Index num_right, Index width) {
      GuardedRows<Scalar> weights(num_left, num_right, 3, 1.1);
      GuardedRows<Scalar> right(num_right, width, 5, 1.7);
      GuardedRows<Scalar> output(num_left, width, 2, 1);
      few_row_kernels<Scalar>(set).add_weighted_rows(
          {weights.numbers.data(), weights.stride, num_left, right.numbers.data(), right.stride,
           num_right, width, output.numbers.data(), output.stride});
      EXPECT_TRUE(output.numbers.has_clean_front());
      for (Index m = 0; m < num_left; ++m) {
        for (Index k = 0; k < width; ++k) {
          double sum = std::sin(static_cast<double>(m * output.stride + k));
          for (Index n = 0; n < num_right; ++n) sum += double{weights(m, n)} * double{right(n, k)};
          ASSERT_NEAR(output(m, k), sum, sizeof(Scalar) == 4 ? 4e-6 : 1e-14) << m << ' ' << k;
        }
        for (Index gap = width; gap < width + 2 && m + 1 < num_left; ++gap)
          ASSERT_EQ(output(m, gap),
                    static_cast<Scalar>(std::sin(static_cast<double>(m * output.stride + gap))));
      }
    });
  });
}

}  // namespace
}  // namespace eigenhead::detail
