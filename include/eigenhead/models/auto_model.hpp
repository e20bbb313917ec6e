#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/models/checkpoint.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/encoder_output.hpp"
#include "eigenhead/models/load_encoder.hpp"
#include "eigenhead/models/task_config.hpp"
#include "eigenhead/models/task_heads.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/models/weight_reader.hpp"
#include "eigenhead/ops/activation.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// Reads the heads for tasks, with the reader of the encoder.
template <class Scalar>
class TaskHeadReader {
 public:
  /// @param task  gets labels where it has none; it and the others must outlive the reader
  TaskHeadReader(WeightReader<Scalar>& reader, const Encoder<Scalar>& encoder, TaskConfig& task)
      : reader_(reader), encoder_(encoder), task_(task) {}

  TaskHeads<Scalar> read() {
    TaskHeads<Scalar> heads;
    const bool has_dense = reader_.contains("classifier.dense.weight");
    const std::string classifier = has_dense ? "classifier.out_proj" : "classifier";
    if (reader_.contains(classifier + ".weight")) {
      if (is_for("SequenceClassification") || (!is_for("") && has_sequence_tensors()))
        heads.sequence_classification = read_sequence_head(classifier, has_dense);
      else if (is_for("TokenClassification") || !is_for(""))
        heads.token_classification = read_classifier(classifier);
    }
    if (reader_.contains("qa_outputs.weight"))
      heads.question_answering = reader_.read_linear("qa_outputs", 2, hidden_size());
    return heads;
  }

 private:
  Index hidden_size() const { return encoder_.config().hidden_size; }

  /// True for an architecture such as BertFor<task>; "" stands for any task.
  bool is_for(const std::string& task) const {
    return task_.architecture.find("For" + task) != std::string::npos;
  }

  /// For a file that does not say what it is for.
  bool has_sequence_tensors() const {
    return encoder_.has_pooler() || reader_.contains("pre_classifier.weight") ||
           reader_.contains("classifier.dense.weight");
  }

  LinearWeights<Scalar> read_classifier(const std::string& name) {
    const std::vector<Index>& extents = reader_.extents(name + ".weight");
    const auto num_labels = static_cast<Index>(task_.labels.size());
    check<FormatError>(
        extents.size() == 2 && (num_labels == 0 || num_labels == extents[0]),
        "AutoModel::from_pretrained: id2label must name every row of " + quote(name + ".weight"),
        "labels", num_labels, "tensor", extents_to_string(extents));
    for (Index i = 0; i < extents[0] && num_labels == 0; ++i)
      task_.labels.push_back("LABEL_" + std::to_string(i));  // as transformers names them
    return reader_.read_linear(name, extents[0], hidden_size());
  }

  SequenceClassificationHead<Scalar> read_sequence_head(const std::string& classifier,
                                                        bool has_dense) {
    SequenceClassificationHead<Scalar> head;
    if (reader_.contains("pre_classifier.weight")) {
      head.transform = reader_.read_linear("pre_classifier", hidden_size(), hidden_size());
      head.activation = Activation::relu;
    } else if (has_dense) {
      head.transform = reader_.read_linear("classifier.dense", hidden_size(), hidden_size());
      head.activation =
          encoder_.config().model_type == "electra" ? Activation::gelu_erf : Activation::tanh;
    } else {
      check<FormatError>(encoder_.has_pooler(),
                         "AutoModel::from_pretrained: the checkpoint must hold the pooler below "
                         "its classifier; got none");
      head.reads_pooler_output = true;
    }
    head.classifier = read_classifier(classifier);
    return head;
  }

  WeightReader<Scalar>& reader_;
  const Encoder<Scalar>& encoder_;
  TaskConfig& task_;
};

}  // namespace detail

/// A model of any family that there is, with every head that its checkpoint has: the folder's own
/// config.json and tensors decide what it is.
///
///     const auto model = AutoModel<float>::from_pretrained("examples/models/tiny-distilbert");
///     const BertTokenizer tokenizer = load_tokenizer("examples/models/tiny-distilbert");
///     fill_mask(model, tokenizer, "The king of [MASK].");
///
/// fill_mask, classify, find_entities, answer_question and next_sentence_probability take it.
/// Objects are const after construction; any number of threads may call them.
template <class Scalar>
class AutoModel : public EncoderModel<Scalar> {
 public:
  /// Loads a folder as load_encoder does, and the heads for tasks: `classifier` (with DistilBERT's
  /// pre_classifier; for texts or tokens as config.json says) and `qa_outputs`.
  ///
  /// @param folder   a folder, or the name of a model in the local Hugging Face cache
  /// @param packing  precision of the products, and where they are packed
  /// @throws ValueError for a family that is not supported, FileError, FormatError, or ShapeError,
  ///         naming the file or tensor; FormatError when id2label does not fit the classifier
  static AutoModel from_pretrained(const std::string& folder, const PackingOptions& packing = {}) {
    const std::filesystem::path path = find_model_folder(folder);
    const detail::ConfigReader config(path / "config.json", "load_encoder_config");
    const detail::EncoderFamily family = detail::family_of(config);
    const detail::CheckpointNames names = family.names();
    const SafetensorsFile file = open_weights(path);
    WeightReader<Scalar> reader(file, names.prefix, "AutoModel::from_pretrained");
    Encoder<Scalar> encoder =
        detail::read_encoder(reader, family.read_config(config), names, packing);
    EncoderHeads<Scalar> heads = detail::read_heads(reader, encoder, names);
    TaskConfig task = detail::read_task_config(config.named("load_task_config"));
    TaskHeads<Scalar> task_heads = detail::TaskHeadReader<Scalar>(reader, encoder, task).read();
    EncoderModel<Scalar> model(std::move(encoder), std::move(heads), reader.unused());
    return AutoModel(std::move(model), std::move(task_heads), std::move(task));
  }

  const TaskConfig& task() const { return task_; }
  /// The labels of the classifier, in the order of its logits.
  const std::vector<std::string>& labels() const { return task_.labels; }
  const TaskHeads<Scalar>& task_heads() const { return heads_; }
  bool has_sequence_classification_head() const {
    return heads_.sequence_classification.has_value();
  }
  bool has_token_classification_head() const { return heads_.token_classification.has_value(); }
  bool has_question_answering_head() const { return heads_.question_answering.has_value(); }

  /// Logits of the labels of each text: [B, labels]; zero for a text without any token.
  ///
  /// @param output  the encoder's for the same batch
  /// @throws ValueError when the checkpoint has no such head, ShapeError when output is not that
  ///         of the batch
  Tensor<Scalar, 2> sequence_classification_logits(const TokenBatch& batch,
                                                   const EncoderOutput<Scalar>& output) const {
    check_head(has_sequence_classification_head(), "sequence_classification_logits",
               "a sequence-classification head");
    detail::check_rows<Scalar>(output.last_hidden_state, batch, "sequence_classification_logits");
    const SequenceClassificationHead<Scalar>& head = *heads_.sequence_classification;
    Tensor<Scalar, 2> logits(Shape<2>{batch.batch_size(), head.classifier.weight.extent(0)});
    for (Index b = 0; b < batch.batch_size(); ++b) {
      if (batch[b].length() == 0) continue;
      const Index first = batch[b].position_ids.front();
      const TensorView<const Scalar, 2> features =
          head.reads_pooler_output ? output.pooler_output.slice(0, b, b + 1)
                                   : output.last_hidden_state[b].slice(0, first, first + 1);
      logits.vector(b) = eigenhead::sequence_classification_logits(head, features).vector(0);
    }
    return logits;
  }

  /// Logits of the labels of each token: [B, T, labels]; rows of masked positions are zero.
  /// Throws as above.
  Tensor<Scalar, 3> token_classification_logits(
      const TokenBatch& batch, TensorView<const Scalar, 3> last_hidden_state) const {
    check_head(has_token_classification_head(), "token_classification_logits",
               "a token-classification head");
    detail::check_rows(last_hidden_state, batch, "token_classification_logits");
    return detail::linear_of_tokens(*heads_.token_classification, batch, last_hidden_state);
  }

  /// Logits of "the answer starts here" (index 0) and "it ends here" (1): [B, T, 2]; rows of masked
  /// positions are zero. Throws as above.
  Tensor<Scalar, 3> question_answering_logits(const TokenBatch& batch,
                                              TensorView<const Scalar, 3> last_hidden_state) const {
    check_head(has_question_answering_head(), "question_answering_logits",
               "a question-answering head");
    detail::check_rows(last_hidden_state, batch, "question_answering_logits");
    return detail::linear_of_tokens(*heads_.question_answering, batch, last_hidden_state);
  }

 private:
  AutoModel(EncoderModel<Scalar> model, TaskHeads<Scalar> heads, TaskConfig task)
      : EncoderModel<Scalar>(std::move(model)), heads_(std::move(heads)), task_(std::move(task)) {}

  void check_head(bool is_there, const char* function, const char* head) const {
    if (!is_there)
      fail<ValueError>(function, ": model must have ", head, "; got ",
                       task_.architecture.empty() ? "a checkpoint without one"
                                                  : "architecture " + quote(task_.architecture));
  }

  TaskHeads<Scalar> heads_;
  TaskConfig task_;
};

}  // namespace eigenhead
