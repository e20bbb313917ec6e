#include "eigenhead/io/npy.hpp"

#include "support/data.hpp"
#include "support/near.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using namespace std::string_literals;

/// An .npy file of version `major` with the given dictionary and data.
std::string npy(const std::string& header, const std::string& data, int major = 1) {
  std::string file = "\x93NUMPY"s + static_cast<char>(major) + '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    file += static_cast<char>(header.size() >> (8 * i) & 255);
  return file + header + data;
}

std::string f4_header(const std::string& shape, const std::string& order = "False") {
  return "{'descr': '<f4', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

/// 1, 2, ... as little-endian float32.
std::string floats(int count) {
  std::string bytes;
  for (int i = 1; i <= count; ++i) {
    const auto value = static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

TEST(ParseNpy, EveryVersionOfTheFormatIsRead) {
  for (int major = 1; major <= 3; ++major) {
    const NpyArray array = parse_npy(npy(f4_header("(2, 3)"), floats(6), major));
    EXPECT_EQ(array.dtype, DType::f32);
    EXPECT_EQ(array.shape, (std::vector<Index>{2, 3}));
    expect_equal(to_tensor<float, 2>(array), Tensor<float, 2>({2, 3}, {1, 2, 3, 4, 5, 6}));
  }
}

TEST(ParseNpy, KeysMayComeInAnyOrderAndWithoutPadding) {
  const auto array =
      parse_npy(npy("{'shape':(2,),'fortran_order':False,'descr':'<f4'}", floats(2)));
  expect_equal(to_tensor<float, 1>(array), Tensor<float, 1>({2}, {1, 2}));
}

TEST(ParseNpy, FortranOrderIsTurnedAround) {
  // Column-major 1 .. 6 is [[1, 3, 5], [2, 4, 6]].
  expect_equal(to_tensor<float, 2>(parse_npy(npy(f4_header("(2, 3)", "True"), floats(6)))),
               Tensor<float, 2>({2, 3}, {1, 3, 5, 2, 4, 6}));
  // Element (i, j, k) is 1 + i + 2 j + 6 k.
  expect_equal(to_tensor<float, 3>(parse_npy(npy(f4_header("(2, 3, 2)", "True"), floats(12)))),
               Tensor<float, 3>({2, 3, 2}, {1, 7, 3, 9, 5, 11, 2, 8, 4, 10, 6, 12}));
  expect_equal(to_tensor<float, 1>(parse_npy(npy(f4_header("(3,)", "True"), floats(3)))),
               Tensor<float, 1>({3}, {1, 2, 3}));
  EXPECT_EQ(parse_npy(npy(f4_header("(2, 0)", "True"), "")).bytes, "");
  EXPECT_EQ(parse_npy(npy(f4_header("()", "True"), floats(1))).bytes, floats(1));
}

TEST(ParseNpy, RankZeroIsOneElement) {
  const NpyArray array = parse_npy(npy(f4_header("()"), floats(1)));
  EXPECT_TRUE(array.shape.empty());
  expect_equal(elements_of<float>(array), Tensor<float, 1>({1}, {1}));
}

TEST(ParseNpy, EmptyArraysOfEveryShapeAreRead) {
  EXPECT_EQ(parse_npy(npy(f4_header("(0,)"), "")).shape, (std::vector<Index>{0}));
  const auto array = parse_npy(npy(f4_header("(999999999999999999, 999999999999999999, 0)"), ""));
  EXPECT_EQ(array.shape.size(), 3u);
  EXPECT_EQ(elements_of<float>(array).size(), 0);
}

template <class Scalar>
void expect_type(const std::string& descr, DType dtype, const std::string& bytes, Scalar expected) {
  const NpyArray array =
      parse_npy(npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (1,), }", bytes));
  EXPECT_EQ(array.dtype, dtype) << descr;
  EXPECT_EQ(elements_of<Scalar>(array)(0), expected) << descr;
}

TEST(ParseNpy, EveryNumericTypeIsRead) {
  expect_type<bool>("|b1", DType::boolean, "\1", true);
  expect_type<int>("|u1", DType::u8, "\xff", 255);
  expect_type<int>("|i1", DType::i8, "\xff", -1);
  expect_type<int>("<u2", DType::u16, "\1\xff", 0xff01);
  expect_type<int>("<i2", DType::i16, "\1\xff", -255);
  expect_type<std::int64_t>("<u4", DType::u32, "\1\0\0\xff"s, 0xff000001);
  expect_type<int>("<i4", DType::i32, "\xfe\xff\xff\xff", -2);
  expect_type<std::uint64_t>("<u8", DType::u64, "\1\0\0\0\0\0\0\x80"s, 0x8000000000000001u);
  expect_type<std::int64_t>("<i8", DType::i64, "\xfe\xff\xff\xff\xff\xff\xff\xff", -2);
  expect_type<float>("<f2", DType::f16, "\0\x3e"s, 1.5f);
  expect_type<float>("<f4", DType::f32, "\0\0\xc0\x3f"s, 1.5f);
  expect_type<double>("<f8", DType::f64, "\0\0\0\0\0\0\xf8\x3f"s, 1.5);
}

TEST(ParseNpy, OtherElementTypesAreRefused) {
  for (const char* descr : {">f4", "<c8", "|O", "<U4", "|S3", "|V2", "<f16", "<M8[ns]", "f4", ""})
    EXPECT_THROW_WITH(
        parse_npy(npy(
            "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': ()}", "")),
        FormatError,
        "parse_npy: element type must be a little-endian number or a boolean; got descr " +
            quote(descr));
  EXPECT_THROW_WITH(
      parse_npy(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "")),
      FormatError,
      "parse_npy: element type must be a little-endian number or a boolean; got descr \"a list\"");
}

TEST(ParseNpy, WrongMagicVersionAndHeaderLengthAreRefused) {
  EXPECT_THROW_WITH(
      parse_npy("PK\3\4 not an array"), FormatError,
      "parse_npy: file must start with the .npy magic and a header length; got bytes 17");
  EXPECT_THROW_WITH(parse_npy(npy(f4_header("(1,)"), floats(1), 4)), FormatError,
                    "parse_npy: version must be 1, 2 or 3; got version 4");
  EXPECT_THROW_WITH(
      parse_npy("\x93NUMPY\2\0\xff\xff\xff\xff{}"s), FormatError,
      "parse_npy: header must end inside the file; got header bytes 4294967295, file bytes 14");
  EXPECT_THROW_WITH(
      parse_npy("\x93NUMPY\2\0\1\0"s), FormatError,
      "parse_npy: header must end inside the file; got header bytes 1, file bytes 10");
}

TEST(ParseNpy, MalformedHeadersAreRefused) {
  for (const std::string& header :
       {""s,
        "{"s,
        "}"s,
        "{}"s,
        "[]"s,
        "{'descr"s,
        "{'descr'"s,
        "{'descr':"s,
        "{'descr': '<f4'"s,
        "{'descr': '<f4', 'fortran_order': False}"s,
        "{'descr': '<f4', 'shape': ()}"s,
        "{'fortran_order': False, 'shape': ()}"s,
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}"s,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}"s,
        "{'descr': '<f4', 'fortran_order': false, 'shape': ()}"s,
        "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}"s,
        "{'descr': '<f4' 'fortran_order': False, 'shape': ()}"s,
        "{\"descr\": '<f4', 'fortran_order': False, 'shape': ()}"s,
        f4_header("1"),
        f4_header("(1"),
        f4_header("(,)"),
        f4_header("(-1,)"),
        f4_header("(1.0,)"),
        f4_header("(1 1)"),
        f4_header("(+1,)"),
        f4_header("(0x1,)"),
        f4_header("('1',)"),
        f4_header("(99999999999999999999999999999999,)"),
        f4_header("(1,)") + "x",
        f4_header("(1,)") + "{}",
        f4_header("(1,)") + '\0'})
    EXPECT_THROW(parse_npy(npy(header, floats(1))), FormatError) << header;
}

TEST(ParseNpy, EachHeaderErrorSaysItsRule) {
  EXPECT_THROW_WITH(parse_npy(npy("[1]", "")), FormatError,
                    "parse_npy: header must be a Python dictionary; got \"[1]\" instead of '{'");
  EXPECT_THROW_WITH(
      parse_npy(npy("{'x': 1}", "")), FormatError,
      "parse_npy: header must have the keys descr, fortran_order and shape once; got key \"x\"");
  EXPECT_THROW_WITH(parse_npy(npy("{'descr': '<f4'} ", "")), FormatError,
                    "parse_npy: header must be one dictionary with descr, fortran_order and shape; "
                    "got \"{'descr': '<f4'} \"");
  EXPECT_THROW_WITH(parse_npy(npy("{'descr", "")), FormatError,
                    "parse_npy: header text must end with a quote; got text \"descr\"");
  EXPECT_THROW_WITH(parse_npy(npy("{'fortran_order': 1}", "")), FormatError,
                    "parse_npy: fortran_order must be True or False; got \"1}\"");
  EXPECT_THROW_WITH(
      parse_npy(npy("{'shape': (-1,)}", "")), FormatError,
      "parse_npy: every extent must be an integer >= 0 that fits std::ptrdiff_t; got digits "
      "\"\", before \"-1,)}\"");
}

TEST(ParseNpy, DataOfAnotherSizeThanAnnouncedAreRefused) {
  EXPECT_THROW_WITH(
      parse_npy(npy(f4_header("(2, 3)"), floats(5))), FormatError,
      "parse_npy: the data must have the size that the header announces; got shape [2, 3], "
      "type F32, data bytes 20");
  EXPECT_THROW(parse_npy(npy(f4_header("(2, 3)"), floats(7))), FormatError);
  EXPECT_THROW(parse_npy(npy(f4_header("(2, 3)"), floats(6) + "x")), FormatError);
  EXPECT_THROW(parse_npy(npy(f4_header("(999999999999999999,)"), floats(1))), FormatError);
  EXPECT_THROW(parse_npy(npy(f4_header("(4294967296, 4294967296)"), "")), FormatError);
  EXPECT_THROW(parse_npy(npy(f4_header("(4611686018427387, 4000, 1)"), "")), FormatError);
}

TEST(ParseNpy, EveryTruncationIsRefused) {
  const std::string file = npy(f4_header("(2, 3)"), floats(6));
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_THROW(parse_npy(std::string_view(std::string(file, 0, size))), FormatError) << size;
}

TEST(ParseNpy, EveryFlippedByteIsRefusedOrReadWithoutHarm) {
  const std::string file = npy(f4_header("(2, 3)", "True"), floats(6));
  int refused = 0;
  for (std::size_t i = 0; i < file.size(); ++i)
    for (int value = 0; value < 256; ++value) {
      std::string damaged = file;
      damaged[i] = static_cast<char>(value);
      try {
        const NpyArray array = parse_npy(damaged);
        EXPECT_EQ(static_cast<std::size_t>(elements_of<double>(array).size()) *
                      static_cast<std::size_t>(bits_of(array.dtype)) / 8,
                  array.bytes.size());
      } catch (const FormatError&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, 10000);
}

TEST(LoadNpy, FilesOfEveryTypeOfTheFixturesAreRead) {
  const auto dtype_at = [](const char* name) {
    return read_npy(test_data() / "fixtures" / name).dtype;
  };
  EXPECT_EQ(dtype_at("mha/modules/self16h4/in_proj_weight.npy"), DType::f32);
  EXPECT_EQ(dtype_at("mha/self_plain/output.f64.npy"), DType::f64);
  EXPECT_EQ(dtype_at("mha/self_key_padding/key_padding_mask.npy"), DType::boolean);
  EXPECT_EQ(dtype_at("tiny-bert/allmasked_input_ids.npy"), DType::i64);
  EXPECT_EQ((fixture<float, 2>("fixtures/mha/modules/self16h4/in_proj_weight.npy").shape()),
            (Shape<2>{48, 16}));
  // Every file of the fixtures can be read.
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test_data()))
    if (entry.path().extension() == ".npy") {
      EXPECT_NO_THROW(read_npy(entry.path())) << entry.path();
      ++count;
    }
  EXPECT_GT(count, 100);
}

TEST(LoadNpy, AbsentFileIsRefused) {
  EXPECT_THROW_WITH((load_npy<float, 1>("/no/such/file.npy")), FileError,
                    "load_npy: file must exist and be readable; got \"/no/such/file.npy\"");
}

TEST(LoadNpy, EveryMessageNamesTheFunctionThatWasCalled) {
  const TemporaryFolder folder;
  write_file(folder / "a.npy", npy(f4_header("(2,)"), floats(2)));
  EXPECT_THROW_WITH((load_npy<float, 2>(folder / "a.npy")), ShapeError,
                    "load_npy: the rank of the array must be 2; got shape [2]");
  write_file(folder / "a.npy", npy("[1]", ""));
  EXPECT_THROW_WITH((load_npy<float, 2>(folder / "a.npy")), FormatError,
                    "load_npy: header must be a Python dictionary; got \"[1]\" instead of '{'");
  EXPECT_THROW_WITH(read_npy(folder / "a.npy"), FormatError,
                    "read_npy: header must be a Python dictionary; got \"[1]\" instead of '{'");
  EXPECT_THROW_WITH(read_npy("/no/such/file.npy"), FileError,
                    "read_npy: file must exist and be readable; got \"/no/such/file.npy\"");
}

TEST(ToTensor, ArrayWithoutTheBytesOfItsShapeIsRefused) {
  NpyArray array;
  array.shape = {2, 3};
  array.bytes = floats(5);
  EXPECT_THROW_WITH((to_tensor<float, 2>(array)), ShapeError,
                    "to_tensor: bytes must have the size of the shape; got shape [2, 3], type F32, "
                    "bytes 20");
  EXPECT_THROW_WITH(elements_of<float>(array), ShapeError,
                    "elements_of: bytes must have the size of the shape; got shape [2, 3], type "
                    "F32, bytes 20");
  array.bytes = floats(7);
  EXPECT_THROW(elements_of<float>(array), ShapeError);
  for (const std::vector<Index>& shape :
       {std::vector<Index>{-1, -7}, {-7, 1}, {0, -1}, {std::numeric_limits<Index>::max(), 4}}) {
    array.shape = shape;
    EXPECT_THROW((to_tensor<float, 2>(array)), ShapeError);
    EXPECT_THROW(elements_of<float>(array), ShapeError);
  }
}

TEST(ToTensor, OtherRankIsRefused) {
  EXPECT_THROW_WITH((to_tensor<float, 1>(parse_npy(npy(f4_header("(2, 3)"), floats(6))))),
                    ShapeError, "to_tensor: the rank of the array must be 1; got shape [2, 3]");
}

TEST(ToTensor, ElementThatDoesNotFitTheIntegerTypeIsRefused) {
  const auto array = parse_npy(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
                                   "\5\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0"s));
  EXPECT_THROW_WITH(
      (to_tensor<std::int32_t, 1>(array)), FormatError,
      "to_tensor: every element must be an integer that fits I32; got 4294967296 at element 1");
}

template <class Scalar>
void expect_round_trip(const std::string& descr, const Tensor<Scalar, 2>& tensor) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.npy";
  save_npy<Scalar, 2>(file, tensor);
  const std::string bytes = read_file(file);
  EXPECT_NE(bytes.find("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (2, 2), }"),
            std::string::npos);
  EXPECT_EQ((bytes.size() - 4 * sizeof(Scalar)) % 64, 0u);
  expect_equal(load_npy<Scalar, 2>(file), tensor);
}

TEST(SaveNpy, EveryTypeComesBack) {
  expect_round_trip<bool>("|b1", {{2, 2}, {true, false, false, true}});
  expect_round_trip<std::uint8_t>("|u1", {{2, 2}, {0, 1, 2, 255}});
  expect_round_trip<std::int8_t>("|i1", {{2, 2}, {0, 1, -128, 127}});
  expect_round_trip<std::uint16_t>("<u2", {{2, 2}, {0, 1, 2, 65535}});
  expect_round_trip<std::int16_t>("<i2", {{2, 2}, {0, 1, -32768, 32767}});
  expect_round_trip<std::uint32_t>("<u4", {{2, 2}, {0, 1, 2, 4294967295u}});
  expect_round_trip<std::int32_t>("<i4",
                                  {{2, 2}, {0, 1, -2, std::numeric_limits<std::int32_t>::min()}});
  expect_round_trip<std::int64_t>("<i8",
                                  {{2, 2}, {0, 1, -2, std::numeric_limits<std::int64_t>::min()}});
  expect_round_trip<Eigen::half>(
      "<f2", {{2, 2}, {Eigen::half(0), Eigen::half(1.5), Eigen::half(-2), Eigen::half(65504)}});
  expect_round_trip<float>("<f4",
                           {{2, 2}, {0, -1.5f, 1e-45f, std::numeric_limits<float>::infinity()}});
  expect_round_trip<double>("<f8",
                            {{2, 2}, {0, -1.5, 5e-324, -std::numeric_limits<double>::infinity()}});
}

TEST(SaveNpy, FileIsByteForByteWhatNumpyWrites) {
  const auto path = test_data() / "fixtures/mha/modules/self16h4/in_proj_bias.npy";
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.npy";
  save_npy<float, 1>(file, load_npy<float, 1>(path));
  EXPECT_EQ(read_file(file), read_file(path));
  const auto path_3d = test_data() / "fixtures/mha/self_plain/output.f64.npy";
  save_npy<double, 3>(file, load_npy<double, 3>(path_3d));
  EXPECT_EQ(read_file(file), read_file(path_3d));
}

TEST(SaveNpy, StridedViewIsWrittenInRowMajorOrder) {
  const Tensor<float, 2> tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.npy";
  save_npy<float, 2>(file, tensor.transpose(0, 1));
  expect_equal(load_npy<float, 2>(file), Tensor<float, 2>({3, 2}, {1, 4, 2, 5, 3, 6}));
}

TEST(SaveNpy, EmptyTensorComesBack) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.npy";
  save_npy<float, 2>(file, Tensor<float, 2>({3, 0}));
  EXPECT_EQ((load_npy<float, 2>(file).shape()), (Shape<2>{3, 0}));
}

TEST(SaveNpy, UnwritablePathIsRefused) {
  EXPECT_THROW_WITH((save_npy<float, 1>("/no/such/folder/a.npy", Tensor<float, 1>(3))), FileError,
                    "save_npy: path must be writable; got \"/no/such/folder/a.npy\"");
}

}  // namespace
}  // namespace eigenhead
