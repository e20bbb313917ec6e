#pragma once

#include "eigenhead/text/unicode.hpp"
#include "eigenhead/text/utf8.hpp"

#include <vector>

namespace eigenhead {

/// The words of normalized text: split at white space, which vanishes, and before and after every
/// punctuation character, which is a word of its own ("!!" is two). The views look into `text`.
inline std::vector<CharacterView> pre_tokenize(CharacterView text) {
  std::vector<CharacterView> words;
  Index begin = 0;
  const auto end_word = [&](Index end) {
    if (begin < end) words.push_back(text.slice(begin, end));
    begin = end;
  };
  for (Index i = 0; i < text.size(); ++i) {
    if (detail::is_white_space(text[i].code_point)) {
      end_word(i);
      begin = i + 1;
    } else if (detail::is_punctuation(text[i].code_point)) {
      end_word(i);
      end_word(i + 1);
    }
  }
  end_word(text.size());
  return words;
}

}  // namespace eigenhead
