// Chapter 1: from a sentence to tokens, and from tokens to embeddings.
//
//     01_tokens_and_embeddings ["a sentence"] [model folder]
//
// Prints what the tokenizer makes of the sentence, the embeddings that enter the model (hidden
// state 0) and those that leave it (last hidden state), and writes a PCA scatter of each.

#include "eigenhead/analysis.hpp"
#include "eigenhead/eigenhead.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <vector>

using namespace eigenhead;

TensorView<const std::int32_t, 1> as_row(const std::vector<std::int32_t>& values) {
  return {values.data(), Shape<1>{values.size()}};
}

/// Projects rows [T, C] to the plane that shows most of their variance and labels them by token.
void save_scatter(TensorView<const float, 2> rows, const std::vector<std::string>& tokens,
                  const std::string& title, const std::string& file) {
  Pca<float> pca(2);
  const Tensor<float, 2> points = pca.fit_transform(rows);  // [T, 2]
  const TensorView<const float, 1> ratio = pca.explained_variance_ratio();
  scatter(points, {.title = title,
                   .x_label = component_label(1, ratio(0)),
                   .y_label = component_label(2, ratio(1)),
                   .labels = tokens})
      .save(file);
  std::cout << "Wrote " << file << "\n";
}

int main(int argc, char** argv) try {
  const std::string sentence = argc > 1 ? argv[1] : "Transformers are amazing models for NLP.";
  const std::string folder = argc > 2 ? argv[2] : EIGENHEAD_BUNDLED_MODEL;
  const BertTokenizer tokenizer = load_tokenizer(folder);
  const auto model = DistilBert<float>::from_pretrained(folder);

  const Encoding encoding = tokenizer.encode(sentence);
  std::cout << "Sentence: " << sentence << "\nInput IDs: " << as_row(encoding.token_ids)
            << "\nAttention mask: " << as_row(encoding.attention_mask) << "\nTokens:";
  for (const std::string& token : encoding.tokens) std::cout << ' ' << token;
  std::cout << "\nDecoded: " << tokenizer.decode(encoding.token_ids) << "\n\n";

  const EncoderOutput<float> output = model(encoding, {.with_hidden_states = true});
  const TensorView<const float, 2> input_embeddings = output.hidden_states[0][0];    // [T, C]
  const TensorView<const float, 2> last_hidden_state = output.last_hidden_state[0];  // [T, C]
  const PrintOptions brief{.precision = 4, .threshold = 0};
  std::cout << "Input embeddings " << input_embeddings.shape() << ":\n"
            << to_string(input_embeddings, brief) << "\nLast hidden state "
            << last_hidden_state.shape() << ":\n"
            << to_string(last_hidden_state, brief) << "\n\n";

  save_scatter(input_embeddings, encoding.tokens, "Input embeddings", "01_input_embeddings.svg");
  save_scatter(last_hidden_state, encoding.tokens, "Last hidden state", "01_last_hidden_state.svg");
} catch (const std::exception& error) {
  std::cerr << "01_tokens_and_embeddings: " << error.what() << '\n';
  return 1;
}
