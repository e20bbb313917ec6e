#include "eigenhead/analysis/npy_rows.hpp"

#include "support/near.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include "eigenhead/core/file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

class NpyRowsFile : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "x.npy";
};

TEST_F(NpyRowsFile, AnyRowsAreReadAndConverted) {
  save_npy(path_, Tensor<float, 2>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const NpyRows rows = NpyRows::open(path_);
  EXPECT_EQ(rows.num_rows(), 3);
  EXPECT_EQ(rows.num_columns(), 2);
  EXPECT_EQ(rows.dtype(), DType::f32);
  expect_equal(rows.read<double>(1, 3), Tensor<double, 2>({2, 2}, {3, 4, 5, 6}));
  expect_equal(rows.read<float>(0, 3), Tensor<float, 2>({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(rows.read<float>(3, 3).shape(), (Shape<2>{0, 2}));
  EXPECT_THROW_WITH(rows.read<float>(1, 4), ValueError,
                    "NpyRows::read: begin and end must satisfy 0 <= begin <= end <= num_rows; got "
                    "begin 1, end 4, num_rows 3");
}

TEST_F(NpyRowsFile, WhatIsNoMatrixIsRefused) {
  save_npy(path_, Tensor<float, 1>({3}, {1, 2, 3}));
  EXPECT_THROW_WITH(NpyRows::open(path_), ShapeError,
                    "NpyRows::open: array must be a matrix; got shape [3]");
  write_file(path_, std::string("not an array"));
  EXPECT_THROW_WITH(NpyRows::open(path_), FormatError,
                    "NpyRows::open: file must start with the .npy magic and a header length; got "
                    "bytes 12");
  EXPECT_THROW(NpyRows::open(folder_.path() / "absent.npy"), FileError);
}

TEST_F(NpyRowsFile, FortranOrderAndCutFilesAreRefused) {
  save_npy(path_, Tensor<float, 2>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const std::string whole = read_file(path_);
  write_file(path_, whole.substr(0, whole.size() - 4));
  EXPECT_THROW_WITH(NpyRows::open(path_), FormatError,
                    "NpyRows::open: the data must have the size that the header announces; got "
                    "shape [3, 2], type F32, data bytes 20");
  write_file(path_, whole.substr(0, 40));
  EXPECT_THROW_WITH(NpyRows::open(path_), FormatError,
                    "NpyRows::open: file must have a header of version 1 to 3 inside; got header "
                    "bytes 118, file bytes 40");
  std::string fortran = whole;
  fortran.replace(fortran.find("False"), 5, "True ");
  write_file(path_, fortran);
  EXPECT_THROW_WITH(NpyRows::open(path_), FormatError,
                    "NpyRows::open: array must be in C order; got fortran_order true");
}

}  // namespace
}  // namespace eigenhead
