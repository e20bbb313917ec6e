// eigenhead attend: scaled dot-product attention of the tensors of a file.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/attention.hpp"
#include "eigenhead/io.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace eigenhead;

namespace {

struct AttendArguments {
  CommonOptions common;
  std::optional<double> scale;
  std::optional<double> soft_cap;
  std::optional<std::string> causal;
  std::optional<Index> causal_offset;
  std::optional<Index> window_left;
  std::optional<Index> window_right;
  bool is_alibi_symmetric = false;
  std::string empty_rows = "zeros";
  std::optional<std::string> scores;
  bool with_weights = false;
  bool with_averaged_weights = false;
  bool with_log_sum_exp = false;
  std::string kernel = "fused";
  std::string precision = "highest";
};

constexpr char kFloating[] = "F16, BF16, F32 or F64";
constexpr char kBoolean[] = "BOOL";
constexpr char kInteger[] = "of an integer type";

/// What the input may hold, and of which type.
const std::vector<std::pair<std::string, std::string>> kKnownTensors{
    {"query", kFloating},        {"key", kFloating},          {"value", kFloating},
    {"mask", kBoolean},          {"bias", kFloating},         {"key_is_valid", kBoolean},
    {"valid_lengths", kInteger}, {"alibi_slopes", kFloating}, {"sinks", kFloating},
    {"past_key", kFloating},     {"past_value", kFloating}};

std::string type_class(DType dtype) {
  switch (dtype) {
    case DType::boolean: return kBoolean;
    case DType::f16:
    case DType::bf16:
    case DType::f32:
    case DType::f64: return kFloating;
    case DType::u8:
    case DType::i8:
    case DType::u16:
    case DType::i16:
    case DType::u32:
    case DType::i32:
    case DType::u64:
    case DType::i64: return kInteger;
    default: return "";  // listed by files, but never read
  }
}

/// A misspelt mask must not be a mask that is not there: unknown tensors are refused.
void check_names(const SafetensorsFile& file) {
  constexpr std::size_t kMostNamed = 5;
  std::vector<std::string> known;
  known.reserve(kKnownTensors.size());
  for (const auto& [name, type] : kKnownTensors) known.push_back(name);
  std::string unknown;
  std::size_t count = 0;
  for (const std::string& name : file.names()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (++count > kMostNamed) continue;
    const std::string closest = detail::closest_name(name, known);
    unknown += (count > 1 ? ", " : "") + quote(name) +
               (closest.empty() ? "" : " (did you mean " + quote(closest) + "?)");
  }
  if (count > kMostNamed) unknown += " and " + std::to_string(count - kMostNamed) + " more";
  std::string names = known[0];
  for (std::size_t i = 1; i < known.size(); ++i) names += ", " + known[i];
  if (count > 0)
    fail<FormatError>("attend: every tensor of the input must be one of ", names, "; got ",
                      unknown);
}

void check_types(const SafetensorsFile& file) {
  for (const auto& [name, type] : kKnownTensors) {
    if (!file.contains(name)) continue;
    const DType dtype = file.info(name).dtype;
    if (type_class(dtype) != type)
      fail<FormatError>("attend: tensor ", quote(name), " must be ", type, "; got ", name_of(dtype),
                        name == "mask" ? "; numbers to add to the scores are called bias" : "");
  }
}

/// The tensor, with extents of 1 put in front where it has fewer axes; empty when it is not there.
template <class Scalar, int Rank>
Tensor<Scalar, Rank> read(const SafetensorsFile& file, const std::string& name) {
  if (!file.contains(name)) return {};
  std::vector<Index> shape = file.info(name).shape;
  if (shape.size() > Rank)
    fail<ShapeError>("attend: tensor ", quote(name), " must have at most rank ", Rank,
                     "; got shape ", detail::extents_to_string(shape));
  shape.insert(shape.begin(), Rank - shape.size(), 1);
  const Tensor<Scalar, 1> elements = file.elements<Scalar>(name);
  return Tensor<Scalar, Rank>(elements.reshape(Shape<Rank>::from(shape)));
}

/// The memory behind the views of AttentionOptions.
template <class Scalar>
struct OptionTensors {
  Tensor<bool, 4> mask;
  Tensor<Scalar, 4> bias;
  Tensor<bool, 2> key_is_valid;
  Tensor<Index, 1> valid_lengths;
  Tensor<Scalar, 1> alibi_slopes;
  Tensor<Scalar, 1> sinks;
  Tensor<Scalar, 4> past_key;
  Tensor<Scalar, 4> past_value;

  explicit OptionTensors(const SafetensorsFile& file)
      : mask(read<bool, 4>(file, "mask")),
        bias(read<Scalar, 4>(file, "bias")),
        key_is_valid(read<bool, 2>(file, "key_is_valid")),
        valid_lengths(read<Index, 1>(file, "valid_lengths")),
        alibi_slopes(read<Scalar, 1>(file, "alibi_slopes")),
        sinks(read<Scalar, 1>(file, "sinks")),
        past_key(read<Scalar, 4>(file, "past_key")),
        past_value(read<Scalar, 4>(file, "past_value")) {}
};

CausalAlignment causal_alignment(const AttendArguments& options) {
  const std::string word = options.causal.value_or(options.causal_offset ? "top_left" : "none");
  return word == "top_left"       ? CausalAlignment::top_left
         : word == "bottom_right" ? CausalAlignment::bottom_right
                                  : CausalAlignment::none;
}

ScoreStage score_stage(const AttendArguments& options) {
  return options.scores == "biased"        ? ScoreStage::biased
         : options.scores == "soft_capped" ? ScoreStage::soft_capped
                                           : ScoreStage::scaled;
}

template <class Scalar>
AttentionOptions<Scalar> attention_options(const AttendArguments& options,
                                           const SafetensorsFile& file,
                                           const OptionTensors<Scalar>& tensors, Executor& pool) {
  AttentionOptions<Scalar> result{
      .causal = causal_alignment(options),
      .query_offset = options.causal_offset,
      .window_left = options.window_left,
      .window_right = options.window_right,
      .key_is_valid = tensors.key_is_valid,
      .valid_lengths = tensors.valid_lengths,
      .alibi_slopes = tensors.alibi_slopes,
      .is_alibi_symmetric = options.is_alibi_symmetric,
      .sinks = tensors.sinks,
      .past_key = tensors.past_key,
      .past_value = tensors.past_value,
      .empty_rows = options.empty_rows == "uniform" ? EmptyRows::uniform : EmptyRows::zeros,
      .kernel = options.kernel == "fused" ? AttentionKernel::fused : AttentionKernel::reference,
      .precision = matmul_precision_from_name(options.precision),
      .executor = &pool,
      .with_scores = options.scores.has_value(),
      .score_stage = score_stage(options),
      .with_weights = options.with_weights,
      .with_averaged_weights = options.with_averaged_weights,
      .with_log_sum_exp = options.with_log_sum_exp};
  if (options.scale) result.scale = static_cast<Scalar>(*options.scale);
  if (options.soft_cap) result.soft_cap = static_cast<Scalar>(*options.soft_cap);
  if (file.contains("mask")) result.is_visible = tensors.mask;
  if (file.contains("bias")) result.attention_bias = tensors.bias;
  return result;
}

template <class Scalar, int Rank>
void run(const AttendArguments& options, const SafetensorsFile& file) {
  const auto query = file.tensor<Scalar, Rank>("query");
  const auto key = file.tensor<Scalar, Rank>("key");
  const auto value = file.tensor<Scalar, Rank>("value");
  const OptionTensors<Scalar> tensors(file);
  ThreadPool pool = options.common.make_pool();
  AttentionOutput<Scalar, Rank> result = scaled_dot_product_attention(
      query, key, value, attention_options(options, file, tensors, pool));

  SafetensorsWriter writer;
  writer.add("output", std::move(result.output));
  if (options.scores) writer.add("scores", std::move(result.scores));
  if (options.with_weights) writer.add("weights", std::move(result.weights));
  if (options.with_averaged_weights)
    writer.add("averaged_weights", std::move(result.averaged_weights));
  if (options.with_log_sum_exp) writer.add("log_sum_exp", std::move(result.log_sum_exp));
  writer.save(options.common.output);
}

template <class Scalar>
void run(const AttendArguments& options, const SafetensorsFile& file) {
  const std::vector<Index>& shape = file.info("query").shape;
  switch (shape.size()) {
    case 2: return run<Scalar, 2>(options, file);
    case 3: return run<Scalar, 3>(options, file);
    case 4: return run<Scalar, 4>(options, file);
    default:
      fail<ShapeError>("attend: tensor \"query\" must have rank 2, 3 or 4; got shape ",
                       detail::extents_to_string(shape));
  }
}

void attend(const AttendArguments& options) {
  check<ValueError>(options.common.output != "-", "attend: output must be a file", "output",
                    quote(options.common.output));
  const SafetensorsFile file = SafetensorsFile::open(options.common.input);
  check_names(file);
  check_types(file);
  if (file.info("query").dtype == DType::f64)
    run<double>(options, file);
  else
    run<float>(options, file);
}

void add_masks(CLI::App& command, AttendArguments& options) {
  command
      .add_option("--causal", options.causal,
                  "Query t sees the keys up to its own: top_left, t + the number of past keys; "
                  "bottom_right, the last query at the last valid key. Default: none")
      ->check(CLI::IsMember({"none", "top_left", "bottom_right"}));
  command.add_option("--causal-offset", options.causal_offset,
                     "Query t stands at key t + N; causal unless --causal none, which then moves "
                     "windows and ALiBi only");
  command.add_option("--window-left", options.window_left, "Sees at most N keys before its own");
  command.add_option("--window-right", options.window_right, "Sees at most N keys after its own");
  command
      .add_option("--empty-rows", options.empty_rows, "The weights of a query that may see no key")
      ->check(CLI::IsMember({"zeros", "uniform"}))
      ->capture_default_str();
}

void add_results(CLI::App& command, AttendArguments& options) {
  command.add_flag("--weights", options.with_weights, "Adds weights [B, H, T, S]");
  command.add_flag("--averaged-weights", options.with_averaged_weights,
                   "Adds averaged_weights [B, T, S], their mean over the heads");
  command
      .add_option("--scores", options.scores,
                  "Adds scores [B, H, T, S]: scaled products, after the soft cap, or with bias "
                  "and masks")
      ->check(CLI::IsMember({"scaled", "soft_capped", "biased"}));
  command.add_flag("--log-sum-exp", options.with_log_sum_exp, "Adds log_sum_exp [B, H, T]");
}

}  // namespace

void add_attend(CLI::App& program) {
  const auto options = std::make_shared<AttendArguments>();
  CLI::App& command =
      *program.add_subcommand("attend", "Scaled dot-product attention of given tensors");
  command
      .add_option("--input", options->common.input,
                  "A safetensors file: query [B, H, T, D], key [B, H_kv, S, D] and value "
                  "[B, H_kv, S, D_v], or without the first axis or two")
      ->required();
  command
      .add_option("--output", options->common.output, "The safetensors file: output [B, H, T, D_v]")
      ->required();
  command.add_option("--scale", options->scale, "Multiplies query * key; default: 1 / sqrt(D)");
  command.add_option("--soft-cap", options->soft_cap, "Scores become N * tanh(score / N)");
  command.add_flag("--alibi-symmetric", options->is_alibi_symmetric,
                   "alibi_slopes times -|key - query|, for encoders");
  add_masks(command, *options);
  add_results(command, *options);
  command.add_option("--kernel", options->kernel, "Fast code, or the plain loops that specify it")
      ->check(CLI::IsMember({"fused", "reference"}))
      ->capture_default_str();
  command
      .add_option("--precision", options->precision,
                  "Of the products of float32 in the fast code: medium rounds to bfloat16 where "
                  "that is faster; the others are highest")
      ->check(CLI::IsMember({"highest", "highest_by_pieces", "high", "medium"}))
      ->capture_default_str();
  options->common.add_threads(command);
  command.footer(
      "The input may also hold mask (BOOL, true = may be seen) and bias (added to the scores), "
      "both\n"
      "broadcast to [B, H, T, S]; key_is_valid [B, S] (BOOL), valid_lengths [B] (integers),\n"
      "alibi_slopes [H], sinks [H], past_key [B, H_kv, P, D] and past_value [B, H_kv, P, D_v].\n"
      "A float64 query is computed and written in float64, everything else in float32.\n"
      "Example: eigenhead attend --input qkv.safetensors --output out.safetensors --causal "
      "top_left");
  command.callback([options] { attend(*options); });
}
