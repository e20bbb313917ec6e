// The PCA family against stored results of scikit-learn: fixtures/pca, pca/golden.json,
// fixtures/tiny-distilbert.
#include "analysis/pca_models.hpp"

#include "eigenhead/analysis/incremental_pca.hpp"
#include "eigenhead/analysis/truncated_svd.hpp"

#include "support/data.hpp"
#include "support/near.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

using nlohmann::json;

json read_json(const std::filesystem::path& name) {
  return json::parse(read_file(test_data() / name));
}

/// What scikit-learn stored for one case under one sign rule. The attributes that a case lacks stay
/// empty.
struct Expected {
  Index n_meaningful = 0;  // the components after these are not determined by the data
  double noise_variance = 0;
  Tensor<double, 1> mean, singular_values, explained_variance, explained_variance_ratio;
  Tensor<double, 2> components, scores, samples_again;
};

double largest(const Tensor<double, 2>& tensor) { return tensor.matrix().cwiseAbs().maxCoeff(); }

/// Compares relative to the largest expected value.
void expect_same(const Tensor<double, 2>& actual, const Tensor<double, 2>& expected,
                 double tolerance) {
  expect_near(actual, expected, tolerance * largest(expected));
}

Tensor<double, 2> as_matrix(TensorView<const double, 1> vector, Index length) {
  return Tensor<double, 2>(vector.slice(0, 0, length).reshape(Shape<2>{1, length}));
}

template <class Scalar>
Tensor<double, 2> in_double(const Tensor<Scalar, 2>& tensor, Index num_columns) {
  return cast<double, Scalar, 2>(tensor.slice(1, 0, num_columns));
}

template <class Scalar>
void expect_vector(const Tensor<Scalar, 1>& actual, const Tensor<double, 1>& expected, Index length,
                   double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  expect_same(as_matrix(cast<double, Scalar, 1>(actual), length), as_matrix(expected, length),
              tolerance);
}

template <class Scalar>
void expect_model(const Pca<Scalar>& pca, const Expected& expected, double tolerance) {
  const Index k = expected.components.extent(0);
  const Index meaningful = expected.n_meaningful;
  ASSERT_EQ(pca.n_components(), k);
  expect_vector(pca.mean(), expected.mean, expected.mean.size(), tolerance);
  expect_vector(pca.singular_values(), expected.singular_values, meaningful, tolerance);
  expect_vector(pca.explained_variance(), expected.explained_variance, k, tolerance);
  expect_vector(pca.explained_variance_ratio(), expected.explained_variance_ratio, k, tolerance);
  EXPECT_NEAR(static_cast<double>(pca.noise_variance()), expected.noise_variance,
              tolerance * expected.noise_variance + 1e-15 * expected.explained_variance(0));
  const Tensor<double, 2> components = cast<double, Scalar, 2>(pca.components());
  expect_same(Tensor<double, 2>(components.slice(0, 0, meaningful)),
              Tensor<double, 2>(expected.components.slice(0, 0, meaningful)), tolerance);
}

template <class Scalar>
void expect_scores(const Tensor<Scalar, 2>& actual, const Expected& expected, double tolerance) {
  const Index meaningful = expected.n_meaningful;
  ASSERT_EQ(actual.extent(1), expected.scores.extent(1));
  expect_same(in_double(actual, meaningful), in_double(expected.scores, meaningful), tolerance);
}

/// Fits x with each solver and compares everything that was stored.
template <class Scalar>
void expect_all(const Tensor<Scalar, 2>& x, PcaOptions options, const Expected& expected,
                bool has_large_offset, bool is_randomized) {
  std::vector<PcaSolver> solvers = {PcaSolver::full, PcaSolver::covariance_eigh, PcaSolver::top_k,
                                    PcaSolver::automatic};
  if (is_randomized) solvers.push_back(PcaSolver::randomized);
  for (const PcaSolver solver : solvers) {
    SCOPED_TRACE("solver " + std::to_string(static_cast<int>(solver)));
    const double tolerance = sizeof(Scalar) == sizeof(float)                  ? 1e-4
                             : solver == PcaSolver::full && !has_large_offset ? 1e-10
                                                                              : 1e-8;
    options.solver = solver;
    Pca<Scalar> pca(options);
    const Tensor<Scalar, 2> scores = pca.fit_transform(x);
    expect_model(pca, expected, tolerance);
    expect_scores(scores, expected, tolerance);
    expect_scores(pca.transform(x), expected, tolerance);
    const Tensor<Scalar, 2> again = pca.inverse_transform(scores);
    expect_same(in_double(again, again.extent(1)), expected.samples_again, tolerance);
  }
}

NumComponents n_components_of(const json& value) {
  if (value.is_null()) return NumComponents::all();
  if (value.is_number_float()) return NumComponents::explaining(value.get<double>());
  return NumComponents::exactly(value.get<Index>());
}

PcaOptions options_of(const json& arguments, PcaSign sign) {
  PcaOptions options;
  options.n_components = n_components_of(arguments.value("n_components", json()));
  options.whiten = arguments.value("whiten", false);
  options.sign = sign;
  return options;
}

Expected expected_of(const json& entry, PcaSign sign) {
  const std::filesystem::path folder =
      std::filesystem::path("fixtures/pca") / entry.at("name").get<std::string>();
  const bool is_incremental = entry.at("class") == "IncrementalPCA";  // always v_based
  const std::string suffix = sign == PcaSign::v_based && !is_incremental ? "_vbased.npy" : ".npy";
  Expected expected;
  expected.n_meaningful = entry.at("n_meaningful").get<Index>();
  expected.noise_variance = fixture<double, 1>(folder / "noise_variance.npy")(0);
  expected.mean = fixture<double, 1>(folder / "mean.npy");
  expected.singular_values = fixture<double, 1>(folder / "singular_values.npy");
  expected.explained_variance = fixture<double, 1>(folder / "explained_variance.npy");
  expected.explained_variance_ratio = fixture<double, 1>(folder / "explained_variance_ratio.npy");
  expected.components = fixture<double, 2>(folder / ("components" + suffix));
  expected.scores =
      fixture<double, 2>(folder / ((is_incremental ? "transform" : "fit_transform") + suffix));
  expected.samples_again = fixture<double, 2>(folder / "inverse_transform.npy");
  return expected;
}

/// False when the entries that decide a sign tie, so that rounding decides.
bool has_clear_signs(const json& entry, PcaSign sign) {
  const auto margins = entry.at(sign == PcaSign::v_based ? "sign_margin_v" : "sign_margin_u")
                           .get<std::vector<double>>();
  return std::all_of(margins.begin(), margins.end(), [](double margin) { return margin > 1e-6; });
}

template <class Scalar>
void test_fixture(const json& entry) {
  const std::string name = entry.at("name").get<std::string>();
  const auto x = fixture<Scalar, 2>("fixtures/pca/" + name + "/X.npy");
  int num_rules = 0;
  for (const PcaSign sign : {PcaSign::v_based, PcaSign::u_based}) {
    if (!has_clear_signs(entry, sign)) continue;
    ++num_rules;
    SCOPED_TRACE(sign == PcaSign::v_based ? "v_based" : "u_based");
    expect_all(x, options_of(entry.at("args"), sign), expected_of(entry, sign),
               name == "large_offset", entry.at("args").contains("random_state"));
  }
  EXPECT_EQ(num_rules, name == "two_points" ? 1 : 2);  // two samples tie exactly under u_based
}

/// Fits x in the batches that the case names, in one call or one after the other.
IncrementalPca<double> fit_incrementally(const json& entry, const Tensor<double, 2>& x) {
  const json& arguments = entry.at("args");
  IncrementalPcaOptions options;
  options.n_components = arguments.at("n_components").get<Index>();
  options.whiten = arguments.value("whiten", false);
  options.batch_size = arguments.value("batch_size", Index{0});
  IncrementalPca<double> incremental(options);
  if (entry.at("partial_fit_batches").is_null()) return incremental.fit(x);
  Index begin = 0;
  for (const Index size : entry.at("partial_fit_batches").get<std::vector<Index>>()) {
    incremental.partial_fit(x.slice(0, begin, begin + size));
    begin += size;
  }
  return incremental;
}

void test_incremental_fixture(const json& entry) {
  const std::filesystem::path folder =
      std::filesystem::path("fixtures/pca") / entry.at("name").get<std::string>();
  const auto x = fixture<double, 2>(folder / "X.npy");
  const IncrementalPca<double> incremental = fit_incrementally(entry, x);
  const Expected expected = expected_of(entry, PcaSign::v_based);
  const Pca<double> pca = incremental.pca();
  expect_model(pca, expected, 1e-10);
  expect_scores(pca.transform(x), expected, 1e-10);
  expect_same(pca.inverse_transform(expected.scores), expected.samples_again, 1e-10);
  expect_same(pca.transform(fixture<double, 2>(folder / "X_new.npy")),
              fixture<double, 2>(folder / "transform_new.npy"), 1e-10);
  expect_near(incremental.variance(), fixture<double, 1>(folder / "var.npy"), 1e-12);
}

TEST(PcaFixtures, EachCaseOfScikitLearnIsReproduced) {
  int num_incremental = 0;
  const json manifest = read_json("fixtures/pca/manifest.json");
  for (const json& entry : manifest.at("cases")) {
    SCOPED_TRACE(entry.at("name"));
    if (entry.at("class") == "IncrementalPCA") {
      ++num_incremental;
      test_incremental_fixture(entry);
    } else if (entry.at("dtype") == "float32") {
      test_fixture<float>(entry);
    } else {
      test_fixture<double>(entry);
    }
  }
  EXPECT_EQ(num_incremental, 5);
}

TEST(PcaFixtures, NewSamplesAreTransformedAsByScikitLearn) {
  int num_cases = 0;
  const json manifest = read_json("fixtures/pca/manifest.json");
  for (const json& entry : manifest.at("cases")) {
    const std::filesystem::path folder =
        std::filesystem::path("fixtures/pca") / entry.at("name").get<std::string>();
    if (entry.at("class") != "PCA" || !std::filesystem::exists(test_data() / folder / "X_new.npy"))
      continue;
    SCOPED_TRACE(folder.string());
    ++num_cases;
    // The files of new samples follow the sign rule of scikit-learn 1.2.1.
    Pca<double> pca(options_of(entry.at("args"), PcaSign::u_based));
    pca.fit(fixture<double, 2>(folder / "X.npy"));
    const auto expected = fixture<double, 2>(folder / "transform_new.npy");
    const auto scores = pca.transform(fixture<double, 2>(folder / "X_new.npy"));
    const auto meaningful = entry.at("n_meaningful").get<Index>();
    expect_same(in_double(scores, meaningful), in_double(expected, meaningful), 1e-10);
    if (meaningful < pca.n_components()) continue;
    expect_same(pca.inverse_transform(expected),
                fixture<double, 2>(folder / "inverse_transform_new.npy"), 1e-10);
  }
  EXPECT_EQ(num_cases, 9);
}

Tensor<double, 2> matrix_of(const json& rows) {
  std::vector<double> values;
  for (const json& row : rows)
    for (const json& value : row) values.push_back(value.get<double>());
  return {Shape<2>{rows.size(), values.size() / rows.size()}, values};
}

Tensor<double, 1> vector_of(const json& list) {
  return {Shape<1>{list.size()}, list.get<std::vector<double>>()};
}

Expected golden_of(const json& entry, PcaSign sign) {
  const std::string suffix = sign == PcaSign::v_based ? "_v_based" : "";
  Expected expected;
  expected.n_meaningful = entry.at("n_components_").get<Index>();
  expected.noise_variance = entry.at("noise_variance_").get<double>();
  expected.mean = vector_of(entry.at("mean_"));
  expected.singular_values = vector_of(entry.at("singular_values_"));
  expected.explained_variance = vector_of(entry.at("explained_variance_"));
  expected.explained_variance_ratio = vector_of(entry.at("explained_variance_ratio_"));
  expected.components = matrix_of(entry.at(suffix.empty() ? "components_" : "components" + suffix));
  expected.scores = matrix_of(entry.at("transform" + suffix));
  expected.samples_again = matrix_of(entry.at("inverse"));
  return expected;
}

void test_golden(const std::string& name, const json& entry, const Tensor<double, 2>& x) {
  PcaOptions options;
  options.whiten = name == "k3_whiten";
  if (name == "ratio0.9")
    options.n_components = NumComponents::explaining(0.9);
  else if (name == "mle")
    options.n_components = NumComponents::mle();
  else
    options.n_components = entry.at("n_components_").get<Index>();
  for (const PcaSign sign : {PcaSign::v_based, PcaSign::u_based}) {
    SCOPED_TRACE(sign == PcaSign::v_based ? "v_based" : "u_based");
    options.sign = sign;
    expect_all(x, options, golden_of(entry, sign), false, name == "rand2");
  }
}

void test_golden_incremental(const json& entry, const Tensor<double, 2>& x) {
  IncrementalPcaOptions options;
  options.n_components = 3;
  options.batch_size = 4;
  const Pca<double> pca = IncrementalPca<double>(options).fit(x).pca();
  const Expected expected = golden_of(entry, PcaSign::v_based);
  expect_model(pca, expected, 1e-10);
  expect_scores(pca.transform(x), expected, 1e-10);
}

void test_golden_truncated_svd(const json& entry, const Tensor<double, 2>& x) {
  for (const bool is_randomized : {false, true}) {
    TruncatedSvdOptions options;
    options.is_randomized = is_randomized;  // exact for five features
    TruncatedSvd<double> svd(options);
    expect_same(svd.fit_transform(x), matrix_of(entry.at("transform_v_based")), 1e-10);
    expect_same(svd.components(), matrix_of(entry.at("components_v_based")), 1e-10);
    expect_near(svd.singular_values(), vector_of(entry.at("singular_values_")), 1e-10);
    expect_near(svd.explained_variance(), vector_of(entry.at("explained_variance_")), 1e-10);
    expect_near(svd.explained_variance_ratio(), vector_of(entry.at("explained_variance_ratio_")),
                1e-10);
    expect_same(svd.inverse_transform(svd.transform(x)), matrix_of(entry.at("inverse")), 1e-10);
  }
}

TEST(PcaGolden, EachCaseOfScikitLearnIsReproduced) {
  const json golden = read_json("pca/golden.json");
  const Tensor<double, 2> x = matrix_of(golden.at("X"));
  for (const auto& [name, entry] : golden.at("cases").items()) {
    SCOPED_TRACE(name);
    if (name == "incremental3_b4")
      test_golden_incremental(entry, x);
    else if (name == "truncatedsvd2")
      test_golden_truncated_svd(entry, x);
    else
      test_golden(name, entry, name == "wide_4x9_k2" ? matrix_of(golden.at("W")) : x);
  }
}

TEST(PcaTinyDistilbert, HiddenStatesOfASentenceBecomeThePointsOfScikitLearn) {
  const auto states = fixture<float, 3>("fixtures/tiny-distilbert/pca_last_hidden_state.npy");
  expect_near(Pca<float>(2).fit_transform(states[0]),
              fixture<float, 2>("fixtures/tiny-distilbert/pca_2d_vbased.npy"), 2e-5);
  PcaOptions options;
  options.n_components = 2;
  options.sign = PcaSign::u_based;
  expect_near(Pca<float>(options).fit_transform(states[0]),
              fixture<float, 2>("fixtures/tiny-distilbert/pca_2d.npy"), 2e-5);
}

}  // namespace
}  // namespace eigenhead
