#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace eigenhead {

/// What TextRange counts: bytes of UTF-8, code points (as Python does), or UTF-16 units (as Java,
/// JavaScript and C# do). Ill-formed bytes count as the U+FFFD they are read as.
enum class OffsetUnit { byte, code_point, utf16 };

namespace detail {

/// Tells how many units come before a byte; places must not decrease from call to call.
class UnitCounter {
 public:
  UnitCounter(std::string_view text, OffsetUnit unit)
      : rest_(text), size_(text.size()), unit_(unit) {}

  Index units_before(Index place) {
    while (static_cast<Index>(size_ - rest_.size()) < place) {
      const char32_t code_point = take_code_point(rest_);
      units_ += unit_ == OffsetUnit::utf16 && code_point > 0xFFFF ? 2 : 1;
    }
    return units_;
  }

 private:
  std::string_view rest_;
  std::size_t size_;
  OffsetUnit unit_;
  Index units_ = 0;
};

/// Converts ranges in bytes of `text`, from left to right, to another unit.
inline void convert_offsets(TextRange* begin, TextRange* end, std::string_view text,
                            OffsetUnit unit) {
  if (unit == OffsetUnit::byte) return;
  UnitCounter begins(text, unit), ends(text, unit);
  for (TextRange* range = begin; range != end; ++range)
    *range = {begins.units_before(range->begin), ends.units_before(range->end)};
}

}  // namespace detail

}  // namespace eigenhead
