// How fast eigenhead encodes the lines of a file, for speed.mjs.
//   speed TOKENIZER TEXT [MAX_LINES]   prints JSON: bytes, tokens, and the seconds of each case
//   speed --plot CHARTS.json FOLDER    draws what speed.mjs has measured
// A pass is timed in 32 parts, several times, and the fastest time of every part counts: what other
// programs take away meanwhile does not.

#include "eigenhead/text/load_tokenizer.hpp"

#include "../lib/plot_charts.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

using namespace eigenhead;

namespace {

using Lines = std::vector<std::string_view>;

/// Seconds that run(lines) takes for all lines.
double seconds_of(const Lines& lines, const std::function<void(const Lines&)>& run) {
  constexpr std::size_t kParts = 32;
  constexpr int kPasses = 7;
  std::vector<double> fastest(kParts, std::numeric_limits<double>::infinity());
  // Pass by pass, not part by part: a processor learns to predict a short text by heart.
  for (int pass = 0; pass < kPasses; ++pass)
    for (std::size_t part = 0; part < kParts; ++part) {
      const auto place = [&](std::size_t p) {
        return lines.begin() + static_cast<std::ptrdiff_t>(lines.size() * p / kParts);
      };
      const Lines some(place(part), place(part + 1));
      const auto start = std::chrono::steady_clock::now();
      run(some);
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
      fastest[part] = std::min(fastest[part], time.count());
    }
  return std::accumulate(fastest.begin(), fastest.end(), 0.0);
}

/// The ways to encode must agree with the reference before they are timed.
void check_lines(const BertTokenizer& tokenizer, const Lines& lines) {
  EncodeOptions options;
  options.uses_reference = true;
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 500); ++i)
    check<Error>(tokenizer.encode_ids(lines[i]) == tokenizer.encode_ids(lines[i], options),
                 "speed: ids must be those of the reference", "line", i);
}

nlohmann::json measure(const BertTokenizer& tokenizer, const Lines& lines) {
  check_lines(tokenizer, lines);
  std::vector<std::int32_t> ids;
  Encoding encoding;
  EncodeOptions offsets;
  offsets.columns.has_tokens = false;
  offsets.columns.has_words = false;
  return {{"ids by line", seconds_of(lines,
                                     [&](const Lines& some) {
                                       for (const std::string_view line : some)
                                         tokenizer.encode_ids_into(ids, line);
                                     })},
          {"ids and offsets by line", seconds_of(lines,
                                                 [&](const Lines& some) {
                                                   for (const std::string_view line : some)
                                                     tokenizer.encode_into(encoding, line, offsets);
                                                 })},
          {"all columns by line", seconds_of(lines,
                                             [&](const Lines& some) {
                                               for (const std::string_view line : some)
                                                 tokenizer.encode_into(encoding, line);
                                             })},
          {"ids of a batch",
           seconds_of(lines, [&](const Lines& some) { tokenizer.encode_ids_batch(some); })}};
}

nlohmann::json measure_file(const std::string& tokenizer_path, const std::string& text_path,
                            std::size_t max_lines) {
  const BertTokenizer tokenizer = load_tokenizer(tokenizer_path);
  const std::string text = read_file(text_path);
  Lines lines;
  std::size_t num_bytes = 0;
  for (std::string_view rest = text; !rest.empty() && lines.size() < max_lines;) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, length));
    num_bytes += length + 1;
    rest.remove_prefix(std::min(length + 1, rest.size()));
  }
  std::size_t num_tokens = 0;
  for (const std::string_view line : lines) num_tokens += tokenizer.encode_ids(line).size();
  return {{"bytes", num_bytes}, {"tokens", num_tokens}, {"cases", measure(tokenizer, lines)}};
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "--plot") {
    plot_charts(arguments[1], arguments[2]);
    return 0;
  }
  if (arguments.size() < 2) return 2;
  const std::size_t max_lines = arguments.size() > 2 ? std::stoul(arguments[2]) : 1000000000;
  std::cout << measure_file(arguments[0], arguments[1], max_lines) << '\n';
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
