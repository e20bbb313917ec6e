#include "eigenhead/io/safetensors_writer.hpp"

#include "eigenhead/io/safetensors.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

namespace eigenhead {
namespace {

using namespace std::string_literals;

/// The content of a file, in the order of its names, in a new writer.
SafetensorsWriter writer_of(const SafetensorsFile& file) {
  SafetensorsWriter writer;
  for (const std::string& name : file.names())
    writer.add_bytes(name, file.info(name).dtype, file.info(name).shape,
                     std::string(file.bytes(name)));
  for (const auto& [key, value] : file.metadata()) writer.add_metadata(key, value);
  return writer;
}

TEST(SafetensorsWriter, BytesAreThoseOfTheSpecification) {
  SafetensorsWriter writer;
  writer.add("b", Tensor<std::uint8_t, 1>({2}, {7, 8}));
  writer.add("a", Tensor<float, 2>({1, 1}, {1}));
  writer.add_metadata("format", "pt");
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
      R"("b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(writer.to_bytes(), std::string(1, static_cast<char>(padded.size())) +
                                   "\0\0\0\0\0\0\0"s + padded + "\0\0\x80\x3f\7\x08"s);
}

TEST(SafetensorsWriter, NothingIsAnEmptyHeader) {
  EXPECT_EQ(SafetensorsWriter().to_bytes(), "\x08\0\0\0\0\0\0\0{}      "s);
  SafetensorsWriter writer;
  writer.add_metadata("k", "v");
  EXPECT_EQ(SafetensorsFile::from_memory(writer.to_bytes()).metadata().at("k"), "v");
}

TEST(SafetensorsWriter, FilesOfTheFixturesComeBackByteForByte) {
  for (const auto& path : {test_data() / "fixtures/tiny-bert/model.safetensors",
                           test_data() / "fixtures/tiny-minilm/model.safetensors",
                           test_data() / "fixtures/tiny-distilbert/model.safetensors",
                           bundled_model() / "model.safetensors"})
    EXPECT_TRUE(writer_of(SafetensorsFile::open(path)).to_bytes() == read_file(path)) << path;
}

TEST(SafetensorsWriter, TensorsAreOrderedByElementSizeThenName) {
  SafetensorsWriter writer;
  writer.add("a", Tensor<bool, 1>({1}, {true}));
  writer.add("z", Tensor<float, 1>({1}, {1}));
  writer.add("c", Tensor<Eigen::half, 1>(1));
  writer.add("b", Tensor<Eigen::bfloat16, 1>(1));
  writer.add("y", Tensor<double, 1>({1}, {1}));
  writer.add("x", Tensor<std::int64_t, 1>({1}, {1}));
  const std::string bytes = writer.to_bytes();
  const auto file = SafetensorsFile::from_memory(bytes);
  EXPECT_EQ(file.names(), (std::vector<std::string>{"x", "y", "z", "b", "c", "a"}));
  EXPECT_EQ(static_cast<unsigned char>(bytes[0]) % 8, 0);
}

template <class Scalar>
void expect_round_trip(Scalar a, Scalar b) {
  const Tensor<Scalar, 3> tensor({1, 2, 1}, {a, b});
  SafetensorsWriter writer;
  writer.add("t", tensor);
  const auto file = SafetensorsFile::from_memory(writer.to_bytes());
  EXPECT_EQ(file.info("t").dtype, dtype_of<Scalar>());
  expect_equal(file.tensor<Scalar, 3>("t"), tensor);
}

TEST(SafetensorsWriter, EveryTypeComesBack) {
  expect_round_trip<bool>(true, false);
  expect_round_trip<std::uint8_t>(0, 255);
  expect_round_trip<std::int8_t>(-128, 127);
  expect_round_trip<std::uint16_t>(0, 65535);
  expect_round_trip<std::int16_t>(-32768, 32767);
  expect_round_trip<std::uint32_t>(0, 4294967295u);
  expect_round_trip<std::int32_t>(-5, 2147483647);
  expect_round_trip<std::uint64_t>(0, 1u);
  expect_round_trip<std::int64_t>(std::numeric_limits<std::int64_t>::min(), 3);
  expect_round_trip<Eigen::half>(Eigen::half(1.5), Eigen::half(-65504));
  expect_round_trip<Eigen::bfloat16>(Eigen::bfloat16(1.5f), Eigen::bfloat16(-3e38f));
  expect_round_trip<float>(1e-45f, std::numeric_limits<float>::infinity());
  expect_round_trip<double>(5e-324, 0.1);
}

TEST(SafetensorsWriter, RankZeroAndEmptyTensorsComeBack) {
  SafetensorsWriter writer;
  writer.add_bytes("scalar", DType::i16, {}, "\5\0"s);
  writer.add("empty", Tensor<float, 2>({0, 3}));
  writer.add_bytes("packed", DType::f4, {2, 3}, "abc");
  const auto file = SafetensorsFile::from_memory(writer.to_bytes());
  EXPECT_EQ(file.elements<int>("scalar")(0), 5);
  EXPECT_EQ((file.tensor<float, 2>("empty").shape()), (Shape<2>{0, 3}));
  EXPECT_EQ(file.bytes("packed"), "abc");
}

TEST(SafetensorsWriter, OddNamesAndMetadataComeBack) {
  SafetensorsWriter writer;
  for (const std::string& name : {""s, "a\0b"s, "\n\"\\"s, "\xc3\xa9\xf0\x9f\x98\x80"s})
    writer.add(name, Tensor<float, 1>({1}, {1}));
  writer.add_metadata("k\"\n", "\x01\x7f\xc3\xa9");
  const auto file = SafetensorsFile::from_memory(writer.to_bytes());
  EXPECT_EQ(file.names().size(), 4u);
  EXPECT_TRUE(file.contains("a\0b"s) && file.contains("\n\"\\") &&
              file.contains("\xc3\xa9\xf0\x9f\x98\x80"));
  EXPECT_EQ(file.metadata().at("k\"\n"), "\x01\x7f\xc3\xa9");
}

TEST(SafetensorsWriter, TakenNamesAreRefused) {
  SafetensorsWriter writer;
  writer.add("a", Tensor<float, 1>(1));
  writer.add_metadata("k", "v");
  EXPECT_THROW_WITH(writer.add("a", Tensor<int, 1>(1)), ValueError,
                    "SafetensorsWriter::add: tensor names must be unique; got name \"a\"");
  EXPECT_THROW_WITH(writer.add_metadata("k", "w"), ValueError,
                    "SafetensorsWriter::add_metadata: metadata keys must be unique; got key \"k\"");
  EXPECT_THROW_WITH(
      writer.add("__metadata__", Tensor<int, 1>(1)), ValueError,
      "SafetensorsWriter::add: tensor name must not be the key of the metadata; got name "
      "\"__metadata__\"");
  EXPECT_THROW_WITH(writer.add_bytes("a", DType::u8, {1}, "x"), ValueError,
                    "SafetensorsWriter::add_bytes: tensor names must be unique; got name \"a\"");
}

TEST(SafetensorsWriter, BytesOfAnotherSizeThanTheShapeAreRefused) {
  SafetensorsWriter writer;
  EXPECT_THROW_WITH(
      writer.add_bytes("a", DType::f32, {2}, "1234567"), ShapeError,
      "SafetensorsWriter::add_bytes: bytes must have the size of the shape; got tensor \"a\", "
      "shape [2], type F32, "
      "bytes 7");
  EXPECT_THROW(writer.add_bytes("a", DType::f4, {3}, "12"), ShapeError);
  EXPECT_THROW(writer.add_bytes("a", DType::f64, {std::numeric_limits<Index>::max()}, ""),
               ShapeError);
}

TEST(SafetensorsWriter, TextsThatAreNotUtf8AreRefusedAndNothingIsWritten) {
  const TemporaryFolder folder;
  SafetensorsWriter writer;
  writer.add("\xff", Tensor<float, 1>(1));
  EXPECT_THROW_WITH(writer.save(folder / "a"), ValueError,
                    "SafetensorsWriter::save: names and metadata must be UTF-8; got \"\xff\"");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THROW_WITH(writer.to_bytes(), ValueError,
                    "SafetensorsWriter::to_bytes: names and metadata must be UTF-8; got \"\xff\"");
}

TEST(SafetensorsWriter, HeaderOverTheLimitIsRefused) {
  const TemporaryFolder folder;
  SafetensorsWriter writer;
  writer.add_metadata("k", std::string(100'000'000, 'x'));
  EXPECT_THROW_WITH(
      writer.save(folder / "a"), ValueError,
      "SafetensorsWriter::save: header must have at most 100000000 bytes; got bytes 100000032");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SafetensorsWriter, MappedFileMayBeOverwritten) {
  const TemporaryFolder folder;
  SafetensorsWriter writer;
  writer.add("a", Tensor<float, 1>({3}, {1, 2, 3}));
  writer.save(folder / "a");
  const auto before = SafetensorsFile::open(folder / "a");
  const auto view = before.view<float, 1>("a");

  SafetensorsWriter shorter;
  shorter.add("a", Tensor<float, 1>({1}, {9}));
  shorter.save(folder / "a");
  expect_equal(Tensor<float, 1>(view), Tensor<float, 1>({3}, {1, 2, 3}));
  expect_equal(SafetensorsFile::open(folder / "a").tensor<float, 1>("a"),
               Tensor<float, 1>({1}, {9}));
}

TEST(SafetensorsWriter, UnwritablePathIsRefused) {
  EXPECT_THROW_WITH(SafetensorsWriter().save("/no/such/folder/a"), FileError,
                    "SafetensorsWriter::save: path must be writable; got \"/no/such/folder/a\"");
}

}  // namespace
}  // namespace eigenhead
