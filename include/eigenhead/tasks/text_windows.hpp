#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_options.hpp"
#include "eigenhead/models/encoder_output.hpp"
#include "eigenhead/models/encoder_weights.hpp"
#include "eigenhead/models/encoder_workspace.hpp"
#include "eigenhead/models/token_batch.hpp"
#include "eigenhead/ops/linear.hpp"
#include "eigenhead/text/encoding.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// A truncated encoding and what was cut off, each a text of its own for the model.
inline std::vector<Encoding> windows_of(Encoding encoding) {
  std::vector<Encoding> windows = std::exchange(encoding.overflowing, {});
  windows.insert(windows.begin(), std::move(encoding));
  return windows;
}

/// Calls take(w, logits [n, labels]) for each window in order: head(hidden state) of its n tokens.
/// Windows are encoded in groups, so that a long text needs little memory.
///
/// @param windows  without padding
template <class Scalar, class Take>
void label_windows(const Encoder<Scalar>& encoder, const LinearWeights<Scalar>& head,
                   const std::vector<Encoding>& windows, Executor* executor, const Take& take) {
  constexpr Index kTokensTogether = 8192;  // a part of a batch for each of 16 threads
  RaggedEncoderOutput<Scalar> output;
  EncoderWorkspace<Scalar> workspace;
  for (std::size_t begin = 0, end = 0; begin < windows.size(); begin = end) {
    Index num_tokens = windows[end++].size();
    while (end < windows.size() && num_tokens + windows[end].size() <= kTokensTogether)
      num_tokens += windows[end++].size();
    encoder.encode(TokenBatch(windows.data() + begin, windows.data() + end), output, workspace,
                   options_with(executor));
    for (std::size_t w = begin; w < end; ++w) {
      const Index* const offset = &output.offsets[w - begin];
      take(w, linear<Scalar>(output.last_hidden_state.slice(0, offset[0], offset[1]), head.weight,
                             head.bias));
    }
  }
}

/// The bytes [range.begin, range.end) of a text.
inline std::string part_of(std::string_view text, TextRange range) {
  return std::string(text.substr(static_cast<std::size_t>(range.begin),
                                 static_cast<std::size_t>(range.end - range.begin)));
}

}  // namespace eigenhead::detail
