#pragma once

#include "eigenhead/core/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

/// Tokens and their ids, in both directions. Never changes once built, so threads may share it.
class Vocabulary {
 public:
  Vocabulary() = default;

  /// Tokens with their ids, in any order; ids may leave gaps. When a token comes twice its last id
  /// counts. Throws ValueError when an id is negative or belongs to two tokens.
  explicit Vocabulary(std::vector<std::pair<std::string, std::int32_t>> tokens) {
    std::int32_t largest = -1;
    for (const auto& [token, id] : tokens) {
      if (id < 0)
        fail<ValueError>("Vocabulary: every id must be >= 0; got id ", id, " of ", quote(token));
      largest = std::max(largest, id);
    }
    // A file of a few bytes must not ask for gigabytes.
    check<ValueError>(largest < 2 * static_cast<std::int64_t>(tokens.size()) + 1000000,
                      "Vocabulary: the largest id must fit the number of tokens", "largest id",
                      largest, "tokens", tokens.size());
    tokens_.resize(static_cast<std::size_t>(largest + 1));
    std::size_t num_slots = 16;
    while (num_slots < 2 * tokens.size()) num_slots *= 2;
    slots_.assign(num_slots, kNoId);
    for (auto& [token, id] : tokens) insert(std::move(token), id);
  }

  /// The content of a vocab.txt: one token a line, the id is the number of the line from 0. Lines
  /// end in LF or CRLF and are not trimmed: U+2028 is a token of some published vocabularies.
  static Vocabulary from_text(std::string_view text) {
    std::vector<std::pair<std::string, std::int32_t>> tokens;
    while (!text.empty()) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, length);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      tokens.emplace_back(line, static_cast<std::int32_t>(tokens.size()));
      text.remove_prefix(std::min(length + 1, text.size()));
    }
    return Vocabulary(std::move(tokens));
  }

  /// The number of different tokens.
  std::int32_t size() const { return size_; }

  /// Calls function(token, id) for every token, in the order of ids.
  template <class Function>
  void for_each(Function&& function) const {
    for (std::size_t id = 0; id < tokens_.size(); ++id)
      if (tokens_[id]) function(std::string_view(*tokens_[id]), static_cast<std::int32_t>(id));
  }

  /// The id of a token, if it is there.
  std::optional<std::int32_t> token_to_id(std::string_view token) const {
    if (slots_.empty()) return std::nullopt;
    const std::int32_t id = slots_[find_slot(token)];
    if (id == kNoId) return std::nullopt;
    return id;
  }

  /// The token of an id, if there is one; an id lost to a later duplicate has none.
  std::optional<std::string_view> id_to_token(std::int32_t id) const {
    if (id < 0 || static_cast<std::size_t>(id) >= tokens_.size()) return std::nullopt;
    const std::optional<std::string>& token = tokens_[static_cast<std::size_t>(id)];
    if (!token) return std::nullopt;
    return std::string_view(*token);
  }

 private:
  static constexpr std::int32_t kNoId = -1;

  void insert(std::string token, std::int32_t id) {
    std::optional<std::string>& place = tokens_[static_cast<std::size_t>(id)];
    if (place)
      fail<ValueError>("Vocabulary: an id must belong to one token; got id ", id, " of ",
                       quote(*place), " and ", quote(token));
    std::int32_t& slot = slots_[find_slot(token)];
    if (slot == kNoId)
      ++size_;
    else
      tokens_[static_cast<std::size_t>(slot)].reset();
    slot = id;
    place = std::move(token);
  }

  /// The slot that holds the token, or the free one where it would go.
  std::size_t find_slot(std::string_view token) const {
    std::size_t slot = std::hash<std::string_view>()(token) & (slots_.size() - 1);
    while (slots_[slot] != kNoId && tokens_[static_cast<std::size_t>(slots_[slot])] != token)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  std::vector<std::optional<std::string>> tokens_;  // by id
  std::vector<std::int32_t> slots_;                 // open hash table of ids, at most half full
  std::int32_t size_ = 0;
};

}  // namespace eigenhead
