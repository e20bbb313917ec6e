#pragma once

#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "support/data.hpp"
#include "support/near.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {

/// One case of a folder of fixtures: its inputs and the arrays of the original library, those of
/// its float32 run for float and of its float64 run for double.
template <class Scalar>
class FixtureCase {
 public:
  static constexpr bool is_double = std::is_same_v<Scalar, double>;
  static constexpr double kTolerance = is_double ? 1e-11 : 2e-5;
  static constexpr double kLogitTolerance = is_double ? 1e-11 : 5e-5;

  /// @param prefix  starts the names of the case's files
  FixtureCase(std::filesystem::path folder, std::string prefix)
      : folder_(std::move(folder)),
        prefix_(std::move(prefix)),
        ids_(integers("input_ids")),
        mask_(integers("attention_mask")) {
    if (std::filesystem::exists(test_data() / file("token_type_ids.npy")))
      types_ = integers("token_type_ids");
  }

  const Tensor<std::int32_t, 2>& ids() const { return ids_; }
  const Tensor<std::int32_t, 2>& mask() const { return mask_; }
  const Tensor<std::int32_t, 2>& types() const { return types_; }
  TokenBatch batch() const { return {ids_, mask_, types_}; }

  template <int Rank>
  Tensor<Scalar, Rank> expected(const std::string& name) const {
    return fixture<Scalar, Rank>(file(name + (is_double ? ".f64.npy" : ".npy")));
  }

  /// [B, T, ...]: near where attention_mask is 1, zero elsewhere (theirs mean nothing there).
  void expect_rows(TensorView<const Scalar, 3> actual, TensorView<const Scalar, 3> wanted,
                   double tolerance) const {
    ASSERT_EQ(actual.shape(), wanted.shape());
    for (Index b = 0; b < mask_.extent(0); ++b)
      for (Index t = 0; t < mask_.extent(1); ++t) {
        if (mask_(b, t) == 1)
          EXPECT_TRUE((is_near<Scalar, Scalar, 1>(actual[b][t], wanted[b][t], tolerance)))
              << "batch item " << b << ", token " << t;
        else
          EXPECT_EQ(actual.vector(b, t).cwiseAbs().maxCoeff(), 0) << b << ' ' << t;
      }
  }

  /// [B, ...]: near where a sequence has a token, zero elsewhere.
  void expect_sequences(TensorView<const Scalar, 2> actual, TensorView<const Scalar, 2> wanted,
                        double tolerance) const {
    ASSERT_EQ(actual.shape(), wanted.shape());
    for (Index b = 0; b < mask_.extent(0); ++b) {
      if (mask_.vector(b).sum() > 0)
        EXPECT_TRUE((is_near<Scalar, Scalar, 1>(actual[b], wanted[b], tolerance)))
            << "batch item " << b;
      else
        EXPECT_EQ(actual.vector(b).cwiseAbs().maxCoeff(), 0) << b;
    }
  }

  /// The last hidden state, all hidden states layer by layer, and all attentions.
  void expect_encoder_output(const EncoderOutput<Scalar>& output) const {
    expect_rows(output.last_hidden_state, expected<3>("last_hidden_state"), kTolerance);
    const Tensor<Scalar, 4> hidden_states = expected<4>("hidden_states");
    ASSERT_EQ(static_cast<Index>(output.hidden_states.size()), hidden_states.extent(0));
    for (std::size_t i = 0; i < output.hidden_states.size(); ++i) {
      SCOPED_TRACE("hidden state " + std::to_string(i));
      expect_rows(output.hidden_states[i], hidden_states[static_cast<Index>(i)], kTolerance);
    }
    const Tensor<Scalar, 5> attentions = expected<5>("attentions");
    ASSERT_EQ(static_cast<Index>(output.attentions.size()), attentions.extent(0));
    for (std::size_t i = 0; i < output.attentions.size(); ++i)
      for (Index h = 0; h < attentions.extent(2); ++h) {
        SCOPED_TRACE("attention of layer " + std::to_string(i) + ", head " + std::to_string(h));
        expect_rows(output.attentions[i].select(1, h),
                    attentions[static_cast<Index>(i)].select(1, h), kTolerance);
      }
  }

 private:
  std::filesystem::path file(const std::string& name) const { return folder_ / (prefix_ + name); }
  Tensor<std::int32_t, 2> integers(const std::string& name) const {
    return fixture<std::int32_t, 2>(file(name + ".npy"));
  }

  std::filesystem::path folder_;
  std::string prefix_;
  Tensor<std::int32_t, 2> ids_;
  Tensor<std::int32_t, 2> mask_;
  Tensor<std::int32_t, 2> types_;
};

/// "leftpad_" -> "leftpad", "" -> "plain", for the names of tests.
inline std::string case_name(const std::string& prefix) {
  return prefix.empty() ? "plain" : prefix.substr(0, prefix.size() - 1);
}

/// One sequence of these ids, all valid.
inline TokenBatch batch_of(std::vector<std::int32_t> ids, std::vector<std::int32_t> types = {}) {
  Encoding encoding;
  encoding.attention_mask.assign(ids.size(), 1);
  encoding.token_ids = std::move(ids);
  encoding.token_type_ids = std::move(types);
  return TokenBatch(encoding);
}

}  // namespace eigenhead
