// error: no matching function
#include "eigenhead/core/shape.hpp"

int main() {
  const eigenhead::Shape<2> shape(2, 3);
#ifdef EIGENHEAD_MUST_FAIL
  const eigenhead::Shape<2> too_many(2, 3, 4);
#endif
  return shape[0] == 2 ? 0 : 1;
}
