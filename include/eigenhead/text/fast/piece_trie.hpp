#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// Finds the longest token that a text begins with: tries of bytes as a double array, where a step
/// costs one look at four bytes. Every node knows the longest token on the way to it, so a search
/// that gets stuck has its answer there.
class PieceTrie {
 public:
  static constexpr std::int32_t kNone = -1;

  struct Match {
    std::int32_t id;       ///< kNone: no token begins the text
    std::uint32_t length;  ///< in bytes
  };

  /// A token, which must not be empty, and its id.
  using Entry = std::pair<std::string_view, std::int32_t>;

  PieceTrie() = default;

  /// One trie for each list.
  explicit PieceTrie(const std::vector<std::vector<Entry>>& lists) {
    // The first places are for roots: base 0 is that of nodes without children, where nothing is
    // found, and no child falls below its byte.
    resize(std::max(lists.size(), kNumBytes));
    for (std::size_t root = 0; root < lists.size(); ++root) {
      nodes_[root] = kRoot;
      const std::vector<Entry> entries = sorted_by_bytes(lists[root]);
      add_children(root, entries.data(), entries.data() + entries.size(), 0);
    }
    nodes_.shrink_to_fit();
    matches_.shrink_to_fit();
    free_ = {};
    is_base_ = {};
    children_ = {};
  }

  /// False if ids, lengths or the number of nodes do not fit into four bytes, with millions of
  /// tokens: then useless.
  bool is_complete() const { return is_complete_; }

  /// The longest token of list `list` that [begin, end) begins with.
  Match longest(std::size_t list, const char* begin, const char* end) const {
    const Node* nodes = nodes_.data();
    std::size_t node = list;
    for (; begin != end; ++begin) {
      const auto byte = static_cast<unsigned char>(*begin);
      const std::size_t next = (nodes[node] >> kLabelBits) + byte;
      if ((nodes[next] & kLabelMask) != label_of(byte)) break;
      node = next;
    }
    return {static_cast<std::int32_t>(matches_[node] >> kLengthBits) - 1,
            matches_[node] & kMaxLength};
  }

  std::size_t num_bytes() const {
    return nodes_.size() * sizeof(Node) + matches_.size() * sizeof(PackedMatch);
  }

 private:
  /// The child by byte c stands at base + c. No two nodes have the same base, so the label, which
  /// tells c, tells whose child it is. base << kLabelBits | label.
  using Node = std::uint32_t;
  static constexpr unsigned kLabelBits = 9;
  static constexpr Node kLabelMask = (1u << kLabelBits) - 1;
  static constexpr Node kFree = 0, kRoot = kLabelMask;  // labels of no byte

  /// (id + 1) << kLengthBits | length; 0 where no token ended yet.
  using PackedMatch = std::uint32_t;
  static constexpr unsigned kLengthBits = 11;
  static constexpr PackedMatch kMaxLength = (1u << kLengthBits) - 1;
  static constexpr std::int32_t kMaxId = (1 << (32 - kLengthBits)) - 2;

  static constexpr std::size_t kMaxBase = (std::size_t{1} << (32 - kLabelBits)) - 1;
  static constexpr std::size_t kNumBytes = 256;
  static constexpr std::size_t kEnd = static_cast<std::size_t>(-1);
  static constexpr int kMaxTries = 64;  // holes to look at before growing

  struct Child {
    unsigned char byte;
    const Entry* first;  // entry that has it
  };

  struct FreePlace {
    std::size_t previous, next;
  };

  static Node label_of(unsigned char byte) { return byte + 1u; }

  /// Sorts by the first eight bytes as a number, and looks at the others only where these are
  /// alike.
  static std::vector<Entry> sorted_by_bytes(const std::vector<Entry>& entries) {
    struct Key {
      std::uint64_t first_bytes;
      const Entry* entry;
    };
    std::vector<Key> keys;
    keys.reserve(entries.size());
    for (const Entry& entry : entries) {
      std::uint64_t first_bytes = 0;
      for (std::size_t i = 0; i < 8; ++i)
        first_bytes = first_bytes << 8 |
                      (i < entry.first.size() ? static_cast<unsigned char>(entry.first[i]) : 0u);
      keys.push_back({first_bytes, &entry});
    }
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
      return a.first_bytes != b.first_bytes ? a.first_bytes < b.first_bytes : *a.entry < *b.entry;
    });
    std::vector<Entry> sorted;
    sorted.reserve(entries.size());
    for (const Key& key : keys) sorted.push_back(*key.entry);
    return sorted;
  }

  void resize(std::size_t size) {
    nodes_.resize(size, kFree);
    matches_.resize(size, 0);
    is_base_.resize(size, false);
    free_.resize(size, {kEnd, kEnd});
  }

  void grow(std::size_t size) {
    std::size_t place = nodes_.size();
    if (place >= size) return;
    size += kNumBytes;  // not with every child
    resize(size);
    for (; place < size; ++place) {
      free_[place] = {last_free_, kEnd};
      (last_free_ == kEnd ? first_free_ : free_[last_free_].next) = place;
      last_free_ = place;
    }
  }

  void take(std::size_t place, Node label) {
    const auto [previous, next] = free_[place];
    (previous == kEnd ? first_free_ : free_[previous].next) = next;
    (next == kEnd ? last_free_ : free_[next].previous) = previous;
    nodes_[place] = label;
    end_ = std::max(end_, place);
  }

  /// A base of no other node, with which children_[first, last) all fall on free places.
  std::size_t find_base(std::size_t first, std::size_t last) {
    const std::size_t first_byte = children_[first].byte;
    int num_tries = 0;
    for (std::size_t place = first_free_; place != kEnd && ++num_tries <= kMaxTries;
         place = free_[place].next) {
      const std::size_t base = place - first_byte;  // not 0: the first places are taken
      grow(base + kNumBytes);                       // a step from any node stays inside
      if (is_base_[base]) continue;
      std::size_t child = first;
      while (child < last && nodes_[base + children_[child].byte] == kFree) ++child;
      if (child == last) return base;
    }
    std::size_t base = end_ - first_byte;
    do grow(++base + kNumBytes);
    while (is_base_[base]);
    return base;
  }

  /// Adds what follows `node`, where the entries [begin, end) share their first `depth` bytes.
  void add_children(std::size_t node, const Entry* begin, const Entry* end, std::size_t depth) {
    for (; begin != end && begin->first.size() == depth; ++begin) {
      is_complete_ = is_complete_ && begin->second <= kMaxId && depth <= kMaxLength;
      matches_[node] = static_cast<PackedMatch>(begin->second + 1) << kLengthBits |
                       static_cast<PackedMatch>(depth);
    }
    if (begin == end) return;
    const std::size_t first = children_.size();
    for (const Entry* entry = begin; entry != end; ++entry) {
      const auto byte = static_cast<unsigned char>(entry->first[depth]);
      if (children_.size() == first || children_.back().byte != byte)
        children_.push_back({byte, entry});
    }
    const std::size_t last = children_.size();
    const std::size_t base = find_base(first, last);
    is_complete_ = is_complete_ && base <= kMaxBase;
    if (!is_complete_) return;
    is_base_[base] = true;
    nodes_[node] |= static_cast<Node>(base << kLabelBits);
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t place = base + children_[i].byte;
      take(place, label_of(children_[i].byte));
      matches_[place] = matches_[node];
    }
    for (std::size_t i = first; i < last; ++i)
      add_children(base + children_[i].byte, children_[i].first,
                   i + 1 < last ? children_[i + 1].first : end, depth + 1);
    children_.resize(first, {0, nullptr});
  }

  std::vector<Node> nodes_;
  std::vector<PackedMatch> matches_;  // by node
  bool is_complete_ = true;
  // While it is built:
  std::vector<FreePlace> free_;
  std::vector<bool> is_base_;
  std::vector<Child> children_;  // of the node at work and those above it
  std::size_t first_free_ = kEnd, last_free_ = kEnd;
  std::size_t end_ = kNumBytes;
};

}  // namespace eigenhead::detail
