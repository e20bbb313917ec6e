#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/kernels/amx/tile_unit.hpp"
#include "eigenhead/kernels/cpu_features.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace eigenhead {

/// Which implementation of the numeric kernels runs.
///
/// `reference` is plain C++ and Eigen, on any processor. The others are chosen at run time, in
/// programs compiled without -m flags: `avx2` (AVX2, FMA, F16C), `avx512` (and AVX-512 F, VL, BW,
/// DQ), `amx` (and tiles of bfloat16, AMX-TILE and AMX-BF16). `amx` is `avx512` but for products of
/// any MatmulPrecision but `highest`. It has not yet run on hardware and so runs only where it is
/// asked for, by force_kernels() or EIGENHEAD_KERNELS.
enum class KernelSet { reference, avx2, avx512, amx };

namespace detail {

inline constexpr std::array<KernelSet, 4> kAllKernelSets = {KernelSet::reference, KernelSet::avx2,
                                                            KernelSet::avx512, KernelSet::amx};

}  // namespace detail

/// "reference", "avx2", "avx512" or "amx"
inline std::string to_string(KernelSet set) {
  switch (set) {
    case KernelSet::reference: return "reference";
    case KernelSet::avx2: return "avx2";
    case KernelSet::avx512: return "avx512";
    case KernelSet::amx: return "amx";
  }
  return "unknown";
}

/// The set that to_string() calls `name`. Throws ValueError, naming `function`, for other names.
inline KernelSet kernel_set_from_name(std::string_view name,
                                      std::string_view function = "kernel_set_from_name: name") {
  for (const KernelSet set : detail::kAllKernelSets)
    if (name == to_string(set)) return set;
  fail<ValueError>(function, " must be reference, avx2, avx512 or amx; got ", quote(name));
}

/// Whether this library, this processor and its operating system can run `set`. For `amx`, the
/// first call on such a processor asks Linux for the permission to use tiles, which it refuses
/// beside a small alternate signal stack, and tries a product whose result is known.
inline bool is_supported(KernelSet set) {
  switch (set) {
    case KernelSet::reference: return true;
    case KernelSet::avx2: return detail::cpu_features().has_avx2;
    case KernelSet::avx512: return detail::cpu_features().has_avx512;
    case KernelSet::amx: return detail::amx::is_usable();
  }
  return false;
}

/// The sets of this machine, slowest first.
inline std::vector<KernelSet> supported_kernel_sets() {
  std::vector<KernelSet> sets;
  for (const KernelSet set : detail::kAllKernelSets)
    if (is_supported(set)) sets.push_back(set);
  return sets;
}

namespace detail {

inline KernelSet checked_kernel_set(KernelSet set, std::string_view asked_by) {
  if (is_supported(set)) return set;
  std::string supported;
  for (const KernelSet one : supported_kernel_sets())
    supported += (supported.empty() ? "" : ", ") + to_string(one);
  fail<ValueError>(asked_by, " must be a kernel set that this processor supports; got ",
                   to_string(set), "; supported: ", supported);
}

/// The best set that has run on hardware.
inline KernelSet best_kernels() {
  if (is_supported(KernelSet::avx512)) return KernelSet::avx512;
  return is_supported(KernelSet::avx2) ? KernelSet::avx2 : KernelSet::reference;
}

/// The set of the environment variable EIGENHEAD_KERNELS, or the best one where it is not set.
inline KernelSet default_kernels() {
  const char* name = std::getenv("EIGENHEAD_KERNELS");
  if (name == nullptr || *name == '\0') return best_kernels();
  constexpr std::string_view kAskedBy = "active_kernels: environment variable EIGENHEAD_KERNELS";
  return checked_kernel_set(kernel_set_from_name(name, kAskedBy), kAskedBy);
}

/// What force_kernels() chose; negative: nothing.
inline std::atomic<int>& forced_kernels() {
  static std::atomic<int> forced{-1};
  return forced;
}

}  // namespace detail

/// The set that runs: what force_kernels() chose, else what the environment variable
/// EIGENHEAD_KERNELS said at the first call, else the best that is supported, `amx` left out.
///
/// @throws ValueError if EIGENHEAD_KERNELS names no set, or one that is not supported here
inline KernelSet active_kernels() {
  const int forced = detail::forced_kernels().load(std::memory_order_relaxed);
  if (forced >= 0) return static_cast<KernelSet>(forced);
  static const KernelSet by_default = detail::default_kernels();
  return by_default;
}

/// Makes the whole process run `set`, for tests and measurements. Matrices that are packed already
/// keep the set they were packed for. Throws ValueError unless is_supported(set).
inline void force_kernels(KernelSet set) {
  detail::checked_kernel_set(set, "force_kernels: set");
  detail::forced_kernels() = static_cast<int>(set);
}

/// Forces `set` for the whole process as long as this object lives.
class ForcedKernels {
 public:
  explicit ForcedKernels(KernelSet set) : before_(detail::forced_kernels()) { force_kernels(set); }
  ForcedKernels(const ForcedKernels&) = delete;
  ForcedKernels& operator=(const ForcedKernels&) = delete;
  ~ForcedKernels() { detail::forced_kernels() = before_; }

 private:
  int before_;
};

}  // namespace eigenhead
