#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/random/draw.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <utility>

namespace eigenhead {

/// The stream of `np.random.seed(seed)` and the functions of `np.random`, bit for bit.
///
///     NumpyLegacyRandom random(0);
///     Tensor<double, 2> query = random.rand(3, 4);  // np.random.seed(0); np.random.rand(3, 4)
///
/// The state is this object alone: a copy continues the stream independently. Extents are integers,
/// one per dimension; a negative one throws ShapeError. Elements are drawn in row-major order.
/// Numerics: uniform numbers and integers are exact everywhere; normal numbers are as exact as
/// std::log, which equals NumPy's with glibc and may differ by 1 ulp elsewhere.
/// Source: numpy.random.RandomState (MT19937), frozen since NumPy 1.17. Not default_rng (PCG64).
class NumpyLegacyRandom {
 public:
  /// As np.random.seed(seed). Throws ValueError unless 0 <= seed < 2^32.
  explicit NumpyLegacyRandom(std::int64_t seed) : engine_(checked_seed(seed)) {}

  /// One number, uniform on [0, 1): a multiple of 2^-53.
  double random_sample() {
    const std::uint32_t high = next_word() >> 5;
    const std::uint32_t low = next_word() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

  /// Uniform on [0, 1).
  template <class... Extents>
  auto rand(Extents... extents) {
    return detail::draw_tensor<double>([this] { return random_sample(); }, extents...);
  }

  /// low + (high - low) * rand; low > high is allowed as in NumPy.
  /// Throws ValueError unless high - low is finite.
  template <class... Extents>
  auto uniform(double low, double high, Extents... extents) {
    const double range = high - low;
    check<ValueError>(std::isfinite(range), "NumpyLegacyRandom::uniform: high - low must be finite",
                      "low", low, "high", high);
    return detail::draw_tensor<double>(
        [&] { return low + detail::rounded_product(range, random_sample()); }, extents...);
  }

  /// Standard normal numbers. They come in pairs: the second of a pair is kept for the next call.
  template <class... Extents>
  auto randn(Extents... extents) {
    return detail::draw_tensor<double>([this] { return next_normal(); }, extents...);
  }

  /// mean + standard_deviation * randn. Throws ValueError unless standard_deviation >= 0.
  template <class... Extents>
  auto normal(double mean, double standard_deviation, Extents... extents) {
    check<ValueError>(standard_deviation >= 0,
                      "NumpyLegacyRandom::normal: standard_deviation must be >= 0",
                      "standard_deviation", standard_deviation);
    return detail::draw_tensor<double>(
        [&] { return mean + detail::rounded_product(standard_deviation, next_normal()); },
        extents...);
  }

  /// Integers, uniform on low <= i < high (np.random.randint with its default type int64).
  /// Throws ValueError unless low < high.
  template <class... Extents>
  auto randint(std::int64_t low, std::int64_t high, Extents... extents) {
    check<ValueError>(low < high, "NumpyLegacyRandom::randint: low must be < high", "low", low,
                      "high", high);
    // Unsigned, since high - low may exceed int64.
    const auto offset = static_cast<std::uint64_t>(low);
    const std::uint64_t largest = static_cast<std::uint64_t>(high) - offset - 1;
    return detail::draw_tensor<std::int64_t>(
        [&] { return static_cast<std::int64_t>(offset + next_up_to(largest)); }, extents...);
  }

  /// 0 .. count - 1 in random order. Throws ShapeError when count is negative.
  Tensor<std::int64_t, 1> permutation(Index count) {
    auto result = Tensor<std::int64_t, 1>::uninitialized(Shape<1>{count});
    std::iota(result.begin(), result.end(), 0);
    shuffle(result.view());
    return result;
  }

  /// Brings the positions of the first axis into random order, in place: `shuffle(tensor.view())`.
  template <class Scalar, int Rank>
  void shuffle(TensorView<Scalar, Rank> values) {
    detail::shuffle_positions(values,
                              [this](std::uint64_t largest) { return next_up_to(largest); });
  }

  /// `count` different integers of 0 .. population - 1 (np.random.choice(..., replace=False)).
  /// Throws ValueError unless 0 <= count <= population. Cost: a permutation of the population.
  Tensor<std::int64_t, 1> choice_without_replacement(Index population, Index count) {
    check<ValueError>(
        count >= 0 && count <= population,
        "NumpyLegacyRandom::choice_without_replacement: count must be in 0 .. population",
        "population", population, "count", count);
    const Tensor<std::int64_t, 1> shuffled = permutation(population);
    return Tensor<std::int64_t, 1>(shuffled.slice(0, 0, count));
  }

 private:
  static std::uint32_t checked_seed(std::int64_t seed) {
    check<ValueError>(seed >= 0 && seed <= std::numeric_limits<std::uint32_t>::max(),
                      "NumpyLegacyRandom: seed must be in 0 .. 4294967295", "seed", seed);
    return static_cast<std::uint32_t>(seed);
  }

  std::uint32_t next_word() { return static_cast<std::uint32_t>(engine_()); }

  /// Marsaglia's polar method.
  double next_normal() {
    if (kept_normal_) return *std::exchange(kept_normal_, std::nullopt);
    double x, y, square;
    do {
      x = 2 * random_sample() - 1;
      y = 2 * random_sample() - 1;
      square = detail::rounded_product(x, x) + detail::rounded_product(y, y);
    } while (square >= 1 || square == 0);
    const double factor = std::sqrt(-2 * std::log(square) / square);
    kept_normal_ = factor * x;
    return factor * y;
  }

  std::uint64_t next_up_to(std::uint64_t largest) {
    const bool is_one_word = largest <= std::numeric_limits<std::uint32_t>::max();
    return detail::draw_up_to(largest, [&] {
      const std::uint64_t word = next_word();
      return is_one_word ? word : word << 32 | next_word();
    });
  }

  std::mt19937 engine_;
  std::optional<double> kept_normal_;
};

}  // namespace eigenhead
