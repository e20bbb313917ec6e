#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/models/encoder_weights.hpp"

#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// Reads the tensors of a checkpoint by the names of a model family, with the family's prefix or
/// without it (published files have both), checks their shapes and remembers which it has read.
/// Several threads may read.
template <class Scalar>
class WeightReader {
 public:
  /// @param file      the checkpoint; must outlive the reader
  /// @param prefix    tried first, such as "bert."
  /// @param function  starts every message
  WeightReader(const SafetensorsFile& file, std::string prefix, std::string function)
      : file_(file), prefix_(std::move(prefix)), function_(std::move(function)) {}

  bool contains(const std::string& name) const {
    return file_.contains(prefix_ + name) || file_.contains(name);
  }

  /// The shape in the file; throws FormatError, naming every name tried, when the tensor is absent.
  const std::vector<Index>& extents(const std::string& name) const {
    return file_.info(find(name, "")).shape;
  }

  /// The tensor converted to Scalar, under `name` or, if it is not there, under `other_name`.
  /// Throws FormatError, naming every name tried, when it is absent, and ShapeError when it has
  /// another shape.
  template <int Rank>
  Tensor<Scalar, Rank> read(const std::string& name, const Shape<Rank>& shape,
                            const std::string& other_name = "") {
    return file_.take<Scalar, Rank>(use(name, shape.to_vector(), other_name));
  }

  /// Calls function(view) with the matrix, which is not copied where the file holds Scalars; throws
  /// as read().
  template <class Function>
  void look_at(const std::string& name, const Shape<2>& shape, const Function& function) {
    const std::string found = use(name, shape.to_vector(), "");
    if (file_.is_viewable_as<Scalar>(found))
      function(file_.view<Scalar, 2>(found));
    else
      function(file_.tensor<Scalar, 2>(found));
    file_.release(found);
  }

  /// name.weight [out_features, in_features] and name.bias [out_features]
  LinearWeights<Scalar> read_linear(const std::string& name, Index out_features,
                                    Index in_features) {
    return {read(name + ".weight", Shape<2>{out_features, in_features}),
            read(name + ".bias", Shape<1>{out_features})};
  }

  /// name.weight [size] and name.bias [size], which files from TensorFlow's time call name.gamma
  /// and name.beta
  LayerNormWeights<Scalar> read_layer_norm(const std::string& name, Index size) {
    return {read(name + ".weight", Shape<1>{size}, name + ".gamma"),
            read(name + ".bias", Shape<1>{size}, name + ".beta")};
  }

  /// Gives back the memory that a mapped file takes for what has been read: that of a tensor goes
  /// when it has been read, but systems map more than they are asked for.
  void release() const { file_.release(); }

  /// Takes the tensor for read where it is there: buffers and copies hold nothing new.
  void ignore(const std::string& name) { used_.insert({prefix_ + name, name}); }

  /// The tensors that were neither read nor ignored, in the order of the file.
  std::vector<std::string> unused() const {
    std::vector<std::string> names;
    for (const std::string& name : file_.names())
      if (used_.count(name) == 0) names.push_back(name);
    return names;
  }

 private:
  /// The name in the file; notes that it is used.
  std::string use(const std::string& name, const std::vector<Index>& shape,
                  const std::string& other_name) {
    std::string found = find(name, other_name);
    const std::vector<Index>& extents = file_.info(found).shape;
    check<ShapeError>(
        extents == shape,
        function_ + ": tensor " + quote(found) + " must have the shape of the configuration",
        "tensor", detail::extents_to_string(extents), "configuration",
        detail::extents_to_string(shape));
    const std::lock_guard<std::mutex> lock(mutex_);
    used_.insert(found);
    return found;
  }

  std::string find(const std::string& name, const std::string& other_name) const {
    std::vector<std::string> tried{prefix_ + name, name};
    if (!other_name.empty()) tried.insert(tried.end(), {prefix_ + other_name, other_name});
    std::string list;
    for (const std::string& candidate : tried) {
      if (file_.contains(candidate)) return candidate;
      list += (list.empty() ? "" : " or ") + quote(candidate);
    }
    fail<FormatError>(function_, ": the checkpoint must hold the tensor ", list, "; got ",
                      file_.names().size(), " other tensors");
  }

  const SafetensorsFile& file_;
  std::string prefix_;
  std::string function_;
  std::mutex mutex_;
  std::set<std::string> used_;
};

}  // namespace eigenhead
