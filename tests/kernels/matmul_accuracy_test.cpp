// The error table of docs/numerics.md, section "Matrix products": printed, and held to its bounds.

#include "eigenhead/kernels/matmul.hpp"
#include "support/kernel_sets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <type_traits>

namespace eigenhead {
namespace {

constexpr Index kSize = 64;

enum class Data { normal, uniform };

template <class Scalar>
Tensor<Scalar, 2> sample(Data data, Index depth, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  Tensor<Scalar, 2> x(Shape<2>{kSize, depth});
  for (Scalar& value : x)
    value = static_cast<Scalar>(data == Data::normal ? normal(engine) : uniform(engine));
  return x;
}

struct Error {
  double rms = 0;
  double max = 0;
};

/// |C - exact| / (|a| |b|) over all elements of C = A B^T.
template <class Scalar>
Error error_of(const Tensor<Scalar, 2>& a, const Tensor<Scalar, 2>& b, const Tensor<Scalar, 2>& c) {
  Error error;
  for (Index m = 0; m < kSize; ++m) {
    for (Index n = 0; n < kSize; ++n) {
      long double exact = 0;
      long double length_a = 0;
      long double length_b = 0;
      for (Index k = 0; k < a.extent(1); ++k) {
        const long double x = a(m, k);
        const long double y = b(n, k);
        exact += x * y;
        length_a += x * x;
        length_b += y * y;
      }
      const auto e = static_cast<double>(std::abs(static_cast<long double>(c(m, n)) - exact) /
                                         std::sqrt(length_a * length_b));
      error.rms += e * e / static_cast<double>(kSize * kSize);
      error.max = std::max(error.max, e);
    }
  }
  error.rms = std::sqrt(error.rms);
  return error;
}

/// What `highest` is measured by: one chain of multiply-adds, k in order.
template <class Scalar>
Tensor<Scalar, 2> chain(const Tensor<Scalar, 2>& a, const Tensor<Scalar, 2>& b) {
  Tensor<Scalar, 2> c(Shape<2>{kSize, kSize});
  for (Index m = 0; m < kSize; ++m)
    for (Index n = 0; n < kSize; ++n)
      for (Index k = 0; k < a.extent(1); ++k) c(m, n) = std::fma(a(m, k), b(n, k), c(m, n));
  return c;
}

void print_row(const std::string& who, Data data, Index depth, const Error& error) {
  std::printf("| %s | %s | %d | %.1e | %.1e |\n", who.c_str(),
              data == Data::normal ? "normal" : "uniform [0, 1]", static_cast<int>(depth),
              error.rms, error.max);
}

template <class Scalar>
class MultiplyAccuracy : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(MultiplyAccuracy, Scalars);

TYPED_TEST(MultiplyAccuracy, IsNoWorseThanOneChainOfMultiplyAdds) {
  const std::string scalar = std::is_same_v<TypeParam, float> ? "float" : "double";
  std::printf("| %s | data | K | rms | max |\n|---|---|---:|---:|---:|\n", scalar.c_str());
  for (const Data data : {Data::normal, Data::uniform}) {
    for (const Index depth : {64, 768, 3072}) {
      const auto a = sample<TypeParam>(data, depth, 1);
      const auto b = sample<TypeParam>(data, depth, 2);
      const Error of_chain = error_of<TypeParam>(a, b, chain<TypeParam>(a, b));
      print_row("one chain", data, depth, of_chain);
      for_each_kernel_set([&](KernelSet set) {
        Tensor<TypeParam, 2> c(Shape<2>{kSize, kSize});
        multiply<TypeParam>(a, PackedMatrix<TypeParam>(b), c);
        const Error error = error_of<TypeParam>(a, b, c);
        print_row(to_string(set), data, depth, error);
        // Without multiply-add each product is rounded, too.
        const double allowed = set == KernelSet::reference ? 1.5 : 1.0;
        EXPECT_LE(error.rms, allowed * of_chain.rms);
        EXPECT_LE(error.max, allowed * of_chain.max);
      });
    }
  }
}

#if EIGENHEAD_HAS_X86_KERNELS

struct PiecesCase {
  MatmulPrecision precision;
  const char* name;
  Error bound;
};

TEST(MultiplyAccuracyOfPieces, EachPrecisionKeepsItsBounds) {
  if (!detail::cpu_features().has_avx512_bf16) GTEST_SKIP() << "needs AVX512_BF16";
  std::printf("| float | data | K | rms | max |\n|---|---|---:|---:|---:|\n");
  for (const Data data : {Data::normal, Data::uniform}) {
    for (const Index depth : {64, 768, 3072}) {
      const auto a = sample<float>(data, depth, 1);
      const auto b = sample<float>(data, depth, 2);
      const Error of_chain = error_of<float>(a, b, chain<float>(a, b));
      for (const auto& [precision, name, bound] :
           {PiecesCase{MatmulPrecision::medium, "medium", {3.5e-4, 1.5e-3}},
            PiecesCase{MatmulPrecision::high, "high", {7e-7, 3e-6}},
            PiecesCase{MatmulPrecision::highest_by_pieces, "highest_by_pieces", of_chain}}) {
        Tensor<float, 2> c(Shape<2>{kSize, kSize});
        multiply<float>(a,
                        PackedMatrix<float>({b}, precision, KernelSet::avx512,
                                            &detail::avx512_bf16::kBfloat16Kernels),
                        c);
        const Error error = error_of<float>(a, b, c);
        print_row(name, data, depth, error);
        EXPECT_LE(error.rms, bound.rms);
        EXPECT_LE(error.max, bound.max);
      }
    }
  }
}

#endif

}  // namespace
}  // namespace eigenhead
