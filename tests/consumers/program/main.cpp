// A consumer in two translation units that both include everything.
#include "eigenhead/eigenhead.hpp"

#include <cstdio>

eigenhead::Tensor<float, 2> twice(const eigenhead::Tensor<float, 2>& tensor);

int main() {
  const eigenhead::Tensor<float, 2> tensor({2, 2}, {1, 2, 3, 4});
  const eigenhead::Tensor<float, 2> result = twice(tensor);
  std::printf("eigenhead %s: %g\n", eigenhead::version(), static_cast<double>(result(1, 1)));
  return result(1, 1) == 8 ? 0 : 1;
}
