#pragma once

#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace eigenhead {

/// One place of a template: a special token or all tokens of a text.
struct TemplatePiece {
  enum class Kind { special_token, first_text, second_text };

  Kind kind = Kind::special_token;
  std::int32_t type_id = 0;
  /// Of special tokens only.
  std::int32_t id = 0;
  std::string token;
};

/// What is put around the texts: `single` around one, `pair` around two.
struct SequenceTemplate {
  std::vector<TemplatePiece> single;
  std::vector<TemplatePiece> pair;
};

/// BERT's template: [CLS] A [SEP] of type 0, then B [SEP] of type 1.
inline SequenceTemplate bert_template(const std::string& cls, std::int32_t cls_id,
                                      const std::string& sep, std::int32_t sep_id) {
  using Kind = TemplatePiece::Kind;
  SequenceTemplate result;
  result.single = {{Kind::special_token, 0, cls_id, cls},
                   {Kind::first_text, 0, 0, ""},
                   {Kind::special_token, 0, sep_id, sep}};
  result.pair = result.single;
  result.pair.push_back({Kind::second_text, 1, 0, ""});
  result.pair.push_back({Kind::special_token, 1, sep_id, sep});
  return result;
}

namespace detail {

inline Index count_pieces(const std::vector<TemplatePiece>& pieces, TemplatePiece::Kind kind) {
  return std::count_if(pieces.begin(), pieces.end(),
                       [kind](const TemplatePiece& piece) { return piece.kind == kind; });
}

/// The texts' encodings in the order of the template, with its type ids; with its special tokens if
/// wanted. Overflowing windows are put together the same way, in every combination.
///
/// @param second  may be nullptr where the template has no second text
inline Encoding apply_template(const std::vector<TemplatePiece>& pieces, const Encoding& first,
                               const Encoding* second, bool add_special_tokens) {
  Encoding result;
  for (const TemplatePiece& piece : pieces) {
    if (piece.kind == TemplatePiece::Kind::special_token) {
      if (!add_special_tokens) continue;
      append_encoding(result, make_template_token(piece.id, piece.token, piece.type_id));
      continue;
    }
    Encoding part = piece.kind == TemplatePiece::Kind::first_text ? first : *second;
    const auto set_type = [&](Encoding& encoding) {
      std::fill(encoding.token_type_ids.begin(), encoding.token_type_ids.end(), piece.type_id);
    };
    set_type(part);
    for (Encoding& rest : part.overflowing) set_type(rest);
    append_encoding(result, part);
  }
  return result;
}

}  // namespace detail

}  // namespace eigenhead
