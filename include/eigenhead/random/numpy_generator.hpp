#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/random/draw.hpp"
#include "eigenhead/random/pcg64.hpp"
#include "eigenhead/random/ziggurat_tables.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>

namespace eigenhead {

/// The stream of `np.random.default_rng(seed)` and the methods of numpy.random.Generator, bit for
/// bit.
///
///     NumpyGenerator generator(0);
///     Tensor<double, 2> x = generator.standard_normal(3, 4);
///     // np.random.default_rng(0).standard_normal((3, 4))
///
/// The state is this object alone: a copy continues the stream independently. Extents are integers,
/// one per dimension; a negative one throws ShapeError. Elements are drawn in row-major order.
/// Numerics: everything is exact everywhere but about 1 in 100 normal numbers, whose acceptance
/// compares with std::exp and std::log1p; with glibc they equal NumPy's, too.
/// Source: numpy.random.Generator with PCG64, NumPy 1.24. Not np.random.seed: that is
/// NumpyLegacyRandom.
class NumpyGenerator {
 public:
  /// As np.random.default_rng(seed). Throws ValueError when seed is negative.
  explicit NumpyGenerator(std::int64_t seed) : engine_(checked_seed(seed)) {}

  /// The words of the bit generator (bit_generator.random_raw).
  template <class... Extents>
  auto random_raw(Extents... extents) {
    return detail::draw_tensor<std::uint64_t>([this] { return engine_.next_u64(); }, extents...);
  }

  /// Uniform on [0, 1): multiples of 2^-53 (double, the default as in NumPy) or 2^-24 (float).
  template <class Scalar = double, class... Extents>
  auto random(Extents... extents) {
    return detail::draw_tensor<Scalar>([this] { return next_uniform<Scalar>(); }, extents...);
  }

  /// low + (high - low) * random; low > high is allowed as in NumPy.
  /// Throws ValueError unless high - low is finite.
  template <class... Extents>
  auto uniform(double low, double high, Extents... extents) {
    const double range = high - low;
    check<ValueError>(std::isfinite(range), "NumpyGenerator::uniform: high - low must be finite",
                      "low", low, "high", high);
    return detail::draw_tensor<double>(
        [&] { return low + detail::rounded_product(range, next_uniform<double>()); }, extents...);
  }

  /// Standard normal numbers, double (the default) or float: two different streams, as in NumPy.
  template <class Scalar = double, class... Extents>
  auto standard_normal(Extents... extents) {
    return detail::draw_tensor<Scalar>([this] { return next_normal<Scalar>(); }, extents...);
  }

  /// mean + standard_deviation * standard_normal. Throws ValueError unless standard_deviation >= 0.
  template <class... Extents>
  auto normal(double mean, double standard_deviation, Extents... extents) {
    check<ValueError>(standard_deviation >= 0,
                      "NumpyGenerator::normal: standard_deviation must be >= 0",
                      "standard_deviation", standard_deviation);
    return detail::draw_tensor<double>(
        [&] { return mean + detail::rounded_product(standard_deviation, next_normal<double>()); },
        extents...);
  }

  /// Integers, uniform on low <= i < high (dtype int64, the default; int32 gives the same values).
  /// Throws ValueError unless low < high. Up to 2^32 values take halves of a word.
  template <class... Extents>
  auto integers(std::int64_t low, std::int64_t high, Extents... extents) {
    check<ValueError>(low < high, "NumpyGenerator::integers: low must be < high", "low", low,
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
    // Not drawn as `integers` are: NumPy kept the older way here.
    detail::shuffle_positions(values, [this](std::uint64_t largest) {
      const bool is_half_word = largest <= std::numeric_limits<std::uint32_t>::max();
      return detail::draw_up_to(
          largest, [&] { return is_half_word ? engine_.next_u32() : engine_.next_u64(); });
    });
  }

 private:
  static std::uint64_t checked_seed(std::int64_t seed) {
    check<ValueError>(seed >= 0, "NumpyGenerator: seed must be >= 0", "seed", seed);
    return static_cast<std::uint64_t>(seed);
  }

  template <class Scalar>
  Scalar next_uniform() {
    static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                  "eigenhead: NumpyGenerator draws float and double");
    if constexpr (std::is_same_v<Scalar, float>)
      return static_cast<float>(engine_.next_u32() >> 8) * 0x1p-24f;
    else
      return static_cast<double>(engine_.next_u64() >> 11) * 0x1p-53;
  }

  /// Uniform on 0 .. largest; no draw when it is 0.
  std::uint64_t next_up_to(std::uint64_t largest) {
    if (largest == 0) return 0;
    if (largest < std::numeric_limits<std::uint32_t>::max())
      return next_below(static_cast<std::uint32_t>(largest + 1));
    if (largest == std::numeric_limits<std::uint32_t>::max()) return engine_.next_u32();
    if (largest < std::numeric_limits<std::uint64_t>::max()) return next_below(largest + 1);
    return engine_.next_u64();
  }

  /// Uniform on 0 .. count - 1: the upper half of word * count, after D. Lemire, "Fast Random
  /// Integer Generation in an Interval", 2019. Lower halves that would make some values more
  /// likely than others are refused.
  std::uint32_t next_below(std::uint32_t count) {
    const auto draw = [&] { return std::uint64_t{engine_.next_u32()} * count; };
    std::uint64_t product = draw();
    if (static_cast<std::uint32_t>(product) < count) {
      const std::uint32_t threshold = (0u - count) % count;
      while (static_cast<std::uint32_t>(product) < threshold) product = draw();
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  std::uint64_t next_below(std::uint64_t count) {
    const auto draw = [&] { return detail::wide_product(engine_.next_u64(), count); };
    detail::WideWord product = draw();
    if (product.low < count) {
      const std::uint64_t threshold = (std::uint64_t{0} - count) % count;
      while (product.low < threshold) product = draw();
    }
    return product.high;
  }

  /// One attempt's layer, side and position in the layer, taken from one word.
  template <class Word>
  struct Attempt {
    Word layer;
    bool is_negative;
    Word position;
  };

  template <class Scalar>
  auto next_attempt() {
    if constexpr (std::is_same_v<Scalar, float>) {
      const std::uint32_t word = engine_.next_u32();
      return Attempt<std::uint32_t>{word & 255, (word >> 8 & 1) != 0, word >> 9};
    } else {
      const std::uint64_t word = engine_.next_u64();
      return Attempt<std::uint64_t>{word & 255, (word >> 8 & 1) != 0, word >> 9 & 0xfffffffffffffu};
    }
  }

  /// The ziggurat method of G. Marsaglia and W. W. Tsang, 2000: a point of the layers that cover
  /// the density is taken if it lies below the density, which most do without computing it.
  template <class Scalar>
  Scalar next_normal() {
    const auto& tables = detail::ziggurat_tables<Scalar>();
    for (;;) {
      const auto [layer, is_negative, position] = next_attempt<Scalar>();
      const Scalar distance = static_cast<Scalar>(position) * tables.scale[layer];
      const Scalar x = is_negative ? -distance : distance;
      if (position < tables.limit[layer]) return x;
      if (layer == 0) return (position >> 8 & 1) != 0 ? -next_tail<Scalar>() : next_tail<Scalar>();
      const Scalar lower = tables.height[layer];
      const Scalar height = tables.height[layer - 1] - lower;
      if (detail::rounded_product(height, next_uniform<Scalar>()) + lower <
          std::exp(-0.5 * static_cast<double>(x) * static_cast<double>(x)))
        return x;
    }
  }

  /// The normal density beyond the first layer's edge, after Marsaglia 1964.
  template <class Scalar>
  Scalar next_tail() {
    constexpr auto kEdge = static_cast<Scalar>(3.6541528853610087963519472518);
    constexpr auto kInverseEdge = static_cast<Scalar>(0.27366123732975827203338247596);
    Scalar x, y;
    do {
      x = detail::rounded_product(-kInverseEdge, std::log1p(-next_uniform<Scalar>()));
      y = -std::log1p(-next_uniform<Scalar>());
    } while (y + y <= x * x);
    return kEdge + x;
  }

  detail::Pcg64 engine_;
};

}  // namespace eigenhead
