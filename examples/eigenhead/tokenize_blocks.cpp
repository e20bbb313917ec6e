#include "tokenize_blocks.hpp"

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <ostream>

using namespace eigenhead;

namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxDigits = 11;

/// "0000" to "9999", one after another.
std::string make_four_digits() {
  std::string digits;
  for (int number = 10000; number < 20000; ++number) digits += std::to_string(number).substr(1);
  return digits;
}

/// Writes a number to `place`, where kMaxDigits bytes must be free; returns its end.
char* write_number(char* place, std::uint32_t number, const char* four_digits) {
  if (number >= 10000) {
    place = write_number(place, number / 10000, four_digits);
    std::memcpy(place, four_digits + number % 10000 * 4, 4);
    return place + 4;
  }
  const std::size_t zeros = number < 10 ? 3 : number < 100 ? 2 : number < 1000 ? 1 : 0;
  std::memcpy(place, four_digits + number * 4 + zeros, 4 - zeros);
  return place + 4 - zeros;
}

}  // namespace

LineBlocks::LineBlocks(const std::string& path) : path_(path), file_(STDIN_FILENO) {
  if (path == "-") return;
  check<FileError>(!std::filesystem::is_directory(path),
                   "read_lines: input must be a file; got the folder " + quote(path));
  file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check<FileError>(file_ >= 0, "read_lines: input must exist and be readable; got " + quote(path));
}

LineBlocks::~LineBlocks() {
  if (file_ != STDIN_FILENO) close(file_);
}

const std::vector<std::string_view>& LineBlocks::next(std::size_t multiple) {
  first_line_ += lines_.size();
  buffer_.erase(0, done_);
  std::size_t num_newlines = 0;
  const auto count_newlines = [&](std::size_t at) {  // no more than are asked for
    for (; num_newlines < multiple && (at = buffer_.find('\n', at)) != std::string::npos; ++at)
      ++num_newlines;
  };
  count_newlines(0);
  while (!is_at_end_ && num_newlines < multiple) {
    const std::size_t searched = buffer_.size();
    read_more();
    count_newlines(searched);
  }
  split_lines();
  if (!is_at_end_) keep_lines(lines_.size() - lines_.size() % multiple);
  return lines_;
}

void LineBlocks::read_more() {
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kBlockBytes);
  ssize_t count = 0;
  do count = read(file_, buffer_.data() + size, kBlockBytes);
  while (count < 0 && errno == EINTR);
  check<FileError>(count >= 0,
                   "read_lines: input must be readable to its end; got " + quote(path_));
  buffer_.resize(size + static_cast<std::size_t>(count));
  is_at_end_ = count == 0;
}

void LineBlocks::split_lines() {
  lines_.clear();
  done_ = 0;
  const std::string_view text = buffer_;
  while (done_ < text.size()) {
    const std::size_t end = text.find('\n', done_);
    if (end == std::string_view::npos && !is_at_end_) return;
    std::string_view line = text.substr(done_, std::min(end, text.size()) - done_);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines_.push_back(line);
    done_ = std::min(end, text.size() - 1) + 1;
  }
}

/// Leaves the other lines for the next call.
void LineBlocks::keep_lines(std::size_t count) {
  if (count == lines_.size()) return;
  done_ = static_cast<std::size_t>(lines_[count].data() - buffer_.data());
  lines_.resize(count);
}

void convert_lines(const CommonOptions& common, const BlockSizes& sizes,
                   const ConvertLines& convert) {
  ThreadPool pool = common.make_pool();
  LineBlocks blocks(common.input);
  Progress progress("lines", 0, common.is_quiet);
  const std::size_t size = sizes.lines_of_part;
  write_output(common.output, [&](std::ostream& out) {
    for (;;) {
      const std::vector<std::string_view>& lines = blocks.next(sizes.multiple_of_block);
      if (lines.empty()) return;
      std::vector<std::string> parts((lines.size() - 1) / size + 1);
      parallel_for(pool, static_cast<Index>(parts.size()), 1, [&](Index begin, Index end) {
        for (auto part = static_cast<std::size_t>(begin); part < static_cast<std::size_t>(end);
             ++part)
          parts[part] = convert(lines, part * size, std::min((part + 1) * size, lines.size()),
                                blocks.first_line());
      });
      for (const std::string& part : parts) out << part;
      progress.advance(lines.size());
    }
  });
}

void append_json(std::string& text, long number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text.append(digits, end);
}

void append_json(std::string& text, const std::int32_t* numbers, std::size_t size) {
  static const std::string kFourDigits = make_four_digits();
  const std::size_t before = text.size();
  text.resize(before + size * (kMaxDigits + 1) + 2);  // one growth instead of one a number
  char* place = text.data() + before;
  *place++ = '[';
  for (std::size_t i = 0; i < size; ++i) {
    if (numbers[i] < 0) *place++ = '-';
    const auto number = static_cast<std::uint32_t>(numbers[i]);
    place = write_number(place, numbers[i] < 0 ? 0 - number : number, kFourDigits.data());
    *place++ = ',';
  }
  if (size > 0) --place;
  *place++ = ']';
  text.resize(static_cast<std::size_t>(place - text.data()));
}

void append_json(std::string& text, std::string_view string) {
  const bool is_plain = std::all_of(string.begin(), string.end(), [](char byte) {
    return byte >= ' ' && byte < 0x7F && byte != '"' && byte != '\\';
  });
  if (!is_plain) {
    text += nlohmann::json(string).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  text += '"';
  text += string;
  text += '"';
}
