#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/linear.hpp"
#include "eigenhead/ops/softmax.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace eigenhead {

/// Logits of a text's labels: classifier(x), or classifier(activation(transform(x))).
///
/// x is BERT's pooled output or the row of the first token: DistilBERT's pre_classifier with ReLU,
/// MPNet's and ELECTRA's dense with tanh and GELU stand on the latter.
template <class Scalar>
struct SequenceClassificationHead {
  bool reads_pooler_output = false;                     ///< false: the row of the first token
  std::optional<LinearWeights<Scalar>> transform = {};  ///< [C, C]
  Activation activation = Activation::identity;         ///< after the transform
  LinearWeights<Scalar> classifier = {};                ///< [labels, C]
};

/// The heads of a checkpoint that answer for a task; those that it lacks are not set.
template <class Scalar>
struct TaskHeads {
  std::optional<SequenceClassificationHead<Scalar>> sequence_classification = {};
  std::optional<LinearWeights<Scalar>> token_classification = {};  ///< [labels, C], on every token
  std::optional<LinearWeights<Scalar>> question_answering = {};    ///< [2, C]: starts and ends
};

/// Logits of the labels: see SequenceClassificationHead.
///
/// @param features  [rows, C], pooled outputs or rows of first tokens
/// @return          [rows, labels]
/// @throws ShapeError when C is not that of the head
/// Source: transformers' BertForSequenceClassification and its relatives.
template <class Scalar>
Tensor<Scalar, 2> sequence_classification_logits(const SequenceClassificationHead<Scalar>& head,
                                                 TensorView<const Scalar, 2> features) {
  if (!head.transform) return linear(features, head.classifier.weight, head.classifier.bias);
  Tensor<Scalar, 2> transformed = linear(features, head.transform->weight, head.transform->bias);
  activate<Scalar, 2>(head.activation, transformed, transformed);
  return linear(transformed, head.classifier.weight, head.classifier.bias);
}

namespace detail {

/// linear() of every token's row, as map_tokens.
template <class Scalar>
Tensor<Scalar, 3> linear_of_tokens(const LinearWeights<Scalar>& head, const TokenBatch& batch,
                                   TensorView<const Scalar, 3> hidden) {
  return map_tokens(batch, hidden, head.weight.extent(0), [&](const Tensor<Scalar, 2>& rows) {
    return linear(rows, head.weight, head.bias);
  });
}

/// softmax(logits), in double whatever the model computes in.
template <class Scalar>
std::vector<double> probabilities(TensorView<const Scalar, 1> logits) {
  std::vector<double> result(static_cast<std::size_t>(logits.extent(0)));
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<double>(logits(static_cast<Index>(i)));
  const TensorView<double, 1> view(result.data(), logits.shape());
  softmax<double, 1>(view, view);
  return result;
}

/// The places of the `count` largest values, the largest first; of equal ones the first.
inline std::vector<std::size_t> largest(const std::vector<double>& values, std::size_t count) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return values[a] != values[b] ? values[a] > values[b] : a < b;
                    });
  order.resize(count);
  return order;
}

}  // namespace detail

}  // namespace eigenhead
