#pragma once

// The tile unit of AMX, and whether this process may use it. Not yet run on hardware: a probe
// decides at the first use. In assembler, since the intrinsics of g++ 12 do not say what memory
// they read and write.

#include "eigenhead/core/shape.hpp"
#include "eigenhead/kernels/avx512/registers.hpp"
#include "eigenhead/kernels/bfloat16_tiles.hpp"
#include "eigenhead/kernels/cpu_features.hpp"
#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_AMX_KERNELS

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace eigenhead::detail::amx {

/// See bfloat16_tiles.hpp. Strides count words of 4 bytes.
struct TileUnit {
  /// Operand of LDTILECFG: palette 1, eight tiles of 16 rows of 64 bytes.
  struct alignas(64) Configuration {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };

  static void configure() {
    static constexpr Configuration kConfiguration;
    __asm__ volatile("ldtilecfg %0" ::"m"(kConfiguration));
  }
  static void release() { __asm__ volatile("tilerelease"); }

  template <int kTile>
  static void zero() {
    __asm__ volatile("tilezero %%tmm%c0" ::"i"(kTile));
  }
  template <int kTile>
  static void load(const float* from, Index stride) {
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride * 4), "i"(kTile)
                     : "memory");
  }
  template <int kTile>
  static void store(float* to, Index stride) {
    __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride * 4), "i"(kTile)
                     : "memory");
  }
  template <int kTile>
  EIGENHEAD_TARGET_AVX512 static void add_to(float* to, Index stride) {
    alignas(64) float sums[kUnitTileSide * kUnitTileSide];
    store<kTile>(sums, kUnitTileSide);
    for (Index row = 0; row < kUnitTileSide; ++row, to += stride)
      avx512::store(to, avx512::add(avx512::load(to), avx512::load(sums + row * kUnitTileSide)));
  }
  template <int kSums, int kLeft, int kRight>
  static void multiply() {
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kLeft),
                     "i"(kRight));
  }
};

/// Linux saves tiles only for a process that asked for them.
inline bool has_permission() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

/// Asked once a process, at the first call.
inline bool is_usable() {
  static const bool is_usable =
      cpu_features().has_amx_bf16 && has_permission() && gives_exact_product<TileUnit>();
  return is_usable;
}

}  // namespace eigenhead::detail::amx

#else

namespace eigenhead::detail::amx {

inline bool is_usable() { return false; }

}  // namespace eigenhead::detail::amx

#endif
