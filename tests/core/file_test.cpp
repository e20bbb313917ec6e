#include "eigenhead/core/file.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>

namespace eigenhead {
namespace {

namespace filesystem = std::filesystem;

/// A folder of its own for each test, removed at the end.
class FileTest : public testing::Test {
 protected:
  FileTest() {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    folder_ = filesystem::path(testing::TempDir()) / (std::string("eigenhead_file_") + test.name());
    filesystem::remove_all(folder_);
    filesystem::create_directories(folder_);
  }
  ~FileTest() override { filesystem::remove_all(folder_); }

  filesystem::path path(const char* name) const { return folder_ / name; }
  std::string quoted(const char* name) const { return quote(path(name).string()); }
  auto number_of_files() const {
    return std::distance(filesystem::directory_iterator(folder_), filesystem::directory_iterator());
  }

 private:
  filesystem::path folder_;
};

TEST_F(FileTest, BytesComeBackAsTheyWere) {
  std::string content(200000, 'x');
  content[0] = '\0';
  content[100000] = '\n';
  content[199999] = '\xff';
  write_file(path("a"), content);
  EXPECT_EQ(read_file(path("a")), content);
  EXPECT_EQ(number_of_files(), 1) << "a temporary file is left";
}

TEST_F(FileTest, EmptyFileIsEmpty) {
  write_file(path("a"), "");
  EXPECT_EQ(read_file(path("a")), "");
}

TEST_F(FileTest, WritingAgainReplaces) {
  write_file(path("a"), "a longer text");
  write_file(path("a"), "short");
  EXPECT_EQ(read_file(path("a")), "short");
}

TEST_F(FileTest, MissingFileIsRefusedByTheNameOfTheCaller) {
  EXPECT_THROW_WITH(read_file(path("a"), "load_x"), FileError,
                    "load_x: file must exist and be readable; got " + quoted("a"));
}

TEST_F(FileTest, ReadingAFolderIsRefused) {
  EXPECT_THROW_WITH(read_file(path("")), FileError,
                    "read_file: path must name a file; got the folder " + quoted(""));
}

TEST_F(FileTest, ExceptionInsidePassesThroughAndLeavesNoFile) {
  const auto write = [](std::ostream& out) {
    out << "half";
    throw std::runtime_error("stop");
  };
  EXPECT_THROW_WITH(write_file(path("a"), write), std::runtime_error, "stop");
  EXPECT_EQ(number_of_files(), 0);
}

TEST_F(FileTest, ExceptionInsideKeepsTheFileThatWasThere) {
  write_file(path("a"), "old");
  EXPECT_THROW(write_file(path("a"), [](std::ostream&) { throw std::runtime_error("stop"); }),
               std::runtime_error);
  EXPECT_EQ(read_file(path("a")), "old");
  EXPECT_EQ(number_of_files(), 1);
}

TEST_F(FileTest, StreamThatFailedLeavesNoFile) {
  const auto write = [](std::ostream& out) { out.setstate(std::ios::badbit); };
  EXPECT_THROW_WITH(write_file(path("a"), write, "save_x"), FileError,
                    "save_x: the whole content must fit on the disk; got " + quoted("a"));
  EXPECT_EQ(number_of_files(), 0);
}

TEST_F(FileTest, WritingOntoAFolderIsRefused) {
  filesystem::create_directory(path("a"));
  EXPECT_THROW_WITH(write_file(path("a"), "text"), FileError,
                    "write_file: path must name a file, not a folder; got " + quoted("a"));
  EXPECT_EQ(number_of_files(), 1);
}

TEST_F(FileTest, PathInsideAMissingFolderIsRefused) {
  EXPECT_THROW_WITH(write_file(path("none/a"), "text"), FileError,
                    "write_file: path must be writable; got " + quoted("none/a"));
}

TEST_F(FileTest, PathBelowAFileIsRefused) {
  write_file(path("a"), "text");
  EXPECT_THROW_WITH(write_file(path("a/b"), "text"), FileError,
                    "write_file: path must be writable; got " + quoted("a/b"));
}

TEST_F(FileTest, LinkKeepsPointingToItsFile) {
  write_file(path("a"), "old");
  filesystem::create_symlink("a", path("link"));
  write_file(path("link"), "new");
  EXPECT_TRUE(filesystem::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("a")), "new");
}

TEST_F(FileTest, DeviceIsWrittenAndNotReplaced) {
  if (!filesystem::is_character_file("/dev/null")) GTEST_SKIP() << "no /dev/null";
  // Through a link, so that a mistake replaces the link and not the device.
  filesystem::create_symlink("/dev/null", path("null"));
  write_file(path("null"), "text");
  EXPECT_TRUE(filesystem::is_symlink(path("null")));
  EXPECT_TRUE(filesystem::is_character_file("/dev/null"));
  EXPECT_EQ(number_of_files(), 1);
}

TEST_F(FileTest, FullDeviceIsRefused) {
  if (!filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full";
  filesystem::create_symlink("/dev/full", path("full"));
  EXPECT_THROW_WITH(write_file(path("full"), "text"), FileError,
                    "write_file: the whole content must fit on the disk; got " + quoted("full"));
  EXPECT_TRUE(filesystem::is_symlink(path("full")));
}

}  // namespace
}  // namespace eigenhead
