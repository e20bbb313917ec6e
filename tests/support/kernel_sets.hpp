#pragma once

#include "eigenhead/kernels/kernel_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace eigenhead {

/// The sets of this machine that tests force. `amx`, which has not yet run on hardware, takes part
/// where EIGENHEAD_KERNELS=amx asks for it.
inline std::vector<KernelSet> tested_kernel_sets() {
  std::vector<KernelSet> sets = supported_kernel_sets();
  const char* asked_for = std::getenv("EIGENHEAD_KERNELS");  // not active_kernels(): it may throw
  if (asked_for == nullptr || asked_for != to_string(KernelSet::amx))
    sets.erase(std::remove(sets.begin(), sets.end(), KernelSet::amx), sets.end());
  return sets;
}

/// Runs `body` once for each of them, with that set forced; failures name it.
template <class Body>
void for_each_kernel_set(Body&& body) {
  for (const KernelSet set : tested_kernel_sets()) {
    SCOPED_TRACE("kernel set " + to_string(set));
    const ForcedKernels forced(set);
    body(set);
  }
}

}  // namespace eigenhead
