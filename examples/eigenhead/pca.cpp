// eigenhead pca: principal components of the rows of an .npy file.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/analysis.hpp"
#include "eigenhead/io.hpp"
#include "eigenhead/plot.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

struct Options {
  std::string input;
  std::string output;
  std::string components = "2";
  bool whiten = false;
  std::string solver = "auto";
  std::string sign = "v";
  std::string model_output;
  std::string transform;
  std::string plot;
  std::string labels;
};

/// "2" keeps two components, "0.95" as many as explain that share of the variance, "all" all.
NumComponents parse_components(const std::string& text) {
  if (text == "all") return NumComponents::all();
  if (text.find('.') != std::string::npos) return NumComponents::explaining(std::stod(text));
  return NumComponents::exactly(std::stol(text));
}

PcaOptions pca_options(const Options& options) {
  return {.n_components = parse_components(options.components),
          .solver = options.solver == "full"              ? PcaSolver::full
                    : options.solver == "covariance_eigh" ? PcaSolver::covariance_eigh
                                                          : PcaSolver::automatic,
          .whiten = options.whiten,
          .sign = options.sign == "u" ? PcaSign::u_based : PcaSign::v_based};
}

std::vector<std::string> read_labels(const std::string& path) {
  std::vector<std::string> labels;
  LineReader reader(path);
  for (std::string line; reader.next(line);) labels.push_back(line);
  return labels;
}

template <class Scalar>
void save_pca(const Pca<Scalar>& pca, const std::string& path) {
  const PcaModel<Scalar>& model = pca.model();
  SafetensorsWriter writer;
  writer.add("mean", model.mean);
  writer.add("components", model.components);
  writer.add("singular_values", model.singular_values);
  writer.add("explained_variance", model.explained_variance);
  writer.add("explained_variance_ratio", model.explained_variance_ratio);
  writer.add("whitening", model.whitening);
  writer.add("noise_variance", Tensor<Scalar, 1>({1}, {model.noise_variance}));
  writer.add_metadata("num_samples", std::to_string(model.num_samples));
  writer.add_metadata("whiten", pca.options().whiten ? "true" : "false");
  writer.save(path);
}

template <class Scalar>
Pca<Scalar> load_pca(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const auto metadata = [&](const char* key) {
    const auto found = file.metadata().find(key);
    check<FormatError>(found != file.metadata().end(),
                       "load_pca: file must have been written by --model-output; got " +
                           quote(path) + " without the metadata " + quote(key));
    return found->second;
  };
  PcaModel<Scalar> model;
  model.num_samples = std::atol(metadata("num_samples").c_str());
  model.mean = file.tensor<Scalar, 1>("mean");
  model.components = file.tensor<Scalar, 2>("components");
  model.singular_values = file.tensor<Scalar, 1>("singular_values");
  model.explained_variance = file.tensor<Scalar, 1>("explained_variance");
  model.explained_variance_ratio = file.tensor<Scalar, 1>("explained_variance_ratio");
  model.whitening = file.tensor<Scalar, 1>("whitening");
  model.noise_variance = file.tensor<Scalar, 1>("noise_variance").at(0);
  return Pca<Scalar>(std::move(model), {.whiten = metadata("whiten") == "true"});
}

template <class Scalar>
Figure draw(const Pca<Scalar>& pca, const Tensor<Scalar, 2>& scores, const Options& options) {
  check<ValueError>(scores.extent(1) >= 2, "pca: a plot must have at least 2 components",
                    "components", scores.extent(1));
  const TensorView<const Scalar, 1> ratio = pca.explained_variance_ratio();
  ScatterOptions plot;
  plot.x_label = component_label(1, static_cast<double>(ratio(0)));
  plot.y_label = component_label(2, static_cast<double>(ratio(1)));
  if (!options.labels.empty()) plot.labels = read_labels(options.labels);
  return scatter(scores.slice(1, 0, 2), plot);
}

template <class Scalar>
void run(const Options& options, const NpyArray& array) {
  const Tensor<Scalar, 2> x = to_tensor<Scalar, 2>(array);
  Pca<Scalar> pca(pca_options(options));
  if (options.transform.empty())
    pca.fit(x);
  else
    pca = load_pca<Scalar>(options.transform);
  const Tensor<Scalar, 2> scores = pca.transform(x);  // [n, k]

  std::optional<Figure> plot;  // drawn before anything is written: a refusal leaves no file behind
  if (!options.plot.empty()) plot = draw(pca, scores, options);
  save_npy(options.output, scores);
  if (!options.model_output.empty()) save_pca(pca, options.model_output);
  if (plot) plot->save(options.plot);
}

void pca(const Options& options) {
  const NpyArray array = read_npy(options.input);
  if (array.dtype == DType::f32)
    run<float>(options, array);  // float32 stays float32, everything else becomes float64
  else
    run<double>(options, array);
}

}  // namespace

void add_pca(CLI::App& program) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = *program.add_subcommand("pca", "Principal components of the rows of an .npy");
  command.add_option("--input", options->input, "Samples [n, p], an .npy file")->required();
  command.add_option("--output", options->output, "Scores [n, k], an .npy file")->required();
  CLI::Option* components =
      command
          .add_option("--components", options->components,
                      "A number, a share of the variance such as 0.95, or all")
          ->check([](const std::string& text) {
            const bool is_number = text.find_first_not_of("0123456789.") == text.npos &&
                                   !text.empty() && text.size() < 16 && text != "." &&
                                   text.find('.') == text.rfind('.');
            return text == "all" || is_number ? std::string() : "must be a number or all";
          })
          ->capture_default_str();
  command.add_flag("--whiten", options->whiten, "Scores of unit variance");
  command.add_option("--solver", options->solver, "How components are computed")
      ->check(CLI::IsMember({"auto", "full", "covariance_eigh"}))
      ->capture_default_str();
  command.add_option("--sign", options->sign, "Sign rule: v as scikit-learn >= 1.5, u as before")
      ->check(CLI::IsMember({"v", "u"}))
      ->capture_default_str();
  command.add_option("--model-output", options->model_output,
                     "Saves the fitted model, a safetensors file");
  command.add_option("--transform", options->transform, "Applies a saved model instead of fitting")
      ->excludes(components);
  command.add_option("--plot", options->plot, "Draws the first two components, an SVG file");
  command.add_option("--labels", options->labels, "The points' names for --plot, a line each");
  command.footer("Example: eigenhead pca --input x.npy --output z.npy --plot z.svg");
  command.callback([options] { pca(*options); });
}
