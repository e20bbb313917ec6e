#include "eigenhead/io/safetensors.hpp"

#include "eigenhead/io/npy.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "support/bytes_of_files.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/safetensors_bytes.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace eigenhead {
namespace {

using namespace std::string_literals;

/// Tensors of three types; the header length is no multiple of 8, so that "half" to "table" lie
/// unaligned when `padding` says so.
SafetensorsFile sample(const std::string& padding = "") {
  const std::string data =
      "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40"s  // 1, 2, 3, 4
      "\0\x3c\0\xc0"s                                    // F16 1, -2
      "\1\0\2"s;                                         // BOOL
  std::string header =
      R"({"__metadata__":{"format":"pt"},"table":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
      R"("half":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},)"
      R"("flags":{"dtype":"BOOL","shape":[1,3],"data_offsets":[20,23]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return SafetensorsFile::from_memory(safetensors_bytes(header + padding, data), "f");
}

TEST(SafetensorsFile, ContentIsListed) {
  const SafetensorsFile file = sample();
  EXPECT_EQ(file.names(), (std::vector<std::string>{"table", "half", "flags"}));
  EXPECT_TRUE(file.contains("half"));
  EXPECT_FALSE(file.contains("hal"));
  EXPECT_EQ(file.info("half").dtype, DType::f16);
  EXPECT_EQ(file.info("half").begin, 16u);
  EXPECT_EQ(file.info("half").end, 20u);
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.bytes("flags"), "\1\0\2"s);
}

TEST(SafetensorsFile, TensorsAreConverted) {
  const SafetensorsFile file = sample();
  expect_equal(file.tensor<float, 2>("table"), Tensor<float, 2>({2, 2}, {1, 2, 3, 4}));
  expect_equal(file.tensor<std::int32_t, 2>("table"),
               Tensor<std::int32_t, 2>({2, 2}, {1, 2, 3, 4}));
  expect_equal(file.tensor<double, 1>("half"), Tensor<double, 1>({2}, {1, -2}));
  expect_equal(file.tensor<bool, 2>("flags"), Tensor<bool, 2>({1, 3}, {true, false, true}));
  expect_equal(file.elements<float>("flags"), Tensor<float, 1>({3}, {1, 0, 1}));
}

TEST(SafetensorsFile, TakenTensorsAreThoseThatAreRead) {
  const SafetensorsFile file = sample();
  expect_equal(file.take<float, 2>("table"), file.tensor<float, 2>("table"));
  expect_equal(file.take<double, 1>("half"), file.tensor<double, 1>("half"));
  const auto others = SafetensorsFile::from_memory(
      safetensors_bytes(R"({"none":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},)"
                        R"("four":{"dtype":"F4","shape":[0],"data_offsets":[0,0]}})",
                        ""),
      "g");
  expect_equal(others.take<float, 2>("none"), Tensor<float, 2>(Shape<2>{0, 3}));
  EXPECT_THROW_WITH((others.take<float, 1>("four")), FormatError,
                    "load_safetensors: tensor \"four\" (file \"g\"): element type must be BOOL, an "
                    "integer, F16, BF16, F32 or F64; got F4");
  EXPECT_THROW_WITH((file.take<float, 1>("table")), ShapeError,
                    "load_safetensors: tensor \"table\" must have rank 1; got shape [2, 2] (file "
                    "\"f\")");
}

/// Larger than the parts in which it is taken.
TEST(SafetensorsFile, TakenTensorOfAMappedFileLeavesItsMemory) {
  const TemporaryFolder folder;
  const Index size = (Index{1} << 20) + 5;
  Tensor<float, 1> numbers{Shape<1>{size}};
  for (Index i = 0; i < size; ++i) numbers(i) = static_cast<float>(i);
  SafetensorsWriter writer;
  writer.add("a", numbers);
  writer.save(folder / "a.safetensors");
  const SafetensorsFile file = SafetensorsFile::open(folder / "a.safetensors");
  expect_equal(file.tensor<float, 1>("a"), numbers);
  const std::size_t before = bytes_of_files();
  expect_equal(file.take<float, 1>("a"), numbers);
  if (before == 0) GTEST_SKIP() << "no /proc/self/status";
  EXPECT_GT(before, bytes_of_files() + (std::size_t{3} << 20));  // of 4 MiB
  expect_equal(file.tensor<float, 1>("a"), numbers);
  const std::size_t read_again = bytes_of_files();
  file.release();
  EXPECT_GT(read_again, bytes_of_files() + (std::size_t{3} << 20));
}

TEST(SafetensorsFile, RankZeroIsReadByElements) {
  const auto file = SafetensorsFile::from_memory(safetensors_bytes(
      R"({"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})", "\5\0\0\0\0\0\0\0"s));
  expect_equal(file.elements<std::int32_t>("a"), Tensor<std::int32_t, 1>({1}, {5}));
}

TEST(SafetensorsFile, ViewShowsTheMemoryOfTheFile) {
  const SafetensorsFile file = sample();
  ASSERT_TRUE(file.is_viewable_as<float>("table"));
  const TensorView<const float, 2> view = file.view<float, 2>("table");
  EXPECT_EQ(reinterpret_cast<const char*>(view.data()), file.bytes("table").data());
  EXPECT_EQ(view(1, 0), 3);
  const auto half = file.view<Eigen::half, 1>("half");
  EXPECT_EQ(static_cast<float>(half(1)), -2.0f);
}

TEST(SafetensorsFile, ViewOfOtherTypeIsRefused) {
  const SafetensorsFile file = sample();
  EXPECT_FALSE(file.is_viewable_as<double>("table"));
  EXPECT_THROW_WITH(
      (file.view<float, 1>("half")), FormatError,
      "load_safetensors: tensor \"half\" must be aligned and of type F32 for a view; got F16; read "
      "it by tensor() (file \"f\")");
}

TEST(SafetensorsFile, UnalignedTensorIsReadButNotViewed) {
  const SafetensorsFile file = sample(" ");
  EXPECT_FALSE(file.is_viewable_as<float>("table"));
  EXPECT_THROW((file.view<float, 2>("table")), FormatError);
  expect_equal(file.tensor<float, 2>("table"), Tensor<float, 2>({2, 2}, {1, 2, 3, 4}));
  expect_equal(file.tensor<float, 1>("half"), Tensor<float, 1>({2}, {1, -2}));
}

TEST(SafetensorsFile, ViewLivesAsLongAsACopyOfTheFile) {
  TensorView<const float, 2> view;
  std::optional<SafetensorsFile> copy;
  {
    const SafetensorsFile file = sample();
    view = file.view<float, 2>("table");
    copy = file;
  }
  EXPECT_EQ(view(1, 1), 4);
}

TEST(SafetensorsFile, OtherRankIsRefused) {
  EXPECT_THROW_WITH(
      (sample().tensor<float, 1>("table")), ShapeError,
      "load_safetensors: tensor \"table\" must have rank 1; got shape [2, 2] (file \"f\")");
}

TEST(SafetensorsFile, UnknownNameIsRefusedWithTheClosestOne) {
  EXPECT_THROW_WITH(sample().info("tabel"), ValueError,
                    "load_safetensors: tensor name must be one of the 3 in the file; got \"tabel\" "
                    "(file \"f\"); did "
                    "you mean \"table\"?");
  EXPECT_THROW_WITH((sample().tensor<float, 1>("something")), ValueError,
                    "load_safetensors: tensor name must be one of the 3 in the file; got "
                    "\"something\" (file \"f\")");
}

TEST(SafetensorsFile, TypesWithoutConversionAreRefusedWithTheName) {
  const auto file = SafetensorsFile::from_memory(
      safetensors_bytes(R"({"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", "x"), "f");
  EXPECT_THROW_WITH((file.tensor<float, 1>("a")), FormatError,
                    "load_safetensors: tensor \"a\" (file \"f\"): element type must be BOOL, an "
                    "integer, F16, BF16, "
                    "F32 or F64; got F8_E4M3");
}

TEST(SafetensorsFile, AbsentFileIsRefused) {
  EXPECT_THROW_WITH(
      SafetensorsFile::open("/no/such/model.safetensors"), FileError,
      "load_safetensors: file must exist and be readable; got \"/no/such/model.safetensors\"");
  const TemporaryFolder folder;
  EXPECT_THROW(SafetensorsFile::open(folder.path()), FileError);
}

TEST(SafetensorsFile, EmptyFileIsRefused) {
  const TemporaryFolder folder;
  write_file(folder / "a", "");
  EXPECT_THROW(SafetensorsFile::open(folder / "a"), FormatError);
}

TEST(SafetensorsFile, MergeOfFilesWithACommonTensorIsRefused) {
  SafetensorsFile file = sample();
  EXPECT_THROW_WITH(
      file.merge(sample()), FormatError,
      "load_safetensors: tensor \"table\" must be in one file only; got file \"f\", file \"f\"");
}

class SafetensorsFixture : public testing::TestWithParam<FileAccess> {};
INSTANTIATE_TEST_SUITE_P(Access, SafetensorsFixture,
                         testing::Values(FileAccess::map, FileAccess::read));

TEST_P(SafetensorsFixture, StateDictsHoldTheTensorsOfTheirNpyFiles) {
  int count = 0;
  for (const auto& module :
       std::filesystem::directory_iterator(test_data() / "fixtures/mha/modules")) {
    const auto file = SafetensorsFile::open(module.path() / "state_dict.safetensors", GetParam());
    for (const std::string& name : file.names()) {
      const NpyArray expected = read_npy(module.path() / (name + ".npy"));
      EXPECT_EQ(file.info(name).shape, expected.shape) << module.path() << name;
      EXPECT_EQ(file.info(name).dtype, expected.dtype);
      EXPECT_EQ(file.bytes(name), expected.bytes) << module.path() << name;
      expect_equal(file.elements<double>(name), elements_of<double>(expected));
      ++count;
    }
  }
  EXPECT_GE(count, 22);
}

TEST_P(SafetensorsFixture, CheckpointsHoldTheirTensors) {
  // Names, shapes and first values as struct.unpack of Python shows them.
  const auto bert =
      SafetensorsFile::open(test_data() / "fixtures/tiny-bert/model.safetensors", GetParam());
  EXPECT_EQ(bert.names().size(), 46u);
  EXPECT_EQ(bert.names().front(), "bert.embeddings.LayerNorm.beta");
  EXPECT_EQ(bert.metadata().at("format"), "pt");
  EXPECT_EQ((bert.tensor<float, 1>("bert.embeddings.LayerNorm.beta")(3)), -0.1830727458000183f);
  EXPECT_EQ((bert.tensor<float, 2>("cls.seq_relationship.weight").shape()), (Shape<2>{2, 32}));
  EXPECT_EQ((bert.view<float, 2>("cls.seq_relationship.weight")(0, 3)), -0.20482288300991058f);

  const auto minilm =
      SafetensorsFile::open(test_data() / "fixtures/tiny-minilm/model.safetensors", GetParam());
  EXPECT_EQ(minilm.names().size(), 56u);
  const auto position_ids = minilm.tensor<std::int32_t, 2>("embeddings.position_ids");
  EXPECT_EQ(position_ids.shape(), (Shape<2>{1, 64}));
  for (Index i = 0; i < 64; ++i) EXPECT_EQ(position_ids(0, i), i);
  EXPECT_EQ((minilm.tensor<float, 2>("pooler.dense.weight")(0, 1)), -0.3714122176170349f);

  const auto distilbert =
      SafetensorsFile::open(test_data() / "fixtures/tiny-distilbert/model.safetensors", GetParam());
  EXPECT_EQ(distilbert.names().size(), 41u);
  EXPECT_EQ((distilbert.tensor<float, 2>("vocab_transform.weight")(0, 3)), -0.17640914022922516f);
}

TEST_P(SafetensorsFixture, BundledModelOfHalvesIsRead) {
  const auto file = SafetensorsFile::open(bundled_model() / "model.safetensors", GetParam());
  EXPECT_EQ(file.names().size(), 73u);
  EXPECT_EQ(file.info("distilbert.embeddings.word_embeddings.weight").shape,
            (std::vector<Index>{30522, 64}));
  // Bytes 1e 9c, 64 20, e1 25: F16 patterns 0x9c1e, 0x2064, 0x25e1 by hand.
  const auto bias = file.tensor<float, 1>("distilbert.embeddings.LayerNorm.bias");
  EXPECT_EQ(bias(0), -1054.0f / 262144.0f);  // exponent 7: 2^-8 * (1 + 30/1024)
  EXPECT_EQ(bias(1), 1124.0f / 131072.0f);   // exponent 8: 2^-7 * (1 + 100/1024)
  EXPECT_EQ(bias(2), 1505.0f / 65536.0f);    // exponent 9: 2^-6 * (1 + 481/1024)
}

}  // namespace
}  // namespace eigenhead
