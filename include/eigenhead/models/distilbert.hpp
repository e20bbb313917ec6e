#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/weight_reader.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/layer_norm.hpp"
#include "eigenhead/ops/linear.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// Reads a DistilBERT config.json: its words `dim`, `hidden_dim`, `n_layers`, `n_heads` and
/// `activation` become the library's. Keys that are absent have the defaults of distilbert-base.
/// Throws FileError, FormatError, or ValueError when the file is absent, broken or of another
/// family.
inline EncoderConfig load_distilbert_config(const std::filesystem::path& path) {
  const std::string function = "load_distilbert_config";
  const std::string source = path.string();
  const nlohmann::json json = parse_json(read_file(path, function), function, source);
  const auto integer = [&](const char* key, Index fallback) {
    return json_value_or<Index>(json, key, fallback, function, source);
  };
  const auto small_integer = [&](const char* key, int fallback) {
    return json_value_or<int>(json, key, fallback, function, source);
  };
  EncoderConfig config;
  config.model_type =
      json_value_or<std::string>(json, "model_type", "distilbert", function, source);
  check<ValueError>(config.model_type == "distilbert",
                    function + ": model_type must be \"distilbert\"", "model_type",
                    quote(config.model_type), "in", quote(source));
  config.vocab_size = integer("vocab_size", 30522);
  config.hidden_size = integer("dim", 768);
  config.intermediate_size = integer("hidden_dim", 3072);
  config.num_layers = small_integer("n_layers", 6);
  config.num_heads = small_integer("n_heads", 12);
  config.max_position_embeddings = integer("max_position_embeddings", 512);
  const auto activation = json_value_or<std::string>(json, "activation", "gelu", function, source);
  try {
    config.activation = activation_from_name(activation);
  } catch (const ValueError& error) {
    fail<ValueError>(function, ": ", quote(source), " must name a known activation; got ",
                     quote(activation), "; ", error.what());
  }
  check_config(config, function);
  return config;
}

/// The masked-language-model head: logits = norm(activation(dense(h))) * decoder^T + bias.
template <class Scalar>
struct MaskedLanguageModelHead {
  LinearWeights<Scalar> transform;  ///< [C, C]
  LayerNormWeights<Scalar> norm;
  Tensor<Scalar, 2> decoder;  ///< [V, C]; empty: tied to the word embeddings
  Tensor<Scalar, 1> bias;     ///< [V]
};

/// DistilBERT, with its masked-language-model head where the checkpoint has one.
///
///     const auto model = DistilBert<float>::from_pretrained("examples/models/tiny-distilbert");
///     const EncoderOutput<float> output = model(tokenizer.encode("A sentence."));
///
/// Float runs in float32 and double in float64 throughout, whatever type the checkpoint stores.
/// Source: Sanh et al. 2019; transformers' modeling_distilbert.py. Example:
/// examples/04_sentence_attention.cpp
template <class Scalar>
class DistilBert {
 public:
  /// Throws ShapeError when the head does not have the sizes of the encoder.
  explicit DistilBert(Encoder<Scalar> encoder,
                      std::optional<MaskedLanguageModelHead<Scalar>> head = std::nullopt)
      : encoder_(std::move(encoder)), head_(std::move(head)) {
    if (head_) check_head();
  }

  /// Loads a folder in Hugging Face's layout: config.json and model.safetensors (F32, F64, F16 or
  /// BF16; names with the prefix "distilbert." or without).
  ///
  /// @param folder  a folder, or the name of a model in the local Hugging Face cache
  /// @throws FileError, FormatError, ValueError or ShapeError, naming the file or tensor
  static DistilBert from_pretrained(const std::string& folder) {
    const std::filesystem::path path = find_model_folder(folder);
    const EncoderConfig config = load_distilbert_config(path / "config.json");
    const SafetensorsFile file = open_weights(path);
    const WeightReader<Scalar> reader(file, "distilbert.", "DistilBert::from_pretrained");
    return DistilBert(Encoder<Scalar>(config, read_encoder(reader, config)),
                      read_head(reader, config));
  }

  const EncoderConfig& config() const { return encoder_.config(); }
  const Encoder<Scalar>& encoder() const { return encoder_; }
  bool has_masked_language_model_head() const { return head_.has_value(); }

  /// Encodes a batch (or one Encoding); see Encoder::operator().
  EncoderOutput<Scalar> operator()(const TokenBatch& batch,
                                   const EncoderOptions& options = {}) const {
    return encoder_(batch, options);
  }

  /// Logits over the vocabulary of some positions.
  ///
  /// @param hidden  [rows, C], rows of last_hidden_state
  /// @return        [rows, V]
  /// @throws ValueError when the checkpoint has no such head, ShapeError when C differs
  Tensor<Scalar, 2> masked_language_model_logits(TensorView<const Scalar, 2> hidden) const {
    check<ValueError>(head_.has_value(),
                      "DistilBert: model must have a masked-language-model head; got none");
    Tensor<Scalar, 2> transformed =
        linear(hidden, head_->transform.weight, head_->transform.bias);  // [rows, C]
    activate<Scalar, 2>(config().activation, transformed, transformed);
    layer_norm<Scalar>(transformed, head_->norm.gain, head_->norm.bias,
                       static_cast<Scalar>(config().layer_norm_epsilon), transformed);
    const Tensor<Scalar, 2>& decoder =
        head_->decoder.is_empty() ? encoder_.weights().word_embeddings : head_->decoder;
    return linear(transformed, decoder, head_->bias);
  }

  /// Logits of every position of a batch: [B, T, V]; rows of masked positions are zero.
  ///
  /// @param last_hidden_state  [B, T, C], the encoder's output for the same batch
  /// @throws ShapeError when last_hidden_state is not that of the batch, else as above
  Tensor<Scalar, 3> masked_language_model_logits(
      const TokenBatch& batch, TensorView<const Scalar, 3> last_hidden_state) const {
    const Shape<3> shape{batch.batch_size(), batch.padded_length(), config().vocab_size};
    check<ShapeError>(
        last_hidden_state.extent(0) == shape[0] && last_hidden_state.extent(1) == shape[1],
        "DistilBert: last_hidden_state must have the batch_size and padded length of the batch",
        "last_hidden_state", last_hidden_state.shape(), "batch", Shape<2>{shape[0], shape[1]});
    Tensor<Scalar, 3> logits(shape);
    for (Index b = 0; b < shape[0]; ++b) {
      const std::vector<std::int32_t>& columns = batch[b].position_ids;
      // Valid rows only: a text's bits then depend on the text alone, not on its padding.
      Tensor<Scalar, 2> hidden(Shape<2>{columns.size(), last_hidden_state.extent(2)});
      for (std::size_t i = 0; i < columns.size(); ++i)
        hidden.vector(i) = last_hidden_state.vector(b, columns[i]);
      const Tensor<Scalar, 2> rows = masked_language_model_logits(hidden);  // [n, V]
      for (std::size_t i = 0; i < columns.size(); ++i)
        logits.vector(b, columns[i]) = rows.vector(i);
    }
    return logits;
  }

 private:
  void check_head() const {
    const Index hidden_size = config().hidden_size;
    const auto check_shape = [](const auto& tensor, const auto& expected, const char* name) {
      if (tensor.shape() != expected)
        fail<ShapeError>("DistilBert: head ", name, " must have the sizes of the encoder; got ",
                         tensor.shape(), ", encoder ", expected);
    };
    check_shape(head_->transform.weight, Shape<2>{hidden_size, hidden_size}, "transform weight");
    check_shape(head_->transform.bias, Shape<1>{hidden_size}, "transform bias");
    check_shape(head_->norm.gain, Shape<1>{hidden_size}, "norm gain");
    check_shape(head_->norm.bias, Shape<1>{hidden_size}, "norm bias");
    check_shape(head_->bias, Shape<1>{config().vocab_size}, "bias");
    if (!head_->decoder.is_empty())
      check_shape(head_->decoder, Shape<2>{config().vocab_size, hidden_size}, "decoder");
  }

  static EncoderWeights<Scalar> read_encoder(const WeightReader<Scalar>& reader,
                                             const EncoderConfig& config) {
    const Index hidden_size = config.hidden_size;
    EncoderWeights<Scalar> weights;
    weights.word_embeddings =
        reader.read("embeddings.word_embeddings.weight", Shape<2>{config.vocab_size, hidden_size});
    weights.position_embeddings =
        reader.read("embeddings.position_embeddings.weight",
                    Shape<2>{config.max_position_embeddings, hidden_size});
    weights.embedding_norm = reader.read_layer_norm("embeddings.LayerNorm", hidden_size);
    for (int i = 0; i < config.num_layers; ++i)
      weights.layers.push_back(
          read_layer(reader, config, "transformer.layer." + std::to_string(i) + "."));
    return weights;
  }

  static EncoderLayer<Scalar> read_layer(const WeightReader<Scalar>& reader,
                                         const EncoderConfig& config, const std::string& name) {
    const Index hidden_size = config.hidden_size;
    const auto projection = [&](const char* part) {
      return reader.read_linear(name + "attention." + part, hidden_size, hidden_size);
    };
    LinearWeights<Scalar> query = projection("q_lin");
    LinearWeights<Scalar> key = projection("k_lin");
    LinearWeights<Scalar> value = projection("v_lin");
    LinearWeights<Scalar> output = projection("out_lin");
    return {MultiHeadAttention<Scalar>(
                config.num_heads,
                {std::move(query.weight), std::move(query.bias), std::move(key.weight),
                 std::move(key.bias), std::move(value.weight), std::move(value.bias),
                 std::move(output.weight), std::move(output.bias)}),
            reader.read_layer_norm(name + "sa_layer_norm", hidden_size),
            reader.read_linear(name + "ffn.lin1", config.intermediate_size, hidden_size),
            reader.read_linear(name + "ffn.lin2", hidden_size, config.intermediate_size),
            reader.read_layer_norm(name + "output_layer_norm", hidden_size)};
  }

  static std::optional<MaskedLanguageModelHead<Scalar>> read_head(
      const WeightReader<Scalar>& reader, const EncoderConfig& config) {
    if (!reader.contains("vocab_transform.weight")) return std::nullopt;
    MaskedLanguageModelHead<Scalar> head;
    head.transform = reader.read_linear("vocab_transform", config.hidden_size, config.hidden_size);
    head.norm = reader.read_layer_norm("vocab_layer_norm", config.hidden_size);
    head.bias = reader.read("vocab_projector.bias", Shape<1>{config.vocab_size});
    if (reader.contains("vocab_projector.weight"))
      head.decoder =
          reader.read("vocab_projector.weight", Shape<2>{config.vocab_size, config.hidden_size});
    return head;
  }

  Encoder<Scalar> encoder_;
  std::optional<MaskedLanguageModelHead<Scalar>> head_;
};

}  // namespace eigenhead
