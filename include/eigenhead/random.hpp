#pragma once

// Random streams that equal NumPy and PyTorch.

#include "eigenhead/random/numpy_generator.hpp"
#include "eigenhead/random/numpy_legacy_random.hpp"
#include "eigenhead/random/torch_generator.hpp"
#include "eigenhead/random/torch_init.hpp"
