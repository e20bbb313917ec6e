#pragma once

#include "eigenhead/core/shape.hpp"
#include "eigenhead/text/encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace eigenhead {

/// How the labels of word pieces become those of words and entities.
enum class EntityStrategy {
  none,     ///< an entity for each word piece, with its own label such as B-LOC
  simple,   ///< neighbours of one label are merged, also inside of words
  first,    ///< a word has the label of its first piece
  average,  ///< a word has the best label of its pieces' mean probabilities
  max       ///< a word has the label of its surest piece
};

/// A part of a text with a label.
struct Entity {
  std::string label = {};  ///< without B- and I- unless the strategy is none
  double score = 0;        ///< probability of the label; of a merged entity the mean
  std::string text = {};
  TextRange range = {};  ///< of `text`, in bytes
};

namespace detail {

/// A token of a text with the probability of each label.
struct LabelledToken {
  TextRange range = {};
  int word = 0;
  std::vector<double> scores = {};
};

inline Entity best_label(const std::vector<double>& scores, TextRange range,
                         const std::vector<std::string>& labels) {
  const auto best = std::max_element(scores.begin(), scores.end());
  return {labels[static_cast<std::size_t>(best - scores.begin())], *best, "", range};
}

/// The entity of the tokens [begin, end) of one word.
inline Entity label_word(const std::vector<LabelledToken>& tokens, std::size_t begin,
                         std::size_t end, const std::vector<std::string>& labels,
                         EntityStrategy strategy) {
  std::vector<double> scores = tokens[begin].scores;
  const auto best = [](const LabelledToken& token) {
    return *std::max_element(token.scores.begin(), token.scores.end());
  };
  double highest = best(tokens[begin]);
  for (std::size_t i = begin + 1; i < end; ++i) {
    if (strategy == EntityStrategy::max && best(tokens[i]) > highest) {
      highest = best(tokens[i]);
      scores = tokens[i].scores;
    }
    for (std::size_t k = 0; k < scores.size() && strategy == EntityStrategy::average; ++k)
      scores[k] += tokens[i].scores[k];
  }
  if (strategy == EntityStrategy::average)
    for (double& score : scores) score /= static_cast<double>(end - begin);
  return best_label(scores, {tokens[begin].range.begin, tokens[end - 1].range.end}, labels);
}

inline std::vector<Entity> label_words(const std::vector<LabelledToken>& tokens,
                                       const std::vector<std::string>& labels,
                                       EntityStrategy strategy) {
  std::vector<Entity> words;
  for (std::size_t begin = 0, end = 0; begin < tokens.size(); begin = end) {
    const auto is_same_word = [&](std::size_t i) { return tokens[i].word == tokens[begin].word; };
    while (end < tokens.size() && is_same_word(end)) ++end;
    words.push_back(label_word(tokens, begin, end, labels, strategy));
  }
  return words;
}

/// LOC of B-LOC and I-LOC; a label without B- or I- is its own, other dashes stay. (transformers
/// merges by the same rule, but then names an entity by what follows the first dash of any label.)
inline std::string entity_tag(const std::string& label) {
  const bool has_prefix = label.rfind("B-", 0) == 0 || label.rfind("I-", 0) == 0;
  return has_prefix ? label.substr(2) : label;
}

/// Neighbours of one label become one entity; a B- begins a new one.
inline std::vector<Entity> merge_neighbours(const std::vector<Entity>& parts) {
  std::vector<Entity> entities;
  for (std::size_t begin = 0, end = 0; begin < parts.size(); begin = end) {
    const std::string tag = entity_tag(parts[begin].label);
    double sum = 0;
    do sum += parts[end++].score;
    while (end < parts.size() && entity_tag(parts[end].label) == tag &&
           parts[end].label.rfind("B-", 0) != 0);
    entities.push_back({tag,
                        sum / static_cast<double>(end - begin),
                        "",
                        {parts[begin].range.begin, parts[end - 1].range.end}});
  }
  return entities;
}

inline std::vector<Entity> merge_tokens(const std::vector<LabelledToken>& tokens,
                                        const std::vector<std::string>& labels,
                                        EntityStrategy strategy) {
  if (strategy != EntityStrategy::none && strategy != EntityStrategy::simple)
    return merge_neighbours(label_words(tokens, labels, strategy));
  std::vector<Entity> parts;
  for (const LabelledToken& token : tokens)
    parts.push_back(best_label(token.scores, token.range, labels));
  return strategy == EntityStrategy::none ? parts : merge_neighbours(parts);
}

/// Of entities that overlap the longest is kept, of equally long ones the surest.
inline std::vector<Entity> without_overlaps(std::vector<Entity> entities) {
  std::stable_sort(entities.begin(), entities.end(),
                   [](const Entity& a, const Entity& b) { return a.range.begin < b.range.begin; });
  std::vector<Entity> kept;
  for (Entity& entity : entities) {
    if (kept.empty() || entity.range.begin >= kept.back().range.end) {
      kept.push_back(std::move(entity));
      continue;
    }
    const Index length = entity.range.end - entity.range.begin;
    const Index other = kept.back().range.end - kept.back().range.begin;
    if (length > other || (length == other && entity.score > kept.back().score))
      kept.back() = std::move(entity);
  }
  return kept;
}

}  // namespace detail

}  // namespace eigenhead
