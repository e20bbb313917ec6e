#pragma once

#include "eigenhead/kernels/target.hpp"

#include <cstdint>

#if EIGENHEAD_HAS_X86_KERNELS
#include <cpuid.h>
#endif

namespace eigenhead::detail {

/// What this processor can do and its operating system lets it do. Each member covers all
/// instructions that the attribute of the same name in target.hpp allows.
struct CpuFeatures {
  bool has_avx2 = false;  // AVX2, FMA, F16C, and the system saves 256-bit registers
  bool has_avx512 =
      false;  // has_avx2, AVX-512 F, VL, BW, DQ, and the system saves 512-bit registers
  bool has_avx512_bf16 = false;  // has_avx512 and AVX512_BF16
  bool has_amx_bf16 = false;     // has_avx512, tiles and their products, and the system saves them
  bool is_from_amd = false;
};

#if EIGENHEAD_HAS_X86_KERNELS

/// XCR0: the register states that the operating system saves. Only after CPUID said OSXSAVE.
inline std::uint64_t saved_register_states() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

inline CpuFeatures read_cpu_features() {
  // Bits as in Intel's manual, volume 2, CPUID, leaves 0, 1 and 7; volume 1, section 13.3 for XCR0.
  struct Registers {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  } vendor, basic, extended, extended_1;
  const auto has_bit = [](std::uint64_t bits, int bit) { return ((bits >> bit) & 1) != 0; };
  const auto has_all = [](std::uint64_t bits, std::uint64_t mask) { return (bits & mask) == mask; };
  CpuFeatures features;
  if (__get_cpuid(1, &basic.eax, &basic.ebx, &basic.ecx, &basic.edx) == 0) return features;
  if (__get_cpuid_count(7, 0, &extended.eax, &extended.ebx, &extended.ecx, &extended.edx) == 0)
    return features;
  __get_cpuid(0, &vendor.eax, &vendor.ebx, &vendor.ecx, &vendor.edx);
  if (extended.eax >= 1)
    __get_cpuid_count(7, 1, &extended_1.eax, &extended_1.ebx, &extended_1.ecx, &extended_1.edx);
  if (!has_bit(basic.ecx, 27)) return features;  // OSXSAVE
  const std::uint64_t saved = saved_register_states();
  const bool has_avx_fma_f16c =
      has_bit(basic.ecx, 28) && has_bit(basic.ecx, 12) && has_bit(basic.ecx, 29);
  const bool has_f_vl_bw_dq = has_bit(extended.ebx, 16) && has_bit(extended.ebx, 31) &&
                              has_bit(extended.ebx, 30) && has_bit(extended.ebx, 17);
  features.has_avx2 = has_avx_fma_f16c && has_bit(extended.ebx, 5) && has_all(saved, 0x6);
  features.has_avx512 = features.has_avx2 && has_f_vl_bw_dq && has_all(saved, 0xe6);
  features.has_avx512_bf16 = features.has_avx512 && has_bit(extended_1.eax, 5);
  features.has_amx_bf16 = features.has_avx512 && has_bit(extended.edx, 24) &&
                          has_bit(extended.edx, 22) && has_all(saved, 0x60000);
  features.is_from_amd = vendor.ecx == 0x444d4163;  // the end of "AuthenticAMD"
  return features;
}

#else

inline CpuFeatures read_cpu_features() { return {}; }

#endif

/// Read once a process.
inline const CpuFeatures& cpu_features() {
  static const CpuFeatures features = read_cpu_features();
  return features;
}

}  // namespace eigenhead::detail
