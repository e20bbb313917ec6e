// The eigensolvers below Pca, on matrices whose eigenvalues are known.
#include "analysis/pca_models.hpp"
#include "support/near.hpp"

#include "eigenhead/analysis/detail/block_krylov.hpp"
#include "eigenhead/analysis/detail/orthonormal_rows.hpp"
#include "eigenhead/analysis/detail/symmetric_eigensolver.hpp"
#include "eigenhead/analysis/detail/times.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using detail::BlockKrylov;
using detail::SymmetricEigen;
using detail::times;

/// [size, size], orthogonal: rows of the discrete cosine transform.
Tensor<double, 2> cosine_basis(Index size) {
  Tensor<double, 2> basis({size, size});
  const double pi = std::acos(-1.0);
  for (Index i = 0; i < size; ++i)
    for (Index j = 0; j < size; ++j)
      basis(i, j) = std::sqrt((i == 0 ? 1.0 : 2.0) / static_cast<double>(size)) *
                    std::cos(pi * static_cast<double>(i) * (static_cast<double>(j) + 0.5) /
                             static_cast<double>(size));
  return basis;
}

/// diag(values) in the cosine basis.
Tensor<double, 2> matrix_with(const std::vector<double>& values) {
  const auto size = static_cast<Index>(values.size());
  const Tensor<double, 2> basis = cosine_basis(size);
  Tensor<double, 2> scaled = basis;
  for (Index i = 0; i < size; ++i) scaled.vector(i) *= values[static_cast<std::size_t>(i)];
  Tensor<double, 2> result = times<double>(basis.transpose(0, 1), scaled, nullptr);
  for (Index i = 0; i < size; ++i)
    for (Index j = 0; j < i; ++j) result(i, j) = result(j, i);
  return result;
}

struct Spectrum {
  std::string name;
  double (*value)(Index i, Index size);  // falling with i
};

void expect_orthonormal(const Tensor<double, 2>& rows) {
  Tensor<double, 2> identity({rows.extent(0), rows.extent(0)});
  identity.matrix().setIdentity();
  expect_near(times<double>(rows, rows.transpose(0, 1), nullptr), identity, 1e-13);
}

TEST(SymmetricEigen, SpectraOfEveryKindGiveOrthonormalVectorsWithSmallResiduals) {
  const Spectrum spectra[] = {
      {"even", [](Index i, Index size) { return static_cast<double>(size - i); }},
      {"geometric", [](Index i, Index) { return std::pow(0.5, static_cast<double>(i)); }},
      {"all equal", [](Index, Index) { return 3.0; }},
      {"two values", [](Index i, Index size) { return 2 * i < size ? 2.0 : 1.0; }},
      {"zeros", [](Index i, Index) { return i < 3 ? 5.0 - static_cast<double>(i) : 0.0; }},
      {"negative", [](Index i, Index size) { return static_cast<double>(size - 2 * i); }},
      {"almost equal", [](Index i, Index) { return 1 - 1e-14 * static_cast<double>(i); }},
  };
  for (const Spectrum& spectrum : spectra) {
    for (const Index size : {Index{1}, Index{2}, Index{24}, Index{25}, Index{65}, Index{130}}) {
      SCOPED_TRACE(spectrum.name + " " + std::to_string(size));
      std::vector<double> values;
      for (Index i = 0; i < size; ++i) values.push_back(spectrum.value(i, size));
      const double norm = std::max(std::abs(values.front()), std::abs(values.back()));
      const Tensor<double, 2> matrix = matrix_with(values);
      for (const Index count : {size, std::min(size, Index{3})}) {
        const SymmetricEigen<double> eigen =
            detail::symmetric_eigen<double>(matrix, count, nullptr);
        ASSERT_EQ(eigen.values.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i)
          EXPECT_NEAR(eigen.values[i], values[i], 1e-13 * norm);
        expect_orthonormal(eigen.vectors);
        Tensor<double, 2> image = times<double>(eigen.vectors, matrix, nullptr);
        for (Index i = 0; i < count; ++i)
          image.vector(i) -= eigen.values[static_cast<std::size_t>(i)] * eigen.vectors.vector(i);
        EXPECT_LE(image.matrix().cwiseAbs().maxCoeff(), 2e-14 * norm);
      }
    }
  }
}

TEST(SymmetricEigen, MatrixOfBlocksIsSolvedBlockByBlock) {
  Tensor<double, 2> matrix({40, 40});
  for (Index i = 0; i < 40; ++i) matrix(i, i) = static_cast<double>(i % 4);
  matrix(0, 1) = matrix(1, 0) = 2;
  const SymmetricEigen<double> eigen = detail::symmetric_eigen<double>(matrix, 40, nullptr);
  EXPECT_NEAR(eigen.values[0], 3, 1e-14);
  EXPECT_NEAR(eigen.values.back(), 0.5 - std::sqrt(4.25), 1e-14);  // of [[0, 2], [2, 1]]
  expect_orthonormal(eigen.vectors);
}

TEST(SymmetricEigen, ThreadsChangeNoBit) {
  ThreadPool pool(2);
  const Tensor<double, 2> matrix = matrix_with(std::vector<double>(70, 1.5));
  expect_equal(detail::symmetric_eigen<double>(matrix, 70, &pool).vectors,
               detail::symmetric_eigen<double>(matrix, 70, nullptr).vectors);
}

TEST(SymmetricEigen, RotationsAgreeWithInverseIteration) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(40 - i);
  const detail::TridiagonalForm<double> form =
      detail::TridiagonalReduction<double>::run(matrix_with(values), nullptr);
  const SymmetricEigen<double> eigen = detail::tridiagonal_eigen_by_rotations(form, 40);
  Tensor<double, 2> other({40, 40});
  ASSERT_TRUE(
      detail::inverse_iteration(form, detail::tridiagonal_eigenvalues(form), other, nullptr));
  const Tensor<double, 2> cosines = times<double>(eigen.vectors, other.transpose(0, 1), nullptr);
  for (Index i = 0; i < 40; ++i) EXPECT_NEAR(std::abs(cosines(i, i)), 1, 1e-13);
}

TEST(OrthonormalRows, RowsWithoutNewDirectionAreReplaced) {
  Tensor<double, 2> rows({4, 4}, {1, 1, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4});
  EXPECT_FALSE(detail::make_orthonormal(rows, nullptr));
  detail::orthonormalize_rows(rows);
  expect_orthonormal(rows);
  EXPECT_NEAR(rows(0, 0), std::sqrt(0.5), 1e-15);
}

/// [rows, size] with singular values that fall by `ratio`, and the cosine basis on the right.
template <class Scalar>
Tensor<Scalar, 2> samples_with(Index num_rows, Index size, double ratio) {
  const Tensor<double, 2> left = cosine_basis(num_rows);
  Tensor<double, 2> right = cosine_basis(size);
  for (Index i = 0; i < size; ++i) right.vector(i) *= std::pow(ratio, static_cast<double>(i));
  return cast<Scalar, double, 2>(
      times<double>(left.slice(0, 0, size).transpose(0, 1), right, nullptr));
}

template <class Scalar>
void expect_krylov(Index num_rows, Index size, double ratio, Index count, double tolerance) {
  const Tensor<Scalar, 2> m = samples_with<Scalar>(num_rows, size, ratio);
  SymmetricEigen<Scalar> found;
  ASSERT_TRUE(BlockKrylov<Scalar>(m, count, nullptr).run(found));
  const Tensor<double, 2> basis = cosine_basis(size);
  ASSERT_EQ(found.vectors.extent(0), count);
  for (Index i = 0; i < count; ++i) {
    EXPECT_NEAR(static_cast<double>(found.values[static_cast<std::size_t>(i)]),
                std::pow(ratio, 2 * static_cast<double>(i)), tolerance);
    const double cosine = found.vectors.vector(i).template cast<double>().dot(basis.vector(i));
    EXPECT_NEAR(std::abs(cosine), 1, tolerance) << "vector " << i;
  }
}

TEST(BlockKrylov, FindsTheLargestOfFallingSingularValues) {
  expect_krylov<double>(150, 120, 0.8, 5, 1e-12);
  expect_krylov<float>(150, 120, 0.8, 5, 1e-5);
}

TEST(BlockKrylov, RestartsWhereTheSpectrumFallsSlowly) {
  // The basis may hold 3 + 16 * 8 of 400 directions, which cannot separate values 0.1 % apart.
  expect_krylov<double>(410, 400, 0.9995, 1, 1e-12);
}

TEST(BlockKrylov, EndsAfterTheStepsItMayTake) {
  const Tensor<double, 2> m = samples_with<double>(150, 120, 0.9995);
  SymmetricEigen<double> found;
  EXPECT_FALSE(BlockKrylov<double>(m, 3, nullptr).run(found, 2));
  EXPECT_EQ(found.values.size(), 3u);
}

/// [rows, size], noise whose columns are scaled by powers of `ratio`: by 1, a flat spectrum.
Tensor<double, 2> noise_with(Index num_rows, Index size, double ratio) {
  detail::StartNumbers numbers;
  Tensor<double, 2> m({num_rows, size});
  for (double& number : m) number = numbers.next();
  for (Index i = 0; i < size; ++i) m.matrix().col(i) *= std::pow(ratio, static_cast<double>(i));
  return m;
}

/// Counts the steps of BlockKrylov, which asks once in each step.
class CountingExecutor final : public Executor {
 public:
  int concurrency() const override { return 2; }
  void run(Index num_tasks, const std::function<void(Index)>& task) override {
    ++num_steps;
    for (Index i = 0; i < num_tasks; ++i) task(i);
  }
  int num_steps = 0;
};

TEST(BlockKrylov, GivesUpWhenTheResidualsFallTooSlowly) {
  CountingExecutor executor;
  SymmetricEigen<double> found;
  EXPECT_FALSE(BlockKrylov<double>(noise_with(900, 600, 1), 2, &executor).run(found, 30));
  EXPECT_LE(executor.num_steps, 5);
  executor.num_steps = 0;
  EXPECT_TRUE(BlockKrylov<double>(noise_with(900, 600, 0.9), 2, &executor).run(found, 30));
  EXPECT_GT(executor.num_steps, 5);
}

TEST(BlockKrylov, IsNotTriedWhereAllColumnsCostLess) {
  EXPECT_GE(BlockKrylov<double>::affordable_steps(1000, 768, 2), 10);
  EXPECT_EQ(BlockKrylov<double>::affordable_steps(100000, 64, 2), 0);
  EXPECT_EQ(BlockKrylov<double>::affordable_steps(1000, 768, 256), 0);
}

TEST(BlockKrylov, SamplesOfLowRankGiveZeros) {
  Tensor<double, 2> m({100, 90});
  for (Index i = 0; i < 100; ++i) m(i, 3) = m(i, 7) = static_cast<double>(i % 5) - 2;
  SymmetricEigen<double> found;
  ASSERT_TRUE(BlockKrylov<double>(m, 3, nullptr).run(found));
  EXPECT_NEAR(found.values[0], 2 * 200, 1e-10);
  EXPECT_NEAR(found.values[1], 0, 1e-10);
  expect_orthonormal(found.vectors);
}

TEST(BlockKrylov, ThreadsChangeNoBit) {
  ThreadPool pool(2);
  const Tensor<double, 2> m = samples_with<double>(300, 120, 0.9);
  SymmetricEigen<double> one;
  SymmetricEigen<double> two;
  ASSERT_TRUE(BlockKrylov<double>(m, 4, nullptr).run(one));
  ASSERT_TRUE(BlockKrylov<double>(m, 4, &pool).run(two));
  expect_equal(one.vectors, two.vectors);
}

template <class Scalar>
void expect_every_solver_agrees(const Tensor<double, 2>& exact, Index count, double tolerance) {
  const Tensor<Scalar, 2> x = cast<Scalar, double, 2>(exact);
  PcaOptions options = with_solver(PcaSolver::full);
  options.n_components = count;
  const Pca<double> full = Pca<double>(options).fit(exact);
  for (const PcaSolver solver :
       {PcaSolver::covariance_eigh, PcaSolver::top_k, PcaSolver::randomized}) {
    SCOPED_TRACE("solver " + std::to_string(static_cast<int>(solver)));
    options.solver = solver;
    Pca<Scalar> pca(options);
    const Tensor<Scalar, 2> scores = pca.fit_transform(x);
    const double scale = full.singular_values()(0);
    expect_near(pca.components(), full.components(), tolerance);
    expect_near(pca.singular_values(), full.singular_values(), tolerance * scale);
    EXPECT_NEAR(static_cast<double>(pca.noise_variance()), full.noise_variance(),
                tolerance * full.explained_variance()(0));
    expect_near(scores, full.transform(exact), tolerance * scale);
  }
}

TEST(PcaSolvers, AgreeOnTallAndWideSamplesOfManyBlocks) {
  Tensor<double, 2> tall = correlated_samples(900, 130);  // means of 1
  for (Index i = 0; i < 130; ++i) tall.matrix().col(i) *= std::pow(0.8, static_cast<double>(i));
  expect_every_solver_agrees<double>(tall, 4, 1e-9);
  expect_every_solver_agrees<float>(tall, 4, 1e-4);
  const Tensor<double, 2> wide(tall.transpose(0, 1));
  expect_every_solver_agrees<double>(wide, 4, 1e-9);
  expect_every_solver_agrees<float>(wide, 4, 1e-4);
}

TEST(PcaSolvers, NoComponentsLeaveAllVarianceToNoise) {
  const Tensor<double, 2> x = correlated_samples(300, 100);
  for (const bool is_wide : {false, true}) {
    const Tensor<double, 2> samples(is_wide ? x.transpose(0, 1) : x.transpose(0, 0));
    const double expected =
        Pca<double>(with_solver(PcaSolver::full)).fit(samples).explained_variance().vector().mean();
    PcaOptions options = with_solver(PcaSolver::top_k);
    options.n_components = 0;
    Pca<double> pca(options);
    EXPECT_EQ(pca.fit_transform(samples).shape(), (Shape<2>{samples.extent(0), 0}));
    EXPECT_NEAR(pca.noise_variance(), expected, 1e-12);
  }
}

TEST(PcaSolvers, ThreadsChangeNoBit) {
  ThreadPool pool(2);
  const Tensor<double, 2> x = samples_with<double>(900, 130, 0.7);
  for (const PcaSolver solver : kSolvers) {
    for (const bool is_wide : {false, true}) {
      const Tensor<double, 2> samples(is_wide ? x.transpose(0, 1) : x.transpose(0, 0));
      PcaOptions options = with_solver(solver);
      options.n_components = 3;
      const Tensor<double, 2> serial = Pca<double>(options).fit_transform(samples);
      options.executor = &pool;
      expect_equal(Pca<double>(options).fit_transform(samples), serial);
    }
  }
}

}  // namespace
}  // namespace eigenhead
