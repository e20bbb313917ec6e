#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/random/draw.hpp"
#include "eigenhead/random/torch_avx2.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <type_traits>
#include <utility>

namespace eigenhead {

/// Which of PyTorch's ways to compute on a CPU is reproduced; they differ in last bits.
enum class TorchCpuPath {
  scalar,  ///< ATEN_CPU_CAPABILITY=default, and Apple's and other ARM computers
  avx2     ///< nearly all x86 computers, those with AVX-512 too; may be reproduced on any machine
};

/// The stream of `torch.manual_seed(seed)` on the CPU and the functions that draw from it.
///
///     TorchGenerator generator(0);
///     Tensor<float, 2> x = generator.rand<float>(3, 8);  // torch.manual_seed(0); torch.rand(3, 8)
///
/// The state is this object alone: a copy continues the stream independently. Scalar is float (the
/// default, as in PyTorch) or double. Extents are integers, one per dimension; a negative one
/// throws ShapeError. Elements are drawn in row-major order.
///
/// Numerics: bit for bit PyTorch's results on the chosen path; normal numbers are as exact as
/// std::log, std::cos and std::sin, except 16 or more float ones on the AVX2 path, which need none
/// of them. The paths differ by up to 1e-6 standard deviations in those 16 or more float normal
/// numbers, and in the last bit where uniform adds low or normal adds a mean; all else is equal.
/// Fewer than 16 normal numbers come from another formula than more, so randn(2, 4) is no prefix of
/// randn(4, 4); that too is as in PyTorch.
/// Source: at::CPUGeneratorImpl, DistributionsHelper.h, DistributionTemplates.h of PyTorch 1.13.
class TorchGenerator {
 public:
  explicit TorchGenerator(std::int64_t seed, TorchCpuPath path = TorchCpuPath::scalar)
      : path_(path) {
    manual_seed(seed);
  }

  /// Starts the stream anew. Like PyTorch, only the low 32 bits count: -1 equals 2^32 - 1.
  void manual_seed(std::int64_t seed) {
    engine_.seed(static_cast<std::uint32_t>(static_cast<std::uint64_t>(seed) & 0xffffffffu));
    kept_normal_.reset();
  }

  /// Uniform on [0, 1): multiples of 2^-24 (float) or 2^-53 (double).
  template <class Scalar = float, class... Extents>
  auto rand(Extents... extents) {
    return detail::draw_tensor<Scalar>([this] { return next_uniform<Scalar>(); }, extents...);
  }

  /// low + (high - low) * rand, as torch.empty(extents).uniform_(low, high).
  /// Throws ValueError unless low <= high and high - low is finite in Scalar.
  template <class Scalar = float, class... Extents>
  auto uniform(double low, double high, Extents... extents) {
    const auto offset = static_cast<Scalar>(low);
    const Scalar range = static_cast<Scalar>(high) - offset;
    check<ValueError>(low <= high && std::isfinite(range),
                      "TorchGenerator::uniform: low must be <= high and the range finite", "low",
                      low, "high", high);
    return detail::draw_tensor<Scalar>(
        [&] { return multiply_add(next_uniform<Scalar>(), range, offset); }, extents...);
  }

  /// Standard normal numbers.
  template <class Scalar = float, class... Extents>
  auto randn(Extents... extents) {
    return normal<Scalar>(0, 1, extents...);
  }

  /// mean + standard_deviation * randn, as torch.empty(extents).normal_(mean, standard_deviation).
  /// Throws ValueError unless standard_deviation >= 0.
  template <class Scalar = float, class... Extents>
  auto normal(double mean, double standard_deviation, Extents... extents) {
    constexpr int kRank = static_cast<int>(sizeof...(Extents));
    check<ValueError>(standard_deviation >= 0,
                      "TorchGenerator::normal: standard_deviation must be >= 0",
                      "standard_deviation", standard_deviation);
    if (Shape<kRank>{extents...}.size() < kBlock)
      return detail::draw_tensor<Scalar>(
          [&] {
            return static_cast<Scalar>(multiply_add(next_normal(), standard_deviation, mean));
          },
          extents...);
    Tensor<Scalar, kRank> result = rand<Scalar>(extents...);
    for (Index i = 0; i + kBlock <= result.size(); i += kBlock)
      make_block_normal(result.data() + i, static_cast<Scalar>(mean),
                        static_cast<Scalar>(standard_deviation));
    if (result.size() % kBlock != 0) {
      Scalar* const last = result.end() - kBlock;  // overlaps the block before
      for (Index i = 0; i < kBlock; ++i) last[i] = next_uniform<Scalar>();
      make_block_normal(last, static_cast<Scalar>(mean), static_cast<Scalar>(standard_deviation));
    }
    return result;
  }

  /// Integers, uniform (up to the bias of %) on low <= i < high. Throws ValueError unless low <
  /// high. Ranges below 2^32 take one 32-bit word each; PyTorch 2 takes two words from 2^28 on.
  template <class... Extents>
  auto randint(std::int64_t low, std::int64_t high, Extents... extents) {
    check<ValueError>(low < high, "TorchGenerator::randint: low must be < high", "low", low, "high",
                      high);
    // Unsigned, since high - low may exceed int64.
    const auto offset = static_cast<std::uint64_t>(low);
    const std::uint64_t range = static_cast<std::uint64_t>(high) - offset;
    const bool is_one_word = range <= std::numeric_limits<std::uint32_t>::max();
    return detail::draw_tensor<std::int64_t>(
        [&] {
          const std::uint64_t draw = is_one_word ? next_word() : next_two_words();
          return static_cast<std::int64_t>(offset + draw % range);
        },
        extents...);
  }

  /// 1 with the given probability, else 0, as torch.empty(extents).bernoulli_(probability).
  /// Throws ValueError unless 0 <= probability <= 1. Builds of PyTorch with Intel's MKL, such as
  /// the official ones for x86, draw from another stream here, and so in dropout.
  template <class Scalar = float, class... Extents>
  auto bernoulli(double probability, Extents... extents) {
    check<ValueError>(probability >= 0 && probability <= 1,
                      "TorchGenerator::bernoulli: probability must be in 0 .. 1", "probability",
                      probability);
    return detail::draw_tensor<Scalar>(
        [&] { return static_cast<Scalar>(next_uniform<double>() < probability); }, extents...);
  }

  /// Each element becomes 0 with the given probability, else is divided by 1 - probability, as
  /// torch.nn.functional.dropout(input, probability) in training. Probabilities 0 and 1 draw
  /// nothing. Throws ValueError unless 0 <= probability <= 1.
  template <class Scalar, int Rank>
  Tensor<Scalar, Rank> dropout(TensorView<const Scalar, Rank> input, double probability) {
    check<ValueError>(probability >= 0 && probability <= 1,
                      "TorchGenerator::dropout: probability must be in 0 .. 1", "probability",
                      probability);
    if (probability == 1) return Tensor<Scalar, Rank>(input.shape());
    Tensor<Scalar, Rank> result(input);
    if (probability == 0) return result;
    const Scalar scale = 1 / static_cast<Scalar>(1 - probability);
    for (Scalar& element : result)
      element *= next_uniform<double>() < 1 - probability ? scale : Scalar(0);
    return result;
  }

  /// 0 .. count - 1 in random order. Throws ShapeError when count is negative.
  Tensor<std::int64_t, 1> randperm(Index count) {
    auto result = Tensor<std::int64_t, 1>::uninitialized(Shape<1>{count});
    std::iota(result.begin(), result.end(), 0);
    for (Index i = 0; i < count - 1; ++i)
      std::swap(result(i), result(i + static_cast<Index>(next_word()) % (count - i)));
    return result;
  }

 private:
  static constexpr Index kBlock = 16;
  static constexpr double kPi = 3.14159265358979323846;

  std::uint32_t next_word() { return static_cast<std::uint32_t>(engine_()); }

  std::uint64_t next_two_words() {
    const std::uint64_t high = next_word();
    return high << 32 | next_word();
  }

  template <class Scalar>
  Scalar next_uniform() {
    static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                  "eigenhead: TorchGenerator draws float and double");
    if constexpr (std::is_same_v<Scalar, float>)
      return static_cast<float>(next_word() & 0xffffffu) * 0x1p-24f;
    else
      return static_cast<double>(next_two_words() & 0x1fffffffffffffu) * 0x1p-53;
  }

  /// Box-Muller in double for every Scalar; the sine of a pair is kept for the next call.
  double next_normal() {
    if (kept_normal_) return *std::exchange(kept_normal_, std::nullopt);
    const double angle = 2 * kPi * next_uniform<double>();
    // log(1 - u), not log1p(-u): the last bit of doubles tells them apart (seed 1234, randn_f64_4).
    const double radius = std::sqrt(-2 * std::log(1 - next_uniform<double>()));
    kept_normal_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }

  /// Turns 16 uniform numbers into normal ones in place: places j and j + 8 make a pair.
  template <class Scalar>
  void make_block_normal(Scalar* block, Scalar mean, Scalar standard_deviation) const {
    constexpr Index kHalf = kBlock / 2;
    for (Index j = 0; j < kHalf; ++j) {
      const auto [first, second] = box_muller(1 - block[j], block[j + kHalf]);
      block[j] = multiply_add(first, standard_deviation, mean);
      block[j + kHalf] = multiply_add(second, standard_deviation, mean);
    }
  }

  /// Two independent normal numbers of two uniform ones on (0, 1] and [0, 1).
  template <class Scalar>
  std::pair<Scalar, Scalar> box_muller(Scalar u, Scalar v) const {
    if constexpr (std::is_same_v<Scalar, float>)
      if (path_ == TorchCpuPath::avx2) {
        const float radius = std::sqrt(-2 * detail::torch_avx2_log(u));
        const auto [sine, cosine] = detail::torch_avx2_sine_cosine(static_cast<float>(2 * kPi) * v);
        return {radius * cosine, radius * sine};
      }
    const Scalar radius = std::sqrt(-2 * std::log(u));
    const auto angle = static_cast<Scalar>(2 * kPi * static_cast<double>(v));
    return {radius * std::cos(angle), radius * std::sin(angle)};
  }

  /// a * b + c, rounded once (as AVX2 code) or twice.
  template <class Scalar>
  Scalar multiply_add(Scalar a, Scalar b, Scalar c) const {
    return path_ == TorchCpuPath::avx2 ? std::fma(a, b, c) : detail::rounded_product(a, b) + c;
  }

  TorchCpuPath path_;
  std::mt19937 engine_;
  std::optional<double> kept_normal_;
};

}  // namespace eigenhead
