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

constexpr std::int64_t kTwoTo32 = std::int64_t{1} << 32;

/// AVX2 made the stored arrays.
struct Generator : TorchGenerator {
  explicit Generator(std::int64_t seed) : TorchGenerator(seed, TorchCpuPath::avx2) {}
};

template <class Scalar, int Rank>
void expect_fixture(const std::string& file, const Tensor<Scalar, Rank>& actual,
                    double tolerance = 0) {
  expect_near(actual, fixture<Scalar, Rank>("fixtures/rng/" + file), tolerance);
}

using Check = std::function<void(const std::string& file)>;

void add_numpy_legacy(std::map<std::string, Check>& checks) {
  using Random = NumpyLegacyRandom;
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
}

void add_numpy_generator(std::map<std::string, Check>& checks) {
  checks["default_rng0_random_8"] = [](auto& file) {
    expect_fixture(file, NumpyGenerator(0).random(8));
  };
  checks["default_rng42_random_8"] = [](auto& file) {
    expect_fixture(file, NumpyGenerator(42).random(8));
  };
  checks["default_rng0_random_f32_8"] = [](auto& file) {
    expect_fixture(file, NumpyGenerator(0).random<float>(8));
  };
  checks["default_rng0_standard_normal_16"] = [](auto& file) {
    expect_fixture(file, NumpyGenerator(0).standard_normal(16));
  };
  checks["default_rng0_integers_0_10_12"] = [](auto& file) {
    expect_fixture(file, NumpyGenerator(0).integers(0, 10, 12));
  };
  checks["pcg64_seed0_u64_8"] = [](auto& file) {
    EXPECT_EQ(NumpyGenerator(0).random_raw(8).vector(),
              (fixture<std::uint64_t, 1>("fixtures/rng/" + file).vector()));
  };
}

/// rand of the given extents after `words` float numbers were drawn from seed 0.
template <class... Extents>
Check rand_after(Index words, Extents... extents) {
  return [=](const std::string& file) {
    Generator generator(0);
    generator.rand(words);
    expect_fixture(file, generator.rand(extents...));
  };
}

void add_torch_uniforms(std::map<std::string, Check>& checks) {
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
  checks["seed0_linear_4_3_weight"] = [](auto& file) {
    Generator generator(0);
    expect_fixture(file, torch_linear(generator, 4, 3).weight);
  };
  checks["seed0_linear_4_3_bias"] = [](auto& file) {
    Generator generator(0);
    expect_fixture(file, torch_linear(generator, 4, 3).bias);
  };
}

void add_torch_normals(std::map<std::string, Check>& checks) {
  for (const int count : {1, 4, 5, 8, 15, 16, 17, 24, 31, 32, 40})
    checks["seed0_randn_" + std::to_string(count)] = [count](auto& file) {
      expect_fixture(file, Generator(0).randn(count), count < 16 ? kLibmTolerance : 0);
    };
  for (const int count : {4, 16, 40})
    checks["seed0_randn_f64_" + std::to_string(count)] = [count](auto& file) {
      expect_fixture(file, Generator(0).randn<double>(count), kLibmTolerance);
    };
  checks["seed42_randn_20"] = [](auto& file) { expect_fixture(file, Generator(42).randn(20)); };
  checks["seed0_normal_0_0.02_20"] = [](auto& file) {
    expect_fixture(file, Generator(0).normal(0, 0.02, 20));
  };
}

/// Sequences: the second normal number of a pair is kept across calls and types.
void add_torch_sequences(std::map<std::string, Check>& checks) {
  const auto after_randn_5 = [](auto draw, double tolerance) -> Check {
    return [=](const std::string& file) {
      Generator generator(0);
      generator.randn(5);
      expect_fixture(file, draw(generator), tolerance);
    };
  };
  checks["seed0_randn_5_then_randn_2"] =
      after_randn_5([](Generator& generator) { return generator.randn(2); }, kLibmTolerance);
  checks["seed0_randn_5_then_rand_3"] =
      after_randn_5([](Generator& generator) { return generator.rand(3); }, 0);
  checks["seed0_randn_5_then_randn_16"] =
      after_randn_5([](Generator& generator) { return generator.randn(16); }, 0);
  checks["seed0_randn_5_then_randn_f64_2"] = after_randn_5(
      [](Generator& generator) { return generator.randn<double>(2); }, kLibmTolerance);
  checks["seed0_randn_5_randn_16_then_randn_1"] = after_randn_5(
      [](Generator& generator) {
        generator.randn(16);
        return generator.randn(1);
      },
      kLibmTolerance);
}

void add_torch_integers(std::map<std::string, Check>& checks) {
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
  std::map<std::string, Check> numpy;
  add_numpy_legacy(numpy);
  add_numpy_generator(numpy);
  std::map<std::string, Check> all;
  for (const auto& [name, check] : numpy) all["numpy/" + name + ".npy"] = check;
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

TEST(RandomFixtures, EveryFileIsReproduced) {
  const std::map<std::string, Check> checks = all_checks();
  const std::set<std::string> files = files_of_manifest();
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const auto check = checks.find(file);
    ASSERT_NE(check, checks.end()) << "no test reproduces the file";
    check->second(file);
  }
  EXPECT_EQ(checks.size(), files.size()) << "a test names a file that is not there";
}

}  // namespace
}  // namespace eigenhead
