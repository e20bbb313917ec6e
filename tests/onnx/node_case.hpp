#pragma once

#include "eigenhead/core/file.hpp"
#include "eigenhead/io/dtype.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/safetensors.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

/// The folder of ONNX's node tests: manifest.json and vectors/<case>.safetensors. Empty when the
/// build was configured without EIGENHEAD_ONNX_NODE_TESTS.
inline std::filesystem::path onnx_node_tests() { return EIGENHEAD_ONNX_NODE_TESTS; }

/// One case of ONNX's node tests: an operator, its attributes, inputs and expected outputs.
///
///     const NodeCase node("test_attention_4d");
///     const auto query = node.tensors.tensor<float, 4>(node.input(0));  // F16 is converted
///     const bool is_causal = node.attribute("is_causal", 0) != 0;
struct NodeCase {
  /// Reads the case called `name`. Throws FileError or FormatError.
  explicit NodeCase(const std::string& name);

  std::string op;                    ///< "Softmax", "Attention", ...
  nlohmann::json attributes;         ///< by name; those that are absent have ONNX's default
  std::vector<std::string> inputs;   ///< names in the order of the operator; "" if left out
  std::vector<std::string> outputs;  ///< the same for the outputs
  SafetensorsFile tensors;  ///< inputs and expected outputs by name: tensor<>, elements<>, info

  /// The name of the input at `position`; "" when it is left out.
  std::string input(std::size_t position) const { return name_at(inputs, position); }

  /// The name of the output at `position`; "" when it is left out.
  std::string output(std::size_t position) const { return name_at(outputs, position); }

  /// The attribute `name`, or ONNX's default where it is absent.
  template <class Value>
  Value attribute(const char* name, Value fallback) const {
    return json_value_or<Value>(attributes, name, fallback, "NodeCase", op);
  }

  /// The largest absolute difference to accept.
  double tolerance() const { return tensors.info(output(0)).dtype == DType::f16 ? 2e-3 : 2e-6; }

 private:
  static std::string name_at(const std::vector<std::string>& names, std::size_t position) {
    return position < names.size() ? names[position] : "";
  }
};

/// All cases as manifest.json lists them; none without the folder.
inline nlohmann::json node_manifest() {
  if (onnx_node_tests().empty()) return nlohmann::json::array();
  const std::filesystem::path path = onnx_node_tests() / "manifest.json";
  return parse_json(read_file(path), "node_manifest", path.string());
}

/// The names of all cases of the operators `ops`, for testing::ValuesIn.
inline std::vector<std::string> node_case_names(const std::set<std::string>& ops) {
  std::vector<std::string> names;
  const nlohmann::json manifest = node_manifest();
  for (const nlohmann::json& item : manifest)
    if (ops.count(item.at("op")) == 1) names.push_back(item.at("case"));
  return names;
}

namespace detail {

inline nlohmann::json node_item(const std::string& name) {
  const nlohmann::json manifest = node_manifest();
  for (const nlohmann::json& item : manifest)
    if (item.at("case") == name) return item;
  fail<ValueError>("NodeCase: name must be in manifest.json; got ", quote(name));
}

}  // namespace detail

inline NodeCase::NodeCase(const std::string& name)
    : tensors(SafetensorsFile::open(onnx_node_tests() / "vectors" / (name + ".safetensors"))) {
  const nlohmann::json item = detail::node_item(name);
  item.at("op").get_to(op);
  attributes = item.at("attributes");
  item.at("inputs").get_to(inputs);
  item.at("outputs").get_to(outputs);
}

/// For INSTANTIATE_TEST_SUITE_P: "test_softmax_axis_0" is the case softmax_axis_0.
struct NodeCaseName {
  template <class Parameter>
  std::string operator()(const Parameter& test) const {
    constexpr std::string_view kPrefix = "test_";
    const std::string name = test.param;
    return name.compare(0, kPrefix.size(), kPrefix) == 0 ? name.substr(kPrefix.size()) : name;
  }
};

}  // namespace eigenhead
