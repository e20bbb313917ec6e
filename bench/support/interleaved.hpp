#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <vector>

namespace eigenhead {

/// How long one call takes, in seconds.
struct Timing {
  double median = 0;
  double best = 0;
};

/// The timing of each competitor over `rounds` in which all take turns, so that a change of the
/// clock or a busy neighbour hits all alike. Calls of less than `shortest` seconds are repeated
/// until they last that long.
inline std::vector<Timing> interleaved_timings(
    const std::vector<std::function<void()>>& competitors, int rounds, double shortest = 1e-4) {
  using Clock = std::chrono::steady_clock;
  const auto time_of = [](const std::function<void()>& call, int repetitions) {
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < repetitions; ++i) call();
    return std::chrono::duration<double>(Clock::now() - begin).count() / repetitions;
  };
  std::vector<int> repetitions;
  for (const std::function<void()>& call : competitors) {
    call();  // once for the caches
    repetitions.push_back(std::max(1, static_cast<int>(std::ceil(shortest / time_of(call, 1)))));
  }
  std::vector<std::vector<double>> times(competitors.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < competitors.size(); ++i)
      times[i].push_back(time_of(competitors[i], repetitions[i]));
  std::vector<Timing> timings;
  for (std::vector<double>& one : times) {
    std::sort(one.begin(), one.end());
    timings.push_back({one[static_cast<std::size_t>(rounds / 2)], one.front()});
  }
  return timings;
}

}  // namespace eigenhead
