#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/vocabulary.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// The tokens of a vocabulary together with those added to it, by name and by id.
class TokenNames {
 public:
  TokenNames() = default;

  /// An added token that is in the vocabulary gets the id that it has there. Throws ValueError when
  /// an added token has the id of another token.
  TokenNames(Vocabulary vocabulary, std::vector<AddedToken>& added_tokens)
      : vocabulary_(std::move(vocabulary)) {
    for (AddedToken& token : added_tokens) {
      if (const auto id = vocabulary_.token_to_id(token.content)) token.id = *id;
      const auto other = id_to_token(token.id);
      check<ValueError>(!other || *other == token.content,
                        "BertTokenizer: the id of an added token must not belong to another token",
                        "id", token.id, "added token", quote(token.content), "other token",
                        quote(other.value_or("")));
      const bool was_special = is_special(token.content);
      added_[token.content] = {token.id, was_special || token.is_special};
      added_contents_[token.id] = token.content;
    }
  }

  const Vocabulary& vocabulary() const { return vocabulary_; }

  std::optional<std::int32_t> token_to_id(std::string_view token) const {
    const auto found = added_.find(token);
    return found != added_.end() ? found->second.id : vocabulary_.token_to_id(token);
  }

  std::optional<std::string_view> id_to_token(std::int32_t id) const {
    const auto found = added_contents_.find(id);
    if (found != added_contents_.end()) return std::string_view(found->second);
    return vocabulary_.id_to_token(id);
  }

  bool is_special(std::string_view token) const {
    const auto found = added_.find(token);
    return found != added_.end() && found->second.is_special;
  }

  /// The number of different tokens.
  std::int32_t size() const {
    const auto is_new = [&](const auto& added) { return !vocabulary_.token_to_id(added.first); };
    return vocabulary_.size() +
           static_cast<std::int32_t>(std::count_if(added_.begin(), added_.end(), is_new));
  }

  /// Every token and its id.
  std::map<std::string, std::int32_t> all() const {
    std::map<std::string, std::int32_t> tokens;
    vocabulary_.for_each(
        [&](std::string_view token, std::int32_t id) { tokens.emplace(std::string(token), id); });
    for (const auto& [token, added] : added_) tokens[token] = added.id;
    return tokens;
  }

 private:
  struct Added {
    std::int32_t id;
    bool is_special;
  };

  Vocabulary vocabulary_;
  std::map<std::string, Added, std::less<>> added_;
  std::unordered_map<std::int32_t, std::string> added_contents_;
};

}  // namespace eigenhead::detail
