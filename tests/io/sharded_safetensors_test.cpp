#include "eigenhead/io/sharded_safetensors.hpp"

#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "support/near.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

class ShardedSafetensors : public testing::Test {
 protected:
  ShardedSafetensors() {
    SafetensorsWriter first;
    first.add("a", Tensor<float, 1>({2}, {1, 2}));
    first.add("b", Tensor<float, 1>({1}, {3}));
    first.save(folder_ / "model-1.safetensors");
    SafetensorsWriter second;
    second.add("c", Tensor<float, 1>({1}, {4}));
    second.add_metadata("format", "pt");
    second.save(folder_ / "model-2.safetensors");
  }

  SafetensorsFile open(const std::string& index) {
    write_file(folder_ / "model.safetensors.index.json", index);
    return open_weights(folder_.path());
  }

  SafetensorsFile open_map(const std::string& weight_map) {
    return open("{\"weight_map\":" + weight_map + "}");
  }

  TemporaryFolder folder_;
};

TEST_F(ShardedSafetensors, TensorsOfAllShardsAreRead) {
  const auto file = open(
      R"({"metadata":{"total_size":5},"weight_map":{"a":"model-1.safetensors","c":"model-2.safetensors","b":"model-1.safetensors"}})");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(file.metadata().at("format"), "pt");
  expect_equal(file.tensor<float, 1>("a"), Tensor<float, 1>({2}, {1, 2}));
  expect_equal(Tensor<float, 1>(file.view<float, 1>("c")), Tensor<float, 1>({1}, {4}));
  EXPECT_THROW_WITH((file.tensor<float, 2>("c")), ShapeError,
                    "load_safetensors: tensor \"c\" must have rank 2; got shape [1] (file " +
                        quote((folder_ / "model-2.safetensors").string()) + ")");
}

TEST_F(ShardedSafetensors, FileNamesThatLeaveTheFolderAreRefused) {
  for (const char* name : {"../a", "/a", "a/b", "a\\\\b", "c:a", "..", ".", "", "a\\u0000"})
    EXPECT_THROW(open_map(R"({"a":")" + std::string(name) + "\"}"), FormatError) << name;
  EXPECT_THROW_WITH(open_map(R"({"a":"../x"})"), FormatError,
                    "load_safetensors: \"model.safetensors.index.json\" must name files in its own "
                    "folder; got file "
                    "\"\\\"../x\\\"\", tensor \"a\"");
  EXPECT_THROW(open_map(R"({"a":1})"), FormatError);
}

TEST_F(ShardedSafetensors, BrokenIndexIsRefused) {
  const std::string rule =
      "load_safetensors: \"model.safetensors.index.json\" must have an object under "
      "\"weight_map\"; "
      "got ";
  EXPECT_THROW_WITH(open("{}"), FormatError, rule + "null");
  EXPECT_THROW_WITH(
      open("[]"), FormatError,
      "load_safetensors: \"model.safetensors.index.json\" must hold a JSON object; got type array");
  EXPECT_THROW_WITH(open_map("[]"), FormatError, rule + "array");
  EXPECT_THROW_WITH(
      open_map("{}"), FormatError,
      "load_safetensors: \"model.safetensors.index.json\" must list at least one tensor; got an "
      "empty \"weight_map\"");
  EXPECT_THROW(open_map(R"({"a":"model-1.safetensors","a":"model-2.safetensors"})"), FormatError);
  EXPECT_THROW(open("{"), FormatError);
}

TEST_F(ShardedSafetensors, TensorThatIsNotInItsFileIsRefused) {
  EXPECT_THROW_WITH(
      open_map(
          R"({"a":"model-1.safetensors","b":"model-1.safetensors","x":"model-1.safetensors"})"),
      FormatError,
      "load_safetensors: tensor \"x\" must be in the file that the index names; got file "
      "\"model-1.safetensors\"");
}

TEST_F(ShardedSafetensors, TensorThatIsNotListedIsRefused) {
  EXPECT_THROW_WITH(
      open_map(R"({"a":"model-1.safetensors"})"), FormatError,
      "load_safetensors: tensor \"b\" must be listed in the index for its file; got file "
      "\"model-1.safetensors\"");
}

TEST_F(ShardedSafetensors, AbsentShardIsRefused) {
  EXPECT_THROW(open_map(R"({"a":"model-3.safetensors"})"), FileError);
}

}  // namespace
}  // namespace eigenhead
