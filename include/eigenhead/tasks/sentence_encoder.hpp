#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/models/config_reader.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/encoder_output.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/encoder_workspace.hpp"
#include "eigenhead/models/load_encoder.hpp"
#include "eigenhead/models/pooling.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/models/weight_reader.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/linear.hpp"
#include "eigenhead/tasks/sentence_config.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

struct SentenceOptions {
  std::string prompt = {};                           ///< put before each text
  std::string prompt_name = {};                      ///< or one of the folder's prompts by its name
  std::optional<std::vector<Pooling>> pooling = {};  ///< unset: the folder's
  /// Vectors of length 1; unset: as the folder says. False leaves out the folder's Normalize.
  std::optional<bool> is_normalized = {};
  std::optional<Index> truncate_dim = {};  ///< only the first components (Matryoshka models)
  Index batch_size = 32;                   ///< texts encoded together
  Executor* executor = nullptr;
};

/// activation(weight x + bias), sentence-transformers' Dense module.
template <class Scalar>
struct SentenceDense {
  LinearWeights<Scalar> linear;
  Activation activation = Activation::tanh;
};

namespace detail {

/// Reads a Dense module whose input has `in_features` components.
template <class Scalar>
SentenceDense<Scalar> read_dense(const std::filesystem::path& folder, Index in_features) {
  const ConfigReader config(folder / "config.json", "SentenceEncoder::from_pretrained");
  check<FormatError>(
      !config.value_or<bool>("use_residual", false),
      config.function() + ": " + quote(config.source()) + " must have no use_residual",
      "use_residual", true);
  std::string word =
      last_word(config.text_or("activation_function", "torch.nn.modules.activation.Tanh"));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  SentenceDense<Scalar> dense;
  dense.activation = config.activation(word == "identity" ? "linear" : word);
  const auto out_features = config.value<Index>("out_features");
  const SafetensorsFile file = open_weights(folder);
  WeightReader<Scalar> reader(file, "", config.function());
  dense.linear.weight = reader.read("linear.weight", Shape<2>{out_features, in_features});
  if (config.value_or<bool>("bias", true))
    dense.linear.bias = reader.read("linear.bias", Shape<1>{out_features});
  return dense;
}

/// The folder's tokenizer, after do_lower_case: texts in lower case, accents left as they were.
inline BertTokenizer load_sentence_tokenizer(const SentenceConfig& config) {
  BertTokenizer tokenizer = load_tokenizer(config.transformer);
  const BertNormalizer& normalizer = tokenizer.options().normalizer;
  if (!config.lowercases || normalizer.lowercase) return tokenizer;
  LoadTokenizerOptions options;
  options.lowercase = true;
  options.strip_accents = normalizer.strip_accents.value_or(false);
  return load_tokenizer(config.transformer, options);
}

}  // namespace detail

/// Texts to vectors whose dot products tell how alike they are: a sentence-transformers folder as
/// it was downloaded, or any encoder with mean pooling.
///
///     const auto encoder = SentenceEncoder<float>::from_pretrained("all-MiniLM-L6-v2");
///     const Tensor<float, 2> vectors = encoder({"A text.", "Another one."});  // [2, 384]
///
/// tokenize, encode, pool, then the Dense and Normalize modules that modules.json lists. A text's
/// bits do not depend on the other texts. Objects are const after construction; any number of
/// threads may call them. Source: sentence-transformers. Example: examples/08_semantic_search.cpp
template <class Scalar>
class SentenceEncoder {
 public:
  /// @param folder   a folder, or the name of a model in the local Hugging Face cache
  /// @param packing  precision of the products, and where they are packed
  /// @throws as load_sentence_config, load_encoder and load_tokenizer
  static SentenceEncoder from_pretrained(const std::string& folder,
                                         const PackingOptions& packing = {}) {
    return SentenceEncoder(load_sentence_config(find_model_folder(folder)), packing);
  }

  const SentenceConfig& config() const { return config_; }
  const EncoderModel<Scalar>& model() const { return model_; }
  const BertTokenizer& tokenizer() const { return tokenizer_; }

  /// The most tokens of a text, special ones and prompt counted: max_seq_length of the folder, at
  /// most what the model takes.
  Index max_length() const {
    const Index limit = model_.config().max_length();
    return std::min(limit, config_.max_seq_length.value_or(limit));
  }

  /// The number of components of a vector.
  Index dimension(const SentenceOptions& options = {}) const {
    Index dimension = static_cast<Index>(pooling(options).size()) * model_.config().hidden_size;
    for (const auto& dense : modules_)
      if (dense) dimension = dense->linear.weight.extent(0);
    return options.truncate_dim ? std::min(dimension, *options.truncate_dim) : dimension;
  }

  /// One vector for each text; texts longer than max_length() are cut.
  ///
  /// @return  [texts, dimension()]
  /// @throws ValueError when prompt_name is none of the folder's, both prompts are given, or
  ///         batch_size or truncate_dim is < 1
  Tensor<Scalar, 2> operator()(const std::vector<std::string>& texts,
                               const SentenceOptions& options = {}) const {
    return encode(tokenize(texts, options), options);
  }

  /// The first step: the prompt and each text as ids, cut to max_length(); `overflowing` is not
  /// empty where something was cut off.
  std::vector<Encoding> tokenize(const std::vector<std::string>& texts,
                                 const SentenceOptions& options = {}) const {
    const std::string prompt = prompt_of(options);
    SerialExecutor serial;
    Executor& executor = options.executor ? *options.executor : serial;
    if (prompt.empty()) return tokenizer_.encode_batch(texts, encode_options(), executor);
    std::vector<std::string> prompted;
    prompted.reserve(texts.size());
    for (const std::string& text : texts) prompted.push_back(prompt + text);
    return tokenizer_.encode_batch(prompted, encode_options(), executor);
  }

  /// The second step: the vectors of what tokenize gave for the same options.
  Tensor<Scalar, 2> encode(const std::vector<Encoding>& encodings,
                           const SentenceOptions& options = {}) const {
    check<ValueError>(options.batch_size >= 1 && options.truncate_dim.value_or(1) >= 1,
                      "SentenceEncoder: batch_size and truncate_dim must be >= 1", "batch_size",
                      options.batch_size, "truncate_dim", options.truncate_dim.value_or(1));
    auto vectors = Tensor<Scalar, 2>::uninitialized(Shape<2>{encodings.size(), dimension(options)});
    const Index prompt_length = length_of_prompt(options);
    RaggedEncoderOutput<Scalar> output;
    EncoderWorkspace<Scalar> workspace;
    for (Index begin = 0; begin < vectors.extent(0); begin += options.batch_size) {
      const Index end = std::min(begin + options.batch_size, vectors.extent(0));
      const TokenBatch batch(encodings.data() + begin, encodings.data() + end);
      model_.encoder().encode(batch, output, workspace, detail::options_with(options.executor));
      const Tensor<Scalar, 2> rows =
          apply_modules(pool(output, batch, pooling(options), prompt_length), options);
      const TensorView<Scalar, 2> places = vectors.slice(0, begin, end);
      places.matrix() = rows.matrix().leftCols(places.extent(1));
      if (options.is_normalized == true) l2_normalize<Scalar>(places, places);
    }
    return vectors;
  }

 private:
  SentenceEncoder(SentenceConfig config, const PackingOptions& packing)
      : config_(std::move(config)),
        model_(load_encoder<Scalar>(config_.transformer.string(), packing)),
        tokenizer_(detail::load_sentence_tokenizer(config_)) {
    Index width = static_cast<Index>(config_.pooling.size()) * model_.config().hidden_size;
    for (const std::filesystem::path& module : config_.modules) {
      modules_.emplace_back();
      if (module.empty()) continue;
      modules_.back() = detail::read_dense<Scalar>(module, width);
      width = modules_.back()->linear.weight.extent(0);
    }
  }

  const std::vector<Pooling>& pooling(const SentenceOptions& options) const {
    return options.pooling ? *options.pooling : config_.pooling;
  }

  EncodeOptions encode_options() const {
    EncodeOptions options;
    options.truncation.strategy = TruncationStrategy::longest_first;
    options.truncation.max_length = max_length();
    options.columns = {false, false, false};
    return options;
  }

  std::string prompt_of(const SentenceOptions& options) const {
    check<ValueError>(options.prompt.empty() || options.prompt_name.empty(),
                      "SentenceEncoder: prompt and prompt_name must not both be given", "prompt",
                      quote(options.prompt), "prompt_name", quote(options.prompt_name));
    if (!options.prompt.empty()) return options.prompt;
    const std::string& name =
        options.prompt_name.empty() ? config_.default_prompt_name : options.prompt_name;
    if (name.empty()) return "";
    const auto found = config_.prompts.find(name);
    if (found != config_.prompts.end()) return found->second;
    std::string names;
    for (const auto& [known, prompt] : config_.prompts)
      names += (names.empty() ? "" : ", ") + quote(known);
    fail<ValueError>("SentenceEncoder: prompt_name must be one of the folder's prompts; got ",
                     quote(name), "; prompts ", names.empty() ? "none" : names);
  }

  /// The columns that pooling leaves out: [CLS] and the prompt.
  Index length_of_prompt(const SentenceOptions& options) const {
    const std::string prompt = prompt_of(options);
    if (config_.includes_prompt || prompt.empty()) return 0;
    const Encoding encoding = tokenizer_.encode(prompt, encode_options());
    const bool ends_with_separator = encoding.token_ids.back() == tokenizer_.special_ids().sep;
    return encoding.size() - (ends_with_separator ? 1 : 0);
  }

  /// What follows pooling: [B, width of the last module].
  Tensor<Scalar, 2> apply_modules(Tensor<Scalar, 2> rows, const SentenceOptions& options) const {
    for (const auto& dense : modules_) {
      if (dense)
        rows = apply(*dense, rows);
      else if (options.is_normalized.value_or(true))
        l2_normalize<Scalar>(rows, rows);
    }
    return rows;
  }

  /// Row by row, so that a text's bits do not depend on its neighbours.
  static Tensor<Scalar, 2> apply(const SentenceDense<Scalar>& dense,
                                 const Tensor<Scalar, 2>& rows) {
    Tensor<Scalar, 2> result(Shape<2>{rows.extent(0), dense.linear.weight.extent(0)});
    for (Index i = 0; i < rows.extent(0); ++i)
      linear<Scalar>(rows.slice(0, i, i + 1), dense.linear.weight, dense.linear.bias,
                     result.slice(0, i, i + 1));
    activate<Scalar, 2>(dense.activation, result, result);
    return result;
  }

  SentenceConfig config_;
  EncoderModel<Scalar> model_;
  BertTokenizer tokenizer_;
  std::vector<std::optional<SentenceDense<Scalar>>> modules_;  // not set: Normalize
};

}  // namespace eigenhead
