#include "eigenhead/io/model_folder.hpp"

#include "support/data.hpp"
#include "support/model_cache.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace eigenhead {
namespace {

namespace fs = std::filesystem;

class ModelCache : public testing::Test {
 protected:
  ModelCache() { environment_.set("HF_HUB_CACHE", folder_.path().c_str()); }

  /// Adds a snapshot of a model; returns its folder.
  fs::path add_snapshot(const std::string& model, const std::string& revision) {
    const fs::path snapshot = folder_ / model / "snapshots" / revision;
    fs::create_directories(snapshot);
    return snapshot;
  }

  void set_main(const std::string& model, const std::string& revision) {
    fs::create_directories(folder_ / model / "refs");
    write_file(folder_ / model / "refs" / "main", revision);
  }

  ModelCacheEnvironment environment_;
  TemporaryFolder folder_;
};

TEST(HuggingFaceCache, VariablesCountInOrder) {
  ModelCacheEnvironment environment;
  environment.set("HOME", "/users/ada");
  EXPECT_EQ(hugging_face_cache(), fs::path("/users/ada/.cache/huggingface/hub"));
  environment.set("XDG_CACHE_HOME", "/xdg");
  EXPECT_EQ(hugging_face_cache(), fs::path("/xdg/huggingface/hub"));
  environment.set("HF_HOME", "/hf");
  EXPECT_EQ(hugging_face_cache(), fs::path("/hf/hub"));
  environment.set("HF_HUB_CACHE", "/cache");
  EXPECT_EQ(hugging_face_cache(), fs::path("/cache"));
  environment.set("HF_HUB_CACHE", "");
  EXPECT_EQ(hugging_face_cache(), fs::path("/hf/hub"));
}

TEST_F(ModelCache, FolderIsTakenAsItIs) {
  EXPECT_EQ(find_model_folder(bundled_model().string()), bundled_model());
}

TEST_F(ModelCache, NameWithoutOrganisationIsFound) {
  const fs::path snapshot = add_snapshot("models--distilbert-base-uncased", "abc");
  EXPECT_EQ(find_model_folder("distilbert-base-uncased"), snapshot);
}

TEST_F(ModelCache, NameWithOrganisationIsFound) {
  const fs::path snapshot = add_snapshot("models--org--name", "abc");
  add_snapshot("models--other--name", "abc");
  EXPECT_EQ(find_model_folder("org/name"), snapshot);
}

TEST_F(ModelCache, NameIsSearchedInEveryOrganisation) {
  const fs::path snapshot = add_snapshot("models--org--name", "abc");
  add_snapshot("models--org--other-name", "abc");
  add_snapshot("datasets--org--name", "abc");
  fs::create_directories(folder_ / "models--empty--name" / "refs");  // holds no snapshot
  EXPECT_EQ(find_model_folder("name"), snapshot);
}

TEST_F(ModelCache, NameWithoutOrganisationIsPreferredExactly) {
  add_snapshot("models--an-org--name", "abc");
  const fs::path snapshot = add_snapshot("models--name", "abc");
  EXPECT_EQ(find_model_folder("name"), snapshot);
}

TEST_F(ModelCache, NameOfSeveralOrganisationsIsRefused) {
  add_snapshot("models--b--name", "abc");
  add_snapshot("models--a--name", "abc");
  EXPECT_THROW_WITH(
      find_model_folder("name"), FileError,
      "find_model_folder: model must stand for one model of the cache; got \"name\"; write one of "
      "\"a/name\", \"b/name\"");
}

TEST_F(ModelCache, SnapshotOfMainIsTaken) {
  const fs::path snapshot = add_snapshot("models--name", "1");
  add_snapshot("models--name", "2");
  set_main("models--name", "1\n");
  EXPECT_EQ(find_model_folder("name"), snapshot);
}

TEST_F(ModelCache, NewestSnapshotIsTakenWhenMainNamesNone) {
  add_snapshot("models--name", "1");
  const fs::path snapshot = add_snapshot("models--name", "2");
  add_snapshot("models--name", "3");
  fs::last_write_time(snapshot, fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(find_model_folder("name"), snapshot);
  set_main("models--name", "../../elsewhere");
  EXPECT_EQ(find_model_folder("name"), snapshot);
}

TEST_F(ModelCache, AbsentModelIsRefusedWithThePlacesSearched) {
  environment_.set("HF_HUB_CACHE", "/no/cache");
  EXPECT_THROW_WITH(find_model_folder("/no/name"), FileError,
                    "find_model_folder: model must be a folder or a name in the Hugging Face "
                    "cache; got \"/no/name\"; "
                    "looked for the folder \"/no/name\" and for a snapshot in \"/no/cache\"");
}

TEST_F(ModelCache, OddNamesFindNothing) {
  add_snapshot("models--org--name", "abc");
  add_snapshot("datasets", "abc");
  for (const char* name :
       {"", "org/", "/name", "org/name/", "a/org/name", "org--name", "models--org--name"})
    EXPECT_THROW(find_model_folder(name), FileError) << name;
}

TEST(OpenWeights, SafetensorsOfTheFolderAreOpened) {
  EXPECT_EQ(open_weights(bundled_model()).names().size(), 73u);
  EXPECT_EQ(open_weights(bundled_model(), FileAccess::read).names().size(), 73u);
}

TEST(OpenWeights, FolderWithPickledWeightsOnlyAsksForConversion) {
  const TemporaryFolder folder;
  write_file(folder / "pytorch_model.bin", "");
  const std::string start =
      "open_weights: folder must hold model.safetensors; got \"pytorch_model.bin\" in ";
  EXPECT_THROW_WITH(
      open_weights(folder.path()), FormatError,
      start + quote(folder.path().string()) +
          "; convert it in Python by model.save_pretrained(folder, safe_serialization=True)");
}

TEST(OpenWeights, FolderWithoutWeightsIsRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW_WITH(
      open_weights(folder.path()), FileError,
      "open_weights: folder must hold model.safetensors or model.safetensors.index.json; got " +
          quote(folder.path().string()));
}

}  // namespace
}  // namespace eigenhead
