#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/kernels/kernel_set.hpp"
#include "eigenhead/kernels/matmul_precision.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/packed_encoder.hpp"

#include <sstream>
#include <string>

namespace eigenhead {

/// What an encoder is and how it computes.
struct EncoderDescription {
  EncoderConfig config;
  KernelSet kernel_set = KernelSet::reference;  ///< of the products, chosen when it was made
  MatmulPrecision precision = MatmulPrecision::highest;
  Index num_parameters = 0;  ///< of the encoder, heads not counted
  Index table_bytes = 0;     ///< embedding tables, biases and norms, as the checkpoint has them
  Index packed_bytes = 0;    ///< matrices in the layout of the kernels
};

/// A line such as "distilbert: 6 layers, 12 heads, hidden size 768, feed-forward 3072; avx512
/// kernels, precision highest; 66362880 parameters, 95.6 MB tables, 170.1 MB packed".
inline std::string to_string(const EncoderDescription& description) {
  const EncoderConfig& config = description.config;
  std::ostringstream text;
  text.precision(1);
  text << std::fixed << config.model_type << ": " << config.num_layers << " layers, "
       << config.num_heads << " heads, hidden size " << config.hidden_size << ", feed-forward "
       << config.intermediate_size << "; " << to_string(description.kernel_set)
       << " kernels, precision " << to_string(description.precision) << "; "
       << description.num_parameters << " parameters, "
       << static_cast<double>(description.table_bytes) / 1e6 << " MB tables, "
       << static_cast<double>(description.packed_bytes) / 1e6 << " MB packed";
  return text.str();
}

namespace detail {

template <class Scalar>
class ParameterCounter {
 public:
  explicit ParameterCounter(EncoderDescription& description) : description_(description) {}

  template <int Rank>
  void add(const Tensor<Scalar, Rank>& table) {
    description_.num_parameters += table.size();
    description_.table_bytes += table.size() * static_cast<Index>(sizeof(Scalar));
  }

  void add(const LayerNormWeights<Scalar>& norm) {
    add(norm.gain);
    add(norm.bias);
  }

  void add(const PackedLinear<Scalar>& linear) {
    const PackedMatrix<Scalar>& weight = linear.weight;
    add(linear.bias);
    description_.num_parameters += weight.shape().size();
    description_.packed_bytes += weight.packed_bytes();
  }

 private:
  EncoderDescription& description_;
};

template <class Scalar>
void count_parameters(const PackedEncoder<Scalar>& model, EncoderDescription& description) {
  ParameterCounter<Scalar> counter(description);
  counter.add(model.word_embeddings);
  counter.add(model.position_embeddings);
  counter.add(model.token_type_embeddings);
  counter.add(model.embedding_norm);
  counter.add(model.bias_by_distance);
  for (const PackedEncoderLayer<Scalar>& layer : model.layers) {
    counter.add(layer.query_key_value);
    counter.add(layer.attention_output);
    counter.add(layer.attention_norm);
    counter.add(layer.intermediate);
    counter.add(layer.output);
    counter.add(layer.output_norm);
  }
  if (model.pooler) counter.add(*model.pooler);
  if (model.embedding_projection) counter.add(*model.embedding_projection);
}

}  // namespace detail

}  // namespace eigenhead
