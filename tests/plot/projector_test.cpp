#include "eigenhead/plot/projector.hpp"

#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>

namespace eigenhead {
namespace {

TEST(ProjectorVectors, AreLinesOfShortestNumbersWithoutAHeader) {
  EXPECT_EQ(projector_vectors(Tensor<float, 2>({2, 3}, {0.1f, -2, 1e-10f, 3, 0, 5})),
            "0.1\t-2\t1e-10\n3\t0\t5\n");
}

TEST(ProjectorVectors, EmptyOrInfiniteVectorsAreRefused) {
  EXPECT_THROW_WITH(projector_vectors(Tensor<float, 2>({0, 3})), ShapeError,
                    "projector_vectors: vectors must not be empty; got vectors [0, 3]");
  EXPECT_THROW_WITH(
      projector_vectors(Tensor<float, 2>({1, 2}, {0, std::numeric_limits<float>::infinity()})),
      ValueError, "projector_vectors: vectors must be finite; got value inf at [0, 1]");
}

TEST(ProjectorMetadata, HasAHeaderOnlyForSeveralColumns) {
  EXPECT_EQ(projector_metadata({{"token", {"a", "b"}}}), "a\nb\n");
  EXPECT_EQ(projector_metadata({{"token", {"a", "b"}}, {"layer", {"0", "1"}}}),
            "token\tlayer\na\t0\nb\t1\n");
}

TEST(ProjectorMetadata, TabsAndLineBreaksBecomeBlanks) {
  EXPECT_EQ(projector_metadata({{"token", {"a\tb\nc"}}}), "a b c\n");
}

TEST(ProjectorMetadata, NoOrUnevenColumnsAreRefused) {
  EXPECT_THROW_WITH(projector_metadata({}), ShapeError,
                    "projector_metadata: columns must not be empty; got none");
  EXPECT_THROW_WITH(
      projector_metadata({{"a", {"1"}}, {"b", {}}}), ShapeError,
      "projector_metadata: columns must have the same length; got first 1, another 0");
}

TEST(SaveProjector, WritesThreeFilesThatBelongTogether) {
  const TemporaryFolder folder;
  save_projector(folder / "log", Tensor<float, 2>({2, 3}), {{"token", {"a", "b"}}});
  EXPECT_EQ(read_file(folder / "log/metadata.tsv"), "a\nb\n");
  EXPECT_EQ(read_file(folder / "log/vectors.tsv"), "0\t0\t0\n0\t0\t0\n");
  const auto config = nlohmann::json::parse(read_file(folder / "log/projector_config.json"));
  EXPECT_EQ(config.at("embeddings")[0].at("tensorShape").dump(), "[2,3]");
  EXPECT_EQ(config.at("embeddings")[0].at("tensorPath"), "vectors.tsv");
  EXPECT_EQ(config.at("embeddings")[0].at("metadataPath"), "metadata.tsv");
}

TEST(SaveProjector, ColumnsOfAnotherLengthLeaveNoFile) {
  const TemporaryFolder folder;
  EXPECT_THROW_WITH(save_projector(folder / "log", Tensor<float, 2>({2, 3}), {{"token", {"a"}}}),
                    ShapeError,
                    "save_projector: columns must have one value per vector; got values 1, vectors "
                    "[2, 3]");
  EXPECT_FALSE(std::filesystem::exists(folder / "log"));
  write_file(folder / "file", "");
  EXPECT_THROW(save_projector(folder / "file", Tensor<float, 2>({1, 1}), {{"token", {"a"}}}),
               FileError);
}

}  // namespace
}  // namespace eigenhead
