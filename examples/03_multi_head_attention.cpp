// Chapter 3: multi-head attention.
//
// Two heads with their own projections look at the same three tokens; their outputs stand side by
// side. The numbers are those of `torch.manual_seed(0)`. Then the same with three heads of width 8
// / 3 = 2. Writes a heatmap for each head.

#include "eigenhead/attention.hpp"
#include "eigenhead/core/print.hpp"
#include "eigenhead/plot.hpp"
#include "eigenhead/random.hpp"

#include <exception>
#include <iostream>
#include <string>

using namespace eigenhead;

/// Draws x [3, 8] and W_q, W_k, W_v [heads, head_dim, 8], attends, prints and plots.
void run(int num_heads, int head_dim) {
  TorchGenerator generator(0);
  const Tensor<double, 2> x = cast<double>(generator.rand(3, 8));
  const auto draw_weight = [&] {  // [heads, head_dim, 8] -> [heads * head_dim, 8]
    const Tensor<double, 3> w = cast<double>(generator.rand(num_heads, head_dim, 8));
    return Tensor<double, 2>(w.reshape(Shape<2>{num_heads * head_dim, 8}));
  };
  MultiHeadAttentionWeights<double> weights;
  weights.query_weight = draw_weight();
  weights.key_weight = draw_weight();
  weights.value_weight = draw_weight();
  const MultiHeadAttention<double> attention(num_heads, std::move(weights));

  const MultiHeadAttentionOutput<double> result =
      attention(x.reshape(Shape<3>{1, 3, 8}), {.attention = {.with_weights = true}});

  const PrintOptions torch{.style = PrintStyle::torch};
  std::cout << num_heads << " heads of head_dim " << head_dim << "\nMulti-Head Output:\n "
            << to_string(cast<float>(result.output[0]), torch) << "\n";
  for (int head = 0; head < num_heads; ++head) {
    const std::string file =
        "03_" + std::to_string(num_heads) + "_heads_head_" + std::to_string(head) + ".svg";
    heatmap(result.weights[0][head], {.title = "Head " + std::to_string(head),
                                      .x_label = "Key Index",
                                      .y_label = "Query Index",
                                      .color_bar_label = "Attention Weight"})
        .save(file);
    std::cout << "Wrote " << file << "\n";
  }
}

int main() try {
  run(2, 4);
  std::cout << "\n";
  run(3, 8 / 3);
} catch (const std::exception& error) {
  std::cerr << "03_multi_head_attention: " << error.what() << '\n';
  return 1;
}
