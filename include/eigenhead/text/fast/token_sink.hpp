#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/utf8.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/vocabulary.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead::detail {

/// Takes the tokens that FastEncoder finds. This one keeps ids only.
class IdSink {
 public:
  explicit IdSink(std::vector<std::int32_t>& ids) : ids_(ids) {}

  /// `count` words of one token each, which stand at origin + [begins[i], ends[i]).
  void append_words(const std::int32_t* ids, std::size_t count, Index /*origin*/,
                    const std::uint16_t* /*begins*/, const std::uint16_t* /*ends*/) {
    ids_.insert(ids_.end(), ids, ids + count);
  }

  /// The next token of a word, over bytes [begin, end) of the text.
  void append(std::int32_t id, Index /*begin*/, Index /*end*/) { ids_.push_back(id); }

  /// The same for a token with a name of its own.
  void append_named(std::int32_t id, TextRange /*range*/, std::string_view /*name*/) {
    ids_.push_back(id);
  }

  void end_word() {}

 private:
  std::vector<std::int32_t>& ids_;
};

/// Appends to an Encoding: ids and those columns that are wanted.
class EncodingSink {
 public:
  /// `first_word` is the number of the first word.
  EncodingSink(Encoding& encoding, const EncodingColumns& columns, const Vocabulary& vocabulary,
               int first_word)
      : encoding_(encoding), columns_(columns), vocabulary_(vocabulary), word_(first_word) {}

  void append_words(const std::int32_t* ids, std::size_t count, Index origin,
                    const std::uint16_t* begins, const std::uint16_t* ends) {
    encoding_.token_ids.insert(encoding_.token_ids.end(), ids, ids + count);
    if (columns_.has_offsets) {
      const std::size_t size = encoding_.offsets.size();
      encoding_.offsets.resize(size + count);
      TextRange* ranges = encoding_.offsets.data() + size;
      for (std::size_t i = 0; i < count; ++i) ranges[i] = {origin + begins[i], origin + ends[i]};
    }
    if (columns_.has_words)
      for (std::size_t i = 0; i < count; ++i)
        encoding_.word_ids.emplace_back(word_ + static_cast<int>(i));
    if (columns_.has_tokens)
      for (std::size_t i = 0; i < count; ++i) append_name(ids[i]);
    word_ += static_cast<int>(count);
  }

  void append(std::int32_t id, Index begin, Index end) {
    append_place(id, begin, end);
    if (columns_.has_tokens) append_name(id);
  }

  /// `name` may be ill-formed, as the text is where it stands.
  void append_named(std::int32_t id, TextRange range, std::string_view name) {
    append_place(id, range.begin, range.end);
    if (!columns_.has_tokens) return;
    std::string& token = encoding_.tokens.emplace_back();
    while (!name.empty()) append_utf8(take_code_point(name), token);
  }

  void end_word() { ++word_; }
  int word() const { return word_; }

 private:
  void append_place(std::int32_t id, Index begin, Index end) {
    encoding_.token_ids.push_back(id);
    if (columns_.has_offsets) encoding_.offsets.push_back({begin, end});
    if (columns_.has_words) encoding_.word_ids.emplace_back(word_);
  }

  void append_name(std::int32_t id) { encoding_.tokens.emplace_back(*vocabulary_.id_to_token(id)); }

  Encoding& encoding_;
  EncodingColumns columns_;
  const Vocabulary& vocabulary_;
  int word_;
};

}  // namespace eigenhead::detail
