#pragma once

#include "attention/naive_attention.hpp"

#include "eigenhead/attention/options.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace eigenhead {

/// The same numbers on every machine for the same seed and case.
class Random {
 public:
  Random(unsigned seed, int case_number)
      : engine_(1000003ull * seed + static_cast<unsigned>(case_number)) {}

  /// 0 <= result < end
  Index below(Index end) { return static_cast<Index>(engine_() % static_cast<unsigned>(end)); }
  Index between(Index first, Index last) { return first + below(last - first + 1); }
  bool has_chance(int percent) { return below(100) < percent; }
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(below(1 << 24)) / (1 << 24);
  }
  Index one_of(std::initializer_list<Index> values) {
    return values.begin()[below(static_cast<Index>(values.size()))];
  }

 private:
  std::mt19937_64 engine_;
};

/// What buffers hold outside of the views: NaN where there is one.
template <class Value>
Value guard() {
  if constexpr (std::is_floating_point_v<Value>)
    return std::numeric_limits<Value>::quiet_NaN();
  else
    return Value(-7777777);  // true for a bool
}

/// A view of random strides (transposed, reversed, with gaps; axes of repeated elements when asked
/// for) in a buffer of guards.
template <class Value, int Rank>
class Strided {
 public:
  Strided() = default;
  Strided(const Strided&) = delete;
  Strided& operator=(const Strided&) = delete;

  void allocate(const Shape<Rank>& shape, Random& random, bool may_repeat) {
    int order[] = {0, 1, 2, 3};  // of the axes in memory, innermost last
    for (int axis = 0; axis < Rank && random.has_chance(40); ++axis)
      std::swap(order[axis], order[random.below(Rank)]);
    Index end = random.has_chance(15) ? 2 : 1;
    Index first = kMargin;
    Shape<Rank> strides;
    for (int place = Rank - 1; place >= 0; --place) {
      const int axis = order[place];
      if (may_repeat && random.has_chance(5)) {
        has_repeats_ = true;
        continue;  // stride 0
      }
      strides[axis] = end;
      end = end * std::max<Index>(shape[axis], 1) + (random.has_chance(25) ? random.below(4) : 0);
      if (shape[axis] == 0 || !random.has_chance(8)) continue;
      first += (shape[axis] - 1) * strides[axis];
      strides[axis] = -strides[axis];
    }
    buffer_ = Tensor<Value, 1>(Shape<1>{end + 2 * kMargin});
    buffer_.fill(guard<Value>());
    view_ = {buffer_.data() + first, shape, strides};
  }

  const TensorView<Value, Rank>& view() const { return view_; }
  bool has_repeats() const { return has_repeats_; }

  /// Spoils the content.
  bool is_intact_around_view() {
    view_.fill(guard<Value>());
    const Value expected = guard<Value>();
    for (const Value& value : buffer_)
      if (std::memcmp(&value, &expected, sizeof(Value)) != 0) return false;
    return true;
  }

 private:
  static constexpr Index kMargin = 40;

  Tensor<Value, 1> buffer_;
  TensorView<Value, Rank> view_;
  bool has_repeats_ = false;
};

template <class To, class Value, int Rank>
Tensor<To, Rank> dense(const Strided<Value, Rank>& strided) {
  return cast<To, Value, Rank>(strided.view());
}

template <class Value, int Rank, class Function>
void generate(const Strided<Value, Rank>& strided, Function&& next) {
  Tensor<Value, Rank> values(strided.view().shape());
  for (Value& value : values) value = next();
  copy<Value, Rank>(values, strided.view());
}

/// The last Rank axes of `view`, whose other extents are 1.
template <int Rank, class Value>
BroadcastView<Value> last_axes(const TensorView<Value, 4>& view) {
  Shape<Rank> shape;
  Shape<Rank> strides;
  for (int axis = 0; axis < Rank; ++axis) {
    shape[axis] = view.extent(4 - Rank + axis);
    strides[axis] = view.stride(4 - Rank + axis);
  }
  return TensorView<const Value, Rank>(view.data(), shape, strides);
}

template <class Value>
BroadcastView<Value> of_rank(Index rank, const TensorView<Value, 4>& view) {
  switch (rank) {
    case 1: return last_axes<1>(view);
    case 2: return last_axes<2>(view);
    case 3: return last_axes<3>(view);
    default: return last_axes<4>(view);
  }
}

/// naive::modified() in words of the library.
template <class Scalar>
struct ScoreModifier {
  Scalar operator()(Scalar score, Index b, Index h, Index t, Index s) const {
    if ((s + t) % 7 == 3) return -std::numeric_limits<Scalar>::infinity();
    return Scalar(0.75) * score - Scalar(0.25) * static_cast<Scalar>(b) +
           Scalar(0.5) * static_cast<Scalar>(h) +
           Scalar(0.125) * static_cast<Scalar>((s + 3 * t) % 5);
  }
};

/// One random call of scaled_dot_product_attention, and the same in the words of naive_attention().
template <class Scalar>
class RandomAttention {
 public:
  RandomAttention(unsigned seed, int number) : random_(seed, number) {
    choose_shapes();
    choose_numbers();
    choose_positions();
    choose_masks();
    choose_biases();
    read_tensors();
    if (random_.has_chance(25)) poison_hidden_keys();
    choose_results();
  }

  TensorView<const Scalar, 4> query() const { return query_.view(); }
  TensorView<const Scalar, 4> key() const { return key_.view(); }
  TensorView<const Scalar, 4> value() const { return value_.view(); }
  const AttentionOptions<Scalar>& options() const { return options_; }
  const NaiveInput& naive_input() const { return in_; }
  bool has_output() const { return has_output_; }  ///< else it is not asked for
  bool has_score_modifier() const { return in_.has_score_modifier; }

  /// The choices made: by name, with the value of those that have one.
  const std::map<std::string, std::string>& choices() const { return choices_; }

  std::string words() const {
    std::string all;
    for (const auto& [name, choice] : choices_) all += "  " + name + " " + choice + "\n";
    return all;
  }

 private:
  template <class Choice>
  void note(const std::string& name, const Choice& choice) {
    std::ostringstream text;
    text << choice;
    choices_[name] = text.str();
  }

  Index length() {
    if (random_.has_chance(3)) return 0;
    if (random_.has_chance(25)) return random_.one_of({31, 32, 33, 63, 64, 65, 127, 128, 129});
    if (random_.has_chance(3)) return random_.one_of({191, 192, 193, 383, 384, 385, 769, 1537});
    return random_.one_of({1, 1, 2, 3, 4, 5, 7, 11, 13, 17, 23});
  }

  void choose_shapes() {
    Index batch_size, group_size, key_heads, query_length, past, next, head_dim, value_dim;
    const Index largest_cost = random_.has_chance(1) ? 3000000 : 150000;  // multiplications
    do {
      batch_size = random_.has_chance(3) ? 0 : random_.one_of({1, 1, 2, 3});
      key_heads = random_.one_of({1, 1, 2, 3});
      group_size = random_.one_of({1, 1, 2, 4});
      query_length = length();
      past = random_.has_chance(30) ? length() : 0;
      next = length();
      head_dim = random_.one_of({1, 2, 3, 4, 8, 8, 15, 16, 17, 32, 64, 65});
      value_dim = random_.has_chance(50) ? head_dim : random_.one_of({0, 1, 3, 8, 13, 16, 33, 64});
    } while (batch_size * key_heads * group_size * query_length * (past + next) *
                 (head_dim + value_dim) >
             largest_cost);
    if (batch_size == 0) note("B = 0", "");
    if (query_length == 0) note("T = 0", "");
    if (past + next == 0) note("S = 0", "");
    if (group_size > 1) note("grouped heads", group_size);
    if (value_dim != head_dim) note("D_v != D", "");
    allocate("query", Shape<4>{batch_size, key_heads * group_size, query_length, head_dim}, query_);
    allocate("key", Shape<4>{batch_size, key_heads, next, head_dim}, key_);
    allocate("value", Shape<4>{batch_size, key_heads, next, value_dim}, value_);
    if (past == 0) return;
    allocate("past_key", Shape<4>{batch_size, key_heads, past, head_dim}, past_key_);
    allocate("past_value", Shape<4>{batch_size, key_heads, past, value_dim}, past_value_);
    options_.past_key = past_key_.view();
    options_.past_value = past_value_.view();
  }

  template <int Rank, class Value>
  void allocate(const std::string& name, const Shape<Rank>& shape, Strided<Value, Rank>& strided) {
    strided.allocate(shape, random_, true);
    note(name, to_string(shape) + " strides " + to_string(strided.view().strides()));
    if (strided.has_repeats()) note("stride 0", "somewhere");
  }

  void choose_numbers() {
    const double largest = random_.has_chance(6) ? 40 : random_.between(0.5, 3.0);
    note("largest element of query", largest);
    generate_numbers(largest, query_);
    generate_numbers(1, key_);
    generate_numbers(2, value_);
    generate_numbers(1, past_key_);
    generate_numbers(2, past_value_);
    if (random_.has_chance(30)) choose("scale", random_.between(-1.0, 1.0), options_.scale);
    if (random_.has_chance(25)) choose("soft_cap", random_.between(0.3, 5.0), options_.soft_cap);
    in_.has_score_modifier = random_.has_chance(15);
    if (in_.has_score_modifier) note("score modifier", "");
    in_.scale = options_.scale;
    in_.soft_cap = options_.soft_cap;
  }

  /// Repeated numbers get few bits, else all of their rounding errors would have one sign.
  void generate_numbers(double size, const Strided<Scalar, 4>& strided) {
    generate(strided, [&] {
      const double number = random_.between(-size, size);
      return static_cast<Scalar>(strided.has_repeats() ? std::round(8 * number) / 8 : number);
    });
  }

  template <class From, class Value>
  void choose(const std::string& name, From value, std::optional<Value>& target) {
    target = static_cast<Value>(value);
    note(name, *target);
  }

  Shape<4> score_shape() const {
    const Shape<4>& q = query_.view().shape();
    return {q[0], q[1], q[2], past_key_.view().extent(2) + key_.view().extent(2)};
  }

  void choose_positions() {
    const Index key_length = score_shape()[3];
    const Index alignment = random_.has_chance(50) ? 0 : random_.between(Index{1}, Index{2});
    options_.causal = in_.causal = static_cast<CausalAlignment>(alignment);
    if (alignment == 1) note("causal top_left", "");
    if (alignment == 2) note("causal bottom_right", "");
    if (alignment != 2 && random_.has_chance(15))
      choose("query_offset", random_.between(-key_length - 3, key_length + 3),
             options_.query_offset);
    if (random_.has_chance(18))
      choose("window_left", random_.below(key_length + 2), options_.window_left);
    if (random_.has_chance(18))
      choose("window_right", random_.below(key_length + 2), options_.window_right);
    in_.query_offset = options_.query_offset;
    in_.window_left = options_.window_left;
    in_.window_right = options_.window_right;
    if (random_.has_chance(30)) options_.empty_rows = in_.empty_rows = EmptyRows::uniform;
    if (in_.empty_rows == EmptyRows::uniform) note("uniform empty rows", "");
  }

  /// A view that broadcasts to the scores and has the rank returned.
  template <class Value>
  Index allocate_broadcast(const std::string& name, Strided<Value, 4>& strided) {
    const Index rank = random_.between(Index{1}, Index{4});
    Shape<4> shape = score_shape();
    for (int axis = 0; axis < 4; ++axis)
      if (axis < 4 - rank || random_.has_chance(25)) shape[axis] = 1;
    allocate(name + " of rank " + std::to_string(rank), shape, strided);
    return rank;
  }

  /// The broadcast written out.
  template <class To, class Value>
  Tensor<To, 4> spread(const Strided<Value, 4>& strided) const {
    Tensor<To, 4> all(score_shape());
    const TensorView<Value, 4>& part = strided.view();
    naive::for_each_place(all.shape(), [&](Index b, Index h, Index t, Index s) {
      all(b, h, t, s) =
          static_cast<To>(part(part.extent(0) == 1 ? 0 : b, part.extent(1) == 1 ? 0 : h,
                               part.extent(2) == 1 ? 0 : t, part.extent(3) == 1 ? 0 : s));
    });
    return all;
  }

  void choose_masks() {
    const Shape<4> scores = score_shape();
    const int visible_percent = static_cast<int>(random_.one_of({10, 50, 90}));
    const auto is_visible = [&] { return random_.has_chance(visible_percent); };
    if (random_.has_chance(25)) {
      const Index rank = allocate_broadcast("is_visible", is_visible_);
      generate(is_visible_, is_visible);
      options_.is_visible = of_rank(rank, is_visible_.view());
      in_.is_visible = spread<bool>(is_visible_);
    }
    if (random_.has_chance(20)) {
      allocate("key_is_valid", Shape<2>{scores[0], scores[3]}, key_is_valid_);
      generate(key_is_valid_, is_visible);
      options_.key_is_valid = key_is_valid_.view();
      in_.key_is_valid = dense<bool>(key_is_valid_);
    }
    if (random_.has_chance(20)) {
      allocate("valid_lengths", Shape<1>{scores[0]}, valid_lengths_);
      generate(valid_lengths_,
               [&] { return random_.has_chance(20) ? 0 : random_.between(Index{0}, scores[3]); });
      options_.valid_lengths = valid_lengths_.view();
      in_.valid_lengths = dense<Index>(valid_lengths_);
    }
  }

  void choose_biases() {
    const Shape<1> heads{score_shape()[1]};
    const auto number = [&] { return static_cast<Scalar>(random_.between(-1.0, 1.0)); };
    if (random_.has_chance(25)) {
      const Index rank = allocate_broadcast("attention_bias", bias_);
      const int hidden_percent = static_cast<int>(random_.one_of({0, 10, 80}));
      const bool is_hidden_by_lowest = random_.has_chance(20);  // as Hugging Face does
      note("attention_bias of hidden keys", is_hidden_by_lowest ? "lowest()" : "-infinity");
      using Limits = std::numeric_limits<Scalar>;
      const Scalar hidden = is_hidden_by_lowest ? Limits::lowest() : -Limits::infinity();
      generate(bias_, [&] { return random_.has_chance(hidden_percent) ? hidden : 3 * number(); });
      options_.attention_bias = of_rank(rank, bias_.view());
      in_.attention_bias = spread<double>(bias_);
    }
    if (random_.has_chance(20)) {
      const bool is_symmetric = random_.has_chance(50);
      allocate(is_symmetric ? "alibi, symmetric" : "alibi", heads, slopes_);
      generate(slopes_, number);
      options_.alibi_slopes = slopes_.view();
      options_.is_alibi_symmetric = in_.is_alibi_symmetric = is_symmetric;
      in_.alibi_slopes = dense<double>(slopes_);
    }
    if (random_.has_chance(20)) {
      allocate("sinks", heads, sinks_);
      generate(sinks_, [&] { return 4 * number(); });
      options_.sinks = sinks_.view();
      in_.sinks = dense<double>(sinks_);
    }
  }

  void read_tensors() {
    in_.query = dense<double>(query_);
    in_.key = dense<double>(key_);
    in_.value = dense<double>(value_);
    in_.past_key = dense<double>(past_key_);
    in_.past_value = dense<double>(past_value_);
  }

  /// NaN and infinities in all keys and values that no query sees. Not in values whose mean an
  /// empty row returns.
  void poison_hidden_keys() {
    if (key_.has_repeats() || value_.has_repeats() || past_key_.has_repeats() ||
        past_value_.has_repeats())
      return;
    const Index past = in_.past_length();
    const Index key_heads = in_.key.extent(1);
    const Index group_size = in_.num_heads() / key_heads;
    Tensor<bool, 4> is_seen(Shape<4>{in_.batch_size(), key_heads, 1, in_.key_length()});
    naive::for_each_place(score_shape(), [&](Index b, Index h, Index t, Index s) {
      bool& is_key_seen = is_seen(b, h / group_size, 0, s);
      is_key_seen = is_key_seen || naive::is_visible(in_, b, h, t, s);
    });
    naive::for_each_place(is_seen.shape(), [&](Index b, Index h, Index, Index s) {
      if (is_seen(b, h, 0, s)) return;
      note("poison", "in hidden keys");
      const Index own = s < past ? s : s - past;
      (s < past ? past_key_ : key_).view()[b][h][own].fill(poison());
      if (in_.empty_rows == EmptyRows::zeros)
        (s < past ? past_value_ : value_).view()[b][h][own].fill(poison());
    });
    read_tensors();
  }

  Scalar poison() {
    using Limits = std::numeric_limits<Scalar>;
    const Scalar poisons[] = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()};
    return poisons[random_.below(3)];
  }

  void choose_results() {
    options_.with_scores = random_.has_chance(30);
    options_.score_stage = static_cast<ScoreStage>(random_.below(3));
    options_.with_weights = random_.has_chance(40);
    options_.with_averaged_weights = random_.has_chance(30);
    options_.with_log_sum_exp = random_.has_chance(40);
    has_output_ = !random_.has_chance(5);
    if (!has_output_) note("no output", "");
    if (options_.with_scores)
      note("scores of stage " + std::to_string(static_cast<int>(options_.score_stage)), "");
    if (options_.with_weights) note("weights", "");
    if (options_.with_averaged_weights) note("averaged weights", "");
    if (options_.with_log_sum_exp) note("log_sum_exp", "");
  }

  Random random_;
  Strided<Scalar, 4> query_, key_, value_, past_key_, past_value_, bias_;
  Strided<bool, 4> is_visible_;
  Strided<bool, 2> key_is_valid_;
  Strided<Index, 1> valid_lengths_;
  Strided<Scalar, 1> slopes_, sinks_;
  AttentionOptions<Scalar> options_;
  NaiveInput in_;
  bool has_output_ = true;
  std::map<std::string, std::string> choices_;
};

}  // namespace eigenhead
