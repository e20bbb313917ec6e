#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/models/encoder.hpp"

#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// Reads the tensors of a checkpoint by the names of a model family, with the family's prefix or
/// without it (published files have both), and checks their shapes.
template <class Scalar>
class WeightReader {
 public:
  /// @param file      the checkpoint; must outlive the reader
  /// @param prefix    tried first, such as "distilbert."
  /// @param function  starts every message
  WeightReader(const SafetensorsFile& file, std::string prefix, std::string function)
      : file_(file), prefix_(std::move(prefix)), function_(std::move(function)) {}

  bool contains(const std::string& name) const {
    return file_.contains(prefix_ + name) || file_.contains(name);
  }

  /// The tensor converted to Scalar. Throws FormatError, naming every name tried, when it is
  /// absent, and ShapeError when it has another shape.
  template <int Rank>
  Tensor<Scalar, Rank> read(const std::string& name, const Shape<Rank>& shape) const {
    const std::string found = file_.contains(prefix_ + name) ? prefix_ + name : name;
    if (!file_.contains(found))
      fail<FormatError>(function_, ": the checkpoint must hold the tensor ", quote(prefix_ + name),
                        " or ", quote(name), "; got ", file_.names().size(), " other tensors");
    const std::vector<Index>& extents = file_.info(found).shape;
    check<ShapeError>(
        extents == shape.to_vector(),
        function_ + ": tensor " + quote(found) + " must have the shape of the configuration",
        "tensor", detail::extents_to_string(extents), "configuration", shape);
    return file_.tensor<Scalar, Rank>(found);
  }

  /// name.weight [out_features, in_features] and name.bias [out_features]
  LinearWeights<Scalar> read_linear(const std::string& name, Index out_features,
                                    Index in_features) const {
    return {read(name + ".weight", Shape<2>{out_features, in_features}),
            read(name + ".bias", Shape<1>{out_features})};
  }

  /// name.weight [size] and name.bias [size]
  LayerNormWeights<Scalar> read_layer_norm(const std::string& name, Index size) const {
    return {read(name + ".weight", Shape<1>{size}), read(name + ".bias", Shape<1>{size})};
  }

 private:
  const SafetensorsFile& file_;
  std::string prefix_;
  std::string function_;
};

}  // namespace eigenhead
