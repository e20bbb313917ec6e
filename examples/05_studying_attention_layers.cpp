// Chapter 5: studying attention layers, step by step.
//
// Nine tokens, nine random embeddings (`torch.manual_seed(0)`), projections to queries, keys and
// values as data * W, then attention with every intermediate result in hand. Writes a heatmap with
// token names.

#include "eigenhead/attention.hpp"
#include "eigenhead/core/print.hpp"
#include "eigenhead/plot.hpp"
#include "eigenhead/random.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <exception>
#include <iostream>
#include <string>

using namespace eigenhead;

void show(const std::string& name, const Tensor<double, 2>& x) {
  std::cout << name << " Shape: " << x.shape() << "\n "
            << to_string(cast<float>(x), PrintOptions{.style = PrintStyle::torch}) << "\n";
}

int main() try {
  const BertTokenizer tokenizer = load_tokenizer(EIGENHEAD_BUNDLED_MODEL);
  const Encoding encoding =
      tokenizer.encode("Transformers are powerful models for natural language processing.",
                       {.add_special_tokens = false});
  std::cout << "Tokens:";
  for (const std::string& token : encoding.tokens) std::cout << ' ' << token;

  TorchGenerator generator(0);
  const Tensor<double, 2> data =
      cast<double>(generator.rand(encoding.size(), 8));  // [T, C]: one row a token
  const Tensor<double, 2> query_weights = cast<double>(generator.rand(8, 4));
  const Tensor<double, 2> key_weights = cast<double>(generator.rand(8, 4));
  const Tensor<double, 2> value_weights = cast<double>(generator.rand(8, 4));
  std::cout << "\nGenerated Embedding Shape: " << data.shape() << "\n";

  const Tensor<double, 2> query = data.matrix() * query_weights.matrix();  // [T, d_k]
  const Tensor<double, 2> key = data.matrix() * key_weights.matrix();      // [T, d_k]
  const Tensor<double, 2> value = data.matrix() * value_weights.matrix();  // [T, d_v]
  show("Query (Q)", query);
  show("Key (K)", key);
  show("Value (V)", value);

  const AttentionSteps<double> steps = attention_step_by_step(query, key, value);
  show("Attention Scores", steps.weights);  // the course calls the softmax of the scores so
  show("Weighted Values", steps.output);

  heatmap(steps.weights, {.title = "Attention between tokens",
                          .x_label = "Key",
                          .y_label = "Query",
                          .color_bar_label = "Attention Weight",
                          .row_labels = encoding.tokens,
                          .column_labels = encoding.tokens})
      .save("05_attention_scores.svg");
  const Tensor<double, 2> unscaled = softmax(steps.products);
  std::cout << "\nWithout the 1 / sqrt(d_k) the first row would be\n " << unscaled[0]
            << "\nWrote 05_attention_scores.svg\n";
} catch (const std::exception& error) {
  std::cerr << "05_studying_attention_layers: " << error.what() << '\n';
  return 1;
}
