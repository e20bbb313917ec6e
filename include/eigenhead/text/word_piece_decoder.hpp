#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

struct DecodeOptions {
  /// Leaves out [CLS], [SEP], [PAD], [MASK] and [UNK], and other added tokens that are special.
  bool skip_special_tokens = true;
  /// Takes the space away before . ? ! and , token by token, as Hugging Face tokenizers does.
  /// Unset: what the tokenizer's file says, else true.
  std::optional<bool> clean_up_tokens = {};
  /// Cleans the joined text once more, as transformers' clean_up_tokenization_spaces does: only
  /// then "you should ' ve" becomes "you should've".
  bool clean_up_text = false;
};

namespace detail {

inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t place = 0; (place = text.find(from, place)) != std::string::npos;
       place += to.size())
    text.replace(place, from.size(), to);
}

struct Replacement {
  std::string_view from, to;
  bool is_for_tokens_only;  // the reference's list for joined text lacks it
};

inline constexpr Replacement kCleanUp[] = {
    {" .", ".", false},     {" ?", "?", false},          {" !", "!", false},
    {" ,", ",", false},     {" ' ", "'", false},         {" n't", "n't", false},
    {" 'm", "'m", false},   {" do not", " don't", true}, {" 's", "'s", false},
    {" 've", "'ve", false}, {" 're", "'re", false}};

inline void clean_up(std::string& text, bool is_token) {
  for (const Replacement& replacement : kCleanUp)
    if (is_token || !replacement.is_for_tokens_only)
      replace_all(text, replacement.from, replacement.to);
}

}  // namespace detail

/// The text that the tokens spell: a token that starts with `prefix` goes on with the word before,
/// any other but the first starts with a space. The first token keeps its prefix. Follows Hugging
/// Face tokenizers 0.22.2 (decoders/wordpiece.rs) and, for clean_up_text, transformers'
/// clean_up_tokenization.
inline std::string decode_word_pieces(const std::vector<std::string>& tokens,
                                      const std::string& prefix = "##",
                                      const DecodeOptions& options = {}) {
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::string piece = tokens[i];
    if (i > 0) {
      if (piece.compare(0, prefix.size(), prefix) == 0)
        piece.erase(0, prefix.size());
      else
        piece.insert(0, 1, ' ');
    }
    if (options.clean_up_tokens.value_or(true)) detail::clean_up(piece, true);
    text += piece;
  }
  if (options.clean_up_text) detail::clean_up(text, false);
  return text;
}

}  // namespace eigenhead
