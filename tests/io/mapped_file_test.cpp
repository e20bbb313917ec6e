#include "eigenhead/io/mapped_file.hpp"

#include "support/bytes_of_files.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

namespace eigenhead {
namespace {

class MappedFileAccess : public testing::TestWithParam<FileAccess> {};
INSTANTIATE_TEST_SUITE_P(Access, MappedFileAccess,
                         testing::Values(FileAccess::map, FileAccess::read));

TEST_P(MappedFileAccess, BytesAreThoseOfTheFile) {
  const TemporaryFolder folder;
  std::string content(100000, 'x');
  content[0] = '\0';
  content.back() = '\xff';
  write_file(folder / "a", content);
  EXPECT_EQ(MappedFile::open(folder / "a", GetParam()).bytes(), content);
}

TEST_P(MappedFileAccess, ReleasedBytesCanBeReadAgain) {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 20000; ++i) content += std::to_string(i);
  write_file(folder / "a", content);
  const MappedFile file = MappedFile::open(folder / "a", GetParam());
  file.release(file.bytes());
  EXPECT_EQ(file.bytes(), content);
  file.release(file.bytes().substr(5000, 30000));
  file.release(file.bytes().substr(7, 1));
  EXPECT_EQ(file.bytes(), content);
  MappedFile::from_memory("abc").release({});
}

TEST_P(MappedFileAccess, EmptyFileHasNoBytes) {
  const TemporaryFolder folder;
  write_file(folder / "a", "");
  EXPECT_TRUE(MappedFile::open(folder / "a", GetParam()).bytes().empty());
}

TEST_P(MappedFileAccess, BytesLiveAsLongAsTheLastCopy) {
  const TemporaryFolder folder;
  write_file(folder / "a", "abc");
  std::optional<MappedFile> first = MappedFile::open(folder / "a", GetParam());
  const std::string_view bytes = first->bytes();
  const MappedFile second = *first;
  first.reset();
  EXPECT_EQ(bytes, "abc");
  EXPECT_EQ(second.bytes().data(), bytes.data());
}

TEST_P(MappedFileAccess, ReplacedOrRemovedFileKeepsItsBytes) {
  const TemporaryFolder folder;
  write_file(folder / "a", "before");
  const MappedFile file = MappedFile::open(folder / "a", GetParam());
  write_file(folder / "a", "x");
  std::filesystem::remove(folder / "a");
  EXPECT_EQ(file.bytes(), "before");
}

TEST_P(MappedFileAccess, AbsentFileAndFolderAreRefused) {
  EXPECT_THROW_WITH(MappedFile::open("/no/such/file", GetParam(), "load"), FileError,
                    "load: file must exist and be readable; got \"/no/such/file\"");
  EXPECT_THROW_WITH(MappedFile::open("/", GetParam(), "load"), FileError,
                    "load: path must name a file; got the folder \"/\"");
}

TEST(MappedFile, ReadFileIsProofAgainstTruncationInPlace) {
  const TemporaryFolder folder;
  write_file(folder / "a", std::string(10000, 'x'));
  const MappedFile file = MappedFile::open(folder / "a", FileAccess::read);
  std::filesystem::resize_file(folder / "a", 0);
  EXPECT_EQ(file.bytes(), std::string(10000, 'x'));
}

TEST(MappedFile, ReleasedPagesLeaveTheMemory) {
  if (bytes_of_files() == 0) GTEST_SKIP() << "no /proc/self/status";
  constexpr std::size_t kSize = std::size_t{1} << 24;
  const TemporaryFolder folder;
  write_file(folder / "a", std::string(kSize, 'x'));
  const MappedFile file = MappedFile::open(folder / "a", FileAccess::map);
  const auto read_all = [&] { return std::count(file.bytes().begin(), file.bytes().end(), 'x'); };
  EXPECT_EQ(read_all(), static_cast<std::ptrdiff_t>(kSize));
  const std::size_t before = bytes_of_files();
  file.release(file.bytes().substr(0, kSize / 2));
  const std::size_t after = bytes_of_files();
  EXPECT_GT(before, after + kSize / 4);
  EXPECT_LT(before, after + 3 * kSize / 4);
  EXPECT_EQ(read_all(), static_cast<std::ptrdiff_t>(kSize));
}

TEST(MappedFile, MemoryIsKept) {
  const MappedFile file = MappedFile::from_memory("abc");
  const MappedFile copy = file;
  EXPECT_EQ(copy.bytes(), "abc");
  EXPECT_EQ(copy.bytes().data(), file.bytes().data());
}

}  // namespace
}  // namespace eigenhead
