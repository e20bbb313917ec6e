// eigenhead pca: principal components of the rows of an .npy file.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/analysis.hpp"
#include "eigenhead/analysis/npy_rows.hpp"
#include "eigenhead/io.hpp"
#include "eigenhead/plot.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

struct PcaArguments {
  std::string input;
  std::string output;
  std::string components = "2";
  bool whiten = false;
  std::string solver = "auto";
  std::string sign = "v";
  std::int64_t seed = 0;
  std::string stream;
  Index batch_size = 4096;
  CommonOptions common;  // --threads
  std::string model_output;
  std::string transform;
  std::string plot;
  std::string labels;
};

/// "2" keeps two components, "0.95" as many as explain that share of the variance, "all" all, "mle"
/// as many as Minka's rule finds.
NumComponents parse_components(const std::string& text) {
  if (text == "all") return NumComponents::all();
  if (text == "mle") return NumComponents::mle();
  if (text.find('.') != std::string::npos) return NumComponents::explaining(std::stod(text));
  return NumComponents::exactly(std::stol(text));
}

PcaSolver parse_solver(const std::string& name) {
  return name == "full"              ? PcaSolver::full
         : name == "covariance_eigh" ? PcaSolver::covariance_eigh
         : name == "top_k"           ? PcaSolver::top_k
         : name == "randomized"      ? PcaSolver::randomized
                                     : PcaSolver::automatic;
}

PcaOptions pca_options(const PcaArguments& options, Executor& executor) {
  return {.n_components = parse_components(options.components),
          .solver = parse_solver(options.solver),
          .whiten = options.whiten,
          .sign = options.sign == "u" ? PcaSign::u_based : PcaSign::v_based,
          .seed = options.seed,
          .executor = &executor};
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
Pca<Scalar> load_pca(const std::string& path, Executor& executor) {
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
  return Pca<Scalar>(std::move(model),
                     {.whiten = metadata("whiten") == "true", .executor = &executor});
}

template <class Scalar>
Figure draw(const Pca<Scalar>& pca, const Tensor<Scalar, 2>& scores, const PcaArguments& options) {
  check<ValueError>(scores.extent(1) >= 2, "pca: a plot must have at least 2 components",
                    "components", scores.extent(1));
  const TensorView<const Scalar, 1> ratio = pca.explained_variance_ratio();
  ScatterOptions plot;
  plot.x_label = component_label(1, static_cast<double>(ratio(0)));
  plot.y_label = component_label(2, static_cast<double>(ratio(1)));
  if (!options.labels.empty()) plot.labels = read_labels(options.labels);
  return scatter(scores.slice(1, 0, 2), plot);
}

/// Calls use(rows) for all rows of the file, batch after batch. As in sklearn.decomposition's
/// IncrementalPCA, a last batch of fewer rows than `fewest` goes with the one before.
template <class Scalar, class Use>
void for_each_batch(const NpyRows& rows, Index batch_size, Index fewest, const Use& use) {
  for (Index begin = 0, end = 0; begin < rows.num_rows(); begin = end) {
    end = std::min(begin + batch_size, rows.num_rows());
    if (rows.num_rows() - end < fewest) end = rows.num_rows();
    use(rows.read<Scalar>(begin, end));
  }
}

/// Fits without holding all samples: exactly, by their moments, or incrementally.
template <class Scalar>
Pca<Scalar> fit_stream(const PcaArguments& options, const NpyRows& rows, Executor& executor) {
  const PcaOptions wanted = pca_options(options, executor);
  Pca<Scalar> pca(wanted);
  if (options.stream == "exact") {
    MomentAccumulator accumulator(&executor);
    for_each_batch<Scalar>(rows, options.batch_size, 0,
                           [&](const Tensor<Scalar, 2>& x) { accumulator.add(x); });
    return pca.fit(accumulator.moments());
  }
  IncrementalPca<Scalar> incremental(
      {.n_components = wanted.n_components, .whiten = wanted.whiten, .executor = &executor});
  const Index fewest = wanted.n_components.is_exact() ? wanted.n_components.resolve({}) : 0;
  for_each_batch<Scalar>(rows, options.batch_size, fewest,
                         [&](const Tensor<Scalar, 2>& x) { incremental.partial_fit(x); });
  return incremental.pca();
}

template <class Scalar>
Tensor<Scalar, 2> transform_stream(const PcaArguments& options, const NpyRows& rows,
                                   const Pca<Scalar>& pca) {
  Tensor<Scalar, 2> scores({rows.num_rows(), pca.n_components()});
  Index begin = 0;
  for_each_batch<Scalar>(rows, options.batch_size, 0, [&](const Tensor<Scalar, 2>& x) {
    copy<Scalar, 2>(pca.transform(x), scores.slice(0, begin, begin + x.extent(0)));
    begin += x.extent(0);
  });
  return scores;
}

template <class Scalar>
void run(const PcaArguments& options) {
  ThreadPool pool = options.common.make_pool();
  Pca<Scalar> pca(pca_options(options, pool));
  if (!options.transform.empty()) pca = load_pca<Scalar>(options.transform, pool);
  Tensor<Scalar, 2> scores;  // [n, k]
  if (options.stream.empty()) {
    const Tensor<Scalar, 2> x = load_npy<Scalar, 2>(options.input);
    scores = options.transform.empty() ? pca.fit_transform(x) : pca.transform(x);
  } else {
    const NpyRows rows = NpyRows::open(options.input);
    if (options.transform.empty()) pca = fit_stream<Scalar>(options, rows, pool);
    scores = transform_stream(options, rows, pca);
  }

  std::optional<Figure> plot;  // drawn before anything is written: a refusal leaves no file behind
  if (!options.plot.empty()) plot = draw(pca, scores, options);
  save_npy(options.output, scores);
  if (!options.model_output.empty()) save_pca(pca, options.model_output);
  if (plot) plot->save(options.plot);
}

/// float32 stays float32, everything else becomes float64.
bool holds_float32(const std::string& path) {
  const MappedFile file = MappedFile::open(path, FileAccess::map, "load_npy");
  return file.bytes().substr(0, 256).find("'<f4'") != std::string_view::npos;
}

void pca(const PcaArguments& options) {
  if (holds_float32(options.input))
    run<float>(options);
  else
    run<double>(options);
}

}  // namespace

void add_pca(CLI::App& program) {
  const auto options = std::make_shared<PcaArguments>();
  CLI::App& command = *program.add_subcommand("pca", "Principal components of the rows of an .npy");
  command.add_option("--input", options->input, "Samples [n, p], an .npy file")->required();
  command.add_option("--output", options->output, "Scores [n, k], an .npy file")->required();
  CLI::Option* components =
      command
          .add_option("--components", options->components,
                      "A number, a share of the variance such as 0.95, all, or mle (Minka's rule)")
          ->check([](const std::string& text) {
            const bool is_number = text.find_first_not_of("0123456789.") == text.npos &&
                                   !text.empty() && text.size() < 16 && text != "." &&
                                   text.find('.') == text.rfind('.');
            return text == "all" || text == "mle" || is_number ? std::string()
                                                               : "must be a number, all or mle";
          })
          ->capture_default_str();
  command.add_flag("--whiten", options->whiten, "Scores of unit variance");
  CLI::Option* solver =
      command.add_option("--solver", options->solver, "How components are computed")
          ->check(CLI::IsMember({"auto", "full", "covariance_eigh", "top_k", "randomized"}))
          ->capture_default_str();
  command.add_option("--seed", options->seed, "random_state of --solver randomized")
      ->capture_default_str();
  command
      .add_option("--stream", options->stream,
                  "Reads a batch of rows at a time: exact (memory for p^2 numbers) or incremental")
      ->check(CLI::IsMember({"exact", "incremental"}))
      ->excludes(solver);
  command.add_option("--batch-size", options->batch_size, "Rows of a batch of --stream")
      ->check(CLI::Range(Index{1}, Index{1} << 40))
      ->capture_default_str();
  options->common.add_threads(command);
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
