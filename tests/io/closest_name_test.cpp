#include "eigenhead/io/closest_name.hpp"

#include <gtest/gtest.h>

namespace eigenhead::detail {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("flaw", "lawn"), 2u);
}

TEST(ClosestName, NearestCandidateIsFound) {
  EXPECT_EQ(closest_name("tabel", {"label", "table", "cable"}), "label");
  EXPECT_EQ(closest_name("embeddings.word_embeddings.weight",
                         {"distilbert.embeddings.position_embeddings.weight",
                          "distilbert.embeddings.word_embeddings.weight"}),
            "distilbert.embeddings.word_embeddings.weight");
}

TEST(ClosestName, NothingIsFoundWhenAllAreFar) {
  EXPECT_EQ(closest_name("query", {"embeddings.weight", "bias"}), "");
  EXPECT_EQ(closest_name("query", {}), "");
}

TEST(ClosestName, VeryLongNamesAreNotCompared) {
  const std::string name(1000000, 'a');
  EXPECT_EQ(closest_name(name, {name + "b"}), "");
  EXPECT_EQ(closest_name("aaa", {name}), "");
}

}  // namespace
}  // namespace eigenhead::detail
