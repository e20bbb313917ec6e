// Chapter 7: flash attention, step by step.
//
// Attention needs a softmax over whole rows of scores, yet a fast kernel never has a whole row: it
// takes the keys block by block, while scores and weights are in the cache, and corrects what it
// has when a larger score turns up (online softmax). Here with 8 queries and 8 keys in tiles of 4 x
// 4, every step printed; at the end, the same numbers as from the formula.

#include "eigenhead/attention.hpp"
#include "eigenhead/random.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <iomanip>
#include <iostream>
#include <limits>
#include <string>

namespace {

using namespace eigenhead;

constexpr Index kLength = 8;
constexpr Index kHeadDim = 4;
constexpr Index kTile = 4;

/// What is known of the queries of a tile after some of the keys.
struct Tile {
  Tensor<double, 1> maximum{kTile};                     // m: the largest score so far
  Tensor<double, 1> sum{kTile};                         // l: sum of exp(score - m)
  Tensor<double, 2> output{Shape<2>{kTile, kHeadDim}};  // O: sum of exp(score - m) * value

  Tile() { maximum.fill(-std::numeric_limits<double>::infinity()); }
};

void print(const std::string& name, const Tensor<double, 1>& numbers) {
  std::cout << "  " << std::left << std::setw(34) << name << std::right;
  for (const double x : numbers) std::cout << std::setw(9) << x;
  std::cout << '\n';
}

void print(const std::string& name, const Tensor<double, 2>& numbers) {
  for (Index row = 0; row < numbers.extent(0); ++row)
    print(row == 0 ? name : "", Tensor<double, 1>(numbers[row]));
}

/// Adds what the tile's queries [4, D] find in a block of keys and values [4, D].
void add_block(TensorView<const double, 2> query, TensorView<const double, 2> key,
               TensorView<const double, 2> value, Tile& tile) {
  // 1. A tile of scores: the only ones in memory.
  Tensor<double, 2> scores({kTile, kTile});
  scores.matrix() =
      query.matrix() * key.matrix().transpose() / std::sqrt(static_cast<double>(kHeadDim));
  print("scores S = Q K^T / sqrt(D)", scores);

  // 2. The maximum may rise; what was summed before then shrinks by exp(old - new).
  Tensor<double, 1> factor(kTile);
  for (Index t = 0; t < kTile; ++t) {
    const double largest = std::max(tile.maximum(t), scores.vector(t).maxCoeff());
    factor(t) = std::exp(tile.maximum(t) - largest);
    tile.maximum(t) = largest;
  }
  print("maximum m", tile.maximum);
  print("factor exp(m before - m)", factor);

  // 3. Weights that are not divided yet, and their sum.
  Tensor<double, 2> weights({kTile, kTile});
  for (Index t = 0; t < kTile; ++t) {
    weights.vector(t) = (scores.vector(t).array() - tile.maximum(t)).exp().matrix();
    tile.sum(t) = factor(t) * tile.sum(t) + weights.vector(t).sum();
  }
  print("weights P = exp(S - m)", weights);
  print("sum l = factor l + sum of P", tile.sum);

  // 4. The output follows.
  for (Index t = 0; t < kTile; ++t) tile.output.vector(t) *= factor(t);
  tile.output.matrix() += weights.matrix() * value.matrix();
  print("output O = factor O + P V", tile.output);
}

double largest_difference(const Tensor<double, 2>& a, const Tensor<double, 2>& b) {
  return (a.matrix() - b.matrix()).cwiseAbs().maxCoeff();
}

}  // namespace

int main() try {
  NumpyLegacyRandom random(7);
  const Tensor<double, 2> query = random.randn(kLength, kHeadDim);  // [T, D]
  const Tensor<double, 2> key = random.randn(kLength, kHeadDim);    // [S, D]
  const Tensor<double, 2> value = random.randn(kLength, kHeadDim);  // [S, D_v]
  Tensor<double, 2> output({kLength, kHeadDim});

  std::cout
      << std::fixed << std::setprecision(4)
      << "8 queries and 8 keys in tiles of 4 x 4. A column of m, l and the factor is a query; "
         "a row of\nS, P and O is one.\n";
  for (Index t = 0; t < kLength; t += kTile) {
    Tile tile;
    for (Index s = 0; s < kLength; s += kTile) {
      std::cout << "\nQueries " << t << " to " << t + kTile - 1 << ", keys " << s << " to "
                << s + kTile - 1 << '\n';
      add_block(query.slice(0, t, t + kTile), key.slice(0, s, s + kTile),
                value.slice(0, s, s + kTile), tile);
    }
    for (Index row = 0; row < kTile; ++row)
      output.vector(t + row) = tile.output.vector(row) / tile.sum(row);
  }
  std::cout << "\nAfter the last block each row is divided once, O / l:\n";
  print("output", output);

  const auto fused = scaled_dot_product_attention(query, key, value, {.with_log_sum_exp = true});
  const auto reference =
      scaled_dot_product_attention(query, key, value, {.kernel = AttentionKernel::reference});
  std::cout << "\nWithout tiles, softmax(Q K^T / sqrt(D)) V, query after query:\n";
  print("output", reference.output);
  std::cout << std::boolalpha << "\nThe same up to rounding (differences below 1e-14):\n"
            << "  tiles above and the formula      "
            << (largest_difference(output, reference.output) < 1e-14) << '\n'
            << "  the fused kernel and the formula "
            << (largest_difference(fused.output, reference.output) < 1e-14) << '\n';
  std::cout
      << "\nm + ln l is the logarithm of the softmax's denominator. Whoever keeps it can merge "
         "results over\nother keys later, and needs no weights to do so:\n";
  print("log_sum_exp", fused.log_sum_exp);
} catch (const std::exception& error) {
  std::cerr << "07_flash_attention: " << error.what() << '\n';
  return 1;
}
