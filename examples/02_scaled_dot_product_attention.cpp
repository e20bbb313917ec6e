// Chapter 2: scaled dot-product attention from scratch.
//
// Three queries look at three keys: softmax(Q K^T / sqrt(d)) V, with the random numbers of
// `np.random.seed(0)`, so that every printed number is the one that NumPy prints. Writes a heatmap.

#include "eigenhead/attention.hpp"
#include "eigenhead/core/print.hpp"
#include "eigenhead/plot.hpp"
#include "eigenhead/random.hpp"

#include <exception>
#include <iostream>

int main() try {
  using namespace eigenhead;
  NumpyLegacyRandom random(0);
  const Tensor<double, 2> query = random.rand(3, 4);  // [T, D]
  const Tensor<double, 2> key = random.rand(3, 4);    // [S, D]
  const Tensor<double, 2> value = random.rand(3, 4);  // [S, D_v]

  const AttentionOutput<double, 2> result =
      scaled_dot_product_attention(query, key, value, {.with_scores = true, .with_weights = true});

  std::cout << "Scaled Dot-Product Scores:\n " << result.scores << "\n";
  std::cout << "Attention Weights (softmax):\n " << result.weights << "\n";
  std::cout << "Output:\n " << result.output << "\n";

  heatmap(result.weights, {.title = "Scaled dot-product attention",
                           .x_label = "Key Index",
                           .y_label = "Query Index",
                           .color_bar_label = "Attention Weight"})
      .save("02_attention_weights.svg");
  std::cout
      << "\nEvery row of the weights sums to 1: a query divides its attention among the keys.\n"
         "Wrote 02_attention_weights.svg\n";
} catch (const std::exception& error) {
  std::cerr << "02_scaled_dot_product_attention: " << error.what() << '\n';
  return 1;
}
