// `eigenhead attend`, run as a user runs it.

#include "eigenhead/attention.hpp"
#include "eigenhead/io.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Adds the .npy file as it is, of any type and rank.
void add_npy(SafetensorsWriter& writer, const std::string& name, const fs::path& path) {
  const NpyArray array = read_npy(path);
  writer.add_bytes(name, array.dtype, array.shape, array.bytes);
}

class Attend : public ProgramTest {
 protected:
  /// Small tensors of rank 2 with one-digit numbers: 2 queries, 3 keys.
  static SafetensorsWriter small_input() {
    SafetensorsWriter writer;
    writer.add("query", Tensor<float, 2>({2, 2}, {1, 0, 0, 2}));
    writer.add("key", Tensor<float, 2>({3, 2}, {1, 1, 2, 0, 0, 3}));
    writer.add("value", Tensor<float, 2>({3, 1}, {1, 2, 4}));
    return writer;
  }

  /// Runs the program on the tensors; it must succeed.
  SafetensorsFile attend(const SafetensorsWriter& input, const std::string& arguments = "") const {
    input.save(folder_ / "in.safetensors");
    const Outcome outcome =
        run("attend --input in.safetensors --output out.safetensors " + arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    EXPECT_EQ(outcome.output + outcome.error, "");
    return SafetensorsFile::open(folder_ / "out.safetensors");
  }

  /// Runs the program on the tensors; it must refuse and leave no file. Returns what it says.
  std::string refusal(const SafetensorsWriter& input, const std::string& arguments = "") const {
    input.save(folder_ / "in.safetensors");
    const Outcome outcome =
        run("attend --input in.safetensors --output refused.safetensors " + arguments);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.output, "");
    EXPECT_FALSE(fs::exists(folder_ / "refused.safetensors"));
    EXPECT_FALSE(fs::exists(folder_ / "refused.safetensors.partial"));
    return outcome.error;
  }

  static std::vector<Json> fixture_cases() {
    const Json manifest = Json::parse(read_file(test_data() / "fixtures/sdpa/manifest.json"));
    return manifest.at("cases").get<std::vector<Json>>();
  }
};

// ---- Every case of fixtures/sdpa ---------------------------------------------------------------

class AttendFixture : public Attend {
 protected:
  static fs::path file(const Json& test, const std::string& name) {
    return fs::path("fixtures/sdpa") / test.at("name").get<std::string>() / name;
  }

  static SafetensorsWriter input(const Json& test, const std::string& type) {
    SafetensorsWriter writer;
    add_npy(writer, "query", test_data() / file(test, "q." + type + ".npy"));
    add_npy(writer, "key", test_data() / file(test, "k." + type + ".npy"));
    add_npy(writer, "value", test_data() / file(test, "v." + type + ".npy"));
    if (test.at("mask").is_null()) return writer;
    if (test.at("mask").at("kind") == "bool")
      add_npy(writer, "mask", test_data() / file(test, "mask.bool.npy"));
    else
      add_npy(writer, "bias", test_data() / file(test, "mask." + type + ".npy"));
    return writer;
  }

  static std::string arguments(const Json& test) {
    std::string arguments = "--weights --log-sum-exp";
    if (!test.at("scale").is_null()) arguments += " --scale " + test.at("scale").dump();
    if (test.at("is_causal").get<bool>())
      arguments += " --causal " + test.at("causal_alignment").get<std::string>();
    return arguments;
  }

  template <class Scalar, int Rank>
  void expect_fixture(const Json& test, const std::string& kernel) const {
    const bool is_double = std::is_same_v<Scalar, double>;
    const bool has_huge_scores = test.at("name") == "large_logits_random";
    const double tolerance =
        is_double ? (has_huge_scores ? 1e-11 : 1e-13) : (has_huge_scores ? 1e-3 : 1e-6);
    const SafetensorsWriter tensors = input(test, is_double ? "f64" : "f32");
    const SafetensorsFile result = attend(tensors, arguments(test) + kernel);
    EXPECT_EQ(result.names().size(), 3u);
    for (const std::string& name : result.names())
      EXPECT_EQ(result.info(name).dtype, dtype_of<Scalar>());
    const auto expected = fixture<double, Rank>(file(test, "out.f64.npy"));
    expect_near(result.tensor<Scalar, Rank>("output"), expected, tolerance);
    expect_near(result.tensor<Scalar, Rank>("weights"),
                fixture<double, Rank>(file(test, "weights.f64.npy")), tolerance);
    const double largest = test.at("max_abs_scaled_score").get<double>();
    expect_near(result.tensor<Scalar, Rank - 1>("log_sum_exp"),
                fixture<double, Rank - 1>(file(test, "lse.f64.npy")),
                tolerance * std::max(1.0, largest));
    if (!fs::exists(test_data() / file(test, "out_uniform.f64.npy"))) return;
    const SafetensorsFile uniform =
        attend(tensors, arguments(test) + kernel + " --empty-rows uniform");
    expect_near(uniform.tensor<Scalar, Rank>("output"),
                fixture<double, Rank>(file(test, "out_uniform.f64.npy")), tolerance);
  }

  template <class Scalar>
  void expect_fixtures(const std::string& kernel) const {
    for (const Json& test : fixture_cases()) {
      SCOPED_TRACE(test.at("name").get<std::string>());
      switch (test.at("q").size()) {
        case 2: expect_fixture<Scalar, 2>(test, kernel); break;
        case 3: expect_fixture<Scalar, 3>(test, kernel); break;
        default: expect_fixture<Scalar, 4>(test, kernel);
      }
    }
  }
};

TEST_F(AttendFixture, DoubleMatchesAndStaysDouble) { expect_fixtures<double>(""); }
TEST_F(AttendFixture, FloatMatchesAndStaysFloat) { expect_fixtures<float>(""); }
TEST_F(AttendFixture, ReferenceMatchesInDouble) { expect_fixtures<double>(" --kernel reference"); }
TEST_F(AttendFixture, ReferenceMatchesInFloat) { expect_fixtures<float>(" --kernel reference"); }

// ---- Options, by hand ---------------------------------------------------------------------------

TEST_F(Attend, ScoresAreThoseOfTheStageAskedFor) {
  // products: [1 2 0; 2 0 6]
  SafetensorsWriter input = small_input();
  input.add("bias", Tensor<float, 1>({3}, {1, 0, -std::numeric_limits<float>::infinity()}));
  const auto scores = [&](const std::string& arguments) {
    return attend(input, "--scale -0.5 --soft-cap 2 " + arguments).tensor<float, 2>("scores");
  };
  expect_equal(scores("--scores scaled"), Tensor<float, 2>({2, 3}, {-0.5, -1, 0, -1, 0, -3}));
  // 2 tanh(-1 / 4), 2 tanh(-1 / 2), 2 tanh(-3 / 2)
  const double a = -0.48983732480741727;
  const double b = -0.92423431452001930;
  const double c = -1.8102965072897190;
  expect_near(scores("--scores soft_capped"), Tensor<double, 2>({2, 3}, {a, b, 0, b, 0, c}), 1e-6);
  const double hidden = -std::numeric_limits<double>::infinity();
  expect_near(scores("--scores biased"),
              Tensor<double, 2>({2, 3}, {a + 1, b, hidden, b + 1, 0, hidden}), 1e-6);
}

TEST_F(Attend, AveragedWeightsAreTheMeanOverHeads) {
  SafetensorsWriter input;
  input.add("query", Tensor<float, 4>(Shape<4>{1, 2, 1, 2}));
  input.add("key", Tensor<float, 4>(Shape<4>{1, 1, 2, 2}));
  input.add("value", Tensor<float, 4>({1, 1, 2, 1}, {3, 5}));
  input.add("mask", Tensor<bool, 3>({2, 1, 2}, {true, true, true, false}));
  const SafetensorsFile result = attend(input, "--averaged-weights");
  expect_equal(result.tensor<float, 4>("output"), Tensor<float, 4>({1, 2, 1, 1}, {4, 3}));
  expect_equal(result.tensor<float, 3>("averaged_weights"),
               Tensor<float, 3>({1, 1, 2}, {0.75, 0.25}));
  EXPECT_EQ(result.names().size(), 2u);
}

/// Four queries, four keys, scores 0: weights show which keys are seen.
class AttendWindow : public Attend {
 protected:
  static SafetensorsWriter input() {
    SafetensorsWriter writer;
    writer.add("query", Tensor<float, 2>(Shape<2>{4, 1}));
    writer.add("key", Tensor<float, 2>(Shape<2>{4, 1}));
    writer.add("value", Tensor<float, 2>(Shape<2>{4, 1}));
    return writer;
  }

  /// A line of x (seen) and . (hidden) for each query.
  std::string seen(const std::string& arguments) const {
    const auto weights = attend(input(), "--weights " + arguments).tensor<float, 2>("weights");
    std::string picture;
    for (Index t = 0; t < 4; ++t) {
      for (Index s = 0; s < 4; ++s) picture += weights(t, s) > 0 ? 'x' : '.';
      picture += '\n';
    }
    return picture;
  }
};

TEST_F(AttendWindow, CausalOffsetIsCausalUnlessToldOtherwise) {
  EXPECT_EQ(seen(""), "xxxx\nxxxx\nxxxx\nxxxx\n");
  EXPECT_EQ(seen("--causal top_left"), "x...\nxx..\nxxx.\nxxxx\n");
  EXPECT_EQ(seen("--causal-offset 1"), "xx..\nxxx.\nxxxx\nxxxx\n");
  EXPECT_EQ(seen("--causal-offset -1"), "....\nx...\nxx..\nxxx.\n");
  EXPECT_EQ(seen("--causal top_left --causal-offset 2"), "xxx.\nxxxx\nxxxx\nxxxx\n");
  EXPECT_EQ(seen("--causal none --causal-offset 1"), "xxxx\nxxxx\nxxxx\nxxxx\n");
}

TEST_F(AttendWindow, WindowsReachLeftAndRightOfTheOffset) {
  EXPECT_EQ(seen("--window-left 1"), "xxxx\nxxxx\n.xxx\n..xx\n");
  EXPECT_EQ(seen("--window-right 1"), "xx..\nxxx.\nxxxx\nxxxx\n");
  EXPECT_EQ(seen("--window-left 0 --window-right 0"), "x...\n.x..\n..x.\n...x\n");
  EXPECT_EQ(seen("--causal none --causal-offset 1 --window-left 0 --window-right 0"),
            ".x..\n..x.\n...x\n....\n");
}

TEST_F(Attend, EveryOptionalTensorHasTheLibrarysMeaning) {
  const Tensor<double, 3> query({2, 1, 1}, {1, 2});              // [H, T, D]
  const Tensor<double, 3> key({1, 3, 1}, {1, -1, 0.5});          // [H_kv, S, D]
  const Tensor<double, 3> value({1, 3, 2}, {1, 2, 3, 4, 5, 6});  // [H_kv, S, D_v]
  const Tensor<double, 3> past_key({1, 2, 1}, {0.25, -0.75});    // [H_kv, P, D]
  const Tensor<double, 3> past_value({1, 2, 2}, {7, 8, 9, 10});  // [H_kv, P, D_v]
  const Tensor<bool, 1> key_is_valid({5}, {true, true, false, true, true});
  const Tensor<double, 1> slopes({2}, {0.5, 0.25});
  const Tensor<double, 1> sinks({2}, {0.1, -0.2});
  SafetensorsWriter input;
  input.add("query", query);
  input.add("key", key);
  input.add("value", value);
  input.add("past_key", past_key);
  input.add("past_value", past_value);
  input.add("key_is_valid", key_is_valid);
  input.add("valid_lengths", Tensor<std::uint8_t, 1>({1}, {4}));
  input.add("alibi_slopes", slopes);
  input.add("sinks", sinks);
  const SafetensorsFile result =
      attend(input, "--alibi-symmetric --weights --log-sum-exp --averaged-weights");

  const Tensor<Index, 1> valid_lengths({1}, {4});
  AttentionOptions<double> options;
  options.past_key = past_key.reshape(Shape<4>{1, 1, 2, 1});
  options.past_value = past_value.reshape(Shape<4>{1, 1, 2, 2});
  options.key_is_valid = key_is_valid.reshape(Shape<2>{1, 5});
  options.valid_lengths = valid_lengths;
  options.alibi_slopes = slopes;
  options.sinks = sinks;
  options.is_alibi_symmetric = true;
  options.with_weights = options.with_log_sum_exp = options.with_averaged_weights = true;
  const auto expected = scaled_dot_product_attention(query, key, value, options);
  expect_equal(result.tensor<double, 3>("output"), expected.output);
  expect_equal(result.tensor<double, 3>("weights"), expected.weights);
  expect_equal(result.tensor<double, 2>("averaged_weights"), expected.averaged_weights);
  expect_equal(result.tensor<double, 2>("log_sum_exp"), expected.log_sum_exp);
  EXPECT_EQ(expected.weights(0, 0, 2) + expected.weights(0, 0, 4), 0);
}

TEST_F(Attend, ValidLengthsMayBeOfAnyIntegerType) {
  const auto expect_second_key_hidden = [&](const auto& lengths) {
    SafetensorsWriter input;
    input.add("query", Tensor<float, 2>(Shape<2>{1, 1}));
    input.add("key", Tensor<float, 2>(Shape<2>{2, 1}));
    input.add("value", Tensor<float, 2>({2, 1}, {3, 5}));
    input.add("valid_lengths", lengths);
    expect_equal(attend(input).tensor<float, 2>("output"), Tensor<float, 2>({1, 1}, {3}));
  };
  expect_second_key_hidden(Tensor<std::int8_t, 1>({1}, {1}));
  expect_second_key_hidden(Tensor<std::uint16_t, 1>({1}, {1}));
  expect_second_key_hidden(Tensor<std::int32_t, 1>({1}, {1}));
  expect_second_key_hidden(Tensor<std::int64_t, 1>({1}, {1}));
  expect_second_key_hidden(Tensor<std::uint64_t, 1>({1}, {1}));
}

TEST_F(Attend, HalfAndBfloat16AreComputedAndWrittenInFloat) {
  const SafetensorsFile expected = attend(small_input());
  SafetensorsWriter input;  // small integers: exact in every type
  input.add("query", cast<Eigen::half>(Tensor<float, 2>({2, 2}, {1, 0, 0, 2})));
  input.add("key", cast<Eigen::bfloat16>(Tensor<float, 2>({3, 2}, {1, 1, 2, 0, 0, 3})));
  input.add("value", Tensor<double, 2>({3, 1}, {1, 2, 4}));
  const SafetensorsFile result = attend(input);
  EXPECT_EQ(result.info("output").dtype, DType::f32);
  expect_equal(result.tensor<float, 2>("output"), expected.tensor<float, 2>("output"));
}

/// A fixture's tensors as input of the program, and what the library makes of them.
fs::path tiles() { return test_data() / "fixtures/sdpa/tiles"; }
SafetensorsWriter tiles_input() {
  SafetensorsWriter input;
  add_npy(input, "query", tiles() / "q.f32.npy");
  add_npy(input, "key", tiles() / "k.f32.npy");
  add_npy(input, "value", tiles() / "v.f32.npy");
  return input;
}
Tensor<float, 4> tiles_output(const AttentionOptions<float>& options) {
  return scaled_dot_product_attention(load_npy<float, 4>(tiles() / "q.f32.npy"),
                                      load_npy<float, 4>(tiles() / "k.f32.npy"),
                                      load_npy<float, 4>(tiles() / "v.f32.npy"), options)
      .output;
}

TEST_F(Attend, KernelReferenceRunsTheReference) {
  const SafetensorsWriter input = tiles_input();
  AttentionOptions<float> options;
  options.kernel = AttentionKernel::reference;
  expect_equal(attend(input, "--kernel reference").tensor<float, 4>("output"),
               tiles_output(options));
  const auto serial = attend(input, "--threads 1").tensor<float, 4>("output");
  expect_equal(attend(input, "--threads 3").tensor<float, 4>("output"), serial);
}

TEST_F(Attend, PrecisionIsThatOfTheLibrary) {
  const SafetensorsWriter input = tiles_input();
  AttentionOptions<float> options;
  options.precision = MatmulPrecision::medium;
  expect_equal(attend(input, "--precision medium").tensor<float, 4>("output"),
               tiles_output(options));
  const auto highest = attend(input).tensor<float, 4>("output");
  expect_equal(attend(input, "--precision high").tensor<float, 4>("output"), highest);
}

TEST_F(Attend, NoKeysAndNoQueriesAreFine) {
  SafetensorsWriter no_keys;
  no_keys.add("query", Tensor<float, 2>(Shape<2>{2, 3}));
  no_keys.add("key", Tensor<float, 2>(Shape<2>{0, 3}));
  no_keys.add("value", Tensor<float, 2>(Shape<2>{0, 4}));
  const SafetensorsFile zeros = attend(no_keys, "--weights --log-sum-exp");
  expect_equal(zeros.tensor<float, 2>("output"), Tensor<float, 2>(Shape<2>{2, 4}));
  EXPECT_EQ(zeros.info("weights").shape, (std::vector<Index>{2, 0}));
  const float none = -std::numeric_limits<float>::infinity();
  expect_equal(zeros.tensor<float, 1>("log_sum_exp"), Tensor<float, 1>({2}, {none, none}));
  SafetensorsWriter no_queries;
  no_queries.add("query", Tensor<float, 2>(Shape<2>{0, 3}));
  no_queries.add("key", Tensor<float, 2>(Shape<2>{2, 3}));
  no_queries.add("value", Tensor<float, 2>(Shape<2>{2, 4}));
  EXPECT_EQ(attend(no_queries).info("output").shape, (std::vector<Index>{0, 4}));
}

TEST_F(Attend, OutputMayReplaceTheInput) {
  small_input().save(folder_ / "x.safetensors");
  EXPECT_EQ(run("attend --input x.safetensors --output x.safetensors").status, 0);
  EXPECT_EQ(SafetensorsFile::open(folder_ / "x.safetensors").names(),
            std::vector<std::string>{"output"});
}

// ---- What is refused ----------------------------------------------------------------------------

TEST_F(Attend, WrongUsageExitsWith2) {
  EXPECT_EQ(run("attend --output o.safetensors").status, 2);
  EXPECT_EQ(run("attend --input i.safetensors").status, 2);
  const std::string files = "attend --input i.safetensors --output o.safetensors ";
  EXPECT_EQ(run(files + "--causal true").status, 2);
  EXPECT_EQ(run(files + "--scores weights").status, 2);
  EXPECT_EQ(run(files + "--empty-rows nan").status, 2);
  EXPECT_EQ(run(files + "--kernel fast").status, 2);
  EXPECT_EQ(run(files + "--window-left far").status, 2);
}

TEST_F(Attend, HelpHasAnExample) {
  const Outcome help = run("attend --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.output.find("Example: eigenhead attend --input"), std::string::npos);
}

TEST_F(Attend, UnknownTensorsAreNamedWithTheClosestKnownOne) {
  SafetensorsWriter input = small_input();
  input.add("masks", Tensor<bool, 1>({3}, {true, true, false}));
  input.add("logits", Tensor<float, 1>(3));
  EXPECT_EQ(refusal(input),
            "eigenhead: attend: every tensor of the input must be one of query, key, value, mask, "
            "bias, key_is_valid, valid_lengths, alibi_slopes, sinks, past_key, past_value; got "
            "\"logits\", \"masks\" (did you mean \"mask\"?)\n");
}

TEST_F(Attend, ManyUnknownTensorsAreCounted) {
  SafetensorsWriter input = small_input();
  for (const char* name : {"layer.0", "layer.1", "layer.2", "layer.3", "layer.4", "layer.5"})
    input.add(name, Tensor<float, 1>(1));
  const std::string error = refusal(input);
  EXPECT_NE(error.find("got \"layer.0\", \"layer.1\", \"layer.2\", \"layer.3\", \"layer.4\" and 1 "
                       "more\n"),
            std::string::npos)
      << error;
}

TEST_F(Attend, AbsentTensorIsNamed) {
  SafetensorsWriter input;
  input.add("query", Tensor<float, 2>(Shape<2>{2, 2}));
  input.add("key", Tensor<float, 2>(Shape<2>{2, 2}));
  EXPECT_EQ(refusal(input),
            "eigenhead: load_safetensors: tensor name must be one of the 2 in the file; got "
            "\"value\" (file \"in.safetensors\")\n");
}

TEST_F(Attend, FloatingMaskIsRefused) {
  SafetensorsWriter input = small_input();
  input.add("mask", Tensor<float, 1>(3));
  EXPECT_EQ(refusal(input),
            "eigenhead: attend: tensor \"mask\" must be BOOL; got F32; numbers to add to the "
            "scores are called bias\n");
}

TEST_F(Attend, OtherTypesAreRefused) {
  SafetensorsWriter integers = small_input();
  integers.add("key_is_valid", Tensor<std::int64_t, 1>(3));
  EXPECT_EQ(refusal(integers),
            "eigenhead: attend: tensor \"key_is_valid\" must be BOOL; got I64\n");
  SafetensorsWriter lengths = small_input();
  lengths.add("valid_lengths", Tensor<float, 1>(1));
  EXPECT_EQ(refusal(lengths),
            "eigenhead: attend: tensor \"valid_lengths\" must be of an integer type; got F32\n");
  SafetensorsWriter bias = small_input();
  bias.add("bias", Tensor<bool, 1>(3));
  EXPECT_EQ(refusal(bias),
            "eigenhead: attend: tensor \"bias\" must be F16, BF16, F32 or F64; got BOOL\n");
  SafetensorsWriter complex = small_input();
  complex.add_bytes("sinks", DType::c64, {1}, std::string(8, '\0'));
  EXPECT_EQ(refusal(complex),
            "eigenhead: attend: tensor \"sinks\" must be F16, BF16, F32 or F64; got C64\n");
}

TEST_F(Attend, RanksAreChecked) {
  SafetensorsWriter vector;
  vector.add("query", Tensor<float, 1>(2));
  EXPECT_EQ(refusal(vector),
            "eigenhead: attend: tensor \"query\" must have rank 2, 3 or 4; got shape [2]\n");
  SafetensorsWriter other_rank;
  other_rank.add("query", Tensor<float, 2>(Shape<2>{1, 2}));
  other_rank.add("key", Tensor<float, 3>(Shape<3>{1, 1, 2}));
  EXPECT_EQ(refusal(other_rank),
            "eigenhead: load_safetensors: tensor \"key\" must have rank 2; got shape [1, 1, 2] "
            "(file \"in.safetensors\")\n");
  SafetensorsWriter mask = small_input();
  mask.add("mask", Tensor<bool, 5>(Shape<5>{1, 1, 1, 1, 3}));
  EXPECT_EQ(refusal(mask),
            "eigenhead: attend: tensor \"mask\" must have at most rank 4; got shape "
            "[1, 1, 1, 1, 3]\n");
}

TEST_F(Attend, TheLibrarysRefusalsAreOneLine) {
  SafetensorsWriter mask = small_input();
  mask.add("mask", Tensor<bool, 1>(2));
  EXPECT_EQ(refusal(mask),
            "eigenhead: scaled_dot_product_attention: is_visible must broadcast to [B, H, T, S] "
            "[1, 1, 2, 3]; got [1, 1, 1, 2]\n");
  EXPECT_EQ(refusal(small_input(), "--causal bottom_right --causal-offset 1"),
            "eigenhead: scaled_dot_product_attention: query_offset must not be given together with "
            "causal = bottom_right, which sets it; got query_offset 1\n");
  EXPECT_EQ(refusal(small_input(), "--soft-cap 0"),
            "eigenhead: scaled_dot_product_attention: soft_cap must be finite and > 0; got "
            "soft_cap 0\n");
  EXPECT_EQ(refusal(small_input(), "--scale inf"),
            "eigenhead: scaled_dot_product_attention: scale must be finite; got scale inf\n");
  EXPECT_EQ(refusal(small_input(), "--window-right -1"),
            "eigenhead: scaled_dot_product_attention: window_right must be >= 0; got window_right "
            "-1\n");
}

TEST_F(Attend, ABrokenOrAbsentInputAndAnImpossibleOutputAreRefused) {
  write_file(folder_ / "broken.safetensors", "not tensors");
  const Outcome broken = run("attend --input broken.safetensors --output o.safetensors");
  EXPECT_EQ(broken.status, 1);
  EXPECT_EQ(broken.error.find("eigenhead: load_safetensors: "), 0u) << broken.error;
  const Outcome absent = run("attend --input absent.safetensors --output o.safetensors");
  EXPECT_EQ(absent.status, 1);
  EXPECT_EQ(absent.error.find("eigenhead: load_safetensors: "), 0u) << absent.error;
  EXPECT_FALSE(fs::exists(folder_ / "o.safetensors"));
  small_input().save(folder_ / "in.safetensors");
  EXPECT_EQ(run("attend --input in.safetensors --output -").error,
            "eigenhead: attend: output must be a file; got output \"-\"\n");
  const Outcome nowhere = run("attend --input in.safetensors --output absent/o.safetensors");
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_EQ(nowhere.error.find("eigenhead: SafetensorsWriter::save: "), 0u) << nowhere.error;
}

}  // namespace
}  // namespace eigenhead
