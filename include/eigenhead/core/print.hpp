#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {

/// numpy writes as `str(array)`, torch as `str(tensor)`.
enum class PrintStyle { numpy, torch };

/// How to_string writes a tensor. What is left empty follows the library of the style.
struct PrintOptions {
  PrintStyle style = PrintStyle::numpy;
  std::optional<int> precision = {};   // most digits after the point; numpy 8, torch 4
  Index threshold = 1000;              // tensors of more elements are shown by their edges only
  Index edge_items = 3;                // how many positions an edge has
  std::optional<int> line_width = {};  // columns before a row is broken; numpy 75, torch 80
};

namespace detail {

/// One number cut at its point and at the e of its exponent: "-12", "5", "-03".
struct NumberText {
  std::string integer;
  std::string fraction;
  std::string exponent;
};

/// `value` with exactly `precision` digits after the point, or the shortest text that reads back as
/// `value` when `precision` is empty.
template <class Scalar>
std::string number_text(Scalar value, std::chars_format format, std::optional<int> precision) {
  constexpr int kLongestInteger = std::numeric_limits<Scalar>::max_exponent10 + 8;
  constexpr int kLongestFraction = 400;  // of a shortest text: a subnormal double in fixed format
  std::string text(static_cast<std::size_t>(kLongestInteger + precision.value_or(kLongestFraction)),
                   '\0');
  char* const begin = text.data();
  char* const end = begin + text.size();
  const std::to_chars_result result = precision
                                          ? std::to_chars(begin, end, value, format, *precision)
                                          : std::to_chars(begin, end, value, format);
  text.resize(static_cast<std::size_t>(result.ptr - begin));
  return text;
}

inline NumberText split_number(const std::string& text) {
  const std::size_t e = std::min(text.find('e'), text.size());
  const std::size_t point = std::min(text.find('.'), e);
  return {text.substr(0, point), point < e ? text.substr(point + 1, e - point - 1) : "",
          e < text.size() ? text.substr(e + 1) : ""};
}

/// The shortest digits that read back as `value`, cut to at most `precision` digits after the
/// point.
template <class Scalar>
NumberText shortest_number(Scalar value, std::chars_format format, int precision) {
  NumberText number = split_number(number_text(value, format, std::nullopt));
  if (number.fraction.size() <= static_cast<std::size_t>(precision)) return number;
  // Rounds the exact value, not the shortest digits, as NumPy does.
  number = split_number(number_text(value, format, precision));
  number.fraction.erase(number.fraction.find_last_not_of('0') + 1);
  return number;
}

inline std::string right_aligned(const std::string& word, std::size_t width) {
  return std::string(width - std::min(width, word.size()), ' ') + word;
}

/// The elements as text. Torch does not count nan and inf into the width, so they may be longer.
struct Words {
  std::vector<std::string> texts;
  std::size_t width = 0;

  void right_align() {
    for (std::string& text : texts) text = right_aligned(text, width);
  }
};

template <class Scalar>
std::string non_finite_word(Scalar value) {
  return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
}

template <class Scalar>
bool is_finite_and_not_zero(Scalar value) {
  return std::isfinite(value) && value != 0;
}

/// The smallest and largest magnitude of the finite values that are not zero; (1, 1) without any.
template <class Scalar>
struct Magnitudes {
  explicit Magnitudes(const std::vector<Scalar>& values) {
    bool is_first = true;
    for (const Scalar value : values) {
      if (!is_finite_and_not_zero(value)) continue;
      const Scalar magnitude = std::abs(value);
      smallest = is_first ? magnitude : std::min(smallest, magnitude);
      largest = is_first ? magnitude : std::max(largest, magnitude);
      is_first = false;
    }
  }

  Scalar smallest = 1;
  Scalar largest = 1;
};

/// The column widths that FloatingFormat of numpy/core/arrayprint.py derives from all values.
struct NumpyColumns {
  std::chars_format format = std::chars_format::fixed;
  std::size_t integer = 0;
  std::size_t fraction = 0;
  std::size_t exponent = 0;  // digits without the sign
  std::size_t least = 0;     // of the whole word: room for nan and infinities

  std::size_t right_of_point() const { return fraction + (exponent == 0 ? 0 : exponent + 2); }
  std::size_t word() const { return std::max(least, integer + 1 + right_of_point()); }
};

template <class Scalar>
NumpyColumns numpy_columns(const std::vector<Scalar>& values, int precision) {
  const Magnitudes<Scalar> magnitudes(values);
  NumpyColumns columns;
  // The bound 1e-4 is a double also for float, as in NumPy 1: 1e-4f lies below it.
  if (magnitudes.largest >= Scalar(1e8) || static_cast<double>(magnitudes.smallest) < 1e-4 ||
      magnitudes.largest / magnitudes.smallest > Scalar(1000))
    columns.format = std::chars_format::scientific;
  for (const Scalar value : values) {
    if (!std::isfinite(value)) {
      columns.least = std::max<std::size_t>(columns.least, value < 0 ? 4 : 3);
      continue;
    }
    const NumberText number = shortest_number(value, columns.format, precision);
    columns.integer = std::max(columns.integer, number.integer.size());
    columns.fraction = std::max(columns.fraction, number.fraction.size());
    if (!number.exponent.empty())
      columns.exponent = std::max(columns.exponent, number.exponent.size() - 1);
  }
  return columns;
}

template <class Scalar>
std::string numpy_word(Scalar value, const NumpyColumns& columns, int precision) {
  if (!std::isfinite(value)) return right_aligned(non_finite_word(value), columns.word());
  const std::size_t integer_width = columns.word() - 1 - columns.right_of_point();
  if (columns.format == std::chars_format::fixed) {
    const NumberText number = shortest_number(value, columns.format, precision);
    return right_aligned(number.integer, integer_width) + '.' + number.fraction +
           std::string(columns.fraction - number.fraction.size(), ' ');
  }
  // Every row has as many digits as the longest, and these are digits of the exact value.
  const NumberText number =
      split_number(number_text(value, columns.format, static_cast<int>(columns.fraction)));
  const std::size_t exponent_digits = number.exponent.size() - 1;
  return right_aligned(number.integer, integer_width) + '.' + number.fraction + 'e' +
         number.exponent[0] + std::string(columns.exponent - exponent_digits, '0') +
         number.exponent.substr(1);
}

template <class Scalar>
Words numpy_float_words(const std::vector<Scalar>& values, int precision) {
  const NumpyColumns columns = numpy_columns(values, precision);
  Words words{{}, columns.word()};
  for (const Scalar value : values) words.texts.push_back(numpy_word(value, columns, precision));
  return words;
}

/// As _Formatter of torch/_tensor_str.py: the width comes from the finite values that are not zero.
template <class Scalar>
Words torch_float_words(const std::vector<Scalar>& values, int precision) {
  const Magnitudes<Scalar> magnitudes(values);
  const auto smallest = static_cast<double>(magnitudes.smallest);
  const auto largest = static_cast<double>(magnitudes.largest);
  const bool is_integral = std::all_of(values.begin(), values.end(), [](Scalar value) {
    return !is_finite_and_not_zero(value) || value == std::ceil(value);
  });
  const bool is_scientific =
      largest / smallest > 1000 || largest > 1e8 || (!is_integral && smallest < 1e-4);
  const auto format = is_scientific ? std::chars_format::scientific : std::chars_format::fixed;

  Words words{{}, 1};
  for (const Scalar value : values) {
    std::string word = non_finite_word(value);
    if (std::isfinite(value)) {
      word = number_text(value, format, is_integral && !is_scientific ? 0 : precision);
      if (is_integral && !is_scientific) word += '.';
    }
    if (is_finite_and_not_zero(value)) words.width = std::max(words.width, word.size());
    words.texts.push_back(std::move(word));
  }
  words.right_align();
  return words;
}

template <class Scalar>
Words words_of(const std::vector<Scalar>& values, PrintStyle style, int precision) {
  const bool is_numpy = style == PrintStyle::numpy;
  if constexpr (std::is_floating_point_v<Scalar>) {
    return is_numpy ? numpy_float_words(values, precision) : torch_float_words(values, precision);
  } else {
    Words words;
    for (const Scalar value : values) {
      if constexpr (std::is_same_v<Scalar, bool>)
        words.texts.push_back(value ? "True" : "False");
      else
        words.texts.push_back(std::to_string(value));
      words.width = std::max(words.width, words.texts.back().size());
    }
    // NumPy leaves room for "False" also where everything is True.
    if (std::is_same_v<Scalar, bool> && is_numpy) words.width = 5;
    words.right_align();
    return words;
  }
}

/// Calls item(i) for the positions of an axis that are shown, and gap() where some are left out.
template <class Item, class Gap>
void for_each_shown(Index extent, Index edge_items, Item&& item, Gap&& gap) {
  const bool has_gap = extent - edge_items > edge_items;
  for (Index i = 0; i < extent; ++i) {
    if (has_gap && i == edge_items) {
      gap();
      i = extent - edge_items;
    }
    item(i);
  }
}

template <class Scalar, int Rank>
void append_shown(const TensorView<const Scalar, Rank>& view, Index edge_items,
                  std::vector<Scalar>& values) {
  for_each_shown(
      view.extent(0), edge_items,
      [&](Index i) {
        if constexpr (Rank == 1)
          values.push_back(view(i));
        else
          append_shown(view[i], edge_items, values);
      },
      [] {});
}

/// Puts words, in the order in which they are shown, into nested brackets.
class BracketLayout {
 public:
  BracketLayout(std::vector<Index> extents, Words words, PrintStyle style, Index edge_items,
                int line_width)
      : extents_(std::move(extents)),
        words_(std::move(words)),
        style_(style),
        edge_items_(edge_items),
        line_width_(line_width) {}

  /// Everything, when the first bracket stands in column `column`.
  std::string text(std::size_t column) { return axis_text(0, column); }

 private:
  std::string axis_text(std::size_t axis, std::size_t column) {
    const std::string indent(column + 1, ' ');
    std::vector<std::string> items;
    const bool is_row = axis + 1 == extents_.size();
    for_each_shown(
        extents_[axis], edge_items_,
        [&](Index) {
          items.push_back(is_row ? words_.texts[next_word_++] : axis_text(axis + 1, column + 1));
        },
        [&] { items.push_back(is_row && style_ == PrintStyle::torch ? " ..." : "..."); });
    if (is_row)
      return '[' +
             (style_ == PrintStyle::numpy ? numpy_row(items, indent, axis)
                                          : torch_row(items, indent)) +
             ']';
    const std::string separator = (style_ == PrintStyle::torch ? "," : "") +
                                  std::string(extents_.size() - axis - 1, '\n') + indent;
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : separator) + item;
    return '[' + text + ']';
  }

  /// Breaks where the next word and the closing brackets would not fit.
  std::string numpy_row(const std::vector<std::string>& words, const std::string& indent,
                        std::size_t axis) const {
    const Index width = line_width_ - static_cast<Index>(axis) - 1;
    std::string text;
    std::string line = indent;
    for (const std::string& word : words) {
      if (line.size() > indent.size() && static_cast<Index>(line.size() + word.size()) > width) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
        line = indent;
      }
      line += word + ' ';
    }
    line.pop_back();
    return (text + line).substr(indent.size());
  }

  /// Breaks after as many words of the common width as fit.
  std::string torch_row(const std::vector<std::string>& words, const std::string& indent) const {
    const Index room = line_width_ - static_cast<Index>(indent.size()) + 1;
    const Index fitting = std::max<Index>(1, room / static_cast<Index>(words_.width + 2));
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i > 0) text += static_cast<Index>(i) % fitting == 0 ? ",\n" + indent : ", ";
      text += words[i];
    }
    return text;
  }

  std::vector<Index> extents_;
  Words words_;
  PrintStyle style_;
  Index edge_items_;
  Index line_width_;
  std::size_t next_word_ = 0;
};

/// "tensor(" and ")" around `text`, with the shape of an empty tensor and any dtype but the
/// default.
template <class Scalar>
std::string torch_frame(std::string text, const std::vector<Index>& extents, int line_width) {
  const bool is_empty = std::find(extents.begin(), extents.end(), 0) != extents.end();
  const bool is_default_type =
      std::is_same_v<Scalar, float> ||
      (!is_empty &&
       (std::is_same_v<Scalar, bool> ||
        (std::is_integral_v<Scalar> && std::is_signed_v<Scalar> && sizeof(Scalar) == 8)));
  const std::string type = std::is_same_v<Scalar, bool>       ? "bool"
                           : std::is_floating_point_v<Scalar> ? "float"
                           : std::is_signed_v<Scalar>         ? "int"
                                                              : "uint";
  std::vector<std::string> suffixes;
  if (is_empty && extents.size() > 1) {
    const std::string shape = extents_to_string(extents);
    suffixes.push_back("size=(" + shape.substr(1, shape.size() - 2) + ")");
  }
  if (!is_default_type)
    suffixes.push_back("dtype=torch." + type +
                       (type == "bool" ? "" : std::to_string(8 * sizeof(Scalar))));
  text = "tensor(" + text;
  std::size_t line_size = text.size() - (text.rfind('\n') + 1) + 2;
  for (const std::string& suffix : suffixes) {
    const bool fits = static_cast<Index>(line_size + suffix.size() + 2) <= line_width;
    text += (fits ? ", " : ",\n       ") + suffix;
    line_size = suffix.size() + (fits ? line_size + 2 : 7);
  }
  return text + ")";
}

}  // namespace detail

/// The text that NumPy's `str(array)` or PyTorch's `str(tensor)` gives, character by character.
///
/// `view` holds float, double, bool or integers, any shape; broadcast and strided views are fine.
/// Throws ValueError unless precision and threshold are >= 0 and edge_items and line_width >= 1.
/// Cost: tensors above the threshold are read at their edges only.
/// Source: numpy/core/arrayprint.py (1.24), torch/_tensor_str.py (1.13). Half precision: cast
/// first.
template <class Scalar, int Rank>
std::string to_string(TensorView<const Scalar, Rank> view, const PrintOptions& options = {}) {
  static_assert(
      std::is_integral_v<Scalar> || std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
      "eigenhead: to_string takes float, double, bool and integers; cast others");
  const bool is_torch = options.style == PrintStyle::torch;
  const int precision = options.precision.value_or(is_torch ? 4 : 8);
  const int line_width = options.line_width.value_or(is_torch ? 80 : 75);
  check<ValueError>(precision >= 0, "to_string: precision must be >= 0", "precision", precision);
  check<ValueError>(options.threshold >= 0, "to_string: threshold must be >= 0", "threshold",
                    options.threshold);
  check<ValueError>(options.edge_items >= 1, "to_string: edge_items must be >= 1", "edge_items",
                    options.edge_items);
  check<ValueError>(line_width >= 1, "to_string: line_width must be >= 1", "line_width",
                    line_width);

  std::string text = "[]";
  if (!view.is_empty()) {
    const Index edge_items = view.size() > options.threshold ? options.edge_items : view.size();
    std::vector<Scalar> values;
    detail::append_shown(view, edge_items, values);
    text = detail::BracketLayout(view.shape().to_vector(),
                                 detail::words_of(values, options.style, precision), options.style,
                                 edge_items, line_width)
               .text(is_torch ? 7 : 0);
  }
  return is_torch ? detail::torch_frame<Scalar>(text, view.shape().to_vector(), line_width) : text;
}

/// Writes to_string(view) in NumPy's style.
template <class Scalar, int Rank>
std::ostream& operator<<(std::ostream& out, const TensorView<const Scalar, Rank>& view) {
  return out << to_string(view);
}

}  // namespace eigenhead
