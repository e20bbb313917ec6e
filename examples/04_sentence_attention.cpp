// Chapter 4: the attention of DistilBERT on a sentence.
//
//     04_sentence_attention ["a sentence"] [model folder]
//
// Which words focus on which others, and how does it vary between layers? Prints an answer computed
// from the weights and writes a heatmap of layer 0, head 0, and a grid of all heads for each layer.

#include "eigenhead/eigenhead.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

using namespace eigenhead;
using Tokens = std::vector<std::string>;

/// Prints what one layer looks at. weights [H, T, T]
void describe_layer(std::size_t layer, TensorView<const float, 3> weights, const Tokens& tokens,
                    const std::vector<std::int32_t>& is_special) {
  const Index num_heads = weights.extent(0);
  const Index length = weights.extent(1);
  Tensor<float, 2> mean(Shape<2>{length, length});  // over heads
  double entropy = 0;
  double share_on_specials = 0;
  for (Index h = 0; h < num_heads; ++h) {
    mean.matrix() += weights.matrix(h) / static_cast<float>(num_heads);
    for (Index i = 0; i < length; ++i)
      for (Index j = 0; j < length; ++j) {
        const double weight = weights(h, i, j);
        if (weight > 0) entropy -= weight * std::log(weight);
        if (is_special[static_cast<std::size_t>(j)] == 1) share_on_specials += weight;
      }
  }
  const double rows = static_cast<double>(num_heads * length);
  std::cout << "Layer " << layer << ": mean entropy " << entropy / rows << " (uniform would be "
            << std::log(static_cast<double>(length)) << "), share on special tokens "
            << 100 * share_on_specials / rows << " %\n";
  for (Index i = 0; i < length; ++i) {
    mean(i, i) = -1;  // the most attended other token
    Index best = 0;
    mean.vector(i).maxCoeff(&best);
    std::cout << "  " << std::setw(14) << std::left << tokens[static_cast<std::size_t>(i)] << " -> "
              << std::setw(14) << tokens[static_cast<std::size_t>(best)] << mean(i, best) << "\n";
  }
}

int main(int argc, char** argv) try {
  const std::string sentence =
      argc > 1 ? argv[1] : "Transformers capture contextual relationships.";
  const std::string folder = argc > 2 ? argv[2] : EIGENHEAD_BUNDLED_MODEL;
  const Encoding encoding = load_tokenizer(folder).encode(sentence);
  const auto model = DistilBert<float>::from_pretrained(folder);
  const EncoderOutput<float> output = model(encoding, {.with_attentions = true});

  HeatmapOptions options{.title = "Layer 0 Head 0",
                         .x_label = "Key",
                         .y_label = "Query",
                         .color_bar_label = "Attention Weight",
                         .row_labels = encoding.tokens,
                         .column_labels = encoding.tokens,
                         .range = ValueRange{0, 1}};
  heatmap(output.attentions[0][0][0], options).save("04_layer_0_head_0.svg");
  std::cout << "Sentence: " << sentence << "\nWrote 04_layer_0_head_0.svg\n"
            << std::fixed << std::setprecision(3);
  for (std::size_t layer = 0; layer < output.attentions.size(); ++layer) {
    const TensorView<const float, 3> weights = output.attentions[layer][0];  // [H, T, T]
    std::cout << "\n";
    describe_layer(layer, weights, encoding.tokens, encoding.special_tokens_mask);
    options.title = "Layer " + std::to_string(layer);
    const std::string file = "04_layer_" + std::to_string(layer) + ".svg";
    heatmap_grid(weights, {.heatmap = options}).save(file);
    std::cout << "Wrote " << file << "\n";
  }
} catch (const std::exception& error) {
  std::cerr << "04_sentence_attention: " << error.what() << '\n';
  return 1;
}
