#pragma once

#include "eigenhead/text/fast/byte_masks.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace eigenhead::detail {

/// A few kilobytes of text, cut where ASCII shows that words end: at white space, which vanishes,
/// and on both sides of punctuation. A piece is a run of letters, digits and bytes that need a
/// closer look, or one punctuation character: of ASCII, or U+2010 to U+2027 (dashes and quotes,
/// which are as frequent in prose). Large and meant for the stack: members are not initialised.
class WordBlock {
 public:
  static constexpr std::size_t kMaxBytes = 2048;
  static constexpr std::size_t kSlack = 16;  // bytes after a piece that may be read

  /// Scans the begin of `text` and returns how much of it the pieces cover: all, or up to the piece
  /// that the end of the block cuts; 0 if that one fills the whole block.
  std::size_t scan(std::string_view text, bool folds_case) {
    const std::size_t size = std::min(text.size(), kMaxBytes);
    num_pieces_ = 0;
    num_ends_ = 0;
    has_other_ = false;
    std::uint64_t carry[3] = {0, 0, 0};
    for (std::size_t place = 0; place < size; place += 64)
      scan_64(text.substr(place, std::min<std::size_t>(size - place, 64)), place, folds_case,
              carry);
    if (num_ends_ < num_pieces_) {
      if (carry[0] != 0 && size < text.size()) return begins_[--num_pieces_];
      ends_[num_ends_++] = static_cast<std::uint16_t>(size);
    }
    return size;
  }

  std::size_t num_pieces() const { return num_pieces_; }
  const std::uint16_t* begins() const { return begins_.data(); }
  const std::uint16_t* ends() const { return ends_.data(); }
  std::size_t begin(std::size_t piece) const { return begins_[piece]; }
  std::size_t length(std::size_t piece) const {
    return static_cast<std::size_t>(ends_[piece] - begins_[piece]);
  }

  /// The bytes of a piece with ASCII letters folded; kSlack bytes after it can be read, too.
  const char* folded(std::size_t piece) const { return folded_.data() + begins_[piece]; }

  /// Whether a piece holds nothing but ASCII letters and digits or one punctuation character.
  bool is_plain(std::size_t piece) const {
    if (!has_other_) return true;
    const std::size_t end = ends_[piece];
    for (std::size_t i = begins_[piece]; i < end;) {
      const std::uint64_t bits = other_[i / 64] >> (i % 64);
      const std::size_t next = (i / 64 + 1) * 64;
      if (next <= end ? bits != 0 : (bits & ((std::uint64_t{1} << (end - i)) - 1)) != 0)
        return false;
      i = next;
    }
    return true;
  }

 private:
  /// Scans up to 64 bytes. `carry` says what the bytes before leave open: a run, punctuation of one
  /// byte, punctuation of three.
  void scan_64(std::string_view text, std::size_t place, bool folds_case, std::uint64_t* carry) {
    ByteMasks masks;
    char* folded = folded_.data() + place;
    if (text.size() == 64) {
      masks = byte_masks(text.data(), folds_case, folded);
    } else {
      std::memset(folded, ' ', 64);
      std::memcpy(folded, text.data(), text.size());
      masks = byte_masks(folded, folds_case, folded);
    }
    std::uint64_t run = masks.alphanumeric | masks.other;
    std::uint64_t wide = 0;  // the first bytes of U+2010 to U+2027
    other_[place / 64] = masks.other;
    if (masks.other != 0) {
      has_other_ = true;
      wide = find_wide_punctuation(masks.lead_e2, folded);
      run &= ~(wide | wide << 1 | wide << 2);
    }
    const std::uint64_t after_run = run << 1 | carry[0];
    std::uint64_t begins = (run & ~after_run) | masks.punctuation | wide;
    std::uint64_t ends =
        (after_run & ~run) | masks.punctuation << 1 | carry[1] | wide << 3 | carry[2];
    carry[0] = run >> 63;
    carry[1] = masks.punctuation >> 63;
    carry[2] = wide >> 61;
    num_pieces_ = flatten(begins, place, begins_.data(), num_pieces_);
    num_ends_ = flatten(ends, place, ends_.data(), num_ends_);
  }

  /// The first bytes of E2 80 90 to E2 80 A7 that lie inside the 64 bytes.
  static std::uint64_t find_wide_punctuation(std::uint64_t lead_e2, const char* bytes) {
    std::uint64_t found = 0;
    for (std::uint64_t bits = lead_e2 & ~(std::uint64_t{3} << 62); bits != 0; bits &= bits - 1) {
      const unsigned i = lowest_bit(bits);
      const auto last = static_cast<unsigned char>(bytes[i + 2]);
      if (bytes[i + 1] == '\x80' && last - 0x90u < 0x18) found |= std::uint64_t{1} << i;
    }
    return found;
  }

  static std::size_t flatten(std::uint64_t bits, std::size_t place, std::uint16_t* list,
                             std::size_t size) {
    for (; bits != 0; bits &= bits - 1)
      list[size++] = static_cast<std::uint16_t>(place + lowest_bit(bits));
    return size;
  }

  std::array<char, kMaxBytes + kSlack> folded_;
  std::array<std::uint16_t, kMaxBytes> begins_, ends_;
  std::array<std::uint64_t, kMaxBytes / 64> other_;
  std::size_t num_pieces_, num_ends_;
  bool has_other_;
};

}  // namespace eigenhead::detail
