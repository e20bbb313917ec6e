// The page's text; what it does in a browser is tested by tests/browser.

#include "eigenhead/plot/attention_viewer.hpp"

#include "eigenhead/core/tensor.hpp"
#include "support/temporary_folder.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <limits>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

/// Content and the tensors that it looks at: 2 layers of 1 head and 3 tokens.
struct Example {
  Tensor<float, 3> weights{{1, 3, 3}, {1, 0, 0, 0.25f, 0.5f, 0.25f, 0.04f, 0.16f, 0.8f}};
  Tensor<float, 3> vectors{{1, 3, 2}, {1, -2, 0.5f, 0, 0, 0}};
  Tensor<float, 3> points{{1, 3, 2}, {0, 10, 1, 20, 4, 30}};
  AttentionViewerContent content;
  AttentionViewerOptions options;

  Example() {
    content.tokens = {"[CLS]", "play", "##ing"};
    content.attentions = {weights, weights};
  }
  std::string html() const { return attention_viewer(content, options).to_string(); }
  nlohmann::json json() const { return nlohmann::json::parse(block("content")); }

  /// The text of the data block `id`.
  std::string block(const std::string& id) const {
    const std::string page = html();
    const std::string start = "id=\"" + id + "\">";
    const auto begin = page.find(start);
    if (begin == page.npos) return "";
    return page.substr(begin + start.size(), page.find("</script>", begin) - begin - start.size());
  }
};

TEST(AttentionViewer, BytesHold255TimesTheRootOfEachWeight) {
  // round(255 sqrt(w)): 255 0 0 | 128 180 128 | 51 102 228
  EXPECT_EQ(Example().block("attention1"), "/wAAgLSAM2bk");
}

TEST(AttentionViewer, Float32IsKeptOnRequest) {
  Example example;
  example.options.is_float32 = true;
  // 1 is 0x3f800000, 0.25 is 0x3e800000, 0.5 is 0x3f000000, little-endian
  EXPECT_EQ(example.block("attention0").substr(0, 32), "AACAPwAAAAAAAAAAAACAPgAAAD8AAIA+");
  EXPECT_TRUE(example.json().at("isFloat"));
}

TEST(AttentionViewer, QueriesAreSixteenBitStepsOfTheirLargestMagnitude) {
  Example example;
  example.content.queries = example.content.keys = {example.vectors, example.vectors};
  // 16384, -32767, 8192, 0, 0, 0: 2 is 32767 steps
  EXPECT_EQ(example.block("query0"), "AEABgAAgAAAAAAAA");
  EXPECT_NEAR(example.json().at("scales").at("key").at(1).get<double>(), 2.0 / 32767, 1e-12);
  EXPECT_EQ(example.json().at("headSize"), 2);
}

TEST(AttentionViewer, PointsFillTheSquareOverAllStates) {
  Example example;
  example.content.points = example.points;
  example.options.is_float32 = true;
  const std::string bytes = example.block("points");
  // (0.08, 0.08) are the floats 0x3da3d70a, twice
  EXPECT_EQ(bytes.substr(0, 10), "CtejPQrXoz");
  EXPECT_EQ(bytes.size(), 32u);
  EXPECT_EQ(example.json().at("states").size(), 1u);
}

TEST(AttentionViewer, PiecesAreWordsByTheirMarks) {
  Example example;
  const auto words = example.json().at("words");
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[1].at("text"), "playing");
  EXPECT_EQ(words[1].at("tokens"), (std::vector<int>{1, 2}));
  EXPECT_TRUE(words[0].at("isSpecial"));
  example.content.tokens = {"\u0120Play", "ing", "\u0120now"};
  EXPECT_EQ(example.json().at("words")[0].at("text"), "Playing");
  EXPECT_EQ(example.json().at("words").size(), 2u);
}

TEST(AttentionViewer, GivenWordsAndSpecialTokensCount) {
  Example example;
  example.content.tokens = {"[MASK]", "a", "b"};
  example.content.special_tokens_mask = {0, 0, 1};
  example.content.word_ids = {0, 0, std::nullopt};
  const auto json = example.json();
  EXPECT_EQ(json.at("words").size(), 2u);
  EXPECT_EQ(json.at("words")[0].at("text"), "[MASK]a");
  EXPECT_FALSE(json.at("tokens")[0].contains("isSpecial"));
  EXPECT_TRUE(json.at("tokens")[2].at("isSpecial"));
}

TEST(AttentionViewer, WordsDoNotCrossTheSecondSentence) {
  Example example;
  example.content.word_ids = {0, 1, 1};
  example.content.sentence_b_start = 2;
  EXPECT_EQ(example.json().at("words").size(), 3u);
  EXPECT_TRUE(example.json().at("tokens")[2].at("isSecond"));
}

TEST(AttentionViewer, WithoutTokensPositionsAreNumbered) {
  Example example;
  example.content.tokens.clear();
  EXPECT_EQ(example.json().at("tokens")[2].at("text"), "2");
}

TEST(AttentionViewer, HostileTextIsInert) {
  Example example;
  example.content.tokens = {"</script><img src=x onerror=alert(1)>", "<!--\u2028\u202e&",
                            std::string("a\0\xff", 3)};
  example.options.title = "</title><script>alert(1)</script>";
  const std::string html = example.html();
  EXPECT_EQ(html.find("<img"), html.npos);
  EXPECT_EQ(html.find("alert(1)</script>"), html.npos);
  EXPECT_EQ(html.find("</title><script>"), html.npos);
  const auto tokens = example.json().at("tokens");
  EXPECT_EQ(tokens[0].at("text"), example.content.tokens[0]);
  EXPECT_EQ(tokens[1].at("text"), "<!--\u2028&");
  EXPECT_EQ(tokens[2].at("text"), "a\ufffd");
}

TEST(AttentionViewer, PageNeedsNothingFromOutsideAndAllowsItsOwnScriptAlone) {
  const std::string html = Example().html();
  EXPECT_NE(html.find("content=\"default-src 'none'; script-src 'sha256-"), html.npos);
  EXPECT_EQ(html.find("unsafe"), html.npos);
  EXPECT_FALSE(std::regex_search(html, std::regex("\\son[a-z]+=\"")));  // no inline handler
  for (std::size_t at = html.find("://"); at != html.npos; at = html.find("://", at + 1))
    EXPECT_EQ(html.substr(at, 22), "://www.w3.org/2000/svg");
  EXPECT_EQ(html.find("{{"), html.npos);
}

TEST(AttentionViewer, OnlyWhatThereIsHasAView) {
  Example example;
  EXPECT_EQ(example.html().find("value=\"embeddings\""), std::string::npos);
  EXPECT_EQ(example.html().find("value=\"query-key\""), std::string::npos);
  example.content.points = example.points;
  EXPECT_NE(example.html().find("value=\"embeddings\""), std::string::npos);
}

TEST(AttentionViewer, StreamAndFileHoldTheSameBytes) {
  const TemporaryFolder folder;
  const Example example;
  const HtmlPage page = attention_viewer(example.content);
  page.save(folder / "page.html");
  std::ostringstream out;
  out << page;
  EXPECT_EQ(out.str(), page.to_string());
  EXPECT_EQ(read_file(folder / "page.html"), page.to_string());
}

TEST(AttentionViewer, EmptyOrUnevenAttentionsAreRefused) {
  Example example;
  example.content.attentions.clear();
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: attentions must not be empty; got layers 0");
  const Tensor<float, 3> wide({1, 2, 3});
  example.content.attentions = {wide};
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: attentions must be [heads, T, T]; got attentions [1, 2, 3]");
  const Tensor<float, 3> other({2, 3, 3});
  example.content.attentions = {example.weights, other};
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: attentions must have the same shape in every layer; got "
                    "[2, 3, 3] in layer 1, expected [1, 3, 3]");
}

TEST(AttentionViewer, WhatIsNoWeightIsRefused) {
  Example example;
  example.weights(0, 1, 2) = 1.5f;
  EXPECT_THROW_WITH(example.html(), ValueError,
                    "attention_viewer: attentions must be weights from 0 to 1; got value 1.5 in "
                    "layer 0 at [0, 1, 2]");
  example.weights(0, 1, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(example.html(), ValueError);
}

TEST(AttentionViewer, WhatIsNotOneATokenIsRefused) {
  Example example;
  example.content.tokens.pop_back();
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: tokens must have one token per query and key; got 2 labels, "
                    "attentions [1, 3, 3]");
  example.content.tokens.clear();
  example.content.special_tokens_mask = {1};
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: special_tokens_mask must have one value per token; got 1, "
                    "attentions [1, 3, 3]");
  example.content.special_tokens_mask.clear();
  example.content.word_ids = {1};
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: word_ids must have one value per token; got 1, attentions "
                    "[1, 3, 3]");
  example.content.word_ids.clear();
  example.content.sentence_b_start = 3;
  EXPECT_THROW_WITH(example.html(), ValueError,
                    "attention_viewer: sentence_b_start must be >= 0 and < the number of tokens; "
                    "got sentence_b_start 3, tokens 3");
}

TEST(AttentionViewer, PointsThatDoNotFitAreRefused) {
  Example example;
  const Tensor<float, 3> other({2, 2, 2});
  example.content.points = other;
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: points must be [states, tokens, 2]; got points [2, 2, 2], "
                    "tokens 3");
  example.points(0, 2, 1) = std::numeric_limits<float>::infinity();
  example.content.points = example.points;
  EXPECT_THROW_WITH(example.html(), ValueError,
                    "attention_viewer: points must be finite; got value inf at [0, 2, 1]");
  example.content.state_names = {"a", "b"};
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: state_names must have one name per state; got 2 labels, "
                    "points [1, 3, 2]");
}

TEST(AttentionViewer, QueriesWithoutKeysOrOfOtherShapesAreRefused) {
  Example example;
  example.content.queries = {example.vectors, example.vectors};
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: queries and keys must both be given for every layer, or "
                    "not; got queries 2, keys 0, layers 2");
  const Tensor<float, 3> other({1, 3, 4});
  example.content.keys = {example.vectors, other};
  EXPECT_THROW_WITH(example.html(), ShapeError,
                    "attention_viewer: keys must be [heads, tokens, head_dim]; got [1, 3, 4] in "
                    "layer 1, expected [1, 3, 2]");
  example.vectors(0, 0, 0) = std::numeric_limits<float>::quiet_NaN();
  example.content.keys = example.content.queries;
  EXPECT_THROW_WITH(example.html(), ValueError,
                    "attention_viewer: queries and keys must be finite; got NaN or infinity");
}

TEST(AttentionViewer, LayerNumbersThatAreNotOneALayerAreRefused) {
  Example example;
  example.options.layer_numbers = {4};
  EXPECT_THROW_WITH(
      example.html(), ShapeError,
      "attention_viewer: layer_numbers must have one number per layer; got 1 numbers, 2 layers");
}

TEST(AttentionViewer, PageThatNoBrowserOpensIsRefused) {
  Example example;
  // A broadcast view: 100 heads of 2000 x 2000 without the memory.
  const float weight = 0.5f;
  const TensorView<const float, 3> large(&weight, Shape<3>{100, 2000, 2000}, Shape<3>{0, 0, 0});
  example.content.attentions = {large};
  example.content.tokens.clear();
  EXPECT_THROW_WITH(example.html(), ValueError,
                    "attention_viewer: the page must have at most 400 MB; got MB 533, layers 1; "
                    "give it fewer layers");
}

}  // namespace
}  // namespace eigenhead
