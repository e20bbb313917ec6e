#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/plot/json_text.hpp"
#include "eigenhead/plot/label_text.hpp"
#include "eigenhead/plot/labels.hpp"
#include "eigenhead/plot/viewer_content.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Tokens and words of the attention viewer.

namespace eigenhead::detail {

inline bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// The guess for content that does not say: tokens like [CLS], </s>, <|endoftext|>.
inline bool looks_special(std::string_view token) {
  if (token.size() < 3) return false;
  const bool has_brackets = (token.front() == '[' && token.back() == ']') ||
                            (token.front() == '<' && token.back() == '>');
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '|' || c == '/';
  };
  return has_brackets && std::all_of(token.begin() + 1, token.end() - 1, is_plain);
}

/// The tokens of the page, or its words: objects of text, tokens and flags.
class ViewerUnits {
 public:
  explicit ViewerUnits(const AttentionViewerContent& content)
      : content_(content),
        tokens_(labels_or_numbers(content.tokens, content.attentions[0].extent(1))) {
    for (const std::string& token : tokens_)
      marks_starts_ =
          marks_starts_ || starts_with(token, kMarks[0]) || starts_with(token, kMarks[1]);
  }

  std::size_t size() const { return tokens_.size(); }
  std::string label(std::size_t i) const { return viewer_label(tokens_[i]); }

  std::string tokens_json() const {
    std::vector<std::string> units;
    for (std::size_t i = 0; i < size(); ++i) units.push_back(unit(label(i), i, i + 1));
    return json_array(units);
  }

  std::string words_json() const {
    std::vector<std::string> units;
    for (std::size_t begin = 0, end = 0; begin < size(); begin = end) {
      std::string text(without_mark(begin));
      for (end = begin + 1; end < size() && continues(end); ++end) text += without_mark(end);
      units.push_back(unit(viewer_label(text), begin, end));
    }
    return json_array(units);
  }

  bool has_pieces() const {
    for (std::size_t i = 1; i < size(); ++i)
      if (continues(i)) return true;
    return false;
  }

 private:
  static constexpr std::string_view kMarks[] = {"\u0120", "\u2581"};  // of byte-level and unigram

  static std::string viewer_label(std::string_view token) {
    return shorten(inert_label(token), 300, terminal_columns);
  }

  bool is_special(std::size_t i) const {
    const std::vector<std::int32_t>& mask = content_.special_tokens_mask;
    return mask.empty() ? looks_special(tokens_[i]) : mask[i] != 0;
  }

  bool is_second(std::size_t i) const {
    return content_.sentence_b_start > 0 && static_cast<Index>(i) >= content_.sentence_b_start;
  }

  /// Whether token `i` > 0 belongs to the word of the one before.
  bool continues(std::size_t i) const {
    if (is_special(i) || is_special(i - 1) || is_second(i) != is_second(i - 1)) return false;
    if (!content_.word_ids.empty())
      return content_.word_ids[i].has_value() && content_.word_ids[i] == content_.word_ids[i - 1];
    if (!marks_starts_) return starts_with(tokens_[i], "##") && tokens_[i].size() > 2;
    return !starts_with(tokens_[i], kMarks[0]) && !starts_with(tokens_[i], kMarks[1]);
  }

  /// The token as a part of a word.
  std::string_view without_mark(std::size_t i) const {
    std::string_view token = tokens_[i];
    if (i > 0 && continues(i) && starts_with(token, "##")) token.remove_prefix(2);
    for (const std::string_view mark : kMarks)
      if (starts_with(token, mark) && token.size() > mark.size()) token.remove_prefix(mark.size());
    return token;
  }

  std::string unit(const std::string& text, std::size_t begin, std::size_t end) const {
    std::vector<std::string> indices;
    for (std::size_t i = begin; i < end; ++i) indices.push_back(std::to_string(i));
    std::string json = "{\"text\":" + json_string(text) + ",\"tokens\":" + json_array(indices);
    if (is_special(begin)) json += ",\"isSpecial\":true";
    return json + ",\"isSecond\":" + (is_second(begin) ? "true}" : "false}");
  }

  const AttentionViewerContent& content_;
  std::vector<std::string> tokens_;
  bool marks_starts_ = false;
};

}  // namespace eigenhead::detail
