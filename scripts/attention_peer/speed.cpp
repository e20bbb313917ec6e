// How fast eigenhead attends, for compare.mjs: reads lines of "LENGTH MASK", computes attention of
// 12 heads of 64 and writes JSON: {"seconds": median of a call, "some": numbers of the result}.
//   speed [SECONDS [PRECISION]]      how long to repeat a call, 0.1 unless told; highest or medium
//   speed --plot CHARTS.json FOLDER  draws what compare.mjs has measured

#include "eigenhead/attention/scaled_dot_product_attention.hpp"

#include "../lib/plot_charts.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace eigenhead;

namespace {

constexpr Index kHeads = 12;
constexpr Index kHeadDim = 64;

/// The numbers of `uniform` in compare.mjs: [1, length, H * D] between -1 and 1.
Tensor<float, 3> uniform(Index length, std::uint32_t seed) {
  Tensor<float, 3> x({1, length, kHeads * kHeadDim});
  std::uint32_t state = seed * 2654435761u + 1;
  for (float& value : x) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    value = static_cast<float>(static_cast<double>(state) / 2147483648.0 - 1.0);
  }
  return x;
}

/// [1, length, H * D] as [1, H, length, D] on the same memory.
template <class Scalar>
TensorView<Scalar, 4> split_heads(const TensorView<Scalar, 3>& x) {
  return {x.data(), Shape<4>{1, kHeads, x.extent(1), kHeadDim},
          Shape<4>{x.stride(0), kHeadDim, x.stride(1), 1}};
}

double median_seconds(const std::function<void()>& call, double at_least) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  double sum = 0;
  call();
  while (sum < at_least || times.size() < 3) {
    const Clock::time_point begin = Clock::now();
    call();
    times.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    sum += times.back();
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

nlohmann::json measure(Index length, bool is_padded, double at_least, MatmulPrecision precision) {
  const Tensor<float, 3> query = uniform(length, 1);
  const Tensor<float, 3> key = uniform(length, 2);
  const Tensor<float, 3> value = uniform(length, 3);
  Tensor<float, 3> output(query.shape());
  const Tensor<Index, 1> valid_lengths({1}, {(3 * length + 3) / 4});
  AttentionOptions<float> options;
  options.precision = precision;
  if (is_padded) options.valid_lengths = valid_lengths;
  AttentionOutputViews<float> views;
  views.output = split_heads<float>(output.view());
  const double seconds = median_seconds(
      [&] {
        scaled_dot_product_attention<float>(split_heads<const float>(query),
                                            split_heads<const float>(key),
                                            split_heads<const float>(value), options, views);
      },
      at_least);
  return {{"seconds", seconds},
          {"some", {output.data()[0], output.data()[output.size() / 2], *(output.end() - 1)}}};
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "--plot") {
    plot_charts(arguments[1], arguments[2]);
    return 0;
  }
  const double at_least = arguments.empty() ? 0.1 : std::stod(arguments[0]);
  const MatmulPrecision precision =
      matmul_precision_from_name(arguments.size() == 2 ? arguments[1] : "highest");
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    Index length = 0;
    std::string mask;
    words >> length >> mask;
    std::cout << measure(length, mask == "padding", at_least, precision) << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "speed: " << error.what() << '\n';
    return 1;
  }
}
