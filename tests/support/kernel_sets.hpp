#pragma once

#include "eigenhead/kernels/kernel_set.hpp"

#include <gtest/gtest.h>

namespace eigenhead {

/// Runs `body` once for each kernel set of this machine, with that set forced; failures name it.
template <class Body>
void for_each_kernel_set(Body&& body) {
  for (const KernelSet set : supported_kernel_sets()) {
    SCOPED_TRACE("kernel set " + to_string(set));
    const ForcedKernels forced(set);
    body(set);
  }
}

}  // namespace eigenhead
