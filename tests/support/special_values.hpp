#pragma once

#include <limits>

namespace eigenhead {

template <class Scalar>
inline constexpr Scalar kNaN = std::numeric_limits<Scalar>::quiet_NaN();
template <class Scalar>
inline constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();

}  // namespace eigenhead
