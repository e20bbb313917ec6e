#pragma once

#include "shared.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// What `tokenize` and `decode` share: they stream blocks of lines, several lines at a time.

/// The lines of a file, or of standard input for "-", in blocks of about a megabyte, or as many as
/// are there already, so that a slow pipe is not kept waiting.
class LineBlocks {
 public:
  /// Throws FileError when `path` cannot be read.
  explicit LineBlocks(const std::string& path);
  LineBlocks(const LineBlocks&) = delete;
  LineBlocks& operator=(const LineBlocks&) = delete;
  ~LineBlocks();

  /// The next lines, or none at the end. Before the end their number is a multiple of `multiple`. A
  /// carriage return at the end of a line is dropped. Valid until the next call.
  const std::vector<std::string_view>& next(std::size_t multiple = 1);
  /// The number of the first of these lines, from 1.
  std::size_t first_line() const { return first_line_; }

 private:
  void read_more();
  void split_lines();
  void keep_lines(std::size_t count);

  std::string path_;
  int file_;
  bool is_at_end_ = false;
  std::string buffer_;
  std::size_t done_ = 0;  // bytes of the buffer that lines_ covers
  std::vector<std::string_view> lines_;
  std::size_t first_line_ = 1;
};

/// Makes the output of lines[begin, end); `first_line` is the number of the first of all lines.
using ConvertLines =
    std::function<std::string(const std::vector<std::string_view>& lines, std::size_t begin,
                              std::size_t end, std::size_t first_line)>;

/// How lines are grouped.
struct BlockSizes {
  std::size_t lines_of_part = 1;      ///< converted by one call
  std::size_t multiple_of_block = 1;  ///< see LineBlocks::next
};

/// Streams the input's lines through `convert` to the output: parts of a block run on --threads
/// threads and are written in their order.
void convert_lines(const CommonOptions& common, const BlockSizes& sizes,
                   const ConvertLines& convert);

/// Appends numbers and strings of JSON to `text`, as nlohmann::json writes them.
void append_json(std::string& text, long number);
void append_json(std::string& text, std::string_view string);
/// Appends [a,b,...].
void append_json(std::string& text, const std::int32_t* numbers, std::size_t size);

/// Appends [a,b,...] where append_element(i) appends an element.
template <class Function>
void append_json_list(std::string& text, std::size_t size, Function&& append_element) {
  text += '[';
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) text += ',';
    append_element(i);
  }
  text += ']';
}
