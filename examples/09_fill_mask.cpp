// Chapter 9: the words that a masked-language model expects.
//
//     09_fill_mask ["a text with [MASK]"] [model folder]
//
// Prints the most probable tokens for each mask: with one mask, with several, and how the words
// around a mask change what is expected.

#include "eigenhead/eigenhead.hpp"

#include <exception>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

using namespace eigenhead;

void print_predictions(const AutoModel<float>& model, const BertTokenizer& tokenizer,
                       const std::string& text) {
  std::cout << text << "\n";
  int number = 1;
  for (const MaskPrediction& mask : fill_mask(model, tokenizer, text, {.top_k = 4})) {
    std::cout << "  mask " << number++ << ":";
    for (const TokenPrediction& prediction : mask.predictions)
      std::cout << "  " << prediction.token << " " << 100 * prediction.probability << " %";
    std::cout << "\n";
  }
}

int main(int argc, char** argv) try {
  const std::string folder = argc > 2 ? argv[2] : EIGENHEAD_BUNDLED_MODEL;
  const auto model = AutoModel<float>::from_pretrained(folder);
  const BertTokenizer tokenizer = load_tokenizer(find_model_folder(folder));
  std::cout << std::fixed << std::setprecision(1);
  if (argc > 1) {
    print_predictions(model, tokenizer, argv[1]);
    return 0;
  }
  print_predictions(model, tokenizer, "The king of [MASK] sent messengers.");
  print_predictions(model, tokenizer, "He went [MASK] the house.");
  print_predictions(model, tokenizer, "She was [MASK] to see her [MASK].");
} catch (const std::exception& error) {
  std::cerr << "09_fill_mask: " << error.what() << '\n';
  return 1;
}
