#include "eigenhead/models/weight_reader.hpp"

#include "eigenhead/io/safetensors_writer.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eigenhead {
namespace {

/// Tensors of one element: 1, 2, ... in the order of the names.
SafetensorsFile file_with(const std::vector<std::string>& names) {
  SafetensorsWriter writer;
  float value = 0;
  for (const std::string& name : names) writer.add(name, Tensor<float, 1>({1}, {++value}));
  return SafetensorsFile::from_memory(writer.to_bytes());
}

double value_of(const std::vector<std::string>& names, const std::string& name,
                const std::string& other_name = "") {
  const SafetensorsFile file = file_with(names);
  WeightReader<double> reader(file, "bert.", "test");
  return reader.read(name, Shape<1>{1}, other_name)(0);
}

TEST(WeightReader, PrefixedNameComesFirstAndTheOtherNameLast) {
  EXPECT_EQ(value_of({"a", "bert.a"}, "a"), 2);
  EXPECT_EQ(value_of({"a", "b"}, "a", "b"), 1);
  EXPECT_EQ(value_of({"b", "bert.b"}, "a", "b"), 2);
  EXPECT_EQ(value_of({"b"}, "a", "b"), 1);
}

TEST(WeightReader, UnusedAreThoseNeitherReadNorIgnored) {
  const SafetensorsFile file = file_with({"bert.a", "bert.b", "c", "d"});
  WeightReader<double> reader(file, "bert.", "test");
  reader.read("a", Shape<1>{1});
  reader.ignore("b");
  reader.ignore("c");
  reader.ignore("absent");
  EXPECT_EQ(reader.unused(), (std::vector<std::string>{"d"}));
}

TEST(WeightReader, OldNamesOfALayerNormAreItsGainAndBias) {
  const SafetensorsFile file = file_with({"norm.gamma", "norm.beta"});
  WeightReader<double> reader(file, "bert.", "test");
  const LayerNormWeights<double> norm = reader.read_layer_norm("norm", 1);
  EXPECT_EQ(norm.gain(0), 1);
  EXPECT_EQ(norm.bias(0), 2);
  EXPECT_TRUE(reader.unused().empty());
}

TEST(WeightReader, MissingTensorIsRefusedWithEveryNameTried) {
  EXPECT_THROW_WITH(value_of({"c"}, "a"), FormatError,
                    "test: the checkpoint must hold the tensor \"bert.a\" or \"a\"; got 1 other "
                    "tensors");
  EXPECT_THROW_WITH(
      value_of({"c"}, "a", "b"), FormatError,
      "test: the checkpoint must hold the tensor \"bert.a\" or \"a\" or \"bert.b\" or "
      "\"b\"; got 1 other tensors");
}

TEST(WeightReader, TensorOfOtherShapeIsRefused) {
  const SafetensorsFile file = file_with({"bert.a"});
  WeightReader<double> reader(file, "bert.", "test");
  EXPECT_THROW_WITH(reader.read("a", Shape<2>{1, 3}), ShapeError,
                    "test: tensor \"bert.a\" must have the shape of the configuration; got tensor "
                    "[1], configuration [1, 3]");
}

}  // namespace
}  // namespace eigenhead
