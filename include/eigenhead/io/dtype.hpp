#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

namespace eigenhead {

/// Element types of files. Those from `f8_e5m2` on can be listed but not converted.
enum class DType {
  boolean,
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  u64,
  i64,
  f16,
  bf16,
  f32,
  f64,
  f8_e5m2,
  f8_e4m3,
  f8_e8m0,
  f8_e4m3fnuz,
  f8_e5m2fnuz,
  f4,
  f6_e2m3,
  f6_e3m2,
  c64
};

/// Bits of one element: 4, 6, 8, 16, 32 or 64.
constexpr int bits_of(DType dtype) {
  switch (dtype) {
    case DType::f4: return 4;
    case DType::f6_e2m3:
    case DType::f6_e3m2: return 6;
    case DType::u16:
    case DType::i16:
    case DType::f16:
    case DType::bf16: return 16;
    case DType::u32:
    case DType::i32:
    case DType::f32: return 32;
    case DType::u64:
    case DType::i64:
    case DType::f64:
    case DType::c64: return 64;
    default: return 8;
  }
}

/// The name that safetensors uses: "F32", "BOOL", ...
constexpr const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::boolean: return "BOOL";
    case DType::u8: return "U8";
    case DType::i8: return "I8";
    case DType::u16: return "U16";
    case DType::i16: return "I16";
    case DType::u32: return "U32";
    case DType::i32: return "I32";
    case DType::u64: return "U64";
    case DType::i64: return "I64";
    case DType::f16: return "F16";
    case DType::bf16: return "BF16";
    case DType::f32: return "F32";
    case DType::f64: return "F64";
    case DType::f8_e5m2: return "F8_E5M2";
    case DType::f8_e4m3: return "F8_E4M3";
    case DType::f8_e8m0: return "F8_E8M0";
    case DType::f8_e4m3fnuz: return "F8_E4M3FNUZ";
    case DType::f8_e5m2fnuz: return "F8_E5M2FNUZ";
    case DType::f4: return "F4";
    case DType::f6_e2m3: return "F6_E2M3";
    case DType::f6_e3m2: return "F6_E3M2";
    case DType::c64: return "C64";
  }
  return "?";
}

/// The DType of a C++ type; int64_t is i64 whatever the platform calls it.
template <class Scalar>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<Scalar, bool>)
    return DType::boolean;
  else if constexpr (std::is_same_v<Scalar, float>)
    return DType::f32;
  else if constexpr (std::is_same_v<Scalar, double>)
    return DType::f64;
  else if constexpr (std::is_same_v<Scalar, Eigen::half>)
    return DType::f16;
  else if constexpr (std::is_same_v<Scalar, Eigen::bfloat16>)
    return DType::bf16;
  else {
    static_assert(std::is_integral_v<Scalar>, "eigenhead: this type has no DType");
    if constexpr (std::is_signed_v<Scalar>)
      return sizeof(Scalar) == 1   ? DType::i8
             : sizeof(Scalar) == 2 ? DType::i16
             : sizeof(Scalar) == 4 ? DType::i32
                                   : DType::i64;
    else
      return sizeof(Scalar) == 1   ? DType::u8
             : sizeof(Scalar) == 2 ? DType::u16
             : sizeof(Scalar) == 4 ? DType::u32
                                   : DType::u64;
  }
}

/// The DType whose name_of is `name`; nothing for an unknown name.
inline std::optional<DType> dtype_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(DType::c64); ++i) {
    const auto dtype = static_cast<DType>(i);
    if (name == name_of(dtype)) return dtype;
  }
  return std::nullopt;
}

namespace detail {

#ifdef __BYTE_ORDER__
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "eigenhead: files are little endian and are read as they are");
#endif

/// The value of the little-endian unsigned integer `bytes`, at most 8.
inline std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// True when the integer type To holds exactly `value`.
template <class To, class From>
bool is_representable(const From& value) {
  using Limits = std::numeric_limits<To>;
  if constexpr (!std::is_integral_v<From>) {
    // Both bounds are powers of two (or zero), hence exact; NaN fails the comparisons.
    const auto number = static_cast<double>(value);
    const double bound = std::ldexp(1.0, Limits::digits);
    return number >= static_cast<double>(Limits::min()) && number < bound &&
           number == std::trunc(number);
  } else if (value < From(0)) {
    return std::is_signed_v<To> &&
           static_cast<std::int64_t>(value) >= static_cast<std::int64_t>(Limits::min());
  } else {
    return static_cast<std::uint64_t>(value) <= static_cast<std::uint64_t>(Limits::max());
  }
}

template <class From, class To>
void convert_from(const unsigned char* bytes, Index count, To* target, std::string_view function) {
  if constexpr (std::is_same_v<From, To>) {
    if (count > 0) std::memcpy(target, bytes, static_cast<std::size_t>(count) * sizeof(To));
    return;
  }
  for (Index i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, bytes + static_cast<std::size_t>(i) * sizeof(From), sizeof(From));
    if constexpr (std::is_integral_v<To> && !std::is_same_v<To, bool>)
      if (!is_representable<To>(value))
        fail<FormatError>(function, ": every element must be an integer that fits ",
                          name_of(dtype_of<To>()), "; got ", +value, " at element ", i);
    target[i] = static_cast<To>(value);
  }
}

}  // namespace detail

/// Reads `count` elements of type `dtype` from `bytes` (little endian, any alignment) and converts
/// each by static_cast to Scalar. A BOOL byte other than 0 is true.
/// Throws FormatError, naming `function`, for types that have no conversion, and when Scalar is an
/// integer type that does not hold an element exactly.
/// Numerics: F16 and BF16 to float or double are exact, F64 to float rounds to nearest.
template <class Scalar>
void convert_elements(DType dtype, const unsigned char* bytes, Index count, Scalar* target,
                      std::string_view function) {
  const auto convert = [&](auto element) {
    detail::convert_from<decltype(element)>(bytes, count, target, function);
  };
  switch (dtype) {
    case DType::boolean:
      for (Index i = 0; i < count; ++i) target[i] = static_cast<Scalar>(bytes[i] != 0);
      return;
    case DType::u8: return convert(std::uint8_t());
    case DType::i8: return convert(std::int8_t());
    case DType::u16: return convert(std::uint16_t());
    case DType::i16: return convert(std::int16_t());
    case DType::u32: return convert(std::uint32_t());
    case DType::i32: return convert(std::int32_t());
    case DType::u64: return convert(std::uint64_t());
    case DType::i64: return convert(std::int64_t());
    case DType::f16: return convert(Eigen::half());
    case DType::bf16: return convert(Eigen::bfloat16());
    case DType::f32: return convert(float());
    case DType::f64: return convert(double());
    default:
      fail<FormatError>(function,
                        ": element type must be BOOL, an integer, F16, BF16, F32 or F64; got ",
                        name_of(dtype));
  }
}

}  // namespace eigenhead
