// Products of bfloat16 pieces on each unit: tiles in plain C++ everywhere, VDPBF16PS where the
// processor has it, AMX where it has that or, instruction by instruction, a signal handler stands
// in for it.

#include "eigenhead/kernels/bfloat16_kernels.hpp"

#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/kernels/bfloat16_tiles.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/reference/bfloat16.hpp"
#include "support/amx_instructions.hpp"
#include "support/guarded_array.hpp"
#include "support/kernel_sets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using detail::Bfloat16Kernels;

/// What AMX does, in plain C++: one product and addition after the other, denormals are zero.
struct EmulatedTiles {
  static void configure() { is_configured = true; }
  static void release() { is_configured = false; }

  template <int kTile>
  static void zero() {
    std::memset(tiles[kTile], 0, sizeof tiles[kTile]);
  }
  template <int kTile>
  static void load(const float* from, Index stride) {
    for (Index row = 0; row < 16; ++row) std::memcpy(tiles[kTile][row], from + row * stride, 64);
  }
  template <int kTile>
  static void store(float* to, Index stride) {
    ASSERT_TRUE(is_configured);
    for (Index row = 0; row < 16; ++row) std::memcpy(to + row * stride, tiles[kTile][row], 64);
  }
  template <int kTile>
  static void add_to(float* to, Index stride) {
    ASSERT_TRUE(is_configured);
    for (Index row = 0; row < 16; ++row)
      for (Index n = 0; n < 16; ++n) to[row * stride + n] += tiles[kTile][row][n];
  }
  template <int kSums, int kLeft, int kRight>
  static void multiply() {
    for (int m = 0; m < 16; ++m)
      for (int n = 0; n < 16; ++n)
        for (int pair = 0; pair < 16; ++pair)
          for (int half = 0; half < 2; ++half)
            add(number(kLeft, m, pair, half), number(kRight, pair, n, half), tiles[kSums][m][n]);
  }

  static float number(int tile, int row, int column, int half) {
    std::uint16_t bits;
    std::memcpy(&bits, reinterpret_cast<const char*>(&tiles[tile][row][column]) + 2 * half, 2);
    const float x = detail::reference::float_from_bfloat16(bits);
    return std::fpclassify(x) == FP_SUBNORMAL ? 0.0f : x;
  }
  static void add(float x, float y, float& sum) {
    sum += x * y;  // the product of two bfloat16 is a float
    if (std::fpclassify(sum) == FP_SUBNORMAL) sum = 0;
  }

  static thread_local bool is_configured;
  static thread_local float tiles[8][16][16];
};
thread_local bool EmulatedTiles::is_configured = false;
thread_local float EmulatedTiles::tiles[8][16][16];

constexpr Bfloat16Kernels kEmulatedKernels = {
    detail::with_unit<EmulatedTiles>(detail::reference::kMatmulKernels<float>),
    detail::reference::split, detail::reference::pair_rows};

/// body(kernels) for each unit that runs here.
template <class Body>
void for_each_unit(Body&& body) {
  {
    SCOPED_TRACE("emulated tiles");
    body(kEmulatedKernels);
  }
#if EIGENHEAD_HAS_X86_KERNELS
  if (detail::cpu_features().has_avx512_bf16) {
    SCOPED_TRACE("VDPBF16PS");
    body(detail::avx512_bf16::kBfloat16Kernels);
  }
#endif
#if EIGENHEAD_HAS_AMX_KERNELS
  if (active_kernels() == KernelSet::amx) {  // see tested_kernel_sets
    SCOPED_TRACE("AMX");
    body(detail::amx::kBfloat16Kernels);
  } else if (!detail::cpu_features().has_amx_bf16 && is_supported(KernelSet::avx512)) {
    SCOPED_TRACE("AMX, its instructions emulated");
    const AmxInstructions instructions;
    body(detail::amx::kBfloat16Kernels);
  }
#endif
}

constexpr MatmulPrecision kPrecisions[] = {MatmulPrecision::medium, MatmulPrecision::high,
                                           MatmulPrecision::highest_by_pieces};

PackedMatrix<float> packed(const TensorView<const float, 2>& weight, MatmulPrecision precision,
                           const Bfloat16Kernels& kernels) {
  return PackedMatrix<float>({weight}, precision, active_kernels(), &kernels);
}

/// Integers from -8 to 8, which are bfloat16: sums of 800 products are exact in any order.
Tensor<float, 2> integers(Index rows, Index columns, unsigned seed) {
  std::mt19937 engine(seed);
  Tensor<float, 2> x(Shape<2>{rows, columns});
  for (float& value : x) value = static_cast<float>(static_cast<int>(engine() % 17) - 8);
  return x;
}

Tensor<float, 2> normal_numbers(Index rows, Index columns, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  Tensor<float, 2> x(Shape<2>{rows, columns});
  for (float& value : x) value = normal(engine);
  return x;
}

/// x rounded to 8 significant bits, ties to even, in double; not beyond the largest bfloat16.
double rounded(double x) {
  constexpr double kLargest = 0x1.fep127;
  if (x == 0 || !std::isfinite(x)) return x;
  const int last_place = std::max(std::ilogb(x) - 7, -133);
  const double result = std::ldexp(std::nearbyint(std::ldexp(x, -last_place)), last_place);
  return std::clamp(result, -kLargest, kLargest);
}

Eigen::MatrixXd product_in_double(const Tensor<float, 2>& input, const Tensor<float, 2>& weight) {
  return input.matrix().cast<double>() * weight.matrix().cast<double>().transpose();
}

TEST(Bfloat16Tiles, ProbeAcceptsAnExactUnit) {
  EXPECT_TRUE(detail::gives_exact_product<EmulatedTiles>());
}

struct TilesThatForgetTheLastPair : EmulatedTiles {
  template <int kSums, int kLeft, int kRight>
  static void multiply() {
    for (auto& row : tiles[kLeft]) row[15] = 0;
    EmulatedTiles::multiply<kSums, kLeft, kRight>();
  }
};

TEST(Bfloat16Tiles, ProbeRefusesAWrongUnit) {
  EXPECT_FALSE(detail::gives_exact_product<TilesThatForgetTheLastPair>());
}

float number_of_piece(const std::vector<float>& pieces, Index i) {
  std::uint16_t bits;
  std::memcpy(&bits, reinterpret_cast<const char*>(pieces.data()) + 2 * i, 2);
  return detail::reference::float_from_bfloat16(bits);
}

TEST(Bfloat16Split, OnePieceIsTheNearestBfloat16AndNeverInfinityForAFiniteNumber) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    std::vector<float> x(65536);
    std::vector<float> pieces(32768);
    for (const std::uint32_t lower : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
      for (std::uint32_t upper = 0; upper < 65536; ++upper)
        x[upper] = detail::reference::float_of_bits(upper << 16 | lower);
      kernels.split(x.data(), 65536, 1, pieces.data(), 32768);
      for (Index i = 0; i < 65536; ++i) {
        const float value = x[static_cast<std::size_t>(i)];
        const float piece = number_of_piece(pieces, i);
        if (std::isnan(value))
          ASSERT_TRUE(std::isnan(piece)) << i << ", " << lower;
        else
          ASSERT_EQ(static_cast<double>(piece), rounded(static_cast<double>(value)))
              << i << ", " << lower;
      }
    }
  });
}

TEST(Bfloat16Split, PiecesAreHighMiddleLowAndNotFiniteOnlyInTheFirst) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    const float infinity = std::numeric_limits<float>::infinity();
    const float largest = std::numeric_limits<float>::max();
    const std::vector<float> x = {1.00390625f, 3.14159274f, -2.7182817f, largest, infinity,
                                  -infinity,   NAN,         0.0f,        1e-30f,  -largest};
    std::vector<float> pieces(64, 7.0f);
    kernels.split(x.data(), static_cast<Index>(x.size()), 4, pieces.data(), 16);
    for (Index i = 0; i < 32; ++i) {
      const float first = number_of_piece(pieces, i);
      const float high = number_of_piece(pieces, 32 + i);
      const float middle = number_of_piece(pieces, 64 + i);
      const float low = number_of_piece(pieces, 96 + i);
      const float value = i < static_cast<Index>(x.size()) ? x[static_cast<std::size_t>(i)] : 0.0f;
      if (std::isfinite(value)) {
        ASSERT_EQ(static_cast<double>(high), rounded(static_cast<double>(value))) << i;
        const double exact_middle = rounded(static_cast<double>(value - high));
        ASSERT_EQ(static_cast<double>(middle), std::clamp(exact_middle, -0x1.fep119, 0x1.fep119))
            << i;
        ASSERT_EQ(low, value - high - middle) << i;
        ASSERT_EQ(first, high) << i;
      } else {
        ASSERT_EQ(high, 0.0f) << i;
        ASSERT_EQ(middle, 0.0f) << i;
        ASSERT_EQ(low, 0.0f) << i;
        ASSERT_TRUE(std::isnan(value) ? std::isnan(first) : first == value) << i;
      }
    }
  });
}

TEST(Bfloat16Split, EveryUnitGivesTheBitsOfTheReferenceAndThreePiecesWholeFloats) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    std::vector<float> x(65536);
    std::vector<float> pieces(std::size_t{4} * 32768);
    std::vector<float> expected(pieces.size());
    for (const std::uint32_t lower : {0u, 1u, 0x7fu, 0x7fffu, 0x8000u, 0x8001u, 0xabcdu, 0xffffu}) {
      for (std::uint32_t upper = 0; upper < 65536; ++upper)
        x[upper] = detail::reference::float_of_bits(upper << 16 | lower);
      for (const Index num_pieces : {1, 3, 4}) {
        kernels.split(x.data(), 65536, num_pieces, pieces.data(), 32768);
        detail::reference::split(x.data(), 65536, num_pieces, expected.data(), 32768);
        ASSERT_EQ(std::memcmp(pieces.data(), expected.data(),
                              static_cast<std::size_t>(num_pieces) * 32768 * sizeof(float)),
                  0)
            << num_pieces << " pieces, " << lower;
      }
      for (Index i = 0; i < 65536; ++i) {
        const float value = x[static_cast<std::size_t>(i)];
        if (!std::isfinite(value) || std::abs(value) < 0x1p-103f) continue;
        const float sum = number_of_piece(pieces, 65536 + i) + number_of_piece(pieces, 131072 + i);
        ASSERT_EQ(sum + number_of_piece(pieces, 196608 + i), value) << i << ", " << lower;
      }
    }
  });
}

TEST(Bfloat16PairRows, AreRoundedNumbersOfNeighbouringRowsAndZeros) {
  const float infinity = std::numeric_limits<float>::infinity();
  for_each_unit([&](const Bfloat16Kernels& kernels) {
    for (const Index rows : {1, 2, 31, 32, 33})
      for (const Index columns : {1, 15, 16, 17, 33}) {
        const Index stride = columns + 3;
        const Index width = (columns + 15) / 16 * 16;
        GuardedArray<float> from((rows - 1) * stride + columns);
        for (Index i = 0; i < (rows - 1) * stride + columns; ++i)
          from[i] = i % stride < columns ? std::ldexp(1.0f + static_cast<float>(i % 91) / 91.0f,
                                                      static_cast<int>(i * 7 % 260) - 135)
                                         : NAN;  // in gaps, which nobody looks at
        from[0] = -std::numeric_limits<float>::max();
        std::vector<float> pairs(static_cast<std::size_t>(detail::num_pairs(rows) * width), 7.0f);
        const auto pair_rows = [&] {
          return kernels.pair_rows(from.data(), stride, rows, columns, pairs.data(), width);
        };
        EXPECT_TRUE(pair_rows());
        for (Index row = 0; row < 2 * detail::num_pairs(rows); ++row)
          for (Index column = 0; column < width; ++column) {
            const bool is_given = row < rows && column < columns;
            const double value = is_given ? static_cast<double>(from[row * stride + column]) : 0.0;
            const Index number = 2 * (row / 2 * width + column) + row % 2;
            ASSERT_EQ(static_cast<double>(number_of_piece(pairs, number)), rounded(value))
                << rows << " x " << columns << " at " << row << ", " << column;
          }
        for (const float x : {infinity, -infinity, NAN}) {
          from[(rows - 1) * stride + columns - 1] = x;
          EXPECT_FALSE(pair_rows()) << rows << " x " << columns;
          const Index last = 2 * ((rows - 1) / 2 * width + columns - 1) + (rows - 1) % 2;
          const float piece = number_of_piece(pairs, last);
          EXPECT_TRUE(std::isnan(x) ? std::isnan(piece) : piece == x);
        }
      }
  });
}

/// Queries and keys are bfloat16, so that only the rounding of weights and values remains.
TEST(Bfloat16Attention, OfEveryUnitIsTheReferenceUpToTheRoundingOfWeights) {
  const auto as_heads = [](const Tensor<float, 2>& x, Index heads) {
    return TensorView<const float, 4>(x.data(),
                                      Shape<4>{1, heads, x.extent(0) / heads, x.extent(1)});
  };
  const Tensor<float, 2> queries = integers(2 * 41, 19, 21);
  const Tensor<float, 2> keys = integers(405, 19, 22);
  const Tensor<float, 2> values = integers(405, 37, 23);
  const Tensor<Index, 1> valid_lengths({1}, {403});
  AttentionOptions<float> options;
  options.scale = 0x1p-6f;
  options.valid_lengths = valid_lengths;
  options.kernel = AttentionKernel::reference;
  options.with_weights = true;
  const auto expected = scaled_dot_product_attention(as_heads(queries, 2), as_heads(keys, 1),
                                                     as_heads(values, 1), options);
  for_each_unit([&](const Bfloat16Kernels& kernels) {
    for (const Index num_queries : {9, 16, 17, 41}) {  // a product may touch 15 rows more
      const auto query = as_heads(queries, 2).slice(2, 0, num_queries);
      const auto problem =
          detail::check_attention<float>(query, as_heads(keys, 1), as_heads(values, 1), options);
      const detail::AttentionKernels<float> all(active_kernels(), &kernels);
      Tensor<float, 4> outputs[2], weights(Shape<4>{1, 2, num_queries, 405});
      for (Tensor<float, 4>& output : outputs)
        output = Tensor<float, 4>(Shape<4>{1, 2, num_queries, 37});
      AttentionOutputViews<float> views;
      views.output = outputs[0];
      detail::attend_fused(problem, views, all, nullptr);
      views.output = outputs[1];
      views.weights = weights;
      detail::attend_fused_with_weights(problem, views, all, nullptr);
      const auto wanted = expected.output.slice(2, 0, num_queries);
      for (Index h = 0; h < 2; ++h)
        for (Index t = 0; t < num_queries; ++t) {
          for (Index d = 0; d < 37; ++d)
            for (const Tensor<float, 4>& output : outputs)
              ASSERT_NEAR(output(0, h, t, d), wanted(0, h, t, d), 8 * 0x1p-9) << h << t << d;
          for (Index s = 0; s < 405; ++s)
            ASSERT_NEAR(weights(0, h, t, s), expected.weights(0, h, t, s), 1e-6);
        }
    }
  });
}

/// Products of the first rows of input and weight, exact.
void expect_exact(const Bfloat16Kernels& kernels, MatmulPrecision precision,
                  const Tensor<float, 2>& input, const Tensor<float, 2>& weight, Index rows,
                  Index columns) {
  Tensor<float, 2> output(Shape<2>{rows, columns});
  output.fill(NAN);
  multiply<float>(input.slice(0, 0, rows), packed(weight.slice(0, 0, columns), precision, kernels),
                  output);
  const Eigen::MatrixXd expected = product_in_double(input, weight).topLeftCorner(rows, columns);
  ASSERT_EQ(output.matrix().cast<double>(), expected)
      << rows << " x " << input.extent(1) << " -> " << columns;
}

TEST(Bfloat16Multiply, EveryNumberOfRowsAndColumnsIsExactForIntegers) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const Index depth : {0, 1, 31, 33, 65}) {
      const auto input = integers(70, depth, 1);
      const auto weight = integers(70, depth, 2);
      for (Index size = 1; size <= 70; ++size) {
        for (const Index rows : {1, 16, 17, 33})
          expect_exact(kernels, MatmulPrecision::medium, input, weight, rows, size);
        for (const Index columns : {1, 33, 49})
          expect_exact(kernels, MatmulPrecision::medium, input, weight, size, columns);
      }
    }
  });
}

TEST(Bfloat16Multiply, EveryDepthIsExactForIntegers) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const MatmulPrecision precision : kPrecisions) {
      for (Index depth = 1; depth <= 70; ++depth)
        expect_exact(kernels, precision, integers(9, depth, 3), integers(50, depth, 4), 9, 50);
      for (const Index depth : {767, 768, 769, 1537})  // around blocks of 384 pairs
        expect_exact(kernels, precision, integers(3, depth, 5), integers(20, depth, 6), 3, 20);
    }
  });
}

TEST(Bfloat16Multiply, TransposedInputAndWeightAndStridedOutputAreTakenInPlace) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const MatmulPrecision precision : kPrecisions) {
      const auto input = integers(21, 37, 7);
      const auto weight = integers(34, 37, 8);
      const Tensor<float, 2> input_transposed(input.matrix().transpose());
      const Tensor<float, 2> weight_transposed(weight.matrix().transpose());
      Tensor<float, 2> memory(Shape<2>{21, 40});
      memory.fill(99);
      multiply<float>(input_transposed.transpose(0, 1),
                      packed(weight_transposed.transpose(0, 1), precision, kernels),
                      memory.view().slice(1, 3, 37));
      EXPECT_EQ(memory.matrix().middleCols(3, 34).cast<double>(), product_in_double(input, weight));
      EXPECT_TRUE((memory.matrix().leftCols(3).array() == 99).all());
      EXPECT_TRUE((memory.matrix().rightCols(3).array() == 99).all());
    }
  });
}

TEST(Bfloat16Multiply, NothingBehindTheMatricesIsTouched) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const MatmulPrecision precision : kPrecisions) {
      for (const Index columns : {1, 15, 17, 49}) {
        const auto input = integers(11, 5, 9);
        const auto weight = integers(columns, 5, 10);
        GuardedArray<float> left(55);
        GuardedArray<float> right(columns * 5);
        GuardedArray<float> output(11 * columns);
        std::copy(input.begin(), input.end(), left.begin());
        std::copy(weight.begin(), weight.end(), right.begin());
        const TensorView<float, 2> view(output.data(), Shape<2>{11, columns});
        const TensorView<const float, 2> all(right.data(), Shape<2>{columns, 5});
        multiply<float>(TensorView<float, 2>(left.data(), Shape<2>{11, 5}),
                        packed(all, precision, kernels), view);
        EXPECT_EQ(view.matrix().cast<double>(), product_in_double(input, weight));
        EXPECT_TRUE(output.has_clean_front());
      }
    }
  });
}

/// Root of the mean square and largest of |output - exact| / (|a| |b|), |a| |b| ~ K.
std::array<double, 2> errors(const Tensor<float, 2>& output, const Eigen::MatrixXd& exact,
                             Index depth) {
  const Eigen::ArrayXXd error =
      (output.matrix().cast<double>() - exact).array().abs() / static_cast<double>(depth);
  return {std::sqrt(error.square().mean()), error.maxCoeff()};
}

TEST(Bfloat16Multiply, MediumIsTheFloatProductOfRoundedNumbers) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const Index depth : {63, 768, 3071}) {
      const auto input = normal_numbers(37, depth, 11);
      const auto weight = normal_numbers(53, depth, 12);
      Tensor<float, 2> output(Shape<2>{37, 53});
      multiply<float>(input, packed(weight, MatmulPrecision::medium, kernels), output);
      const Eigen::MatrixXd exact = input.matrix().cast<double>().unaryExpr(&rounded) *
                                    weight.matrix().cast<double>().unaryExpr(&rounded).transpose();
      const auto [rms, largest] = errors(output, exact, depth);
      EXPECT_LE(rms, 2.5e-8) << depth;
      EXPECT_LE(largest, 2e-7) << depth;
    }
  });
}

/// One chain of multiply-adds, k in order.
Tensor<float, 2> chain_of_floats(const Tensor<float, 2>& input, const Tensor<float, 2>& weight) {
  Tensor<float, 2> output(Shape<2>{input.extent(0), weight.extent(0)});
  for (Index m = 0; m < input.extent(0); ++m)
    for (Index n = 0; n < weight.extent(0); ++n)
      for (Index k = 0; k < input.extent(1); ++k)
        output(m, n) = std::fma(input(m, k), weight(n, k), output(m, n));
  return output;
}

TEST(Bfloat16Multiply, HighestByPiecesIsNoLessAccurateThanOneChainOfMultiplyAdds) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const bool is_positive : {false, true}) {
      for (const Index depth : {64, 768, 3072}) {  // one block of 768, and four
        auto input = normal_numbers(20, depth, 21);
        auto weight = normal_numbers(33, depth, 22);
        if (is_positive) input.matrix() = input.matrix().cwiseAbs();
        if (is_positive) weight.matrix() = weight.matrix().cwiseAbs();
        const Eigen::MatrixXd exact = product_in_double(input, weight);
        Tensor<float, 2> output(Shape<2>{20, 33});
        multiply<float>(input, packed(weight, MatmulPrecision::highest_by_pieces, kernels), output);
        const auto [rms, largest] = errors(output, exact, depth);
        const auto [chain_rms, chain_largest] =
            errors(chain_of_floats(input, weight), exact, depth);
        EXPECT_LE(rms, chain_rms) << depth << (is_positive ? ", positive" : "");
        EXPECT_LE(largest, chain_largest) << depth << (is_positive ? ", positive" : "");
      }
    }
  });
}

TEST(Bfloat16Multiply, SmallNumbersLoseLessThanTheSmallestNormalNumberForEachPiece) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    const Index depth = 64;
    const auto weight = normal_numbers(33, depth, 24);  // below 5
    for (const int exponent : {-100, -110, -118, -125}) {
      auto input = normal_numbers(20, depth, 23);
      input.matrix() *= std::ldexp(1.0f, exponent);
      Tensor<float, 2> output(Shape<2>{20, 33});
      multiply<float>(input, packed(weight, MatmulPrecision::highest_by_pieces, kernels), output);
      const double largest =
          (output.matrix().cast<double>() - product_in_double(input, weight)).cwiseAbs().maxCoeff();
      const double of_rounding = 2e-7 * std::ldexp(static_cast<double>(depth), exponent);
      EXPECT_LE(largest, of_rounding + static_cast<double>(depth) * 3 * 5 * 0x1p-126) << exponent;
    }
  });
}

TEST(Bfloat16Multiply, HighHasLessThanAFourHundredthOfTheErrorOfMedium) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    const auto input = normal_numbers(37, 768, 13);
    const auto weight = normal_numbers(53, 768, 14);
    Tensor<float, 2> output(Shape<2>{37, 53});
    multiply<float>(input, packed(weight, MatmulPrecision::medium, kernels), output);
    const double medium = errors(output, product_in_double(input, weight), 768)[0];
    multiply<float>(input, packed(weight, MatmulPrecision::high, kernels), output);
    const double high = errors(output, product_in_double(input, weight), 768)[0];
    EXPECT_GT(medium, 5e-5);
    EXPECT_LT(high, 2.5e-7);
    EXPECT_LT(high, medium / 400);
  });
}

bool has_same_bits(const TensorView<const float, 2>& a, const TensorView<const float, 2>& b) {
  if (a.shape() != b.shape()) return false;
  const auto row_bytes = static_cast<std::size_t>(a.extent(1)) * sizeof(float);
  for (Index row = 0; row < a.extent(0); ++row)
    if (std::memcmp(&a(row, 0), &b(row, 0), row_bytes) != 0) return false;
  return true;
}

TEST(Bfloat16Multiply, BitsOfARowDependNeitherOnItsNeighboursNorOnThreads) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const MatmulPrecision precision : kPrecisions) {
      const Index rows = 1100;  // split in two parts
      const auto input = normal_numbers(rows, 70, 15);
      const PackedMatrix<float> weight = packed(normal_numbers(70, 70, 16), precision, kernels);
      Tensor<float, 2> all(Shape<2>{rows, 70});
      multiply<float>(input, weight, all);
      for (const Index count : {1, 2, 15, 17, 40}) {
        for (const Index begin : {Index{0}, Index{3}, Index{1020}, rows - count}) {
          Tensor<float, 2> some(Shape<2>{count, 70});
          multiply<float>(input.slice(0, begin, begin + count), weight, some);
          EXPECT_TRUE(has_same_bits(some, all.slice(0, begin, begin + count)))
              << count << " rows from " << begin;
        }
      }
      ThreadPool pool(3);
      MultiplyOptions<float> options;
      options.executor = &pool;
      Tensor<float, 2> output(Shape<2>{rows, 70});
      multiply<float>(input, weight, output, options);
      EXPECT_TRUE(has_same_bits(output, all));
    }
  });
}

TEST(Bfloat16Multiply, BiasActivationAndResidualGiveTheBitsOfSeparateOperations) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    for (const Index rows : {9, 1030}) {
      const auto input = normal_numbers(rows, 40, 17);
      const PackedMatrix<float> weight =
          packed(normal_numbers(37, 40, 18), MatmulPrecision::medium, kernels);
      const Tensor<float, 1> bias(normal_numbers(1, 37, 19).matrix().row(0));
      const auto residual = normal_numbers(rows, 37, 20);
      Tensor<float, 2> expected(residual.shape());
      multiply<float>(input, weight, expected);
      expected.matrix().rowwise() += bias.vector();
      expected.matrix() = expected.matrix().cwiseMax(0.0f) + residual.matrix();
      MultiplyOptions<float> options;
      options.bias = bias;
      options.activation = EpilogueActivation::relu;
      Tensor<float, 2> in_place = residual;
      options.residual = in_place;
      multiply<float>(input, weight, in_place, options);
      EXPECT_TRUE(has_same_bits(in_place, expected)) << rows;
    }
  });
}

TEST(Bfloat16Multiply, NaNAndInfinityGiveWhatFloatProductsGive) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    const float infinity = std::numeric_limits<float>::infinity();
    for (const MatmulPrecision precision : kPrecisions) {
      Tensor<float, 2> input(Shape<2>{20, 3});
      input.fill(1);
      input(4, 1) = infinity;
      input(5, 1) = -infinity;
      input(6, 0) = NAN;
      Tensor<float, 2> weight(Shape<2>{50, 3});
      weight.fill(1);        // its low piece is 0, which must not meet the infinities
      weight(7, 1) = -2.3f;  // its low piece has another sign
      weight(8, 1) = 0;
      if (precision == MatmulPrecision::medium) weight(49, 2) = infinity;
      const PackedMatrix<float> matrix = packed(weight, precision, kernels);
      ASSERT_NE(matrix.num_bfloat16_products(), 0);
      Tensor<float, 2> output(Shape<2>{20, 50});
      multiply<float>(input, matrix, output);
      for (Index m = 0; m < 20; ++m) {
        for (Index n = 0; n < 50; ++n) {
          const float expected =
              input(m, 0) * weight(n, 0) + input(m, 1) * weight(n, 1) + input(m, 2) * weight(n, 2);
          if (std::isnan(expected))
            ASSERT_TRUE(std::isnan(output(m, n))) << m << ", " << n;
          else if (std::isinf(expected))
            ASSERT_EQ(output(m, n), expected) << m << ", " << n;
          else
            ASSERT_NEAR(output(m, n), expected, 0.01) << m << ", " << n;
        }
      }
    }
  });
}

TEST(Bfloat16Multiply, LargestFloatBecomesTheLargestBfloat16AndDenormalsZero) {
  for_each_unit([](const Bfloat16Kernels& kernels) {
    const float largest = std::numeric_limits<float>::max();
    const float denormal = 0x1p-130f;
    const Tensor<float, 2> input({4, 1}, {largest, -largest, denormal, 0x1p-126f});
    const Tensor<float, 2> weight({2, 1}, {1, 0.5f});
    Tensor<float, 2> output(Shape<2>{4, 2});
    multiply<float>(input, packed(weight, MatmulPrecision::medium, kernels), output);
    EXPECT_EQ(output.matrix(), (Tensor<float, 2>({4, 2}, {0x1.fep127f, 0x1.fep126f, -0x1.fep127f,
                                                          -0x1.fep126f, 0, 0, 0x1p-126f, 0})
                                    .matrix()));
    multiply<float>(input, packed(weight, MatmulPrecision::high, kernels), output);
    EXPECT_EQ(output(0, 0), 0x1.fffep127f);
    EXPECT_EQ(output(2, 0), 0);
    multiply<float>(input, packed(weight, MatmulPrecision::highest_by_pieces, kernels), output);
    EXPECT_EQ(output(0, 0), largest);
    EXPECT_EQ(output(1, 1), -largest / 2);
    EXPECT_EQ(output(2, 0), 0);
  });
}

TEST(Bfloat16PackedMatrix, SeveralProductsNeedAFiniteMatrixAndHighestNeedsNone) {
  Tensor<float, 2> weight(Shape<2>{3, 2});
  const auto num_products = [&](MatmulPrecision precision) {
    return packed(weight, precision, kEmulatedKernels).num_bfloat16_products();
  };
  EXPECT_EQ(num_products(MatmulPrecision::highest), 0);
  EXPECT_EQ(num_products(MatmulPrecision::highest_by_pieces), 6);
  EXPECT_EQ(num_products(MatmulPrecision::high), 3);
  EXPECT_EQ(num_products(MatmulPrecision::medium), 1);
  weight(2, 1) = std::numeric_limits<float>::infinity();
  EXPECT_EQ(num_products(MatmulPrecision::highest_by_pieces), 0);
  EXPECT_EQ(num_products(MatmulPrecision::high), 0);
  EXPECT_EQ(num_products(MatmulPrecision::medium), 1);
}

TEST(Bfloat16PackedMatrix, EachPieceTakesHalfTheMemoryOfFloats) {
  const Tensor<float, 2> weight(Shape<2>{16, 64});
  EXPECT_EQ(PackedMatrix<float>(weight).packed_bytes(), 4096);
  EXPECT_EQ(packed(weight, MatmulPrecision::medium, kEmulatedKernels).packed_bytes(), 2048);
  EXPECT_EQ(packed(weight, MatmulPrecision::high, kEmulatedKernels).packed_bytes(), 4096);
  EXPECT_EQ(packed(weight, MatmulPrecision::highest_by_pieces, kEmulatedKernels).packed_bytes(),
            6144);
}

TEST(Bfloat16PackedMatrix, UnitIsThatOfTheForcedSet) {
  for_each_kernel_set([](KernelSet set) {
    const Tensor<float, 2> weight({2, 2}, {1.0f + 0x1p-9f, 0, 0, 1});
    const PackedMatrix<float> medium(weight, MatmulPrecision::medium);
    const PackedMatrix<float> high(weight, MatmulPrecision::high);
    const PackedMatrix<float> highest_by_pieces(weight, MatmulPrecision::highest_by_pieces);
    const bool is_fast =
        detail::cpu_features().has_avx512_bf16 && detail::cpu_features().is_from_amd;
    const bool has_one = set == KernelSet::amx || (set == KernelSet::avx512 && is_fast);
    EXPECT_EQ(PackedMatrix<float>(weight).num_bfloat16_products(), 0);
    EXPECT_EQ(medium.num_bfloat16_products(), has_one ? 1 : 0);
    EXPECT_EQ(high.num_bfloat16_products(), set == KernelSet::amx ? 3 : 0);
    EXPECT_EQ(highest_by_pieces.num_bfloat16_products(), set == KernelSet::amx ? 6 : 0);
    Tensor<float, 2> output(Shape<2>{1, 2});
    multiply<float>(Tensor<float, 2>({1, 2}, {1, 0}), medium, output);
    EXPECT_EQ(output(0, 0), has_one ? 1.0f : 1.0f + 0x1p-9f);  // which arithmetic ran
    multiply<float>(Tensor<float, 2>({1, 2}, {1, 0}), high, output);
    EXPECT_EQ(output(0, 0), 1.0f + 0x1p-9f);
  });
}

}  // namespace
}  // namespace eigenhead
