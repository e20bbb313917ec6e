#include "eigenhead/random.hpp"

#include "random/golden.hpp"
#include "support/data.hpp"
#include "support/near.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace eigenhead {
namespace {

/// What the files of fixtures/rng need that eigenhead has not: every file is tested or stands here.
const std::set<std::string>& not_supported() {
  static const std::set<std::string> files = {
      "numpy/default_rng0_random_8.npy",            // default_rng: PCG64
      "numpy/default_rng0_standard_normal_16.npy",  // default_rng: ziggurat
      "numpy/default_rng42_random_8.npy",           // default_rng
      "numpy/default_rng0_integers_0_10_12.npy",    // default_rng
      "numpy/default_rng0_random_f32_8.npy",        // default_rng
      "numpy/pcg64_seed0_u64_8.npy",                // default_rng
  };
  return files;
}

constexpr std::int64_t kTwoTo32 = std::int64_t{1} << 32;

/// AVX2 made the stored arrays; 16 and more float normal numbers differ in their last bits.
constexpr double kAvx2Tolerance = 2e-6;

template <class Scalar, int Rank>
void expect_fixture(const std::string& file, const Tensor<Scalar, Rank>& actual,
                    double tolerance = 0) {
  expect_near(actual, fixture<Scalar, Rank>("fixtures/rng/" + file), tolerance);
}

using Check = std::function<void(const std::string& file)>;

std::map<std::string, Check> numpy_checks() {
  using Random = NumpyLegacyRandom;
  std::map<std::string, Check> checks;
  checks["seed0_rand_3x4_Q"] = [](auto& file) { expect_fixture(file, Random(0).rand(3, 4)); };
  checks["seed0_rand_3x4_K"] = [](auto& file) {
    Random random(0);
    random.rand(3, 4);
    expect_fixture(file, random.rand(3, 4));
  };
  checks["seed0_rand_3x4_V"] = [](auto& file) {
    Random random(0);
    random.rand(2, 3, 4);
    expect_fixture(file, random.rand(3, 4));
  };
  checks["seed42_randn_16"] = [](auto& file) {
    expect_fixture(file, Random(42).randn(16), kLibmTolerance);
  };
  checks["seed42_randn_5"] = [](auto& file) {
    expect_fixture(file, Random(42).randn(5), kLibmTolerance);
  };
  checks["seed42_randn_5_then_randn_2"] = [](auto& file) {
    Random random(42);
    random.randn(5);
    expect_fixture(file, random.randn(2), kLibmTolerance);
  };
  checks["seed123456789_rand_8"] = [](auto& file) {
    expect_fixture(file, Random(123456789).rand(8));
  };
  checks["seed1_uniform_-1_1_6"] = [](auto& file) {
    expect_fixture(file, Random(1).uniform(-1, 1, 6));
  };
  checks["seed1_normal_2_0.5_6"] = [](auto& file) {
    expect_fixture(file, Random(1).normal(2, 0.5, 6), kLibmTolerance);
  };
  checks["seed0_randint_10_12"] = [](auto& file) {
    expect_fixture(file, Random(0).randint(0, 10, 12));
  };
  checks["seed0_permutation_10"] = [](auto& file) {
    expect_fixture(file, Random(0).permutation(10));
  };
  checks["mt19937_seed0_u32_8"] = [](auto& file) {
    expect_fixture(file, Random(0).randint(0, kTwoTo32, 8));
  };
  return checks;
}

/// rand of the given extents after `words` float numbers were drawn from seed 0.
template <class... Extents>
Check rand_after(Index words, Extents... extents) {
  return [=](const std::string& file) {
    TorchGenerator generator(0);
    generator.rand(words);
    expect_fixture(file, generator.rand(extents...));
  };
}

void add_torch_uniforms(std::map<std::string, Check>& checks) {
  using Generator = TorchGenerator;
  checks["seed0_rand_3x8"] = rand_after(0, 3, 8);
  checks["seed0_then_rand_2x4x8_Wq"] = rand_after(24, 2, 4, 8);
  checks["seed0_then_rand_2x4x8_Wk"] = rand_after(24 + 64, 2, 4, 8);
  checks["seed0_then_rand_2x4x8_Wv"] = rand_after(24 + 2 * 64, 2, 4, 8);
  checks["seed0_rand_9x8"] = rand_after(0, 9, 8);
  checks["seed0_then_rand_8x4_query_weights"] = rand_after(72, 8, 4);
  checks["seed0_then_rand_8x4_key_weights"] = rand_after(72 + 32, 8, 4);
  checks["seed0_then_rand_8x4_value_weights"] = rand_after(72 + 2 * 32, 8, 4);
  checks["seed0_rand_f64_3x8"] = [](auto& file) {
    expect_fixture(file, Generator(0).rand<double>(3, 8));
  };
  checks["seed42_rand_8"] = [](auto& file) { expect_fixture(file, Generator(42).rand(8)); };
  for (const std::int64_t seed : {kTwoTo32 + 5, std::int64_t{5}})
    checks["seed" + std::to_string(seed) + "_rand_4"] = [seed](auto& file) {
      expect_fixture(file, Generator(seed).rand(4));
    };
  checks["seedminus1_rand_4"] = [](auto& file) { expect_fixture(file, Generator(-1).rand(4)); };
  checks["seed0_uniform_-1_1_6"] = [](auto& file) {
    expect_fixture(file, Generator(0).uniform(-1, 1, 6));
  };
  // nn.Linear(4, 3): weight and bias are uniform on +-1/sqrt(4).
  checks["seed0_linear_4_3_weight"] = [](auto& file) {
    expect_fixture(file, Generator(0).uniform(-0.5, 0.5, 3, 4));
  };
  checks["seed0_linear_4_3_bias"] = [](auto& file) {
    Generator generator(0);
    generator.rand(3, 4);
    expect_fixture(file, generator.uniform(-0.5, 0.5, 3));
  };
}

void add_torch_normals(std::map<std::string, Check>& checks) {
  using Generator = TorchGenerator;
  for (const int count : {1, 4, 5, 8, 15, 16, 17, 24, 31, 32, 40})
    checks["seed0_randn_" + std::to_string(count)] = [count](auto& file) {
      expect_fixture(file, Generator(0).randn(count), count < 16 ? kLibmTolerance : kAvx2Tolerance);
    };
  for (const int count : {4, 16, 40})
    checks["seed0_randn_f64_" + std::to_string(count)] = [count](auto& file) {
      expect_fixture(file, Generator(0).randn<double>(count), kLibmTolerance);
    };
  checks["seed42_randn_20"] = [](auto& file) {
    expect_fixture(file, Generator(42).randn(20), kAvx2Tolerance);
  };
  checks["seed0_normal_0_0.02_20"] = [](auto& file) {
    expect_fixture(file, Generator(0).normal(0, 0.02, 20), 0.02 * kAvx2Tolerance);
  };
}

/// Sequences: the second normal number of a pair is kept across calls and types.
void add_torch_sequences(std::map<std::string, Check>& checks) {
  const auto after_randn_5 = [](auto draw, double tolerance) -> Check {
    return [=](const std::string& file) {
      TorchGenerator generator(0);
      generator.randn(5);
      expect_fixture(file, draw(generator), tolerance);
    };
  };
  using Generator = TorchGenerator&;
  checks["seed0_randn_5_then_randn_2"] =
      after_randn_5([](Generator generator) { return generator.randn(2); }, kLibmTolerance);
  checks["seed0_randn_5_then_rand_3"] =
      after_randn_5([](Generator generator) { return generator.rand(3); }, 0);
  checks["seed0_randn_5_then_randn_16"] =
      after_randn_5([](Generator generator) { return generator.randn(16); }, kAvx2Tolerance);
  checks["seed0_randn_5_then_randn_f64_2"] =
      after_randn_5([](Generator generator) { return generator.randn<double>(2); }, kLibmTolerance);
  checks["seed0_randn_5_randn_16_then_randn_1"] = after_randn_5(
      [](Generator generator) {
        generator.randn(16);
        return generator.randn(1);
      },
      kLibmTolerance);
}

void add_torch_integers(std::map<std::string, Check>& checks) {
  using Generator = TorchGenerator;
  checks["seed0_randint_0_10_12"] = [](auto& file) {
    expect_fixture(file, Generator(0).randint(0, 10, 12));
  };
  checks["seed0_randperm_10"] = [](auto& file) { expect_fixture(file, Generator(0).randperm(10)); };
  checks["mt19937_seed0_u32_8"] = [](auto& file) {
    expect_fixture(file, Generator(0).randint(0, kTwoTo32 - 1, 8));
  };
  checks["seed0_random_0_2p40_4"] = [](auto& file) {
    expect_fixture(file, Generator(0).randint(0, std::int64_t{1} << 40, 4));
  };
}

std::map<std::string, Check> all_checks() {
  std::map<std::string, Check> torch;
  add_torch_uniforms(torch);
  add_torch_normals(torch);
  add_torch_sequences(torch);
  add_torch_integers(torch);
  std::map<std::string, Check> all;
  for (const auto& [name, check] : numpy_checks()) all["numpy/" + name + ".npy"] = check;
  for (const auto& [name, check] : torch) all["torch/" + name + ".npy"] = check;
  return all;
}

std::set<std::string> files_of_manifest() {
  const nlohmann::json manifest =
      nlohmann::json::parse(read_file(test_data() / "fixtures/rng/manifest.json"));
  std::set<std::string> files;
  for (const nlohmann::json& item : manifest.at("items")) files.insert(item.at("file"));
  return files;
}

TEST(RandomFixtures, EveryFileIsReproducedOrListedAsNotSupported) {
  const std::map<std::string, Check> checks = all_checks();
  for (const std::string& file : files_of_manifest()) {
    SCOPED_TRACE(file);
    const auto check = checks.find(file);
    const bool is_listed = not_supported().count(file) == 1;
    EXPECT_NE(check != checks.end(), is_listed) << "must be tested or listed, and not both";
    if (check != checks.end()) check->second(file);
  }
}

TEST(RandomFixtures, EveryTestedAndEveryListedFileIsInTheManifest) {
  const std::set<std::string> files = files_of_manifest();
  for (const auto& [file, check] : all_checks()) EXPECT_EQ(files.count(file), 1u) << file;
  for (const std::string& file : not_supported()) EXPECT_EQ(files.count(file), 1u) << file;
}

}  // namespace
}  // namespace eigenhead
