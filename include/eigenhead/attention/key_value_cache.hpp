#pragma once

#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>

namespace eigenhead {

/// What a KeyValueCache does with more tokens than it can hold.
enum class WhenFull {
  refuse,      ///< append() throws
  drop_oldest  ///< a ring: the newest `capacity` tokens stay, for attention with a window
};

/// The keys and values of the tokens so far, for decoding: attention of a new token needs them all,
/// and none has to be computed again.
///
/// Memory for `capacity` tokens is taken once; append() writes into it and moves nothing. In the
/// order of the tokens, the cache holds older_key() and then key(); the first is empty until a ring
/// has come round. Both go into one call of attention: see scaled_dot_product_attention() below.
template <class Scalar>
class KeyValueCache {
 public:
  /// @param key_shape  [B, H_kv, capacity, D]
  /// @param value_dim  D_v
  /// @throws ValueError unless capacity >= 1
  KeyValueCache(const Shape<4>& key_shape, Index value_dim, WhenFull when_full = WhenFull::refuse)
      : key_(key_shape),
        value_(Shape<4>{key_shape[0], key_shape[1], key_shape[2], value_dim}),
        when_full_(when_full) {
    check<ValueError>(key_shape[2] >= 1, "KeyValueCache: capacity must be >= 1", "key_shape",
                      key_shape);
  }

  Index capacity() const { return key_.extent(2); }

  /// Tokens that are held.
  Index size() const { return std::min(length_, capacity()); }

  /// Tokens that were appended. Token number length() - size() is the oldest that is held.
  Index length() const { return length_; }

  /// Puts N tokens behind the others.
  ///
  /// @param key    [B, H_kv, N, D], any strides
  /// @param value  [B, H_kv, N, D_v]
  /// @throws ShapeError when sizes are not those of the cache, ValueError when there is no room and
  ///         the cache is no ring; nothing has been written then
  void append(TensorView<const Scalar, 4> key, TensorView<const Scalar, 4> value) {
    check_new(key, value);
    const Index count = key.extent(2);
    // Of more than a ring can hold, the last ones.
    for (Index i = std::max(count - capacity(), Index{0}); i < count;) {
      const Index place = (length_ + i) % capacity();
      const Index end = std::min(count, i + capacity() - place);
      copy<Scalar, 4>(key.slice(2, i, end), key_.view().slice(2, place, place + end - i));
      copy<Scalar, 4>(value.slice(2, i, end), value_.view().slice(2, place, place + end - i));
      i = end;
    }
    length_ += count;
  }

  /// Forgets all tokens.
  void clear() { length_ = 0; }

  /// [B, H_kv, P, D] and [B, H_kv, P, D_v]: the oldest tokens; P is 0 unless a ring has come round.
  TensorView<const Scalar, 4> older_key() const { return key_.slice(2, newest(), size()); }
  TensorView<const Scalar, 4> older_value() const { return value_.slice(2, newest(), size()); }

  /// [B, H_kv, S, D] and [B, H_kv, S, D_v]: the tokens behind those, P + S = size().
  TensorView<const Scalar, 4> key() const { return key_.slice(2, 0, newest()); }
  TensorView<const Scalar, 4> value() const { return value_.slice(2, 0, newest()); }

 private:
  /// Tokens from the beginning of the memory on that are newer than those behind them.
  Index newest() const {
    const Index place = length_ % capacity();
    return length_ <= capacity() || place == 0 ? size() : place;
  }

  void check_new(const TensorView<const Scalar, 4>& key,
                 const TensorView<const Scalar, 4>& value) const {
    const auto fits = [&](const Shape<4>& given, const Shape<4>& own) {
      return given[0] == own[0] && given[1] == own[1] && given[3] == own[3] &&
             given[2] == key.extent(2);
    };
    check<ShapeError>(
        fits(key.shape(), key_.shape()) && fits(value.shape(), value_.shape()),
        "KeyValueCache::append: key and value must have the sizes of the cache and one length",
        "key", key.shape(), "value", value.shape(), "key of the cache", key_.shape(),
        "value of the cache", value_.shape());
    check<ValueError>(when_full_ == WhenFull::drop_oldest || key.extent(2) <= capacity() - length_,
                      "KeyValueCache::append: capacity must hold all tokens", "capacity",
                      capacity(), "length", length_, "new tokens", key.extent(2));
  }

  Tensor<Scalar, 4> key_, value_;
  WhenFull when_full_;
  Index length_ = 0;
};

namespace detail {

/// The options with what the cache knows. The queries are its last T tokens.
template <class Scalar>
AttentionOptions<Scalar> options_with_cache(AttentionOptions<Scalar> options, Index query_length,
                                            const KeyValueCache<Scalar>& cache) {
  check<ValueError>(!options.past_key.data() && !options.past_value.data(),
                    "scaled_dot_product_attention: past_key and past_value must not be given "
                    "together with a cache, which holds them",
                    "past_key", options.past_key.shape());
  check<ShapeError>(query_length <= cache.size(),
                    "scaled_dot_product_attention: query must not be longer than what the cache "
                    "holds; its tokens are appended first",
                    "query_length", query_length, "size", cache.size());
  options.past_key = cache.older_key();
  options.past_value = cache.older_value();
  if (options.causal != CausalAlignment::bottom_right && !options.query_offset)
    options.query_offset = cache.size() - query_length;
  return options;
}

}  // namespace detail

/// Scaled dot-product attention of the T newest tokens of a cache with all that it holds:
/// append() their keys and values first.
///
/// @param query    [B, H, T, D], T <= cache.size()
/// @param options  as above. S is cache.size(); query t stands at the token that it belongs to,
///                 which is what query_offset, where none is given, and bottom_right say. With
///                 window_left, a ring needs a capacity of window_left + T
/// @throws as above, and ValueError or ShapeError when past keys are given or the query is too long
template <class Scalar>
void scaled_dot_product_attention(TensorView<const Scalar, 4> query,
                                  const KeyValueCache<Scalar>& cache,
                                  const AttentionOptions<Scalar>& options,
                                  const AttentionOutputViews<Scalar>& outputs) {
  scaled_dot_product_attention<Scalar>(query, cache.key(), cache.value(),
                                       detail::options_with_cache(options, query.extent(2), cache),
                                       outputs);
}

/// The same into new tensors.
template <class Scalar>
AttentionOutput<Scalar, 4> scaled_dot_product_attention(
    TensorView<const Scalar, 4> query, const KeyValueCache<Scalar>& cache,
    const typename detail::Identity<AttentionOptions<Scalar>>::type& options = {}) {
  return scaled_dot_product_attention<Scalar, 4>(
      query, cache.key(), cache.value(),
      detail::options_with_cache(options, query.extent(2), cache));
}

}  // namespace eigenhead
