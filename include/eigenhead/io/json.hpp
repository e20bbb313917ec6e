#pragma once

#include "eigenhead/core/error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// Builds the value that nlohmann's parser reads, refusing what parse_json refuses. Neither the
/// parser nor this recurses. (The parser's own callbacks cost quadratic time in the length of a
/// list.)
class JsonBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonBuilder(std::string prefix, std::size_t max_depth)
      : prefix_(std::move(prefix)), max_depth_(max_depth) {}

  nlohmann::json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(std::int64_t value) override { return put(value); }
  bool number_unsigned(std::uint64_t value) override { return put(value); }
  bool number_float(double value, const std::string&) override { return put(value); }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }  // not in texts

  bool start_object(std::size_t) override { return open(nlohmann::json::object()); }
  bool start_array(std::size_t) override { return open(nlohmann::json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& key) override {
    auto& members = open_.back()->get_ref<nlohmann::json::object_t&>();
    const auto [member, is_new] = members.emplace(key, nullptr);
    if (!is_new)
      fail<FormatError>(prefix_, "not hold a key twice in one object; got key ", quote(key));
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    constexpr int kNumberOverflow = 406;
    check<FormatError>(error.id != kNumberOverflow,
                       prefix_ + "hold numbers in the range of double; got a larger one");
    fail<FormatError>(prefix_, "be valid JSON in UTF-8; got an error at byte ",
                      position - (position > 0 ? 1 : 0));
  }

 private:
  bool put(nlohmann::json value) {
    place(std::move(value));
    return true;
  }

  bool open(nlohmann::json value) {
    if (open_.size() >= max_depth_)
      fail<FormatError>(prefix_, "not nest too deeply; got a depth over ", max_depth_);
    open_.push_back(&place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  nlohmann::json& place(nlohmann::json value) {
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_object()) return *member_ = std::move(value);
    return open_.back()->emplace_back(std::move(value));
  }

  std::string prefix_;
  std::size_t max_depth_;
  nlohmann::json root_;
  std::vector<nlohmann::json*> open_;  // arrays and objects whose end is not yet read
  nlohmann::json* member_ = nullptr;   // where the value of the last key goes
};

}  // namespace detail

/// The value of a JSON text. Unlike nlohmann::json::parse it refuses a key that an object holds
/// twice (of which it would keep the last in silence) and deep nesting.
///
/// @param function   starts every message
/// @param source     where the text comes from, such as a file name; quoted in every message
/// @param max_depth  how many arrays and objects may be open at a time
/// @throws FormatError for anything but one JSON value in UTF-8, a repeated key, or nesting deeper
///         than max_depth. Numbers beyond the range of double are refused, NaN is no JSON.
inline nlohmann::json parse_json(std::string_view text, std::string_view function,
                                 std::string_view source, std::size_t max_depth = 64) {
  const std::string prefix = std::string(function) + ": " + quote(source) + " must ";
  // The parser takes a zero byte for the end of the text and would not look at the rest.
  const std::size_t zero_byte = text.find('\0');
  check<FormatError>(zero_byte == std::string_view::npos, prefix + "be JSON without zero bytes",
                     "one at byte", zero_byte);
  detail::JsonBuilder builder(prefix, max_depth);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

namespace detail {

template <class Value>
bool is_json_of_type(const nlohmann::json& value) {
  if constexpr (std::is_same_v<Value, bool>) {
    return value.is_boolean();
  } else if constexpr (std::is_integral_v<Value>) {
    if (!value.is_number_integer()) return false;
    if (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)
      return std::is_signed_v<Value> &&
             value.get<std::int64_t>() >=
                 static_cast<std::int64_t>(std::numeric_limits<Value>::min());
    return value.get<std::uint64_t>() <=
           static_cast<std::uint64_t>(std::numeric_limits<Value>::max());
  } else if constexpr (std::is_floating_point_v<Value>) {
    return value.is_number();
  } else {
    static_assert(std::is_same_v<Value, std::string>, "eigenhead: not a JSON value type");
    return value.is_string();
  }
}

template <class Value>
constexpr const char* json_type_name() {
  if constexpr (std::is_same_v<Value, bool>)
    return "true or false";
  else if constexpr (std::is_integral_v<Value>)
    return "an integer in range";
  else if constexpr (std::is_floating_point_v<Value>)
    return "a number";
  else
    return "a string";
}

}  // namespace detail

/// object[key] as bool, an integer type, a floating type or std::string.
///
/// @throws FormatError if `object` is no object, the key is absent, or its value has another type
///         (an integer must be written without fraction and fit Value)
template <class Value>
Value json_value(const nlohmann::json& object, std::string_view key, std::string_view function,
                 std::string_view source) {
  const auto refuse = [&](const auto&... pieces) {
    fail<FormatError>(function, ": ", quote(source), " must ", pieces...);
  };
  if (!object.is_object()) refuse("hold a JSON object; got type ", object.type_name());
  const auto found = object.find(std::string(key));
  if (found == object.end())
    refuse("have the key ", quote(key), "; got ", object.size(), " other keys");
  if (!detail::is_json_of_type<Value>(*found))
    refuse("have ", detail::json_type_name<Value>(), " under ", quote(key), "; got value ",
           quote(found->dump()));
  return found->template get<Value>();
}

/// As json_value, but `fallback` when the key is absent or its value is null.
template <class Value>
Value json_value_or(const nlohmann::json& object, std::string_view key, Value fallback,
                    std::string_view function, std::string_view source) {
  if (object.is_object()) {
    const auto found = object.find(std::string(key));
    if (found == object.end() || found->is_null()) return fallback;
  }
  return json_value<Value>(object, key, function, source);
}

}  // namespace eigenhead
