// Chapter 10: is it the same model? Ours beside the published numbers of real checkpoints.
//
//     10_verify_model [model folder or cached name ...]
//
// Hugging Face's own integration tests store a part of last_hidden_state for published checkpoints.
// Download one (this program does not use the network), for example in Python
//
//     from huggingface_hub import snapshot_download
//     snapshot_download("distilbert-base-uncased"); snapshot_download("bert-base-uncased")
//
// and run the program with its name, or with a folder of that name. A difference over 1e-4, or a
// checkpoint without published numbers, ends it with status 1. Without arguments it prints what it
// would compare with.

#include "eigenhead/eigenhead.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

using namespace eigenhead;

/// out[0, 1:4, 1:4] for the ids below.
struct Published {
  std::string model;
  std::string model_type;
  float rows[3][3];
};

const std::vector<Published> kPublished{
    {"distilbert-base-uncased",
     "distilbert",
     {{-0.1639f, 0.3299f, 0.1648f}, {-0.1746f, 0.3289f, 0.1710f}, {-0.1884f, 0.3357f, 0.1810f}}},
    {"bert-base-uncased",
     "bert",
     {{0.4249f, 0.1008f, 0.7531f}, {0.3771f, 0.1188f, 0.7467f}, {0.4152f, 0.1098f, 0.7108f}}},
    {"google/electra-small-discriminator",
     "electra",
     {{0.4471f, 0.6821f, -0.3265f}, {0.4627f, 0.5255f, -0.3668f}, {0.4532f, 0.3313f, -0.4344f}}}};

/// The first token is masked: its column stays, so positions count from 1.
TokenBatch published_input() {
  Encoding encoding;
  encoding.token_ids = {0, 345, 232, 328, 740, 140, 1695, 69, 6078, 1588, 2};
  encoding.attention_mask = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  return TokenBatch(encoding);
}

/// Prints both and returns the largest difference.
float compare(const Published& published, const EncoderModel<float>& model) {
  const Tensor<float, 3> hidden = model(published_input()).last_hidden_state;  // [1, 11, C]
  float largest = 0;
  for (Index i = 0; i < 3; ++i) {
    std::cout << "  ours";
    for (Index k = 0; k < 3; ++k) std::cout << std::setw(9) << hidden(0, i + 1, k + 1);
    std::cout << "   published";
    for (Index k = 0; k < 3; ++k) {
      std::cout << std::setw(9) << published.rows[i][k];
      largest = std::max(largest, std::abs(hidden(0, i + 1, k + 1) - published.rows[i][k]));
    }
    std::cout << "\n";
  }
  return largest;
}

/// "c" of "a/b/c" and of "c/".
std::string last_part(std::string path) {
  if (!path.empty() && path.back() == '/') path.pop_back();
  return path.substr(path.rfind('/') + 1);  // npos + 1 == 0
}

/// False when the numbers differ or there is nothing to compare with.
bool verify(const std::string& name) {
  const EncoderModel<float> model = load_encoder<float>(name);
  for (const Published& published : kPublished) {
    const bool is_named = last_part(name) == last_part(published.model);
    if (!is_named || model.config().model_type != published.model_type) continue;
    std::cout << name << "\n";
    const float difference = compare(published, model);
    const bool is_equal = difference <= 1e-4f;
    std::cout << "  largest difference " << difference
              << (is_equal ? ": the same model\n" : ": NOT the published numbers\n");
    return is_equal;
  }
  std::cout << name << ": no published numbers are stored here for this checkpoint\n";
  return false;
}

int main(int argc, char** argv) try {
  std::cout << std::fixed << std::setprecision(4);
  bool is_good = true;
  for (int i = 1; i < argc; ++i) is_good = verify(argv[i]) && is_good;
  for (const Published& published : argc > 1 ? std::vector<Published>() : kPublished) {
    std::cout << published.model << ", last_hidden_state[0, 1:4, 1:4]\n";
    for (const auto& row : published.rows)
      std::cout << std::setw(9) << row[0] << std::setw(9) << row[1] << std::setw(9) << row[2]
                << "\n";
  }
  return is_good ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "10_verify_model: " << error.what() << '\n';
  return 1;
}
