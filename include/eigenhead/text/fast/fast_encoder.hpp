#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/fast/fast_tables.hpp"
#include "eigenhead/text/fast/find_words.hpp"
#include "eigenhead/text/fast/normalized_word.hpp"
#include "eigenhead/text/fast/word_block.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/pre_tokenizer.hpp"
#include "eigenhead/text/vocabulary.hpp"
#include "eigenhead/text/word_piece.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

/// Text without added tokens to tokens: what normalize, pre_tokenize and word_piece give, many
/// times faster. A block of text is cut where ASCII ends words; words are looked up in a perfect
/// hash table; those that are not there are spelled with a trie, after each of their characters
/// went through the table of code points if not all are ASCII. The few characters whose normal form
/// depends on their neighbours are left to normalize(). One object serves one call.
template <class Sink>
class FastEncoder {
 public:
  /// Places count from the begin of `text`; the tokens go to `sink`.
  FastEncoder(const FastTables& tables, const Vocabulary& vocabulary, std::string_view text,
              Sink& sink)
      : tables_(tables), vocabulary_(vocabulary), text_(text), sink_(sink) {}

  /// Appends the tokens of bytes [begin, end), which stand between added tokens.
  void encode(std::size_t begin, std::size_t end) {
    while (begin < end) {
      const std::string_view rest = text_.substr(begin, end - begin);
      std::size_t length = block_.scan(rest, tables_.normalizer().lowercase);
      if (length > 0) {
        encode_block(begin);
      } else {
        length = run_length(rest);
        encode_run(begin, begin + length);
      }
      begin += length;
    }
  }

 private:
  using Kind = CharacterAction::Kind;
  static constexpr auto kMaxCharacters = static_cast<std::size_t>(FastTables::kMaxWordCharacters);

  struct Piece {
    std::int32_t id;
    std::uint32_t end;  // in bytes of the word
  };

  static bool ends_run(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    const bool is_alphanumeric = (value | 0x20u) - unsigned{'a'} < 26 || value - unsigned{'0'} < 10;
    return (value - 0x20u < 0x5F && !is_alphanumeric) || value == '\t' || value == '\n' ||
           value == '\r';
  }

  /// The length of the run that `text` begins with.
  static std::size_t run_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && !ends_run(text[length])) ++length;
    return length;
  }

  void encode_block(std::size_t origin) {
    const std::size_t num_pieces = block_.num_pieces();
    find_words(tables_.words(), block_.places(), ids_.data());
    std::size_t num_misses = 0;
    for (std::size_t i = 0; i < num_pieces; ++i) {
      misses_[num_misses] = static_cast<std::uint16_t>(i);
      num_misses += ids_[i] == WordTable::kNone;
    }
    std::size_t done = 0;
    for (std::size_t m = 0; m < num_misses; ++m) {
      const std::size_t i = misses_[m];
      append_words(origin, done, i);
      const std::size_t begin = origin + block_.begin(i);
      if (block_.is_plain(i))
        encode_plain(block_.folded(i), begin, begin + block_.length(i));
      else
        encode_run(begin, begin + block_.length(i));
      done = i + 1;
    }
    append_words(origin, done, num_pieces);
  }

  /// Appends the words [first, last) of the block, which are one token each.
  void append_words(std::size_t origin, std::size_t first, std::size_t last) {
    sink_.append_words(ids_.data() + first, last - first, static_cast<Index>(origin),
                       block_.begins() + first, block_.ends() + first);
  }

  /// Bytes [begin, end): ASCII letters and digits or one ASCII punctuation character, which
  /// `folded` holds in the case of the vocabulary.
  void encode_plain(const char* folded, std::size_t begin, std::size_t end) {
    const bool can_spell =
        static_cast<Index>(end - begin) <= tables_.options().max_input_chars_per_word;
    const std::size_t num_pieces = can_spell ? spell(folded, end - begin) : 0;
    std::size_t piece_begin = begin;
    for (std::size_t i = 0; i < num_pieces; ++i) {
      const std::size_t piece_end = begin + pieces_[i].end;
      append(pieces_[i].id, piece_begin, piece_end);
      piece_begin = piece_end;
    }
    if (num_pieces == 0) append_unknown({as_index(begin), as_index(end)}, begin, end);
    sink_.end_word();
  }

  /// Bytes [begin, end) of any kind that no neighbour can change: what is before and after is white
  /// space, punctuation, or no part of this text.
  void encode_run(std::size_t begin, std::size_t end) {
    word_.clear();
    std::size_t word_begin = begin;  // of what the word may depend on
    for (std::size_t place = begin; place < end;) {
      std::size_t next = place;
      const char32_t code_point = take_character(next, end);
      const CharacterAction& action = tables_.characters()[code_point];
      if (action.kind == Kind::space || action.kind == Kind::alone) {
        end_word(word_begin, place);
        if (action.kind == Kind::alone) {
          append_character(action, place, next);
          end_word(place, next);
        }
        word_begin = next;
      } else if (action.kind == Kind::by_reference) {
        next = find_break(next, end);
        encode_by_reference(word_begin, next);
        word_.clear();
        word_begin = next;
      } else if (action.kind == Kind::hangul) {
        append_hangul(code_point - 0xAC00, place, next);
      } else if (action.kind == Kind::word) {
        append_character(action, place, next);
      }
      place = next;
    }
    end_word(word_begin, end);
  }

  /// The character at `place`, which moves to the next.
  char32_t take_character(std::size_t& place, std::size_t end) const {
    const auto byte = [&](std::size_t i) -> unsigned {
      return static_cast<unsigned char>(text_[place + i]);
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return ++place, lead;
    if (end - place >= 3 && lead > 0xE0 && lead < 0xF0 && lead != 0xED &&
        (byte(1) & 0xC0) == 0x80 && (byte(2) & 0xC0) == 0x80) {
      const char32_t code_point = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
      place += 3;
      return code_point;
    }
    if (end - place >= 2 && lead - 0xC2u < 0x1E && (byte(1) & 0xC0) == 0x80) {
      const char32_t code_point = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
      place += 2;
      return code_point;
    }
    std::string_view rest = text_.substr(place, end - place);
    const char32_t code_point = take_code_point(rest);
    place = end - rest.size();
    return code_point;
  }

  void append_character(const CharacterAction& action, std::size_t begin, std::size_t end) {
    const TextRange range{as_index(begin), as_index(end)};
    if (action.num_bytes() == 0)
      word_.append(text_.data() + begin, end - begin, range);
    else if (action.num_characters() == 1)
      word_.append(action.bytes, action.num_bytes(), range);
    else
      word_.append_all({action.bytes, action.num_bytes()}, range);
  }

  /// Syllable L * 588 + V * 28 + T as its letters, which are E1 84 80 and following.
  void append_hangul(char32_t syllable, std::size_t begin, std::size_t end) {
    const TextRange range{as_index(begin), as_index(end)};
    const char32_t letters[3] = {0x1100 + syllable / 588, 0x1161 + syllable % 588 / 28,
                                 0x11A7 + syllable % 28};
    for (std::size_t i = 0; i < (syllable % 28 == 0 ? 2u : 3u); ++i) {
      const char bytes[3] = {'\xE1', static_cast<char>(0x80 | (letters[i] >> 6 & 0x3F)),
                             static_cast<char>(0x80 | (letters[i] & 0x3F))};
      word_.append(bytes, 3, range);
    }
  }

  /// The tokens of the word that was collected, if there is one; it comes from bytes [begin, end).
  void end_word(std::size_t begin, std::size_t end) {
    if (word_.num_characters() == 0) return;
    append_word(begin, end);
    word_.clear();
    sink_.end_word();
  }

  void append_word(std::size_t begin, std::size_t end) {
    if (word_.num_characters() > tables_.options().max_input_chars_per_word)
      return append_unknown(word_.range(), begin, end);
    const std::size_t length = word_.num_bytes();
    const std::int32_t id = tables_.words().find(ShortWord::load(word_.bytes(), length));
    if (id != WordTable::kNone) return sink_.append(id, word_.range().begin, word_.range().end);
    const std::size_t num_pieces = spell(word_.bytes(), length);
    if (num_pieces == 0) return append_unknown(word_.range(), begin, end);
    std::size_t first = 0;
    for (std::size_t i = 0; i < num_pieces; ++i) {
      const TextRange range = word_.range_of_piece(first, pieces_[i].end);
      sink_.append(pieces_[i].id, range.begin, range.end);
    }
  }

  /// Fills pieces_ with those of a word; returns how many, 0 where it cannot be spelled.
  std::size_t spell(const char* bytes, std::size_t length) {
    const PieceTrie& trie = tables_.trie();
    std::size_t num_pieces = 0;
    for (std::size_t done = 0; done < length;) {
      const std::size_t list = done == 0 ? FastTables::kFirst : FastTables::kContinuing;
      const PieceTrie::Match match = trie.longest(list, bytes + done, bytes + length);
      if (match.id == PieceTrie::kNone) return 0;
      done += match.length;
      pieces_[num_pieces++] = {match.id, static_cast<std::uint32_t>(done)};
    }
    return num_pieces;
  }

  /// The unknown token for a word that comes from bytes [begin, end).
  void append_unknown(TextRange range, std::size_t begin, std::size_t end) {
    if (!tables_.unknown_id()) encode_by_reference(begin, end);  // throws
    sink_.append(*tables_.unknown_id(), range.begin, range.end);
  }

  /// The first place from `place` on where a character ends the word, whatever it is.
  std::size_t find_break(std::size_t place, std::size_t end) const {
    while (place < end) {
      std::size_t next = place;
      const Kind kind = tables_.characters()[take_character(next, end)].kind;
      if (kind == Kind::space || kind == Kind::alone) return place;
      place = next;
    }
    return end;
  }

  void encode_by_reference(std::size_t begin, std::size_t end) {
    const std::vector<SourceCharacter> normalized =
        normalize(decode_utf8(text_.substr(begin, end - begin)), tables_.normalizer());
    for (const CharacterView word : pre_tokenize(normalized)) {
      for (const WordPiece& piece : word_piece(word, vocabulary_, tables_.options()))
        append(piece.id, begin + static_cast<std::size_t>(word[piece.begin].begin),
               begin + static_cast<std::size_t>(word[piece.end - 1].end));
      sink_.end_word();
    }
  }

  void append(std::int32_t id, std::size_t begin, std::size_t end) {
    sink_.append(id, as_index(begin), as_index(end));
  }

  static Index as_index(std::size_t place) { return static_cast<Index>(place); }

  const FastTables& tables_;
  const Vocabulary& vocabulary_;
  std::string_view text_;
  Sink& sink_;
  // Scratch, not initialised.
  WordBlock block_;
  NormalizedWord word_;
  std::array<std::int32_t, WordBlock::kMaxBytes + kIdSlack> ids_;  // of the pieces of the block
  std::array<std::uint16_t, WordBlock::kMaxBytes> misses_;         // pieces that are no token
  std::array<Piece, 4 * kMaxCharacters> pieces_;
};

}  // namespace eigenhead::detail
