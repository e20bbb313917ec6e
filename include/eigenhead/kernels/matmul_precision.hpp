#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"

#include <string>
#include <string_view>

namespace eigenhead {

/// How exactly products of float matrices are computed; the names of
/// torch.set_float32_matmul_precision, and one more.
///
/// `highest`: multiply-adds of float32, no less accurate than one chain of them. The others allow
/// products of bfloat16 pieces, summed in float32: `highest_by_pieces` six, no less accurate than
/// that chain either (but for numbers below 1e-31: docs/numerics.md), `high` three and `medium`
/// one, about 9 and 5,000 times the error of that chain for normal numbers at K = 768.
///
/// They are taken where they are faster: `medium` with `avx512` on AMD's processors with
/// AVX512_BF16; and all with `amx`, where that is not measured yet. Elsewhere they are `highest`,
/// see PackedMatrix::num_bfloat16_products(). Products of double are always computed in double.
enum class MatmulPrecision { highest, highest_by_pieces, high, medium };

/// "highest", "highest_by_pieces", "high" or "medium"
inline std::string to_string(MatmulPrecision precision) {
  switch (precision) {
    case MatmulPrecision::highest: return "highest";
    case MatmulPrecision::highest_by_pieces: return "highest_by_pieces";
    case MatmulPrecision::high: return "high";
    case MatmulPrecision::medium: return "medium";
  }
  return "unknown";
}

/// The precision that to_string() calls `name`. Throws ValueError for other names.
inline MatmulPrecision matmul_precision_from_name(std::string_view name) {
  for (const MatmulPrecision precision :
       {MatmulPrecision::highest, MatmulPrecision::highest_by_pieces, MatmulPrecision::high,
        MatmulPrecision::medium})
    if (name == to_string(precision)) return precision;
  fail<ValueError>(
      "matmul_precision_from_name: name must be highest, highest_by_pieces, high or medium; got ",
      quote(name));
}

namespace detail {

/// How many products of bfloat16 pieces a precision allows; 0: none.
constexpr Index allowed_bfloat16_products(MatmulPrecision precision) {
  switch (precision) {
    case MatmulPrecision::highest: return 0;
    case MatmulPrecision::highest_by_pieces: return 6;
    case MatmulPrecision::high: return 3;
    case MatmulPrecision::medium: return 1;
  }
  return 0;
}

}  // namespace detail
}  // namespace eigenhead
