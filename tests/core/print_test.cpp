#include "eigenhead/core/print.hpp"

#include "core/bits.hpp"
#include "support/data.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

/// A value as tests/data/print/generate.py stores it: floats by their bits, others as numbers.
template <class Scalar>
Scalar stored_value(const nlohmann::json& stored) {
  if constexpr (std::is_floating_point_v<Scalar>)
    return from_bits<Scalar>(stored.get<std::string>());
  else
    return static_cast<Scalar>(stored.get<std::int64_t>());
}

template <class Scalar, int Rank>
std::string text_of_rank(const nlohmann::json& stored, const PrintOptions& options) {
  Tensor<Scalar, Rank> tensor(Shape<Rank>::from(stored["shape"].get<std::vector<Index>>()));
  const nlohmann::json& values = stored["values"];
  for (Index i = 0; i < tensor.size(); ++i)
    tensor.data()[i] = stored_value<Scalar>(values[static_cast<std::size_t>(i) % values.size()]);
  return to_string(tensor, options);
}

template <class Scalar>
std::string text_of(const nlohmann::json& stored, const PrintOptions& options) {
  switch (stored["shape"].size()) {
    case 1: return text_of_rank<Scalar, 1>(stored, options);
    case 2: return text_of_rank<Scalar, 2>(stored, options);
    case 3: return text_of_rank<Scalar, 3>(stored, options);
    case 4: return text_of_rank<Scalar, 4>(stored, options);
    case 5: return text_of_rank<Scalar, 5>(stored, options);
    default: return "no such rank";
  }
}

PrintOptions options_of(const nlohmann::json& stored, PrintStyle style) {
  PrintOptions options;
  options.style = style;
  const nlohmann::json given = stored.value("options", nlohmann::json::object());
  if (given.contains("precision")) options.precision = given["precision"].get<int>();
  if (given.contains("line_width")) options.line_width = given["line_width"].get<int>();
  options.threshold = given.value("threshold", options.threshold);
  options.edge_items = given.value("edge_items", options.edge_items);
  return options;
}

void expect_stored_texts(const std::string& file, PrintStyle style) {
  const nlohmann::json cases = nlohmann::json::parse(read_file(test_data() / "print" / file));
  ASSERT_GT(cases.size(), 200u);
  for (const nlohmann::json& stored : cases) {
    const std::string dtype = stored["dtype"];
    const PrintOptions options = options_of(stored, style);
    const std::string text = dtype == "float64"   ? text_of<double>(stored, options)
                             : dtype == "float32" ? text_of<float>(stored, options)
                             : dtype == "int64"   ? text_of<std::int64_t>(stored, options)
                             : dtype == "int32"   ? text_of<std::int32_t>(stored, options)
                             : dtype == "int8"    ? text_of<std::int8_t>(stored, options)
                             : dtype == "uint8"   ? text_of<std::uint8_t>(stored, options)
                             : dtype == "bool"    ? text_of<bool>(stored, options)
                                                  : "no such dtype";
    EXPECT_EQ(text, stored["text"].get<std::string>()) << stored.dump().substr(0, 400);
  }
}

TEST(ToString, NumpyStyleGivesTheTextOfNumpy) {
  expect_stored_texts("numpy.json", PrintStyle::numpy);
}

TEST(ToString, TorchStyleGivesTheTextOfTorch) {
  expect_stored_texts("torch.json", PrintStyle::torch);
}

std::string printed_by(const std::string& folder) {
  return read_file(test_data() / "fixtures/notebooks" / folder / "stdout.txt");
}

PrintOptions torch_style() {
  PrintOptions options;
  options.style = PrintStyle::torch;
  return options;
}

template <class Scalar>
std::string notebook_text(const std::string& name, const PrintOptions& options) {
  return to_string(fixture<Scalar, 2>("fixtures/notebooks/" + name + ".npy"), options);
}

TEST(ToString, Exercise2PrintsAsInNumpy) {
  std::string text;
  for (const auto& [title, name] :
       std::vector<std::pair<std::string, std::string>>{{"Scaled Dot-Product Scores", "scores"},
                                                        {"Attention Weights (softmax)", "weights"},
                                                        {"Output", "output"}})
    text += title + ":\n " + notebook_text<double>("exercise2/" + name, {}) + "\n";
  EXPECT_EQ(text, printed_by("exercise2"));
}

TEST(ToString, Exercise3PrintsAsInTorch) {
  EXPECT_EQ("Multi-Head Output:\n " +
                notebook_text<float>("exercise3/multi_head_output", torch_style()) + "\n",
            printed_by("exercise3"));
}

TEST(ToString, AttentionLayersPrintAsInTorch) {
  std::string text = "\nGenerated Embedding Shape: torch.Size([9, 8])\n";
  for (const auto& [title, name] :
       std::vector<std::pair<std::string, std::string>>{{"Query (Q)", "Q"},
                                                        {"Key (K)", "K"},
                                                        {"Value (V)", "V"},
                                                        {"Attention Scores", "attention_scores"},
                                                        {"Weighted Values", "weighted_values"}})
    text += title + " Shape: torch.Size(" + (name == "attention_scores" ? "[9, 9]" : "[9, 4]") +
            ")\n " + notebook_text<float>("attention_layers/" + name, torch_style()) + "\n";
  EXPECT_EQ(text, printed_by("attention_layers"));
}

TEST(ToString, StridedViewIsPrintedInTheOrderOfItsIndices) {
  const Tensor<int, 2> x({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(to_string(x.transpose(0, 1)), "[[1 4]\n [2 5]\n [3 6]]");
  EXPECT_EQ(to_string(x.select(1, 2)), "[3 6]");
}

TEST(ToString, HugeBroadcastViewIsReadAtItsEdgesOnly) {
  const double value = 0.5;
  const Index huge = Index{1} << 40;
  const TensorView<const double, 1> view(&value, Shape<1>{huge}, Shape<1>{0});
  EXPECT_EQ(to_string(view), "[0.5 0.5 0.5 ... 0.5 0.5 0.5]");
}

TEST(ToString, StreamOperatorWritesTensorAndViewInNumpyStyle) {
  Tensor<float, 1> x({2}, {1.5f, -2});
  std::ostringstream out;
  out << x << ' ' << x.view() << ' ' << x.slice(0, 0, 1);
  EXPECT_EQ(out.str(), "[ 1.5 -2. ] [ 1.5 -2. ] [1.5]");
}

TEST(ToString, WrongOptionsAreRefused) {
  const Tensor<float, 1> x(3);
  PrintOptions options;
  options.precision = -1;
  EXPECT_THROW_WITH(to_string(x, options), ValueError,
                    "to_string: precision must be >= 0; got precision -1");
  options = {};
  options.threshold = -1;
  EXPECT_THROW_WITH(to_string(x, options), ValueError,
                    "to_string: threshold must be >= 0; got threshold -1");
  options = {};
  options.edge_items = 0;
  EXPECT_THROW_WITH(to_string(x, options), ValueError,
                    "to_string: edge_items must be >= 1; got edge_items 0");
  options = {};
  options.line_width = 0;
  EXPECT_THROW_WITH(to_string(x, options), ValueError,
                    "to_string: line_width must be >= 1; got line_width 0");
}

}  // namespace
}  // namespace eigenhead
