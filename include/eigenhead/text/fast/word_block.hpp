#pragma once

#include "eigenhead/text/fast/byte_masks.hpp"
#include "eigenhead/text/fast/find_words.hpp"
#include "eigenhead/text/fast/text_masks.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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
    const std::size_t num_groups = (size + 63) / 64;
    text_masks({text.data(), size}, folds_case, folded_.data(), masks_.data());
    has_other_ = false;
    std::array<std::uint64_t, kMaxBytes / 64> begins, ends;
    std::uint64_t carry[3] = {0, 0, 0};
    for (std::size_t i = 0; i < num_groups; ++i)
      find_pieces(masks_[i], folded_.data() + 64 * i, carry, begins[i], ends[i]);
    num_pieces_ = list_bits(begins.data(), num_groups, begins_.data());
    num_ends_ = list_bits(ends.data(), num_groups, ends_.data());
    if (num_ends_ < num_pieces_) {
      if (carry[0] != 0 && size < text.size()) return begins_[--num_pieces_];
      ends_[num_ends_++] = static_cast<std::uint16_t>(size);
    }
    return size;
  }

  std::size_t num_pieces() const { return num_pieces_; }
  /// All pieces, folded.
  WordPlaces places() const { return {folded_.data(), begins_.data(), ends_.data(), num_pieces_}; }
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
      const std::uint64_t bits = masks_[i / 64].other >> (i % 64);
      const std::size_t next = (i / 64 + 1) * 64;
      if (next <= end ? bits != 0 : (bits & ((std::uint64_t{1} << (end - i)) - 1)) != 0)
        return false;
      i = next;
    }
    return true;
  }

 private:
  /// Where pieces begin and end among 64 bytes. `carry` says what the bytes before leave open: a
  /// run, punctuation of one byte, punctuation of three.
  void find_pieces(const ByteMasks& masks, const char* bytes, std::uint64_t* carry,
                   std::uint64_t& begins, std::uint64_t& ends) {
    std::uint64_t run = masks.alphanumeric | masks.other;
    std::uint64_t wide = 0;  // the first bytes of U+2010 to U+2027
    if (masks.other != 0) {
      has_other_ = true;
      wide = find_wide_punctuation(masks.lead_e2, bytes);
      run &= ~(wide | wide << 1 | wide << 2);
    }
    const std::uint64_t after_run = run << 1 | carry[0];
    begins = (run & ~after_run) | masks.punctuation | wide;
    ends = (after_run & ~run) | masks.punctuation << 1 | carry[1] | wide << 3 | carry[2];
    carry[0] = run >> 63;
    carry[1] = masks.punctuation >> 63;
    carry[2] = wide >> 61;
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

  std::array<char, kMaxBytes + kSlack> folded_;
  std::array<std::uint16_t, kMaxBytes + kListSlack> begins_, ends_;
  std::array<ByteMasks, kMaxBytes / 64> masks_;
  std::size_t num_pieces_, num_ends_;
  bool has_other_;
};

}  // namespace eigenhead::detail
