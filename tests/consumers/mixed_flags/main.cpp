// Compiled without -m flags; other.cpp is compiled for AVX2. They exchange tensors by value, so
// each frees memory of the other. With Eigen's own matrices this ends in "double free or
// corruption". Matrix products in both units stay out: at -O0 the linker mixes two versions of
// Eigen's own kernels.
#include "eigenhead/core/tensor.hpp"

#include <cstdio>
#include <utility>

eigenhead::Tensor<float, 2> made_with_avx2(eigenhead::Index size);
float consumed_with_avx2(eigenhead::Tensor<float, 2> tensor);

int main() {
  constexpr eigenhead::Index kSize = 300;
  for (int round = 0; round < 20; ++round) {
    eigenhead::Tensor<float, 2> tensor = made_with_avx2(kSize);  // freed here
    if (tensor(7, 9) != 7 + 9) return 1;
    tensor.matrix() *= 2;
    eigenhead::Tensor<float, 2> copy = tensor;
    if (consumed_with_avx2(std::move(tensor)) != 2 * (7 + 9)) return 2;
    if (consumed_with_avx2(copy) != copy(7, 9)) return 3;
    tensor = made_with_avx2(kSize + 1);
    tensor = std::move(copy);
  }
  std::puts("tensors cross the border of -m flags");
}
