#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/plot/html_page.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/viewer_bytes.hpp"
#include "eigenhead/plot/viewer_content.hpp"
#include "eigenhead/plot/viewer_page.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

namespace detail {

/// Pages of more bytes than this are refused: browsers do not open them.
inline constexpr double kLargestPage = 400e6;

template <int Rank>
void check_viewer_layers(const char* rule, const std::vector<TensorView<const float, Rank>>& views,
                         const Shape<Rank>& expected) {
  for (std::size_t i = 0; i < views.size(); ++i)
    if (views[i].shape() != expected)
      fail<ShapeError>(rule, "; got ", views[i].shape(), " in layer ", i, ", expected ", expected);
}

inline void check_viewer_weights(const std::vector<TensorView<const float, 3>>& attentions) {
  for (std::size_t layer = 0; layer < attentions.size(); ++layer) {
    const TensorView<const float, 3>& weights = attentions[layer];
    for (Index h = 0; h < weights.extent(0); ++h)
      for (Index i = 0; i < weights.extent(1); ++i)
        for (Index j = 0; j < weights.extent(2); ++j)
          if (!(weights(h, i, j) >= 0 && weights(h, i, j) <= 1.001f))
            fail<ValueError>("attention_viewer: attentions must be weights from 0 to 1; got value ",
                             weights(h, i, j), " in layer ", layer, " at ", Shape<3>{h, i, j});
  }
}

inline void check_viewer_tokens(const AttentionViewerContent& content) {
  const Shape<3>& shape = content.attentions[0].shape();
  check_labels("attention_viewer: tokens must have one token per query and key", content.tokens,
               shape[1], "attentions", shape);
  const auto has_one_each = [&](std::size_t count, const char* rule) {
    if (count != 0 && static_cast<Index>(count) != shape[1])
      fail<ShapeError>(rule, "; got ", count, ", attentions ", shape);
  };
  has_one_each(content.special_tokens_mask.size(),
               "attention_viewer: special_tokens_mask must have one value per token");
  has_one_each(content.word_ids.size(), "attention_viewer: word_ids must have one value per token");
  check<ValueError>(content.sentence_b_start >= 0 && content.sentence_b_start < shape[1],
                    "attention_viewer: sentence_b_start must be >= 0 and < the number of tokens",
                    "sentence_b_start", content.sentence_b_start, "tokens", shape[1]);
}

inline void check_viewer_points(const AttentionViewerContent& content) {
  if (content.points.is_empty()) return;
  const Index length = content.attentions[0].extent(1);
  check<ShapeError>(content.points.extent(1) == length && content.points.extent(2) == 2,
                    "attention_viewer: points must be [states, tokens, 2]", "points",
                    content.points.shape(), "tokens", length);
  check_labels("attention_viewer: state_names must have one name per state", content.state_names,
               content.points.extent(0), "points", content.points.shape());
  for (Index s = 0; s < content.points.extent(0); ++s)
    for (Index i = 0; i < 2 * length; ++i)
      if (!std::isfinite(content.points(s, i / 2, i % 2)))
        fail<ValueError>("attention_viewer: points must be finite; got value ",
                         content.points(s, i / 2, i % 2), " at ", Shape<3>{s, i / 2, i % 2});
}

inline void check_viewer_vectors(const AttentionViewerContent& content) {
  const std::size_t num_layers = content.attentions.size();
  check<ShapeError>(content.queries.size() == content.keys.size() &&
                        (content.queries.empty() || content.queries.size() == num_layers),
                    "attention_viewer: queries and keys must both be given for every layer, or not",
                    "queries", content.queries.size(), "keys", content.keys.size(), "layers",
                    num_layers);
  if (content.queries.empty()) return;
  Shape<3> expected = content.attentions[0].shape();
  expected[2] = content.queries[0].extent(2);
  check<ShapeError>(expected[2] > 0, "attention_viewer: queries must have head_dim >= 1", "queries",
                    content.queries[0].shape());
  check_viewer_layers("attention_viewer: queries must be [heads, tokens, head_dim]",
                      content.queries, expected);
  check_viewer_layers("attention_viewer: keys must be [heads, tokens, head_dim]", content.keys,
                      expected);
  for (const auto* views : {&content.queries, &content.keys})
    for (const TensorView<const float, 3>& view : *views)
      check<ValueError>(std::isfinite(largest_magnitude(view)),
                        "attention_viewer: queries and keys must be finite; got NaN or infinity");
}

/// Throws ValueError when the page would have more than kLargestPage bytes.
inline void check_viewer_size(const AttentionViewerContent& content,
                              const AttentionViewerOptions& options) {
  const auto bytes = [&](const std::vector<TensorView<const float, 3>>& views, double each) {
    return views.empty()
               ? 0.0
               : static_cast<double>(views.size()) * static_cast<double>(views[0].size()) *
                     (options.is_float32 ? 4 : each) * 4 / 3;
  };
  const double size = bytes(content.attentions, 1) + 2 * bytes(content.queries, 2);
  check<ValueError>(size <= kLargestPage, "attention_viewer: the page must have at most 400 MB",
                    "MB", std::round(size / 1e6), "layers", content.attentions.size(),
                    "give it fewer layers");
}

inline void check_viewer_content(const AttentionViewerContent& content,
                                 const AttentionViewerOptions& options) {
  check<ShapeError>(!content.attentions.empty() && !content.attentions[0].is_empty(),
                    "attention_viewer: attentions must not be empty", "layers",
                    content.attentions.size());
  const Shape<3>& shape = content.attentions[0].shape();
  check<ShapeError>(shape[1] == shape[2], "attention_viewer: attentions must be [heads, T, T]",
                    "attentions", shape);
  check_viewer_layers("attention_viewer: attentions must have the same shape in every layer",
                      content.attentions, shape);
  check_viewer_tokens(content);
  check_viewer_points(content);
  check_viewer_vectors(content);
  if (!options.layer_numbers.empty() && options.layer_numbers.size() != content.attentions.size())
    fail<ShapeError>("attention_viewer: layer_numbers must have one number per layer; got ",
                     options.layer_numbers.size(), " numbers, ", content.attentions.size(),
                     " layers");
  check_viewer_size(content, options);
  check_viewer_weights(content.attentions);
}

}  // namespace detail

/// An interactive page for attention weights, one self-contained HTML file: lines between tokens
/// (head view), a matrix, all layers and heads at a glance (model view), embeddings as points for
/// every state, and the products that make up a score (query-key view).
///
///     AttentionViewerContent content;
///     content.tokens = encoding.tokens;
///     for (const Tensor<float, 4>& layer : output.attentions)
///       content.attentions.push_back(layer[0]);
///     attention_viewer(content).save("attention.html");
///
/// @param content  weights [H, T, T] for each layer, and what else there is to show
/// @param options  title, names of the layers, precision
/// @throws ShapeError if weights are empty, not square or of different shapes, or anything is not
///         one a token, layer or state
/// @throws ValueError if a weight is not from 0 to 1, a point, query or key is not finite,
///         sentence_b_start is not a token, or the page would have more than 400 MB
///
/// Weights are stored as one byte, round(255 sqrt(w)): the error is at most 1/255, and less for
/// small weights (0.0005 at 0.017); queries and keys as 16 bits of their layer's largest value.
/// 12 layers of 12 heads and 512 tokens take 50 MB, 75 MB with queries and keys of 64 dimensions.
/// The page needs no network, runs its own script alone (Content-Security-Policy) and shows tokens
/// as text, whatever they hold. Views follow BertViz (Vig 2019); merging of word pieces follows
/// Clark et al. 2019: the sum over the pieces of a key, the mean over those of a query. Example:
/// examples/06_layers_under_the_lens.cpp
inline HtmlPage attention_viewer(const AttentionViewerContent& content,
                                 const AttentionViewerOptions& options = {}) {
  detail::check_viewer_content(content, options);
  return HtmlPage(detail::viewer_html(content, options));
}

}  // namespace eigenhead
