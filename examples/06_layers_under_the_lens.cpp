// Chapter 6: layers under the lens.
//
//     06_layers_under_the_lens ["a sentence"] [model folder]
//
// How does a sentence move through the layers? All hidden states stand in one plane, that of their
// two principal components, so that a token can be followed from layer to layer. Writes a picture
// for each state, how far tokens move and how much they look at special tokens, and attention.html,
// which shows everything to a curious pointer.

#include "eigenhead/analysis.hpp"
#include "eigenhead/eigenhead.hpp"

#include <algorithm>
#include <exception>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

using namespace eigenhead;

/// The states of one text side by side: [states, T, C].
Tensor<float, 3> stack(const std::vector<Tensor<float, 3>>& hidden_states) {
  const Shape<3>& shape = hidden_states[0].shape();  // [1, T, C]
  Tensor<float, 3> all(Shape<3>{hidden_states.size(), shape[1], shape[2]});
  for (std::size_t s = 0; s < hidden_states.size(); ++s) all.matrix(s) = hidden_states[s].matrix(0);
  return all;
}

/// From the least to the greatest coordinate, and a border: the same axis for every picture.
ValueRange range_of(TensorView<const float, 1> coordinates) {
  const Tensor<float, 1> values(coordinates);
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const double border = 0.08 * (*greatest - *least);
  return {*least - border, *greatest + border};
}

/// For each layer, the mean distance between a token's states before and behind it, relative to the
/// length of the first, and the share of attention that special tokens get: [2, L].
Tensor<double, 2> describe_layers(const EncoderOutput<float>& output, const Encoding& encoding) {
  Tensor<double, 2> result(Shape<2>{2, output.attentions.size()});
  for (std::size_t layer = 0; layer < output.attentions.size(); ++layer) {
    const TensorView<const float, 3> weights = output.attentions[layer][0];  // [H, T, T]
    const Index length = weights.extent(1);
    for (Index i = 0; i < length; ++i) {
      const VectorMap<const float> before = output.hidden_states[layer].vector(0, i);
      const VectorMap<const float> behind = output.hidden_states[layer + 1].vector(0, i);
      result(0, layer) += (behind - before).norm() / before.norm() / static_cast<double>(length);
    }
    for (Index h = 0; h < weights.extent(0); ++h)
      for (Index i = 0; i < length; ++i)
        for (Index j = 0; j < length; ++j)
          if (encoding.special_tokens_mask[static_cast<std::size_t>(j)] == 1)
            result(1, layer) += weights(h, i, j) / static_cast<double>(weights.extent(0) * length);
  }
  return result;
}

int main(int argc, char** argv) try {
  const std::string sentence = argc > 1 ? argv[1] : "The animal was too tired to cross the street.";
  const std::string folder = argc > 2 ? argv[2] : EIGENHEAD_BUNDLED_MODEL;
  const Encoding encoding = load_tokenizer(folder).encode(sentence);
  const EncoderModel<float> model = load_encoder<float>(folder);
  const EncoderOutput<float> output = model(
      encoding,
      {.with_hidden_states = true, .with_attentions = true, .with_queries_keys_values = true});

  const Tensor<float, 3> states = stack(output.hidden_states);
  const Shape<3>& shape = states.shape();
  Pca<float> pca(2);
  const Tensor<float, 2> flat =
      pca.fit_transform(states.reshape(Shape<2>{shape[0] * shape[1], shape[2]}));
  const TensorView<const float, 3> points = flat.reshape(Shape<3>{shape[0], shape[1], 2});
  const std::string x_label = component_label(1, pca.explained_variance_ratio()(0));
  const std::string y_label = component_label(2, pca.explained_variance_ratio()(1));
  std::cout << "Sentence: " << sentence << "\nOne PCA of " << shape[0] << " states of " << shape[1]
            << " tokens: " << x_label << ", " << y_label << "\n";

  std::vector<std::string> state_names;
  const ValueRange x_range = range_of(flat.transpose(0, 1)[0]);
  const ValueRange y_range = range_of(flat.transpose(0, 1)[1]);
  for (Index s = 0; s < shape[0]; ++s) {
    state_names.push_back(s == 0 ? "Embeddings" : "After layer " + std::to_string(s - 1));
    const std::string file = "06_state_" + std::to_string(s) + ".svg";
    scatter(points[s], {.title = state_names.back(),
                        .x_label = x_label,
                        .y_label = y_label,
                        .labels = encoding.tokens,
                        .x_range = x_range,
                        .y_range = y_range})
        .save(file);
    std::cout << "Wrote " << file << "\n";
  }

  const Tensor<double, 2> layers = describe_layers(output, encoding);
  std::cout << "\nlayer  a token moves by  attention on special tokens\n"
            << std::fixed << std::setprecision(2);
  for (Index layer = 0; layer < layers.extent(1); ++layer)
    std::cout << std::setw(5) << layer << std::setw(17) << layers(0, layer) << std::setw(28)
              << layers(1, layer) << "\n";
  line_chart(layers,
             {.title = "What the layers do", .x_label = "Layer", .series = {"Move", "On specials"}})
      .save("06_layers.svg");

  AttentionViewerContent content{.tokens = encoding.tokens,
                                 .special_tokens_mask = encoding.special_tokens_mask,
                                 .word_ids = encoding.word_ids,
                                 .points = points,
                                 .state_names = state_names,
                                 .x_label = x_label,
                                 .y_label = y_label};
  for (std::size_t i = 0; i < output.attentions.size(); ++i) {
    content.attentions.push_back(output.attentions[i][0]);
    content.queries.push_back(heads_of(output.queries[i][0], model.config().num_heads));
    content.keys.push_back(heads_of(output.keys[i][0], model.config().num_heads));
  }
  attention_viewer(content, {.title = sentence}).save("attention.html");
  std::cout << "Wrote 06_layers.svg\nWrote attention.html: open it in a browser\n";
} catch (const std::exception& error) {
  std::cerr << "06_layers_under_the_lens: " << error.what() << '\n';
  return 1;
}
