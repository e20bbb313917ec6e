#pragma once

#include <cstddef>  // _GLIBCXX_RELEASE

// The only place where the version number is written; CMakeLists.txt parses it from here.
#define EIGENHEAD_VERSION_MAJOR 0
#define EIGENHEAD_VERSION_MINOR 1
#define EIGENHEAD_VERSION_PATCH 0

// -ffast-math lets the compiler assume that NaN and infinity never occur. Masks are made of them.
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ == 1
#error "eigenhead: compile without -ffast-math or -ffinite-math-only: masked scores are -infinity"
#endif

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE < 11
#error "eigenhead: needs libstdc++ 11 or newer (floating-point std::to_chars)"
#endif

namespace eigenhead {

/// The version as "major.minor.patch".
constexpr const char* version() {
#define EIGENHEAD_TEXT_OF(x) #x
#define EIGENHEAD_TEXT(x) EIGENHEAD_TEXT_OF(x)
  return EIGENHEAD_TEXT(EIGENHEAD_VERSION_MAJOR) "." EIGENHEAD_TEXT(
      EIGENHEAD_VERSION_MINOR) "." EIGENHEAD_TEXT(EIGENHEAD_VERSION_PATCH);
#undef EIGENHEAD_TEXT
#undef EIGENHEAD_TEXT_OF
}

}  // namespace eigenhead
