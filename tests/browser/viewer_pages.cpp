// Writes the pages that viewer_test.mjs opens: viewer_pages FOLDER

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/attention_viewer.hpp"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

/// Tensors that the views of a page's content look at.
struct Page {
  AttentionViewerContent content;
  std::vector<Tensor<float, 3>> attentions;
  std::vector<Tensor<float, 3>> queries;
  std::vector<Tensor<float, 3>> keys;
  Tensor<float, 3> points;

  void save(const std::filesystem::path& path, const AttentionViewerOptions& options) {
    content.attentions.assign(attentions.begin(), attentions.end());
    content.queries.assign(queries.begin(), queries.end());
    content.keys.assign(keys.begin(), keys.end());
    content.points = points;
    attention_viewer(content, options).save(path);
  }
};

std::vector<std::string> make_tokens(std::size_t count) {
  const std::vector<std::string> words = {"the",
                                          "cat",
                                          "sat",
                                          "on",
                                          "a",
                                          "mat",
                                          "because",
                                          "it",
                                          "was",
                                          "tired",
                                          ",",
                                          "trans",
                                          "##form",
                                          "##ers",
                                          "model",
                                          "\u5317\u4eac",
                                          "language",
                                          "caf\u00e9",
                                          "\U0001F600",
                                          "\u05e9\u05dc\u05d5\u05dd",
                                          "an-extraordinarily-long-token-that-nobody-expected"};
  std::vector<std::string> tokens = {"[CLS]"};
  while (tokens.size() + 1 < count)
    tokens.push_back(words[(tokens.size() - 1 + tokens.size() / words.size() * 5) % words.size()]);
  tokens.push_back("[SEP]");
  return tokens;
}

/// Heads that look at the ends, at the token before or behind, or at the same token.
Tensor<float, 3> make_layer(const std::vector<std::string>& tokens, Index layer, Index num_heads,
                            std::mt19937& random) {
  std::normal_distribution<float> noise(0, 0.7f);
  const auto length = static_cast<Index>(tokens.size());
  Tensor<float, 3> weights(Shape<3>{num_heads, length, length});
  for (Index h = 0; h < num_heads; ++h) {
    for (Index i = 0; i < length; ++i) {
      for (Index j = 0; j < length; ++j) {
        float score = noise(random);
        switch ((h + layer) % 4) {
          case 0: score += j == 0 || j == length - 1 ? 4.0f : 0.0f; break;
          case 1: score += j == i - 1 ? 6.0f : 0.0f; break;
          case 2: score += j == i + 1 ? 6.0f : 0.0f; break;
          default:
            score += tokens[static_cast<std::size_t>(i)] == tokens[static_cast<std::size_t>(j)]
                         ? 4.0f
                         : 0.0f;
        }
        weights(h, i, j) = std::exp(score);
      }
      weights.vector(h, i) /= weights.vector(h, i).sum();
    }
  }
  return weights;
}

Tensor<float, 3> normal(const Shape<3>& shape, std::mt19937& random) {
  std::normal_distribution<float> distribution;
  Tensor<float, 3> values(shape);
  for (Index i = 0; i < values.size(); ++i) values.data()[i] = distribution(random);
  return values;
}

void save_page(const std::filesystem::path& path, Index length, Index num_layers, Index num_heads,
               bool is_full) {
  std::mt19937 random(1);
  Page page;
  page.content.tokens = make_tokens(static_cast<std::size_t>(length));
  for (Index layer = 0; layer < num_layers; ++layer) {
    page.attentions.push_back(make_layer(page.content.tokens, layer, num_heads, random));
    if (!is_full) continue;
    page.queries.push_back(normal(Shape<3>{num_heads, length, 64}, random));
    page.keys.push_back(normal(Shape<3>{num_heads, length, 64}, random));
  }
  if (is_full) {
    page.points = normal(Shape<3>{num_layers + 1, length, 2}, random);
    page.content.x_label = "PC1 (43.1 %)";
    page.content.y_label = "PC2 (12.0 %)";
    for (Index i = 0; i <= num_layers; ++i)
      page.content.state_names.push_back(i == 0 ? "Embeddings"
                                                : "After layer " + std::to_string(i - 1));
  }
  if (length == 20) {
    page.content.sentence_b_start = 11;
    page.content.tokens[10] = "[SEP]";
    page.content.tokens[3] = "</script><img src=x onerror=document.title='owned'>";
    page.content.tokens[4] = "\u202e\"'&lt;<!--]]>";
    page.content.tokens[5] = std::string("a\0b\x1b", 4) + std::string(10000, 'w');
    page.content.tokens[6] = " ";
  }
  AttentionViewerOptions options;
  options.title = "The cat </title><script>document.title='owned'</script>";
  page.save(path, options);
}

/// Two heads of numbers that can be checked by hand: row i of head 0 looks at the token i alone,
/// head 1 spreads its weight 0.1, 0.2, 0.3, 0.4 over [CLS] play ##ing [SEP].
void save_exact_page(const std::filesystem::path& path) {
  Page page;
  page.content.tokens = {"[CLS]", "play", "##ing", "[SEP]"};
  for (int layer = 0; layer < 2; ++layer) {
    Tensor<float, 3> weights(Shape<3>{2, 4, 4});
    for (Index i = 0; i < 4; ++i) {
      weights(0, i, i) = 1;
      for (Index j = 0; j < 4; ++j) weights(1, i, j) = 0.1f * static_cast<float>(j + 1);
    }
    page.attentions.push_back(std::move(weights));
    Tensor<float, 3> query(Shape<3>{2, 4, 2});
    Tensor<float, 3> key(Shape<3>{2, 4, 2});
    for (Index i = 0; i < 4; ++i) {
      query(0, i, 0) = 1;
      query(0, i, 1) = 2;
      key(0, i, 0) = 3;
      key(0, i, 1) = static_cast<float>(4 - 2 * i);
    }
    page.queries.push_back(std::move(query));
    page.keys.push_back(std::move(key));
  }
  AttentionViewerOptions options;
  options.layer_numbers = {3, 7};
  options.is_float32 = true;
  page.save(path, options);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
  std::filesystem::create_directories(folder);
  save_exact_page(folder / "exact.html");
  save_page(folder / "short.html", 20, 6, 12, true);
  save_page(folder / "middle.html", 128, 6, 12, true);
  save_page(folder / "long.html", 512, 12, 12, false);
}
